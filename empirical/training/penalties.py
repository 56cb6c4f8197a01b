"""What regularisation adds to the players' losses; every term is itself differentiable."""

from collections.abc import Callable

import torch
from jaxtyping import Float

from empirical.training.batches import FakeSide, Points, RealSide, Weights
from empirical.training.games import expectation

LogitsAt = Callable[[Points], Float[torch.Tensor, "runs points"]]
Losses = Float[torch.Tensor, " runs"]


def r1_penalty(strength: float, logits_at: LogitsAt, points: Points, weights: Weights) -> Losses:
    r""":math:`\frac{\gamma}{2} E_p |\nabla_x l(x)|^2` on points of the data.

    Source:
        mescheder2018convergence, equation 9.
    """
    return strength / 2 * expectation(slopes(logits_at, points).square().sum(dim=2), weights)


def gradient_penalty(strength: float, logits_at: LogitsAt, points: Points) -> Losses:
    r""":math:`\lambda E (|\nabla_x l(x)| - 1)^2` on points between real and fake ones.

    The norm's derivative at 0, where a dead discriminator is flat, is taken as 0.

    Source:
        gulrajani2017improved, equation 3.
    """
    norms = torch.linalg.vector_norm(slopes(logits_at, points), dim=2)
    return strength * (norms - 1).square().mean(dim=1)


def consensus(
    strength: float,
    discriminator_losses: Losses,
    generator_losses: Losses,
    discriminator: Float[torch.Tensor, "runs d"],
    generator: Float[torch.Tensor, "runs g"],
) -> Losses:
    r""":math:`\frac{\gamma}{2} (|g_D|^2 + |g_G|^2)`, with each player's gradient of its own loss.

    Source:
        mescheder2017numerics, algorithm 2.
    """
    (first,) = torch.autograd.grad(discriminator_losses.sum(), discriminator, create_graph=True)
    (second,) = torch.autograd.grad(generator_losses.sum(), generator, create_graph=True)
    return strength / 2 * (first.square().sum(dim=1) + second.square().sum(dim=1))


def slopes(logits_at: LogitsAt, points: Points) -> Points:
    """The gradient of each point's logit in that point."""
    leaf = points if points.requires_grad else points.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(logits_at(leaf).sum(), leaf, create_graph=True)
    return gradient


def between(real: RealSide, fake: FakeSide, draws: Float[torch.Tensor, "runs 3 batch"]) -> Points:
    """Points uniform on the segments from fake to real points.

    Points of a batch are taken in their order, weighted atoms by two of the uniform numbers.
    """
    share, first, second = draws.to(real[0].dtype).unbind(dim=1)
    return share[..., None] * _chosen(*real, first) + (1 - share[..., None]) * _chosen(*fake, second)


def _chosen(
    points: Points, weights: Weights, quantile: Float[torch.Tensor, "runs batch"]
) -> Float[torch.Tensor, "runs batch dim"]:
    if weights is None:
        return points
    ends = weights.detach().cumsum(dim=1)
    # Rounding can leave the last end below 1.
    index = torch.searchsorted(ends, quantile.contiguous(), right=True).clamp(max=points.shape[1] - 1)
    return points.gather(1, index[..., None].expand(-1, -1, points.shape[2]))
