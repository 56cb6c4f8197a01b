"""A network of affine and (leaky) ReLU layers on the line, written out as the affine pieces it is made of."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class PiecewiseLinear:
    """A continuous function on an interval, affine between its breakpoints.

    Args:
        edges: (p + 1,), ends of the pieces in increasing order; the outermost may be infinite.
        slopes: (p,), of each piece.
        intercepts: (p,), value of each piece's affine map at 0.
    """

    edges: Float[np.ndarray, " edges"]
    slopes: Float[np.ndarray, " p"]
    intercepts: Float[np.ndarray, " p"]

    @property
    def breakpoints(self) -> Float[np.ndarray, " breakpoints"]:
        """Where two pieces meet."""
        return self.edges[1:-1]

    @cached_property
    def edge_values(self) -> Float[np.ndarray, " edges"]:
        """The function at the edges, one value for the two pieces that meet there.

        A flat piece gives its edges its own height, and a neighbouring flat piece takes it over: a plateau
        of several pieces has one height to the last bit.
        """
        with np.errstate(invalid="ignore"):  # 0 * inf, on a flat piece that has no end
            values = np.append(
                self.slopes * self.edges[:-1] + self.intercepts,
                self.slopes[-1] * self.edges[-1] + self.intercepts[-1],
            )
        height = np.nan
        for piece in np.flatnonzero(self.slopes == 0):
            continued = piece > 0 and self.slopes[piece - 1] == 0
            height = height if continued else self.intercepts[piece]
            values[piece : piece + 2] = height
        return values

    def __call__(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """The value at each point of the interval."""
        piece = np.searchsorted(self.breakpoints, z, side="right")
        height = self.edge_values[piece]  # of a flat piece: the value at its left edge, which it shares
        sloped = self.slopes[piece] * z + self.intercepts[piece]
        return np.where(self.slopes[piece] == 0, height, sloped)


def piecewise_linear(generator: torch.nn.Module, ends: tuple[float, float]) -> PiecewiseLinear:
    """The affine pieces of a network with one input and one output, between these ends.

    Layer by layer: a unit's preactivation is affine on each piece, so its root is known in closed form;
    pieces are cut there, and the activation multiplies each side by its slope.

    Raises:
        TypeError: a layer is neither Linear, ReLU nor LeakyReLU.
        ValueError: not one input or one output, or parameters that are not finite.
    """
    layers = _layers(generator)
    edges = np.array(ends)
    slopes, intercepts = np.ones((1, 1)), np.zeros((1, 1))  # pieces, units
    for layer in layers:
        if isinstance(layer, torch.nn.Linear):
            weight, bias = _parameters(layer)
            slopes, intercepts = slopes @ weight.T, intercepts @ weight.T + bias
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            roots = -intercepts / slopes
        inside = (edges[:-1, None] < roots) & (roots < edges[1:, None])
        cut = np.union1d(edges, roots[inside])
        middles = _middles(cut)
        parent = np.searchsorted(edges[1:-1], middles, side="right")
        edges, slopes, intercepts = cut, slopes[parent], intercepts[parent]
        negative_slope = layer.negative_slope if isinstance(layer, torch.nn.LeakyReLU) else 0.0
        factor = np.where(slopes * middles[:, None] + intercepts > 0, 1.0, negative_slope)
        slopes, intercepts = slopes * factor, intercepts * factor
    return PiecewiseLinear(edges, slopes[:, 0], intercepts[:, 0])


def _middles(edges: Float[np.ndarray, " edges"]) -> Float[np.ndarray, " edges-1"]:
    """A point inside each piece, one beyond the last breakpoint where the piece has no end."""
    left, right = edges[:-1].copy(), edges[1:].copy()
    left[np.isinf(left)] = np.minimum(right[np.isinf(left)], 1.0) - 2.0
    right[np.isinf(right)] = np.maximum(left[np.isinf(right)], -1.0) + 2.0
    return left + (right - left) / 2


def _layers(generator: torch.nn.Module) -> list[torch.nn.Module]:
    # Exact types only: a subclass may compute something else. Iterating over a Sequential, unlike .modules(),
    # lists an activation as often as it is used.
    layers, waiting = [], [generator]
    while waiting:
        layer = waiting.pop()
        if type(layer) is torch.nn.Sequential:
            waiting.extend(reversed(list(layer)))
        elif type(layer) in (torch.nn.Linear, torch.nn.ReLU, torch.nn.LeakyReLU):
            layers.append(layer)
        else:
            raise TypeError(
                f"the exact density of a noise generator needs Linear, ReLU and LeakyReLU layers in a "
                f"Sequential (got {type(layer).__name__}): use LeakyReLU, or pass a Finite latent, which "
                f"takes any layers."
            )
    linear = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
    inputs, outputs = (linear[0].in_features, linear[-1].out_features) if linear else (0, 0)
    if (inputs, outputs) != (1, 1):
        raise ValueError(
            f"the exact density of a noise generator needs one input and one output (got {inputs} and "
            f"{outputs}): use Linear(1, ...) first and Linear(..., 1) last, or pass a Finite latent."
        )
    return layers


def _parameters(layer: torch.nn.Linear) -> tuple[Float[np.ndarray, "out in"], Float[np.ndarray, " out"]]:
    weight = layer.weight.detach().double().cpu().numpy()
    bias = np.zeros(len(weight)) if layer.bias is None else layer.bias.detach().double().cpu().numpy()
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise ValueError(
            "the generator's parameters must be finite (got NaN or infinity): train it again with a smaller "
            "learning rate."
        )
    return weight, bias
