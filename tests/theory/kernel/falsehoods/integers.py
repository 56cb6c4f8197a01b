"""Binomial coefficients beyond where they are defined, and inductions with a part missing."""

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Outcome,
    at_least,
    at_least_zero,
    at_most,
    binomial,
    certificate,
    equal,
    induction,
    integer,
    normal_form,
    positive,
    real,
    square,
)

n, k, N = integer("n", 0), integer("k", 0), integer("N", 0)
x, r, e = real("x"), positive("r"), positive("e")
j = integer("j", 0)
times = integer("t", 1)

SUBSETS = Functional(
    "Sum_{j<N}", (j,), (Fact(binomial(j, k), binomial(N, k + 1), binomial(j, k + 1)),), index_range=N
)
TOO_FEW = Functional(
    "Sum_{j<N}", (j,), (Fact(binomial(j, k), binomial(N, k), binomial(j, k + 1)),), index_range=N
)
SMALL = at_least_zero(e - r)

INTEGERS = (
    pair(
        "pascal-with-the-wrong-neighbour",
        Outcome.REFUTED,
        (equal(binomial(n + 1, k + 1), binomial(n, k + 1) + binomial(n + 1, k)), normal_form),
        (equal(binomial(n + 1, k + 1), binomial(n, k + 1) + binomial(n, k)), normal_form),
    ),
    pair(
        "more-chosen-than-there-are",
        Outcome.REFUTED,
        (at_least(binomial(n, k), 1), certificate((1, binomial(n, k) - 1))),
        (at_least(binomial(n + k, k), 1), certificate((1, binomial(n + k, k) - 1))),
    ),
    pair(
        "shift-divides-by-zero",
        Outcome.ILL_DEFINED,
        (equal(binomial(n + 1, k), binomial(n, k) * (n + 1) / (n + 1 - k)), normal_form),
        (equal(binomial(n, k + 1), binomial(n, k) * (n - k) / (k + 1)), normal_form),
    ),
    pair(
        "binomial-of-a-real-number",
        Outcome.ILL_DEFINED,
        (equal(binomial(x, 2), x * (x - 1) / 2), normal_form),
        (equal(binomial(n, 2), n * (n - 1) / 2), normal_form),
    ),
    pair(
        "binomial-below-zero",
        Outcome.ILL_DEFINED,
        (equal(binomial(n - 1, 1), n - 1), normal_form),
        (equal(binomial(n + 1, 1), n + 1), normal_form),
    ),
    pair(
        "subsets-with-their-largest-element",
        Outcome.REFUTED,
        (
            equal(TOO_FEW(binomial(j, k)), binomial(N, k)),
            Integrated({TOO_FEW: normal_form}, {TOO_FEW: (-1,)}),
        ),
        (
            equal(SUBSETS(binomial(j, k)), binomial(N, k + 1)),
            Integrated({SUBSETS: normal_form}, {SUBSETS: (-1,)}),
        ),
    ),
    pair(
        "induction-without-a-base",
        Outcome.REFUTED,
        (equal(2 * n, 2 * n + 1), induction(n, base=normal_form, multiplier=1, step=normal_form)),
        (
            equal((1 + e) ** n * (1 + e), (1 + e) ** (n + 1)),
            induction(n, base=normal_form, multiplier=1, step=normal_form),
        ),
    ),
    pair(
        "induction-with-a-negative-multiplier",
        Outcome.UNDECIDED,
        (
            at_least(n, 0),
            induction(n, base=certificate((1, 0)), multiplier=-1, step=certificate((1, 2 * n + 1))),
        ),
        (at_least(n, 0), induction(n, base=certificate((1, 0)), multiplier=1, step=certificate((1, 1)))),
    ),
    pair(
        "induction-that-does-not-reach-the-next",
        Outcome.REFUTED,
        (
            at_least((1 + e) ** times, 1 + times * e**2),
            induction(
                times, base=certificate((1, e)), multiplier=1 + e, step=certificate((times, square(e)))
            ),
        ),
        (
            at_least((1 + e) ** times, 1 + times * e),
            induction(
                times, base=certificate((1, 0)), multiplier=1 + e, step=certificate((times, square(e)))
            ),
        ),
    ),
    pair(
        "induction-over-a-hypothesis-on-n",
        Outcome.UNDECIDED,
        (
            at_most(r**times, e**times, at_least_zero(e - r), at_least_zero(times - 1)),
            induction(times, base=certificate((1, e - r)), multiplier=e, step=certificate((r**times, e - r))),
        ),
        (
            at_most(r**times, e**times, SMALL),
            induction(times, base=certificate((1, e - r)), multiplier=e, step=certificate((r**times, e - r))),
        ),
    ),
)
