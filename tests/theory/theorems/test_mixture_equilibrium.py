"""Few strategies are almost as good as all: the count, the games, and both by brute force."""

from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import ceil, exp, log

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import theory
from theory.accusations import concedes, fewest, payoffs
from theory.theorems import mixture_equilibrium
from theory.theorems.mixture_equilibrium import THEOREM

SIZE, COMPONENTS, ACCUSATION = THEOREM.predictions


def value(game: np.ndarray) -> tuple[float, np.ndarray]:
    """The value of a game and an optimal law of the column player, by scipy's HiGHS."""
    height, width = game.shape
    found = linprog(
        np.r_[np.zeros(width), 1],
        A_ub=np.c_[game, -np.ones(height)],
        b_ub=np.zeros(height),
        A_eq=np.c_[np.ones((1, width)), 0],
        b_eq=[1],
        bounds=[(0, None)] * width + [(None, None)],
    )
    return found.fun, found.x[:-1]


def test_what_is_cited() -> None:
    """Only that independence factorises and that volume is a measure, both through small-support."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.CITED)
    assert {fact.key for fact in evidence.cited} == {"independence-factorises", "lebesgue-measure"}
    exact = [s.name for s in evidence.steps if s.grade is theory.Grade.EXACT]
    assert {"weak-duality-1", "expected-failures-3", "a-game-of-four-modes"} <= set(exact)


@given(st.integers(2, 10**6), st.fractions(Fraction(1, 100), 1, max_denominator=100))
def test_the_count_is_the_least_for_which_few_samples_fail(n: int, eps: Fraction) -> None:
    """N exp(-2 k eps^2) <= 1 at k and above one at k - 1; floating point is far from a tie here."""
    k = int(SIZE.at(opponent_strategies=n, epsilon=eps).exact)

    assert n * exp(-2 * k * eps**2) <= 1 + 1e-12
    assert k == 1 or n * exp(-2 * (k - 1) * eps**2) > 1
    assert k == max(1, ceil(log(n) / (2 * eps**2)))


def test_one_strategy_against_one_opponent() -> None:
    """Ln 1 = 0 would be no strategy at all."""
    assert SIZE.at(opponent_strategies=1, epsilon="1/10").exact == 1
    assert SIZE.at(opponent_strategies=1000, epsilon="1/10").exact == 346


@pytest.mark.parametrize("seed", range(6))
def test_some_uniform_mixture_of_the_count_is_close_in_random_games(seed: int) -> None:
    """At epsilon = 2/5 and n = 5, six strategies: the best multiset of six is within 2/5 of the value."""
    game = np.random.default_rng(seed).random((5, 4))
    eps = 0.4
    size = int(SIZE.at(opponent_strategies=5, epsilon="2/5").exact)
    best = min(
        game[:, list(chosen)].mean(axis=1).max() for chosen in combinations_with_replacement(range(4), size)
    )

    assert size == 6
    assert best <= value(game)[0] + eps


def test_the_expected_number_of_failures_is_below_one() -> None:
    """All 4^k samples of a small game, weighted: the mean count of failures obeys the bound, at equality too.

    Matching pennies for four players of one side: n = 4 and k = 2 with 2 k eps^2 = ln n.
    """
    n, k = 4, 2
    eps = (log(n) / (2 * k)) ** 0.5
    game = np.eye(n)  # the column player pays 1 where it is guessed; its uniform mixture concedes 1/4
    failures = [
        np.count_nonzero(game[:, list(drawn)].mean(axis=1) > 1 / n + eps)
        for drawn in product(range(n), repeat=k)
    ]

    assert np.mean(failures) < 1
    assert min(failures) == 0


@pytest.mark.parametrize(("modes", "reached"), [(1, 1), (5, 5), (5, 3), (8, 2)])
def test_the_value_of_the_game_of_accusations(modes: int, reached: int) -> None:
    """(1 - 1/n + 1/g)/2 is what HiGHS finds, to 1e-9; missing modes cost (1/g - 1/n)/2."""
    game = np.array(payoffs([Fraction(1, modes)] * modes, reached), dtype=float)

    assert float(ACCUSATION.at(data_modes=modes, reached_modes=reached)) == pytest.approx(
        value(game)[0], abs=1e-9
    )
    assert ACCUSATION.at(data_modes=modes, reached_modes=modes).exact == sp.Rational(1, 2)


def test_the_game_of_four_modes() -> None:
    """Value 31/60 by HiGHS as well; the sparse mixture has three generators and concedes 17/30."""
    game = np.array(mixture_equilibrium.PAYOFFS, dtype=float)

    assert value(game)[0] == pytest.approx(31 / 60, abs=1e-9)
    assert mixture_equilibrium.SPARSE == (0, 1, 2)
    assert max(concedes(mixture_equilibrium.PAYOFFS, (0, 1, 2))) == sp.Rational(17, 30)
    assert len(mixture_equilibrium.SPARSE) <= int(SIZE.at(opponent_strategies=4, epsilon="1/20").exact)


def test_the_search_finds_fewer_strategies_for_a_larger_tolerance() -> None:
    """One generator where anything is allowed; more as the tolerance falls."""
    game = payoffs([Fraction(1, 3)] * 3, 3)
    sizes = [len(fewest(game, sp.Rational(1, 2) + t)) for t in (sp.Rational(1, 3), sp.Rational(1, 12), 0)]

    assert sizes == [1, 2, 3]


def test_the_components_are_half_of_small_support() -> None:
    """The same count without log(2/delta): at p = 1000, R Lambda = 10, epsilon = 1/10, w = 1."""
    count = COMPONENTS.at(opponent_parameters=1000, radius=10, lipschitz=1, epsilon="1/10", range_width=1)

    assert int(count.exact) == ceil(200 * 1000 * log(801))


@pytest.mark.parametrize(
    ("prediction", "parameters", "message"),
    [
        (SIZE, {"opponent_strategies": 0, "epsilon": "1/10"}, "opponent_strategies must be positive"),
        (SIZE, {"opponent_strategies": 3, "epsilon": "-1"}, "epsilon must be positive"),
        (ACCUSATION, {"data_modes": 3, "reached_modes": 4}, "between 1 and data_modes"),
    ],
)
def test_where_nothing_is_predicted(
    prediction: theory.Prediction, parameters: dict[str, str | int], message: str
) -> None:
    """Each parameter outside its range is refused in one sentence."""
    with pytest.raises(ValueError, match=message):
        prediction.at(**parameters)
