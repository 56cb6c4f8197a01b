r"""One and the same flow, trained by maximum likelihood or by a game.

All objectives start from the same parameters, see the same batches of data in the same order, and update
the flow as often with the same optimiser. By likelihood the flow lowers :math:`-E_p \log q(x)` on a batch of
data; in a game each of its updates follows one of a discriminator, and lowers the generator's loss on a batch
of its own samples. The flow after the last update is the result: none is chosen by looking at held-out data.

Source: grover2018flow, section 3.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from jaxtyping import Float

from empirical.networks import MLP, initial, single
from empirical.networks.flows import FlowArchitecture, build_flow
from empirical.targets import Target
from empirical.training.games import GAMES, game
from empirical.training.optimizers import Adam, update, zero_moments
from empirical.training.streams import stream, stream_seed

LIKELIHOOD = "likelihood"
OBJECTIVES = (LIKELIHOOD, *GAMES)


@dataclass(frozen=True, kw_only=True)
class FlowSetting:
    """Everything that decides how a flow is trained, apart from its seed and objective.

    Args:
        target: the data law.
        architecture: of the flow.
        discriminator: an MLP with one output, the logit; likelihood has no use for it.
        batch: points of each side in an update.
        flow_adam: the flow's optimiser, under every objective.
        discriminator_optimizer: the discriminator's.

    Raises:
        ValueError: parts that do not fit each other, or an empty batch.
    """

    target: Target
    architecture: FlowArchitecture
    discriminator: MLP
    batch: int = 256
    flow_adam: Adam = field(default_factory=Adam)
    discriminator_optimizer: Adam = field(default_factory=Adam)

    def __post_init__(self) -> None:
        dims = self.target.dim, self.architecture.dim, self.discriminator.widths[0]
        if len(set(dims)) > 1 or self.discriminator.widths[-1] != 1:
            raise ValueError(
                f"target, flow and discriminator must share one space, and the discriminator end in a logit "
                f"(got dimensions {dims} and {self.discriminator.widths[-1]} outputs): change their widths."
            )
        if self.batch < 1:
            raise ValueError(f"a batch holds at least one point (got {self.batch}): pass 256, say.")


@dataclass(frozen=True, eq=False)
class TrainedFlow:
    """A flow as it was along its training.

    Args:
        steps: at which it was kept, in increasing order.
        flows: copies of it, the last of which is the result.
        ended: why training stopped before its last step; None if it did not.
    """

    steps: tuple[int, ...]
    flows: tuple[torch.nn.Module, ...]
    ended: str | None


class _Player:
    """One side: its module, whose parameters are views of one row, and the moments of its optimiser."""

    def __init__(self, module: torch.nn.Module, adam: Adam) -> None:
        self.parameters = list(module.parameters())
        self.adam = adam
        self.values = torch.cat([parameter.detach().flatten() for parameter in self.parameters])[None]
        self.moments = zero_moments(self.values)
        pieces = self.values[0].split([parameter.numel() for parameter in self.parameters])
        for parameter, piece in zip(self.parameters, pieces, strict=True):
            parameter.data = piece.view_as(parameter)

    def moved(self, loss: Float[torch.Tensor, ""]) -> bool:
        """Lowers the loss by one update, unless it or its gradient is not finite."""
        gradients = torch.autograd.grad(loss, self.parameters)
        row = torch.cat([gradient.flatten() for gradient in gradients])[None]
        if not torch.isfinite(loss.detach() + row.sum()):
            return False
        update(self.adam, self.values, row, self.moments)
        return True


def train_flow(
    setting: FlowSetting,
    objective: str,
    seed: int,
    *,
    checkpoints: Sequence[int],
    progress: Callable[[float], None] | None = None,
) -> TrainedFlow:
    """Trains a flow, and keeps it at these numbers of its updates.

    Args:
        setting: data, networks and optimisers.
        objective: "likelihood", or the name of a game.
        seed: of the parameters and of all batches.
        checkpoints: increasing from 0 on; 0 is before the first update, the last ends the training.
        progress: called with the share of the updates done.

    Raises:
        ValueError: an unknown objective, or checkpoints that do not increase from 0 on.
    """
    steps = list(checkpoints)
    if not steps or steps[0] < 0 or any(b <= a for a, b in pairwise(steps)):
        raise ValueError(f"checkpoints must increase from 0 on (got {steps}): pass (0, 100, 1000), say.")
    rules = None if objective == LIKELIHOOD else game(objective)
    flow = build_flow(setting.architecture, stream_seed(seed, "generator"))
    widths = setting.discriminator
    discriminator = single(widths, initial(widths, (stream_seed(seed, "discriminator"),)), 0)
    flow_player = _Player(flow, setting.flow_adam)
    discriminator_player = _Player(discriminator, setting.discriminator_optimizer)
    # The data have a stream of their own: batch number t is the same under every objective.
    data, latents = stream(seed, "training"), stream(seed, "sampling")
    kept: list[tuple[int, torch.nn.Module]] = []
    ended = None
    for step in range(steps[-1] + 1):
        if step == steps[len(kept)]:
            kept.append((step, copy.deepcopy(flow).requires_grad_(False)))
        if step == steps[-1]:
            break
        real = setting.target.sample(setting.batch, data)
        if rules is None:
            finite = flow_player.moved(-flow().log_prob(real).mean())
        else:
            with torch.no_grad():
                fake = _sampled(flow, setting, latents)
            payoff = rules.payoff(discriminator(real).T, discriminator(fake).T)
            finite = discriminator_player.moved(-payoff.sum())
            loss = rules.generator_loss(discriminator(_sampled(flow, setting, latents)).T)
            finite = finite and flow_player.moved(loss.sum())
        if not finite:
            ended = f"a loss or its gradient stopped being finite at update {step + 1}"
            break
        if progress is not None:
            progress((step + 1) / steps[-1])
    return TrainedFlow(tuple(step for step, _ in kept), tuple(flow for _, flow in kept), ended)


def _sampled(
    flow: torch.nn.Module, setting: FlowSetting, latents: torch.Generator
) -> Float[torch.Tensor, "batch dim"]:
    z = torch.randn(setting.batch, setting.target.dim, dtype=torch.float64, generator=latents)
    return flow().transform.inv(z)
