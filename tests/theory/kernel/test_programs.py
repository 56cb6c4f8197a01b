"""The value of a game by other roads, and certificates of games that must not pass."""

from itertools import combinations

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from theory.kernel import (
    Claim,
    Fact,
    Functional,
    Grade,
    IllDefined,
    Outcome,
    Step,
    above_zero,
    at_most,
    check_step,
    control,
    equal,
    normal_form,
    positive,
    real,
)
from theory.kernel.balls import PRECISION, ball, precision
from theory.kernel.programs import Duality, GameValue, game_value
from theory.kernel.signs import enclosure
from theory.kernel.simplex import solution

half = sp.Rational(1, 2)
a, x = positive("a"), real("x")
games = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.fractions(-3, 3, max_denominator=4), min_size=width, max_size=width),
        min_size=1,
        max_size=4,
    )
)


def rationals(payoffs: list) -> tuple[tuple[sp.Rational, ...], ...]:
    return tuple(tuple(sp.Rational(a.numerator, a.denominator) for a in row) for row in payoffs)


def shapley_snow(payoffs: tuple[tuple[sp.Rational, ...], ...]) -> sp.Rational:
    """The value by enumerating the square kernels of the game, shifted to positive payoffs.

    Some square part B has laws v 1'B^-1 and v B^-1 1, v = 1/(1'B^-1 1), that are optimal in all of it.
    """
    shift = 1 - min(min(row) for row in payoffs)
    A = [[flint.fmpq(int((e + shift).p), int((e + shift).q)) for e in row] for row in payoffs]
    height, width = len(A), len(A[0])
    for size in range(1, min(height, width) + 1):
        for rows in combinations(range(height), size):
            for columns in combinations(range(width), size):
                B = flint.fmpq_mat(size, size, [A[i][j] for i in rows for j in columns])
                if B.det() == 0:
                    continue
                inverse = B.inv()
                total = sum(inverse.entries(), flint.fmpq(0))
                if total == 0:
                    continue
                v = 1 / total
                xs = {i: v * sum(inverse[k, t] for k in range(size)) for t, i in enumerate(rows)}
                ys = {j: v * sum(inverse[t, k] for k in range(size)) for t, j in enumerate(columns)}
                if min(*xs.values(), *ys.values()) < 0:
                    continue
                guaranteed = min(sum(w * A[i][j] for i, w in xs.items()) for j in range(width))
                conceded = max(sum(A[i][j] * w for j, w in ys.items()) for i in range(height))
                if guaranteed == v == conceded:
                    return sp.Rational(int(v.p), int(v.q)) - shift
    raise AssertionError("a finite game has a value")


@given(games)
@settings(max_examples=60, deadline=None)
def test_the_value_is_that_of_the_square_kernels(payoffs: list) -> None:
    """Simplex method = Shapley and Snow's enumeration, exactly; and no pure guarantee exceeds it."""
    exact = rationals(payoffs)
    term = game_value(exact)

    assert solution(exact).value == shapley_snow(exact)
    assert enclosure(term).lower <= solution(exact).value <= enclosure(term).upper


def test_the_value_of_larger_games_is_that_of_a_linear_program() -> None:
    """Seeded games up to 9 by 12: scipy's HiGHS finds the same value; it computes to 1e-9."""
    rng = np.random.default_rng(0)
    for _ in range(40):
        height, width = rng.integers(1, 10), rng.integers(1, 13)
        A = rng.integers(-20, 20, size=(height, width))
        found = linprog(
            np.r_[np.zeros(height), -1],
            A_ub=np.c_[-A.T, np.ones(width)],
            b_ub=np.zeros(width),
            A_eq=np.c_[np.ones((1, height)), 0],
            b_eq=[1],
            bounds=[(0, None)] * height + [(None, None)],
        )
        exact = tuple(tuple(map(sp.Integer, map(int, row))) for row in A)

        assert float(solution(exact).value) == pytest.approx(-found.fun, abs=1e-9)


def test_payoffs_that_are_no_rationals_move_the_value_by_no_more_than_themselves() -> None:
    """The ball of val[[log 2, 0], [0, log 2]] holds log(2)/2, and is as narrow as its payoffs'."""
    value = ball(game_value([[sp.log(2), 0], [0, sp.log(2)]]), {})

    assert value.overlaps(ball(sp.log(2) / 2, {}))
    assert value.rad() < flint.arb(2) ** -150


def test_the_ball_of_a_game_holds_its_value() -> None:
    """A third is no binary fraction, so that the midpoint of its ball is not the value of val[[1/3]]."""
    value = ball(game_value([[sp.Rational(1, 3)]]), {})

    with precision(2 * PRECISION):
        assert (3 * value - 1).contains(0)
        assert not (3 * value.mid() - 1).contains(0)


def test_a_game_of_numbers_is_reduced_to_its_value() -> None:
    """The normal form knows 0.5 for matching pennies, and nothing of a game with a variable payoff."""
    assert (
        check_step(Step("n", equal(game_value([[1, 0], [0, 1]]), half), normal_form)).outcome is Outcome.HOLDS
    )
    prize = equal(game_value([[a, 0], [0, 1]]), a / (a + 1))
    assert check_step(Step("n", prize, normal_form)).outcome is Outcome.UNDECIDED


MILLION = sp.Integer(10**6)
FALSE = at_most(game_value([[a, 0], [0, a]]), MILLION)


def outcome(claim: Claim, by: Duality) -> Outcome:
    return check_step(Step("forged", claim, by)).outcome


@pytest.mark.parametrize(
    "law",
    [
        (),
        (half,),
        (half, half, 0),
        (half, half),
        (1, 1),
        (MILLION / a, 1 - MILLION / a),
        (half + a, half - a),
        (1 + x, -x),
    ],
    ids=str,
)
def test_no_law_bounds_an_unbounded_game(law: tuple) -> None:
    """The value a/2 exceeds a million where no point is tried: the rule alone stands in the way."""
    assert outcome(FALSE, Duality(dual=law)) is Outcome.UNDECIDED


@pytest.mark.parametrize(
    "weight",
    [sp.I, sp.oo, sp.zoo, sp.nan, sp.Float(0.5), sp.Symbol("w")],
    ids=str,
)
def test_a_weight_is_a_real_number(weight: sp.Expr) -> None:
    """Infinite, imaginary, undefined and inexact weights are refused before anything is concluded."""
    assert outcome(FALSE, Duality(dual=(weight, 1 - weight))) is Outcome.ILL_DEFINED


def test_a_weight_that_is_not_defined_everywhere_proves_nothing() -> None:
    """The weights x/(x + a) and a/(x + a) sum to one where they are defined, which is not everywhere."""
    claim = at_most(game_value([[1, 0], [0, 1]]), 1)

    assert outcome(claim, Duality(dual=(x**2 / (x**2 + a), a / (x**2 + a)))) is Outcome.HOLDS
    assert outcome(claim, Duality(dual=(x / (x + a), a / (x + a)))) is Outcome.UNDECIDED


def test_the_bound_is_about_the_value_of_a_game() -> None:
    """With the value on the right, or inside another term, nothing is concluded."""
    pennies = game_value([[1, 0], [0, 1]])

    assert outcome(at_most(half, pennies), Duality((half, half), (half, half))) is Outcome.UNDECIDED
    assert outcome(equal(2 * pennies, 1), Duality((half, half), (half, half))) is Outcome.UNDECIDED


def test_a_total_as_a_payoff_is_not_known_to_exist() -> None:
    """E[y] need not exist: the rule for functionals would have to show it first."""
    y = real("y")
    E = Functional("E", (y,), (Fact(sp.S.One, sp.S.One),))
    claim = at_most(game_value([[E(y)]]), E(y))

    assert outcome(claim, Duality(dual=(1,))) is not Outcome.HOLDS


def test_contradictory_hypotheses_prove_nothing() -> None:
    """Where nothing satisfies what is given, the claim is vacuous."""
    claim = at_most(game_value([[a]]), MILLION, above_zero(-a))

    assert outcome(claim, Duality(dual=(1,))) is not Outcome.HOLDS


def test_each_tampered_law_is_rejected() -> None:
    """Weights doubled or handed to a neighbour: all of the mutants fall, and there are as many as weights."""
    laws = (1 / (a + 1), a / (a + 1))
    step = Step("prize", equal(game_value([[a, 0], [0, 1]]), a / (a + 1)), Duality(laws, laws))
    found = control(step)
    tampered = [
        change for change, _ in found.witnesses if "law is doubled" in change or "neighbour" in change
    ]

    assert found.survived == ()
    assert len(tampered) == 6
    assert check_step(step).grade is Grade.EXACT


@pytest.mark.parametrize("payoffs", [[], [[]], [[1, 2], [3]]])
def test_a_matrix_has_a_shape(payoffs: list) -> None:
    """No rows, no columns or rows of different lengths: one sentence."""
    with pytest.raises(ValueError, match="for example game_value"):
        game_value(payoffs)


def test_a_term_of_a_wrong_shape_has_no_value() -> None:
    """Whoever writes the head by hand gets an error at its first evaluation, and can still print it."""
    wrong = GameValue(2, 2, 1, 0, 0)

    with pytest.raises(IllDefined, match="2, 2"):
        ball(wrong, {})
    assert str(wrong).startswith("val")
    assert sp.latex(game_value([[1, 0], [0, a]])).startswith(r"\operatorname{val}")
