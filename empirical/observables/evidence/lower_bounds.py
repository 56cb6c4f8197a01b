"""Variational lower bounds of the log evidence, averaged over given points."""

import math

import torch
from jaxtyping import Float

from empirical.measurement import Measurement
from empirical.observables.evidence.mean_interval import mean_over_points
from empirical.observables.evidence.model import Guess, LatentModel, guess

LATENTS = 1 << 20  # latents decoded at once


def evidence_lower_bound(
    model: LatentModel, encoder: torch.nn.Module, x: Float[torch.Tensor, "n d"], *, samples: int, seed: int
) -> Measurement:
    r"""The mean over the points of :math:`E_q \log p(x \mid z) - KL(q \,\|\, N(0, I))`, nats.

    The divergence is exact; the expectation is estimated by independent latents.

    Args:
        model: the decoder and its noise.
        encoder: gives the mean and the log variance of q.
        x: the points.
        samples: latents for each point, at least 2.
        seed: of the latents.

    Source:
        kingma2014vae, equation 10.
    """
    law, random = guess(encoder, x), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        values = model.log_likelihood(x, law.sample(samples, random)) - law.divergence
    return mean_over_points(
        values,
        "evidence_lower_bound",
        {"samples": samples},
        seed,
        "log p(x | z) at latents of the encoder, less its exact divergence from the prior",
    )


def importance_weighted_bound(
    model: LatentModel,
    encoder: torch.nn.Module,
    x: Float[torch.Tensor, "n d"],
    *,
    samples: int,
    repetitions: int,
    seed: int,
) -> Measurement:
    r"""The mean over the points of :math:`L_k = E \log \frac1k \sum_{i=1}^k p(x, z_i)/q(z_i \mid x)`, nats.

    :math:`L_1` is the evidence lower bound, :math:`L_k` rises with k, and none exceeds the log evidence.

    Args:
        model: the decoder and its noise.
        encoder: gives the mean and the log variance of q.
        x: the points.
        samples: k, the latents in one average.
        repetitions: independent averages for each point, at least 2.
        seed: of the latents.

    Source:
        burda2016iwae, equation 8 and theorem 1.
    """
    if samples < 1:
        raise ValueError(
            f"the bound needs at least one latent in an average (got {samples}): pass samples=50."
        )
    law, random = guess(encoder, x), torch.Generator().manual_seed(seed)
    values = torch.stack([_one_average(model, law, x, samples, random) for _ in range(repetitions)])
    return mean_over_points(
        values,
        "importance_weighted_bound",
        {"samples": samples},
        seed,
        f"log of the mean of {samples} importance weights of latents of the encoder",
    )


def _one_average(
    model: LatentModel, law: Guess, x: Float[torch.Tensor, "n d"], samples: int, random: torch.Generator
) -> Float[torch.Tensor, " n"]:
    total = torch.full((len(x),), -math.inf, dtype=torch.float64)
    step = max(1, LATENTS // len(x))
    with torch.no_grad():
        for start in range(0, samples, step):
            z = law.sample(min(step, samples - start), random)
            weights = model.log_likelihood(x, z) + model.log_prior(z) - law.log_density(z)
            total = torch.logaddexp(total, weights.logsumexp(dim=0))
    return total - math.log(samples)
