"""Fooling supports of thresholds: a staircase within the tube, and intervals that force its steps."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, milp

from empirical.judge import Outcome, judge
from empirical.observables.fooling import (
    forced_staircase,
    kolmogorov_smirnov,
    needs_an_atom,
    threshold_support,
)
from tests.strategies import finite_laws
from theory.fooling_support import THRESHOLDS
from theory.laws import FiniteLaw

tolerances = st.fractions(Fraction(1, 40), 1, max_denominator=40)


def uniform(points: int) -> FiniteLaw:
    return FiniteLaw([Fraction(1, points)] * points)


@given(finite_laws(max_atoms=12), tolerances)
def test_the_staircase_fools_and_its_steps_are_forced(law: FiniteLaw, epsilon: Fraction) -> None:
    """Its exact distance is within epsilon, and as many disjoint intervals need an atom as it has atoms."""
    staircase = forced_staircase(law, epsilon)

    assert sum(staircase.weights.values()) == 1
    assert all(weight > 0 for weight in staircase.weights.values())
    assert kolmogorov_smirnov(law, staircase.weights) <= epsilon
    assert len(staircase.intervals) == len(staircase.weights)
    assert all(first[1] == second[0] for first, second in pairwise(staircase.intervals))
    assert all(needs_an_atom(law, epsilon, interval) for interval in staircase.intervals)


@given(st.data(), tolerances)
def test_a_law_without_an_atom_in_a_forced_interval_is_told_apart(
    data: st.DataObject, epsilon: Fraction
) -> None:
    """What ``needs_an_atom`` claims, tried on random laws that have none there."""
    law = data.draw(finite_laws(max_atoms=8))
    before, last = data.draw(st.sampled_from(forced_staircase(law, epsilon).intervals))
    outside = [i for i in range(len(law)) if not before < i <= last]
    if outside:
        rival = data.draw(finite_laws(atoms=len(outside)))
        weights = dict(zip(outside, rival.weights, strict=True))
        assert kolmogorov_smirnov(law, weights) > epsilon


@given(finite_laws(max_atoms=7), tolerances)
def test_the_smallest_support_is_that_of_an_integer_program(law: FiniteLaw, epsilon: Fraction) -> None:
    """The other road: HiGHS minimises the number of atoms with a binary variable for each point."""
    n = len(law)
    sums = np.tril(np.ones((n, n)))
    target = sums @ np.array([float(weight) for weight in law.weights])
    slack = float(epsilon) + 1e-9  # HiGHS decides in floating point: a tie must not count as outside
    solved = milp(
        np.concatenate([np.zeros(n), np.ones(n)]),
        integrality=np.concatenate([np.zeros(n), np.ones(n)]),
        bounds=Bounds(0, 1),
        constraints=[
            (np.hstack([sums, np.zeros((n, n))]), target - slack, target + slack),
            (np.hstack([np.ones(n), np.zeros(n)]), 1, 1),
            (np.hstack([np.eye(n), -np.eye(n)]), -np.inf, 0),
        ],
    )

    assert round(solved.fun) == threshold_support(law, epsilon).value


@pytest.mark.parametrize("epsilon", ["1", "1/2", "1/3", "1/4", "3/20", "1/10", "1/22", "1/32"])
def test_fine_grids_confirm_the_law(epsilon: str) -> None:
    """Two roads: the staircase with its forced steps, and ceil(1/(2 eps))."""
    points = 500
    predicted = THRESHOLDS.prediction.at(epsilon=epsilon, largest_atom=Fraction(1, points))

    verdict = judge(predicted, threshold_support(uniform(points), Fraction(epsilon)), resolution=1.0)

    assert verdict.outcome is Outcome.HOLDS


@pytest.mark.parametrize("planted", ["1/18", "1/22", "1/6"])
def test_another_law_fails(planted: str) -> None:
    """The planted mistakes: one atom less, one more, and 1/eps^2-like growth at another epsilon."""
    predicted = THRESHOLDS.prediction.at(epsilon=planted, largest_atom=0)

    verdict = judge(predicted, threshold_support(uniform(500), Fraction(1, 20)), resolution=1.0)

    assert verdict.outcome is Outcome.FAILS


def test_a_coarse_grid_needs_fewer_atoms() -> None:
    """Three points need no more than three atoms, where a law without atoms asks for four at eps = 1/8."""
    assert threshold_support(uniform(3), Fraction(1, 8)).value == 3


def test_no_tolerance_is_refused() -> None:
    """A tolerance of zero asks for the law itself."""
    with pytest.raises(ValueError, match="epsilon must be positive"):
        threshold_support(uniform(3), Fraction(0))
