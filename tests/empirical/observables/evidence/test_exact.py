"""The interval of an exact log likelihood holds the truth, where it is known."""

import numpy as np
import pytest

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.latents import Normal, Uniform
from empirical.densities.noisy.noisy_law import noisy_law
from empirical.observables.evidence import exact_log_likelihood


@pytest.mark.parametrize("latent", [Normal(1), Uniform(1), Normal(2), Uniform(2)])
def test_the_interval_holds_the_truth(latent: Normal | Uniform) -> None:
    """Of a constant decoder, N(b, sigma^2 I): it allows for what stands in for two uniform ones."""
    offset = np.array([1.0, -2.0])
    constant = (AffineLayer(np.zeros((2, latent.dim)), offset, np.ones(2)),)
    x = np.array([[1.0, -2.0], [4.0, 0.5]])
    known = float((-((x - offset) ** 2).sum(axis=1) / 0.18 - np.log(2 * np.pi * 0.09)).mean())
    found = exact_log_likelihood(noisy_law(constant, latent, 0.3), x)

    assert found.lower <= known <= found.upper
    assert found.upper - found.lower < 2e-10
