"""Falsehoods about integrals, expectations and sums."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Bounds,
    Fact,
    Functional,
    Integrated,
    Outcome,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    entropy_gap,
    equal,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)

x = real("x")
a, mu = positive("a"), positive("mu")
q = nonnegative("q")

f, g = positive("f"), positive("g")
S = Functional("S", (f, g), (Fact(f, 1), Fact(g, 1)), finite=True)  # two laws on the same atoms
middle = (f + g) / 2
twice_jensen_shannon = S(f * sp.log(f / middle)) + S(g * sp.log(g / middle))
UP_TO_LOG_TWO = Integrated(
    {S: certificate((f, sp.log(1 + g / f)), (g, sp.log(1 + f / g)))}, {S: (sp.log(2), sp.log(2))}
)

on_f, on_g = Functional("S_f", (f,), (Fact(f, 1),)), Functional("S_g", (g,), (Fact(g, 1),))
disjoint = on_f(f * sp.log(2)) + on_g(g * sp.log(2))
DISJOINT = Integrated(
    {on_f: certificate((1, 0)), on_g: certificate((1, 0))}, {on_f: (sp.log(2),), on_g: (sp.log(2),)}
)

missing = Functional("S", (f, q), (Fact(f, 1), Fact(q, 1)), finite=True)

value, other = real("v"), real("v'")
mean, second = real("m"), real("m'")
E = Functional("E", (value,), (Fact(1, 1), Fact(value, mean)), integrable=(value**2,))
both = Functional("E", (value, other), (Fact(1, 1), Fact(value, mean), Fact(other, second)), finite=True)
centred = Functional("E", (value, other), (Fact(other, 0),), finite=True)
above = Functional("E", (f,), (Fact(1, 1), Fact(f, a)), integrable=(1 / f,))
bare = Functional("E", (f,), (Fact(1, 1),))
SHRUNK = Bounds(
    1 / (1 + f), (sp.S.Zero, certificate((1, 1 / (1 + f)))), (sp.S.One, certificate((1, f / (1 + f))))
)

hit = integer("hit", 0, 1)
reached = at_least_zero(hit * (value - a))
signed = Functional("E", (hit, value), (Fact(value, mu),), (reached,), integrable=(hit,))
size = nonnegative("s")
unsigned = Functional(
    "E", (hit, size), (Fact(size, mu),), (at_least_zero(hit * (size - a)),), integrable=(hit,)
)

j, M = integer("j", 0), integer("M", 1)


def sum_below(total: sp.Expr, antidifference: sp.Expr) -> Functional:
    """The sum over j = 0, ..., M - 1 with a claimed total of j."""
    return Functional("Sum", (j,), (Fact(j, total, antidifference),), index_range=M)


gauss, off_by_one = sum_below(M * (M - 1) / 2, j * (j - 1) / 2), sum_below(M * (M + 1) / 2, j * (j + 1) / 2)

TOTALS = (
    pair(
        "divergence-of-the-wrong-sign",
        Outcome.REFUTED,
        (
            at_least(S(f * sp.log(g / f)), 0),
            Integrated({S: certificate((1, entropy_gap(f, g)))}, {S: (-1, 1)}),
        ),
        (
            at_least(S(f * sp.log(f / g)), 0),
            Integrated({S: certificate((1, entropy_gap(f, g)))}, {S: (-1, 1)}),
        ),
    ),
    pair(
        "divergence-is-symmetric",
        Outcome.REFUTED,
        (equal(S(f * sp.log(f / g)), S(g * sp.log(g / f))), Integrated({S: normal_form})),
        (equal(S((f - g) * sp.log(f / g)), S((g - f) * sp.log(g / f))), Integrated({S: normal_form})),
    ),
    pair(
        "divergence-with-a-missing-atom",
        Outcome.ILL_DEFINED,
        (
            at_least(missing(f * sp.log(f / q)), 0),
            Integrated({missing: certificate((1, entropy_gap(f, q)))}, {missing: (-1, 1)}),
        ),
        (
            at_least(S(f * sp.log(f / g)), 0),
            Integrated({S: certificate((1, entropy_gap(f, g)))}, {S: (-1, 1)}),
        ),
    ),
    pair(
        "jensen-shannon-below-half-log-two",
        Outcome.REFUTED,
        (at_most(twice_jensen_shannon, sp.log(2)), UP_TO_LOG_TWO),
        (at_most(twice_jensen_shannon, 2 * sp.log(2)), UP_TO_LOG_TWO),
    ),
    pair(
        "disjoint-supports-below-log-two",
        Outcome.REFUTED,
        (at_most(disjoint, sp.Rational(99, 50) * sp.log(2)), DISJOINT),
        (at_most(disjoint, 2 * sp.log(2)), DISJOINT),
    ),
    pair(
        "integral-without-integrability",
        Outcome.UNDECIDED,
        (at_least(bare(1 / f), 0), Integrated({bare: certificate((1, 1 / f))})),
        (at_least(bare(1 / (1 + f)), 0), Integrated({bare: certificate((1, 1 / (1 + f)))}, bounds=(SHRUNK,))),
    ),
    pair(
        "bound-variable-outside",
        Outcome.ILL_DEFINED,
        (at_least(E(value**2) + value, value), Integrated({E: certificate((1, square(value)))})),
        (at_least(E(value**2) + x, x), Integrated({E: certificate((1, square(value)))})),
    ),
    pair(
        "square-of-an-expectation",
        Outcome.REFUTED,
        (equal(E(value**2), E(value) ** 2), Integrated({E: normal_form})),
        (equal(E(value**2), 2 * E(value**2 / 2)), Integrated({E: normal_form})),
    ),
    pair(
        "jensen-reversed",
        Outcome.REFUTED,
        (
            at_most(E(value**2), mean**2),
            Integrated({E: certificate((1, square(value - mean)))}, {E: (mean**2, -2 * mean)}),
        ),
        (
            at_least(E(value**2), mean**2),
            Integrated({E: certificate((1, square(value - mean)))}, {E: (mean**2, -2 * mean)}),
        ),
    ),
    pair(
        "mean-of-a-reciprocal",
        Outcome.REFUTED,
        (
            at_most(above(1 / f), 1 / a),
            Integrated({above: certificate((1 / (f * a**2), square(f - a)))}, {above: (-2 / a, a**-2)}),
        ),
        (
            at_least(above(1 / f), 1 / a),
            Integrated({above: certificate((1 / (f * a**2), square(f - a)))}, {above: (-2 / a, a**-2)}),
        ),
    ),
    pair(
        "mean-of-a-product",
        Outcome.REFUTED,
        (equal(both(value * other), mean * second), Integrated({both: normal_form}, {both: (0, -second, 0)})),
        (equal(both(value + other), mean + second), Integrated({both: normal_form}, {both: (0, -1, -1)})),
    ),
    pair(
        "fact-multiplied-by-a-bound-variable",
        Outcome.REFUTED,
        (equal(centred(value * other), 0), Integrated({centred: normal_form}, {centred: (-value,)})),
        (equal(centred(x * other), 0), Integrated({centred: normal_form}, {centred: (-x,)})),
    ),
    pair(
        "markov-without-sign",
        Outcome.REFUTED,
        (
            at_most(signed(hit), mu / a),
            Integrated(
                {signed: certificate((1 / a, hit * (value - a)), ((1 - hit) / a, value))}, {signed: (1 / a,)}
            ),
        ),
        (
            at_most(unsigned(hit), mu / a),
            Integrated(
                {unsigned: certificate((1 / a, hit * (size - a)), ((1 - hit) / a, size))},
                {unsigned: (1 / a,)},
            ),
        ),
    ),
    pair(
        "sum-off-by-one",
        Outcome.REFUTED,
        (equal(off_by_one(j), M * (M + 1) / 2), Integrated({off_by_one: normal_form}, {off_by_one: (-1,)})),
        (equal(gauss(j), M * (M - 1) / 2), Integrated({gauss: normal_form}, {gauss: (-1,)})),
    ),
)
