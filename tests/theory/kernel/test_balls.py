"""Balls contain the true value; where there is none, or none is decided, they say so."""

from collections.abc import Mapping

import flint
import mpmath
import pytest
import sympy as sp
from hypothesis import given, settings

from tests.theory.kernel.terms import points, terms
from theory.kernel import (
    ExactFunction,
    Fact,
    Functional,
    IllDefined,
    WeightedLog,
    certified_ceiling,
    integer,
    nonnegative,
    positive,
    real,
)
from theory.kernel.balls import PRECISION, TooWide, ball, precision, rational

x, a, p = real("x"), positive("a"), nonnegative("p")
ONE_PLACE = {x: sp.Rational(-1), a: sp.Rational(1, 3), p: sp.S.Zero}


def decimal(term: sp.Expr, point: Mapping[sp.Symbol, sp.Rational]) -> mpmath.mpf | mpmath.mpc:
    """The value by mpmath, which shares no code with Arb: 100 digits, so that cancellation leaves 60."""
    weighted = {
        "WeightedLog": lambda weight, t: weight * mpmath.log(t) if weight else mpmath.mpf(0),
        "Absolute": mpmath.fabs,
    }
    plain = {variable: sp.Symbol(variable.name) for variable in point}
    with mpmath.workdps(100):
        exact = [mpmath.mpf(int(value.p)) / int(value.q) for value in point.values()]
        function = sp.lambdify(list(plain.values()), term.xreplace(plain), modules=[weighted, "mpmath"])
        return function(*exact)


@given(terms(), points())
@settings(max_examples=200)
def test_a_ball_contains_the_decimal_value(term: sp.Expr, point: Mapping[sp.Symbol, sp.Rational]) -> None:
    """Two roads to one number: 160-bit balls, and decimal arithmetic to 60 digits.

    The tolerance is relative 1e-50: it covers what 100 digits lose to cancellation, and is smaller than the
    radius of any ball whose term is not exact.
    """
    try:
        value = ball(term, point)
    except (IllDefined, TooWide):
        return
    other = decimal(term, point)
    with mpmath.workdps(60), precision(400):
        assert abs(mpmath.im(other)) < mpmath.mpf(10) ** -50
        middle = flint.arb(mpmath.nstr(mpmath.re(other), 60))
        assert value.overlaps(middle + flint.arb(0, 1) * flint.arb("1e-50") * (1 + abs(middle)))


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        (sp.log(x), "not real"),
        (sp.log(p), "not real"),
        (1 / p, "division by zero"),
        (1 / (3 * a - 1), "division by zero"),
        (sp.sqrt(x), "not real"),
        (sp.sqrt(p), "not real"),
        (WeightedLog(a, x), "not real"),
        (WeightedLog(a, p), "not real"),
        (sp.nan + x, "no value"),
        (real("y"), "no value"),
        (sp.Function("f")(x), "no value"),
    ],
)
def test_what_has_no_value_is_refused(term: sp.Expr, reason: str) -> None:
    """Logarithms of what is not positive, quotients by zero, and unknown heads have no value."""
    with pytest.raises(IllDefined, match=reason):
        ball(term, ONE_PLACE)


def test_zero_times_a_logarithm() -> None:
    """0 log 0 = 0 log infinity = 0 at an exact zero; 0 log(0/0) has no value; beside zero it is a product."""
    q = nonnegative("q")

    assert ball(WeightedLog(p, p), {p: sp.S.Zero}) == 0
    assert ball(WeightedLog(p, 1 / p), {p: sp.S.Zero}) == 0
    assert ball(WeightedLog(p - q, a), {p: sp.Rational(1, 3), q: sp.Rational(1, 3), a: sp.Rational(5)}) == 0
    with pytest.raises(IllDefined, match="0/0"):
        ball(WeightedLog(p, p / q), {p: sp.S.Zero, q: sp.S.Zero})
    tiny = sp.Rational(1, 10**30)
    assert ball(WeightedLog(p, p), {p: tiny}) < 0


def test_zero_is_told_from_nearly_zero() -> None:
    """The denominator exp(2^-500) - 1 is not zero, and 1/3 - 1/3 is, though the first ball tells neither."""
    b = positive("b")
    third, tiny = sp.Rational(1, 3), sp.Rational(1, 2**500)

    assert ball(1 / (sp.exp(a) - 1), {a: tiny}) > 0
    with pytest.raises(IllDefined, match="division by zero"):
        ball(1 / (a - b), {a: third, b: third})


def test_what_no_precision_decides_is_said_to_be_undecided() -> None:
    """Zero written with logarithms, and a number too large for an exponent, are no witness of anything."""
    hidden = sp.log(a) + sp.log(2) - sp.log(2 * a)

    with pytest.raises(TooWide):
        ball(1 / hidden, {a: sp.Rational(1, 3)})
    with pytest.raises(TooWide):
        ball(sp.exp(sp.exp(sp.exp(a))), {a: sp.Integer(30)})


@pytest.mark.parametrize("exponent", [2, 3, 5])
def test_a_power_of_a_ball_around_zero_is_finite(exponent: int) -> None:
    """A third minus a third, to a power: FLINT's own power is not a number there."""
    b = positive("b")

    value = ball((a - b) ** exponent, {a: sp.Rational(1, 3), b: sp.Rational(1, 3)})

    assert value.is_finite()
    assert value.contains(0)


class Tripled(ExactFunction):
    """3k at an exact k up to ten."""

    @classmethod
    def eval(cls, k: sp.Expr) -> sp.Expr | None:
        """The exact value, where it is defined."""
        return 3 * k if k.is_Rational and k <= 10 else None


def test_an_exact_function_has_exact_values_only() -> None:
    """Its value is a rational; where it has none, or at an argument that is not exact, it has no value."""
    k = integer("k", 0)

    assert ball(Tripled(k), {k: sp.Integer(4)}) == 12
    with pytest.raises(IllDefined, match="no exact value"):
        ball(Tripled(k), {k: sp.Integer(11)})
    with pytest.raises(IllDefined, match="no exact value"):
        ball(Tripled(sp.log(k)), {k: sp.Integer(2)})


def test_a_total_is_taken_under_its_law() -> None:
    """Sum of weight times value over the atoms; without a law it has no value."""
    value = positive("v")
    E = Functional("E", (value,), (Fact(1, 1),))
    law = ((sp.Rational(1, 4), {value: sp.Integer(2)}), (sp.Rational(3, 4), {value: sp.Integer(6)}))

    assert ball(E(value + a), {a: sp.Integer(1)}, laws={E: law}) == 6
    with pytest.raises(IllDefined, match="needs a law"):
        ball(E(value), {})


def test_the_precision_is_put_back() -> None:
    """Arb's precision is of the whole process: a block that sets it restores it, also one that fails."""
    before = flint.ctx.prec
    with pytest.raises(IllDefined), precision(77):
        assert flint.ctx.prec == 77
        ball(sp.log(x), {x: sp.S.Zero})

    assert flint.ctx.prec == before
    assert ball(sp.log(2), {}).rel_accuracy_bits() > PRECISION - 10


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (sp.Rational(7, 2), 4),
        (sp.Integer(-3), -3),
        (sp.log(2), 1),
        (100 * sp.log(3), 110),
        (sp.exp(10), 22027),
        (sp.log(sp.Rational(10**40 + 1, 10**40)) * 10**40, 1),
        (sp.log(sp.Rational(10**40 - 1, 10**40)) * 10**40 + 2, 1),
    ],
)
def test_a_ceiling_is_certified(term: sp.Expr, expected: int) -> None:
    """The least integer that is not below the term; values 1e-40 from an integer get the bits they need."""
    assert certified_ceiling(term) == expected


def test_a_ceiling_that_no_precision_decides_is_refused() -> None:
    """Log 4 / log 2 is the integer 2, which no ball can tell from a number next to it."""
    with pytest.raises(ValueError, match="not decided"):
        certified_ceiling(sp.log(4) / sp.log(2))


def test_rationals_are_exact() -> None:
    """A third is a third, not a ball around it."""
    assert rational(sp.Rational(-1, 3)) == flint.fmpq(-1, 3)
