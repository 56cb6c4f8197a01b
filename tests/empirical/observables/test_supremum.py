"""Suprema over balls, enclosed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.observables.supremum import supremum


@given(st.integers(1, 3), st.floats(0.1, 5), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_a_cone_has_its_tip_where_it_is_nearest(dim: int, radius: float, tip: list[float]) -> None:
    """-|v - t| is 1-Lipschitz; its supremum is 0 with t in the ball, else minus the distance to the ball."""
    point = np.array(tip[:dim]) * 4
    exact = -max(0.0, float(np.linalg.norm(point)) - radius)
    lower, upper = supremum(
        lambda v: -np.linalg.norm(v - point, axis=1), dim, radius, lipschitz=1.0, tolerance=0.05
    )

    assert lower - 1e-12 <= exact <= upper + 1e-12  # norms are rounded
    assert upper - lower <= 0.05 + 1e-12


def test_two_waves_against_a_fine_grid() -> None:
    """Second road: the best of a million points lies in the enclosure, up to the grid's distance."""

    def wave(v: np.ndarray) -> np.ndarray:
        return np.cos(3 * v[:, 0]) * np.sin(2 * v[:, 1] + 1) + v[:, 0] / 4

    lower, upper = supremum(wave, 2, 2.0, lipschitz=5.0, tolerance=0.01)
    axis = np.linspace(-2, 2, 1000)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    best = wave(grid[np.linalg.norm(grid, axis=1) <= 2]).max()

    assert best <= upper
    assert lower <= best + 5.0 * 4 / 1000


def test_a_level_stops_the_search_early() -> None:
    """Below the level nothing is resolved: fewer values are asked for, and the enclosure reaches up to it."""
    asked = []

    def low(v: np.ndarray) -> np.ndarray:
        asked.append(len(v))
        return np.cos(v[:, 0]) / 10

    fine = supremum(low, 2, 3.0, lipschitz=0.1, tolerance=1e-3)
    cost = sum(asked)
    asked.clear()
    coarse = supremum(low, 2, 3.0, lipschitz=0.1, tolerance=1e-3, level=0.5)

    assert sum(asked) < cost / 10
    assert coarse[0] <= fine[1] <= coarse[1] == 0.5


def test_a_lipschitz_constant_that_is_too_small_misses_a_peak() -> None:
    """Why the constant must be derived: told a smaller one, the search drops the cube with the peak."""

    def peak(v: np.ndarray) -> np.ndarray:
        return np.maximum(0, 1 - 20 * np.linalg.norm(v - 1.3, axis=1))

    _, honest = supremum(peak, 2, 2.0, lipschitz=20.0, tolerance=0.05)
    _, fooled = supremum(peak, 2, 2.0, lipschitz=0.01, tolerance=0.05)
    assert fooled < 1 <= honest


@pytest.mark.parametrize("wrong", [{"radius": 0.0}, {"lipschitz": -1.0}, {"tolerance": 0.0}])
def test_what_is_not_positive_is_refused(wrong: dict[str, float]) -> None:
    """No search without a ball, a constant and a tolerance."""
    numbers = {"radius": 1.0, "lipschitz": 1.0, "tolerance": 0.1} | wrong
    with pytest.raises(ValueError, match="must be positive"):
        supremum(lambda v: v[:, 0], 2, **numbers)
