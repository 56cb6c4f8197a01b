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
from jaxtyping import Bool, Float, Int, UInt8

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane import crossings
from empirical.densities.plane.crossings import UNDECIDED, Rows, carry, decide, positive, rounded_up
from empirical.densities.plane.exact_vertices import Birth, ExactVertices, sign
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.splitting import split

# Numbers in a matrix at first. From 32 MiB on the C library asks the system for pages of their own, which
# cost nothing before they are written, and can grow without a copy and without leaving a hole.
ROOM = (1 << 23) + 1
CHUNK = 1 << 16  # numbers in a temporary array: half a megabyte, which a processor's cache holds


@dataclass(frozen=True, eq=False)
class Subdivision:
    """The mesh, and how its signs were decided.

    Args:
        mesh: regions and their affine maps.
        packed: (r, units / 8), the patterns, eight units in a byte as ``numpy.packbits`` packs them.
        units: how many have a crease.
        signs: signs of units at vertices that were needed.
        rational: how many of them were computed in rational arithmetic.
        zeros: how many of these were exactly zero: a crease through a vertex.
    """

    mesh: Mesh
    packed: UInt8[np.ndarray, "r bytes"]
    units: int
    signs: int
    rational: int
    zeros: int

    @property
    def patterns(self) -> Bool[np.ndarray, "r units"]:
        """For each region and unit with a crease whether the unit is positive there, layer after layer.

        A unit that is zero on the whole region counts as not positive. The array is made anew each time.
        """
        return self.patterns_on(slice(None))

    def patterns_on(self, regions: slice | Int[np.ndarray, " n"]) -> Bool[np.ndarray, "n units"]:
        """The patterns of these regions alone."""
        return np.unpackbits(self.packed[regions], axis=1, count=self.units).view(bool)


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
        room = -(-ROOM // (2 + width)), 2 + width
        self.rows = Rows(
            carried=np.zeros(room),
            errors=np.zeros(room, dtype=np.float32),
            signs=np.empty((4, 0), dtype=np.int8),
            columns=np.empty(0, dtype=np.int64),
            count=4,
            used=2,
        )
        self.rows.carried[:4, :2] = box
        self.starts, self.corners = np.array([0, 4]), np.arange(4)
        self.births = _Births([], [4])
        self.exact = ExactVertices(layers, box, self.births.of)
        self.signs = self.rational = self.zeros = 0

    def all_layers(self) -> Subdivision:
        by_layer: list[UInt8[np.ndarray, "r bytes"]] = []
        for number in range(self.cutting):
            self._enter(number)
            parent = self._cut(number)
            by_layer = [earlier[parent] for earlier in by_layer]
            by_layer.append(self._positive())
        images = self._images()
        points = self.rows.carried[: self.rows.count, :2].copy()
        del self.rows
        packed, units = self._packed(by_layer), sum(map(len, self.creased))
        linear, offset = self._maps(packed)
        mesh = Mesh(points, images, self.starts, self.corners, linear, offset)
        return Subdivision(mesh, packed, units, self.signs, self.rational, self.zeros)

    def _positive(self) -> UInt8[np.ndarray, "r bytes"]:
        """For each region whether each unit of the layer is positive there, in bits."""
        regions, units = len(self.starts) - 1, self.rows.signs.shape[1]
        result = np.empty((regions, -(-units // 8)), dtype=np.uint8)
        for part in _chunks(regions, max(1, units)):
            starts = self.starts[part.start : part.stop + 1]
            corners = self.corners[starts[0] : starts[-1]]
            result[part] = np.packbits(positive(starts - starts[0], corners, self.rows.signs), axis=1)
        return result

    def _packed(self, by_layer: Sequence[UInt8[np.ndarray, "r _"]]) -> UInt8[np.ndarray, "r bytes"]:
        """Each layer's bits behind those of the layer before it."""
        widths = [len(units) for units in self.creased[: self.cutting]]
        result = np.empty((len(self.starts) - 1, -(-sum(widths) // 8)), dtype=np.uint8)
        for part in _chunks(len(result), max(1, sum(widths))):
            bits = [
                np.unpackbits(layer[part], axis=1, count=width)
                for layer, width in zip(by_layer, widths, strict=True)
            ]
            result[part] = np.packbits(np.concatenate(bits, axis=1), axis=1) if bits else 0
        return result

    def _enter(self, number: int) -> None:
        """Replaces the values before a layer's affine map by those behind it, and decides their signs."""
        layer, rows = self.layers[number], self.rows
        width = len(layer.bias)
        for part in _chunks(rows.count, 2 + max(width, rows.used)):
            entering, errors = self._activated(number - 1, part)
            values, bounds = _affine(layer, entering, errors)
            rows.carried[part, 2 : 2 + width] = values
            rows.errors[part, 2 : 2 + width] = rounded_up(bounds)
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
            self.births.add(number, unit, cut.edges)
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
            rows.carried[where] = float(value)
            rows.errors[where] = rounded_up(np.array(crossings.ROUNDOFF * abs(float(value))))
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
        self, packed: UInt8[np.ndarray, "r bytes"]
    ) -> tuple[Float[np.ndarray, "r d 2"], Float[np.ndarray, "r d"]]:
        """The derivative on each region, and the value of its affine map at the origin."""
        dim = len(self.layers[-1].bias)
        linear, offset = np.empty((len(packed), dim, 2)), np.empty((len(packed), dim))
        widest = max(len(layer.bias) for layer in self.layers)
        for part in _chunks(len(packed), 3 * widest):
            patterns = np.unpackbits(packed[part], axis=1).view(bool)
            # Regions that were one until this layer stand side by side: a run of them shares its map.
            changed = np.zeros(len(patterns), dtype=bool)
            changed[0] = True
            runs, seen = np.zeros(1, dtype=np.int64), 0
            maps = np.eye(3, 2)[None]
            for layer, units in zip(self.layers, self.creased, strict=True):
                maps = (maps.reshape(-1, maps.shape[2]) @ layer.weight.T).reshape(len(maps), 3, -1)
                maps[:, 2] += layer.bias
                if len(units):
                    here = patterns[:, seen : seen + len(units)]
                    changed[1:] |= (here[1:] != here[:-1]).any(axis=1)
                    finer = np.flatnonzero(changed)
                    whole = maps[np.searchsorted(runs, finer, side="right") - 1]
                    maps, runs = whole * _factors(layer, here[finer])[:, None], finer
                seen += len(units)
            maps = maps[np.cumsum(changed) - 1]
            linear[part], offset[part] = maps[:, :2].transpose(0, 2, 1), maps[:, 2]
        return linear, offset


@dataclass(frozen=True, eq=False)
class _Births:
    """How the vertices came to be.

    An object of its own: if the exact vertices held the mesh that holds them, its matrices would outlive it
    until the garbage collector comes.

    Args:
        cuts: layer, unit and edges of each.
        first: the first vertex of each cut, and of the next.
    """

    cuts: list[tuple[int, int, Int[np.ndarray, "n 2"]]]
    first: list[int]

    def add(self, layer: int, unit: int, edges: Int[np.ndarray, "n 2"]) -> None:
        self.cuts.append((layer, unit, edges))
        self.first.append(self.first[-1] + len(edges))

    def of(self, vertex: int) -> Birth:
        batch = int(np.searchsorted(self.first, vertex, side="right")) - 1
        layer, unit, edges = self.cuts[batch]
        low, high = edges[vertex - self.first[batch]]
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
