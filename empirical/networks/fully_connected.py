"""Affine layers with another activation than the leaky ReLU of an MLP, with batch norm, or of maxout."""

from itertools import pairwise

import torch

from empirical.networks.module_network import ModuleNetwork

ACTIVATIONS: dict[str, type[torch.nn.Module]] = {
    "relu": torch.nn.ReLU,
    "leaky-relu": torch.nn.LeakyReLU,
    "tanh": torch.nn.Tanh,
    "sigmoid": torch.nn.Sigmoid,
    "elu": torch.nn.ELU,
    "silu": torch.nn.SiLU,
    "softplus": torch.nn.Softplus,
}


class Maxout(torch.nn.Module):
    r"""The largest of several affine maps in each coordinate, :math:`\max_k (W_k x + b_k)_j`.

    Source:
        goodfellow2013maxout, section 2.
    """

    def __init__(self, in_features: int, out_features: int, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces
        self.affine = torch.nn.Linear(in_features, out_features * pieces)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The maximum over the pieces of each output."""
        return self.affine(x).unflatten(-1, (-1, self.pieces)).amax(dim=-1)

    def extra_repr(self) -> str:
        """The number of pieces, so that different layers print differently."""
        return f"pieces={self.pieces}"


def fully_connected(
    widths: tuple[int, ...], activation: str = "tanh", *, batch_norm: bool = False, maxout: int = 0
) -> ModuleNetwork:
    """Affine layers of these widths with an activation between each two; the last one has none.

    Args:
        widths: input, hidden and output widths.
        activation: one of ``ACTIVATIONS``, for layers that are not maxout.
        batch_norm: normalises every hidden layer before its activation by the mean and variance of the batch
            at hand, also when sampling.
        maxout: pieces of each hidden layer, which then has no other activation; 0 for none.

    Raises:
        ValueError: fewer than two widths, one below 1, or an unknown activation.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(
            f"a network needs an input and an output width, each at least 1 (got {widths}): "
            f"pass (2, 128, 1), say."
        )
    if activation not in ACTIVATIONS:
        raise ValueError(f"no activation is called {activation!r}: pass one of {tuple(ACTIVATIONS)}.")
    layers: list[torch.nn.Module] = []
    for fan_in, fan_out in pairwise(widths[:-1]):
        layers.append(Maxout(fan_in, fan_out, maxout) if maxout else torch.nn.Linear(fan_in, fan_out))
        if batch_norm:
            layers.append(torch.nn.BatchNorm1d(fan_out, track_running_stats=False))
        if not maxout:
            layers.append(ACTIVATIONS[activation]())
    layers.append(torch.nn.Linear(widths[-2], widths[-1]))
    return ModuleNetwork(torch.nn.Sequential(*layers), widths[0], widths[-1])
