r"""The mesh of a network with two inputs: layer by layer, each unit's crease cuts the regions that it meets.

The arrangement is decided exactly. The network's values at a vertex are carried from layer to layer, and
along an edge to the new vertex on it, together with a bound on their distance from the values at the exact
vertex of the exact arrangement. A sign is read off the float where the bound allows it, and computed in
rational arithmetic where it does not. So no region is missed, however small, and no tolerance enters.

The bound is a running error analysis, underflow apart. With the unit roundoff u, a sum of n products computed
in any order errs by at most :math:`\gamma_n \sum |w||a|`, :math:`\gamma_n = nu / (1 - nu)`
(higham2002accuracy, section 3.1).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane import crossings
from empirical.densities.plane.crossings import UNDECIDED, Rows, carry, decide, positive
from empirical.densities.plane.exact_vertices import Birth, ExactVertices, sign
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.splitting import split

CHUNK = 1 << 16  # numbers in a temporary array: half a megabyte, which a processor's cache holds


@dataclass(frozen=True, eq=False)
class Subdivision:
    """The mesh, and how its signs were decided.

    Args:
        mesh: regions and their affine maps.
        patterns: (r, units), for each region and unit with a crease whether the unit is positive there, layer
            after layer; a unit that is zero on the whole region counts as not positive.
        signs: signs of units at vertices that were needed.
        rational: how many of them were computed in rational arithmetic.
        zeros: how many of these were exactly zero: a crease through a vertex.
    """

    mesh: Mesh
    patterns: Bool[np.ndarray, "r units"]
    signs: int
    rational: int
    zeros: int


def subdivide(
    layers: Sequence[AffineLayer],
    low: float | tuple[float, float],
    high: float | tuple[float, float],
    *,
    max_regions: int = 1_000_000,
) -> Subdivision:
    """The conforming mesh of a rectangle on whose regions the network is affine.

    Args:
        layers: of the network.
        low: the rectangle's lower left corner; one number is both coordinates.
        high: its upper right corner, likewise.
        max_regions: where to stop.

    Raises:
        ValueError: the network has not two inputs, or more than ``max_regions`` regions.
    """
    if layers[0].weight.shape[1] != 2:
        raise ValueError(
            f"a mesh of the plane needs two latent coordinates (got {layers[0].weight.shape[1]}): begin with "
            f"torch.nn.Linear(2, ...)."
        )
    (left, bottom), (right, top) = np.broadcast_to(low, 2).tolist(), np.broadcast_to(high, 2).tolist()
    box = ((left, bottom), (right, bottom), (right, top), (left, top))
    return _Subdividing(layers, box, max_regions).all_layers()


class _Subdividing:
    """The mesh while it is being cut."""

    def __init__(
        self, layers: Sequence[AffineLayer], box: Sequence[tuple[float, float]], max_regions: int
    ) -> None:
        self.layers, self.max_regions = layers, max_regions
        self.creased = [np.flatnonzero(layer.negative_slope != 1) for layer in layers]
        # The layers up to the last that cuts; those behind it are one affine map.
        self.cutting = max((number + 1 for number, units in enumerate(self.creased) if len(units)), default=0)
        width = max((len(layer.bias) for layer in layers[: self.cutting]), default=0)
        self.rows = Rows(
            carried=np.pad(np.array(box, dtype=float), ((0, 0), (0, width))),
            errors=np.zeros((4, 2 + width)),
            signs=np.empty((4, 0), dtype=np.int8),
            columns=np.empty(0, dtype=np.int64),
            count=4,
            used=2,
        )
        self.starts, self.corners = np.array([0, 4]), np.arange(4)
        self.births: list[tuple[int, int, Int[np.ndarray, "n 2"]]] = []  # layer, unit, edges
        self.first_born: list[int] = [4]
        self.exact = ExactVertices(layers, box, self._birth)
        self.signs = self.rational = self.zeros = 0

    def all_layers(self) -> Subdivision:
        patterns = np.empty((1, 0), dtype=bool)
        for number in range(self.cutting):
            self._enter(number)
            parent = self._cut(number)
            here = positive(self.starts, self.corners, self.rows.signs)
            patterns = np.concatenate([patterns[parent], here], axis=1)
        images = self._images()
        points = self.rows.carried[: self.rows.count, :2].copy()
        linear, offset = self._maps(patterns)
        mesh = Mesh(points, images, self.starts, self.corners, linear, offset)
        return Subdivision(mesh, patterns, self.signs, self.rational, self.zeros)

    def _enter(self, number: int) -> None:
        """Replaces the values before a layer's affine map by those behind it, and decides their signs."""
        layer, rows = self.layers[number], self.rows
        width = len(layer.bias)
        for part in _chunks(rows.count, 2 + max(width, rows.used)):
            entering, errors = self._activated(number - 1, part)
            values, bounds = _affine(layer, entering, errors)
            rows.carried[part, 2 : 2 + width], rows.errors[part, 2 : 2 + width] = values, bounds
        rows.used, rows.columns = 2 + width, 2 + self.creased[number]
        rows.signs = np.empty((len(rows.carried), len(rows.columns)), dtype=np.int8)
        self._decide_exactly(number, 0, 0, decide(rows))

    def _activated(
        self, number: int, part: slice
    ) -> tuple[Float[np.ndarray, "v n"], Float[np.ndarray, "v n"]]:
        """What leaves this layer at these vertices, with bounds on its errors; the points where it is -1."""
        rows = self.rows
        if number < 0:
            return rows.carried[part, :2], rows.errors[part, :2]
        factors = _factors(self.layers[number], rows.signs[part] > 0)
        entering = rows.carried[part, 2 : rows.used] * factors
        errors = rows.errors[part, 2 : rows.used] * np.abs(factors)
        return entering, (errors + crossings.ROUNDOFF * np.abs(entering)) * crossings.SLACK

    def _cut(self, number: int) -> Int[np.ndarray, " r"]:
        """Cuts by every unit of a layer; the region before it to which each region belongs."""
        parent = np.arange(len(self.starts) - 1)
        for place, unit in enumerate(self.creased[number].tolist()):
            first = self.rows.count
            cut = split(self.starts, self.corners, self.rows.signs[:first, place])
            if cut is None:
                continue
            if len(cut.parent) > self.max_regions:
                raise ValueError(
                    f"the generator has more than {self.max_regions:,} affine regions: allow more with "
                    f"max_regions (--max-regions on the command line), or take a smaller network."
                )
            self.births.append((number, unit, cut.edges))
            self.first_born.append(first + len(cut.edges))
            self.starts, self.corners, parent = cut.starts, cut.corners, parent[cut.parent]
            undecided = carry(self.rows, cut.edges, place)
            self._decide_exactly(number, first, place + 1, undecided)
        return parent

    def _decide_exactly(self, number: int, first: int, place: int, undecided: int) -> None:
        """Rational signs where floats left them open: of later units, at the vertices from ``first`` on.

        The value that decides is written back, rounded once.
        """
        rows, units = self.rows, self.creased[number]
        signs = rows.signs[first : rows.count, place:]
        self.signs += signs.size
        self.rational += undecided
        if not undecided:
            return
        for vertex, later in zip(*(open_.tolist() for open_ in np.nonzero(signs == UNDECIDED)), strict=True):
            value = self.exact.preactivations(first + vertex, number)[int(units[place + later]), 0]
            signs[vertex, later] = sign(value)
            where = first + vertex, rows.columns[place + later]
            rows.carried[where], rows.errors[where] = float(value), crossings.ROUNDOFF * abs(float(value))
            self.zeros += value == 0

    def _images(self) -> Float[np.ndarray, "v d"]:
        """The network's output at each vertex."""
        images = np.empty((self.rows.count, len(self.layers[-1].bias)))
        for part in _chunks(len(images), self.rows.carried.shape[1]):
            values = self._activated(self.cutting - 1, part)[0]
            for layer in self.layers[self.cutting :]:
                values = values @ layer.weight.T + layer.bias
            images[part] = values
        return images

    def _maps(
        self, patterns: Bool[np.ndarray, "r units"]
    ) -> tuple[Float[np.ndarray, "r d 2"], Float[np.ndarray, "r d"]]:
        """The derivative on each region, and the value of its affine map at the origin."""
        dim = len(self.layers[-1].bias)
        linear, offset = np.empty((len(patterns), dim, 2)), np.empty((len(patterns), dim))
        widest = max(len(layer.bias) for layer in self.layers)
        for part in _chunks(len(patterns), 3 * widest):
            maps, seen = np.broadcast_to(np.eye(3, 2), (len(patterns[part]), 3, 2)), 0
            for layer, units in zip(self.layers, self.creased, strict=True):
                maps = (maps.reshape(-1, maps.shape[2]) @ layer.weight.T).reshape(len(maps), 3, -1)
                maps[:, 2] += layer.bias
                if len(units):
                    maps *= _factors(layer, patterns[part, seen : seen + len(units)])[:, None]
                seen += len(units)
            linear[part], offset[part] = maps[:, :2].transpose(0, 2, 1), maps[:, 2]
        return linear, offset

    def _birth(self, vertex: int) -> Birth:
        batch = int(np.searchsorted(self.first_born, vertex, side="right")) - 1
        layer, unit, edges = self.births[batch]
        low, high = edges[vertex - self.first_born[batch]]
        return Birth(int(low), int(high), layer, unit)


def _affine(
    layer: AffineLayer, entering: Float[np.ndarray, "v n"], errors: Float[np.ndarray, "v n"]
) -> tuple[Float[np.ndarray, "v w"], Float[np.ndarray, "v w"]]:
    """W x + b at each vertex, and a bound on its error."""
    terms = layer.weight.shape[1] + 2
    gamma = terms * crossings.ROUNDOFF / (1 - terms * crossings.ROUNDOFF)
    magnitude = np.abs(layer.weight).T
    values = entering @ layer.weight.T + layer.bias
    bounds = (errors + gamma * (np.abs(entering) + errors)) @ magnitude + gamma * np.abs(layer.bias)
    return values, bounds * crossings.SLACK


def _factors(layer: AffineLayer, positive: Bool[np.ndarray, "n k"]) -> Float[np.ndarray, "n w"]:
    """By what an activation multiplies each unit, where these of its units with a crease are positive."""
    creased = layer.negative_slope != 1
    if creased.all():
        return np.where(positive, 1.0, layer.negative_slope)
    factors = np.ones((len(positive), len(creased)))
    factors[:, creased] = np.where(positive, 1.0, layer.negative_slope[creased])
    return factors


def _chunks(rows: int, width: int) -> Iterator[slice]:
    """Slices of so many rows that a temporary matrix of this width is a chunk."""
    step = max(1, CHUNK // width)
    return (slice(begin, min(begin + step, rows)) for begin in range(0, rows, step))
