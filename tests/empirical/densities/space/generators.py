"""Generators from three latent dimensions to three, and their laws."""

from itertools import pairwise
from math import sqrt

import numpy as np
import torch
from jaxtyping import Float

from empirical.densities.affine_layers import affine_layers
from empirical.densities.latents import Normal, Uniform
from empirical.densities.space.space_law import SpaceLaw, space_law
from empirical.densities.space.subdivision import Subdivision


def random_generator(
    widths: list[int], negative_slope: float, seed: int, bias: float = 0.5
) -> torch.nn.Sequential:
    """Normal weights of the size that keeps signals of size 1, and normal biases of this deviation."""
    random = torch.Generator().manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.normal_(std=sqrt(2 / inputs), generator=random)
            layer.bias.normal_(std=bias, generator=random)
        layers += [layer, torch.nn.LeakyReLU(negative_slope)]
    return torch.nn.Sequential(*layers[:-1])


def linear(weight: Float[np.ndarray, "out in"], bias: Float[np.ndarray, " out"]) -> torch.nn.Linear:
    """A layer with these weights."""
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight))
        layer.bias.copy_(torch.from_numpy(bias))
    return layer


def clamp(height: float) -> torch.nn.Sequential:
    """relu(z + h) - relu(z) in each coordinate: 0 below -h, h above 0."""
    one = np.eye(3)
    first = linear(np.vstack([one, one]), np.repeat([height, 0.0], 3))
    return torch.nn.Sequential(first, torch.nn.ReLU(), linear(np.hstack([one, -one]), np.zeros(3)))


def space_law_of(generator: torch.nn.Module, latent: Normal | Uniform) -> SpaceLaw:
    """The exact law of the generator."""
    return space_law(affine_layers(generator), latent, max_regions=100_000)


def regions_of(generator: torch.nn.Module, latent: Normal | Uniform) -> Subdivision:
    """The regions of the generator on the box of the latent."""
    return space_law_of(generator, latent).subdivision
