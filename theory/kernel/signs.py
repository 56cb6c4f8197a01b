"""Exact enclosures of terms over their declared box, and the signs that follow from them.

An enclosure is computed bottom-up in exact extended rationals, so that it is sound but not sharp: the author
writes a multiplier in a form whose sign can be read off, such as ``p * q / (p + q)``.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from theory.kernel.balls import ball
from theory.kernel.domains import Domain, StandIn, Variable
from theory.kernel.terms import Head, WeightedLog


@dataclass(frozen=True)
class Range:
    """An interval with extended rational ends; an open end is not attained."""

    lower: sp.Expr
    upper: sp.Expr
    lower_open: bool = False
    upper_open: bool = False

    @property
    def is_nonnegative(self) -> bool:
        """Every value is at least zero."""
        return bool(self.lower >= 0)

    @property
    def is_positive(self) -> bool:
        """Every value exceeds zero."""
        return bool(self.lower > 0) or bool(self.lower == 0 and self.lower_open)

    @property
    def negated(self) -> "Range":
        """The range of the negative."""
        return Range(-self.upper, -self.lower, self.upper_open, self.lower_open)


_AT_LEAST_ZERO = Domain(sp.S.Zero, sp.oo)
_ABOVE_ZERO = Domain(sp.S.Zero, sp.oo, lower_open=True)
EVERYTHING = Range(-sp.oo, sp.oo, True, True)


@lru_cache(maxsize=65536)
def enclosure(term: sp.Expr) -> Range:
    """A range that contains every value of the term over the domains of its variables."""
    if isinstance(term, sp.Rational):
        return Range(term, term)
    if isinstance(term, Variable):
        d = term.domain
        return Range(d.lower, d.upper, d.lower_open, d.upper_open)
    if isinstance(term, sp.Add):
        return _sum([enclosure(a) for a in term.args])
    if isinstance(term, sp.Mul):
        result = Range(sp.S.One, sp.S.One)
        for factor in term.args:
            result = _product(result, enclosure(factor))
        return result
    if term is sp.pi:
        return Range(sp.Integer(3), sp.Rational(22, 7), True, True)
    if term is sp.E:
        return _exponential(Range(sp.S.One, sp.S.One))
    if isinstance(term, sp.exp):
        return _exponential(enclosure(term.exp))
    if isinstance(term, sp.Pow):
        return _power(enclosure(term.base), term.exp)
    if isinstance(term, sp.log):
        return _logarithm(term)
    if isinstance(term, WeightedLog):
        return _product(enclosure(term.args[0]), enclosure(sp.log(term.args[1])))
    if isinstance(term, Head):
        return Range(term.lower(), term.upper(), term.lower() == -sp.oo, term.upper() == sp.oo)
    return EVERYTHING


def _sum(parts: list[Range]) -> Range:
    return Range(
        sp.Add(*(r.lower for r in parts)) if all(r.lower != -sp.oo for r in parts) else -sp.oo,
        sp.Add(*(r.upper for r in parts)) if all(r.upper != sp.oo for r in parts) else sp.oo,
        any(r.lower_open for r in parts),
        any(r.upper_open for r in parts),
    )


def _product(a: Range, b: Range) -> Range:
    """The four corner products; a corner is attained if both ends are, or if an attained end is zero."""
    corners = []
    for x, x_open in ((a.lower, a.lower_open), (a.upper, a.upper_open)):
        for y, y_open in ((b.lower, b.lower_open), (b.upper, b.upper_open)):
            value = sp.S.Zero if x == 0 or y == 0 else x * y
            attained = (not x_open and not y_open) or (x == 0 and not x_open) or (y == 0 and not y_open)
            corners.append((value, not attained))
    lower = min(value for value, _ in corners)
    upper = max(value for value, _ in corners)
    return Range(
        lower,
        upper,
        all(is_open for value, is_open in corners if value == lower),
        all(is_open for value, is_open in corners if value == upper),
    )


def _power(base: Range, exponent: sp.Expr) -> Range:
    if not isinstance(exponent, sp.Integer):
        return Range(sp.S.Zero, sp.oo, base.is_positive, True) if base.is_nonnegative else EVERYTHING
    if exponent < 0:
        if base.is_positive:
            lower = sp.S.Zero if base.upper == sp.oo else 1 / base.upper
            upper = sp.oo if base.lower == 0 else 1 / base.lower
            inverse = Range(lower, upper, base.upper_open, base.lower_open)
        elif base.negated.is_positive:
            inverse = _power(base.negated, sp.Integer(-1)).negated
        else:
            return EVERYTHING
        return _power(inverse, -exponent) if exponent != -1 else inverse
    if exponent % 2 == 0 and not base.is_nonnegative:
        return Range(sp.S.Zero, sp.oo, base.negated.is_positive, True)
    return Range(base.lower**exponent, base.upper**exponent, base.lower_open, base.upper_open)


def _exponential(exponent: Range) -> Range:
    lower = sp.S.One if exponent.is_nonnegative else sp.S.Zero
    upper = sp.S.One if exponent.negated.is_nonnegative else sp.oo
    return Range(
        lower,
        upper,
        lower == 0 or exponent.is_positive,
        upper == sp.oo or exponent.negated.is_positive,
    )


def _logarithm(term: sp.Expr) -> Range:
    """The sign of a logarithm, or a rational enclosure of the logarithm of a number."""
    argument = term.args[0]
    if isinstance(argument, sp.Rational) and argument > 0:
        middle = ball(term, {})
        if middle > 0:
            return Range(sp.S.Zero, sp.oo, True, True)
        if middle < 0:
            return Range(-sp.oo, sp.S.Zero, True, True)
    inside = enclosure(argument)
    if inside.lower >= 1:
        return Range(sp.S.Zero, sp.oo, inside.lower > 1 or inside.lower_open, True)
    if inside.upper <= 1:
        return Range(-sp.oo, sp.S.Zero, True, inside.upper < 1 or inside.upper_open)
    return EVERYTHING


def is_nonnegative(
    term: sp.Expr, given: tuple[sp.Expr, ...] = (), strictly_given: tuple[sp.Expr, ...] = ()
) -> bool:
    """Whether the term is at least zero on its box, or a nonnegative multiple of a given expression.

    What is given keeps its sign wherever it stands in the term: p q/(p + q) >= 0, given p + q > 0.
    """
    signed = {g: StandIn(f"given_{i}", _AT_LEAST_ZERO) for i, g in enumerate(given)}
    signed |= {g: StandIn(f"given_{i}", _ABOVE_ZERO) for i, g in enumerate(strictly_given)}
    if enclosure(term).is_nonnegative or (signed and enclosure(term.xreplace(signed)).is_nonnegative):
        return True
    return any(enclosure(sp.cancel(term / g)).is_nonnegative for g in given if g != 0)


def is_positive(term: sp.Expr, strictly_given: tuple[sp.Expr, ...] = ()) -> bool:
    """Whether the term exceeds zero on its box, or is a positive multiple of a strictly given expression."""
    if enclosure(term).is_positive:
        return True
    return any(enclosure(sp.cancel(term / g)).is_positive for g in strictly_given if g != 0)


def is_within(term: sp.Expr, domain: Domain) -> bool:
    """Whether every value of the term lies in a domain."""
    found = enclosure(term)
    above = found.lower > domain.lower or (
        found.lower == domain.lower and (found.lower_open or not domain.lower_open or domain.lower == -sp.oo)
    )
    below = found.upper < domain.upper or (
        found.upper == domain.upper and (found.upper_open or not domain.upper_open or domain.upper == sp.oo)
    )
    return bool(above) and bool(below) and (not domain.integer or is_integral(term))


def is_integral(term: sp.Expr) -> bool:
    """Whether the term is built from integers and integer variables by sums, products and natural powers."""
    if isinstance(term, Variable):
        return term.domain.integer
    if isinstance(term, sp.Pow):
        return is_integral(term.base) and isinstance(term.exp, sp.Integer) and term.exp > 0
    whole = isinstance(term, (sp.Add, sp.Mul)) and all(is_integral(a) for a in term.args)
    return whole or isinstance(term, sp.Integer)
