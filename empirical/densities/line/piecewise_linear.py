"""A network of affine and (leaky) ReLU layers on the line, written out as the affine pieces it is made of."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.enclosed import Enclosed, exact, scaled, weighted
from empirical.densities.line.pieces import LinePieces, line_pieces
from empirical.densities.line.vertices import LineVertices
from empirical.densities.rational_network import nearest


@dataclass(frozen=True, eq=False)
class PiecewiseLinear:
    """A continuous function on an interval, affine between its breakpoints.

    Args:
        edges: (p + 1,), ends of the pieces in increasing order; the outermost may be infinite, and two that
            are nearer than floats tell apart may be equal.
        slopes: (p,), of each piece.
        intercepts: (p,), value of each piece's affine map at 0.
        doubts: (p + 1,), bounds of the errors of the edges.
        layers: the network that the function is.
        patterns: (p, units), the sign of each folding unit inside each piece; 0 where it vanishes on it.
        vertices: the edges in rational numbers, on demand.
        numbers: (p + 1,), the number of each edge among the vertices.
        undecided: how many signs floats could not decide, and rationals did.
    """

    edges: Float[np.ndarray, " edges"]
    slopes: Float[np.ndarray, " p"]
    intercepts: Float[np.ndarray, " p"]
    doubts: Float[np.ndarray, " edges"]
    layers: tuple[AffineLayer, ...]
    patterns: Int[np.ndarray, "p units"]
    vertices: LineVertices
    numbers: Int[np.ndarray, " edges"]
    undecided: int

    @property
    def breakpoints(self) -> Float[np.ndarray, " breakpoints"]:
        """Where two pieces meet."""
        return self.edges[1:-1]

    def exact_breakpoints(self) -> list[Fraction]:
        """Where two pieces meet, in rational numbers; some milliseconds each for trained networks."""
        inner = (self.vertices.position(number)[0] for number in self.numbers[1:-1].tolist())
        return [Fraction(int(z.p), int(z.q)) for z in inner]

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

    No piece is missing and none is made up, however near two breakpoints are: the signs that decide are
    certain.

    Raises:
        TypeError: a layer is not affine or (leaky) ReLU.
        ValueError: not one input or one output, or parameters that are not finite.
    """
    layers = affine_layers(generator)
    inputs, outputs = layers[0].weight.shape[1], len(layers[-1].bias)
    if (inputs, outputs) != (1, 1):
        raise ValueError(
            f"a law on the line needs one input and one output (got {inputs} and {outputs}): use "
            f"Linear(1, ...) first and Linear(..., 1) last, or pass a Finite latent."
        )
    return _function(layers, line_pieces(layers, ends))


def affine_maps(layers: tuple[AffineLayer, ...], patterns: Int[np.ndarray, "p units"]) -> Enclosed:
    """The slope and the intercept of each piece, (p, 1, 2), multiplied out by its pattern, with bounds."""
    maps, used = exact(np.tile(np.eye(1, 2), (len(patterns), 1, 1))), 0
    for layer in layers:
        maps = weighted(layer.weight, maps, exact(np.column_stack([np.zeros_like(layer.bias), layer.bias])))
        folding = np.flatnonzero(layer.negative_slope != 1)
        signs = patterns[:, used : used + len(folding)]
        used += len(folding)
        factors = np.ones((len(signs), len(layer.bias)))
        factors[:, folding] = np.where(signs > 0, 1.0, layer.negative_slope[folding])
        maps = scaled(maps, factors[..., None])
    return maps


def _function(layers: tuple[AffineLayer, ...], pieces: LinePieces) -> PiecewiseLinear:
    maps = affine_maps(layers, pieces.patterns)
    slopes, doubts = maps.value[:, 0, 0].copy(), maps.error[:, 0, 0]
    # A slope that may be 0 makes an atom or a very high density: rationals decide.
    for piece in np.flatnonzero((np.abs(slopes) <= doubts) & (doubts > 0)):
        slopes[piece] = nearest(pieces.vertices.network.maps(pieces.patterns[piece])[-1][0, 0])
    edges = pieces.edges()
    return PiecewiseLinear(
        edges.value,
        slopes,
        maps.value[:, 0, 1].copy(),
        edges.error,
        layers,
        pieces.patterns,
        pieces.vertices,
        pieces.numbers,
        pieces.undecided,
    )
