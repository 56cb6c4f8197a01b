"""SymPy terms at exact points, evaluated as 160-bit balls that contain the true value (Arb)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from math import prod
from types import MappingProxyType

import flint
import sympy as sp

from theory.kernel.quadrature import integral
from theory.kernel.terms import ExactFunction, Functional, Head, IllDefined, Total, WeightedLog, unbound

Point = Mapping[sp.Symbol, sp.Rational]
Law = Sequence[tuple[sp.Rational, Point]]  # atoms with their weights
Laws = Mapping[Functional, Law]

PRECISION = 160  # bits
WIDEST = 16 * PRECISION  # bits, where a ball is too wide to tell whether a term is defined


class TooWide(ArithmeticError):
    """A ball that does not tell whether a term is defined: no witness either way."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Set Arb's working precision, which is process-wide, for one block."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def rational(value: sp.Rational) -> flint.fmpq:
    """An exact rational of FLINT."""
    return flint.fmpq(int(value.p), int(value.q))


def ball(term: sp.Expr, point: Point, bits: int = PRECISION, laws: Laws = MappingProxyType({})) -> flint.arb:
    """A ball that contains the value of the term at an exact point, its totals under these laws.

    Raises:
        IllDefined: the value is not a real number, such as log(-1) or 1/0, or a head is unknown.
        TooWide: that is not decided.
    """
    try:
        with precision(bits):
            return _evaluate(term, point, laws, {})
    except TooWide:
        if bits >= WIDEST:
            raise
        return ball(term, point, 4 * bits, laws)


def _evaluate(term: sp.Expr, point: Point, laws: Laws, memory: dict[sp.Expr, flint.arb]) -> flint.arb:
    """Bottom-up in balls: SymPy never evaluates at the point, since its exact powers could take for ever."""
    if term in memory:
        return memory[term]

    def value(part: sp.Expr) -> flint.arb:
        return _evaluate(part, point, laws, memory)

    if isinstance(term, sp.Rational):
        result = flint.arb(rational(term))
    elif isinstance(term, sp.Symbol) and term in point:
        result = flint.arb(rational(point[term]))
    elif isinstance(term, sp.Add):
        result = sum(map(value, term.args), flint.arb(0))
    elif isinstance(term, sp.Mul):
        result = prod(map(value, term.args), start=flint.arb(1))
    elif term is sp.E:
        result = flint.arb(1).exp()
    elif term is sp.pi:
        result = flint.arb.pi()
    elif isinstance(term, sp.exp):
        result = value(term.exp).exp()
    elif isinstance(term, sp.Pow):
        base = value(term.base)
        if not isinstance(term.exp, sp.Integer):
            result = (value(term.exp) * _logarithm(term.base, base, point)).exp()
        elif term.exp > 0:
            result = _natural_power(base, int(term.exp))
        elif not base.contains(0):
            result = 1 / _natural_power(base, -int(term.exp))
        else:
            # A negative power of a ball that contains zero must not slip through as an infinite ball.
            raise _undefined(f"division by zero in {term}.", _is_zero(term.base, base, point))
    elif isinstance(term, sp.log):
        result = _logarithm(term.args[0], value(term.args[0]), point)
    elif isinstance(term, WeightedLog):
        weight, argument = value(term.args[0]), term.args[1]
        # The convention 0 log t = 0 is for an exact zero only; a ball around zero is not one. The argument
        # may then be 1/0, but not 0/0.
        if weight.contains(0) and _is_zero(term.args[0], weight, point):
            if argument.xreplace(dict(point)) is sp.nan:
                raise IllDefined(f"{argument} is 0/0.")
            result = flint.arb(0)
        else:
            result = weight * _logarithm(argument, value(argument), point)
    elif isinstance(term, ExactFunction):
        exact = term.xreplace(dict(point))
        if not isinstance(exact, sp.Rational):
            raise IllDefined(f"{term} has no exact value at {show_point(point)}.")
        result = flint.arb(rational(exact))
    elif isinstance(term, Head):
        result = term.in_balls(value, point, laws)
    elif isinstance(term, Total) and term.functional.interval is not None:
        free = unbound(term)
        result = _integral(term, tuple((v, x) for v, x in point.items() if v in free), flint.ctx.prec)
    elif isinstance(term, Total) and term.functional in laws:
        result = sum(
            (
                flint.arb(rational(weight)) * _evaluate(term.integrand, {**point, **atom}, laws, {})
                for weight, atom in laws[term.functional]
            ),
            flint.arb(0),
        )
    else:
        what = "a total needs a law to be evaluated" if isinstance(term, Total) else "no value"
        raise IllDefined(f"{term} cannot be evaluated: {what}.")
    if not result.is_finite():
        raise TooWide(f"{term} is too large to tell.")
    memory[term] = result
    return result


@lru_cache(maxsize=4096)
def _integral(total: Total, where: tuple[tuple[sp.Symbol, sp.Rational], ...], bits: int) -> flint.arb:
    """The integral over an interval at a point; the same for all the claims in which it occurs."""
    point, functional = dict(where), total.functional
    with precision(bits):
        return integral(
            total.integrand,
            functional.over[0],
            functional.ends,
            lambda part: _evaluate(part, point, {}, {}),
        )


def _undefined(sentence: str, decided: bool) -> IllDefined | TooWide:
    return IllDefined(sentence) if decided else TooWide(sentence)


def _is_zero(term: sp.Expr, value: flint.arb, point: Point) -> bool:
    """Whether a term, in whose ball zero lies, is exactly zero; False where exact rationals do not tell."""
    return bool(value.is_zero()) or term.xreplace(dict(point)) == 0


def _logarithm(term: sp.Expr, value: flint.arb, point: Point) -> flint.arb:
    if value > 0:
        return value.log()
    raise _undefined(f"the logarithm of {term} is not real.", value <= 0 or _is_zero(term, value, point))


def _natural_power(base: flint.arb, exponent: int) -> flint.arb:
    """FLINT's own power is not a number for a ball whose midpoint is zero."""
    if base.mid() != 0:
        return base ** flint.fmpz(exponent)
    return flint.arb(0, base.abs_upper() ** flint.fmpz(exponent)) if base.rad() != 0 else flint.arb(0)


def show_point(point: Point) -> str:
    """A point as ``p = 1/3, q = 2``, in the order of the names."""
    return ", ".join(f"{s} = {v}" for s, v in sorted(point.items(), key=lambda item: item[0].name))


def certified_ceiling(term: sp.Expr) -> int:
    """The smallest integer that is at least a closed term, decided by balls of growing precision.

    Raises:
        ValueError: the term is so close to an integer that 20,000 bits do not tell the side; an exact integer
            that does not simplify to one by arithmetic ends here too.
    """
    if isinstance(term, sp.Rational):
        return int(sp.ceiling(term))
    bits = PRECISION
    while bits <= 20_000:
        value = ball(term, {}, bits)
        with precision(bits):
            candidate = value.ceil().unique_fmpz()
        if candidate is not None:
            return int(candidate)
        bits *= 2
    raise ValueError(f"the ceiling of {term} is not decided at {bits // 2} bits: it may be an exact integer.")
