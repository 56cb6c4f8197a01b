r"""The Jensen-Shannon divergence is saturated exactly where the laws are mutually singular.

Let :math:`R = \int \frac{pq}{p+q}` measure how much the densities overlap: it is zero if and only if
p q = 0 almost everywhere. Then

.. math:: \log 2 - JSD(p \| q) \ge R, \qquad R \le 1 - TV(p, q) \le 2R,

so that JSD = log 2, or TV = 1, forces the laws to be mutually singular. If they are, both values are attained,
the optimal discriminator is the indicator of the data, and KL(p || (1-s) q + s p) = log(1/s) has no bound as s
vanishes: by the convention a log(a/0) = oo both KL divergences are infinite. Here
TV = sup E_p D - E_q D over discriminators D with values in [0, 1].
"""

from fractions import Fraction

import sympy as sp

from theory.kernel import (
    Bounds,
    Fact,
    Functional,
    Integrated,
    Step,
    WeightedLog,
    above_zero,
    at_least,
    calc,
    certificate,
    earlier,
    entropy_gap,
    equal,
    nonnegative,
    normal_form,
    open_unit,
    unit,
)
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems import equilibrium_value
from theory.theorems.equilibrium_value import disjoint, on_data, p_alone

half, log2 = sp.Rational(1, 2), sp.log(2)

p, q = nonnegative("p"), nonnegative("q")  # densities with respect to one measure
SUPPORT = above_zero(p + q)  # the measure is restricted to where one of them is positive
integral = Functional("I", over=(p, q), facts=(Fact(p, 1), Fact(q, 1)), given=(SUPPORT,))

D = unit("D")  # a discriminator's output
judged = Functional("I", over=(p, q, D), facts=(Fact(p, 1), Fact(q, 1)), given=(SUPPORT,))

s = open_unit("s")  # the share of p in a mixture

middle = (p + q) / 2
JENSEN_SHANNON = (WeightedLog(p, p / middle) + WeightedLog(q, q / middle)) / 2
MISSING = (WeightedLog(p, 1 + q / p) + WeightedLog(q, 1 + p / q)) / 2  # log 2 - JSD at one point
OVERLAP = p * q / (p + q)
ADVANTAGE = p * D - q * D  # of the discriminator D: E_p D - E_q D


def mixture(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """S times the one density plus 1 - s times the other."""
    return s * first + (1 - s) * second


def fraction_bounds(term: sp.Expr, bound: sp.Expr, rest: sp.Expr) -> Bounds:
    """0 <= term <= bound, where bound - term = rest is at least zero."""
    return Bounds(term, (sp.S.Zero, certificate((1, term))), (bound, certificate((1, rest))))


def log_bounds(first: sp.Expr, second: sp.Expr) -> tuple[Bounds, ...]:
    """0 <= p log(1 + q/p) <= q, and p - (p+q)/2 <= p log(2p/(p+q)) <= p log 2."""
    above = WeightedLog(first, 1 + second / first)
    return (
        Bounds(
            above,
            lower=(sp.S.Zero, certificate((1, above))),
            upper=(second, certificate((1, entropy_gap(first, first + second)))),
        ),
        Bounds(
            WeightedLog(first, first / middle),
            lower=(first - middle, certificate((1, entropy_gap(first, middle)))),
            upper=(first * log2, certificate((1, above))),
        ),
    )


BOUNDS = (
    *log_bounds(p, q),
    *log_bounds(q, p),
    fraction_bounds(OVERLAP, p, p**2 / (p + q)),
)


# Of D* = p/(p+q), since D* - 1/2 = (p - q)/(2(p+q)) and p - q has the total zero.
BEST_ADVANTAGE = (p - q) ** 2 / (p + q) / 2
ADVANTAGE_BOUNDS = (
    *BOUNDS,
    fraction_bounds(p * D, p, p * (1 - D)),
    fraction_bounds(q * D, q, q * (1 - D)),
    fraction_bounds(p**2 * (1 - D) / (p + q), p, OVERLAP + p**2 * D / (p + q)),
    fraction_bounds(q**2 * D / (p + q), q, OVERLAP + q**2 * (1 - D) / (p + q)),
    fraction_bounds((p - q) ** 2 / (p + q), p + q, 4 * OVERLAP),
)

# Mutually singular laws: on the one set only the data have density, on the other only the generator.
TO_MIXTURE = on_data(p_alone * sp.log(p_alone / mixture(p_alone, sp.S.Zero)))


def overlap(p: FiniteLaw, q: FiniteLaw) -> sp.Expr:
    """R = sum of p q/(p + q) over the atoms that carry mass, 1."""
    if len(p) != len(q):
        raise ValueError(
            f"the two laws must have the same atoms (got {len(p)} and {len(q)} weights): "
            f"give an atom that one law lacks the weight 0."
        )
    met = (Fraction(a * b, a + b) for a, b in zip(p.weights, q.weights, strict=True) if a + b)
    total = sum(met, Fraction(0))
    return sp.Rational(total.numerator, total.denominator)


def smoothed(share: Fraction) -> sp.Expr:
    """log(1/s): KL(p || (1-s) q + s p) of mutually singular laws, nats."""
    if not 0 < share < 1:
        raise ValueError(
            f"share must lie strictly between 0 and 1 (got {share}): it is the weight of p in the mixture; "
            f"for example share=1/10."
        )
    return -sp.log(sp.Rational(share.numerator, share.denominator))


CHAIN = (
    calc("deficiency", log2 - integral(JENSEN_SHANNON))
    .equals(
        integral(MISSING),
        by=Integrated({integral: normal_form}, {integral: (log2 / 2, log2 / 2)}, BOUNDS),
        because="log 2 - log(2p/(p+q)) = log(1 + q/p).",
    )
    .at_least(
        integral(OVERLAP),
        by=Integrated(
            {
                integral: certificate(
                    (half, entropy_gap(p, p**2 / (p + q))), (half, entropy_gap(q, q**2 / (p + q)))
                )
            },
            bounds=BOUNDS,
        ),
        because="p log(1 + q/p) >= pq/(p+q), and the same for q: entropy gaps.",
    )
)

LAWS = (
    Parameter("p", Kind.LAW, "the data's weights"),
    Parameter("q", Kind.LAW, "the generator's weights on the same atoms"),
)

THEOREM = Theorem(
    id="disjoint-supports",
    title="The Jensen-Shannon divergence is log 2 exactly for mutually singular laws",
    sentence=(
        r"With the overlap $R = \int \frac{p q}{p + q}$, which vanishes if and only if $p$ and $q$ are mutually "
        r"singular: $\log 2 - \mathrm{JSD}(p \,\|\, q) \ge R$ and $R \le 1 - \mathrm{TV}(p, q) \le 2R$. Hence "
        r"$\mathrm{JSD} = \log 2$, or $\mathrm{TV} = 1$, if and only if $pq = 0$ almost everywhere; then the optimal "
        r"discriminator is the indicator of the data, and $\mathrm{KL}(p \,\|\, (1-s) q + s p) = \log(1/s)$ for "
        r"all $s \in (0, 1)$, so that both KL divergences are infinite."
    ),
    hypotheses=(
        Hypothesis(
            "p and q are probability densities with respect to one measure, which is carried by p + q > 0"
        ),
        Hypothesis("TV = sup E_p D - E_q D over measurable D with values in [0, 1]; 0 log 0 = 0"),
        Hypothesis("where the laws are called mutually singular, p q = 0 almost everywhere"),
    ),
    statement=CHAIN.conclusion,
    derivation=(
        CHAIN,
        Step(
            "no-discriminator-is-perfect",
            equal(
                1 - judged(ADVANTAGE),
                judged(OVERLAP) + judged((p**2 * (1 - D) + q**2 * D) / (p + q)),
            ),
            Integrated(
                {judged: normal_form},
                {judged: (1, 0)},
                ADVANTAGE_BOUNDS,
            ),
            because="Every D in [0, 1] leaves 1 - (E_p D - E_q D) at R and more: TV <= 1 - R.",
        ),
        Step(
            "optimal-discriminator-advantage",
            equal(integral(BEST_ADVANTAGE), 1 - 2 * integral(OVERLAP)),
            Integrated({integral: normal_form}, {integral: (-half, -half)}, ADVANTAGE_BOUNDS),
            because="(p - q)^2 = (p + q)^2 - 4pq: TV >= E_p D* - E_q D* = 1 - 2R.",
        ),
        Step(
            "overlap-at-least-zero",
            at_least(integral(OVERLAP), 0),
            Integrated({integral: certificate((1, OVERLAP), strict_unless=(p * q,))}, bounds=BOUNDS),
            because="The integrand vanishes only where p q does.",
        ),
        Step(
            "singular-divergence",
            equal(disjoint, log2),
            earlier(equilibrium_value.THEOREM, step="log-two-is-attained"),
            because="On disjoint sets the middle is p/2 on the one and q/2 on the other.",
        ),
        Step(
            "singular-mixture",
            equal(TO_MIXTURE, -sp.log(s)),
            Integrated({on_data: normal_form}, {on_data: (sp.log(s),)}),
            because="Where q = 0 the mixture is s p; as s vanishes the divergence exceeds every bound.",
        ),
    ),
    predictions=(
        Prediction("overlap", Relation.EQUALS, overlap, LAWS, "1", r"\int \frac{pq}{p+q}"),
        Prediction(
            "jensen_shannon",
            Relation.AT_MOST,
            lambda p, q: log2 - overlap(p, q),
            LAWS,
            "nats",
            r"\log 2 - R",
        ),
        Prediction("total_variation", Relation.AT_MOST, lambda p, q: 1 - overlap(p, q), LAWS, "1", "1 - R"),
        Prediction(
            "total_variation_at_least",
            Relation.AT_LEAST,
            lambda p, q: 1 - 2 * overlap(p, q),
            LAWS,
            "1",
            "1 - 2R",
        ),
        Prediction("singular_jensen_shannon", Relation.EQUALS, lambda: log2, (), "nats", r"\log 2"),
        Prediction(
            "singular_divergence_to_mixture",
            Relation.EQUALS,
            smoothed,
            (Parameter("share", Kind.RATIONAL, "the weight s of p in the mixture (1-s) q + s p"),),
            "nats",
            r"\log(1/s)",
        ),
    ),
    near_misses=(
        NearMiss(
            "always-saturated",
            equal(integral(JENSEN_SHANNON), log2),
            "Laws that overlap have a smaller divergence: the hypothesis p q = 0 is dropped.",
        ),
        NearMiss(
            "twice-the-overlap",
            at_least(log2 - integral(JENSEN_SHANNON), 2 * integral(OVERLAP)),
            "At p = q the deficiency is log 2 and twice the overlap is 1.",
        ),
        NearMiss(
            "saturated-at-two-log-two",
            equal(disjoint, 2 * log2),
            "That is the sum of the two KL terms, without the weights 1/2 of JSD.",
        ),
        NearMiss(
            "variation-is-one-minus-overlap",
            at_least(integral(BEST_ADVANTAGE), 1 - integral(OVERLAP)),
            "D* gives up 2R; only the bound 1 - R holds for every discriminator.",
        ),
        NearMiss(
            "divergence-to-mixture-is-bounded",
            at_least(log2, TO_MIXTURE),
            "It is log(1/s), above log 2 for every s < 1/2.",
        ),
    ),
    source=Source("arjovsky2017principled", "Theorem 2.3", as_we_derive_it=True),
)
