"""All that changes while a stack of runs trains."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool, Float

from empirical.networks import Architecture, Parameters, flatten, initial, unflatten
from empirical.streams import whole_seeds
from empirical.training.optimizers import Moments, Optimizer, update, zero_moments
from empirical.training.setting import DTYPES, Setting


@dataclass
class Player:
    """One side of the game: a row of numbers for each run that goes on, and Adam's moments of them."""

    architecture: Architecture
    optimizer: Optimizer
    values: Float[torch.Tensor, "runs parameters"]
    moments: Moments

    def parameters(self) -> Parameters:
        """The rows as stacked tensors, for reading."""
        return unflatten(self.architecture, self.values)

    def move(self, gradient: Float[torch.Tensor, "runs parameters"]) -> None:
        """One update of every run against its gradient."""
        update(self.optimizer, self.values, gradient, self.moments)

    def keep(self, rows: Bool[torch.Tensor, " runs"]) -> None:
        """Lets the other rows go."""
        self.values = self.values[rows]
        self.moments = Moments(self.moments.first[rows], self.moments.second[rows], self.moments.updates)


@dataclass(frozen=True)
class Ending:
    """Why a run ended before its time, and what its players were then.

    Args:
        step: the step, counted from 1, in which it ended.
        reason: one sentence.
        generator: its generator's numbers before the update that failed.
        discriminator: its discriminator's, likewise.
    """

    step: int
    reason: str
    generator: Float[torch.Tensor, " g"]
    discriminator: Float[torch.Tensor, " d"]


@dataclass
class State:
    """A stack of runs between two steps; rows of the players belong to the runs in ``alive``.

    A run that ends leaves the stack: under Adam, zero gradients would not hold it still. Random numbers are
    not part of the state: they are functions of seed and step. In ``room`` an engine keeps memory for its
    steps; what lies there means nothing between two of them. ``torn`` is true while compiled code moves the
    rows, and stays so where an interruption left some runs further than others.
    """

    seeds: tuple[int, ...]
    generator: Player
    discriminator: Player
    alive: list[int]
    step: int = 0
    payoffs: list[list[float]] = field(default_factory=list)
    endings: dict[int, Ending] = field(default_factory=dict)
    room: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)
    torn: bool = False

    @property
    def seeds_alive(self) -> tuple[int, ...]:
        """The seeds of the runs that go on."""
        return tuple(self.seeds[run] for run in self.alive)

    def end(self, rows: Bool[torch.Tensor, " runs"], reason: str) -> None:
        """Ends the runs of these rows for this reason; the others go on."""
        for row in rows.nonzero().flatten().tolist():
            self.endings[self.alive[row]] = Ending(
                self.step + 1,
                reason,
                self.generator.values[row].clone(),
                self.discriminator.values[row].clone(),
            )
        kept = ~rows
        self.generator.keep(kept)
        self.discriminator.keep(kept)
        self.alive = [run for run, keep in zip(self.alive, kept.tolist(), strict=True) if keep]

    def descend(
        self,
        name: str,
        losses: Float[torch.Tensor, " runs"],
        gradient: Float[torch.Tensor, "runs parameters"],
    ) -> Bool[torch.Tensor, " runs"]:
        """Moves one side of every run against its loss; which runs go on, of those that did before.

        A run ends where its loss, its gradient or what they lead to is not finite. It keeps its numbers from
        before.
        """
        player: Player = getattr(self, name)
        finite = torch.ones(len(losses), dtype=torch.bool)
        # A finite sum has finite terms; finite terms may still overflow in it, so then each is looked at.
        if not math.isfinite(float((losses + gradient.sum(dim=1)).sum())):
            finite = torch.isfinite(losses) & torch.isfinite(gradient).all(dim=1)
            self.end(~finite, f"the {name}'s loss or its gradient stopped being finite")
            gradient = gradient[finite]
        before = player.values.clone()
        player.move(gradient)
        if not math.isfinite(float(player.values.sum())):
            moved = torch.isfinite(player.values).all(dim=1)
            player.values[~moved] = before[~moved]
            self.end(~moved, f"the {name}'s parameters stopped being finite")
            finite[finite.clone()] = moved
        return finite


def first_state(setting: Setting, seeds: Sequence[int]) -> State:
    """Every run before its first step, drawn from its own seed.

    Raises:
        ValueError: no seed, one that is no whole number from 0 to 2^64 - 1, or one that occurs twice.
    """
    seeds = whole_seeds(seeds)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(
            f"each run needs its own seed, a whole number from 0 up (got {seeds}): "
            f"pass range(8) for eight runs."
        )
    return State(
        seeds=seeds,
        generator=first_player(
            setting.generator, setting.generator_optimizer, setting, seeds, "generator's start"
        ),
        discriminator=first_player(
            setting.discriminator, setting.discriminator_optimizer, setting, seeds, "discriminator's start"
        ),
        alive=list(range(len(seeds))),
    )


def first_player(
    architecture: Architecture, optimizer: Optimizer, setting: Setting, seeds: Sequence[int], purpose: str
) -> Player:
    """One side before its first update."""
    drawn = initial(architecture, seeds, DTYPES[setting.dtype], purpose=purpose)
    values = flatten(architecture, drawn)
    return Player(architecture, optimizer, values, zero_moments(values))
