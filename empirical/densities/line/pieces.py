"""The pieces of the line on each of which a network is affine, with every sign that cuts them certain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isinf

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.enclosed import Enclosed, activated, at_zero, beyond, exact, weighted
from empirical.densities.line.vertices import LineVertices
from empirical.densities.rational_network import RationalNetwork, nearest, rounding


def line_pieces(layers: Sequence[AffineLayer], ends: tuple[float, float]) -> "LinePieces":
    """The pieces of a network with one input, between these ends, which may be infinite.

    Unit by unit: a unit is affine on each piece, so the piece is cut where its signs at the two ends differ.
    A bound of the error of each float, or else rational arithmetic, makes every sign certain.
    """
    pieces = LinePieces.between(layers, ends)
    for number, layer in enumerate(layers):
        pieces = pieces.entering(layer)
        for unit in np.flatnonzero(layer.negative_slope != 1):
            pieces = pieces.cut(number, int(unit))
        pieces = replace(pieces, values=activated(pieces.values, layer.negative_slope))
    return pieces.without_the_middle()


@dataclass(frozen=True, eq=False)
class LinePieces:
    """The pieces so far, by the points between them from left to right.

    Args:
        vertices: the points in rational numbers.
        numbers: (v,), the number of each point.
        weights: (v,), 0 for an infinite end, 1 for every other point.
        points: (v, 1), where they are; -1 and 1 at infinite ends.
        values: (v, units), of one layer; at an infinite end their growth.
        patterns: (v - 1, units), the signs of the units inside each piece.
        undecided: how many signs needed rationals.
    """

    vertices: LineVertices
    numbers: Int[np.ndarray, " v"]
    weights: Float[np.ndarray, " v"]
    points: Enclosed
    values: Enclosed
    patterns: Int[np.ndarray, "pieces units"]
    undecided: int

    @staticmethod
    def between(layers: Sequence[AffineLayer], ends: tuple[float, float]) -> "LinePieces":
        """The whole line or interval, as yet uncut."""
        # Between two infinite ends a point is needed at which values are known: 0, taken out in the end.
        first = (*ends, 0.0) if all(map(isinf, ends)) else ends
        order = np.argsort(first)
        coordinates = np.array(first)[order]
        finite = np.isfinite(coordinates)
        points = exact(np.where(finite, coordinates, np.sign(coordinates))[:, None])
        vertices = LineVertices(RationalNetwork.of(layers), first)
        patterns = np.empty((len(first) - 1, 0), dtype=np.int8)
        return LinePieces(vertices, order, finite.astype(np.float64), points, points, patterns, 0)

    def entering(self, layer: AffineLayer) -> "LinePieces":
        """With the preactivations of the next layer."""
        transposed = Enclosed(self.values.value.T, self.values.error.T)
        out = weighted(layer.weight, transposed, exact(layer.bias[:, None] * self.weights))
        return replace(self, values=Enclosed(out.value.T.copy(), out.error.T.copy()))

    def cut(self, layer: int, unit: int) -> "LinePieces":
        """Cut where this unit changes its sign."""
        values, signs, undecided = self._signs(layer, unit)
        crossed = np.flatnonzero(signs[:-1] * signs[1:] < 0)
        inside = np.where(signs[:-1] != 0, signs[:-1], signs[1:]).astype(np.int8)
        if not len(crossed):
            patterns = np.column_stack([self.patterns, inside])
            return replace(self, values=values, patterns=patterns, undecided=self.undecided + undecided)
        edges = np.column_stack([crossed, crossed + 1])
        gap = Enclosed(values.value[:, unit], values.error[:, unit])
        points, entries = self._zeros(self.points, edges, gap), self._zeros(values, edges, gap)
        entries.value[:, unit], entries.error[:, unit] = 0.0, 0.0
        first = len(self.vertices.ends) + len(self.vertices.roots)
        self.vertices.roots.extend((*self.numbers[edge].tolist(), layer, unit) for edge in edges)
        repeats = np.ones(len(inside), dtype=np.int64)
        repeats[crossed] = 2
        column = np.repeat(inside, repeats)
        column[np.cumsum(repeats)[crossed] - 1] = signs[crossed + 1]
        return LinePieces(
            self.vertices,
            np.insert(self.numbers, crossed + 1, first + np.arange(len(crossed))),
            np.insert(self.weights, crossed + 1, 1.0),
            _inserted(self.points, crossed + 1, points),
            _inserted(values, crossed + 1, entries),
            np.column_stack([np.repeat(self.patterns, repeats, axis=0), column]),
            self.undecided + undecided,
        )

    def _zeros(self, x: Enclosed, edges: Int[np.ndarray, "k 2"], gap: Enclosed) -> Enclosed:
        """What x is where a unit vanishes between the ends of each edge, one of which may be infinite."""
        finite = self.weights[edges].all(axis=1)
        outward = np.where(self.weights[edges[:, :1]] == 0, edges[:, ::-1], edges)
        value, error = (np.empty((len(edges), x.value.shape[1])) for _ in range(2))
        for rows, part in (
            (finite, at_zero(x, edges[finite], gap)),
            (~finite, beyond(x, outward[~finite], gap)),
        ):
            value[rows], error[rows] = part.value, part.error
        return Enclosed(value, error)

    def _signs(self, layer: int, unit: int) -> tuple[Enclosed, Int[np.ndarray, " v"], int]:
        """The exact signs of a unit at the points; the values, improved where rationals were needed."""
        value, error = self.values.value, self.values.error
        signs = np.sign(value[:, unit]).astype(np.int64)
        undecided = np.flatnonzero((np.abs(value[:, unit]) <= error[:, unit]) & (error[:, unit] > 0))
        if not len(undecided):
            return self.values, signs, 0
        improved = Enclosed(value.copy(), error.copy())
        for place in undecided:
            row = self.vertices.values(int(self.numbers[place]), layer)
            improved.value[place] = [nearest(number) for number in row]
            improved.error[place] = [rounding(number) for number in row]
            signs[place] = int(row[unit] > 0) - int(row[unit] < 0)
        return improved, signs, len(undecided)

    def without_the_middle(self) -> "LinePieces":
        """Without the point 0 that two infinite ends needed, unless a unit is zero there."""
        if len(self.vertices.ends) == 2:
            return self
        middle = int(np.flatnonzero(self.numbers == 2)[0])
        if (self.patterns[middle - 1] != self.patterns[middle]).any():
            return self
        return replace(
            self,
            numbers=np.delete(self.numbers, middle),
            weights=np.delete(self.weights, middle),
            points=Enclosed(np.delete(self.points.value, middle, 0), np.delete(self.points.error, middle, 0)),
            patterns=np.delete(self.patterns, middle, axis=0),
        )

    def edges(self) -> Enclosed:
        """The points in increasing order: those nearer than their errors are rounded from rationals."""
        value, error = self.points.value[:, 0].copy(), self.points.error[:, 0].copy()
        value[self.weights == 0] *= inf
        near = np.diff(value) <= error[1:] + error[:-1]
        for place in np.flatnonzero(np.append(near, False) | np.append(False, near)):
            z, _ = self.vertices.position(int(self.numbers[place]))
            value[place], error[place] = nearest(z), rounding(z)
        return Enclosed(value, error)


def _inserted(x: Enclosed, places: Int[np.ndarray, " k"], new: Enclosed) -> Enclosed:
    return Enclosed(
        np.insert(x.value, places, new.value, axis=0), np.insert(x.error, places, new.error, axis=0)
    )
