"""Definite integrals in balls: the kernel's own integrands, by Arb's rigorous integration.

Arb proves its error bound for a function that says where it is analytic. The kernel compiles the integrand
itself: a logarithm that is not told so gives a tight ball around a wrong number.
"""

from collections.abc import Callable, Iterable
from math import prod

import flint
import sympy as sp

from theory.kernel.domains import Variable
from theory.kernel.terms import IllDefined, WeightedLog

EVALUATIONS = 20_000  # of an integrand, before the enclosure is left as wide as it is

Ball = flint.arb | flint.acb
Operation = Callable[[list[Ball], bool], Ball]


def rough_part(term: sp.Expr, x: Variable) -> sp.Expr | None:
    """A part in x that may jump where it is defined; None where the term is smooth wherever it is defined."""
    if x not in term.free_symbols or term == x:
        return None
    if isinstance(term, (sp.Add, sp.Mul, sp.Pow, sp.log, sp.exp)):
        return next((part for part in (rough_part(a, x) for a in term.args) if part is not None), None)
    return term


class Compiled:
    """A term as a list of operations on balls, each distinct part computed once.

    A value is not finite where the term is not defined, or not analytic though it must be.

    Args:
        term: the term.
        inputs: the variables, and the parts, whose balls are given.

    Raises:
        IllDefined: a head is unknown.
    """

    def __init__(self, term: sp.Expr, inputs: Iterable[sp.Expr]) -> None:
        self._places = {part: place for place, part in enumerate(inputs)}
        self._operations: list[tuple[Operation, tuple[int, ...]]] = []
        self._next = len(self._places)
        self._result = self._place(term)

    def __call__(self, *inputs: Ball, analytic: bool = False) -> Ball:
        """The value at these inputs, in their order."""
        values = list(inputs)
        for operation, places in self._operations:
            values.append(operation([values[place] for place in places], analytic))
        return values[self._result]

    def _place(self, term: sp.Expr) -> int:
        """Where the value of a term stands among the values."""
        if term not in self._places:
            operation, parts = _operation(term)
            places = tuple(self._place(part) for part in parts)
            self._operations.append((operation, places))
            self._places[term] = self._next
            self._next += 1
        return self._places[term]


def _operation(term: sp.Expr) -> tuple[Operation, tuple[sp.Expr, ...]]:
    """What is done to the values of which parts."""
    if isinstance(term, sp.Rational):
        fraction = flint.fmpq(int(term.p), int(term.q))
        return lambda _, __: flint.arb(fraction), ()
    if term is sp.pi:
        return lambda _, __: flint.arb.pi(), ()
    if term is sp.E:
        return lambda _, __: flint.arb(1).exp(), ()
    if isinstance(term, sp.Add):
        return lambda values, _: sum(values[1:], values[0]), term.args
    if isinstance(term, sp.Mul):
        return lambda values, _: prod(values[1:], start=values[0]), term.args
    if isinstance(term, sp.exp):
        return lambda values, _: values[0].exp(), (term.exp,)
    if isinstance(term, sp.Pow):
        exponent = term.exp
        if not isinstance(exponent, sp.Integer):
            return lambda values, analytic: (values[0] * _log(values[1], analytic)).exp(), (
                exponent,
                term.base,
            )
        if exponent > 0:
            return lambda values, _: _natural_power(values[0], int(exponent)), (term.base,)
        return lambda values, _: 1 / _natural_power(values[0], -int(exponent)), (term.base,)
    if isinstance(term, sp.log):
        return lambda values, analytic: _log(values[0], analytic), term.args
    if isinstance(term, WeightedLog):
        return lambda values, analytic: values[0] * _log(values[1], analytic), term.args
    raise IllDefined(f"{term} cannot be enclosed: {type(term).__name__} is not known to the compiler.")


def _log(value: Ball, analytic: bool) -> Ball:
    return value.log(analytic=analytic) if isinstance(value, flint.acb) else value.log()


def _natural_power(base: Ball, exponent: int) -> Ball:
    """By products: FLINT's own power is not a number for a ball whose midpoint is zero."""
    if exponent == 1:
        return base
    half = _natural_power(base, exponent // 2)
    return half * half * base if exponent % 2 else half * half


def integral(
    integrand: sp.Expr, x: Variable, ends: tuple[sp.Expr, sp.Expr], value: Callable[[sp.Expr], flint.arb]
) -> flint.arb:
    """A ball that contains the integral of a term over x between two ends; not finite where none is found.

    Args:
        integrand: the term.
        x: its variable.
        ends: the lower and the upper end, free of x.
        value: a ball that contains the value of a term free of x.

    Raises:
        IllDefined: the integrand may jump, is not real, or an end lies outside the domain of x.
    """
    rough = rough_part(integrand, x)
    if rough is not None:
        raise IllDefined(f"{rough} may jump in {x}: an integrand is built from powers, exp and log.")
    lower, upper = value(ends[0]), value(ends[1])
    for end in (lower, upper):
        if _outside(end, x):
            raise IllDefined(f"the end {end.str(6)} lies outside the domain {x.domain} of {x}.")
    constants = tuple(_constant_parts(integrand, x))
    program = Compiled(integrand, (x, *constants))
    fixed = [flint.acb(value(part)) for part in constants]

    def compiled(z: flint.acb, analytic: bool) -> flint.acb:
        return flint.acb(program(z, *fixed, analytic=analytic))

    # Half of the working precision is asked for, in half of the time; the ball says what was reached.
    result = flint.acb.integral(
        compiled,
        flint.acb(lower.mid()),
        flint.acb(upper.mid()),
        rel_tol=flint.arb(2) ** -(flint.ctx.prec // 2),
        eval_limit=EVALUATIONS,
    )
    if not result.is_finite():
        return flint.arb.nan()
    if not result.imag.contains(0):
        raise IllDefined(f"{integrand} is not real everywhere between {ends[0]} and {ends[1]}.")
    # Between the midpoint of an inexact end and the end itself, at most radius times the largest value.
    slack = flint.arb(0)
    for end in (lower, upper):
        if end.rad() != 0:
            slack += end.rad() * compiled(flint.acb(end), False).abs_upper()
    return result.real + flint.arb(0, 1) * slack


def _constant_parts(term: sp.Expr, x: Variable) -> set[sp.Expr]:
    """The largest parts that are free of x."""
    if x not in term.free_symbols:
        return {term}
    return {part for a in term.args for part in _constant_parts(a, x)}


def _outside(end: flint.arb, x: Variable) -> bool:
    low, high = (
        None if abs(bound) == sp.oo else flint.arb(flint.fmpq(int(bound.p), int(bound.q)))
        for bound in (x.domain.lower, x.domain.upper)
    )
    below = low is not None and bool(end <= low if x.domain.lower_open else end < low)
    return below or (high is not None and bool(end >= high if x.domain.upper_open else end > high))
