r"""Against perfect players and a finite sample, the generator's best law is the empirical one: it memorises.

Trained on m points, the data are the empirical law :math:`\hat p(x) = n(x)/m`, whatever law they came from.
Against the best discriminator the generator's cost is

.. math:: C(q) = -\log 4 + 2\,JSD(\hat p \| q) \ge -\log 4,

with equality only where :math:`q = \hat p`. There D* = 1/2 on every sample point. A generator that puts the
mass w on new points pays for it: with v = 1 - w,
:math:`C(q) \ge \log\frac{1}{1 + v} + v \log\frac{v}{1 + v} > -\log 4`. Maximum likelihood memorises as well.
"""

from fractions import Fraction

import sympy as sp

from theory.divergences import entropy
from theory.kernel import (
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
    integer,
    nonnegative,
    normal_form,
    open_unit,
)
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems import optimal_discriminator
from theory.theorems.equilibrium_value import value
from theory.theorems.likelihood_is_kl import atoms, entropy_of_sample, loss, m, n, share
from theory.theorems.likelihood_is_kl import q as model
from theory.theorems.optimal_discriminator import D

half = sp.Rational(1, 2)
log4 = sp.log(4)

# m is the size of the sample, n how often a point occurs in it (0 for a new point), share = n/m.
q = nonnegative("q")  # the generator's probability of that point
middle = (share + q) / 2
SOMEWHERE = above_zero(share + q)

# Sums over the finitely many points that the sample or the generator holds.
points = Functional("S", over=(n, q), facts=(Fact(n, m), Fact(q, sp.S.One)), given=(SOMEWHERE,), finite=True)


def payoff(q: sp.Expr, output: sp.Expr, share: sp.Expr = share) -> sp.Expr:
    """What a discriminator earns at one point: p_hat log D + q log(1 - D), nats."""
    return WeightedLog(share, output) + WeightedLog(q, 1 - output)


def best_payoff(q: sp.Expr) -> sp.Expr:
    """The same with D* = p_hat/(p_hat + q)."""
    return WeightedLog(share, share / (share + q)) + WeightedLog(q, q / (share + q))


cost = points(best_payoff(q))  # C(q), nats
twice_jensen_shannon = points(WeightedLog(share, share / middle) + WeightedLog(q, q / middle))

# The points of the sample alone, where the generator's law is the empirical one.
seen = integer("n", 1)
frequency = seen / m
sample = Functional("S", over=(seen,), facts=(Fact(seen, m),), finite=True)

# The points of the sample when the generator puts only the mass v on them and the rest on new points, where
# D* = 0 and the payoff is 0.
v = open_unit("v")
known = Functional("S", over=(seen, q), facts=(Fact(seen, m), Fact(q, v)), finite=True)
cost_with_novelty = known(
    WeightedLog(frequency, frequency / (frequency + q)) + WeightedLog(q, q / (frequency + q))
)
price = sp.log(1 / (1 + v)) + v * sp.log(v / (1 + v))

# A law that is smoothed by one count more for each of k points.
k = integer("k", 2)
counted = Functional("S", over=(n,), facts=(Fact(n, m), Fact(sp.S.One, k)), finite=True)
smoothed = (n + 1) / (m + k)


def least_with_novelty(mass: Fraction) -> sp.Expr:
    """log(1/(1 + v)) + v log(v/(1 + v)) with v = 1 - mass, nats."""
    if not 0 < mass < 1:
        raise ValueError(
            f"mass must lie strictly between 0 and 1 (got {mass}): it is what the generator puts on new points, "
            f"for example mass=1/10."
        )
    old = 1 - sp.Rational(mass.numerator, mass.denominator)
    return sp.log(1 / (1 + old)) + old * sp.log(old / (1 + old))


def largest_likelihood(p: FiniteLaw) -> sp.Expr:
    """-H(p_hat), nats per sample point."""
    return -entropy(p)


COST = (
    calc("cost", cost)
    .equals(
        -log4 + twice_jensen_shannon,
        by=Integrated({points: normal_form}, {points: (log4 / (2 * m), log4 / 2)}),
        because="The identity of the equilibrium value, with the empirical law for the data.",
    )
    .at_least(
        -log4,
        by=Integrated(
            {
                points: certificate(
                    (1, entropy_gap(share, middle)), (1, entropy_gap(q, middle)), strict_unless=(q - share,)
                )
            },
        ),
        because="Two entropy gaps at each point; both vanish only where q = n/m.",
    )
)
EMPIRICAL = Parameter("p", Kind.LAW, "the empirical law of the sample")

THEOREM = Theorem(
    id="memorization",
    title="Perfect players memorise: the generator's best law is the empirical law of the sample",
    sentence=(
        r"For a sample of size $m$ with empirical law $\hat p$ and unrestricted players, $C(q) = -\log 4 + "
        r"2\,\mathrm{JSD}(\hat p \,\|\, q) \ge -\log 4$, with equality only for $q = \hat p$, where $D^* = 1/2$ on "
        r"every sample point. A generator with mass $w \in (0, 1)$ off the sample has $C(q) \ge \log\frac{1}{1+v} + v "
        r"\log\frac{v}{1+v}$, $v = 1 - w$. The empirical law also has the largest likelihood, $-H(\hat p)$ per point."
    ),
    hypotheses=(
        Hypothesis("p_hat(x) = n(x)/m is the empirical law: n(x) counts the sample points equal to x"),
        Hypothesis("every discriminator and every law of finitely many points may be chosen; 0 log 0 = 0"),
        Hypothesis("the discriminator is optimal at every point that the sample or the generator holds"),
        Hypothesis("for the likelihood, models are positive on the sample"),
    ),
    statement=COST.conclusion,
    derivation=(
        Step(
            "best-answer",
            at_least(best_payoff(q), payoff(q, D), SOMEWHERE),
            earlier(optimal_discriminator.THEOREM, {optimal_discriminator.p: share}),
            because="The best discriminator for the empirical law: D* = n/m over n/m + q, 0 on new points.",
        ),
        COST,
        Step(
            "attained",
            equal(sample(WeightedLog(frequency, half) + WeightedLog(frequency, half)), -log4),
            Integrated({sample: normal_form}, {sample: (log4 / m,)}),
            because="With q = n/m on the sample and 0 elsewhere the sum is -2 log 2.",
        ),
        Step(
            "undecided-on-the-sample",
            at_least(payoff(frequency, half, frequency), payoff(frequency, D, frequency)),
            earlier(
                optimal_discriminator.THEOREM,
                {optimal_discriminator.p: frequency, optimal_discriminator.q: frequency},
            ),
            because="There the two laws are equal, and the data's share is one half.",
        ),
        Step(
            "price-of-novelty",
            at_least(cost_with_novelty, price),
            Integrated(
                {
                    known: certificate(
                        (
                            1,
                            earlier(
                                optimal_discriminator.THEOREM,
                                {optimal_discriminator.p: frequency, D: 1 / (1 + v)},
                            ).as_term(),
                        )
                    )
                },
                {known: (sp.log(1 + v) / m, -sp.log(v / (1 + v)))},
            ),
            because="The constant answer 1/(1 + v) on the sample, and 0 off it, already earns that.",
        ),
        Step(
            "likelihood",
            at_least(loss(model), entropy_of_sample),
            Integrated(
                {atoms: certificate((1, entropy_gap(share, model)), strict_unless=(model - share,))},
                {atoms: (-1 / m, 1, 0)},
            ),
            because="One entropy gap at each atom, the integrand of KL(p_hat || q): zero only where q = n/m.",
        ),
        Step(
            "likelihood-attained",
            equal(-sample(WeightedLog(seen, frequency)) / m, -sample(WeightedLog(frequency, frequency))),
            Integrated({sample: normal_form}),
            because="The empirical law as the model has the loss H.",
        ),
    ),
    predictions=(
        Prediction(
            "game_value",
            Relation.EQUALS,
            value,
            (EMPIRICAL, Parameter("q", Kind.LAW, "the generator's law on the same points")),
            "nats",
            r"-\log 4 + 2\,\mathrm{JSD}(\hat p \,\|\, q)",
        ),
        Prediction("output_on_the_sample", Relation.EQUALS, lambda: half, (), "1", r"\tfrac12"),
        Prediction(
            "game_value_with_novelty",
            Relation.AT_LEAST,
            least_with_novelty,
            (Parameter("mass", Kind.RATIONAL, "w, the generator's mass on new points"),),
            "nats",
            r"\log\tfrac{1}{1+v} + v \log\tfrac{v}{1+v},\ v = 1 - w",
        ),
        Prediction(
            "log_likelihood_per_point",
            Relation.AT_MOST,
            largest_likelihood,
            (EMPIRICAL,),
            "nats",
            r"-H(\hat p)",
        ),
    ),
    near_misses=(
        NearMiss(
            "any-law-is-as-good",
            equal(cost, -log4),
            "The law that the sample came from is another q: it costs 2 JSD(p_hat || q) more.",
        ),
        NearMiss(
            "smoothed-law",
            at_most(
                counted(
                    WeightedLog(share, share / (share + smoothed))
                    + WeightedLog(smoothed, smoothed / (share + smoothed))
                ),
                -log4,
            ),
            "One count more for each point is not optimal, unless all counts are equal.",
        ),
        NearMiss(
            "sample-is-recognised",
            at_least(payoff(frequency, sp.Rational(9, 10), frequency), payoff(frequency, D, frequency)),
            "A discriminator that overfits gains nothing against a generator that memorises.",
        ),
        NearMiss(
            "novelty-at-half-price",
            at_least(cost_with_novelty, sp.log(1 / (1 + v)) + v * sp.log(v / (1 + v)) / 2),
            "No larger bound holds: the least cost is attained at q = v p_hat on the sample.",
        ),
        NearMiss(
            "likelihood-without-entropy",
            at_least(loss(model), 2 * entropy_of_sample),
            "The least loss is the entropy of the sample, not twice that.",
        ),
    ),
    source=Source(
        "goodfellow2014gan", "Theorem 1, with the empirical law for the data", as_we_derive_it=True
    ),
)
