"""Vertices of the mesh as exact rationals, for the signs that floating point cannot decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import flint

from empirical.densities.affine_layers import AffineLayer

Vector = flint.fmpq_mat  # one column


@dataclass(frozen=True, eq=False)
class Birth:
    """How a vertex came to be: it is where the crease of a unit crosses the edge between two older ones.

    Args:
        low, high: the ends of the edge.
        layer, unit: whose preactivation is zero at the vertex.
    """

    low: int
    high: int
    layer: int
    unit: int


def exact(value: float) -> flint.fmpq:
    """A float as the rational that it is."""
    return flint.fmpq(*float(value).as_integer_ratio())


@dataclass(frozen=True, eq=False)
class ExactVertices:
    """The network at the mesh's exact vertices, in rational arithmetic: float64 weights are rationals.

    Args:
        layers: of the network.
        corners: the corners of the box, the first vertices.
        birth: how each later vertex came to be.
    """

    layers: Sequence[AffineLayer]
    corners: Sequence[tuple[float, float]]
    birth: Callable[[int], Birth]
    _weights: dict[int, tuple[flint.fmpq_mat, Vector, list[flint.fmpq]]] = field(default_factory=dict)
    _points: dict[int, Vector] = field(default_factory=dict)
    _values: dict[tuple[int, int], Vector] = field(default_factory=dict)

    def point(self, vertex: int) -> Vector:
        """The latent point, as a column of two rationals."""
        waiting = [vertex]  # older vertices first: a stack instead of deep recursion
        while waiting:
            current = waiting[-1]
            if current in self._points:
                waiting.pop()
            elif current < len(self.corners):
                self._points[current] = flint.fmpq_mat(2, 1, [exact(x) for x in self.corners[current]])
            else:
                born = self.birth(current)
                older = [end for end in (born.low, born.high) if end not in self._points]
                waiting.extend(older)
                if not older:
                    self._points[current] = self._crossing(born)
        return self._points[vertex]

    def preactivations(self, vertex: int, layer: int) -> Vector:
        """The exact values that enter the activation of this layer, at this vertex."""
        key = vertex, layer
        if key not in self._values:
            weight, bias, _ = self._exact_layer(layer)
            entering = self.point(vertex) if layer == 0 else self._activations(vertex, layer - 1)
            self._values[key] = weight * entering + bias
        return self._values[key]

    def _activations(self, vertex: int, layer: int) -> Vector:
        values = self.preactivations(vertex, layer)
        slopes = self._exact_layer(layer)[2]
        return flint.fmpq_mat(
            len(slopes),
            1,
            [
                value if value > 0 else slope * value
                for value, slope in zip(values.entries(), slopes, strict=True)
            ],
        )

    def _crossing(self, born: Birth) -> Vector:
        at_low = self.preactivations(born.low, born.layer)[born.unit, 0]
        at_high = self.preactivations(born.high, born.layer)[born.unit, 0]
        low, high = self._points[born.low], self._points[born.high]
        return low + (high - low) * (at_low / (at_low - at_high))

    def _exact_layer(self, layer: int) -> tuple[flint.fmpq_mat, Vector, list[flint.fmpq]]:
        if layer not in self._weights:
            written = self.layers[layer]
            rows, columns = written.weight.shape
            self._weights[layer] = (
                flint.fmpq_mat(rows, columns, [exact(w) for w in written.weight.ravel()]),
                flint.fmpq_mat(rows, 1, [exact(b) for b in written.bias]),
                [exact(slope) for slope in written.negative_slope],
            )
        return self._weights[layer]


def sign(value: flint.fmpq) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)
