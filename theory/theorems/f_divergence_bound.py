r"""The variational bound: every f-divergence is at least what a discriminator sees of it.

For convex f with conjugate :math:`f^*(T) = \sup_u uT - f(u)`, Fenchel and Young say
:math:`f(u) + f^*(T) \ge uT`. With u = p/q, times q, and summed over the points,

.. math:: D_f(P \| Q) = \int_{q>0} q f(p/q) + f'(\infty) P(q = 0) \ge E_P T - E_Q f^*(T).

Where q = 0 the inequality is :math:`f'(\infty) \ge T`, and where p = 0 it is :math:`f(0) + f^*(T) \ge 0`. For
each row of the table the three are one identity each: a square, an entropy gap or an absolute value. Equality
at :math:`T^* = f'(p/q)` shows that the printed conjugate is the least that can stand there, and so that f is
the supremum of affine functions: convex.
"""

from itertools import chain

import sympy as sp

from theory.divergences import (
    F_DIVERGENCES,
    GAN,
    KULLBACK_LEIBLER,
    NEYMAN,
    PEARSON,
    REVERSE_KULLBACK_LEIBLER,
    SQUARED_HELLINGER,
    TOTAL_VARIATION,
    TWICE_JENSEN_SHANNON,
    anywhere,
    below_one,
    below_zero,
    half,
    p,
    q,
    u,
    v,
    within_half,
)
from theory.fenchel import Row, integrand_of, steps
from theory.kernel import (
    Absolute,
    Functional,
    Integrated,
    Step,
    absolute_gap,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    entropy_gap,
    equal,
    interval,
    log_gap,
    normal_form,
    positive,
    real,
    square,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

exp, log, sqrt = sp.exp, sp.log, sp.sqrt

# In general: where f(p/q), f*(T), f(0) and f'(oo) have any values that obey Fenchel and Young.
T, value, cost = real("T"), real("f"), real("c")  # the output, f(p/q) and f*(T) at one point
at_zero, slope = real("f0"), real("s")  # f(0) and f'(oo)

both = Functional(
    "I",
    over=(p, q, T, value, cost),
    given=(at_least_zero(value + cost - T * p / q),),
    integrable=(q * value, p * T, q * cost),
)
model_alone = Functional(
    "I_Q", over=(q, cost), given=(at_least_zero(at_zero + cost),), integrable=(q, q * cost)
)
data_alone = Functional("I_P", over=(p, T), given=(at_least_zero(slope - T),), integrable=(p, p * T))

GENERAL = at_least(
    both(q * value) + at_zero * model_alone(q) + slope * data_alone(p),
    both(p * T) + data_alone(p * T) - both(q * cost) - model_alone(q * cost),
)


ROWS = (
    Row(
        KULLBACK_LEIBLER,
        both=certificate((1, entropy_gap(p, q * exp(anywhere - 1)))),
        model_alone=certificate((q, exp(anywhere - 1))),
    ),
    Row(
        REVERSE_KULLBACK_LEIBLER,
        both=certificate((1, entropy_gap(q, -p * below_zero))),
        data_alone=certificate((p, -below_zero)),
        room=(exp(-v),),
    ),
    Row(
        PEARSON,
        both=certificate((1 / q, square(p - q - q * anywhere / 2))),
        model_alone=certificate((q, square(1 + anywhere / 2))),
    ),
    Row(
        NEYMAN,
        both=certificate((1 / p, square(q - p * sqrt(1 - below_one)))),
        data_alone=certificate((p, 1 - below_one)),
        room=(exp(-v),),
    ),
    Row(
        SQUARED_HELLINGER,
        both=certificate((1 - below_one, square(sqrt(p) - sqrt(q) / (1 - below_one)))),
        model_alone=certificate((q, 1 / (1 - below_one))),
        data_alone=certificate((p, 1 - below_one)),
        room=(exp(-v),),
        most=certificate((2, sqrt(p) * sqrt(q))),
    ),
    Row(
        TWICE_JENSEN_SHANNON,
        both=certificate(
            (1, entropy_gap(p, (p + q) / 2 * exp(anywhere))),
            (1, entropy_gap(q, (p + q) / 2 * (2 - exp(anywhere)))),
        ),
        model_alone=certificate((q, log_gap(1 - exp(anywhere) / 2)), (q, exp(anywhere) / 2)),
        data_alone=certificate((p, log_gap(exp(anywhere) / 2)), (p / 2, 2 - exp(anywhere))),
        room=(2 * exp(-v) / (1 + exp(-v)),),
        most=certificate((p, log(1 + q / p)), (q, log(1 + p / q))),
    ),
    Row(
        GAN,
        both=certificate(
            (1, entropy_gap(p, (p + q) * exp(below_zero))),
            (1, entropy_gap(q, (p + q) * (1 - exp(below_zero)))),
        ),
        model_alone=certificate((q, log_gap(1 - exp(below_zero))), (q, exp(below_zero))),
        data_alone=certificate((p, -below_zero)),
        room=(log(1 + exp(-v)),),
        most=certificate((p, log(1 + q / p)), (q, log(1 + p / q))),
    ),
    Row(
        TOTAL_VARIATION,
        both=certificate(
            (half * (half + within_half), absolute_gap(p - q)),
            (half * (half - within_half), absolute_gap(q - p)),
        ),
        model_alone=certificate((q, half + within_half)),
        data_alone=certificate((p, half - within_half)),
        room=(exp(-v) / (exp(v) + exp(-v)), exp(v) / (exp(v) + exp(-v))),
        most=certificate((2 * p * q, 1 / (p + q + Absolute(p - q)))),
    ),
)


# What decides f(0) and f'(oo) of the rows with a logarithm.
VANISHES = (
    calc("u-log-u", 2 * (u - sqrt(u)))
    .at_most(
        u * log(u), by=certificate((2 * u, log_gap(1 / sqrt(u)))), because="log t <= t - 1 at t = u^(-1/2)."
    )
    .at_most(
        u * (u - 1),
        by=certificate((u, log_gap(u))),
        because="log t <= t - 1 at t = u: u log u vanishes at 0.",
    )
)

# Two ends of the table's conjugates.
below_minus_two = interval("T", -sp.oo, -2)
UNREACHED = at_least(PEARSON.integrand, p * below_minus_two + q)

# Two further rows of printed tables, for the consistency of integrand and f alone.
alpha = interval("alpha", 2, 3)
odds = positive("r")  # the weight of P is 1/(1 + r)
first, second = 1 / (1 + odds), odds / (1 + odds)
mixed = first * p + second * q
alpha_f = (u**alpha - 1 - alpha * (u - 1)) / (alpha * (alpha - 1))
weighted_f = first * u * log(u) - (second + first * u) * log(second + first * u)
weighted = first * p * log(p / mixed) + second * q * log(q / mixed)


def alpha_integrand(p: sp.Expr, q: sp.Expr) -> sp.Expr:
    """What is printed for the alpha-divergence, with the laws in this order."""
    return (q * ((p / q) ** alpha - 1) - alpha * (p - q)) / (alpha * (alpha - 1))


LAWS = (
    Parameter("p", Kind.LAW, "the weights of P"),
    Parameter("q", Kind.LAW, "the weights of Q on its atoms"),
)

THEOREM = Theorem(
    id="f-divergence-bound",
    title="Every f-divergence is at least what a discriminator sees of it",
    sentence=(
        r"For convex $f$ and all outputs $T$ in the domain of $f^*$, "
        r"$D_f(P \,\|\, Q) = \int_{q>0} q\,f(p/q) + f'(\infty)\,P(q = 0) \ge E_P T - E_Q f^*(T)$. This is shown, "
        r"with equality at $T = f'(p/q)$, for the Kullback-Leibler divergence and its reverse, Pearson's and "
        r"Neyman's $\chi^2$, the squared Hellinger distance, twice the Jensen-Shannon divergence, the value of the "
        r"game, and total variation."
    ),
    hypotheses=(
        Hypothesis("p and q are densities of P and Q with respect to one measure"),
        Hypothesis(
            "at almost every point f, f*, f(0) and f'(oo) obey the inequality of Fenchel and Young; each row of the "
            "table is shown to, for every u > 0 and every T in the interior of the domain of f*"
        ),
        Hypothesis(
            "where f(0) or f'(oo) is infinite, P or Q has no mass that the other lacks: D_f is infinite otherwise"
        ),
        Hypothesis("the integrals of the divergence, of T under P and of f*(T) under Q exist"),
    ),
    statement=GENERAL,
    derivation=(
        Step(
            "in-general",
            GENERAL,
            Integrated(
                {
                    both: certificate((q, value + cost - T * p / q)),
                    model_alone: certificate((q, at_zero + cost)),
                    data_alone: certificate((p, slope - T)),
                }
            ),
            because="Fenchel and Young, weighed by q where q > 0, and by p where q = 0; integrals keep an order.",
        ),
        *chain(*map(steps, ROWS)),
        Step(
            "neyman-at-one",
            at_least(NEYMAN.integrand, p - 2 * q),
            certificate((1 / p, q**2)),
            because="At T = 1, the end of its domain, Neyman's conjugate is 2.",
        ),
        Step(
            "pearson-below-minus-two",
            UNREACHED,
            certificate((1 / q, p**2), (p, -2 - below_minus_two)),
            because="Below T = -2 the conjugate over u >= 0 is -1, at u = 0; the printed one is larger and still valid.",
        ),
        VANISHES,
        Step(
            "alpha-integrand",
            equal(integrand_of(alpha_f), alpha_integrand(p, q)),
            normal_form,
            because="The alpha-divergence of this f is the one from P to Q.",
        ),
        Step(
            "weighted-jensen-shannon-integrand",
            equal(integrand_of(weighted_f), weighted),
            normal_form,
            because="In f the logarithm of the mixture is subtracted.",
        ),
    ),
    predictions=tuple(
        Prediction(
            d.name.replace("-", "_"),
            Relation.EQUALS,
            d.between,
            LAWS,
            "nats" if d.f.has(log) else "1",
            rf"\int q f(p/q), \quad f(u) = {d.latex}",
        )
        for d in F_DIVERGENCES
    ),
    near_misses=(
        NearMiss(
            "jensen-shannon-row-with-a-half",
            equal(integrand_of(TWICE_JENSEN_SHANNON.f), TWICE_JENSEN_SHANNON.integrand / 2),
            "A printed table, as remembered, gives half of the integral that its f gives: this f is 2 JSD.",
        ),
        NearMiss(
            "pearson-and-neyman-exchanged",
            equal(integrand_of(PEARSON.f), NEYMAN.integrand),
            "A printed table, as remembered, exchanges the two integrals: (u - 1)^2 divides by q.",
        ),
        NearMiss(
            "alpha-divergence-reversed",
            equal(integrand_of(alpha_f), alpha_integrand(q, p)),
            "A printed table, as remembered, gives D_f(Q || P) beside the f of D_f(P || Q).",
        ),
        NearMiss(
            "weighted-jensen-shannon-with-a-plus",
            equal(q * weighted_f.xreplace({u: p / q}) + 2 * mixed * log(mixed / q), weighted),
            "A transcribed table, as remembered, adds the logarithm of the mixture where it must be subtracted.",
        ),
        NearMiss(
            "distance-with-an-absolute-value",
            equal(Absolute(log(half) + log(half)) - 2 * log(half), 0),
            "With an absolute value around the expectations, as remembered, the neural distance of a law from "
            "itself is at least 4 log 2 for the measuring function log: that is what D = 1/2 gives.",
        ),
        NearMiss(
            "other-conjugate",
            at_least(KULLBACK_LEIBLER.integrand, p * below_zero - q * REVERSE_KULLBACK_LEIBLER.conjugate),
            "The conjugate of the reverse divergence does not bound the divergence.",
        ),
        NearMiss(
            "laws-exchanged",
            at_least(KULLBACK_LEIBLER.integrand, q * anywhere - p * KULLBACK_LEIBLER.conjugate),
            "T is averaged under P and its conjugate under Q, not the reverse.",
        ),
        NearMiss(
            "pearson-minus-one-everywhere",
            at_least(PEARSON.integrand, p * anywhere + q),
            "The conjugate is -1 for T <= -2 only.",
        ),
        NearMiss(
            "total-variation-without-its-domain",
            at_least(TOTAL_VARIATION.integrand, p * anywhere - q * anywhere),
            "For |T| > 1/2 the conjugate of total variation is infinite.",
        ),
        NearMiss(
            "hellinger-beyond-one",
            at_most(
                SQUARED_HELLINGER.integrand, (SQUARED_HELLINGER.at_zero * q + SQUARED_HELLINGER.slope * p) / 2
            ),
            "This f gives at most 2; the Hellinger distance with a half before it gives at most 1.",
        ),
    ),
    source=Source("nowozin2016fgan", "Section 2 and Tables 1 and 2", as_we_derive_it=True),
)
