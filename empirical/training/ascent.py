"""Discriminators trained alone, full batch, against two fixed finite laws each: nothing is sampled."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import torch
from jaxtyping import Float

from empirical.networks import MLP, apply, flatten, initial, unflatten
from empirical.streams import whole_seeds
from empirical.training import native_responses
from empirical.training.games import GAMES
from empirical.training.optimizers import Adam, update, zero_moments
from empirical.training.setting import DTYPES


@dataclass(frozen=True, eq=False)
class TwoLaws:
    """The data's atoms and a generator's, with their weights; shared by all runs where they are expanded.

    Raises:
        ValueError: numbers that are no law's: not one weight for each point, weights that are negative or do
            not sum to 1, points that are not finite, or neither float64 nor float32; or laws of different
            numbers of runs or dimensions.
    """

    real: Float[torch.Tensor, "runs n d"]
    real_weights: Float[torch.Tensor, "runs n"]
    fake: Float[torch.Tensor, "runs m d"]
    fake_weights: Float[torch.Tensor, "runs m"]

    def __post_init__(self) -> None:
        _check_law("real", self.real, self.real_weights)
        _check_law("fake", self.fake, self.fake_weights)
        if self.real.shape[::2] != self.fake.shape[::2]:
            raise ValueError(
                f"the laws must be as many, and in one space (got real points of shape "
                f"{tuple(self.real.shape)} and fake ones of {tuple(self.fake.shape)}): expand or cut one."
            )


@dataclass(frozen=True)
class Stage:
    """So many steps on the payoff of one of ``GAMES``, at a learning rate that falls linearly to 0.

    Raises:
        ValueError: the steps are no whole number from 1 up.
    """

    payoff: str
    steps: int
    adam: Adam

    def __post_init__(self) -> None:
        if not isinstance(self.steps, Integral) or self.steps < 1:
            raise ValueError(
                f"a discriminator trains for at least one step, a whole number of them (got {self.steps}): "
                f"pass 1000, say."
            )


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

    The discriminators start from draws of their own, "judge's start": a run that trained under the same seed
    is judged by one that it has never met.

    Args:
        discriminator: the architecture of the class.
        laws: two for each run.
        seeds: one for each run.
        stages: one after another, each with fresh moments.
        tracked: the name of one of ``GAMES``.
        engine: "native" or "torch"; None for the native one where it can.
        dtype: of the training.

    Raises:
        ValueError: no seed, another number of seeds than of laws, a discriminator of another input or output
            width, or an unknown engine.
    """
    seeds = whole_seeds(seeds)
    check_widths(discriminator, laws.real.shape[-1])
    values = flatten(discriminator, initial(discriminator, seeds, dtype, purpose="judge's start"))
    if len(seeds) != len(laws.real):
        raise ValueError(
            f"each law needs one seed (got {len(laws.real)} laws and {len(seeds)} seeds): repeat a law for "
            f"several tries."
        )
    games = [tracked, *(stage.payoff for stage in stages)]
    if native_responses.chosen_engine(engine, games, laws.real.device) == "native":
        return _native(discriminator, laws, values, stages, tracked)
    return _torch(discriminator, laws, values, stages, tracked)


def check_widths(discriminator: MLP, dim: int) -> None:
    """Refuses a discriminator that does not map points of this dimension to one logit.

    Raises:
        ValueError: it has another input or output width.
    """
    if discriminator.widths[0] != dim or discriminator.widths[-1] != 1:
        raise ValueError(
            f"a discriminator of these points has widths ({dim}, ..., 1) (got {discriminator.widths}): "
            f"change its first and last."
        )


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
    for part, numbers in (("points", points), ("weights", weights)):
        if numbers.dtype not in DTYPES.values():
            raise ValueError(
                f"the {name} {part} must be float64 or float32 (got {numbers.dtype}): convert with .double()."
            )
    # Of one weight torch would make as many as there are points, and compiled code would read beyond it.
    if points.ndim != 3 or points.shape[:-1] != weights.shape:
        raise ValueError(
            f"each of the {name} points needs one weight (got points of shape {tuple(points.shape)} and "
            f"weights of shape {tuple(weights.shape)}): pass (runs, points, dim) and (runs, points)."
        )
    if not points.isfinite().all():
        raise ValueError(f"the {name} points must be finite (got NaN or infinity): remove those.")
    # The sum of n rounded weights is off by less than n roundings.
    slack = weights.shape[-1] * torch.finfo(weights.dtype).eps
    if not ((weights >= 0).all() and ((weights.sum(dim=-1) - 1).abs() <= slack).all()):
        raise ValueError(
            f"the {name} weights must be nonnegative and sum to 1 (got sums from "
            f"{float(weights.sum(-1).min())} to {float(weights.sum(-1).max())}): divide them by their sum."
        )
