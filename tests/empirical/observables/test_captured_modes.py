"""The customary score of a benchmark: planted samples give their planted numbers, a wrong radius is seen."""

from math import log

import numpy as np
import pytest

from empirical.observables.captured_modes import score
from empirical.targets import GRID, RING
from empirical.training import stream


@pytest.mark.parametrize("planted", [1, 3, 8])
def test_planted_modes_are_counted(planted: int) -> None:
    """Samples at that many centres, equally often, and as many far away: half are good, all modes found."""
    centres = RING.modes.numpy()[:planted]
    samples = np.concatenate((np.repeat(centres, 10, axis=0), np.zeros((10 * planted, 2))))

    found = score(samples, RING)

    assert found.modes == planted
    assert found.high_quality == 0.5
    assert found.reverse_divergence == pytest.approx(log(8 / planted), abs=1e-12)


def test_the_datas_own_samples_reach_the_exact_ceiling() -> None:
    """Second road: 20,000 of the grid's samples have the exact share of good ones, to five deviations."""
    found = score(GRID.sample(20_000, stream(0, "sampling")).numpy(), GRID)
    ceiling = GRID.high_quality_ceiling()

    assert abs(found.high_quality - ceiling) < 5 * (ceiling * (1 - ceiling) / 20_000) ** 0.5
    assert found.modes == 25
    # Its mean is (k - 1)/2n = 6e-4, that of a chi-squared of 24 degrees of freedom over 2n: five deviations.
    assert found.reverse_divergence < (24 + 5 * 48**0.5) / 40_000


def test_one_sample_captures_one_mode_only() -> None:
    """The boundary of the ball is in it, the point beyond is not."""
    beside = GRID.modes.numpy()[:1] + np.array([[3 * GRID.sigma * (1 - 1e-12), 0.0]])

    assert score(beside, GRID).modes == 1
    assert score(beside + 1e-9, GRID).modes == 0
    assert np.isnan(score(beside + 1e-9, GRID).reverse_divergence)


def test_another_radius_gives_another_share() -> None:
    """A planted fault: with one sigma for three, the share of the data's own samples is 39 % and not 99 %."""
    found = score(GRID.sample(2_000, stream(1, "sampling")).numpy(), GRID, sigmas=1.0)

    assert found.high_quality == pytest.approx(1 - np.exp(-0.5), abs=0.06)


@pytest.mark.parametrize("samples", [np.zeros((0, 2)), np.zeros((5, 3))])
def test_samples_that_do_not_fit_are_refused(samples: np.ndarray) -> None:
    """No samples, or those of another space."""
    with pytest.raises(ValueError, match="pass \\(n, 2\\)"):
        score(samples, GRID)
