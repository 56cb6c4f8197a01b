"""Updates of leaky-ReLU MLPs with their gradients written out, but for the game's slopes in the logits."""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float

from empirical.networks import MLP, parameter_count
from empirical.training.backpropagation import Layers, Room
from empirical.training.batches import DISCRIMINATOR, GENERATOR, Purposes, latents, noisy, real_side
from empirical.training.games import game
from empirical.training.regularization import Regularization
from empirical.training.setting import DTYPES, Setting
from empirical.training.state import Player, State

NEAR = 12 * 2**20  # bytes of a part's numbers: more leave the processor's caches, fewer waste calls

TABLES = 4  # kept at a time: two for parts and what is left over, two for parts in which a run has ended


class Table:
    """Where the players of a stack of this many runs meet: memory, and views of it."""

    def __init__(self, setting: Setting, runs: int) -> None:
        g, d = _mlp(setting.generator), _mlp(setting.discriminator)
        dtype = DTYPES[setting.dtype]
        room = Room(d, runs, 2 * setting.batch, dtype)
        self.both, self.judged = room.passes(2 * setting.batch), room.passes(setting.batch)
        self.made = Room(g, runs, setting.batch, dtype).passes(setting.batch)
        self.gradients = {
            "generator": torch.empty(runs, parameter_count(g), dtype=dtype),
            "discriminator": torch.empty(runs, parameter_count(d), dtype=dtype),
        }
        self.into = {
            "generator": Layers(g, self.gradients["generator"]),
            "discriminator": Layers(d, self.gradients["discriminator"]),
        }
        self._bound: dict[str, tuple[torch.Tensor, Layers]] = {}

    def layers(self, name: str, player: Player) -> Layers:
        """The player's parameters by layers, found again as long as its rows stay where they are."""
        if name not in self._bound or self._bound[name][0] is not player.values:
            self._bound[name] = player.values, Layers(_mlp(player.architecture), player.values)
        return self._bound[name][1]


def possible(setting: Setting) -> bool:
    """Whether this setting's updates are written out: MLPs, and no term that needs second derivatives."""
    asked = setting.regularization
    return (
        type(setting.generator) is MLP
        and type(setting.discriminator) is MLP
        and replace(asked, clip=None, instance_noise=0.0) == Regularization()
    )


def runs_at_once(setting: Setting) -> int:
    """How many runs keep their numbers near the processor: outputs, gradients, parameters, moments."""
    g, d = _mlp(setting.generator), _mlp(setting.discriminator)
    points = 2 * setting.batch * (sum(g.widths) + 2 * sum(d.widths))
    parameters = 4 * (parameter_count(g) + parameter_count(d))
    return max(1, NEAR // (DTYPES[setting.dtype].itemsize * (points + parameters)))


def update_discriminator(setting: Setting, state: State, update: int) -> Float[torch.Tensor, " kept"]:
    """Lowers every discriminator's loss by one update; the payoffs before it, of the runs that go on."""
    table, seeds, batch = _table(setting, state), state.seeds_alive, setting.batch
    d = table.layers("discriminator", state.discriminator)
    points = table.both.outputs[0]
    points[:, :, :batch] = real_side(setting, seeds, update)[0].transpose(1, 2)
    _generate(setting, state, table, points[:, :, batch:], update, DISCRIMINATOR)
    table.both.forward(d)
    payoffs = _slopes(
        lambda logits: game(setting.game).payoff(logits[:, :batch], logits[:, batch:]),
        table.both.outputs[-1],
        table.both.gradients[-1],
    )
    table.both.gradients[-1].neg_()  # the loss is the negative payoff
    table.both.backward(d, table.into["discriminator"])
    return payoffs[state.descend("discriminator", -payoffs, table.gradients["discriminator"])]


def update_generator(setting: Setting, state: State, update: int) -> None:
    """Lowers every generator's loss by one update."""
    table = _table(setting, state)
    g = table.layers("generator", state.generator)
    d = table.layers("discriminator", state.discriminator)
    _generate(setting, state, table, table.judged.outputs[0], update, GENERATOR)
    table.judged.forward(d)
    losses = _slopes(game(setting.game).generator_loss, table.judged.outputs[-1], table.judged.gradients[-1])
    table.judged.backward(d, None, inputs=True)
    table.made.gradients[-1].copy_(table.judged.gradients[0])
    table.made.backward(g, table.into["generator"])
    state.descend("generator", losses, table.gradients["generator"])


def _generate(
    setting: Setting,
    state: State,
    table: Table,
    result: Float[torch.Tensor, "runs dim batch"],
    update: int,
    purposes: Purposes,
) -> None:
    """Fills the result with a batch of every generator."""
    seeds, dim = state.seeds_alive, _mlp(setting.generator).in_dim
    noise = latents(
        setting.latent, seeds, purposes.latents, update, setting.batch, dim, DTYPES[setting.dtype]
    )
    table.made.outputs[0].copy_(noise.transpose(1, 2))
    table.made.forward(table.layers("generator", state.generator))
    result.copy_(table.made.outputs[-1])
    if setting.regularization.instance_noise:
        points = noisy(setting, result.transpose(1, 2), seeds, purposes.fake_instance, update)
        result.copy_(points.transpose(1, 2))


def _slopes(
    function: Callable[[Float[torch.Tensor, "runs points"]], Float[torch.Tensor, " runs"]],
    logits: Float[torch.Tensor, "runs 1 points"],
    gradient: Float[torch.Tensor, "runs 1 points"],
) -> Float[torch.Tensor, " runs"]:
    """The function's values, and its gradient in the logits written into the other tensor."""
    leaf = logits[:, 0].detach().requires_grad_()
    values = function(leaf)
    gradient[:, 0] = torch.autograd.grad(values.sum(), leaf)[0]
    return values.detach()


def _table(setting: Setting, state: State) -> Table:
    runs = len(state.alive)
    if runs not in state.room:
        if len(state.room) == TABLES:
            state.room.clear()
        state.room[runs] = Table(setting, runs)
    return state.room[runs]


def _mlp(architecture: object) -> MLP:
    if not isinstance(architecture, MLP):
        raise TypeError(
            f"gradients are written out for MLPs alone (got {architecture}): ask possible(setting) first."
        )
    return architecture
