r"""Finite two-player zero-sum games: their value, and the rule of linear-programming duality.

The row player receives the payoff :math:`a_{ij}` and the column player pays it. The value is

.. math:: \max_x \min_j \sum_i x_i a_{ij} = \min_y \max_i \sum_j a_{ij} y_j

over the laws x on the rows and y on the columns. A pair (x, y) whose two guarantees meet certifies it: weak
duality. With one row the value is a minimum, with one column a maximum.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flint
import sympy as sp

from theory.kernel.balls import TooWide
from theory.kernel.claims import Claim
from theory.kernel.normal_form import is_zero
from theory.kernel.obligations import Obligation, Rule, defined
from theory.kernel.signs import enclosure, is_nonnegative
from theory.kernel.simplex import solution
from theory.kernel.terms import Head, IllDefined, require_terms
from theory.relation import Relation

LARGEST_EXPONENT = 4000  # bits: a payoff beyond 2^4000 or below 2^-4000 is not worth an exact rational


class GameValue(Head):
    """The value of a matrix game: the number of rows, of columns, then the payoffs row by row.

    A term of a wrong shape has no value, so that every claim about it is ill-defined.
    """

    @property
    def _has_shape(self) -> bool:
        shape, entries = self.args[:2], self.args[2:]
        counted = len(shape) == 2 and all(isinstance(s, sp.Integer) and s > 0 for s in shape)
        return bool(counted and shape[0] * shape[1] == len(entries))

    @property
    def rows(self) -> list[tuple[sp.Expr, ...]]:
        """The payoffs, one tuple per row.

        Raises:
            IllDefined: the shape is not two positive integers, or does not fit the number of payoffs.
        """
        shape, entries = self.args[:2], self.args[2:]
        if not self._has_shape:
            raise IllDefined(f"a game of shape {shape} has {len(entries)} payoffs: write it by game_value.")
        width = int(shape[1])
        return [entries[start : start + width] for start in range(0, len(entries), width)]

    def in_balls(self, value: Callable[[sp.Expr], flint.arb], point: Mapping, laws: Mapping) -> flint.arb:
        """The value at the balls' midpoints; payoffs that move by at most r move it by at most r."""
        balls = [[value(payoff) for payoff in row] for row in self.rows]
        middle = solution(tuple(tuple(map(_midpoint, row)) for row in balls)).value
        radius = max((b.rad() for row in balls for b in row), key=lambda r: r.mid())
        return flint.arb(flint.fmpq(int(middle.p), int(middle.q))) + flint.arb(0, radius)

    def normal(self, rational: Callable[[sp.Expr], sp.Expr]) -> sp.Expr | None:
        """The value of a game of numbers; None where a payoff is not a number."""
        payoffs = tuple(tuple(map(rational, row)) for row in self.rows)
        if all(isinstance(payoff, sp.Rational) for row in payoffs for payoff in row):
            return solution(payoffs).value
        return None

    def lower(self) -> sp.Expr:
        """The best guarantee of a single row."""
        if not self._has_shape:
            return -sp.oo
        return max(min(enclosure(payoff).lower for payoff in row) for row in self.rows)

    def upper(self) -> sp.Expr:
        """The best guarantee of a single column."""
        if not self._has_shape:
            return sp.oo
        return min(
            max(enclosure(payoff).upper for payoff in column) for column in zip(*self.rows, strict=True)
        )

    @property
    def _printed_rows(self) -> list[tuple[sp.Expr, ...]]:
        return self.rows if self._has_shape else [self.args]

    def _latex(self, printer: Any) -> str:  # noqa: ANN401 - SymPy's printing protocol
        rows = r" \\ ".join(" & ".join(map(printer._print, row)) for row in self._printed_rows)
        return rf"\operatorname{{val}}\begin{{pmatrix}} {rows} \end{{pmatrix}}"

    def _sympystr(self, printer: Any) -> str:  # noqa: ANN401 - SymPy's printing protocol
        rows = ", ".join(f"[{', '.join(map(printer._print, row))}]" for row in self._printed_rows)
        return f"val[{rows}]"


def game_value(payoffs: Sequence[Sequence[sp.Expr | int]]) -> sp.Expr:
    """The value of the game in which the row player receives these payoffs.

    Raises:
        ValueError: there is no payoff, or the rows differ in length.
    """
    lengths = {len(row) for row in payoffs}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            f"a game is a matrix with at least one payoff (got rows of lengths {sorted(lengths)}): "
            f"for example game_value([[0, 1], [1, 0]])."
        )
    flat = [sp.sympify(payoff) for row in payoffs for payoff in row]
    return GameValue(len(payoffs), lengths.pop(), *flat)


def _midpoint(value: flint.arb) -> sp.Rational:
    mantissa, exponent = value.mid().man_exp()
    if abs(int(exponent)) > LARGEST_EXPONENT:
        raise TooWide("a payoff takes too many digits to tell.")
    return sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent)


@dataclass(frozen=True)
class Duality(Rule):
    """The value of a game by the guarantees of two laws: the primal one bounds it below, the dual one above.

    The claim has the value on its left. Payoffs and weights may hold variables.

    Args:
        primal: the row player's law; empty where the claim is an upper bound.
        dual: the column player's law; empty where the claim is a lower bound.
    """

    primal: tuple[sp.Expr, ...] = ()
    dual: tuple[sp.Expr, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "primal", tuple(map(sp.sympify, self.primal)))
        object.__setattr__(self, "dual", tuple(map(sp.sympify, self.dual)))

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Both are laws, and each guarantees the right side against every pure strategy.

        Raises:
            IllDefined: a weight is outside the kernel's language, or the game has a wrong shape.
        """
        require_terms((*self.primal, *self.dual))
        yield Obligation("the left side is the value of a game", isinstance(claim.lhs, GameValue))
        if not isinstance(claim.lhs, GameValue):
            return
        rows = claim.lhs.rows
        below, above = claim.relation is not Relation.AT_MOST, claim.relation is not Relation.AT_LEAST
        fits = len(self.primal) == below * len(rows) and len(self.dual) == above * len(rows[0])
        yield Obligation("each bound that is claimed has a law with one weight per strategy", fits)
        if not fits:
            return
        for case in claim.cases():
            yield defined((claim.lhs, claim.rhs, *self.primal, *self.dual), claim.given, case)
            inside = claim.in_case(case)
            for name, law in (("primal", self.primal), ("dual", self.dual)):
                yield from _is_law(name, tuple(w.xreplace(case) for w in law), inside)
            for expected in self._guarantees(claim):
                yield Obligation(
                    f"{expected} >= 0: the bound holds against a pure strategy",
                    _is_shown(expected.xreplace(case), inside),
                )

    def _guarantees(self, claim: Claim) -> Iterator[sp.Expr]:
        """What each law's expected payoff leaves of the bound, one for each of the opponent's strategies."""
        rows = claim.lhs.rows
        if self.primal:
            yield from (payoff - claim.rhs for payoff in _against_columns(self.primal, rows))
        if self.dual:
            yield from (claim.rhs - payoff for payoff in _against_rows(self.dual, rows))

    def tampered(self, claim: Claim) -> Iterator[tuple[str, Claim]]:
        """What tampered laws would have to satisfy: to have mass one, and to guarantee the bound.

        The guarantee of a law is the value of the game in which its player has no other choice.
        """
        for name, law in (("primal", self.primal), ("dual", self.dual)):
            for number, weight in enumerate(law):
                total = sp.Add(*law[:number], 2 * weight, *law[number + 1 :])
                yield (
                    f"weight {number + 1} of the {name} law is doubled",
                    Claim(total, Relation.EQUALS, sp.S.One, claim.given),
                )
            for number in range(len(law) - 1):
                merged = (*law[:number], law[number] + law[number + 1], sp.S.Zero, *law[number + 2 :])
                if name == "primal":
                    game = game_value([_against_columns(merged, claim.lhs.rows)])
                    altered = Claim(game, Relation.AT_LEAST, claim.rhs, claim.given)
                else:
                    game = game_value([[payoff] for payoff in _against_rows(merged, claim.lhs.rows)])
                    altered = Claim(game, Relation.AT_MOST, claim.rhs, claim.given)
                yield f"weight {number + 2} of the {name} law goes to its neighbour", altered


def _against_columns(law: Sequence[sp.Expr], rows: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
    return [sp.Add(*(x * a for x, a in zip(law, column, strict=True))) for column in zip(*rows, strict=True)]


def _against_rows(law: Sequence[sp.Expr], rows: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
    return [sp.Add(*(a * y for a, y in zip(row, law, strict=True))) for row in rows]


def _is_law(name: str, law: tuple[sp.Expr, ...], claim: Claim) -> Iterator[Obligation]:
    for weight in law:
        yield Obligation(f"{weight} >= 0 in the {name} law", _is_shown(weight, claim))
    if law:
        total = sp.Add(*law) - 1
        yield Obligation(f"the {name} law has mass one", is_zero(total, claim.strictly_given))


def _is_shown(term: sp.Expr, claim: Claim) -> bool:
    """Whether the term is shown to be zero or at least zero, as written or in factors."""
    given = tuple(g.expression for g in claim.given)
    return (
        is_zero(term, claim.strictly_given)
        or is_nonnegative(term, given)
        or is_nonnegative(sp.factor(sp.cancel(sp.together(term))), given)
    )
