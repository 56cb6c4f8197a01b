"""Inequalities the wrong way round, and proofs that do not prove."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    ConvexMinimum,
    Outcome,
    WeightedLog,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    enumeration,
    exponential_gap,
    integer,
    interval,
    log_gap,
    nonnegative,
    open_unit,
    positive,
    real,
    square,
    unit,
)

half = sp.Rational(1, 2)
x, y, t = real("x"), real("y"), real("t")
a, b, mu = positive("a"), positive("b"), positive("mu")
p = nonnegative("p")
D, r = open_unit("D"), open_unit("r")
u = unit("u")
late, around = interval("s", 1, 2), interval("s", -1, 2)
n = integer("n", 0)
few, later, many = integer("k", 0, 9), integer("k", 4, 9), integer("k", 0, 50)

ORDER = (
    pair(
        "logarithm-above-its-tangent",
        Outcome.REFUTED,
        (at_least(sp.log(a), a - 1), certificate((1, log_gap(a)))),
        (at_most(sp.log(a), a - 1), certificate((1, log_gap(a)))),
    ),
    pair(
        "exponential-below-its-tangent",
        Outcome.REFUTED,
        (at_most(sp.exp(x), 1 + x), certificate((1, exponential_gap(x)))),
        (at_least(sp.exp(x), 1 + x), certificate((1, exponential_gap(x)))),
    ),
    pair(
        "base-inequality-outside-its-domain",
        Outcome.ILL_DEFINED,
        (at_most(sp.log(1 + x), x), certificate((1, log_gap(1 + x)))),
        (at_most(sp.log(1 + p), p), certificate((1, log_gap(1 + p)))),
    ),
    pair(
        "negative-multiplier",
        Outcome.REFUTED,
        (at_least(x * y, 0), certificate((x, y))),
        (at_least(a * b, 0), certificate((a, b))),
    ),
    pair(
        "arithmetic-below-geometric-mean",
        Outcome.REFUTED,
        (at_most(((a + b) / 2) ** 2, a * b), certificate((sp.Rational(1, 4), square(a - b)))),
        (at_least(((a + b) / 2) ** 2, a * b), certificate((sp.Rational(1, 4), square(a - b)))),
    ),
    pair(
        "young-with-unequal-weights",
        Outcome.REFUTED,
        (at_most(x * y, x**2 / 2 + y**2 / 3), certificate((half, square(x - y)))),
        (at_most(x * y, x**2 / 2 + y**2 / 2), certificate((half, square(x - y)))),
    ),
    pair(
        "bernoulli-below-exponent-one",
        Outcome.REFUTED,
        (
            at_least((1 + p) ** r, 1 + r * p),
            ConvexMinimum(p, sp.S.Zero, certificate((r * (r - 1) * (1 + p) ** (r - 2), 1))),
        ),
        (
            at_least((1 + p) ** (1 + b), 1 + (1 + b) * p),
            ConvexMinimum(p, sp.S.Zero, certificate((b * (1 + b) * (1 + p) ** (b - 1), 1))),
        ),
    ),
    pair(
        "maclaurin-reversed",
        Outcome.REFUTED,
        (
            at_least(a * b, mu * (a + b - mu), at_least_zero(mu - a), at_least_zero(b - mu)),
            certificate((mu - a, b - mu)),
        ),
        (
            at_most(a * b, mu * (a + b - mu), at_least_zero(mu - a), at_least_zero(b - mu)),
            certificate((mu - a, b - mu)),
        ),
    ),
    pair(
        "pinsker-with-three",
        Outcome.REFUTED,
        (
            at_least(D * sp.log(D / r) + (1 - D) * sp.log((1 - D) / (1 - r)), 3 * (D - r) ** 2),
            ConvexMinimum(D, r, certificate((1 / (D * (1 - D)), square(1 - 2 * D)))),
        ),
        (
            at_least(D * sp.log(D / r) + (1 - D) * sp.log((1 - D) / (1 - r)), 2 * (D - r) ** 2),
            ConvexMinimum(D, r, certificate((1 / (D * (1 - D)), square(1 - 2 * D)))),
        ),
    ),
    pair(
        "concave-minimum",
        Outcome.REFUTED,
        (at_least(-(t**2), 0), ConvexMinimum(t, sp.S.Zero, certificate((2, 1)))),
        (at_least(t**2, 0), ConvexMinimum(t, sp.S.Zero, certificate((2, 1)))),
    ),
    pair(
        "cube-curves-up-on-one-side-only",
        Outcome.REFUTED,
        (at_least(t**3, 0), ConvexMinimum(t, sp.S.Zero, certificate((6, t)))),
        (at_least(p**3, 0), ConvexMinimum(p, sp.S.Zero, certificate((6, p)))),
    ),
    pair(
        "minimum-outside-the-interval",
        Outcome.UNDECIDED,
        (
            at_least(late**2, 0),
            ConvexMinimum(late, sp.S.Zero, certificate((2, 1))),
        ),
        (
            at_least(around**2, 0),
            ConvexMinimum(around, sp.S.Zero, certificate((2, 1))),
        ),
    ),
    pair(
        "minimum-that-is-none",
        Outcome.REFUTED,
        (at_least(t**2, t), ConvexMinimum(t, sp.S.Zero, certificate((2, 1)))),
        (at_least(t**2 + 1, 2 * t), ConvexMinimum(t, sp.S.One, certificate((2, 1)))),
    ),
    pair(
        "square-above-its-root",
        Outcome.REFUTED,
        (at_least(p**2, p), certificate((p, p - 1))),
        (at_least((1 + n) ** 2, 1 + n), certificate((1 + n, n))),
    ),
    pair(
        "entropy-of-the-wrong-sign",
        Outcome.REFUTED,
        (at_least(WeightedLog(u, u), 0), certificate((1, WeightedLog(u, u)))),
        (
            at_most(WeightedLog(u, u), 0),
            certificate((1, WeightedLog(u, 1 / u))),
        ),
    ),
    pair(
        "dropped-term",
        Outcome.UNDECIDED,
        (
            at_least(WeightedLog(p, half) + WeightedLog(p, half), WeightedLog(p, D) + WeightedLog(p, 1 - D)),
            certificate((p, log_gap(2 * D))),
        ),
        (
            at_least(WeightedLog(p, half) + WeightedLog(p, half), WeightedLog(p, D) + WeightedLog(p, 1 - D)),
            certificate((p, log_gap(2 * D)), (p, log_gap(2 * (1 - D)))),
        ),
    ),
    pair(
        "equality-at-the-wrong-place",
        Outcome.UNDECIDED,
        (at_least((x - 1) ** 2, 0), certificate((1, square(x - 1)), strict_unless=(x - 2,))),
        (at_least((x - 1) ** 2, 0), certificate((1, square(x - 1)), strict_unless=(x - 1,))),
    ),
    pair(
        "equality-with-a-vanishing-multiplier",
        Outcome.UNDECIDED,
        (at_least(p * (x - 1) ** 2, 0), certificate((p, square(x - 1)), strict_unless=(x - 1,))),
        (at_least(a * (x - 1) ** 2, 0), certificate((a, square(x - 1)), strict_unless=(x - 1,))),
    ),
    pair(
        "order-without-the-hypothesis",
        Outcome.REFUTED,
        (at_least(sp.log(a), sp.log(b)), certificate((1, log_gap(b / a)), (1 / a, a - b))),
        (
            at_least(sp.log(a), sp.log(b), at_least_zero(a - b)),
            certificate((1, log_gap(b / a)), (1 / a, a - b)),
        ),
    ),
    pair(
        "hypothesis-that-allows-zero",
        Outcome.UNDECIDED,
        (at_least(x - 1, sp.log(x), at_least_zero(x)), certificate((1, log_gap(x)))),
        (at_least(x - 1, sp.log(x), above_zero(x)), certificate((1, log_gap(x)))),
    ),
    pair(
        "hypotheses-that-exclude-each-other",
        Outcome.VACUOUS,
        (at_least(x, 1, at_least_zero(x - 2), at_least_zero(-x)), certificate((1, x - 2), (1, 1))),
        (at_least(x, 1, at_least_zero(x - 2), at_least_zero(3 - x)), certificate((1, x - 2), (1, 1))),
    ),
    pair(
        "quotient-of-what-may-be-negative",
        Outcome.REFUTED,
        (at_least(p / (p + x), 0, above_zero(p)), certificate((1, p / (p + x)))),
        (at_least(p / (p + x), 0, above_zero(p + x)), certificate((1, p / (p + x)))),
    ),
    pair(
        "powers-of-two-above-squares",
        Outcome.REFUTED,
        (at_least(2**few, few**2), enumeration),
        (at_least(2**later, later**2), enumeration),
    ),
    pair(
        "enumeration-without-end",
        Outcome.UNDECIDED,
        (at_least(n**2, n), enumeration),
        (at_least(many**2, many), enumeration),
    ),
)
