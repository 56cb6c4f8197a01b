"""Cosine neurons against the circle: their mean, their Lipschitz constant and their best advantage."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from empirical.observables.cosine_neurons import LIPSCHITZ, RANGE_WIDTH, advantages, largest_advantage


def neuron(v: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Every neuron at every point."""
    return (1 + np.cos(v @ x.T)) / 2


def circle(count: int) -> np.ndarray:
    """Equally spaced points of the unit circle."""
    angles = 2 * math.pi * np.arange(count) / count
    return np.stack((np.cos(angles), np.sin(angles)), axis=1)


@given(st.lists(st.floats(-6, 6), min_size=2, max_size=2))
def test_the_mean_over_the_circle_is_bessels(v: list[float]) -> None:
    """Second road: 64 equally spaced points integrate these cosines to rounding, so no advantage is left.

    The trapezoidal rule errs by J_64(|v|) and beyond, below 1e-30 for |v| < 9.
    """
    assert advantages(np.array([v]), circle(64))[0] < 1e-13


def test_one_atom_has_the_advantage_of_its_neuron() -> None:
    """By hand: at x = (1, 0) and v = (pi, 0) the neuron says 0: the circle's mean is the advantage."""
    v, x = np.array([[math.pi, 0.0]]), np.array([[1.0, 0.0]])
    mean = neuron(v, circle(64)).mean()

    assert abs(advantages(v, x)[0] - mean) < 1e-13  # the trapezoidal rule again, and rounding


def test_the_lipschitz_constant_is_one_half_and_no_less() -> None:
    """Between random parameters no neuron moves faster than 1/2, and some move almost that fast."""
    random = np.random.default_rng(0)
    first = random.uniform(-4, 4, size=(2000, 2))
    second = first + random.normal(size=(2000, 2)) * 1e-3
    moved = np.abs(neuron(first, circle(64)) - neuron(second, circle(64))).max(axis=1)
    rate = moved / np.linalg.norm(first - second, axis=1)

    assert rate.max() <= float(LIPSCHITZ) + 1e-9  # differences of numbers near 1 over distances near 1e-3
    assert rate.max() > 0.99 * float(LIPSCHITZ)
    assert np.ptp(neuron(first, circle(64))) <= RANGE_WIDTH


def test_the_best_advantage_is_at_least_that_of_any_neuron() -> None:
    """Second road: a fine grid of neurons finds none above the enclosure, and nearly its lower end."""
    draws = circle(7)[:3]
    lower, upper = largest_advantage(draws, 3.0, epsilon=0.01, tolerance=0.005)
    axis = np.linspace(-3, 3, 301)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    best = advantages(grid[np.linalg.norm(grid, axis=1) <= 3], draws).max()

    assert best <= upper <= lower + 0.005
    assert lower <= best + 0.02 * math.sqrt(2) / 2  # twice Lambda times half a diagonal of the grid
