"""Equalities that look right, and terms without meaning."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Outcome,
    WeightedLog,
    above_zero,
    at_least,
    at_most,
    certificate,
    equal,
    interval,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)

half = sp.Rational(1, 2)
x, y = real("x"), real("y")
a, b = positive("a"), positive("b")
p, q = nonnegative("p"), nonnegative("q")
z = interval("z", -sp.oo, 0, upper_open=True)

ALGEBRA = (
    pair(
        "product-of-binomials",
        Outcome.REFUTED,
        (equal((x + y) ** 2, x**2 + y**2), normal_form),
        (equal((x + y) ** 2, x**2 + 2 * x * y + y**2), normal_form),
    ),
    pair(
        "logarithm-of-a-product-without-signs",
        Outcome.ILL_DEFINED,
        (equal(sp.log(x * y), sp.log(x) + sp.log(y)), normal_form),
        (equal(sp.log(a * b), sp.log(a) + sp.log(b)), normal_form),
    ),
    pair(
        "logarithm-of-a-sum",
        Outcome.REFUTED,
        (equal(sp.log(a + b), sp.log(a) + sp.log(b)), normal_form),
        (equal(sp.log(a + b), sp.log(a) + sp.log(1 + b / a)), normal_form),
    ),
    pair(
        "logarithm-of-a-negative-number",
        Outcome.ILL_DEFINED,
        (equal(sp.log(z**2), 2 * sp.log(z)), normal_form),
        (equal(sp.log(z**2), 2 * sp.log(-z)), normal_form),
    ),
    pair(
        "logarithm-of-four",
        Outcome.REFUTED,
        (equal(sp.log(a) + sp.log(4), sp.log(2 * a)), normal_form),
        (equal(sp.log(a) + sp.log(4), sp.log(2 * a) + sp.log(2)), normal_form),
    ),
    pair(
        "root-of-a-square",
        Outcome.ILL_DEFINED,
        (equal(sp.sqrt(x**2), x), normal_form),
        (equal(sp.sqrt(a**2), a), normal_form),
    ),
    pair(
        "root-of-a-sum",
        Outcome.REFUTED,
        (equal(sp.sqrt(a + b), sp.sqrt(a) + sp.sqrt(b)), normal_form),
        (equal(sp.sqrt(a * b), sp.sqrt(a) * sp.sqrt(b)), normal_form),
    ),
    pair(
        "power-of-a-root",
        Outcome.REFUTED,
        (equal((a - sp.sqrt(b)) ** 2, a**2 - 2 * a * b + b), normal_form),
        (equal((a - sp.sqrt(b)) ** 2, a**2 - 2 * a * sp.sqrt(b) + b), normal_form),
    ),
    pair(
        "exponential-of-a-sum",
        Outcome.REFUTED,
        (equal(sp.exp(x + y), sp.exp(x) + sp.exp(y)), normal_form),
        (equal(sp.exp(x + y), sp.exp(x) * sp.exp(y)), normal_form),
    ),
    pair(
        "division-by-zero",
        Outcome.ILL_DEFINED,
        (equal(1 / (1 + 1 / p), p / (1 + p)), normal_form),
        (equal(1 / (1 + 1 / a), a / (1 + a)), normal_form),
    ),
    pair(
        "zero-over-zero",
        Outcome.ILL_DEFINED,
        (at_most(WeightedLog(p, p / (p + q)), 0), certificate((1, WeightedLog(p, 1 + q / p)))),
        (
            at_most(WeightedLog(p, p / (p + q)), 0, above_zero(p + q)),
            certificate((1, WeightedLog(p, 1 + q / p))),
        ),
    ),
    pair(
        "float-leaf",
        Outcome.ILL_DEFINED,
        (equal(x * 0.5, x / 2), normal_form),
        (equal(x * half, x / 2), normal_form),
    ),
    pair(
        "symbol-without-domain",
        Outcome.ILL_DEFINED,
        (at_least(sp.Symbol("s", positive=True) ** 2, 0), certificate((1, square(sp.Symbol("s"))))),
        (at_least(x**2, 0), certificate((1, square(x)))),
    ),
    pair(
        "two-variables-of-one-name",
        Outcome.ILL_DEFINED,
        (at_least(positive("x") * x**2, 0), certificate((positive("x"), square(x)))),
        (at_least(a * x**2, 0), certificate((a, square(x)))),
    ),
)
