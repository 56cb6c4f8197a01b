"""How well a class of discriminators tells two fixed finite laws apart: nothing is sampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float

from empirical.networks import MLP, Parameters, apply, flatten, initial, unflatten
from empirical.training.games import GAMES, Game
from empirical.training.optimizers import Adam, update, zero_moments

_PAYOFFS = {"log": GAMES["minimax"], "linear": GAMES["linear"]}


@dataclass(frozen=True, eq=False)
class BestResponse:
    """The best discriminators found against a fixed pair of laws, one per run.

    Args:
        values: the highest payoff that each run attained, an exact sum over the atoms: a lower bound on
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
) -> BestResponse:
    r"""Trains discriminators alone, full batch, against the laws p (real) and q (fake); one run per seed.

    The payoff is :math:`E_p \log D + E_q \log(1 - D)` ("log", nats) or :math:`E_p D - E_q D` ("linear"). The
    learning rate falls linearly to 0. Points and weights may have a leading axis of runs, or be shared.

    Raises:
        ValueError: an unknown payoff, weights that are negative or do not sum to 1, non-finite points,
            a discriminator of another input or output width, or steps below 1.
    """
    goal = _checked_goal(discriminator, payoff, steps, real_points.shape[-1])
    for name, points, weights in (("real", real_points, real_weights), ("fake", fake_points, fake_weights)):
        _check_law(name, points, weights)
    runs, dtype = len(seeds), real_points.dtype
    points = torch.cat([_per_run(real_points, runs), _per_run(fake_points, runs)], dim=1)
    split = real_points.shape[-2]
    weights = (real_weights.expand(runs, -1), fake_weights.expand(runs, -1))

    drawn = initial(discriminator, seeds, dtype, purpose="discriminator's start")
    values = flatten(discriminator, drawn)
    moments = zero_moments(values)
    best, best_values = torch.full((runs,), -torch.inf, dtype=dtype), values.clone()
    for step in range(steps + 1):
        leaf = values.detach().requires_grad_()
        logits = apply(discriminator, unflatten(discriminator, leaf), points)[..., 0]
        payoffs = goal.payoff(logits[:, :split], logits[:, split:], *weights)
        better = payoffs.detach() > best  # never true of NaN
        best = torch.where(better, payoffs.detach(), best)
        best_values = torch.where(better[:, None], values, best_values)
        if step < steps:
            (gradient,) = torch.autograd.grad(-payoffs.sum(), leaf)
            update(adam, values, gradient, moments, rate=1 - step / steps)
    gaps = (best - goal.blind).clamp(min=0)
    return BestResponse(best, gaps, unflatten(discriminator, best_values))


def _checked_goal(discriminator: MLP, payoff: str, steps: int, dim: int) -> Game:
    if payoff not in _PAYOFFS:
        raise ValueError(f"no payoff is called {payoff!r}: pass 'log' or 'linear'.")
    if discriminator.widths[0] != dim or discriminator.widths[-1] != 1:
        raise ValueError(
            f"a discriminator of these points has widths ({dim}, ..., 1) (got {discriminator.widths}): "
            f"change its first and last."
        )
    if steps < 1:
        raise ValueError(f"a best response needs at least one step (got {steps}): pass 1000, say.")
    return _PAYOFFS[payoff]


def _check_law(name: str, points: torch.Tensor, weights: torch.Tensor) -> None:
    if not points.isfinite().all():
        raise ValueError(f"the {name} points must be finite (got NaN or infinity): remove those.")
    # The sum of n rounded weights is off by less than n roundings.
    slack = weights.shape[-1] * torch.finfo(weights.dtype).eps
    if not ((weights >= 0).all() and ((weights.sum(dim=-1) - 1).abs() <= slack).all()):
        raise ValueError(
            f"the {name} weights must be nonnegative and sum to 1 (got sums from "
            f"{float(weights.sum(-1).min())} to {float(weights.sum(-1).max())}): divide them by their sum."
        )


def _per_run(points: torch.Tensor, runs: int) -> torch.Tensor:
    return points.expand(runs, *points.shape[-2:])
