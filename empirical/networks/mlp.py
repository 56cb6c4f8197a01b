"""Fully connected networks with leaky ReLUs, many runs at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float

from empirical.networks.parameters import Parameters, parameter_count, unflatten
from empirical.streams import uniforms


@dataclass(frozen=True)
class MLP:
    r"""Affine layers with a leaky ReLU between each two: piecewise affine, without an output activation.

    A discriminator's output is a logit; its sigmoid belongs to the game, which takes it together with the
    logarithm so that neither overflows.

    Args:
        widths: input, hidden and output widths; (15, 50, 2) has one hidden layer.
        negative_slope: slope of the leaky ReLU below 0; 0 makes it a ReLU.

    Raises:
        ValueError: fewer than two widths, a width below 1, or a slope outside [0, 1].
    """

    widths: tuple[int, ...]
    negative_slope: float = 0.2

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise ValueError(
                f"a network needs an input and an output width, each at least 1 (got {self.widths}): "
                f"pass (15, 50, 2), say."
            )
        if not 0 <= self.negative_slope <= 1:
            raise ValueError(
                f"the slope below 0 must lie in [0, 1] (got {self.negative_slope}): pass 0.2, say."
            )

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Weights (out, in) and biases (out) of each layer, under the names of torch.nn.Sequential."""
        shapes = {}
        for layer, (fan_in, fan_out) in enumerate(zip(self.widths, self.widths[1:], strict=False)):
            # The leaky ReLUs between the layers are numbered too.
            shapes[f"{2 * layer}.weight"] = (fan_out, fan_in)
            shapes[f"{2 * layer}.bias"] = (fan_out,)
        return shapes

    def draw(self, seeds: Sequence[int], purpose: str, update: int) -> Parameters:
        r"""Draws weights and biases uniform on :math:`\pm 1/\sqrt{\mathrm{in}}`, as torch.nn.Linear does."""
        rows = torch.from_numpy(2 * uniforms(seeds, purpose, update, parameter_count(self)) - 1)
        drawn = unflatten(self, rows)
        for layer, fan_in in enumerate(self.widths[:-1]):
            for kind in ("weight", "bias"):
                drawn[f"{2 * layer}.{kind}"] /= math.sqrt(fan_in)
        return drawn

    @property
    def in_dim(self) -> int:
        """Coordinates of an input."""
        return self.widths[0]

    @property
    def out_dim(self) -> int:
        """Coordinates of an output."""
        return self.widths[-1]

    @property
    def pointwise(self) -> bool:
        """A point's output depends on that point alone."""
        return True

    def outputs(
        self, parameters: Parameters, x: Float[torch.Tensor, "runs batch in"]
    ) -> Float[torch.Tensor, "runs batch out"]:
        """The output of run i's network for run i's batch."""
        last = len(self.widths) - 2
        for layer in range(last + 1):
            weight, bias = parameters[f"{2 * layer}.weight"], parameters[f"{2 * layer}.bias"]
            x = torch.baddbmm(bias[:, None, :], x, weight.transpose(1, 2))
            if layer < last:
                x = torch.nn.functional.leaky_relu(x, self.negative_slope)
        return x

    def module(self, one: Parameters) -> torch.nn.Sequential:
        """Linear and LeakyReLU layers that hold one run's parameters."""
        layers: list[torch.nn.Module] = []
        for fan_in, fan_out in zip(self.widths, self.widths[1:], strict=False):
            if layers:
                layers.append(torch.nn.LeakyReLU(self.negative_slope))
            # Not initialised: torch would draw from its global generator what is overwritten at once.
            linear = torch.nn.utils.skip_init(torch.nn.Linear, fan_in, fan_out, dtype=one["0.weight"].dtype)
            layers.append(linear)
        module = torch.nn.Sequential(*layers)
        module.load_state_dict(one)
        return module
