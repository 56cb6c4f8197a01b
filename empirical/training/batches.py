"""The points of one update: functions of each run's seed and of the update's number, in every engine."""

from collections.abc import Sequence

import torch
from jaxtyping import Float

from empirical.networks import Atoms, Parameters, apply, atom_weights
from empirical.streams import normals, uniforms
from empirical.targets import Digits, FiniteTarget
from empirical.training.setting import DTYPES, Setting

Points = Float[torch.Tensor, "runs points dim"]
Weights = Float[torch.Tensor, "runs points"] | None


def normal_points(
    seeds: Sequence[int], purpose: str, update: int, batch: int, dim: int
) -> Float[torch.Tensor, "runs batch dim"]:
    """Standard normal points, float64, the first coordinate of all points drawn before the second."""
    drawn = torch.from_numpy(normals(seeds, purpose, update, batch * dim))
    return drawn.view(len(seeds), dim, batch).transpose(1, 2)


def uniform_points(
    seeds: Sequence[int], purpose: str, update: int, batch: int, dim: int
) -> Float[torch.Tensor, "runs batch dim"]:
    """Uniform points of (0, 1)^dim, in the same order."""
    drawn = torch.from_numpy(uniforms(seeds, purpose, update, batch * dim))
    return drawn.view(len(seeds), dim, batch).transpose(1, 2)


def latents(latent: str, seeds: Sequence[int], purpose: str, update: int, batch: int, dim: int) -> Points:
    """Latent points, "normal" or "uniform" on [-1, 1]^dim, float64."""
    if latent == "normal":
        return normal_points(seeds, purpose, update, batch, dim)
    return 2 * uniform_points(seeds, purpose, update, batch, dim) - 1


def real_side(setting: Setting, seeds: Sequence[int], update: int) -> tuple[Points, Weights]:
    """The data in a discriminator's update: a batch for each run, or all atoms with their weights."""
    dtype, target = DTYPES[setting.dtype], setting.target
    if setting.exact and isinstance(target, FiniteTarget | Digits):
        atoms, weights = target.atoms.to(dtype), target.probabilities.to(dtype)
        return atoms.expand(len(seeds), *atoms.shape), weights.expand(len(seeds), *weights.shape)
    choice = torch.from_numpy(uniforms(seeds, "data's choice", update, setting.batch))
    noise = normal_points(seeds, "data's noise", update, setting.batch, target.dim)
    return target.place(choice, noise).to(dtype), None


def fake_side(
    setting: Setting, parameters: Parameters, seeds: Sequence[int], purpose: str, update: int
) -> tuple[Points, Weights]:
    """The generators' law in one update: a batch for each run, or all its atoms with their weights."""
    if isinstance(setting.generator, Atoms):
        return parameters["points"], atom_weights(parameters)
    noise = latents(setting.latent, seeds, purpose, update, setting.batch, setting.generator.widths[0])
    return apply(setting.generator, parameters, noise.to(DTYPES[setting.dtype])), None
