"""The points of one update: functions of each run's seed and of the update's number, in every engine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from empirical.networks import Atoms, Parameters, apply, atom_weights
from empirical.streams import normals, uniforms
from empirical.targets import Digits, FiniteTarget
from empirical.training.setting import DTYPES, Setting


@dataclass(frozen=True)
class Purposes:
    """Which streams the batches of one player's updates come from."""

    choice: str
    noise: str
    latents: str
    real_instance: str
    fake_instance: str
    interpolation: str


DISCRIMINATOR = Purposes(
    "data's choice",
    "data's noise",
    "fake batch",
    "real instance noise",
    "fake instance noise",
    "interpolation",
)
GENERATOR = Purposes(
    "generator's data choice",
    "generator's data noise",
    "generator's batch",
    "generator's real instance noise",
    "generator's fake instance noise",
    "generator's interpolation",
)

Points = Float[torch.Tensor, "runs points dim"]
Weights = Float[torch.Tensor, "runs points"] | None
RealSide = tuple[Float[torch.Tensor, "runs n dim"], Float[torch.Tensor, "runs n"] | None]
FakeSide = tuple[Float[torch.Tensor, "runs m dim"], Float[torch.Tensor, "runs m"] | None]

_NUMPY: dict[torch.dtype, type[np.floating]] = {torch.float32: np.float32, torch.float64: np.float64}


def normal_points(
    seeds: Sequence[int], purpose: str, update: int, batch: int, dim: int, dtype: torch.dtype = torch.float64
) -> Float[torch.Tensor, "runs batch dim"]:
    """Standard normal points, the first coordinate of all points drawn before the second."""
    drawn = torch.from_numpy(normals(seeds, purpose, update, batch * dim, _NUMPY[dtype]))
    return drawn.view(len(seeds), dim, batch).transpose(1, 2)


def uniform_points(
    seeds: Sequence[int], purpose: str, update: int, batch: int, dim: int, dtype: torch.dtype = torch.float64
) -> Float[torch.Tensor, "runs batch dim"]:
    """Uniform points of (0, 1)^dim, in the same order."""
    drawn = torch.from_numpy(uniforms(seeds, purpose, update, batch * dim, _NUMPY[dtype]))
    return drawn.view(len(seeds), dim, batch).transpose(1, 2)


def latents(
    latent: str,
    seeds: Sequence[int],
    purpose: str,
    update: int,
    batch: int,
    dim: int,
    dtype: torch.dtype = torch.float64,
) -> Points:
    """Latent points, "normal" or "uniform" on [-1, 1]^dim."""
    if latent == "normal":
        return normal_points(seeds, purpose, update, batch, dim, dtype)
    return 2 * uniform_points(seeds, purpose, update, batch, dim, dtype) - 1


def real_side(
    setting: Setting, seeds: Sequence[int], update: int, purposes: Purposes = DISCRIMINATOR
) -> RealSide:
    """The data in an update: a batch for each run, or all atoms with their weights; instance noise added."""
    dtype, target = DTYPES[setting.dtype], setting.target
    if setting.exact and isinstance(target, FiniteTarget | Digits):
        atoms, weights = target.atoms.to(dtype), target.probabilities.to(dtype)
        points = atoms.expand(len(seeds), *atoms.shape)
        weights = weights.expand(len(seeds), *weights.shape)
    else:
        choice = torch.from_numpy(uniforms(seeds, purposes.choice, update, setting.batch))
        noise = normal_points(seeds, purposes.noise, update, setting.batch, target.dim, dtype)
        points, weights = target.place(choice, noise).to(dtype), None
    return noisy(setting, points, seeds, purposes.real_instance, update), weights


def fake_side(
    setting: Setting,
    parameters: Parameters,
    seeds: Sequence[int],
    update: int,
    purposes: Purposes = DISCRIMINATOR,
) -> FakeSide:
    """The generators' law in an update: a batch for each run, or all its atoms with their weights."""
    if isinstance(setting.generator, Atoms):
        points, weights = parameters["points"], atom_weights(parameters)
    else:
        dim, dtype = setting.generator.in_dim, DTYPES[setting.dtype]
        noise = latents(setting.latent, seeds, purposes.latents, update, setting.batch, dim, dtype)
        points, weights = apply(setting.generator, parameters, noise), None
    return noisy(setting, points, seeds, purposes.fake_instance, update), weights


def noisy(setting: Setting, points: Points, seeds: Sequence[int], purpose: str, update: int) -> Points:
    """The points, each moved by its own normal noise where the setting asks for it."""
    if not setting.regularization.instance_noise:
        return points
    noise = normal_points(seeds, purpose, update, points.shape[1], points.shape[2], points.dtype)
    return points + setting.regularization.instance_noise * noise
