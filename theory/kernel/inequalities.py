"""The base inequalities that a certificate may use, each with its own derivation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature

import sympy as sp

from theory.kernel.domains import Variable
from theory.kernel.signs import is_nonnegative, is_positive
from theory.kernel.terms import WeightedLog


@dataclass(frozen=True)
class Base:
    """An inequality ``expression(arguments) >= 0`` with equality exactly where ``root`` is zero.

    Args:
        name: its name in a certificate.
        expression: the nonnegative expression.
        root: what vanishes exactly where the expression does.
        admissible: whether the arguments are shown to lie in its domain.
    """

    name: str
    expression: Callable[..., sp.Expr]
    root: Callable[..., sp.Expr]
    admissible: Callable[..., bool]

    def __call__(self, *arguments: sp.Expr | int) -> "Instance":
        """The inequality at these arguments.

        Raises:
            TypeError: there are more or fewer arguments than it has.
        """
        count = len(signature(self.expression).parameters)
        if len(arguments) != count:
            raise TypeError(f"{self.name} takes {count} argument{'s' * (count > 1)} (got {len(arguments)}).")
        return Instance(self, tuple(sp.sympify(a) for a in arguments))


@dataclass(frozen=True)
class Instance:
    """A base inequality at some arguments."""

    base: Base
    arguments: tuple[sp.Expr, ...]

    @property
    def expression(self) -> sp.Expr:
        """The expression that is at least zero."""
        return self.base.expression(*self.arguments)

    @property
    def root(self) -> sp.Expr:
        """What vanishes exactly where the expression does."""
        return self.base.root(*self.arguments)

    def in_case(self, case: Mapping[Variable, sp.Expr]) -> "Instance":
        """The instance in one case of a claim."""
        return Instance(self.base, tuple(a.xreplace(dict(case)) for a in self.arguments))

    def is_admissible(self, strictly_given: tuple[sp.Expr, ...]) -> bool:
        """Whether the arguments are shown to lie in the inequality's domain."""
        return self.base.admissible(*self.arguments, strictly_given=strictly_given)

    def __str__(self) -> str:
        return f"{self.base.name}({', '.join(map(str, self.arguments))})"


def _any_real(*_: sp.Expr, strictly_given: tuple[sp.Expr, ...]) -> bool:
    return True


def _positive(t: sp.Expr, *, strictly_given: tuple[sp.Expr, ...]) -> bool:
    return is_positive(t, strictly_given)


def _weight_and_positive(w: sp.Expr, a: sp.Expr, *, strictly_given: tuple[sp.Expr, ...]) -> bool:
    if w == 0:
        return is_nonnegative(a, strictly_given)
    return is_positive(w, strictly_given) and is_positive(a, strictly_given)


square = Base("square", lambda x: x**2, lambda x: x, _any_real)
"""x^2 >= 0: the order axiom of the reals."""

log_gap = Base("log_gap", lambda t: t - 1 - sp.log(t), lambda t: t - 1, _positive)
"""t - 1 - log t >= 0 for t > 0, with equality only at 1."""

exponential_gap = Base("exponential_gap", lambda y: sp.exp(y) - 1 - y, lambda y: y, _any_real)
"""exp(y) - 1 - y >= 0, with equality only at 0."""

entropy_gap = Base(
    "entropy_gap",
    # Where w is zero the logarithm is gone, and a may be zero as well.
    lambda w, a: a if w == 0 else a - w - WeightedLog(w, a / w),
    lambda w, a: a - w,
    _weight_and_positive,
)
"""w log(w/a) - w + a >= 0 for w >= 0 and a > 0, with 0 log 0 = 0 and equality only at w = a.

It is w L(a/w) with L(t) = t - 1 - log t, and it survives where w vanishes: the integrand of the generalised
Kullback-Leibler divergence."""
