"""Falsehoods about integrals over intervals, and about numbers that balls enclose."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Enclosed,
    Fact,
    Functional,
    Integrated,
    NamedTotals,
    Outcome,
    Split,
    Substituted,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    equal,
    interval,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
    unit,
)

half = sp.Rational(1, 2)
x, y, z = real("x"), real("y"), real("z")
p, c = positive("p"), positive("c")
n = nonnegative("n")


def integral(over: sp.Expr, lower: sp.Expr | int, upper: sp.Expr | int, *facts: Fact) -> Functional:
    """The integral over one variable between two ends."""
    return Functional("I", (over,), facts, interval=(lower, upper))


across = integral(x, -1, 1, Fact(x**-2, -2, antiderivative=-1 / x))
beside = integral(p, 1, 2, Fact(p**-2, half, antiderivative=-1 / p))
to_c = integral(x, 0, c, Fact(x**2, c**3 / 2, antiderivative=x**3 / 3))
to_c_right = integral(x, 0, c, Fact(x**2, c**3 / 3, antiderivative=x**3 / 3))
backwards, forwards = integral(x, 1, 0), integral(x, 0, 1)
outside, inside = integral(n, -1, 1), integral(n, 0, 1)
whole, left = integral(x, 0, 2), Functional("L", (y,), interval=(0, 1))
right, overlapping = (Functional("R", (z,), interval=(a, 2)) for a in (1, half))
mirrored = Functional("M", (y,), interval=(-c, 0))
roots = integral(p, 1, 4)
far, near = interval("t", half, 2), interval("t", half, sp.Rational(99, 100))

share, height = unit("u"), real("h")
low, high = positive("low"), positive("high")
heights = Functional(
    "T",
    (share, height),
    (Fact(1, 1), Fact(share, half)),
    (at_least_zero(height - low), at_least_zero(high - height)),
    (height, share * height),
)
area, moment = heights(height), heights(share * height)
AREA = (at_least(area, low), Integrated({heights: certificate((1, height - low))}, {heights: (-low, 0)}))
MOMENT = (
    at_most(moment, high / 2),
    Integrated({heights: certificate((share, high - height))}, {heights: (0, high)}),
)
NAMES = {area: real("A"), moment: real("B")}
A, B = NAMES.values()
squared = certificate((high, square(A - low)), (2 * high * low, A - low), (2 * low**2, high / 2 - B))

INTEGRALS = (
    pair(
        "integral-across-a-pole",
        Outcome.UNDECIDED,
        (equal(across(x**-2), -2), Integrated({across: normal_form}, {across: (-1,)})),
        (equal(beside(p**-2), half), Integrated({beside: normal_form}, {beside: (-1,)})),
    ),
    pair(
        "antiderivative-with-a-wrong-end",
        Outcome.REFUTED,
        (equal(to_c(x**2), c**3 / 2), Integrated({to_c: normal_form}, {to_c: (-1,)})),
        (equal(to_c_right(x**2), c**3 / 3), Integrated({to_c_right: normal_form}, {to_c_right: (-1,)})),
    ),
    pair(
        "integral-backwards-is-not-positive",
        Outcome.REFUTED,
        (at_least(backwards(sp.exp(x)), 0), Integrated({backwards: certificate((1, sp.exp(x)))})),
        (at_least(forwards(sp.exp(x)), 0), Integrated({forwards: certificate((1, sp.exp(x)))})),
    ),
    pair(
        "interval-outside-the-domain",
        Outcome.ILL_DEFINED,
        (at_least(outside(n), 0), Integrated({outside: certificate((1, n))})),
        (at_least(inside(n), 0), Integrated({inside: certificate((1, n))})),
    ),
    pair(
        "parts-that-overlap",
        Outcome.REFUTED,
        (
            equal(whole(x**2), left(y**2) + overlapping(z**2)),
            Split((left, overlapping)),
        ),
        (equal(whole(x**2), left(y**2) + right(z**2)), Split((left, right))),
    ),
    pair(
        "mirror-without-its-sign",
        Outcome.REFUTED,
        (equal(mirrored(y * sp.exp(y)), to_c(x * sp.exp(-x))), Substituted(-x)),
        (equal(mirrored(y * sp.exp(y)), to_c(-x * sp.exp(-x))), Substituted(-x)),
    ),
    pair(
        "substitution-without-its-slope",
        Outcome.REFUTED,
        (equal(integral(y, 0, 2 * c)(sp.exp(y)), to_c(sp.exp(2 * x))), Substituted(2 * x)),
        (equal(integral(y, 0, 2 * c)(sp.exp(y)), to_c(2 * sp.exp(2 * x))), Substituted(2 * x)),
    ),
    pair(
        # What Arb's integration returns where the square root is not told to be analytic.
        "root-integrated-across-its-cut",
        Outcome.REFUTED,
        (at_least(roots(sp.sqrt(p)), sp.Rational(4669, 1000)), Enclosed()),
        (at_least(roots(sp.sqrt(p)), sp.Rational(4666, 1000)), Enclosed()),
    ),
    pair(
        "ball-of-a-touching-point",
        Outcome.UNDECIDED,
        (at_least(far - 1, sp.log(far)), Enclosed(boxes=2000)),
        (at_least(near - 1, sp.log(near)), Enclosed(boxes=2000)),
    ),
    pair(
        "ball-of-an-equality",
        Outcome.UNDECIDED,
        (equal(forwards(x), half), Enclosed()),
        (at_most(forwards(x), half + sp.Rational(1, 10**30)), Enclosed()),
    ),
    pair(
        "squares-of-totals-the-wrong-way",
        Outcome.REFUTED,
        (
            at_least(low * area**2, 2 * high**2 * moment),
            NamedTotals(NAMES, (AREA, MOMENT), squared),
        ),
        (
            at_least(high * area**2, 2 * low**2 * moment),
            NamedTotals(NAMES, (AREA, MOMENT), squared),
        ),
    ),
)
