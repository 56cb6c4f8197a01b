"""Two roads to the sign of a term: the exact enclosure over the box, and a ball at one of its points."""

from collections.abc import Mapping

import pytest
import sympy as sp
from hypothesis import given, settings

from tests.theory.kernel.terms import points, terms
from theory.kernel import IllDefined, integer, interval, nonnegative, open_unit, positive, real
from theory.kernel.balls import TooWide, ball, rational
from theory.kernel.domains import Domain
from theory.kernel.signs import Range, enclosure, is_integral, is_nonnegative, is_positive, is_within

x, a, p, D = real("x"), positive("a"), nonnegative("p"), open_unit("D")
n = integer("n", 0)


def holds(found: Range, value: sp.Expr) -> bool:
    """Whether a ball may lie in a range: it does not lie beyond an end, nor exactly on an open one."""
    if found.lower != -sp.oo:
        lower = rational(found.lower)
        if value < lower or (found.lower_open and value == lower):
            return False
    if found.upper != sp.oo:
        upper = rational(found.upper)
        if value > upper or (found.upper_open and value == upper):
            return False
    return True


@given(terms(), points())
@settings(max_examples=400)
def test_an_enclosure_contains_every_value(term: sp.Expr, point: Mapping[sp.Symbol, sp.Rational]) -> None:
    """The value at any point of the box, where there is one, lies in the enclosure over the box."""
    try:
        value = ball(term, point)
    except (IllDefined, TooWide):
        return

    assert holds(enclosure(term), value)


@pytest.mark.parametrize(
    ("found", "value", "inside"),
    [
        (Range(sp.S.Zero, sp.S.One), 2, False),
        (Range(sp.S.Zero, sp.S.One, True), 0, False),
        (Range(sp.S.Zero, sp.S.One), 1, True),
    ],
)
def test_the_check_of_enclosures_can_fail(found: Range, value: int, inside: bool) -> None:
    """A value beyond an end, or on an open end, is found outside."""
    assert holds(found, ball(sp.Integer(value), {})) == inside


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (p * D, Range(sp.S.Zero, sp.oo, False, True)),
        (a * D, Range(sp.S.Zero, sp.oo, True, True)),
        (-p, Range(-sp.oo, sp.S.Zero, True, False)),
        (D * (1 - D), Range(sp.S.Zero, sp.S.One, True, True)),
        (1 / (1 + p), Range(sp.S.Zero, sp.S.One, True, False)),
        (p**2 - 1, Range(-sp.S.One, sp.oo, False, True)),
        (sp.exp(-p), Range(sp.S.Zero, sp.S.One, True, False)),
        (x**2, Range(sp.S.Zero, sp.oo, False, True)),
        (interval("s", -1, 2) * interval("t", -3, 5), Range(sp.Integer(-6), sp.Integer(10))),
    ],
)
def test_known_ranges(term: sp.Expr, expected: Range) -> None:
    """Ranges that one can work out by hand, open ends included."""
    assert enclosure(term) == expected


def test_signs_that_must_not_be_read_off() -> None:
    """Zero inside an interval, a pole, and a root of what may be negative leave the sign open."""
    assert not is_positive(p)
    assert not is_nonnegative(x)
    assert not is_nonnegative(1 / x)
    assert not is_positive(1 / x**2)
    assert not is_nonnegative(sp.log(p))
    assert not is_positive(x**2)


def test_what_is_given_helps_only_as_a_multiple() -> None:
    """A nonnegative multiple of what is given is nonnegative; a multiple of unknown sign is not."""
    assert is_nonnegative(a * (x - 1), (x - 1,))
    assert is_positive(a * (x - 1), (x - 1,))
    assert not is_nonnegative(x * (x - 1), (x - 1,))
    assert not is_positive(p * (x - 1), (x - 1,))
    assert not is_nonnegative(x - 2, (x - 1,))


def test_what_lies_within_a_domain() -> None:
    """An enclosure inside a domain, with its open ends; integers must be built from integers."""
    assert is_within(D, interval("s", 0, 1).domain)
    assert not is_within(interval("s", 0, 1), D.domain)
    assert is_within(n + 1, integer("m", 1).domain)
    assert not is_within(n, integer("m", 1).domain)
    assert not is_within(2 * D, Domain(sp.S.Zero, sp.Integer(2), integer=True))


def test_what_is_integral() -> None:
    """Sums, products and natural powers of integers are; halves, quotients and reals are not."""
    assert is_integral(n * (n - 1) + 3**2)
    assert not is_integral(n / 2)
    assert not is_integral(n**-1)
    assert not is_integral(2**n)
    assert not is_integral(x)
