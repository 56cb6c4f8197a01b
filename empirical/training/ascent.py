"""Discriminators trained alone, full batch, against two fixed finite laws each: nothing is sampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float

from empirical.networks import MLP, apply, flatten, initial, unflatten
from empirical.training import native_responses
from empirical.training.games import GAMES
from empirical.training.optimizers import Adam, update, zero_moments


@dataclass(frozen=True, eq=False)
class TwoLaws:
    """The data's atoms and a generator's, with their weights; shared by all runs where they are expanded."""

    real: Float[torch.Tensor, "runs n d"]
    real_weights: Float[torch.Tensor, "runs n"]
    fake: Float[torch.Tensor, "runs m d"]
    fake_weights: Float[torch.Tensor, "runs m"]

    def __post_init__(self) -> None:
        _check_law("real", self.real, self.real_weights)
        _check_law("fake", self.fake, self.fake_weights)


@dataclass(frozen=True)
class Stage:
    """So many steps on the payoff of one of ``GAMES``, at a learning rate that falls linearly to 0."""

    payoff: str
    steps: int
    adam: Adam


def ascend(
    discriminator: MLP,
    laws: TwoLaws,
    seeds: Sequence[int],
    stages: Sequence[Stage],
    tracked: str,
    *,
    engine: str | None = None,
    dtype: torch.dtype = torch.float64,
) -> Float[torch.Tensor, "runs parameters"]:
    """Each run's parameters where it met its highest payoff ``tracked``, before, between or after its steps.

    Args:
        discriminator: the architecture of the class.
        laws: two for each run.
        seeds: one for each run.
        stages: one after another, each with fresh moments.
        tracked: the name of one of ``GAMES``.
        engine: "native" or "torch"; None for the native one where it can.
        dtype: of the training.

    Raises:
        ValueError: no seed, or an unknown engine.
    """
    values = flatten(discriminator, initial(discriminator, seeds, dtype, purpose="discriminator's start"))
    games = [tracked, *(stage.payoff for stage in stages)]
    if native_responses.chosen_engine(engine, games, laws.real.device) == "native":
        return _native(discriminator, laws, values, stages, tracked)
    return _torch(discriminator, laws, values, stages, tracked)


def attained(
    discriminator: MLP,
    laws: TwoLaws,
    values: Float[torch.Tensor, "runs parameters"],
    payoff: str,
    seeds: Sequence[int],
) -> Float[torch.Tensor, " runs"]:
    """The payoffs at these parameters: float64 sums over the atoms, by torch, whatever trained them.

    Raises:
        ValueError: one of them is not finite; the sentence names its seed.
    """
    # One run after another: a stack would multiply in an order that knows its height.
    found = torch.cat([_payoff(discriminator, laws, values, payoff, run) for run in range(len(values))])
    if not found.isfinite().all():
        seed = seeds[int((~found.isfinite()).nonzero()[0])]
        raise ValueError(
            f"the discriminator of seed {seed} never had a finite payoff (its points reach "
            f"{float(laws.fake.abs().max()):g}): scale the points down."
        )
    return found


def _payoff(
    discriminator: MLP, laws: TwoLaws, values: torch.Tensor, payoff: str, run: int
) -> Float[torch.Tensor, "1"]:
    parameters = unflatten(discriminator, values[run, None].double())
    sides = [
        apply(discriminator, parameters, points[run, None].double())[..., 0]
        for points in (laws.real, laws.fake)
    ]
    weights = laws.real_weights[run, None].double(), laws.fake_weights[run, None].double()
    return GAMES[payoff].payoff(*sides, *weights)


def _native(
    discriminator: MLP, laws: TwoLaws, values: torch.Tensor, stages: Sequence[Stage], tracked: str
) -> Float[torch.Tensor, "runs parameters"]:
    described = [(stage.payoff, stage.steps, stage.adam) for stage in stages]
    found = [
        native_responses.respond(
            discriminator,
            native_responses.Side(laws.real[run], laws.real_weights[run]),
            native_responses.Side(laws.fake[run], laws.fake_weights[run]),
            start,
            described,
            tracked,
        )
        for run, start in enumerate(values)
    ]
    return torch.stack(found)


def _torch(
    discriminator: MLP, laws: TwoLaws, values: torch.Tensor, stages: Sequence[Stage], tracked: str
) -> Float[torch.Tensor, "runs parameters"]:
    best = torch.full((len(values),), -torch.inf, dtype=values.dtype)
    best_values = values.clone()
    inputs = torch.cat((laws.real, laws.fake), dim=1).to(values.dtype)
    weights = laws.real_weights.to(values.dtype), laws.fake_weights.to(values.dtype)
    split = laws.real.shape[1]
    for stage in stages:
        moments = zero_moments(values)
        for step in range(stage.steps + 1):
            leaf = values.detach().requires_grad_()
            logits = apply(discriminator, unflatten(discriminator, leaf), inputs)[..., 0]
            sides = logits[:, :split], logits[:, split:], *weights
            met = GAMES[tracked].payoff(*sides)
            better = met.detach() > best  # never true of NaN
            best = torch.where(better, met.detach(), best)
            best_values = torch.where(better[:, None], values, best_values)
            if step < stage.steps:
                goal = met if stage.payoff == tracked else GAMES[stage.payoff].payoff(*sides)
                (gradient,) = torch.autograd.grad(-goal.sum(), leaf)
                update(stage.adam, values, gradient, moments, rate=1 - step / stage.steps)
    return best_values


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
