"""The absolute value, as a function of the kernel's own language, and the inequality that defines it."""

from collections.abc import Callable, Mapping
from typing import Any

import flint
import sympy as sp

from theory.kernel.inequalities import Base
from theory.kernel.signs import is_nonnegative, is_positive
from theory.kernel.terms import Head


class Absolute(Head):
    r""":math:`|x|`: x where x is at least zero, and -x elsewhere; SymPy evaluates it at rationals only."""

    @classmethod
    def eval(cls, argument: sp.Expr) -> sp.Expr | None:
        """The value at a rational number."""
        return abs(argument) if isinstance(argument, sp.Rational) else None

    def in_balls(self, value: Callable[[sp.Expr], flint.arb], point: Mapping, laws: Mapping) -> flint.arb:
        """The absolute value of a ball."""
        return abs(value(self.args[0]))

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr | None:
        """Split over irreducible factors: |ab| = |a| |b|, |-a| = |a|, and |a| = a where a is at least zero.

        A factor of unknown sign that cannot be split further is a generator.
        """
        (argument,) = self.args
        numerator, denominator = sp.fraction(sp.together(argument))
        split: list[sp.Expr] = []
        for part, power in ((numerator, 1), (denominator, -1)):
            content, factors = sp.factor_list(part)
            if not isinstance(content, sp.Rational):
                return None
            split.append(abs(content) ** power)
            split.extend(_unsigned(factor) ** (power * multiplicity) for factor, multiplicity in factors)
        whole = sp.Mul(*split)
        return None if whole == self else rational(whole)

    def squared(self) -> sp.Expr:
        """The square of |x| is that of x."""
        return self.args[0] ** 2

    def lower(self) -> sp.Expr:
        """No absolute value is below zero."""
        return sp.S.Zero

    def _latex(self, printer: Any, exp: str | None = None) -> str:  # noqa: ANN401 - SymPy's printing protocol
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\left|{printer._print(self.args[0])}\right|{power}"

    def _sympystr(self, printer: Any) -> str:  # noqa: ANN401 - SymPy's printing protocol
        return f"|{printer._print(self.args[0])}|"


def _unsigned(factor: sp.Expr) -> sp.Expr:
    """The absolute value of one factor, without bars where its sign is known."""
    if is_nonnegative(factor):
        return factor
    return -factor if is_positive(-factor) else Absolute(factor)


def _any_real(*_: sp.Expr, strictly_given: tuple[sp.Expr, ...]) -> bool:
    return True


absolute_gap = Base("absolute_gap", lambda x: Absolute(x) - x, lambda x: Absolute(x) - x, _any_real)
"""|x| - x >= 0, by definition; with -x for x, |x| + x >= 0."""
