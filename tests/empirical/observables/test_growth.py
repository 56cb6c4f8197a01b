"""Growth exponents: exact on powers, honest about seeds, and never assumed to be one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.measurement import Measurement
from empirical.observables.growth import (
    Growth,
    geometric_mean_over_seeds,
    growth,
    growth_exponent,
    lack_of_fit,
)

CAPACITIES = [7, 13, 25, 37, 61, 97]


@given(st.floats(-2, 3), st.lists(st.floats(0.1, 50), min_size=2, max_size=5))
def test_the_exponent_of_a_power_law_is_found(exponent: float, factors: list[float]) -> None:
    """Support = a capacity^b gives b for every seed, whatever its a."""
    rows = [[factor * capacity**exponent for capacity in CAPACITIES] for factor in factors]

    found = growth_exponent(CAPACITIES, rows)

    # Sums of a few logarithms: far below 1e-9.
    assert found.value == pytest.approx(exponent, abs=1e-9)
    assert found.upper - found.lower < 1e-8


def planted(generator: np.random.Generator, seeds: int) -> list[list[float]]:
    """Supports of exponent 0.7; the seeds agree at capacity 30 and their slopes deviate by 0.2."""
    slopes = 0.7 + 0.2 * generator.standard_normal(seeds)
    return [[20 * (capacity / 30) ** slope for capacity in CAPACITIES] for slope in slopes]


def test_the_interval_covers_the_planted_exponent() -> None:
    """In 95 % of sweeps with 4 seeds: of 1,000, between 920 and 980 (more than four standard errors)."""
    generator = np.random.default_rng(0)
    found = [growth_exponent(CAPACITIES, planted(generator, 4)) for _ in range(1000)]

    assert 920 <= sum(one.lower <= 0.7 <= one.upper for one in found) <= 980


def test_pooling_the_points_would_not_cover() -> None:
    """The planted mistake: an interval that counts every point as independent is far too narrow."""
    generator, covered = np.random.default_rng(0), 0
    x = np.log(CAPACITIES) - np.log(CAPACITIES).mean()
    for _ in range(1000):
        rows = np.log(planted(generator, 4))
        slope = (rows @ x).sum() / (4 * x @ x)
        residuals = rows - rows.mean() - slope * x
        error = np.sqrt((residuals**2).sum() / (rows.size - 2) / (4 * x @ x))
        covered += abs(slope - 0.7) <= 2.07 * error  # Student's quantile at 22 degrees of freedom

    assert covered < 800


@pytest.mark.parametrize(
    ("lower", "upper", "says"),
    [
        (-0.1, 0.5, Growth.NONE),
        (0.2, 0.8, Growth.SLOWER),
        (0.2, 1.1, Growth.PROPORTIONAL),
        (1.1, 1.5, Growth.FASTER),
        (-0.8, -0.2, Growth.SHRINKING),
        (-0.1, 1.1, Growth.UNDECIDED),
        (0.0, 0.5, Growth.NONE),
        (0.5, 1.0, Growth.PROPORTIONAL),
    ],
)
def test_words_follow_the_interval(lower: float, upper: float, says: Growth) -> None:
    """Each place of the interval relative to 0 and 1 has its own sentence; an end counts as inside."""
    exponent = Measurement(
        observable="growth_exponent",
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        confidence=0.95,
        unit="1",
        obtained="planted",
    )

    assert growth(exponent) is says


def test_the_geometric_mean_is_scale_free() -> None:
    """Mean and interval of c x are c times those of x."""
    one = geometric_mean_over_seeds("fooling_support", [4.0, 8.0, 16.0], unit="atoms")
    ten = geometric_mean_over_seeds("fooling_support", [40.0, 80.0, 160.0], unit="atoms")

    assert one.value == pytest.approx(8.0)
    assert [ten.lower, ten.value, ten.upper] == pytest.approx(
        [10 * e for e in (one.lower, one.value, one.upper)]
    )


def test_equal_seeds_have_a_point_for_an_interval() -> None:
    """No spread, no width; the mean stays inside in spite of rounding."""
    found = geometric_mean_over_seeds("fooling_support", [5.0, 5.0, 5.0], unit="atoms")

    assert found.lower <= found.value <= found.upper == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("capacities", "rows", "fault"),
    [
        ([1, 2], [[1.0, 2.0]], "at least two"),
        ([1], [[1.0], [1.0]], "at least two capacities"),
        ([2, 2], [[1.0, 2.0], [1.0, 2.0]], "at least two capacities"),
        ([1, 2], [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], "one support for each"),
        ([1, 2], [[1.0, 0.0], [1.0, 2.0]], "positive"),
    ],
)
def test_what_has_no_slope_is_refused(capacities: list[int], rows: list[list[float]], fault: str) -> None:
    """One seed has no spread, one capacity no slope, and zero no logarithm."""
    with pytest.raises(ValueError, match=fault):
        growth_exponent(capacities, rows)


def test_lack_of_fit_is_the_worst_factor() -> None:
    """An exact power fits within a factor 1; of 1, e, 1 at equal steps the middle is off by e^(2/3)."""
    assert lack_of_fit([1, 2, 4], [[3.0, 6.0, 12.0], [5.0, 10.0, 20.0]]) == pytest.approx(1, abs=1e-12)

    # The line through 0, 1, 0 is flat at 1/3, by hand.
    assert lack_of_fit([1, 2, 4], [[1.0, np.e, 1.0]] * 2) == pytest.approx(np.exp(2 / 3), rel=1e-12)
