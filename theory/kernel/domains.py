"""Symbols with declared domains: the only symbols that a claim may contain."""

from dataclasses import dataclass

import sympy as sp


@dataclass(frozen=True)
class Domain:
    """An interval of the reals, or of the integers, with rational or infinite ends; an infinite end is open.

    Raises:
        TypeError: an end is not an exact rational, or an end of integers not an integer.
        ValueError: the interval is empty, so that every claim about it would hold for want of a case.
    """

    lower: sp.Expr
    upper: sp.Expr
    lower_open: bool = False
    upper_open: bool = False
    integer: bool = False

    def __post_init__(self) -> None:
        for end in (self.lower, self.upper):
            exact = isinstance(end, sp.Integer if self.integer else sp.Rational)
            if not exact and end not in (-sp.oo, sp.oo):
                kind = "an integer" if self.integer else "a rational, such as sp.Rational(3, 10),"
                raise TypeError(f"an end of a domain must be {kind} or infinite (got {end}).")
        object.__setattr__(self, "lower_open", self.lower_open or self.lower == -sp.oo)
        object.__setattr__(self, "upper_open", self.upper_open or self.upper == sp.oo)
        if self.lower > self.upper or (self.lower == self.upper and (self.lower_open or self.upper_open)):
            raise ValueError(f"a domain must not be empty (got {self}): every claim on it would be vacuous.")

    def __contains__(self, value: sp.Expr) -> bool:
        above = value > self.lower if self.lower_open else value >= self.lower
        below = value < self.upper if self.upper_open else value <= self.upper
        return bool(above) and bool(below) and (not self.integer or bool(value.is_integer))

    def __str__(self) -> str:
        left = "(" if self.lower_open else "["
        right = ")" if self.upper_open else "]"
        kind = " of the integers" if self.integer else ""
        return f"{left}{self.lower}, {self.upper}{right}{kind}"


REALS = Domain(-sp.oo, sp.oo)


class Variable(sp.Symbol):
    """A symbol that carries its domain. Two of one name and different domains are different symbols."""

    __slots__ = ("_described", "domain")
    domain: Domain
    _described: str  # the domain in words: SymPy compares it each time that it compares two symbols

    def __new__(cls, name: str, domain: Domain) -> "Variable":
        """Mint a symbol; SymPy is told what its own evaluation may assume, and nothing beyond the domain."""
        above = domain.lower > 0 or (domain.lower == 0 and domain.lower_open)
        assumptions = {"real": True, "integer": True if domain.integer else None}
        assumptions |= {"positive": True} if above else {"nonnegative": True} if domain.lower == 0 else {}
        symbol = sp.Symbol.__xnew__(cls, name, **{k: v for k, v in assumptions.items() if v})
        symbol.domain = domain
        symbol._described = str(domain)
        return symbol

    def _hashable_content(self) -> tuple:
        return (*super()._hashable_content(), self._described)

    def __getnewargs_ex__(self) -> tuple[tuple, dict]:
        return (self.name, self.domain), {}


class StandIn(Variable):
    """A variable that stands for a term inside the kernel; it equals no author's, whatever its name."""

    __slots__ = ()


def real(name: str) -> Variable:
    """A variable in (-oo, oo)."""
    return Variable(name, REALS)


def positive(name: str) -> Variable:
    """A variable in (0, oo)."""
    return Variable(name, Domain(sp.S.Zero, sp.oo, lower_open=True))


def nonnegative(name: str) -> Variable:
    """A variable in [0, oo); the kernel treats 0 and (0, oo) as two cases where a logarithm needs it."""
    return Variable(name, Domain(sp.S.Zero, sp.oo))


def interval(
    name: str,
    lower: sp.Expr | int,
    upper: sp.Expr | int,
    *,
    lower_open: bool = False,
    upper_open: bool = False,
) -> Variable:
    """A variable in the interval from lower to upper, closed unless said otherwise."""
    return Variable(name, Domain(sp.sympify(lower), sp.sympify(upper), lower_open, upper_open))


def open_unit(name: str) -> Variable:
    """A variable in (0, 1)."""
    return interval(name, 0, 1, lower_open=True, upper_open=True)


def unit(name: str) -> Variable:
    """A variable in [0, 1]."""
    return interval(name, 0, 1)


def integer(name: str, lower: int, upper: int | None = None) -> Variable:
    """An integer variable from lower to upper, or without an upper end."""
    above = sp.oo if upper is None else sp.Integer(upper)
    return Variable(name, Domain(sp.Integer(lower), above, integer=True))
