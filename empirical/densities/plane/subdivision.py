r"""The mesh of a network with two inputs: layer by layer, each unit's crease cuts the regions that it meets.

The arrangement is decided exactly. The network's values at a vertex are carried from layer to layer, and
along an edge to the new vertex on it, together with a bound on their distance from the values at the exact
vertex of the exact arrangement. A sign is read off the float where the bound allows it, and computed in
rational arithmetic where it does not. So no region is missed, however small, and no tolerance enters.

The bound is a running error analysis, underflow apart. With the unit roundoff u, a sum of n products computed
in any order errs by at most :math:`\gamma_n \sum |w||a|`, :math:`\gamma_n = nu / (1 - nu)`
(higham2002accuracy, section 3.1). On an edge where a unit goes from a > 0 to -c < 0, errors
:math:`e_a, e_c` move the zero by at most the share :math:`(e_a c + e_c a) / ((a + c)(a + c - e_a - e_c))` of
the edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Int8

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane.exact_vertices import Birth, ExactVertices, sign
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.splitting import split

ROUNDOFF = 2.0**-53
SLACK = 1 + 1e-9  # the bounds are computed in floating point too, by far fewer than 1e6 operations each
CHUNK = 1 << 22  # numbers in a temporary array


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
        self.points = np.array(box)
        self.point_errors = np.zeros((4, 2))
        self.starts, self.corners = np.array([0, 4]), np.arange(4)
        self.births: list[tuple[int, int, Int[np.ndarray, "n 2"]]] = []  # layer, unit, edges
        self.first_born: list[int] = [4]
        self.exact = ExactVertices(layers, box, self._birth)
        self.signs = self.rational = self.zeros = 0

    def all_layers(self) -> Subdivision:
        # What enters a layer, with the bounds on its errors; and on each region as rows (derivative, value).
        entering, errors = self.points, self.point_errors
        maps = np.eye(2, 3)[None]
        patterns = np.empty((1, 0), dtype=bool)
        for number, layer in enumerate(self.layers):
            values, bounds = _affine(layer, entering, errors)
            creased = np.flatnonzero(layer.negative_slope != 1)
            values, bounds, signs, parent = self._cut_layer(number, creased, values, bounds)
            positive = self._positive(signs)
            maps = _composed(layer, maps, parent, creased, positive)
            patterns = np.concatenate([patterns[parent], positive], axis=1)
            factors = np.ones_like(values)
            factors[:, creased] = np.where(signs > 0, 1.0, layer.negative_slope[creased])
            entering = values * factors
            errors = (bounds * np.abs(factors) + ROUNDOFF * np.abs(entering)) * SLACK
        mesh = Mesh(self.points, entering, self.starts, self.corners, maps[:, :, :2], maps[:, :, 2])
        return Subdivision(mesh, patterns, self.signs, self.rational, self.zeros)

    def _cut_layer(
        self,
        number: int,
        creased: Int[np.ndarray, " k"],
        values: Float[np.ndarray, "v w"],
        bounds: Float[np.ndarray, "v w"],
    ) -> tuple[
        Float[np.ndarray, "n w"], Float[np.ndarray, "n w"], Int8[np.ndarray, "n k"], Int[np.ndarray, " r"]
    ]:
        """Cuts by every unit of a layer; the values, bounds and signs at all vertices, and each parent."""
        count = len(values)
        # Columns: points, values; grown by doubling, since each unit adds vertices.
        carried = np.concatenate([self.points, values], axis=1)
        errors = np.concatenate([self.point_errors, bounds], axis=1)
        signs = self._decided(number, creased, carried[:, 2:], errors[:, 2:], 0)
        parent = np.arange(len(self.starts) - 1)
        for place, unit in enumerate(creased.tolist()):
            cut = split(self.starts, self.corners, signs[:count, place])
            if cut is None:
                continue
            if len(cut.parent) > self.max_regions:
                raise ValueError(
                    f"the generator has more than {self.max_regions:,} affine regions: allow more with "
                    f"max_regions (--max-regions on the command line), or take a smaller network."
                )
            self.births.append((number, unit, cut.edges))
            self.first_born.append(count + len(cut.edges))
            self.starts, self.corners, parent = cut.starts, cut.corners, parent[cut.parent]
            end = count + len(cut.edges)
            carried, errors, signs = _roomy(carried, end), _roomy(errors, end), _roomy(signs, end)
            born = slice(count, end)
            carried[born], errors[born] = _between(carried, errors, cut.edges, 2 + unit)
            signs[born, : place + 1] = self._inherited(signs[:, : place + 1], cut.edges, place)
            later = creased[place + 1 :]
            signs[born, place + 1 :] = self._decided(
                number, later, carried[born, 2:], errors[born, 2:], count
            )
            count = end
        self.points, self.point_errors = carried[:count, :2].copy(), errors[:count, :2].copy()
        return carried[:count, 2:], errors[:count, 2:], signs[:count], parent

    def _inherited(
        self, signs: Int8[np.ndarray, "v k"], edges: Int[np.ndarray, "n 2"], place: int
    ) -> Int8[np.ndarray, "n k"]:
        """Signs on the inside of an edge: those units cut before, so none of them changes sign along it."""
        at_low, at_high = signs[edges[:, 0]], signs[edges[:, 1]]
        inside = np.where(at_low != 0, at_low, at_high)
        inside[:, place] = 0
        return inside

    def _decided(
        self,
        number: int,
        units: Int[np.ndarray, " k"],
        values: Float[np.ndarray, "n w"],
        errors: Float[np.ndarray, "n w"],
        first: int,
    ) -> Int8[np.ndarray, "n k"]:
        """The signs of units at vertices first, first + 1, ...; what rationals decide is written back."""
        at, bound = values[:, units], errors[:, units]
        signs = np.sign(at).astype(np.int8)
        self.signs += signs.size
        # Not "at most": a value that is zero and exact, such as of a dead unit without bias, is decided.
        for vertex, place in zip(*np.nonzero((np.abs(at) <= bound) & (bound > 0)), strict=True):
            value = self.exact.preactivations(first + int(vertex), number)[int(units[place]), 0]
            signs[vertex, place] = sign(value)
            values[vertex, units[place]] = float(value)
            errors[vertex, units[place]] = ROUNDOFF * abs(float(value))
            self.rational += 1
            self.zeros += value == 0
        return signs

    def _positive(self, signs: Int8[np.ndarray, "v k"]) -> Bool[np.ndarray, "r k"]:
        """For each region whether each unit is positive inside."""
        if not signs.shape[1]:
            return np.empty((len(self.starts) - 1, 0), dtype=bool)
        return np.maximum.reduceat(signs[self.corners], self.starts[:-1], axis=0) > 0

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
    gamma = terms * ROUNDOFF / (1 - terms * ROUNDOFF)
    magnitude = np.abs(layer.weight).T
    values = entering @ layer.weight.T + layer.bias
    bounds = (errors + gamma * (np.abs(entering) + errors)) @ magnitude + gamma * np.abs(layer.bias)
    return values, bounds * SLACK


def _between(
    carried: Float[np.ndarray, "v c"],
    errors: Float[np.ndarray, "v c"],
    edges: Int[np.ndarray, "n 2"],
    column: int,
) -> tuple[Float[np.ndarray, "n c"], Float[np.ndarray, "n c"]]:
    """What a new vertex carries, where this column is zero on its edge, and a bound on its error."""
    low, high = edges[:, 0], edges[:, 1]
    a, c = np.abs(carried[low, column])[:, None], np.abs(carried[high, column])[:, None]
    of_a, of_c = errors[low, column][:, None], errors[high, column][:, None]
    share = a / (a + c)
    missed = (of_a * c + of_c * a) / ((a + c) * (a + c - of_a - of_c)) + 3 * ROUNDOFF * share
    start, step = carried[low], carried[high] - carried[low]
    magnitude = np.abs(carried[low]) + np.abs(carried[high])
    error = np.maximum(errors[low], errors[high]) + missed * np.abs(step) + 4 * ROUNDOFF * magnitude
    values, error = start + share * step, error * SLACK
    values[:, column], error[:, column] = 0.0, 0.0  # by construction
    return values, error


def _composed(
    layer: AffineLayer,
    maps: Float[np.ndarray, "p n 3"],
    parent: Int[np.ndarray, " r"],
    creased: Int[np.ndarray, " k"],
    positive: Bool[np.ndarray, "r k"],
) -> Float[np.ndarray, "r w 3"]:
    """The maps behind this layer, (derivative, value at the origin), from those before it."""
    width, inputs = layer.weight.shape
    before = np.ascontiguousarray(maps.transpose(0, 2, 1)).reshape(-1, inputs) @ layer.weight.T
    before = before.reshape(-1, 3, width)
    before[:, 2] += layer.bias
    result = np.empty((len(parent), width, 3))
    step = max(1, CHUNK // (3 * width))
    for begin in range(0, len(parent), step):
        part = slice(begin, begin + step)
        factors = np.ones((len(parent[part]), width))
        factors[:, creased] = np.where(positive[part], 1.0, layer.negative_slope[creased])
        result[part] = (before[parent[part]] * factors[:, None]).transpose(0, 2, 1)
    return result


def _roomy(array: np.ndarray, rows: int) -> np.ndarray:
    """The array with room for this many rows, twice as many where it must grow."""
    if rows <= len(array):
        return array
    grown = np.empty((max(rows, 2 * len(array)), array.shape[1]), dtype=array.dtype)
    grown[: len(array)] = array
    return grown
