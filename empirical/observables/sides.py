"""A law of the plane as divergences see it: draws, log density, exact cells, and what has no density."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float

from empirical.observables.bin_bounds import Binned
from empirical.targets import GaussianMixture

CHUNK = 1 << 15  # points at once in a mixture's density: a few dozen modes give arrays of 16 MB

Points = Float[np.ndarray, "n 2"]


@dataclass(frozen=True, eq=False)
class Draws:
    """A sample of a law.

    Args:
        points: (n, 2).
        singular: which points came from the part of the law that has no density.
    """

    points: Points
    singular: Bool[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two laws of a divergence.

    Args:
        singular: the mass without a density, on lines and points.
        draw: n independent points from a seed.
        log_density: of the absolutely continuous part, whose integral is 1 - ``singular``; nats.
        cell_probability: exact, of the whole law.
        bounded: whether the law certainly lives on a bounded set.
        everywhere: whether its density is certainly positive everywhere.
    """

    singular: float
    draw: Callable[[int, int], Draws]
    log_density: Callable[[Points], Float[np.ndarray, " n"]]
    cell_probability: Binned
    bounded: bool
    everywhere: bool


def mixture_side(target: GaussianMixture) -> Side:
    """A mixture of Gaussians in the plane.

    Raises:
        ValueError: it has another dimension.
    """
    if target.dim != 2:
        raise ValueError(
            f"a law of the plane meets a target of the plane (got {target.dim} dimensions of {target.name}): "
            f"compare a generator with a target of its output's dimension."
        )

    def draw(n: int, seed: int) -> Draws:
        points = target.sample(n, torch.Generator().manual_seed(seed)).numpy()
        return Draws(points, np.zeros(n, dtype=bool))

    def log_density(points: Points) -> Float[np.ndarray, " n"]:
        parts = [target.log_density(part).numpy() for part in torch.from_numpy(points).split(CHUNK)]
        return np.concatenate([np.empty(0), *parts])

    return Side(0.0, draw, log_density, target.cell_probability, bounded=False, everywhere=True)
