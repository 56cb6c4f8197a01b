"""A law of the plane as divergences see it: draws, log density, exact cells, and what has no density."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float

from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.latents import Uniform
from empirical.densities.plane.bins import ROUNDING
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.observables.bin_bounds import Binned
from empirical.targets import GaussianMixture

# Errors of one cell's probability. Of a mixture: a few roundings of each mode's part, relative to it. Of a
# mesh: what plane.bins says of its masses. Of a flow: integrals along edges, each of a few parts to 1e-10;
# how far halving a part moves them is an estimate, and no bound.
MIXTURE, MESH, FLOW = 2.0**-48, ROUNDING, 1e-8
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
        cell_error: of one cell's probability, the largest.
        cells_proven: whether ``cell_error`` is a bound; else it is an estimate.
        bounded: whether the law certainly lives on a bounded set.
        everywhere: whether its density is certainly positive everywhere.
    """

    singular: float
    draw: Callable[[int, int], Draws]
    log_density: Callable[[Points], Float[np.ndarray, " n"]]
    cell_probability: Binned
    cell_error: float
    cells_proven: bool
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

    return Side(
        singular=0.0,
        draw=draw,
        log_density=log_density,
        cell_probability=target.cell_probability,
        cell_error=MIXTURE,
        cells_proven=True,
        bounded=False,
        everywhere=True,
    )


def generator_side(law: PlaneLaw | FlowLaw) -> Side:
    """A generator's law in the plane.

    Raises:
        ValueError: it has another dimension.
    """
    if law.dim != 2:
        raise ValueError(
            f"the two laws must live in one space (got {law.dim} coordinates and the plane): compare a "
            f"generator with a target of its output's dimension."
        )
    if isinstance(law, FlowLaw):

        def drawn(n: int, seed: int) -> Draws:
            return Draws(law.sample(n, seed), np.zeros(n, dtype=bool))

        return Side(
            singular=0.0,
            draw=drawn,
            log_density=law.log_prob,
            cell_probability=law.cell_probability,
            cell_error=FLOW,
            cells_proven=False,
            bounded=False,
            everywhere=False,
        )

    def draw(n: int, seed: int) -> Draws:
        points, regular = law.draw(n, seed)
        return Draws(points, ~regular)

    return Side(
        singular=law.mass.singular + law.mass.atoms,
        draw=draw,
        log_density=law.log_prob,
        cell_probability=law.cell_probability,
        cell_error=MESH,
        cells_proven=True,
        bounded=isinstance(law.latent, Uniform),
        everywhere=False,
    )


def side(law: PlaneLaw | FlowLaw | GaussianMixture) -> Side:
    """Any of these laws, if it lives in the plane.

    Raises:
        ValueError: it has another dimension.
    """
    return mixture_side(law) if isinstance(law, GaussianMixture) else generator_side(law)
