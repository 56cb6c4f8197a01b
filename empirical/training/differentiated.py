"""Updates by automatic differentiation: any game, any differentiable network, any regularization."""

from collections.abc import Sequence

import torch
from jaxtyping import Float

from empirical.networks import apply, unflatten
from empirical.streams import uniforms
from empirical.training.batches import (
    DISCRIMINATOR,
    GENERATOR,
    FakeSide,
    Points,
    Purposes,
    RealSide,
    fake_side,
    real_side,
)
from empirical.training.games import game
from empirical.training.penalties import between, consensus, gradient_penalty, r1_penalty
from empirical.training.setting import Setting
from empirical.training.state import State

Rows = Float[torch.Tensor, "runs parameters"]
Losses = Float[torch.Tensor, " runs"]


def update_discriminator(setting: Setting, state: State, update: int) -> Float[torch.Tensor, " kept"]:
    """Lowers every discriminator's loss by one update; the payoffs before it, of the runs that go on.

    A run's loss depends on its own row alone, so the gradient of the sum holds every run's gradient.
    """
    strength, seeds = setting.regularization.consensus, state.seeds_alive
    values = _leaf(state.discriminator.values)
    rivals = _leaf(state.generator.values) if strength else state.generator.values
    real = real_side(setting, seeds, update)
    fake = fake_side(setting, unflatten(setting.generator, rivals), seeds, update)
    payoffs, losses = discriminator_losses(setting, values, real, fake, seeds, update, DISCRIMINATOR)
    if strength:
        losses = losses + consensus(strength, losses, generator_losses(setting, values, fake), values, rivals)
    (gradient,) = torch.autograd.grad(losses.sum(), values)
    return payoffs.detach()[state.descend("discriminator", losses.detach(), gradient)]


def update_generator(setting: Setting, state: State, update: int) -> None:
    """Lowers every generator's loss by one update."""
    strength, seeds = setting.regularization.consensus, state.seeds_alive
    values = _leaf(state.generator.values)
    rivals = _leaf(state.discriminator.values) if strength else state.discriminator.values
    fake = fake_side(setting, unflatten(setting.generator, values), seeds, update, GENERATOR)
    losses = generator_losses(setting, rivals, fake)
    if strength:
        real = real_side(setting, seeds, update, GENERATOR)
        _, others = discriminator_losses(setting, rivals, real, fake, seeds, update, GENERATOR)
        losses = losses + consensus(strength, others, losses, rivals, values)
    (gradient,) = torch.autograd.grad(losses.sum(), values)
    state.descend("generator", losses.detach(), gradient)


def discriminator_losses(
    setting: Setting,
    values: Rows,
    real: RealSide,
    fake: FakeSide,
    seeds: Sequence[int],
    update: int,
    purposes: Purposes,
) -> tuple[Losses, Losses]:
    """The payoffs, and the losses: their negatives with the penalties."""

    def logits_at(points: Points) -> Float[torch.Tensor, "runs points"]:
        return _logits(setting, values, points)

    split = real[0].shape[1]
    if setting.discriminator.pointwise:
        logits = logits_at(torch.cat((real[0], fake[0]), dim=1))
        sides = logits[:, :split], logits[:, split:]
    else:
        sides = logits_at(real[0]), logits_at(fake[0])
    payoffs = game(setting.game).payoff(*sides, real[1], fake[1])
    losses = -payoffs
    if setting.regularization.r1:
        losses = losses + r1_penalty(setting.regularization.r1, logits_at, *real)
    if setting.regularization.gradient_penalty:
        draws = torch.from_numpy(uniforms(seeds, purposes.interpolation, update, 3 * setting.batch))
        points = between(real, fake, draws.view(len(seeds), 3, setting.batch))
        losses = losses + gradient_penalty(setting.regularization.gradient_penalty, logits_at, points)
    return payoffs, losses


def generator_losses(
    setting: Setting, discriminator: Float[torch.Tensor, "runs d"], fake: FakeSide
) -> Losses:
    """The losses of generators with these points against these discriminators."""
    return game(setting.game).generator_loss(_logits(setting, discriminator, fake[0]), fake[1])


def _leaf(values: Rows) -> Rows:
    """The same numbers, as what gradients are taken in."""
    return values.detach().requires_grad_()


def _logits(
    setting: Setting, discriminator: Float[torch.Tensor, "runs d"], points: Points
) -> Float[torch.Tensor, "runs points"]:
    return apply(setting.discriminator, unflatten(setting.discriminator, discriminator), points)[..., 0]
