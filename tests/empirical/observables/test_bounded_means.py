"""Intervals for means of bounded variables hold, whatever the sample."""

import numpy as np
import pytest
from scipy.stats import binom

from empirical.observables.bounded_means import Mean, bounded_mean


def missed(probability: float, n: int, error: float) -> float:
    """The exact probability with which the interval of n Bernoulli draws misses their mean."""
    total = 0.0
    for hits in range(n + 1):
        mean = bounded_mean(np.repeat([1.0, 0.0], [hits, n - hits]), 0.0, 1.0, error)
        if not mean.lower <= probability <= mean.upper:
            total += float(binom.pmf(hits, n, probability))
    return total


@pytest.mark.parametrize("probability", [1e-4, 0.01, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("n", [2, 20, 200])
def test_the_interval_misses_no_more_often_than_stated(probability: float, n: int) -> None:
    """For Bernoulli draws the probability of a miss is a finite sum, and at most the stated error."""
    assert missed(probability, n, 0.05) <= 0.05


def test_a_normal_interval_would_miss() -> None:
    """With mean 0.01, 20 draws are all 0 with probability 0.82, and their normal interval is the point 0."""
    n, probability = 20, 0.01
    total = 0.0
    for hits in range(n + 1):
        values = np.repeat([1.0, 0.0], [hits, n - hits])
        if abs(values.mean() - probability) > 1.96 * values.std(ddof=1) / np.sqrt(n):
            total += float(binom.pmf(hits, n, probability))
    assert total > 0.8 and missed(probability, n, 0.05) <= 0.05


def test_a_small_variance_gives_a_short_interval() -> None:
    """With a small variance the interval is much shorter than Hoeffding's, which knows the range alone."""
    n = 1_000_000
    values = np.zeros(n)
    values[: n // 10_000] = 1.0  # variance 1e-4
    mean = bounded_mean(values, 0.0, 1.0, 0.01)
    hoeffding = np.sqrt(np.log(2 / 0.01) / (2 * n))
    assert mean.upper - mean.value < hoeffding / 10
    assert mean.lower <= 1e-4 <= mean.upper


def test_ends_add_up() -> None:
    """Sums and differences of intervals hold all sums and differences of their points."""
    a, b = Mean(1.0, 0.5, 2.0), Mean(3.0, 2.5, 3.25)
    assert a + b == Mean(4.0, 3.0, 5.25)
    assert a - b == Mean(-2.0, -2.75, -0.5)


def test_bad_input() -> None:
    """Too few values, values outside the range, NaN, and an impossible error are refused."""
    with pytest.raises(ValueError, match="at least two draws"):
        bounded_mean(np.zeros(1), 0.0, 1.0, 0.01)
    for wrong in (1.1, -0.1, np.nan):
        with pytest.raises(ValueError, match="known beforehand"):
            bounded_mean(np.array([0.5, wrong]), 0.0, 1.0, 0.01)
    with pytest.raises(ValueError, match="error must lie"):
        bounded_mean(np.zeros(2), 0.0, 1.0, 0.0)
