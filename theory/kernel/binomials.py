"""Binomial coefficients of natural numbers, for all n where a shift relation decides."""

from collections.abc import Callable, Iterable, Mapping
from math import comb
from typing import Any

import flint
import sympy as sp

from theory.kernel.balls import TooWide
from theory.kernel.signs import enclosure, is_integral
from theory.kernel.terms import Head, IllDefined

LARGEST = 10_000  # the largest n at which a coefficient is written out
FARTHEST = 200  # the longest shift that the normal form reduces
MACHINE_WORD = 2**62  # the largest argument that FLINT takes


class Binomial(Head):
    r""":math:`\binom nk`, how many subsets of k elements a set of n has: 0 where k > n.

    n and k are natural numbers; the coefficient of anything else is undefined.
    """

    nargs = 2
    is_real = True

    @classmethod
    def eval(cls, n: sp.Expr, k: sp.Expr) -> sp.Expr | None:
        """The integer at natural numbers; symbols stay, since their shifts have side conditions."""
        if any(isinstance(a, sp.Rational) and not (isinstance(a, sp.Integer) and a >= 0) for a in (n, k)):
            return sp.nan
        if isinstance(n, sp.Integer) and isinstance(k, sp.Integer) and n <= LARGEST:
            return sp.Integer(comb(int(n), int(k)))
        return None

    def is_defined(self, values: Mapping[sp.Symbol, sp.Expr]) -> bool:
        """Whether both arguments are shown to be natural numbers."""
        return all(_is_natural(sp.expand(a.xreplace(dict(values)))) for a in self.args)

    def in_balls(self, value: Callable[[sp.Expr], flint.arb], point: Mapping, laws: Mapping) -> flint.arb:
        """The exact integer, rounded to the working precision."""
        natural = []
        for argument in self.args:
            if not abs(value(argument)) < MACHINE_WORD:
                raise TooWide(f"{argument} is too large to choose from.")
            exact = argument.xreplace(dict(point))
            if not (isinstance(exact, sp.Integer) and exact >= 0):
                raise IllDefined(f"{self} needs natural numbers (got {exact}).")
            natural.append(int(exact))
        return flint.arb.bin_uiui(*natural)

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr | None:
        """A coefficient of smallest arguments times the quotient of products by which a shift changes it."""
        n, k = (sp.expand(rational(a)) for a in self.args)
        if not (_is_natural(n) and _is_natural(k)):
            return None
        rest = sp.expand(n - k)
        if enclosure(rest).lower >= 0:
            return _from_both_ends(k, rest)
        if enclosure(rest).upper < 0:
            return sp.S.Zero
        return _from_below(n, k)

    def lower(self) -> sp.Expr:
        """1 where k <= n is shown, else 0."""
        if not self.is_defined({}):
            return -sp.oo
        return sp.S.One if enclosure(sp.expand(self.args[0] - self.args[1])).lower >= 0 else sp.S.Zero

    def _latex(self, printer: Any) -> str:  # noqa: ANN401 - SymPy's printing protocol
        n, k = (printer._print(a) for a in self.args)
        return rf"\binom{{{n}}}{{{k}}}"


def binomial(n: sp.Expr | int, k: sp.Expr | int) -> sp.Expr:
    """How many subsets of k elements a set of n elements has, for natural numbers n and k."""
    return Binomial(sp.sympify(n), sp.sympify(k))


def _is_natural(term: sp.Expr) -> bool:
    return is_integral(term) and bool(enclosure(term).lower >= 0)


def _surplus(term: sp.Expr) -> int:
    """How much the least value of a natural number exceeds 0."""
    return int(enclosure(term).lower)


def _from_both_ends(chosen: sp.Expr, left: sp.Expr) -> sp.Expr | None:
    """C(a + b, a) = (a + b)!/(a! b!), as a multiple of that with the least a and b that stay natural."""
    p, q = _surplus(chosen), _surplus(left)
    if p + q > FARTHEST:
        return None
    a, b = sorted((chosen - p, left - q), key=sp.default_sort_key)
    (more, fewer) = (p, q) if a == chosen - p else (q, p)
    ratio = _product(a + b + i for i in range(1, p + q + 1)) / (
        _product(a + i for i in range(1, more + 1)) * _product(b + i for i in range(1, fewer + 1))
    )
    return ratio * (sp.S.One if sp.S.Zero in (a, b) else Binomial(a + b, a))


def _from_below(n: sp.Expr, k: sp.Expr) -> sp.Expr | None:
    """By C(n, k+1) = C(n, k) (n-k)/(k+1) and C(n+1, k+1) = C(n, k) (n+1)/(k+1): true for k >= n as well."""
    p, q = _surplus(k), _surplus(n)
    if p > FARTHEST:
        return None
    both = min(p, q)
    n, k, up = n - both, k - p, p - both
    ratio = _product((n - k - i) / (k + 1 + i) for i in range(up))
    ratio *= _product((n + i) / (k + up + i) for i in range(1, both + 1))
    return ratio * (sp.S.One if k == 0 else Binomial(n, k))


def _product(factors: Iterable[sp.Expr]) -> sp.Expr:
    return sp.Mul(*factors)
