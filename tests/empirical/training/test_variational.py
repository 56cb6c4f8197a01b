"""Autoencoders: the bound that is trained is the bound, and training raises it to where it can go."""

import math

import numpy as np
import pytest
import torch

from empirical.networks import MLP
from empirical.targets import GaussianMixture, equal_weights
from empirical.training import Adam
from empirical.training.variational import VariationalSetting, lower_bounds, train_autoencoders

NORMAL = GaussianMixture("normal", ((0.0,),), 1.0, equal_weights(1))
LINEAR = VariationalSetting(NORMAL, MLP((1, 2)), MLP((1, 1)), noise=0.5, adam=Adam(2e-2))


def test_a_linear_autoencoder_reaches_the_entropy_of_its_data() -> None:
    """The best is w^2 = 1 - sigma^2 with the posterior for encoder: no bound exceeds -H = -log(2 pi e)/2."""
    trained = train_autoencoders(LINEAR, (0, 1), steps=1000)
    weights = trained.decoders["0.weight"].flatten()

    assert torch.allclose(weights.abs(), torch.full((2,), math.sqrt(0.75), dtype=torch.float64), atol=0.05)
    # The last 300 batches of 256 points: a standard error of 0.9 / 277.
    best = -(1 + math.log(2 * math.pi)) / 2
    assert trained.bounds[-300:].mean(dim=0).numpy() == pytest.approx([best, best], abs=0.02)


def test_learned_noise_explains_what_a_flat_decoder_cannot() -> None:
    """Of a latent that the start does not use, the noise takes over all of the variance or shares it."""
    setting = VariationalSetting(
        NORMAL, MLP((1, 2)), MLP((1, 1)), noise=0.2, learns_noise=True, adam=Adam(2e-2)
    )
    trained = train_autoencoders(setting, (3,), steps=800)
    explained = trained.decoders["0.weight"].square().sum() + trained.noise(0) ** 2

    assert float(explained) == pytest.approx(1, abs=0.1)


def test_the_trained_bound_is_the_expectation_that_defines_it() -> None:
    """E_q[log p(x, z) - log q(z)] by 40,000 latents and no formula for the divergence: 5 standard errors.

    With the sign of the divergence turned the same comparison fails.
    """
    setting = VariationalSetting(
        GaussianMixture("plane", ((0.5, -1.0),), 0.7, equal_weights(1)), MLP((2, 8, 4)), MLP((2, 8, 2)), 0.3
    )
    trained = train_autoencoders(setting, (0,), steps=5)
    x = setting.target.sample(4, torch.Generator().manual_seed(1))
    random = torch.randn(40_000, 4, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    encoder, decoder = trained.encoder(0), trained.decoder(0)
    with torch.no_grad():
        mean, log_variance = encoder(x).chunk(2, dim=-1)
        z = mean + (log_variance / 2).exp() * random
        prior = torch.distributions.Normal(0, 1).log_prob(z).sum(dim=-1)
        likelihood = torch.distributions.Normal(decoder(z), 0.3).log_prob(x).sum(dim=-1)
        q = torch.distributions.Normal(mean, (log_variance / 2).exp()).log_prob(z).sum(dim=-1)
    terms = (prior + likelihood - q).mean(dim=1)
    error = float(terms.std()) / math.sqrt(len(terms))
    rows = torch.cat(
        [
            torch.cat([tensor.flatten(start_dim=1) for tensor in part.values()], dim=1)
            for part in (trained.encoders, trained.decoders)
        ]
        + [trained.noises.log()[:, None]],
        dim=1,
    )
    batches = random.reshape(100, 1, 1600, 2)
    points = x.repeat(400, 1)[None]
    analytic = [lower_bounds(setting, rows, points, batch).item() for batch in batches]

    spread = np.std(analytic) / math.sqrt(len(analytic))
    assert abs(float(terms.mean()) - np.mean(analytic)) < 5 * (error + spread)
    flipped = 2 * (prior - q).mean()
    assert abs(float(terms.mean() - flipped) - np.mean(analytic)) > 5 * (error + spread)


def test_a_run_in_a_stack_is_the_run_alone() -> None:
    """The same draws, and bounds that agree to the rounding of stacked products; others with a new seed."""
    both, alone = (train_autoencoders(LINEAR, seeds, steps=20) for seeds in ((4, 5), (5,)))

    assert torch.allclose(both.bounds[:, 1], alone.bounds[:, 0], rtol=1e-10)
    assert torch.allclose(both.encoders["0.weight"][1], alone.encoders["0.weight"][0], rtol=1e-10)
    assert not torch.allclose(both.bounds[:, 0], both.bounds[:, 1])


def test_progress_ends_at_one() -> None:
    """It is told the share of the steps done."""
    told: list[float] = []
    train_autoencoders(LINEAR, (0,), steps=4, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_what_cannot_be_trained_is_refused() -> None:
    """Widths that do not fit, a noise of zero, no step, and a rate that overflows."""
    with pytest.raises(ValueError, match="the encoder needs widths"):
        VariationalSetting(NORMAL, MLP((1, 1)), MLP((1, 1)), 0.5)
    with pytest.raises(ValueError, match="the encoder needs widths"):
        VariationalSetting(NORMAL, MLP((2, 2)), MLP((1, 2)), 0.5)
    with pytest.raises(ValueError, match="the noise must be positive"):
        VariationalSetting(NORMAL, MLP((1, 2)), MLP((1, 1)), 0.0)
    with pytest.raises(ValueError, match="at least one step"):
        train_autoencoders(LINEAR, (0,), steps=0)
    wild = VariationalSetting(NORMAL, MLP((1, 2)), MLP((1, 1)), 0.5, adam=Adam(1e4))
    with pytest.raises(ValueError, match="stopped being finite at step"):
        train_autoencoders(wild, (0,), steps=50)
