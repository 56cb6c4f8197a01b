"""The Parzen window estimates the smoothed law, exactly known here, and not the law itself."""

from math import hypot

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from empirical.densities.noisy.noisy_law import noisy_law
from empirical.observables.evidence import best_bandwidth, exact_log_likelihood, parzen
from empirical.observables.evidence.parzen import log_parzen
from tests.empirical.observables.evidence.models import folded

BANDWIDTH = 0.25


def test_it_is_the_kernel_density_estimate() -> None:
    """Against scipy's, whose bandwidth is a factor times the samples' own spread."""
    random = np.random.default_rng(0)
    samples = random.normal(size=(300, 1))
    x = random.normal(size=(20, 1))
    known = gaussian_kde(samples[:, 0], bw_method=BANDWIDTH / samples.std(ddof=1))

    assert log_parzen(samples, x, BANDWIDTH) == pytest.approx(known.logpdf(x[:, 0]), abs=1e-12)


def test_the_mean_estimate_is_the_density_with_more_noise() -> None:
    """E p_hat = p with noise sqrt(sigma^2 + h^2), to z-scores below 4 at 20 points; not p with sigma."""
    _, law = folded(2)
    x = law.sample(20, seed=1)
    samples = law.sample(40_000, seed=2)
    squares = ((x[:, None] - samples) ** 2).sum(axis=2)
    kernels = np.exp(-squares / (2 * BANDWIDTH**2)) / (2 * np.pi * BANDWIDTH**2)
    error = kernels.std(axis=1) / len(samples) ** 0.5
    smooth = noisy_law(law.layers, law.latent, hypot(law.noise, BANDWIDTH))

    assert np.abs((kernels.mean(axis=1) - np.exp(smooth.log_prob(x))) / error).max() < 4
    assert np.abs((kernels.mean(axis=1) - np.exp(law.log_prob(x))) / error).max() > 10


def test_the_estimate_lies_below_the_smoothed_likelihood() -> None:
    """By Jensen's inequality; with many samples close to it."""
    _, law = folded(2)
    x = law.sample(50, seed=1)
    smooth = exact_log_likelihood(noisy_law(law.layers, law.latent, hypot(law.noise, BANDWIDTH)), x)
    few, many = (parzen(law, x, BANDWIDTH, samples=m, repetitions=8, seed=3) for m in (100, 20_000))

    assert few.upper < smooth.value
    assert many.lower <= smooth.upper
    assert many.value == pytest.approx(smooth.value, abs=0.02)


def test_the_bandwidth_is_the_likeliest_of_the_candidates() -> None:
    """The chosen one beats the others on the held-out points, neither the narrowest nor the widest."""
    _, law = folded(2)
    held_out = law.sample(100, seed=4)
    candidates = [0.001, 0.1, 10.0]

    assert best_bandwidth(law, held_out, candidates, samples=2000, seed=5) == 0.1
    with pytest.raises(ValueError, match="bandwidth must be positive"):
        log_parzen(held_out, held_out, 0.0)
