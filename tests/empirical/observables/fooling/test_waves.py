"""Wave classes: inner maxima against explicit discriminators, supports between the theorems' bounds."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.observables.fooling.waves import (
    ball_advantage,
    ball_support,
    ball_support_at_most,
    cosine_advantage,
    cosine_support,
    cosine_support_at_most,
    frequencies,
    wave_numbers,
)
from theory.small_bias import cosine_support_at_least


def sphere_points(count: int) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((count, 4))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_no_coefficients_do_better_than_the_norm(seed: int, pairs: int) -> None:
    """The other road: the discriminator along the difference attains it, and random ones stay below."""
    generator = np.random.default_rng(seed)
    real, fake, weights = sphere_points(9), generator.standard_normal((3, 4)), np.array([0.5, 0.3, 0.2])
    waves = wave_numbers(pairs, 4, 2.0, seed)

    def features(x: np.ndarray) -> np.ndarray:
        return np.concatenate([np.cos(x @ waves.T), np.sin(x @ waves.T)], axis=1) / pairs**0.5

    difference = features(real).mean(axis=0) - weights @ features(fake)
    coefficients = np.concatenate([difference[None], generator.standard_normal((50, 2 * pairs))])
    coefficients /= np.linalg.norm(coefficients, axis=1, keepdims=True)
    attained = (1 + features(real) @ coefficients.T).mean(axis=0) / 2
    attained -= weights @ (1 + features(fake) @ coefficients.T) / 2

    best = ball_advantage(waves, real, fake, weights)
    assert attained[0] == pytest.approx(best, abs=1e-12)  # sums of a few dozen products
    assert attained.max() <= best + 1e-12


@given(st.integers(0, 10**6))
def test_no_neuron_does_better_than_the_enumeration(seed: int) -> None:
    """The other road: neurons on a grid of phases, means over uniform data written down; the best is met."""
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, (4, 2))
    waves = frequencies(2, 2)
    phases = np.linspace(0, 2 * np.pi, 721)
    cosines = np.cos((angles @ waves.T)[:, :, None] + phases).mean(axis=0)  # uniform data give 0
    attained = np.abs(cosines).max() / 2

    best = cosine_advantage(angles, waves)
    # Half a step of the phases loses 1 - cos(pi/720).
    assert best * np.cos(np.pi / 720) - 1e-12 <= attained <= best + 1e-12


def test_frequencies_are_all_without_their_negatives() -> None:
    """(2L + 1)^p - 1 frequencies in pairs; 0 is not among them."""
    waves = frequencies(3, 2)

    assert len(waves) == (5**3 - 1) // 2
    assert len({tuple(wave) for wave in np.concatenate([waves, -waves])}) == 5**3 - 1
    assert not (waves == 0).all(axis=1).any()


def test_equispaced_atoms_fool_all_low_frequencies() -> None:
    """L + 1 equal atoms on the circle have no bias up to frequency L, and a full one at L + 1."""
    angles = 2 * np.pi * np.arange(6)[:, None] / 6

    assert cosine_advantage(angles, frequencies(1, 5)) < 1e-15
    assert cosine_advantage(angles, frequencies(1, 6)) == pytest.approx(0.5)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_cosine_supports_lie_between_the_theorems(dimension: int) -> None:
    """Not below the Welch-type bound for any search, and here not above what is enough."""
    epsilon = Fraction(1, 5)
    found = cosine_support(dimension, 1, float(epsilon), seed=0, most=200)

    assert int(cosine_support_at_least(dimension, 1, epsilon)) <= found
    assert found <= cosine_support_at_most(dimension, 1, epsilon)


def test_a_tighter_tolerance_asks_for_more_atoms() -> None:
    """On the circle with frequency 1 two atoms cancel; only an advantage of 1/2 or more is fooled by one."""
    assert cosine_support(1, 1, 0.49, seed=0, most=9) == 2
    assert cosine_support(1, 1, 0.51, seed=0, most=9) == 1


@pytest.mark.parametrize("pairs", [1, 4, 32])
def test_ball_supports_stay_below_maurey_and_caratheodory(pairs: int) -> None:
    """min(n + 1, (1 - |E phi|^2)/(4 eps^2)) atoms are enough; the descent needs no more."""
    real, waves = sphere_points(64), wave_numbers(pairs, 4, 3.0, 1)
    mean = np.abs(np.exp(1j * real @ waves.T).mean(axis=0))
    bound = ball_support_at_most(2 * pairs, Fraction(1, 5), float((mean**2).mean()))

    found = ball_support(waves, real, 0.2, seed=0, most=bound + 1)

    assert 1 <= found <= bound
    assert found > 1 or pairs == 1


def test_bounds_by_hand() -> None:
    """1/(4/25) = 6.25 draws; two features and the constant need three atoms; K = 1 has two phases at best."""
    assert ball_support_at_most(100, Fraction(1, 5), 0.0) == 7
    assert ball_support_at_most(2, Fraction(1, 5), 0.0) == 3
    expected = min(np.ceil(2 * np.log(2 * j) / (0.4 * np.cos(np.pi / (2 * j))) ** 2) for j in range(2, 17))
    assert cosine_support_at_most(1, 1, Fraction(1, 5)) == expected
