"""The best discriminator on a map: known where the laws are known, blank where neither has mass."""

import numpy as np
import pytest
import torch

from empirical.densities.maps.density_map import Window
from empirical.observables.discriminator_map import discriminator_map
from empirical.targets import GaussianMixture
from empirical.targets.ring import ring

BELL = GaussianMixture("bell", ((0.0, 0.0),), 1.0, ring(1).weights)
WINDOW = Window(-8.0, 8.0, -8.0, 8.0)


def shifted(distance: float) -> np.ndarray:
    """The log density of the same bell with its centre moved along x."""
    offset = WINDOW.pixels(80) - [distance, 0.0]
    return -np.square(offset).sum(axis=-1) / 2 - np.log(2 * np.pi)


def linear(x: torch.Tensor) -> torch.Tensor:
    """The logit of D* for two unit bells at 0 and at (2, 0): 2 - 2x."""
    return 2 - 2 * x[:, :1]


def test_two_bells_have_a_logistic_optimum() -> None:
    """The log ratio of two equal bells is linear, so that a linear logit is the best one, to rounding."""
    drawn = discriminator_map(linear, BELL, shifted(2.0), WINDOW)
    shown = ~np.isnan(drawn.optimal)

    assert drawn.optimal[shown] == pytest.approx(drawn.trained[shown], abs=1e-13)
    assert 0.1 < shown.mean() < 0.9


def test_a_wrong_logit_is_seen() -> None:
    """Planted fault: the optimum for another distance differs."""
    drawn = discriminator_map(linear, BELL, shifted(2.5), WINDOW)

    assert np.nanmax(np.abs(drawn.optimal - drawn.trained)) > 0.1


def test_without_a_generator_all_is_real() -> None:
    """Where only the data have density the best output is 1; where nothing has, there is none."""
    drawn = discriminator_map(linear, BELL, np.full((80, 80), -np.inf), WINDOW)

    assert np.nanmin(drawn.optimal) == 1.0
    assert np.isnan(drawn.optimal[0, 0])
