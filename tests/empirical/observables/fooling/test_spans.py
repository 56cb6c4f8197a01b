"""Fooling supports of spans: exact moments, and no smaller support."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from empirical.judge import Outcome, judge
from empirical.observables.fooling import matching_law, random_features, span_support
from tests.strategies import finite_laws
from theory.fooling_support import CARATHEODORY, CARATHEODORY_WITH_CONSTANT
from theory.laws import FiniteLaw

Rows = list[list[int]]


@st.composite
def featured_laws(draw: st.DrawFn) -> tuple[Rows, FiniteLaw]:
    """Up to 7 points with up to 3 small integer features, often in special position."""
    law = draw(finite_laws(max_atoms=7))
    columns = draw(st.integers(1, 3))
    row = st.lists(st.integers(-2, 2), min_size=columns, max_size=columns)
    return draw(st.lists(row, min_size=len(law), max_size=len(law))), law


def uniform(points: int) -> FiniteLaw:
    return FiniteLaw([Fraction(1, points)] * points)


@given(featured_laws())
def test_the_found_law_has_the_same_moments(drawn: tuple[Rows, FiniteLaw]) -> None:
    """Positive weights of sum one on at most n + 1 points, and each mean exactly that of the data law."""
    features, law = drawn

    weights = matching_law(features, law)

    assert len(weights) <= len(features[0]) + 1
    assert all(weight > 0 for weight in weights.values())
    assert sum(weights.values()) == 1
    for column in range(len(features[0])):
        ours = sum(weight * features[point][column] for point, weight in weights.items())
        assert ours == sum(weight * row[column] for weight, row in zip(law.weights, features, strict=True))


@given(featured_laws())
def test_the_smallest_support_is_that_of_linear_programs(drawn: tuple[Rows, FiniteLaw]) -> None:
    """The other road: ask HiGHS for each support, sizes from below, whether moments can be matched."""
    features, law = drawn
    rows = np.array([[1, *row] for row in features], dtype=float)
    mean = rows.T @ np.array([float(weight) for weight in law.weights])
    smallest = next(
        m
        for m in range(1, len(rows) + 1)
        for support in combinations(range(len(rows)), m)
        if linprog(np.zeros(m), A_eq=rows[list(support)].T, b_eq=mean).status == 0
    )

    assert span_support(features, law).value == smallest


@pytest.mark.parametrize("functions", [1, 2, 3, 5, 9])
def test_random_features_confirm_the_law(functions: int) -> None:
    """In general position n functions need n + 1 atoms, and a constant feature among them saves one."""
    features = random_features(functions, supports=500, most_points=30, seed=functions)
    law = uniform(len(features))
    predicted = CARATHEODORY.prediction.at(functions=functions)
    saved = CARATHEODORY_WITH_CONSTANT.prediction.at(functions=functions + 1)

    assert judge(predicted, span_support(features, law), resolution=1.0).outcome is Outcome.HOLDS
    with_constant = span_support([[3, *row] for row in features], law)
    assert judge(saved, with_constant, resolution=1.0).outcome is Outcome.HOLDS


@pytest.mark.parametrize("offset", [-1, 1])
def test_a_law_that_is_off_by_one_fails(offset: int) -> None:
    """The planted mistakes n and n + 2 are both seen."""
    features = random_features(4, supports=500, most_points=30, seed=0)
    planted = CARATHEODORY.prediction.at(functions=4 + offset)

    verdict = judge(planted, span_support(features, uniform(len(features))), resolution=1.0)

    assert verdict.outcome is Outcome.FAILS


def test_special_positions_need_fewer_atoms() -> None:
    """The smallest support is computed, not read off n + 1: one atom at 0 has the mean of -1, 0 and 1."""
    assert span_support([[-1], [0], [1]], uniform(3)).value == 1


def test_gauss_quadrature_is_found() -> None:
    """Degree 3 has the three functions x, x^2, x^3, but two nodes at -1 and 1 match the law on -2, ..., 2."""
    features = [[x, x**2, x**3] for x in (-2, -1, 0, 1, 2)]
    law = FiniteLaw(Fraction(weight, 18) for weight in (1, 5, 6, 5, 1))

    assert span_support(features, law).value == 2


@given(st.integers(1, 12), st.integers(0, 3))
def test_random_features_stay_within_the_budget(functions: int, seed: int) -> None:
    """More points than n + 1, so that pivoting has work; reproducible; all supports affordable."""
    features = random_features(functions, supports=500, most_points=30, seed=seed)

    assert len(features) >= functions + 2
    assert features == random_features(functions, supports=500, most_points=30, seed=seed)
    assume(len(features) > functions + 2)
    assert len(features) <= 30


def test_features_of_other_points_are_refused() -> None:
    """One row for each point of the law."""
    with pytest.raises(ValueError, match="2 points do not belong to a law on 3"):
        span_support([[1], [2]], uniform(3))
