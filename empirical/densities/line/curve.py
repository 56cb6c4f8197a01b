"""A network with one input written out: the pieces of the line on which it is affine, with their maps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer


@dataclass(frozen=True, eq=False)
class Curve:
    """A continuous map of an interval into space, affine between its breakpoints.

    Args:
        edges: (p + 1,), ends of the pieces in increasing order; the outermost may be infinite.
        linear: (p, d, 1), the derivative on each piece.
        offset: (p, d), what each piece's affine map makes of 0.
    """

    edges: Float[np.ndarray, " edges"]
    linear: Float[np.ndarray, "p d 1"]
    offset: Float[np.ndarray, "p d"]

    def __len__(self) -> int:
        """The number of pieces."""
        return len(self.offset)


def affine_curve(layers: Sequence[AffineLayer], ends: tuple[float, float]) -> Curve:
    """The affine pieces of a network with one input, between these ends.

    Layer by layer: each unit is affine on each piece, so its root is known in closed form; pieces are cut
    there, and the activation multiplies each side by its slope.

    Raises:
        ValueError: the network has not one input.
    """
    if layers[0].weight.shape[1] != 1:
        raise ValueError(
            f"a curve has one latent coordinate (got {layers[0].weight.shape[1]}): begin with "
            f"torch.nn.Linear(1, ...)."
        )
    edges = np.array(ends)
    linear, offset = np.ones((1, 1)), np.zeros((1, 1))  # pieces, units
    for layer in layers:
        linear, offset = linear @ layer.weight.T, offset @ layer.weight.T + layer.bias
        creased = layer.negative_slope != 1
        with np.errstate(divide="ignore", invalid="ignore"):
            roots = -offset[:, creased] / linear[:, creased]
        inside = (edges[:-1, None] < roots) & (roots < edges[1:, None])
        cut = np.union1d(edges, roots[inside])
        within = _inner_points(cut)
        parent = np.searchsorted(edges[1:-1], within, side="right")
        edges, linear, offset = cut, linear[parent], offset[parent]
        factor = np.where(linear * within[:, None] + offset > 0, 1.0, layer.negative_slope)
        linear, offset = linear * factor, offset * factor
    return Curve(edges, linear[:, :, None], offset)


def _inner_points(edges: Float[np.ndarray, " edges"]) -> Float[np.ndarray, " edges-1"]:
    """The middle of each piece, or a point beyond its one breakpoint where it has no end."""
    left, right = edges[:-1].copy(), edges[1:].copy()
    left[np.isinf(left)] = np.minimum(right[np.isinf(left)], 1.0) - 2.0
    right[np.isinf(right)] = np.maximum(left[np.isinf(right)], -1.0) + 2.0
    return left + (right - left) / 2
