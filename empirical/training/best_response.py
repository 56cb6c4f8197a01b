"""How well a class of discriminators tells two fixed finite laws apart: nothing is sampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float

from empirical.networks import MLP, Parameters, unflatten
from empirical.streams import whole_seeds
from empirical.training.ascent import Stage, TwoLaws, ascend, attained
from empirical.training.games import GAMES, Game
from empirical.training.optimizers import Adam

_PAYOFFS = {"log": GAMES["minimax"], "linear": GAMES["linear"]}


@dataclass(frozen=True, eq=False)
class BestResponse:
    """The best discriminators found against a fixed pair of laws, one per run.

    Args:
        values: the highest payoff that each run attained, a float64 sum over the atoms: a lower bound on
            the supremum over the class, because ``discriminator`` attains it.
        gaps: by how much each exceeds the payoff of answering 1/2 everywhere, -log 4 nats or 0; at least 0,
            because a network whose last layer is zero answers 1/2.
        discriminator: the stacked parameters that attain the values.
    """

    values: Float[torch.Tensor, " runs"]
    gaps: Float[torch.Tensor, " runs"]
    discriminator: Parameters


def best_response(
    discriminator: MLP,
    real_points: Float[torch.Tensor, "*real n d"],
    real_weights: Float[torch.Tensor, "*real n"],
    fake_points: Float[torch.Tensor, "*fake m d"],
    fake_weights: Float[torch.Tensor, "*fake m"],
    seeds: Sequence[int],
    *,
    payoff: str = "log",
    steps: int = 1000,
    adam: Adam = Adam(1e-2),  # noqa: B008 - frozen, so sharing it is safe
    engine: str | None = None,
) -> BestResponse:
    r"""Trains discriminators alone, full batch, against the laws p (real) and q (fake); one run per seed.

    The payoff is :math:`E_p \log D + E_q \log(1 - D)` ("log", nats) or :math:`E_p D - E_q D` ("linear"). The
    learning rate falls linearly to 0. Points and weights may have a leading axis of runs, or be shared. They
    train in the precision of the real points; the values are computed in float64. In the native engine a run
    ends with the bits of the run alone, in torch it agrees with it to rounding.

    Raises:
        ValueError: an unknown payoff or engine, not one weight for each point, weights that are negative or
            do not sum to 1, points that are not finite or no floating-point numbers, laws of different
            dimensions, a discriminator of another input or output width, or steps below 1.
    """
    goal, seeds = _checked_goal(payoff), whole_seeds(seeds)
    real = _expanded("real", real_points, real_weights, len(seeds))
    laws = TwoLaws(*real, *_expanded("fake", fake_points, fake_weights, len(seeds)))
    stages = [Stage(goal.name, steps, adam)]
    values = ascend(discriminator, laws, seeds, stages, goal.name, engine=engine, dtype=real_points.dtype)
    best = attained(discriminator, laws, values, goal.name, seeds)
    return BestResponse(best, (best - goal.blind).clamp(min=0), unflatten(discriminator, values))


def _expanded(
    name: str, points: torch.Tensor, weights: torch.Tensor, runs: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """A law for each run: its own, or the shared one."""
    try:
        return points.expand(runs, *points.shape[-2:]), weights.expand(runs, *weights.shape[-1:])
    except RuntimeError as error:
        raise ValueError(
            f"the {name} law is one for each of {runs} seeds, or shared by all (got points of shape "
            f"{tuple(points.shape)} and weights of shape {tuple(weights.shape)}): pass (points, dim) and "
            f"(points,), or a leading axis of {runs}."
        ) from error


def _checked_goal(payoff: str) -> Game:
    if payoff not in _PAYOFFS:
        raise ValueError(f"no payoff is called {payoff!r}: pass 'log' or 'linear'.")
    return _PAYOFFS[payoff]
