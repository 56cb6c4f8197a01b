"""Probabilities of intervals keep their digits, narrow or far: against fifty-digit arithmetic."""

import mpmath
import numpy as np
import pytest

from empirical.densities.gaussian_interval import log_interval_mass, log_interval_mean

# A logarithm below 745 in size moves by one part in 1e16 per rounding of the ends, and a large one by as many
# parts of itself; ten roundings cover both.
TOLERANCE = 2e-15


def exact(left: float, width: float) -> mpmath.mpf:
    """The log probability with fifty digits, by error functions of the upper tail."""
    with mpmath.workdps(50 + int(max(0.0, left**2 / 4))):
        low, high = mpmath.mpf(left), mpmath.mpf(left) + mpmath.mpf(width)
        if high <= 0:
            low, high = -high, -low
        tails = [mpmath.erfc(end / mpmath.sqrt(2)) / 2 if end < mpmath.inf else 0 for end in (low, high)]
        return mpmath.log(tails[0] - tails[1])


def intervals() -> list[tuple[float, float]]:
    """Left ends on all scales, and widths from 1e-12 to the whole half line."""
    random = np.random.default_rng(0)
    lefts = [s * random.normal() for s in (1e-8, 1.0, 3.0, 30.0) for _ in range(40)]
    widths = np.exp(random.uniform(-28, 5, len(lefts)))
    widths[::7] = np.inf
    return list(zip(lefts, widths.tolist(), strict=True))


def test_the_log_probability_is_that_of_fifty_digits() -> None:
    """Relative to the logarithm's size, for intervals on either side of 0 and across it."""
    for left, width in intervals():
        found = log_interval_mass(np.array([left]), np.array([left + width]), np.array([width]))[0]
        true = float(exact(left, width))
        assert abs(found - true) <= TOLERANCE * max(1.0, abs(true)), (left, width)


def test_the_difference_of_distribution_functions_would_not_do() -> None:
    """The planted road: at 9 standard deviations, or for a narrow interval, it has lost its digits."""
    from scipy.special import ndtr

    for left, width in ((9.0, 1.0), (1.0, 1e-12)):
        naive = np.log(ndtr(left + width) - ndtr(left)) if left < 8.5 else -np.inf
        assert abs(naive - float(exact(left, width))) > 1e-6


def test_the_mean_is_the_mass_over_the_width() -> None:
    """And at width 0 the log density itself."""
    for left, width in intervals():
        ends = np.array([left]), np.array([left + width]), np.array([width])
        if np.isfinite(width):
            assert log_interval_mean(*ends)[0] + np.log(width) == pytest.approx(
                log_interval_mass(*ends)[0], rel=TOLERANCE, abs=TOLERANCE
            )
    point = np.array([1.5])
    density = -(1.5**2) / 2 - np.log(2 * np.pi) / 2
    assert log_interval_mean(point, point, np.zeros(1))[0] == pytest.approx(density, rel=1e-15)
    assert log_interval_mass(point, point, np.zeros(1))[0] == -np.inf


def test_the_whole_line_has_probability_one() -> None:
    """Both ends infinite, and intervals that no number reaches."""
    infinite = np.array([np.inf])
    assert log_interval_mass(-infinite, infinite, infinite)[0] == 0.0
    far = np.array([1e200])
    assert log_interval_mass(far, infinite, infinite)[0] == -np.inf
