r"""Total variation is small where a divergence is small: Pinsker's inequality and its Jensen-Shannon form.

.. math:: 2\,TV^2 \le KL(P \| Q), \qquad TV^2 \le 2\,JSD(P \| Q).

Each is one inequality between densities, zero with its slope at p = q and convex in p, and then Cauchy and
Schwarz: with :math:`|p - q| = x`, weight w and any scalar c, :math:`x^2/w \ge 2cx - c^2 w`, where c is
chosen by the total of x.
"""

import sympy as sp

from theory.divergences import total_variation
from theory.kernel import (
    Absolute,
    Bounds,
    ConvexMinimum,
    Fact,
    Functional,
    Integrated,
    Proved,
    Step,
    at_least,
    at_most,
    calc,
    certificate,
    entropy_gap,
    log_gap,
    positive,
    square,
    unit,
)
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

p, q = positive("p"), positive("q")  # densities with respect to one measure, where both are positive
tv = unit("t")  # total variation, half of the integral of |p - q|
# The mass that P has where q = 0, and Q where p = 0: neither exceeds the total variation.
a, b = unit("r") * tv, unit("s") * tv
log, half = sp.log, sp.Rational(1, 2)

leibler = p * log(p / q)
shannon = (p * log(2 * p / (p + q)), q * log(2 * q / (p + q)))  # with 2 JSD as their total


# Integrals over the points where both laws have density.
dominated = Functional(
    "I",
    (p, q),
    (Fact(p, sp.S.One), Fact(q, 1 - b), Fact(Absolute(p - q), 2 * tv - b)),
    integrable=(leibler,),
)
shared = Functional(
    "I", (p, q), (Fact(p + q, 2 - a - b), Fact(Absolute(p - q), 2 * tv - a - b)), integrable=(p, q)
)
BOUNDS = tuple(
    Bounds(
        integrand,
        lower=(-(p + q) / 2, certificate((1, entropy_gap(w, (p + q) / 2)), (1, w))),
        upper=((p + q) * log(2), certificate((w, log(1 + other / w)), (other, log(2)))),
    )
    for integrand, w, other in zip(shannon, (p, q), (q, p), strict=True)
)

# Both are zero at p = q, with their slope, and their curvatures in p are squares.
POINTWISE_LEIBLER = at_least(leibler, p - q + 3 * (p - q) ** 2 / (2 * (p + 2 * q)))
LEIBLER = ConvexMinimum(p, q, certificate(((p + 8 * q) / (p * (p + 2 * q) ** 3), square(p - q))))
POINTWISE_SHANNON = at_least(sum(shannon), (p - q) ** 2 / (2 * (p + q)))
SHANNON = ConvexMinimum(p, q, certificate((q / (p * (p + q) ** 3), square(p - q))))

PINSKER = (
    calc("pinsker", dominated(leibler))
    .at_least(
        2 * tv**2 + b * ((1 - tv) ** 2 + tv**2 / 3),
        by=Integrated(
            {
                dominated: certificate(
                    (1, Proved(POINTWISE_LEIBLER, LEIBLER)),
                    (3 / (2 * (p + 2 * q)), square(Absolute(p - q) - 2 * tv / 3 * (p + 2 * q))),
                )
            },
            {dominated: (-1 + 2 * tv**2 / 3, 1 + 4 * tv**2 / 3, -2 * tv)},
        ),
        because="The square of |p - q| over p + 2q is at least its tangent at 2 TV/3.",
    )
    .at_least(
        2 * tv**2,
        by=certificate((b, (1 - tv) ** 2 + tv**2 / 3)),
        because="What Q has where P has nothing only helps.",
    )
)

JENSEN_SHANNON = (
    calc("jensen-shannon", shared(shannon[0]) + shared(shannon[1]) + (a + b) * log(2))
    .at_least(
        tv**2 + (a + b) * (log(2) - tv + tv**2 / 2),
        by=Integrated(
            {
                shared: certificate(
                    (1, Proved(POINTWISE_SHANNON, SHANNON)),
                    (1 / (2 * (p + q)), square(Absolute(p - q) - tv * (p + q))),
                )
            },
            {shared: (tv**2 / 2, -tv)},
            BOUNDS,
        ),
        because="The square of |p - q| over p + q is at least its tangent at TV.",
    )
    .at_least(
        tv**2,
        by=certificate((a + b, log_gap(half)), ((a + b) / 2, square(1 - tv))),
        because="Where one law is alone its density weighs log 2, which is more than 1/2.",
    )
)


def least_leibler(p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
    """2 TV(p, q)^2, nats: what the Kullback-Leibler divergence is at least."""
    return 2 * total_variation(p, q) ** 2


def least_shannon(p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
    """TV(p, q)^2 / 2, nats: what the Jensen-Shannon divergence is at least."""
    return total_variation(p, q) ** 2 / 2


LAWS = (
    Parameter("p", Kind.LAW, "the weights of P"),
    Parameter("q", Kind.LAW, "the weights of Q on the same atoms"),
)

THEOREM = Theorem(
    id="total-variation-bounds",
    title="Total variation is small where a divergence is small",
    sentence=(
        r"$2\,\mathrm{TV}(P, Q)^2 \le \mathrm{KL}(P \,\|\, Q)$ (Pinsker), and "
        r"$\mathrm{TV}(P, Q)^2 \le 2\,\mathrm{JSD}(P \,\|\, Q)$. Hence on a space of diameter $C$, where "
        r"$W_1 \le C\,\mathrm{TV}$, $W_1 \le \sqrt2\,C \sqrt{\mathrm{JSD}}$, where $2C$ is printed, as remembered."
    ),
    hypotheses=(
        Hypothesis("p and q are densities of two probability laws with respect to one measure"),
        Hypothesis("for Pinsker's inequality, P has no mass where q = 0: KL is infinite otherwise"),
        Hypothesis("p log(p/q) is integrable: KL is infinite otherwise"),
        Hypothesis(
            "naming: t is TV(P, Q); where p = 0, Q has the mass s t, and where q = 0, P has r t, with r and s in [0, 1]: "
            "neither mass exceeds TV; integrals are over the points where both densities are positive"
        ),
    ),
    statement=PINSKER.conclusion,
    derivation=(
        Step(
            "pointwise-leibler",
            POINTWISE_LEIBLER,
            LEIBLER,
            because="At p = q both sides are zero with their slopes; the curvature in p of the gap is a square.",
        ),
        PINSKER,
        Step(
            "pointwise-shannon",
            POINTWISE_SHANNON,
            SHANNON,
            because="At p = q both sides are zero with their slopes; the curvature in p of the gap is a square.",
        ),
        JENSEN_SHANNON,
    ),
    predictions=(
        Prediction("kullback_leibler", Relation.AT_LEAST, least_leibler, LAWS, "nats", r"2\,\mathrm{TV}^2"),
        Prediction(
            "jensen_shannon", Relation.AT_LEAST, least_shannon, LAWS, "nats", r"\frac12 \mathrm{TV}^2"
        ),
    ),
    near_misses=(
        NearMiss(
            "pinsker-with-four",
            at_least(dominated(leibler), 4 * tv**2),
            "The constant is 2 where total variation is half of the L1 distance, and 1/2 where it is all of it.",
        ),
        NearMiss(
            "jensen-shannon-with-two",
            at_least(shared(sum(shannon)) + (a + b) * log(2), 2 * tv**2),
            "TV^2 <= JSD fails for laws that nearly agree: the constant 2 is the best.",
        ),
        NearMiss(
            "reversed",
            at_most(shared(sum(shannon)) + (a + b) * log(2), tv**2),
            "The divergence is at least the squared distance, not at most.",
        ),
        NearMiss(
            "pointwise-with-equal-weights",
            at_least(leibler, p - q + (p - q) ** 2 / (p + q)),
            "The weight p + 2q comes from the third derivative at p = q.",
        ),
    ),
    source=Source("pinsker1964information", "chapter 2", as_we_derive_it=True),
)
