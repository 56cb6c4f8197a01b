"""The alternating game, for many runs at once."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from jaxtyping import Float

from empirical.networks import Atoms, Parameters, apply, atom_weights, unflatten
from empirical.targets import Digits, FiniteTarget
from empirical.training.checkpoint import load_checkpoint, save_checkpoint
from empirical.training.games import game
from empirical.training.setting import DTYPES, Setting
from empirical.training.state import Player, State, first_state
from empirical.training.streams import latent_noise
from empirical.training.trained import Trained, trained

Points = Float[torch.Tensor, "runs points dim"]
Weights = Float[torch.Tensor, "runs points"] | None


def train(
    setting: Setting,
    seeds: Sequence[int],
    *,
    steps: int,
    checkpoint: Path | None = None,
    every: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> Trained:
    """Trains one run per seed, as one stack, for this many steps in all.

    Run i draws the same numbers, to the bit, as it would alone; its parameters agree with those of the run
    alone to rounding, because torch multiplies stacks of different height in different order. A run whose
    loss or gradient stops being finite ends with a recorded reason, and the others go on.

    Where the checkpoint exists, training goes on from it, and ends with the same bits as one that was never
    interrupted, given the same machine, torch and number of threads. It is written whole or not at all: an
    interruption at any moment loses at most the steps since the last one.

    Args:
        setting: the game.
        seeds: one whole number per run, all different.
        steps: steps to have done at the end, those of a checkpoint included.
        checkpoint: a file to go on from and to write to.
        every: steps between two checkpoints.
        progress: called with (steps done, steps) after each step.

    Raises:
        ValueError: bad seeds or numbers, or a checkpoint that is damaged, foreign, of another training, or
            already past these steps; it is left as it was.
    """
    if steps < 0 or every < 1:
        raise ValueError(f"steps must be at least 0 and every at least 1 (got {steps} and {every}).")
    if checkpoint is not None and checkpoint.exists():
        state = load_checkpoint(checkpoint, setting, seeds)
        if state.step > steps:
            raise ValueError(
                f"{checkpoint} is already at step {state.step}, past the {steps} asked for: nothing was "
                f"overwritten; pass steps={state.step} or more, or another path."
            )
    else:
        state = first_state(setting, seeds)
        if checkpoint is not None:
            save_checkpoint(checkpoint, setting, state)
    while state.step < steps and state.alive:
        one_step(setting, state)
        if checkpoint is not None and (state.step % every == 0 or state.step == steps or not state.alive):
            save_checkpoint(checkpoint, setting, state)
        if progress is not None:
            progress(state.step, steps)
    return trained(setting, state)


def one_step(setting: Setting, state: State) -> None:
    """The discriminator's updates, then the generator's, of every run that goes on."""
    payoffs = {}
    for _ in range(setting.discriminator_updates):
        if state.alive:
            payoff = update_discriminator(setting, state)
            payoffs = dict(zip(state.alive, payoff.tolist(), strict=True))
    for _ in range(setting.generator_updates):
        if state.alive:
            update_generator(setting, state)
    state.payoffs.append([payoffs.get(run, math.nan) for run in range(len(state.seeds))])
    state.step += 1


def update_discriminator(setting: Setting, state: State) -> Float[torch.Tensor, " runs"]:
    """Raises every discriminator's payoff by one update; the payoffs before it, of the runs that go on."""
    values = state.discriminator.values.detach().requires_grad_()
    real, real_weights = real_side(setting, state)
    with torch.no_grad():
        fake, fake_weights = fake_side(setting, state, state.generator.parameters())
    logits = apply(
        setting.discriminator, unflatten(setting.discriminator, values), torch.cat((real, fake), dim=1)
    )[..., 0]
    payoff = game(setting.game).payoff(
        logits[:, : real.shape[1]], logits[:, real.shape[1] :], real_weights, fake_weights
    )
    return -descend(state, state.discriminator, -payoff, values, "discriminator")


def update_generator(setting: Setting, state: State) -> None:
    """Lowers every generator's loss by one update."""
    values = state.generator.values.detach().requires_grad_()
    fake, weights = fake_side(setting, state, unflatten(setting.generator, values))
    logits = apply(setting.discriminator, state.discriminator.parameters(), fake)[..., 0]
    descend(state, state.generator, game(setting.game).generator_loss(logits, weights), values, "generator")


def descend(
    state: State,
    player: Player,
    losses: Float[torch.Tensor, " runs"],
    values: Float[torch.Tensor, "runs parameters"],
    name: str,
) -> Float[torch.Tensor, " kept"]:
    """Moves one side of every run against its loss, and ends the runs that cannot be; the others' losses."""
    # A run's loss depends on its own row alone, so the gradient of the sum holds every run's gradient.
    (gradient,) = torch.autograd.grad(losses.sum(), values)
    losses = losses.detach()
    finite = torch.isfinite(losses + gradient.sum(dim=1))
    if not finite.all():
        state.end(~finite, f"the {name}'s loss or its gradient stopped being finite")
        losses, gradient = losses[finite], gradient[finite]
    player.move(gradient)
    return losses


def real_side(setting: Setting, state: State) -> tuple[Points, Weights]:
    """The data in one update: a batch for each run from its stream, or all atoms with their weights."""
    dtype, runs, target = DTYPES[setting.dtype], len(state.alive), setting.target
    if setting.exact and isinstance(target, FiniteTarget | Digits):
        atoms, weights = target.atoms.to(dtype), target.probabilities.to(dtype)
        return atoms.expand(runs, *atoms.shape), weights.expand(runs, *weights.shape)
    batches = [target.sample(setting.batch, stream) for stream in state.streams]
    return torch.stack(batches).to(dtype), None


def fake_side(setting: Setting, state: State, parameters: Parameters) -> tuple[Points, Weights]:
    """The generators' law in one update: a batch for each run, or all its atoms with their weights."""
    if isinstance(setting.generator, Atoms):
        return parameters["points"], atom_weights(parameters)
    noise = latent_noise(
        setting.latent, setting.batch, setting.generator.widths[0], state.streams, DTYPES[setting.dtype]
    )
    return apply(setting.generator, parameters, noise), None
