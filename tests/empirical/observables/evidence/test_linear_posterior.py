"""What the gap of an encoder allows for the posterior of a linear decoder, against the posterior itself."""

import numpy as np
import pytest
import torch

from empirical.densities.affine_layers import affine_layers
from empirical.densities.latents import Normal
from empirical.densities.noisy.noisy_law import noisy_law
from empirical.observables.evidence import evidence_lower_bound
from empirical.observables.evidence.linear_posterior import closed_form_bound, linear_posterior
from empirical.observables.evidence.model import guess
from tests.empirical.observables.evidence.models import (
    LINEAR,
    NOISE,
    POINTS,
    POSTERIOR_VARIANCE,
    WEIGHT,
    encoder,
    folded,
    linear,
    log_evidence,
)

LAW = noisy_law(affine_layers(LINEAR.decoder), Normal(1), NOISE)
BEST_SLOPE = WEIGHT / (WEIGHT**2 + NOISE**2)


def test_the_enclosures_hold_the_truth_for_any_encoder() -> None:
    """Best bound, mean and variance of the posterior, for encoders that are more and less wrong."""
    random = np.random.default_rng(0)
    for trial in range(100):
        off = 10.0 ** -(trial % 5)
        slope = BEST_SLOPE + off * random.normal()
        variance = POSTERIOR_VARIANCE * float(np.exp(off * random.normal()))
        x = float(random.normal())
        said = linear_posterior(LAW, encoder(slope, variance), x)
        assert said.bound.lower <= float(log_evidence(torch.tensor([[x]], dtype=torch.float64)))
        assert said.bound.upper >= float(log_evidence(torch.tensor([[x]], dtype=torch.float64)))
        assert said.mean.lower <= BEST_SLOPE * x <= said.mean.upper
        assert said.variance.lower <= POSTERIOR_VARIANCE <= said.variance.upper


def test_the_enclosures_close_with_the_gap() -> None:
    """At the posterior itself only rounding is left: a square root of 2e-12 for the moments."""
    said = linear_posterior(LAW, encoder(BEST_SLOPE, POSTERIOR_VARIANCE), 0.7)

    assert said.bound.upper - said.bound.lower < 2e-12
    assert said.mean.upper - said.mean.lower < 3e-6
    assert said.variance.upper - said.variance.lower < 3e-6


def test_the_closed_form_is_the_expectation() -> None:
    """The sampled bound's interval holds it, for a decoder of two latents and three outputs."""
    decoder = linear([[1.0, -0.5], [0.3, 0.8], [0.0, 0.4]], [0.1, -0.2, 0.3])
    law = noisy_law(affine_layers(decoder), Normal(2), 0.7)
    said_by = linear([[0.2, 0.1, 0.0], [0.0, 0.3, 0.1], [0.0] * 3, [0.1, 0.0, 0.0]], [0.0, 0.1, -1.0, -0.5])
    x = torch.tensor([[0.5, -1.0, 0.2], [2.0, 0.3, -0.4]], dtype=torch.float64)
    exact = float(closed_form_bound(law, guess(said_by, x), x).mean())
    model = type(LINEAR)(decoder, 2, 0.7)
    sampled = evidence_lower_bound(model, said_by, x, samples=20_000, seed=0)

    assert sampled.lower <= exact <= sampled.upper
    assert sampled.upper - sampled.lower < 0.2


def test_a_decoder_that_folds_is_refused() -> None:
    """Its posterior is not normal."""
    _, law = folded(1)
    with pytest.raises(ValueError, match="needs one latent, one output and a linear decoder"):
        linear_posterior(law, encoder(0.5, 0.5), float(POINTS[0, 0]))
