"""The heads Slope and StopGradient: derivatives at a point.

The rule that differentiates sees a formula. The refuter takes another road: it carries a pair (value, slope)
through the term in balls, which is forward-mode differentiation, and never sees the formula.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import flint
import sympy as sp

from theory.kernel.balls import Laws, Point, TooWide, ball, rational
from theory.kernel.domains import Variable
from theory.kernel.terms import ExactFunction, Head, IllDefined, Total, WeightedLog


class StopGradient(Head):
    """The value of a term, held fixed while a slope is taken: its own slope is zero."""

    @classmethod
    def eval(cls, term: sp.Expr) -> None:
        """Nothing is evaluated: the mark must stay."""

    def in_balls(self, value: Callable[[sp.Expr], flint.arb], point: Point, laws: Laws) -> flint.arb:
        """The value of the term."""
        return value(self.args[0])

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
        """Outside of a slope it is the term."""
        return rational(self.args[0])

    def _latex(self, printer: Any) -> str:  # noqa: ANN401 - SymPy's printing protocol
        return rf"\operatorname{{stop}}\!\left[{printer._print(self.args[0])}\right]"


class Slope(Head):
    r"""The derivative of a term in a variable at a point, :math:`\frac{d}{dt} f(t) |_{t = a}`; t is bound.

    Each StopGradient in the term stands for its value at the point, a constant.

    Raises:
        IllDefined: what is varied is not a variable, or a term put in holds it.
    """

    @classmethod
    def eval(cls, term: sp.Expr, variable: sp.Expr, at: sp.Expr) -> None:
        """Nothing is evaluated: only the rule shows that the derivative exists."""
        if not isinstance(variable, Variable):
            raise IllDefined(f"a slope is taken in a variable (got {variable}): mint one, as in real('t').")

    @property
    def variable(self) -> Variable:
        """The t that varies."""
        return self.args[1]

    @property
    def at(self) -> sp.Expr:
        """The point at which the slope is taken."""
        return self.args[2]

    @property
    def formula(self) -> sp.Expr:
        """The derivative as a term.

        Raises:
            IllDefined: a function in the term has no known derivative.
        """
        slope = derivative(frozen(self.args[0], self.variable, self.at), self.variable)
        if slope.has(sp.Derivative, sp.Subs):
            raise IllDefined(f"{self} has no derivative in the kernel's language.")
        there = slope.xreplace({self.variable: self.at})
        return there.xreplace({total: sp.S.Zero for total in there.atoms(Total) if total.integrand == 0})

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols that are not bound here."""
        return (self.args[0].free_symbols - {self.variable}) | self.at.free_symbols

    def _xreplace(self, rule: Mapping[sp.Basic, sp.Basic]) -> tuple[sp.Basic, bool]:
        if self in rule:
            return rule[self], True
        outside = {old: new for old, new in rule.items() if old != self.variable}
        term, changed = self.args[0]._xreplace(outside)
        at, moved = self.at._xreplace(rule)
        if changed and any(self.variable in sp.sympify(new).free_symbols for new in outside.values()):
            raise IllDefined(f"{self} binds {self.variable}, which is put into it: rename one.")
        return (self.func(term, self.variable, at), True) if changed or moved else (self, False)

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        if symbol in self.free_symbols:
            raise IllDefined(f"{self} is a slope: it is not differentiated again.")
        return sp.S.Zero

    def is_defined(self, values: Mapping[sp.Symbol, sp.Expr]) -> bool:
        """A slope is known to exist only inside the rule that differentiates."""
        return False

    def in_balls(self, value: Callable[[sp.Expr], flint.arb], point: Point, laws: Laws) -> flint.arb:
        """The slope by forward-mode differentiation."""
        place = {v: x for v, x in point.items() if v != self.variable}
        dual = _Dual(self.variable, self.at.xreplace(dict(point)), value(self.at), laws, place)
        return dual.of(self.args[0])[1]

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
        """The derivative; that it exists is for the rule to show."""
        return rational(self.formula)

    def _latex(self, printer: Any) -> str:  # noqa: ANN401 - SymPy's printing protocol
        term, t, at = (printer._print(a) for a in self.args)
        return rf"\left.\frac{{d}}{{d {t}}}\right|_{{{t} = {at}}}\!\left({term}\right)"


def frozen(term: sp.Expr, t: Variable, at: sp.Expr) -> sp.Expr:
    """The term with each StopGradient replaced by its value at the point."""
    return term.replace(StopGradient, lambda held: held.xreplace({t: at}))


def derivative(term: sp.Expr, t: Variable) -> sp.Expr:
    """The derivative in t; that of a total is the total of the derivative."""
    names = {total: sp.Dummy() for total in term.atoms(Total)}
    body = term.xreplace(names)
    parts = [sp.diff(body, t)]
    for total, name in names.items():
        inside = sp.diff(total.integrand, t)
        if inside != 0:
            parts.append(sp.diff(body, name) * total.func(inside, total.args[1]))
    return sp.Add(*parts).xreplace({name: total for total, name in names.items()})


Pair = tuple[flint.arb, flint.arb]  # a value and its slope


@dataclass(frozen=True)
class _Dual:
    """Forward-mode differentiation in balls: each operation maps pairs (value, slope) to a pair."""

    t: Variable
    exact: sp.Expr  # the value of t, for telling an exact zero
    at: flint.arb
    laws: Laws
    point: Point
    memory: dict[sp.Expr, Pair] = field(default_factory=dict)

    def of(self, term: sp.Expr) -> Pair:
        """The value and the slope of a term.

        Raises:
            IllDefined: there is none at the point.
            TooWide: that is not decided.
        """
        if term not in self.memory:
            self.memory[term] = self._found(term)
        return self.memory[term]

    def _found(self, term: sp.Expr) -> Pair:
        if isinstance(term, sp.Rational):
            return flint.arb(rational(term)), flint.arb(0)
        if isinstance(term, sp.Symbol) and term in self.point:
            return flint.arb(rational(self.point[term])), flint.arb(0)
        if term == self.t:
            return self.at, flint.arb(1)
        if isinstance(term, StopGradient):
            return self.of(term.args[0])[0], flint.arb(0)
        if isinstance(term, Total):
            return self._total(term)
        if isinstance(term, (ExactFunction, Head, WeightedLog)) or not term.args:
            return self._function(term)
        parts = [self.of(part) for part in term.args]
        if isinstance(term, sp.Add):
            return reduce(_plus, parts)
        if isinstance(term, sp.Mul):
            return reduce(_times, parts)
        if isinstance(term, sp.exp):
            ((exponent, slope),) = parts
            return exponent.exp(), exponent.exp() * slope
        if isinstance(term, sp.log):
            return self._log(term.args[0], parts[0])
        if isinstance(term, sp.Pow):
            return self._power(term, parts[0], parts[1])
        raise IllDefined(f"{term} has no slope.")

    def _total(self, total: Total) -> Pair:
        value, slope = flint.arb(0), flint.arb(0)
        for weight, atom in self.laws[total.functional]:
            there = _Dual(self.t, self.exact, self.at, self.laws, {**self.point, **atom})
            height, rate = there.of(total.integrand)
            value, slope = value + rational(weight) * height, slope + rational(weight) * rate
        return value, slope

    def _log(self, term: sp.Expr, inside: Pair) -> Pair:
        value, slope = inside
        if value > 0:
            return value.log(), slope / value
        if value <= 0 or self._is_zero(term, value):
            raise IllDefined(f"log of {term} has no slope: its argument is not positive.")
        raise TooWide(f"the sign of {term} is not decided.")

    def _power(self, term: sp.Expr, base: Pair, exponent: Pair) -> Pair:
        value, slope = base
        if not isinstance(term.exp, sp.Integer):
            log, rate = self._log(term.base, base)
            power = (exponent[0] * log).exp()
            return power, power * (exponent[1] * log + exponent[0] * rate)
        n = int(term.exp)
        if n < 0 and value.contains(0):
            if self._is_zero(term.base, value):
                raise IllDefined(f"division by zero in {term}.")
            raise TooWide(f"the sign of {term.base} is not decided.")
        factor = (value, slope) if n > 0 else (1 / value, -slope / value / value)
        return _natural_power(factor, abs(n))

    def _function(self, term: sp.Expr) -> Pair:
        """A constant, or w log a; by the convention 0 log a = 0 the slope is zero where w stays zero."""
        if self.t not in term.free_symbols:
            return ball(term, self.point, flint.ctx.prec, self.laws), flint.arb(0)
        if not isinstance(term, WeightedLog):
            raise IllDefined(f"{term} has no slope in {self.t}.")
        weight, argument = term.args
        w = self.of(weight)
        if self.t not in weight.free_symbols and self._is_zero(weight, w[0]):
            return flint.arb(0), flint.arb(0)
        return _times(w, self._log(argument, self.of(argument)))

    def _is_zero(self, term: sp.Expr, value: flint.arb) -> bool:
        return bool(value.is_zero()) or term.xreplace({**self.point, self.t: self.exact}) == 0


def _plus(a: Pair, b: Pair) -> Pair:
    return a[0] + b[0], a[1] + b[1]


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0], a[0] * b[1] + a[1] * b[0]


def _natural_power(base: Pair, exponent: int) -> Pair:
    """By squaring: a million factors take twenty steps."""
    if exponent == 1:
        return base
    half = _natural_power(base, exponent // 2)
    return _times(_times(half, half), base) if exponent % 2 else _times(half, half)
