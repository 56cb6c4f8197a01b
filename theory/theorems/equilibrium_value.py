r"""The value of the game is minus log 4 plus twice the Jensen-Shannon divergence.

Against the optimal discriminator the generator's cost is

.. math:: C(G) = \int p \log\frac{p}{p+q} + q \log\frac{q}{p+q} = -\log 4 + 2\,JSD(p \| q) \ge -\log 4,

with equality only where p = q almost everywhere; and :math:`0 \le JSD \le \log 2`, both ends attained.
"""

import sympy as sp

from theory.divergences import jensen_shannon
from theory.kernel import (
    Bounds,
    Fact,
    Functional,
    Integrated,
    Step,
    WeightedLog,
    above_zero,
    at_least,
    at_most,
    calc,
    certificate,
    earlier,
    entropy_gap,
    equal,
    nonnegative,
    normal_form,
    positive,
)
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems import optimal_discriminator

p, q = nonnegative("p"), nonnegative("q")  # densities with respect to one measure
SUPPORT = above_zero(p + q)  # the measure is restricted to where one of them is positive
integral = Functional("I", over=(p, q), facts=(Fact(p, sp.S.One), Fact(q, sp.S.One)), given=(SUPPORT,))

log2, log4 = sp.log(2), sp.log(4)
middle = (p + q) / 2

cost = integral(WeightedLog(p, p / (p + q)) + WeightedLog(q, q / (p + q)))  # C(G), nats
twice_jensen_shannon = integral(WeightedLog(p, p / middle)) + integral(WeightedLog(q, q / middle))

# -log(p/(p+q)) = log(1 + q/p) >= 0: why an integrand is bounded on the side that entropy_gap does not bound.
above_p, above_q = WeightedLog(p, 1 + q / p), WeightedLog(q, 1 + p / q)

COST_BOUNDS = (
    Bounds(
        WeightedLog(p, p / (p + q)),
        lower=(-q, certificate((1, entropy_gap(p, p + q)))),
        upper=(sp.S.Zero, certificate((1, above_p))),
    ),
    Bounds(
        WeightedLog(q, q / (p + q)),
        lower=(-p, certificate((1, entropy_gap(q, p + q)))),
        upper=(sp.S.Zero, certificate((1, above_q))),
    ),
)
DIVERGENCE_BOUNDS = (
    Bounds(
        WeightedLog(p, p / middle),
        lower=(p - middle, certificate((1, entropy_gap(p, middle)))),
        upper=(p * log2, certificate((1, above_p))),
    ),
    Bounds(
        WeightedLog(q, q / middle),
        lower=(q - middle, certificate((1, entropy_gap(q, middle)))),
        upper=(q * log2, certificate((1, above_q))),
    ),
)

nonnegative_divergence = Integrated(
    {integral: certificate((1, entropy_gap(p, middle)), (1, entropy_gap(q, middle)), strict_unless=(p - q,))},
    bounds=DIVERGENCE_BOUNDS,
)

# Two laws on disjoint sets: on the one p + q = p, on the other p + q = q.
p_alone, q_alone = positive("p"), positive("q")
on_data = Functional("I_p", over=(p_alone,), facts=(Fact(p_alone, sp.S.One),))
on_generator = Functional("I_q", over=(q_alone,), facts=(Fact(q_alone, sp.S.One),))
disjoint = (on_data(p_alone * sp.log(2 * p_alone / p_alone)) + on_generator(q_alone * sp.log(2))) / 2


def value(p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
    """-log 4 + 2 JSD(p || q) of two finite laws, nats."""
    return -2 * log2 + 2 * jensen_shannon(p, q)


LAWS = (
    Parameter("p", Kind.LAW, "the data's weights"),
    Parameter("q", Kind.LAW, "the generator's weights on the same atoms"),
)

CHAIN = (
    calc("cost", cost)
    .equals(
        -log4 + twice_jensen_shannon,
        by=Integrated({integral: normal_form}, {integral: (log2, log2)}, (*COST_BOUNDS, *DIVERGENCE_BOUNDS)),
        because="p log(p/(p+q)) = p log(p/middle) - p log 2, and the same for q; both laws have mass one.",
    )
    .at_least(
        -log4,
        by=nonnegative_divergence,
        because="The divergence integrates two entropy gaps; they vanish only where p = q.",
    )
)

THEOREM = Theorem(
    id="equilibrium-value",
    title="The value of the game is minus log 4 plus twice the Jensen-Shannon divergence",
    sentence=(
        r"Against the optimal discriminator, $C(G) = -\log 4 + 2\,\mathrm{JSD}(p \,\|\, q) \ge -\log 4$, with "
        r"equality only if $p = q$ almost everywhere. Moreover $0 \le \mathrm{JSD} \le \log 2$, and both ends are "
        r"attained."
    ),
    hypotheses=(
        Hypothesis(
            "p and q are probability densities with respect to one measure, which is carried by p + q > 0"
        ),
        Hypothesis("the discriminator is optimal at every point: D* = p/(p+q), with 0 log 0 = 0"),
    ),
    statement=CHAIN.conclusion,
    derivation=(
        Step(
            "best-response",
            optimal_discriminator.STATEMENT,
            earlier(optimal_discriminator.THEOREM),
            because="At each point no output of a discriminator pays more than p/(p+q), so the cost is a supremum.",
        ),
        Step(
            "divergence-at-least-zero",
            at_least(twice_jensen_shannon, 0),
            nonnegative_divergence,
            because="Pointwise a sum of two entropy gaps.",
        ),
        Step(
            "divergence-at-most-log-two",
            at_most(twice_jensen_shannon, 2 * log2),
            Integrated(
                {integral: certificate((1, above_p), (1, above_q))},
                {integral: (log2, log2)},
                DIVERGENCE_BOUNDS,
            ),
            because="2p/(p+q) <= 2.",
        ),
        Step(
            "log-two-is-attained",
            equal(disjoint, log2),
            Integrated(
                {on_data: normal_form, on_generator: normal_form},
                {on_data: (-log2 / 2,), on_generator: (-log2 / 2,)},
            ),
            because="On disjoint supports the middle is p/2 on the one and q/2 on the other.",
        ),
        CHAIN,
    ),
    predictions=(
        Prediction(
            "game_value", Relation.EQUALS, value, LAWS, "nats", r"-\log 4 + 2\,\mathrm{JSD}(p \,\|\, q)"
        ),
        Prediction(
            "jensen_shannon", Relation.EQUALS, jensen_shannon, LAWS, "nats", r"\mathrm{JSD}(p \,\|\, q)"
        ),
        Prediction("least_game_value", Relation.AT_LEAST, lambda: -log4, (), "nats", r"-\log 4"),
    ),
    near_misses=(
        NearMiss(
            "log-two-for-log-four",
            equal(cost, -log2 + twice_jensen_shannon),
            "The constant is log 4: one log 2 for each of the two laws.",
        ),
        NearMiss(
            "one-divergence",
            equal(cost, -log4 + twice_jensen_shannon / 2),
            "The divergence counts twice; f-GAN tables print JSD where their f gives 2 JSD, as remembered.",
        ),
        NearMiss(
            "below-log-two",
            at_most(twice_jensen_shannon, log2),
            "That is half of the largest value of 2 JSD.",
        ),
        NearMiss(
            "above-minus-log-two",
            at_least(cost, -log2),
            "The value is lower than -log 2 near p = q.",
        ),
    ),
    source=Source("goodfellow2014gan", "Theorem 1", as_we_derive_it=True),
)
