"""Absolute values: signs that are forgotten, and inequalities the wrong way round."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Absolute,
    Outcome,
    absolute_gap,
    at_least,
    at_most,
    certificate,
    equal,
    interval,
    normal_form,
    positive,
    real,
)

half = sp.Rational(1, 2)
x, y = real("x"), real("y")
a, b = positive("a"), positive("b")
t = interval("t", -half, half)
late = interval("u", 1, sp.oo)

ABSOLUTE = (
    pair(
        "absolute-value-without-its-bars",
        Outcome.REFUTED,
        (equal(Absolute(x - 1), x - 1), normal_form),
        (equal(Absolute(late - 1), late - 1), normal_form),
    ),
    pair(
        "absolute-value-of-a-sum",
        Outcome.REFUTED,
        (equal(Absolute(x + y), Absolute(x) + Absolute(y)), normal_form),
        (equal(Absolute(x * y), Absolute(x) * Absolute(y)), normal_form),
    ),
    pair(
        "cube-of-an-absolute-value",
        Outcome.REFUTED,
        (equal(Absolute(x - y) ** 3, (x - y) ** 3), normal_form),
        (equal(Absolute(x - y) ** 4, (y - x) ** 4), normal_form),
    ),
    pair(
        "negative-factor-pulled-out",
        Outcome.REFUTED,
        (equal(Absolute(-a * x), -a * Absolute(x)), normal_form),
        (equal(Absolute(-a * x), a * Absolute(x)), normal_form),
    ),
    pair(
        "absolute-value-below-its-argument",
        Outcome.REFUTED,
        (at_most(Absolute(x), x), certificate((1, absolute_gap(x)))),
        (at_least(Absolute(x), -x), certificate((1, absolute_gap(-x)))),
    ),
    pair(
        "quotient-by-an-absolute-value",
        Outcome.UNDECIDED,
        (equal(x**2 / Absolute(x), Absolute(x)), normal_form),
        (
            equal(x**2 / (1 + Absolute(x)) + x**2 * Absolute(x) / (1 + Absolute(x)), Absolute(x) ** 2),
            normal_form,
        ),
    ),
    pair(
        "conjugate-of-total-variation-beyond-its-domain",
        Outcome.REFUTED,
        (
            at_least(Absolute(a - b) / 2, a * x - b * x),
            certificate((half * (half + x), absolute_gap(a - b)), (half * (half - x), absolute_gap(b - a))),
        ),
        (
            at_least(Absolute(a - b) / 2, a * t - b * t),
            certificate((half * (half + t), absolute_gap(a - b)), (half * (half - t), absolute_gap(b - a))),
        ),
    ),
)
