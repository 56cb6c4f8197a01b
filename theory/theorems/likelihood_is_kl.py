r"""Maximum likelihood is the minimisation of the Kullback-Leibler divergence from the sample.

For a sample of size m with empirical law :math:`\hat p(x) = n(x)/m`,

.. math:: -\frac1m \sum_i \log q(x_i) = H(\hat p) + KL(\hat p \| q),

so the model with the larger likelihood is the one with the smaller divergence, whatever the two models are.
The logarithm keeps the order, and a sum of logarithms survives in floating point where the product is zero.
"""

from fractions import Fraction

import sympy as sp

from theory.divergences import entropy, kullback_leibler
from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Step,
    WeightedLog,
    at_least,
    at_least_zero,
    calc,
    certificate,
    entropy_gap,
    equal,
    integer,
    log_gap,
    normal_form,
    positive,
)
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

m = integer("m", 1)  # size of the sample
n = integer("n", 0)  # how often an atom occurs in it
q, r = positive("q"), positive("r")  # two models' probabilities of that atom
share = n / m  # the empirical law

# Sums over the finitely many atoms of the models.
atoms = Functional(
    "S",
    over=(n, q, r),
    facts=(Fact(n, m), Fact(q, sp.S.One), Fact(r, sp.S.One)),
    finite=True,
)

seen = integer("n", 1)
on_sample = Functional("S", over=(seen, q), facts=(Fact(seen, m), Fact(q, sp.S.One)), finite=True)


def loss(model: sp.Expr) -> sp.Expr:
    """-(1/m) sum over the sample of log model, grouped by atom: nats per sample."""
    return -atoms(WeightedLog(n, model)) / m


entropy_of_sample = -atoms(WeightedLog(share, share))


def divergence(model: sp.Expr) -> sp.Expr:
    """KL(p_hat || model), nats."""
    return atoms(WeightedLog(share, share / model))


# Positive likelihoods of the whole sample under two models.
larger, smaller = positive("a"), positive("b")
ORDERED = at_least_zero(larger - smaller)
LOGS_ORDERED = at_least_zero(sp.log(larger) - sp.log(smaller))


def average_loss(p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
    """H(p) + KL(p || q), nats."""
    return entropy(p) + kullback_leibler(p, q)


def underflow(likelihood: Fraction) -> sp.Expr:
    """The smallest m whose product of m equal likelihoods is zero in float64.

    A correctly rounded product is zero exactly where it is at most half of the least subnormal number,
    2^-1075 (ties go to even, and zero is even). A product formed factor by factor rounds at each step: it may
    reach zero one factor earlier or later, and above 1/2 it sticks at the least subnormal.
    """
    if not 0 < likelihood <= Fraction(1, 2):
        raise ValueError(
            f"likelihood must lie in (0, 1/2] (got {likelihood}): above 1/2 a product in float64 sticks at the "
            f"least subnormal number; for example likelihood=1/10."
        )
    count, product = 0, Fraction(1)
    limit = Fraction(1, 2**1075)
    while product > limit:
        product *= likelihood
        count += 1
    return sp.Integer(count)


IDENTITY = calc("identity", loss(q)).equals(
    entropy_of_sample + divergence(q),
    by=Integrated({atoms: normal_form}),
    because="At each atom, -(n/m) log q = -(n/m) log(n/m) + (n/m) log((n/m)/q).",
)

LAWS = (
    Parameter("p", Kind.LAW, "the empirical law of the sample"),
    Parameter("q", Kind.LAW, "the model's law on the same atoms"),
)

THEOREM = Theorem(
    id="likelihood-is-kl",
    title="Maximum likelihood minimises the Kullback-Leibler divergence from the sample",
    sentence=(
        r"For a sample $x_1, \dots, x_m$ with empirical law $\hat p$ and a model $q > 0$ on its atoms, "
        r"$-\frac1m \sum_i \log q(x_i) = H(\hat p) + \mathrm{KL}(\hat p \,\|\, q)$; hence a model maximises the "
        r"likelihood of the sample if and only if it minimises $\mathrm{KL}(\hat p \,\|\, q)$."
    ),
    hypotheses=(
        Hypothesis("p_hat(x) = n(x)/m is the empirical law: n(x) counts the sample points equal to x"),
        Hypothesis("q and r are models with finitely many atoms, positive on each; 0 log 0 = 0"),
    ),
    statement=IDENTITY.conclusion,
    derivation=(
        IDENTITY,
        Step(
            "divergence-at-least-zero",
            at_least(divergence(q), 0),
            Integrated(
                {atoms: certificate((1, entropy_gap(share, q)), strict_unless=(q - share,))},
                {atoms: (-1 / m, 1, 0)},
            ),
            because="One entropy gap at each atom; so the loss is least, and equals H, only where q = p_hat.",
        ),
        Step(
            "same-order",
            equal(loss(q) - loss(r), divergence(q) - divergence(r)),
            Integrated({atoms: normal_form}),
            because="The entropy of the sample does not depend on the model.",
        ),
        Step(
            "logarithm-keeps-order",
            at_least(sp.log(larger), sp.log(smaller), ORDERED),
            certificate((1, log_gap(smaller / larger)), (1 / larger, larger - smaller)),
            because="log a - log b = L(b/a) + (a - b)/a.",
        ),
        Step(
            "logarithm-reflects-order",
            at_least(larger, smaller, LOGS_ORDERED),
            certificate((smaller, log_gap(larger / smaller)), (smaller, sp.log(larger) - sp.log(smaller))),
            because="a - b = b L(a/b) + b (log a - log b).",
        ),
    ),
    predictions=(
        Prediction(
            "average_loss",
            Relation.EQUALS,
            average_loss,
            LAWS,
            "nats",
            r"H(\hat p) + \mathrm{KL}(\hat p \,\|\, q)",
        ),
        Prediction(
            "underflow_sample_size",
            Relation.EQUALS,
            underflow,
            (Parameter("likelihood", Kind.RATIONAL, "the likelihood of each sample point"),),
            "1",
            r"\min\{m : c^m \le 2^{-1075}\}",
        ),
    ),
    near_misses=(
        NearMiss(
            "reversed-divergence",
            equal(
                -on_sample(seen * sp.log(q)) / m,
                on_sample(-seen / m * sp.log(seen / m) + q * sp.log(q * m / seen)),
            ),
            "KL(q || p_hat), the divergence of the other direction, for a sample that meets every atom.",
        ),
        NearMiss(
            "cross-entropy-is-divergence",
            equal(loss(q), divergence(q)),
            "The entropy of the sample is missing: the minimisers agree, the values do not.",
        ),
        NearMiss(
            "entropy-sign",
            equal(loss(q), divergence(q) - entropy_of_sample),
            "The entropy has the wrong sign.",
        ),
        NearMiss(
            "unnormalised-sum",
            equal(m * loss(q), entropy_of_sample + divergence(q)),
            "The sum of log likelihoods is m times the average.",
        ),
    ),
    source=Source("goodfellow2016tutorial", "Section 2.1", as_we_derive_it=True),
)
