"""Absolute values in the kernel: what the normal form makes of them, against values and against itself."""

from itertools import combinations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.kernel.terms import rationals
from theory.kernel import (
    Absolute,
    Outcome,
    Step,
    WeightedLog,
    absolute_gap,
    at_least,
    certificate,
    check_step,
    equal,
    nonnegative,
    positive,
    real,
)
from theory.kernel.normal_form import is_zero

x, y = real("x"), real("y")
p, q = positive("p"), positive("q")
T = nonnegative("T")


def magnitude(value: sp.Expr) -> sp.Expr:
    """The absolute value by its definition, on exact numbers."""
    return value if value >= 0 else -value


LINEAR = (x - y, y - x, x + y, 2 * x - 2 * y, x, -x, x * y, x**2 - y**2, (x - y) ** 2, sp.Integer(-3))
POOL = (
    *LINEAR,
    *(Absolute(u) for u in LINEAR),
    *(Absolute(u) * Absolute(v) for u, v in combinations(LINEAR[:5], 2)),
)
PLACES = (
    (sp.Rational(7, 5), sp.Rational(-11, 3)),
    (sp.Rational(-1, 9), sp.Rational(-13, 2)),
    (sp.Rational(-4, 7), sp.Rational(9, 2)),
    (sp.Rational(1, 3), sp.Integer(2)),
)


def test_zero_is_said_where_values_agree_and_only_there() -> None:
    """Of all pairs, the normal form equates those whose exact values agree at three places, signs mixed."""
    for u, v in combinations(POOL, 2):
        values = [sp.sympify(u - v).xreplace({x: a, y: b}) for a, b in PLACES]
        assert is_zero(u - v) == all(value == 0 for value in values), (u, v)


@given(rationals)
def test_the_value_at_a_rational_is_exact(value: sp.Rational) -> None:
    """SymPy evaluates it at rationals, and there alone."""
    assert Absolute(value) == magnitude(value)
    assert Absolute(-x) != Absolute(x)


@given(rationals, rationals, st.integers(1, 4))
def test_even_powers_lose_their_bars(a: sp.Rational, b: sp.Rational, n: int) -> None:
    """|ax + b|^2n = (ax + b)^2n, and no odd power does unless nothing is left under the bars."""
    inside = a * x + b
    assert is_zero(Absolute(inside) ** (2 * n) - inside ** (2 * n))
    if a != 0:
        assert not is_zero(Absolute(inside) ** (2 * n - 1) - inside ** (2 * n - 1))


@pytest.mark.parametrize(
    "zero",
    [
        q * Absolute(p / q - 1) - Absolute(p - q),
        p + q - Absolute(p - q) - 4 * p * q / (p + q + Absolute(p - q)),
        1 / Absolute(x) - Absolute(x) / x**2,
        (sp.sqrt(p) - sp.sqrt(q)) ** 2 - p - q + 2 * sp.sqrt(p) * sp.sqrt(q),
        sp.cbrt(p) ** 2 * (1 + sp.cbrt(p)) - sp.cbrt(p) ** 2 - p,
    ],
    ids=str,
)
def test_identities_with_bars_and_roots(zero: sp.Expr) -> None:
    """Positive factors leave the bars, squares lose them, and a root's power is what is under the root."""
    assert is_zero(zero)
    assert not is_zero(zero + 1)


@pytest.mark.parametrize("inside", [x, x - y, sp.log(p), p - q])
def test_its_definition_bounds_it(inside: sp.Expr) -> None:
    """|x| >= x and |x| >= -x, and no more: half of |x| is not above x."""
    for side in (inside, -inside):
        by = certificate((1, absolute_gap(side)))
        assert check_step(Step("bound", at_least(Absolute(inside), side), by)).outcome is Outcome.HOLDS
        wrong = check_step(Step("bound", at_least(Absolute(inside) / 2, side), by))
        assert wrong.outcome is Outcome.REFUTED


def test_powers_of_heads_print() -> None:
    """SymPy hands the exponent to the head."""
    assert sp.latex(Absolute(x) ** 2) == r"\left|x\right|^{2}"
    assert sp.latex(WeightedLog(T, p) ** 2) == r"\left(T \log\!\left(p\right)\right)^{2}"
    assert str(equal(Absolute(x - y), 0)) == "|x - y| = 0"
