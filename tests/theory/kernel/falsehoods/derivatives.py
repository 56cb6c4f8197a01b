"""Falsehoods about derivatives at a point, stop-gradients and differentiation under a total."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Differentiated,
    Fact,
    Functional,
    Integrated,
    Outcome,
    Slope,
    StopGradient,
    WeightedLog,
    at_least,
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

t, x, y, u = real("t"), real("x"), real("y"), unit("u")
nothing = interval("z", 0, 0)
a = positive("a")
sigmoid_of_t = 1 / (1 + sp.exp(-t))
by_normal_form = Differentiated(normal_form)

r, p, s = nonnegative("r"), positive("p"), real("s")
S = Functional("S", (r, p, s), (Fact(r, 1), Fact(p, 1), Fact(s, 0)), finite=True)
moved = p + t * s  # weights of the generator that move with t
output = r / (r + moved)
divergence = S(WeightedLog(r, r / moved))
by_total = Differentiated(Integrated({S: normal_form}))

v = positive("v")
heavy = Functional("E", (v,), (Fact(1, 1),), integrable=(v, v * sp.exp(-v)))
light = Functional("E", (v,), (Fact(1, 1),), finite=True)

w = real("w")
drifting = Functional("E", (w,), (Fact(1, 1), Fact(w, t)), finite=True)
still = Functional("E", (w,), (Fact(1, 1), Fact(w, x)), finite=True)

DERIVATIVES = (
    pair(
        "product-rule-without-a-factor",
        Outcome.REFUTED,
        (equal(Slope(t * sp.exp(t), t, x), sp.exp(x)), by_normal_form),
        (equal(Slope(t * sp.exp(t), t, x), (1 + x) * sp.exp(x)), by_normal_form),
    ),
    pair(
        "stop-gradient-that-moves",
        Outcome.REFUTED,
        (equal(Slope(t * StopGradient(t), t, x), 2 * x), by_normal_form),
        (equal(Slope(t * StopGradient(t), t, x), x), by_normal_form),
    ),
    pair(
        "logistic-slope-of-the-wrong-sign",
        Outcome.REFUTED,
        (at_least(0, Slope(sigmoid_of_t, t, x)), Differentiated(certificate((1, 0)))),
        (
            at_least(Slope(sigmoid_of_t, t, x), 0),
            Differentiated(certificate((1, sp.exp(-x) / (1 + sp.exp(-x)) ** 2))),
        ),
    ),
    pair(
        "maximum-likelihood-without-stop-gradient",
        Outcome.REFUTED,
        (equal(Slope(S(-moved * output / (1 - output)), t, 0), Slope(divergence, t, 0)), by_total),
        (
            equal(Slope(S(-moved * StopGradient(output / (1 - output))), t, 0), Slope(divergence, t, 0)),
            by_total,
        ),
    ),
    pair(
        "slope-at-the-end-of-a-domain",
        Outcome.UNDECIDED,
        (equal(Slope(u**2, u, 1), 2), by_normal_form),
        (equal(Slope(u**2, u, sp.Rational(1, 2)), 1), by_normal_form),
    ),
    pair(
        "slope-where-a-logarithm-ends",
        Outcome.ILL_DEFINED,
        (equal(Slope(WeightedLog(t, t), t, 0), 0), by_normal_form),
        (equal(Slope(WeightedLog(t, t), t, a), 1 + sp.log(a)), by_normal_form),
    ),
    pair(
        "weightless-logarithm-without-a-side",
        Outcome.UNDECIDED,
        (equal(Slope(WeightedLog(nothing, x + t), t, 0), 0), by_normal_form),
        (equal(Slope(WeightedLog(r, a + t), t, 0), r / a), by_normal_form),
    ),
    pair(
        "derivative-under-an-integral",
        Outcome.UNDECIDED,
        (
            equal(Slope(heavy(sp.exp(-t * v)), t, 1), heavy(-v * sp.exp(-v))),
            Differentiated(Integrated({heavy: normal_form})),
        ),
        (
            equal(Slope(light(sp.exp(-t * v)), t, 1), light(-v * sp.exp(-v))),
            Differentiated(Integrated({light: normal_form})),
        ),
    ),
    pair(
        "law-that-moves-with-the-variable",
        Outcome.REFUTED,
        (
            equal(Slope(drifting(w), t, x), 1),
            Differentiated(Integrated({drifting: normal_form}, {drifting: (0, 0)})),
        ),
        (
            equal(Slope(still(w * t), t, y), x),
            Differentiated(Integrated({still: normal_form}, {still: (0, -1)})),
        ),
    ),
    pair(
        "slope-without-its-rule",
        Outcome.UNDECIDED,
        (equal(Slope(t**2, t, x), 2 * x), normal_form),
        (equal(Slope(t**2, t, x), 2 * x), by_normal_form),
    ),
    pair(
        "square-of-a-slope",
        Outcome.REFUTED,
        (equal(Slope(t**2, t, x), Slope(t, t, x) ** 2), by_normal_form),
        (at_least(Slope(t, t, x) ** 2, 2 * x - x**2), Differentiated(certificate((1, square(x - 1))))),
    ),
)
