r"""How much mass a sample has not seen, and how many atoms.

Of n draws from masses p, an atom is unseen with probability :math:`(1-p)^n`. The mass of the unseen atoms has mean
:math:`E M_0 = \sum_i p_i (1-p_i)^n`, and Good and Turing estimate it by the share of atoms that were seen once,
:math:`E f_1 / n = \sum_i p_i (1-p_i)^{n-1}`, which is the missing mass after one draw less. The bias is exactly

.. math:: \frac{E f_1}{n} - E M_0 = \sum_i p_i^2 (1-p_i)^{n-1}
          \in \Big[0, \frac1n \Big(1 - \frac1n\Big)^{n-1}\Big],

at its largest for the uniform law on n atoms. With N atoms, :math:`E M_0 \le (1 - 1/N)^n` if :math:`N \ge n`, with
equality for the uniform law only; and the number of unseen atoms is bounded from below (Chao) by one square:

.. math:: E f_0 \ge \frac{n-1}{n} \frac{(E f_1)^2}{2 E f_2} .
"""

import sympy as sp

from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Proved,
    Step,
    at_least,
    at_most,
    binomial,
    calc,
    certificate,
    enumeration,
    equal,
    exponential_gap,
    integer,
    log_gap,
    normal_form,
    open_unit,
    positive,
    square,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.spectrum import (
    ListedMissingMass,
    ListedSpectrum,
    bias,
    bias_at_most,
    expected_missing_mass,
    missing_mass_at_most,
    unseen_at_least,
    unseen_mass_at_least,
    unseen_mass_at_most,
)
from theory.statement import Hypothesis, NearMiss, Theorem

n = integer("n", 2)  # draws
p = open_unit("p")  # the mass of an atom
atoms = Functional("Sum_atoms", (p,), (Fact(p, sp.S.One),), finite=True)

missing = p * (1 - p) ** n  # an atom's share of E M_0
once = n * p * (1 - p) ** (n - 1)  # the probability that it is seen once
twice = n * (n - 1) / 2 * p**2 * (1 - p) ** (n - 2)
unseen: sp.Expr = (1 - p) ** n

# --- The largest value of p (1 - p)^k ---------------------------------------------------------------
# It is at p = 1/(k+1). With a = (k+1) p and b = (k+1)(1-p)/k, log(a b^k) <= a - 1 + k (b - 1) = 0.


def peak(power: sp.Expr) -> sp.Expr:
    """Max of p (1 - p)^k over p."""
    return (power / (power + 1)) ** power / (power + 1)


k = integer("k", 1)
a, b, term = (k + 1) * p, (k + 1) * (1 - p) / k, p * (1 - p) ** k
highest = Step(
    "peak",
    at_most(term, peak(k)),
    certificate(
        (term, exponential_gap(-sp.log(a) - k * sp.log(b))),
        (term, log_gap(a)),
        (k * term, log_gap(b)),
        strict_unless=(a - 1,),
    ),
    because="The weighted mean of a = (k+1) p and k times b = (k+1)(1-p)/k is 1, and log lies below its tangent.",
)


def below_peak(power: sp.Expr) -> Proved:
    """Peak - p (1 - p)^power, as a term of a certificate."""
    return Proved(highest.claim, highest.by, {k: power})


# --- The bias of Good and Turing --------------------------------------------------------------------
BIAS = (
    calc("good-turing-bias", atoms(once) / n - atoms(missing))
    .equals(
        atoms(p**2 * (1 - p) ** (n - 1)),
        by=Integrated({atoms: normal_form}),
        because="Atom by atom: p (1-p)^(n-1) (1 - (1-p)).",
    )
    .at_most(
        peak(n - 1),
        by=Integrated({atoms: certificate((p, below_peak(n - 1)))}, {atoms: (peak(n - 1),)}),
        because="p (1-p)^(n-1) is at most its value at 1/n, and the masses sum to one.",
    )
)
nonnegative_bias = Step(
    "bias-is-at-least-zero",
    at_least(atoms(p**2 * (1 - p) ** (n - 1)), 0),
    Integrated({atoms: certificate((1, p**2 * (1 - p) ** (n - 1)))}),
    because="Every summand is.",
)
attained = Step(
    "bias-is-attained",
    equal(n * (p**2 * (1 - p) ** (n - 1)).xreplace({p: 1 / n}), peak(n - 1)),
    normal_form,
    because="The uniform law on n atoms.",
)

# --- The missing mass of N atoms --------------------------------------------------------------------
surplus = integer("d", 0)  # N - n
N = n + surplus
many = Functional("Sum_atoms", (p,), (Fact(p, sp.S.One), Fact(sp.S.One, N)), finite=True)
mean = 1 / N
slope = (1 - mean) ** n * (1 - n * mean / (1 - mean))  # of p (1-p)^n at 1/N
below = surplus / N + (n - 1) * p  # (1 - p) + n (p - 1/N)
uniform_is_worst = Step(
    "uniform-law-misses-most",
    at_most(many(missing), (1 - mean) ** n),
    Integrated(
        {
            many: certificate(
                ((1 - mean) ** n * n * surplus / ((N - 1) * below), square(p - mean)),
                (missing * (1 - mean) / below, exponential_gap((n - 1) * sp.log((1 - mean) / (1 - p)))),
                ((n - 1) * missing * (1 - mean) / below, log_gap((1 - p) / (1 - mean))),
                strict_unless=(p - mean,),
            )
        },
        {many: (slope, mean * ((1 - mean) ** n - slope))},
    ),
    because="p (1-p)^n lies below its tangent at 1/N, by Bernoulli's inequality, and the tangent sums to this.",
)
size = integer("N", 2)
any_number = Functional("Sum_atoms", (p,), (Fact(p, sp.S.One), Fact(sp.S.One, size)), finite=True)
any_size = Step(
    "missing-mass-of-any-support",
    at_most(any_number(missing), size * peak(n)),
    Integrated({any_number: certificate((1, below_peak(n)))}, {any_number: (0, peak(n))}),
    because="Each atom misses at most the peak; for N < n the tangent at 1/N does not lie above.",
)
singletons = Step(
    "singletons-need-atoms",
    at_most(any_number(once), size * (1 - 1 / n) ** (n - 1)),
    Integrated({any_number: certificate((n, below_peak(n - 1)))}, {any_number: (0, n * peak(n - 1))}),
    because="So E f_1 singletons among n draws need at least E f_1 (n/(n-1))^(n-1) atoms, nearly e E f_1.",
)

# --- How many atoms are unseen ----------------------------------------------------------------------
F1, F2 = positive("F_1"), positive("F_2")  # E f_1 and E f_2
spectrum = Functional("Sum_atoms", (p,), (Fact(once, F1), Fact(twice, F2)), finite=True)
odds = (n - 1) * F1 / (2 * F2)  # (1 - p)/p where all masses are equal
CHAO = (n - 1) / n * F1**2 / (2 * F2)
unseen_atoms = Step(
    "unseen-atoms",
    at_least(spectrum(unseen), CHAO),
    Integrated(
        {
            spectrum: certificate(
                ((1 - p) ** (n - 2), square(1 - p - odds * p)), strict_unless=(1 - p - odds * p,)
            )
        },
        {spectrum: (-2 * odds / n, 2 * odds**2 / (n * (n - 1)))},
    ),
    because="Cauchy-Schwarz for the weights (1-p)^(n-2): equality only where all masses are equal.",
)

# --- That these sums are the expectations -----------------------------------------------------------
few, seen = integer("s", 2, 3), integer("j", 0, 2)
w1, w2 = integer("w_1", 1, 2), integer("w_2", 1, 3)
total = 1 + w1 + w2
listed = Step(
    "spectrum-by-listing",
    equal(
        ListedSpectrum(seen, few, 1, w1, w2),
        sp.Add(
            *(
                binomial(few, seen) * (w / total) ** seen * (1 - w / total) ** (few - seen)
                for w in (sp.S.One, w1, w2)
            )
        ),
    ),
    enumeration,
    because="Every sample of up to 3 draws from 6 laws on 3 atoms: E f_j for j = 0, 1, 2.",
)
missing_listed = Step(
    "missing-mass-by-listing",
    equal(
        ListedMissingMass(few, 1, w1, w2),
        sp.Add(*(w / total * (1 - w / total) ** few for w in (sp.S.One, w1, w2))),
    ),
    enumeration,
    because="The same samples.",
)

LAW = Parameter("law", Kind.LAW, "the masses")
DRAWS = Parameter("draws", Kind.INTEGER, "n, the draws in the sample")
HELD_OUT = (
    Parameter("fresh", Kind.INTEGER, "further draws, independent of the sample"),
    Parameter("unseen", Kind.INTEGER, "how many of them are not in the sample"),
    Parameter("confidence", Kind.RATIONAL, "one-sided confidence of each limit, such as 39/40"),
)
size_of_uniform = {
    F1: n * (1 - 1 / size) ** (n - 1),
    F2: n * (n - 1) / (2 * size) * (1 - 1 / size) ** (n - 2),
}

THEOREM = Theorem(
    id="missing-mass",
    title="The mass and the number of atoms that a sample has not seen",
    sentence=(
        r"For $n \ge 2$ independent draws from finitely many masses, $E f_1/n - E M_0 = \sum_i p_i^2(1-p_i)^{n-1} \in "
        r"\big[0, \frac1n(1-\frac1n)^{n-1}\big]$; for $N$ atoms $E M_0 \le (1-1/N)^n$ if $N \ge n$, with equality only for "
        r"the uniform law, and $E M_0 \le \frac{N}{n+1}(\frac{n}{n+1})^n$, $E f_1 \le N(1-\frac1n)^{n-1}$ for all $N$; and "
        r"$E f_0 \ge \frac{n-1}{n}\frac{(E f_1)^2}{2\,E f_2}$, with equality only for equal masses."
    ),
    hypotheses=(
        Hypothesis("the n draws are independent with one law on finitely many atoms, two at least"),
        Hypothesis("f_j is the number of atoms seen j times, M_0 the mass of those with j = 0"),
        Hypothesis(
            "E f_j and E M_0 are the sums over atoms by linearity; the steps that end in by-listing list them for n <= 3"
        ),
        Hypothesis(
            "of fresh draws, independent of the sample, the unseen are binomial with probability M_0, given the sample"
        ),
    ),
    statement=BIAS.conclusion,
    derivation=(
        listed,
        missing_listed,
        highest,
        BIAS,
        nonnegative_bias,
        attained,
        uniform_is_worst,
        any_size,
        singletons,
        unseen_atoms,
    ),
    predictions=(
        Prediction(
            "expected_missing_mass",
            Relation.EQUALS,
            expected_missing_mass,
            (LAW, DRAWS),
            "probability",
            r"\sum_i p_i (1-p_i)^n",
        ),
        Prediction(
            "good_turing_bias",
            Relation.EQUALS,
            bias,
            (LAW, DRAWS),
            "probability",
            r"\sum_i p_i^2 (1-p_i)^{n-1}",
        ),
        Prediction(
            "good_turing_bias_at_most",
            Relation.AT_MOST,
            bias_at_most,
            (DRAWS,),
            "probability",
            r"\frac1n\big(1-\frac1n\big)^{n-1}",
        ),
        Prediction(
            "missing_mass_at_most",
            Relation.AT_MOST,
            missing_mass_at_most,
            (DRAWS, Parameter("support", Kind.INTEGER, "N, the atoms")),
            "probability",
            r"(1-1/N)^n \text{ for } N \ge n, \quad \tfrac{N}{n+1}\big(\tfrac{n}{n+1}\big)^n \text{ for } 1 < N < n, \quad 0 \text{ for } N = 1",
        ),
        Prediction(
            "unseen_at_least",
            Relation.AT_LEAST,
            unseen_at_least,
            (
                DRAWS,
                Parameter("singletons", Kind.RATIONAL, "E f_1, the expected number of atoms seen once"),
                Parameter("doubletons", Kind.RATIONAL, "E f_2, the expected number of atoms seen twice"),
            ),
            "atoms",
            r"\frac{n-1}{n}\frac{(E f_1)^2}{2\,E f_2}",
        ),
        Prediction(
            "unseen_mass_at_least",
            Relation.AT_LEAST,
            unseen_mass_at_least,
            HELD_OUT,
            "probability",
            r"\text{lower Clopper-Pearson limit}",
        ),
        Prediction(
            "unseen_mass_at_most",
            Relation.AT_MOST,
            unseen_mass_at_most,
            HELD_OUT,
            "probability",
            r"\text{upper Clopper-Pearson limit}",
        ),
    ),
    near_misses=(
        NearMiss(
            "good-turing-is-unbiased",
            equal(atoms(once) / n, atoms(missing)),
            "f_1/n is unbiased for n - 1 draws, not for n.",
        ),
        NearMiss(
            "bias-of-second-order",
            at_most(atoms(p**2 * (1 - p) ** (n - 1)), 1 / n**2),
            "The bias can be near 1/(e n).",
        ),
        NearMiss(
            "uniform-law-misses-most-always",
            at_most(any_number(missing), (1 - 1 / size) ** n),
            "Not for N < n: a few light atoms are missed with the more probability.",
        ),
        NearMiss(
            "chao-without-n-minus-one-over-n",
            at_least(unseen.xreplace({p: 1 / size}) * size, (F1**2 / (2 * F2)).xreplace(size_of_uniform)),
            "f_1^2/(2 f_2), as remembered from the published form, is for large n: at finite n the uniform law has (n-1)/n of it.",
        ),
        NearMiss(
            "chao-from-above",
            at_most(spectrum(unseen), CHAO),
            "It bounds the unseen atoms from below only: no sample bounds them from above.",
        ),
    ),
    source=Source("good1953population", "the estimate f_1/n", as_we_derive_it=True),
)
