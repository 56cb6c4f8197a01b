"""Samples on and off the circle: planted errors are found, even samples have none but chance."""

import numpy as np
import pytest

from empirical.observables.circle_fit import angle_distance, radius_error
from empirical.targets import CIRCLE
from empirical.training import stream


def on_circle(angles: np.ndarray, radius: float = 1.0) -> np.ndarray:
    return radius * np.stack((np.cos(angles), np.sin(angles)), axis=1)


EVEN = on_circle(2 * np.pi * (np.arange(8_000) + 0.5) / 8_000)


@pytest.mark.parametrize(("radius", "planted"), [(1.0, 0.0), (1.25, 0.25), (0.5, 0.5), (1e-9, 1.0)])
def test_a_planted_radius_is_found(radius: float, planted: float) -> None:
    """Too large, too small, and collapsed to the centre."""
    assert radius_error(radius * EVEN, 1.0) == pytest.approx(planted, abs=1e-8)


def test_inside_and_outside_do_not_cancel() -> None:
    """The control of a mean without its bars: half inside and half outside is no circle."""
    assert radius_error(np.concatenate((0.7 * EVEN, 1.3 * EVEN)), 1.0) == pytest.approx(0.3, abs=1e-12)


@pytest.mark.parametrize(("kept", "planted"), [(8, 0.0), (4, 0.5), (1, 7 / 8)])
def test_missing_sectors_are_found(kept: int, planted: float) -> None:
    """Samples in so many of eight sectors only are at 1 - kept/8 from even ones."""
    assert angle_distance(EVEN[: 1_000 * kept]) == pytest.approx(planted, abs=1e-12)


def test_the_circles_own_samples_are_off_by_chance_alone() -> None:
    """Second road: the expected distance of uniform samples, of which half a normal deviation is known."""
    found = [angle_distance(CIRCLE.sample(2_000, stream(seed, "sampling")).numpy()) for seed in range(200)]
    # Eight binomial shares: the sum of k half-normal means, sqrt((k - 1) / (2 pi n)); the mean of 200 is
    # known to 2 % by its own spread, and the normal limit to 1 %.
    assert np.mean(found) == pytest.approx(np.sqrt(7 / (2 * np.pi * 2_000)), rel=0.1)


def test_an_angle_a_rounding_below_zero_has_a_sector() -> None:
    """The last sector ends where the first begins."""
    assert angle_distance(np.array([[1.0, -1e-300]])) == pytest.approx(7 / 8)


def test_bad_samples_are_refused() -> None:
    """Another space, no samples, no radius, one sector."""
    with pytest.raises(ValueError, match="pass \\(n, 2\\) and 1"):
        radius_error(EVEN, 0.0)
    with pytest.raises(ValueError, match="pass \\(n, 2\\) and 8"):
        angle_distance(EVEN, 1)
    with pytest.raises(ValueError, match="shape \\(0, 2\\)"):
        radius_error(EVEN[:0], 1.0)
