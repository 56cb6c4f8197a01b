"""SymPy terms at exact points, evaluated as 160-bit balls that contain the true value (Arb)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import flint
import sympy as sp

from theory.kernel.terms import ExactFunction, IllDefined, Total, WeightedLog

PRECISION = 160  # bits


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


def ball(term: sp.Expr, point: Mapping[sp.Symbol, sp.Rational], bits: int = PRECISION) -> flint.arb:
    """A ball that contains the value of the term at an exact point.

    Raises:
        IllDefined: the value is not a finite real number, such as log(-1) or 1/0, or a head is unknown.
    """
    with precision(bits):
        result = _evaluate(term, point, {})
    if not result.is_finite():
        raise IllDefined(f"{term} has no finite real value at {show_point(point)}.")
    return result


def _evaluate(
    term: sp.Expr, point: Mapping[sp.Symbol, sp.Rational], memory: dict[sp.Expr, flint.arb]
) -> flint.arb:
    """Bottom-up in balls: SymPy never evaluates at the point, since its exact powers could take for ever."""
    if term in memory:
        return memory[term]
    if isinstance(term, sp.Rational):
        result = flint.arb(rational(term))
    elif isinstance(term, sp.Symbol) and term in point:
        result = flint.arb(rational(point[term]))
    elif isinstance(term, sp.Add):
        result = sum((_evaluate(a, point, memory) for a in term.args), flint.arb(0))
    elif isinstance(term, sp.Mul):
        result = flint.arb(1)
        for factor in term.args:
            result = result * _evaluate(factor, point, memory)
    elif term is sp.E:
        result = flint.arb(1).exp()
    elif isinstance(term, sp.exp):
        result = _evaluate(term.exp, point, memory).exp()
    elif isinstance(term, sp.Pow):
        base = _evaluate(term.base, point, memory)
        if isinstance(term.exp, sp.Integer):
            exponent = int(term.exp)
            # A negative power of a ball that contains zero must not slip through as an infinite ball.
            if exponent < 0 and base.contains(0):
                raise IllDefined(f"division by zero in {term}.")
            result = base ** flint.fmpz(exponent) if exponent >= 0 else 1 / base ** flint.fmpz(-exponent)
        else:
            result = (_evaluate(term.exp, point, memory) * base.log()).exp()
    elif isinstance(term, sp.log):
        result = _evaluate(term.args[0], point, memory).log()
    elif isinstance(term, WeightedLog):
        weight = _evaluate(term.args[0], point, memory)
        # The convention 0 log t = 0 is for an exact zero only; a ball around zero is not one. The argument
        # may then be 1/0, but not 0/0.
        if weight.is_zero():
            if term.args[1].xreplace(dict(point)) is sp.nan:
                raise IllDefined(f"{term.args[1]} is 0/0.")
            result = weight
        else:
            result = weight * _evaluate(term.args[1], point, memory).log()
    elif isinstance(term, ExactFunction):
        result = flint.arb(rational(term.xreplace(dict(point))))
    else:
        what = "a total needs a law to be evaluated" if isinstance(term, Total) else "no value"
        raise IllDefined(f"{term} cannot be evaluated: {what}.")
    if not result.is_finite():
        raise IllDefined(f"{term} is not a finite real number.")
    memory[term] = result
    return result


def show_point(point: Mapping[sp.Symbol, sp.Rational]) -> str:
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
