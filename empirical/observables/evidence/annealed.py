r"""Annealed importance sampling of the evidence, from the prior to the posterior by Hamiltonian moves.

Between them lie the laws :math:`p_t(z) \propto p(z)\, p(x \mid z)^{\beta_t}`. A chain starts in the prior,
:math:`\beta_0 = 0`, and has the weight
:math:`\log w = \sum_t (\beta_t - \beta_{t-1}) \log p(x \mid z_{t-1})`, where :math:`z_t` comes from
:math:`z_{t-1}` by a move that leaves :math:`p_t` in place.

The mean of the weights is an unbiased estimate of p(x), whatever the number of chains and however badly they
mix. Its logarithm is not one of log p(x): it lies below in expectation, by Jensen's inequality.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float

from empirical.measurement import Measurement
from empirical.observables.evidence.mean_interval import mean_over_points
from empirical.observables.evidence.model import LatentModel

ACCEPTED = 0.65  # the share of Hamiltonian moves that is aimed at


def sigmoid_schedule(steps: int, steepness: float = 4.0) -> Float[np.ndarray, " temperatures"]:
    r"""Inverse temperatures from 0 to 1 that crowd at both ends.

    :math:`\beta_t = (s(t) - s(0)) / (s(T) - s(0))` with :math:`s(t) = 1/(1 + e^{-\delta(2t/T - 1)})`.

    Raises:
        ValueError: there is no step.

    Source:
        wu2017quantitative, in the authors' code with steepness 4.
    """
    if steps < 1:
        raise ValueError(f"annealing needs at least one step (got {steps}): pass steps=500, say.")
    curve = 1 / (1 + np.exp(-steepness * np.linspace(-1, 1, steps + 1)))
    return (curve - curve[0]) / (curve[-1] - curve[0])


def annealed_importance_sampling(
    model: LatentModel,
    x: Float[torch.Tensor, "n d"],
    *,
    steps: int,
    chains: int,
    repetitions: int,
    seed: int,
    leapfrogs: int = 5,
) -> Measurement:
    r"""The mean over the points of :math:`E \log \frac1C \sum_c w_c`, nats: at most the mean log evidence.

    The schedule is ``sigmoid_schedule``, with one Hamiltonian move between two temperatures, of a step size
    that was fixed beforehand by other chains: one that followed its own chain's acceptance would cost the
    estimate its unbiasedness. A leapfrog through a crease of the decoder still keeps volume and can be
    reversed, so that the accepted moves are exact.

    Args:
        model: the decoder and its noise.
        x: the points.
        steps: temperatures after the first.
        chains: C, the chains whose weights are averaged.
        repetitions: independent averages for each point, at least 2.
        seed: of the chains.
        leapfrogs: steps within one Hamiltonian move.

    Source:
        neal2001annealed; wu2017quantitative.
    """
    temperatures = sigmoid_schedule(steps).tolist()
    random = torch.Generator().manual_seed(seed)
    sizes, _ = _anneal(model, x, temperatures, 8, leapfrogs, random, None)
    _, weights = _anneal(model, x, temperatures, chains * repetitions, leapfrogs, random, sizes)
    averages = weights.reshape(repetitions, chains, len(x)).logsumexp(dim=1) - math.log(chains)
    return mean_over_points(
        averages,
        "annealed_importance_sampling",
        {"steps": steps, "chains": chains, "leapfrogs": leapfrogs},
        seed,
        f"log of the mean weight of {chains} annealed chains",
    )


@dataclass
class _Place:
    """Latents of all chains at one temperature, with what is known there."""

    z: Float[torch.Tensor, "c n k"]
    log_likelihood: Float[torch.Tensor, "c n"]
    slope: Float[torch.Tensor, "c n k"]  # of the log likelihood


def _anneal(
    model: LatentModel,
    x: Float[torch.Tensor, "n d"],
    temperatures: list[float],
    chains: int,
    leapfrogs: int,
    random: torch.Generator,
    fixed: Float[torch.Tensor, "t n"] | None,
) -> tuple[Float[torch.Tensor, "t n"], Float[torch.Tensor, "c n"]]:
    """Step sizes and log weights: with given sizes, or with ones that follow each point's acceptance."""
    place = _at(
        model, x, torch.randn(chains, len(x), model.latent_dim, dtype=torch.float64, generator=random)
    )
    weights = torch.zeros(chains, len(x), dtype=torch.float64)
    size = torch.full((len(x),), 0.5, dtype=torch.float64)
    sizes = []
    for before, beta in pairwise(temperatures):
        weights += (beta - before) * place.log_likelihood
        size = size if fixed is None else fixed[len(sizes)]
        sizes.append(size)
        place, accepted = _move(model, x, place, beta, size, leapfrogs, random)
        if fixed is None:
            size = size * torch.where(accepted.mean(dim=0) > ACCEPTED, 1.05, 0.95)
    return torch.stack(sizes), weights


def _at(model: LatentModel, x: Float[torch.Tensor, "n d"], z: Float[torch.Tensor, "c n k"]) -> _Place:
    leaf = z.detach().requires_grad_()
    log_likelihood = model.log_likelihood(x, leaf)
    (slope,) = torch.autograd.grad(log_likelihood.sum(), leaf)
    return _Place(z, log_likelihood.detach(), slope)


def _move(
    model: LatentModel,
    x: Float[torch.Tensor, "n d"],
    start: _Place,
    beta: float,
    size: Float[torch.Tensor, " n"],
    leapfrogs: int,
    random: torch.Generator,
) -> tuple[_Place, Float[torch.Tensor, "c n"]]:
    """One Hamiltonian move of every chain, and where it was accepted."""
    step = size[:, None]
    velocity = torch.randn(start.z.shape, dtype=torch.float64, generator=random)
    energy = _energy(start, velocity, beta)
    place = start
    for _ in range(leapfrogs):
        velocity = velocity + step / 2 * (beta * place.slope - place.z)
        place = _at(model, x, place.z + step * velocity)
        velocity = velocity + step / 2 * (beta * place.slope - place.z)
    uniform = torch.rand(energy.shape, dtype=torch.float64, generator=random)
    accepted = uniform.log() < energy - _energy(place, velocity, beta)
    chosen = accepted[..., None]
    kept = _Place(
        torch.where(chosen, place.z, start.z),
        torch.where(accepted, place.log_likelihood, start.log_likelihood),
        torch.where(chosen, place.slope, start.slope),
    )
    return kept, accepted.double()


def _energy(place: _Place, velocity: Float[torch.Tensor, "c n k"], beta: float) -> Float[torch.Tensor, "c n"]:
    return (place.z.square() + velocity.square()).sum(dim=-1) / 2 - beta * place.log_likelihood
