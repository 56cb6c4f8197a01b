"""Training by torch: the runs as stacked tensors, any game, any differentiable network."""

import math

import torch
from jaxtyping import Float

from empirical.networks import apply, unflatten
from empirical.training.batches import fake_side, real_side
from empirical.training.games import game
from empirical.training.setting import Setting
from empirical.training.state import Player, State


def advance(setting: Setting, state: State, steps: int) -> None:
    """Takes every run that goes on this many steps further, or until it ends."""
    for _ in range(steps):
        if state.alive:
            one_step(setting, state)


def one_step(setting: Setting, state: State) -> None:
    """The discriminator's updates, then the generator's, of every run that goes on."""
    payoffs = {}
    for part in range(setting.discriminator_updates):
        if state.alive:
            payoff = update_discriminator(setting, state, state.step * setting.discriminator_updates + part)
            payoffs = dict(zip(state.alive, payoff.tolist(), strict=True))
    for part in range(setting.generator_updates):
        if state.alive:
            update_generator(setting, state, state.step * setting.generator_updates + part)
    state.payoffs.append([payoffs.get(run, math.nan) for run in range(len(state.seeds))])
    state.step += 1


def update_discriminator(setting: Setting, state: State, update: int) -> Float[torch.Tensor, " runs"]:
    """Raises every discriminator's payoff by one update; the payoffs before it, of the runs that go on."""
    values = state.discriminator.values.detach().requires_grad_()
    real, real_weights = real_side(setting, state.seeds_alive, update)
    with torch.no_grad():
        fake, fake_weights = fake_side(
            setting, state.generator.parameters(), state.seeds_alive, "fake batch", update
        )
    logits = apply(
        setting.discriminator, unflatten(setting.discriminator, values), torch.cat((real, fake), dim=1)
    )[..., 0]
    payoff = game(setting.game).payoff(
        logits[:, : real.shape[1]], logits[:, real.shape[1] :], real_weights, fake_weights
    )
    return -descend(state, state.discriminator, -payoff, values, "discriminator")


def update_generator(setting: Setting, state: State, update: int) -> None:
    """Lowers every generator's loss by one update."""
    values = state.generator.values.detach().requires_grad_()
    fake, weights = fake_side(
        setting, unflatten(setting.generator, values), state.seeds_alive, "generator's batch", update
    )
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
