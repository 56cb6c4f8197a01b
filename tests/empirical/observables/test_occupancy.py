"""How samples divide among centres."""

import numpy as np
import pytest

from empirical.observables.occupancy import occupancy

CENTRES = np.array([[0.0, 0.0], [1.0, 0.0]])


def test_a_sample_belongs_to_its_nearest_centre_within_reach() -> None:
    """Counted by hand: two at the first centre, one at the second, one too far from both."""
    samples = np.array([[0.0, 0.0], [0.2, 0.0], [0.9, 0.0], [5.0, 5.0]])
    first, second = occupancy(samples, CENTRES, 0.25, {}, seed=0)

    assert (first.value, second.value) == (0.5, 0.25)
    assert first.lower < 0.5 < first.upper


def test_overlapping_reaches_count_a_sample_once() -> None:
    """However large the radius, the shares sum to at most 1."""
    samples = np.random.default_rng(0).normal(size=(50, 2))

    assert sum(share.value for share in occupancy(samples, CENTRES, 100.0, {}, seed=0)) == 1.0


def test_a_collapsed_sample_leaves_a_centre_empty() -> None:
    """The share of an empty centre has lower limit 0, and its upper limit shrinks with the sample."""
    few, many = (occupancy(np.zeros((count, 2)), CENTRES, 0.25, {}, seed=0)[1].upper for count in (10, 1000))

    assert many < few < 1


def test_a_radius_that_is_not_positive_is_refused() -> None:
    """No sample would belong anywhere."""
    with pytest.raises(ValueError, match="radius around a centre must be positive"):
        occupancy(np.zeros((3, 2)), CENTRES, 0.0, {}, seed=0)
