r"""What collisions in a batch say about the support, exactly.

If a law puts mass at least :math:`\rho` on a set of N atoms, a batch of M draws has no collision with
probability at most

.. math:: q(M, N, \rho) = \sum_k \binom{M}{k} \rho^k (1 - \rho)^{M-k} \frac{N (N-1) \cdots (N-k+1)}{N^k},

and this is attained: uniform on the set, atomless outside. Conversely the probability :math:`\gamma` of a
collision bounds the effective support :math:`N_2 = 1/\sum p_i^2 \le M(M-1)/(2\gamma)` from above, and
the support from below: a law on N atoms has :math:`\gamma \ge 1 - \prod_{j<M} (1 - j/N)`. No upper
bound on the support follows from collisions.

The uniform law has the fewest collisions by Maclaurin's inequality, proved draw by draw: if k draws differ, one
more differs from them with probability at most 1 - k/N, which is Cauchy-Schwarz on the atoms left.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import prod

import sympy as sp

from theory.collisions import (
    collision_probability,
    effective_support_at_most,
    largest_support,
    no_collision,
    support_at_least,
)
from theory.kernel import (
    ExactFunction,
    Fact,
    Functional,
    Integrated,
    Step,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    enumeration,
    equal,
    integer,
    interval,
    log_gap,
    nonnegative,
    square,
    unit,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem


class NoCollision(ExactFunction):
    """q(M, N, rho) as a term."""

    @classmethod
    def eval(cls, batch: sp.Expr, support: sp.Expr, mass: sp.Expr) -> sp.Expr | None:
        """The exact rational at exact arguments."""
        if batch.is_Integer and support.is_Integer and mass.is_Rational:
            value = no_collision(int(batch), int(support), Fraction(int(mass.p), int(mass.q)))
            return sp.Rational(value.numerator, value.denominator)
        return None


class CountedOutcomes(ExactFunction):
    """The probability of no collision by counting all batches: each draw is one of N atoms or outside."""

    @classmethod
    def eval(cls, batch: sp.Expr, support: sp.Expr, mass: sp.Expr) -> sp.Expr | None:
        """Sum over all (N + 1)^M batches; a draw from outside collides with nothing."""
        if not (batch.is_Integer and support.is_Integer and mass.is_Rational):
            return None
        total = sp.S.Zero
        for draws in product(range(int(support) + 1), repeat=int(batch)):
            inside = [d for d in draws if d < support]
            if len(set(inside)) == len(inside):
                total += (mass / support) ** len(inside) * (1 - mass) ** (len(draws) - len(inside))
        return total


M, N = integer("M", 1), integer("N", 1)
rho = interval("rho", 0, 1, lower_open=True)  # mass on the N atoms

# --- The uniform law has the fewest collisions (Maclaurin's inequality) ----------------------------
# d_k = Pr[k draws differ]. Set k - 1 differing draws aside, and let N = k + spare, so that spare + 1 atoms are
# left, of mass ``left`` in all; ``same`` = sum of p^2 over them is the probability that two more draws agree there.
k, spare = integer("k", 1), integer("d", 0)
mass = nonnegative("p")
left, same = nonnegative("left"), nonnegative("same")
others = Functional("Sum_left", (mass,), (Fact(sp.S.One, spare + 1), Fact(mass, left)), finite=True)
mean = left / (spare + 1)
pair_outside = Step(
    "two-draws-outside",
    at_least(others(mass**2), left**2 / (spare + 1)),
    Integrated({others: certificate((1, square(mass - mean)))}, {others: (mean**2, -2 * mean)}),
    because="Cauchy-Schwarz: two draws agree least often where the atoms left have equal mass.",
)
# E_k sums over k - 1 differing draws: d_{k+1} = E_k[left^2 - same], and a draw repeats each of k differing ones
# with one probability, E_k[same], so that d_k = d_{k+1} + k E_k[same].
CAUCHY = at_least_zero((spare + 1) * same - left**2)
aside = Functional("E_k", (left, same), given=(CAUCHY,), finite=True)
one_more = Step(
    "one-more-draw",
    at_most((k + spare) * aside(left**2 - same), spare * aside(left**2 + (k - 1) * same)),
    Integrated({aside: certificate((k, (spare + 1) * same - left**2))}),
    because="N d_{k+1} <= (N - k) d_k: one more draw differs with probability at most 1 - k/N.",
)


def _listed(draws: sp.Expr, weights: tuple[sp.Expr, ...], counts: Callable[[tuple], bool]) -> sp.Expr | None:
    """The probability of the samples that count, of atoms with integer weights."""
    if not (draws.is_Integer and all(w.is_Integer for w in weights)):
        return None
    samples = product(range(len(weights)), repeat=int(draws))
    hits = sum(prod(int(weights[atom]) for atom in sample) for sample in samples if counts(sample))
    return sp.Rational(hits, int(sum(weights)) ** int(draws))


class ListedDifferent(ExactFunction):
    """d_k, by listing all samples."""

    @classmethod
    def eval(cls, draws: sp.Expr, *weights: sp.Expr) -> sp.Expr | None:
        """The probability that k draws differ."""
        return _listed(draws, weights, lambda sample: len({*sample}) == len(sample))


class ListedRepeat(ExactFunction):
    """The probability that k draws differ and one more is the last of them, by listing all samples."""

    @classmethod
    def eval(cls, draws: sp.Expr, *weights: sp.Expr) -> sp.Expr | None:
        """Samples of k + 1 draws."""
        return _listed(
            draws + 1, weights, lambda sample: len({*sample}) == len(sample) - 1 and sample[-1] == sample[-2]
        )


drawn, w1, w2 = integer("k", 1, 3), integer("w_1", 0, 2), integer("w_2", 0, 3)
repeats = Step(
    "a-draw-repeats-each",
    equal(
        ListedDifferent(drawn, 1, w1, w2),
        ListedDifferent(drawn + 1, 1, w1, w2) + drawn * ListedRepeat(drawn, 1, w1, w2),
    ),
    enumeration,
    because="d_k = d_{k+1} + k E_k[same] on every sample of up to 4 draws from 12 laws on 3 atoms.",
)
i, least = integer("i", 0), interval("f", 0, 1, lower_open=True)  # d_{i+1}/d_i = f (1 - i/N)
factors = Functional("Sum_{i<M}", (i, least), given=(above_zero(N - i),), finite=True)
all_draws = Step(
    "all-draws",
    at_most(factors(sp.log((1 - i / N) * least)), factors(sp.log(1 - i / N))),
    Integrated({factors: certificate((1, -sp.log(least)))}),
    because="d_M is the product of its ratios, each at most 1 - i/N: so d_M <= N(N-1)...(N-M+1)/N^M.",
)

# --- The exact form, for mass rho on N atoms ------------------------------------------------------
# K = how many draws fall on the atoms, binomial(M, rho). Given K, no collision has probability ceiling x share:
# ceiling = N(N-1)...(N-K+1)/N^K is that of the uniform law, and share is at most 1 by step all-draws.
ceiling, share = nonnegative("ceiling"), unit("share")
binomial = Functional("E_K", (ceiling, share), (Fact(ceiling, NoCollision(M, N, rho)),), finite=True)
EXACT_FORM = calc("no-collision", binomial(ceiling * share)).at_most(
    NoCollision(M, N, rho),
    by=Integrated({binomial: certificate((ceiling, 1 - share))}, {binomial: (1,)}),
    because="Given K, at most d_K of the uniform law; the binomial mean of that is q by definition.",
)

few, small, thirds = integer("M", 1, 4), integer("N", 1, 3), integer("r", 0, 3)
attained = Step(
    "attained-by-uniform",
    equal(CountedOutcomes(few, small, thirds / 3), NoCollision(few, small, thirds / 3)),
    enumeration,
    because="For a uniform law with an atomless rest share is 1, for all M and N; counted here on every batch of at "
    "most 4 draws from at most 3 atoms, for rho in {0, 1/3, 2/3, 1}.",
)

# --- The exponential form that is true ------------------------------------------------------------
j = integer("j", 0)
FITS = at_least_zero(N - M)
draws = Functional(
    "Sum_{j<M}",
    over=(j,),
    facts=(Fact(j, M * (M - 1) / 2, antidifference=j * (j - 1) / 2),),
    given=(above_zero(N - j),),
    index_range=M,
)
exponential = Step(
    "exponential-form",
    at_most(draws(sp.log(1 - j / N)), -M * (M - 1) / (2 * N), FITS),
    Integrated({draws: certificate((1, log_gap(1 - j / N)))}, {draws: (-1 / N,)}),
    because="log(1 - j/N) <= -j/N, and the sum of j below M is M(M-1)/2.",
)

# --- What a collision probability certifies -------------------------------------------------------
collides, pairs = integer("collides", 0, 1), integer("pairs", 0)
Q, gamma = interval("Q", 0, 1, lower_open=True), interval("gamma", 0, 1, lower_open=True)
AT_LEAST_ONE_PAIR = at_least_zero(pairs - collides)
batch = Functional(
    "E",
    over=(collides, pairs),
    facts=(Fact(pairs, M * (M - 1) * Q / 2),),
    given=(AT_LEAST_ONE_PAIR,),
    finite=True,
)
union = Step(
    "union-over-pairs",
    at_most(batch(collides), M * (M - 1) * Q / 2),
    Integrated({batch: certificate((1, pairs - collides))}, {batch: (1,)}),
    because="A collision is at least one equal pair; each of the M(M-1)/2 pairs is equal with probability Q.",
)
UNION = at_least_zero(M * (M - 1) * Q / 2 - gamma)
effective = Step(
    "effective-support",
    at_most(1 / Q, M * (M - 1) / (2 * gamma), UNION),
    certificate((1 / (gamma * Q), M * (M - 1) * Q / 2 - gamma)),
    because="The union bound, solved for N_2 = 1/Q.",
)
larger = integer("N'", 1)
WIDER = at_least_zero(larger - N)
index = integer("j", 0)
monotone = Step(
    "more-atoms-fewer-collisions",
    at_least(1 - index / larger, 1 - index / N, WIDER),
    certificate((index / (N * larger), larger - N)),
    because="Each factor of no collision grows with N; so an upper limit on gamma is a lower limit on N.",
)


BATCH = Parameter("batch", Kind.INTEGER, "M, the draws in one batch")
TRIALS = (
    BATCH,
    Parameter("batches", Kind.INTEGER, "how many independent batches were drawn"),
    Parameter("collisions", Kind.INTEGER, "how many of them hold at least one pair"),
    Parameter("confidence", Kind.RATIONAL, "one-sided confidence of each limit, such as 39/40"),
)

THEOREM = Theorem(
    id="birthday-collisions",
    title="Collisions in a batch bound the effective support from above and the support from below",
    sentence=(
        r"If a law puts mass $\rho$ on $N$ atoms, $M$ independent draws are without collision with probability at "
        r"most $q(M, N, \rho) = \sum_k \binom{M}{k} \rho^k (1-\rho)^{M-k} (N)_k / N^k$, attained by the uniform "
        r"law on the atoms with an atomless rest. A collision probability $\gamma$ certifies "
        r"$N_2 = 1/\sum_i p_i^2 \le M(M-1)/(2\gamma)$, and $\gamma \ge 1 - \prod_{j<M}(1 - j/N)$ for any law on "
        r"$N$ atoms."
    ),
    hypotheses=(
        Hypothesis("the draws of a batch are independent with one law"),
        Hypothesis(
            "naming: left and same are what k - 1 differing draws leave; two-draws-outside shows what one-more-draw "
            "is given of them"
        ),
        Hypothesis(
            "k draws in any order have one law, so that one more repeats each of k differing draws with one "
            "probability; the step a-draw-repeats-each lists this for k <= 3"
        ),
        Hypothesis(
            "naming: f is d_{i+1}/d_i over 1 - i/N, at most 1 by one-more-draw, wherever d_M > 0; d_M is the product of "
            "its ratios"
        ),
        Hypothesis(
            "K of the M draws fall on the N atoms, K binomial(M, rho); ceiling and share are uniform d_K, of which q "
            "is the mean by definition, and d_K over it, at most 1 by all-draws"
        ),
        Hypothesis("a collision is an exact repetition, and Q = sum p_i^2 the probability of one pair"),
    ),
    statement=EXACT_FORM.conclusion,
    derivation=(
        pair_outside,
        one_more,
        repeats,
        all_draws,
        EXACT_FORM,
        attained,
        exponential,
        union,
        effective,
        monotone,
    ),
    predictions=(
        Prediction(
            "collision_probability",
            Relation.AT_LEAST,
            collision_probability,
            (
                BATCH,
                Parameter("support", Kind.INTEGER, "N, the atoms"),
                Parameter("mass", Kind.RATIONAL, "rho, their probability"),
            ),
            "probability",
            r"1 - q(M, N, \rho)",
        ),
        Prediction(
            "largest_support",
            Relation.EQUALS,
            largest_support,
            (BATCH, Parameter("probability", Kind.RATIONAL, "the probability of a collision, such as 1/2")),
            "atoms",
            r"\max\{N : 1 - \prod_{j<M}(1 - j/N) \ge \gamma\}",
        ),
        Prediction(
            "effective_support_at_most",
            Relation.AT_MOST,
            effective_support_at_most,
            TRIALS,
            "atoms",
            r"\frac{M(M-1)}{2\gamma_{\mathrm{low}}}",
        ),
        Prediction(
            "support_at_least",
            Relation.AT_LEAST,
            support_at_least,
            TRIALS,
            "atoms",
            r"\min\{N : 1 - \prod_{j<M}(1 - j/N) \le \gamma_{\mathrm{high}}\}",
        ),
    ),
    near_misses=(
        NearMiss(
            "squared-batch",
            at_least(1 - NoCollision(M, N, rho), 1 - sp.exp(-(M**2) * rho**2 / (2 * N))),
            "M^2 for M(M-1), as remembered from the published form: false already for a uniform law.",
            at=({M: 2, N: 100, rho: 1}, {M: 23, N: 365, rho: 1}),
        ),
        NearMiss(
            "squared-mass",
            at_least(1 - NoCollision(M, N, rho), 1 - sp.exp(-M * (M - 1) * rho**2 / (2 * N))),
            "rho^2 for the binomial mean, as remembered from the published form: false for rho < 1.",
            at=({M: 400, N: 10**5, rho: sp.Rational(1, 2)},),
        ),
        NearMiss(
            "half-at-the-square",
            at_least(1 - NoCollision(M, M**2, 1), sp.Rational(1, 2)),
            "A batch of M collides with probability one half at a support near M^2/(2 log 2), not at M^2.",
        ),
        NearMiss(
            "effective-support-without-half",
            at_most(1 / Q, M * (M - 1) / (4 * gamma), UNION),
            "The number of pairs is M(M-1)/2.",
        ),
        NearMiss(
            "fewer-atoms-fewer-collisions",
            at_most(1 - index / larger, 1 - index / N, WIDER),
            "More atoms mean fewer collisions, not more.",
        ),
    ),
    source=Source("arora2018birthday", "Theorem 1", as_we_derive_it=True),
    revision=2,
)
