"""Decoders and encoders whose evidence is known: linear ones in closed form, others by the exact law."""

import math

import numpy as np
import torch

from empirical.densities.affine_layers import affine_layers
from empirical.densities.latents import Normal
from empirical.densities.noisy.noisy_law import NoisyLaw, noisy_law
from empirical.observables.evidence import LatentModel

WEIGHT, NOISE = 0.8, 0.6


def linear(weight: list[list[float]], bias: list[float]) -> torch.nn.Linear:
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return layer


LINEAR = LatentModel(linear([[WEIGHT]], [0.0]), 1, NOISE)
POSTERIOR_VARIANCE = NOISE**2 / (WEIGHT**2 + NOISE**2)


def encoder(slope: float, variance: float) -> torch.nn.Linear:
    """N(slope x, variance) for the latent."""
    return linear([[slope], [0.0]], [0.0, math.log(variance)])


POSTERIOR = encoder(WEIGHT / (WEIGHT**2 + NOISE**2), POSTERIOR_VARIANCE)
POINTS = torch.tensor([[-1.0], [0.3], [2.0]], dtype=torch.float64)


def log_evidence(x: torch.Tensor) -> torch.Tensor:
    """Log N(x; 0, w^2 + s) of the linear model."""
    variance = WEIGHT**2 + NOISE**2
    return -(x[:, 0] ** 2 / variance + math.log(2 * math.pi * variance)) / 2


def folded(latent_dim: int, seed: int = 0) -> tuple[LatentModel, NoisyLaw]:
    """A small random decoder of the plane, and its exact law."""
    random = torch.Generator().manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in ((latent_dim, 8), (8, 8), (8, 2)):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.normal_(std=1.5 / math.sqrt(inputs), generator=random)
            layer.bias.normal_(std=0.5, generator=random)
        layers += [layer, torch.nn.LeakyReLU(0.2)]
    decoder = torch.nn.Sequential(*layers[:-1])
    law = noisy_law(affine_layers(decoder), Normal(latent_dim), 0.4)
    return LatentModel(decoder, latent_dim, 0.4), law


def samples(law: NoisyLaw, n: int) -> torch.Tensor:
    """Points of the model itself."""
    return torch.from_numpy(np.ascontiguousarray(law.sample(n, seed=9)))
