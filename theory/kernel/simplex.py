"""Matrix games of numbers, solved in exact rationals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import flint
import sympy as sp


@dataclass(frozen=True)
class Solution:
    """A game of numbers, solved: the value and a law for each player that guarantees it."""

    value: sp.Rational
    row_law: tuple[sp.Rational, ...]
    column_law: tuple[sp.Rational, ...]


Matrix = tuple[tuple[sp.Rational, ...], ...]


@lru_cache(maxsize=4096)
def solution(payoffs: Matrix) -> Solution:
    """Solve a game in exact rationals: the simplex method searches, weak duality checks what it found.

    Raises:
        ArithmeticError: the two guarantees do not meet, which would be an error of this function.
    """
    exact = [[flint.fmpq(int(a.p), int(a.q)) for a in row] for row in payoffs]
    least = min(min(row) for row in exact)
    rows, columns = _simplex([[a - least + 1 for a in row] for row in exact])
    guaranteed = min(_expected(rows, column) for column in zip(*exact, strict=True))
    conceded = max(_expected(columns, row) for row in exact)
    laws = all(w >= 0 for w in (*rows, *columns)) and sum(rows) == sum(columns) == 1
    if not laws or guaranteed != conceded:
        raise ArithmeticError(f"no certificate of the value of the game {payoffs} was found.")
    value, *weights = (sp.Rational(int(q.p), int(q.q)) for q in (guaranteed, *rows, *columns))
    return Solution(value, tuple(weights[: len(rows)]), tuple(weights[len(rows) :]))


def _expected(law: Sequence[flint.fmpq], payoffs: Sequence[flint.fmpq]) -> flint.fmpq:
    return sum((w * a for w, a in zip(law, payoffs, strict=True)), flint.fmpq(0))


def _simplex(payoffs: list[list[flint.fmpq]]) -> tuple[list[flint.fmpq], list[flint.fmpq]]:
    """Optimal laws of a game of positive payoffs: maximise sum y subject to A y <= 1, y >= 0, then scale.

    Bland's rule (the first column that improves, the first variable that leaves) excludes cycles; y = 0 is
    where it starts, and the payoffs are positive, so that the program is bounded.
    """
    height, width = len(payoffs), len(payoffs[0])
    zero, one = flint.fmpq(0), flint.fmpq(1)
    tableau = [
        [*row, *(one if i == k else zero for k in range(height)), one] for i, row in enumerate(payoffs)
    ]
    cost = [-one] * width + [zero] * (height + 1)
    basis = list(range(width, width + height))
    while any(c < 0 for c in cost[:-1]):
        enters = next(j for j, c in enumerate(cost[:-1]) if c < 0)
        bounding = [i for i, row in enumerate(tableau) if row[enters] > 0]
        leaves = min(bounding, key=lambda i: (tableau[i][-1] / tableau[i][enters], basis[i]))
        pivot = tableau[leaves][enters]
        tableau[leaves] = [entry / pivot for entry in tableau[leaves]]
        for i, row in enumerate((*tableau, cost)):
            if i != leaves and row[enters] != 0:
                reduced = [a - row[enters] * b for a, b in zip(row, tableau[leaves], strict=True)]
                if i < height:
                    tableau[i] = reduced
                else:
                    cost = reduced
        basis[leaves] = enters
    at = dict(zip(basis, (row[-1] for row in tableau), strict=True))
    total = cost[-1]
    return [c / total for c in cost[width:-1]], [at.get(j, zero) / total for j in range(width)]
