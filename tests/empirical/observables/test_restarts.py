"""Restarts: what they promise about one more, checked on searches whose law is known."""

import numpy as np
import pytest

from empirical.observables.restarts import restarts


def test_one_more_restart_wins_as_often_as_said() -> None:
    """Of 4,000 searches without ties one more wins in 1/(r + 1); with ties more rarely.

    Tolerance: four standard errors of a share of 1/9 in 4,000.
    """
    values = np.random.default_rng(0).standard_normal((4000, 9))
    said = restarts(values[0, :8].tolist()).one_more
    wins = (values[:, 8] > values[:, :8].max(axis=1)).mean()

    assert said == pytest.approx(1 / 9)
    assert wins == pytest.approx(said, abs=4 * (said * (1 - said) / 4000) ** 0.5)
    rounded = np.round(values)
    assert (rounded[:, 8] > rounded[:, :8].max(axis=1)).mean() < wins


def test_the_share_above_is_rarely_larger_than_said() -> None:
    """Uniform values: the share above the best of 8 exceeds its limit in 5 % of 4,000 searches."""
    best = np.random.default_rng(1).random((4000, 8)).max(axis=1)
    said = restarts([0.5] * 8).share_above

    assert said == pytest.approx(1 - 0.05 ** (1 / 8))
    # Four standard errors of a share of 5 % in 4,000; it is exact for a law without ties.
    assert (1 - best > said).mean() == pytest.approx(0.05, abs=0.014)


def test_the_best_is_attained_and_the_rest_is_kept() -> None:
    """Best, median and weakest are values that restarts met."""
    found = restarts([0.1, 0.5, 0.3])

    assert (found.weakest, found.typical, found.best, found.count) == (0.1, 0.3, 0.5, 3)


def test_no_restart_says_nothing() -> None:
    """An empty search and an impossible confidence are refused."""
    with pytest.raises(ValueError, match="at least one"):
        restarts([])
    with pytest.raises(ValueError, match="confidence"):
        restarts([0.1], confidence=1.0)
