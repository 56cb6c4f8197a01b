"""Real matrices: their spectral radius and abscissa, and the conditions under which they are stable."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import combinations
from math import isqrt
from typing import Any

import flint
import sympy as sp

from theory.kernel.balls import TooWide
from theory.kernel.terms import Head

Rows = Sequence[Sequence[sp.Expr]]
Value = Callable[[sp.Expr], flint.arb]


def _require_square(head: type, entries: Sequence[sp.Expr]) -> None:
    if not entries or isqrt(len(entries)) ** 2 != len(entries):
        raise ValueError(
            f"{head.__name__} takes the n x n entries of a matrix row by row (got {len(entries)}): "
            f"write {head.__name__}(*matrix)."
        )


class SpectralRadius(Head):
    """The largest modulus of an eigenvalue: below one exactly where the iteration x -> M x contracts to zero.

    Raises:
        ValueError: the entries do not fill a square matrix.
    """

    @classmethod
    def eval(cls, *entries: sp.Expr) -> None:
        """Never evaluated by SymPy."""
        _require_square(cls, entries)

    def in_balls(self, value: Value, point: Mapping, laws: Mapping) -> flint.arb:
        """The largest ball of a modulus."""
        return reduce(flint.arb.max, (abs(root) for root in _eigenvalues(self, value)))

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr | None:
        """That of the companion matrix: it depends on the characteristic polynomial alone."""
        companion = _companion(self)
        return None if companion is None else rational(companion)

    def lower(self) -> sp.Expr:
        """A modulus is at least zero."""
        return sp.S.Zero

    def _latex(self, printer: Any, exp: str | None = None) -> str:  # noqa: ANN401 - SymPy's printing protocol
        return _matrix_latex(r"\rho", self, printer, exp)


class SpectralAbscissa(Head):
    """The largest real part of an eigenvalue: below zero exactly where the flow x' = M x decays.

    Raises:
        ValueError: the entries do not fill a square matrix.
    """

    @classmethod
    def eval(cls, *entries: sp.Expr) -> None:
        """Never evaluated by SymPy."""
        _require_square(cls, entries)

    def in_balls(self, value: Value, point: Mapping, laws: Mapping) -> flint.arb:
        """The largest ball of a real part."""
        return reduce(flint.arb.max, (root.real for root in _eigenvalues(self, value)))

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr | None:
        """That of the companion matrix: it depends on the characteristic polynomial alone."""
        companion = _companion(self)
        return None if companion is None else rational(companion)

    def _latex(self, printer: Any, exp: str | None = None) -> str:  # noqa: ANN401 - SymPy's printing protocol
        return _matrix_latex(r"\operatorname{abscissa}", self, printer, exp)


Spectral = SpectralRadius | SpectralAbscissa


def _matrix_latex(letter: str, head: Spectral, printer: Any, exp: str | None) -> str:  # noqa: ANN401
    rows = r" \\ ".join(" & ".join(printer._print(entry) for entry in row) for row in rows_of(head))
    power = "" if exp is None else rf"^{{{exp}}}"
    return rf"{letter}{power}\!\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def rows_of(head: Spectral) -> list[list[sp.Expr]]:
    """The matrix whose entries the head holds."""
    n = isqrt(len(head.args))
    return [list(head.args[n * i : n * i + n]) for i in range(n)]


def _eigenvalues(head: Spectral, value: Value) -> list[flint.acb]:
    """Balls that contain one eigenvalue each, by multiplicity.

    Raises:
        TooWide: they cannot be told apart at the working precision.
    """
    rows = [[value(entry) for entry in row] for row in rows_of(head)]
    if len(rows) == 2:
        # (a + d)/2 +- a root of ((a - d)/2)^2 + bc; near a double eigenvalue it is in a box around zero.
        (a, b), (c, d) = rows
        middle, half = (a + d) / 2, (a - d) / 2
        inside = half * half + b * c
        if inside.contains(0):
            small = flint.arb(0, inside.abs_upper().sqrt().abs_upper())
            return 2 * [flint.acb(middle + small, small)]
        root = flint.acb(inside.sqrt()) if inside > 0 else flint.acb(0, (-inside).sqrt())
        return [middle + root, middle - root]
    try:
        return flint.acb_mat(rows).eig(multiple=True)
    except ValueError:
        raise TooWide(f"the eigenvalues in {head} are too close to be told apart.") from None


def determinant(rows: Rows) -> sp.Expr:
    """The determinant, by expansion along the first row."""
    if not rows:
        return sp.S.One
    minors = [[[*row[:j], *row[j + 1 :]] for row in rows[1:]] for j in range(len(rows))]
    return sp.Add(*((-1) ** j * rows[0][j] * determinant(minor) for j, minor in enumerate(minors)))


def characteristic_polynomial(matrix: sp.Matrix, at: sp.Expr) -> sp.Expr:
    """det(at I - M): zero exactly where ``at`` is an eigenvalue of M."""
    return determinant((at * sp.eye(matrix.rows) - matrix).tolist())


def coefficients(head: Spectral) -> tuple[sp.Expr, ...]:
    """a_1, ..., a_n: a_k is (-1)^k times the sum of the principal minors of size k."""
    rows = rows_of(head)
    return tuple(
        sp.Add(*((-1) ** k * determinant([[rows[i][j] for j in s] for i in s]) for s in subsets))
        for k in range(1, len(rows) + 1)
        for subsets in [combinations(range(len(rows)), k)]
    )


def _companion(head: Spectral) -> Spectral | None:
    """The head at the companion matrix of its characteristic polynomial; None if it is there already."""
    n = isqrt(len(head.args))
    below = [sp.Integer(int(j == i)) for i in range(n - 1) for j in range(n)]
    if list(head.args[n:]) == below:
        return None
    return head.func(*(-a for a in coefficients(head)), *below)


def conditions(head: Spectral) -> tuple[sp.Expr, ...]:
    """What is positive throughout exactly where the matrix is stable, up to n = 3.

    Jury, for the radius: 1 + a_1 and 1 - a_1; 1 + a_1 + a_2, 1 - a_1 + a_2 and 1 - a_2; for n = 3 the form of
    Farebrother (1973). Routh-Hurwitz, for the abscissa: a_1; a_1 and a_2; a_1, a_3 and a_1 a_2 - a_3.

    Raises:
        ValueError: n is larger.
    """
    match isinstance(head, SpectralRadius), coefficients(head):
        case True, (a,):
            return 1 + a, 1 - a
        case True, (a, b):
            return 1 + a + b, 1 - a + b, 1 - b
        case True, (a, b, c):
            return 1 + a + b + c, 1 - a + b - c, 1 - b + a * c - c**2, 3 - b
        case False, (a,):
            return (a,)
        case False, (a, b):
            return a, b
        case False, (a, b, c):
            return a, c, a * b - c
    raise ValueError(
        f"the conditions for stability are written out up to 3 x 3 (got {len(rows_of(head))} rows)."
    )
