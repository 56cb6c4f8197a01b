"""Forward and backward passes of stacked MLPs, written out: no graph, and no memory that is not used again.

Everything is feature-major, (runs, width, points): a layer is one batched product of weights and points, and
the points lie in the order in which the streams draw them.
"""

from itertools import pairwise

import torch
from jaxtyping import Float

from empirical.networks import MLP

Stacked = Float[torch.Tensor, "runs width points"]
Layered = list[Float[torch.Tensor, "runs _ points"]]  # layers differ in width

# With its third argument the gradient reads the sign of the output, which is that of the input.
_leaky_backward = torch.ops.aten.leaky_relu_backward.grad_input


class Room:
    """Where one MLP of every run keeps the outputs of its layers and the loss's gradients in them.

    Args:
        architecture: of the networks.
        runs: how many there are.
        points: the most points that a run passes through its network at once.
        dtype: of all numbers.
    """

    def __init__(self, architecture: MLP, runs: int, points: int, dtype: torch.dtype) -> None:
        self.architecture = architecture
        self.runs = runs
        self._memory = [
            (torch.empty(runs * width * points, dtype=dtype), torch.empty(runs * width * points, dtype=dtype))
            for width in architecture.widths
        ]

    def passes(self, points: int) -> "Passes":
        """The same memory, for this many points in a run."""
        shapes = [(self.runs, width, points) for width in self.architecture.widths]
        return Passes(
            self.architecture.negative_slope,
            [_shaped(memory[0], shape) for memory, shape in zip(self._memory, shapes, strict=True)],
            [_shaped(memory[1], shape) for memory, shape in zip(self._memory, shapes, strict=True)],
        )


class Layers:
    """Rows of parameters, or of gradients in them, as each layer's weights and biases: views of the rows."""

    def __init__(self, architecture: MLP, rows: Float[torch.Tensor, "runs parameters"]) -> None:
        self.weights: list[torch.Tensor] = []
        self.biases: list[torch.Tensor] = []
        at = 0
        for fan_in, fan_out in pairwise(architecture.widths):
            end = at + fan_in * fan_out
            self.weights.append(rows[:, at:end].view(len(rows), fan_out, fan_in))
            self.biases.append(rows[:, end : end + fan_out].unsqueeze(2))
            at = end + fan_out
        self.transposed = [weight.transpose(1, 2) for weight in self.weights]


class Passes:
    """Forward and backward through one stack of MLPs, of a fixed number of points.

    Args:
        negative_slope: of the leaky ReLU between the layers.
        outputs: of every layer, the points that go in first.
        gradients: of the losses in them.
    """

    def __init__(self, negative_slope: float, outputs: Layered, gradients: Layered) -> None:
        self.negative_slope = negative_slope
        self.outputs = outputs
        self.gradients = gradients
        self._transposed = [output.transpose(1, 2) for output in outputs]

    def forward(self, layers: Layers) -> None:
        """From the first of ``outputs`` to the last."""
        for layer, (weight, bias) in enumerate(zip(layers.weights, layers.biases, strict=True)):
            output = self.outputs[layer + 1]
            torch.baddbmm(bias, weight, self.outputs[layer], out=output)
            if layer < len(layers.weights) - 1:
                torch.nn.functional.leaky_relu_(output, self.negative_slope)

    def backward(self, layers: Layers, into: Layers | None, *, inputs: bool = False) -> None:
        """From the last of ``gradients`` to the parameters' and to the first.

        Args:
            layers: the parameters with which the points went forward.
            into: receives the gradients in the parameters; None leaves them out.
            inputs: whether the gradients in the points that went in are wanted.
        """
        for layer in reversed(range(len(layers.weights))):
            above = self.gradients[layer + 1]
            if into is not None:
                # Into views of rows torch would multiply run by run.
                into.weights[layer].copy_(torch.bmm(above, self._transposed[layer]))
                torch.sum(above, 2, keepdim=True, out=into.biases[layer])
            if layer or inputs:
                below = self.gradients[layer]
                torch.bmm(layers.transposed[layer], above, out=below)
                if layer:
                    _leaky_backward(below, self.outputs[layer], self.negative_slope, True, grad_input=below)


def _shaped(memory: Float[torch.Tensor, " numbers"], shape: tuple[int, int, int]) -> Stacked:
    runs, width, points = shape
    return memory[: runs * width * points].view(shape)
