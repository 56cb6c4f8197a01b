r"""The image polygons of a generator with uniform latents, overlaid: cells on which its density is constant.

A region with determinant d of a uniform latent on the square of area 4 gives the density
:math:`1 / (4|d|)` on its image, a convex polygon, and the law's density is the sum over all polygons that
cover a point. Here each polygon is cut by the edges of those that overlap it. What an earlier polygon covers
is left to that one, so that the cells are disjoint; on each the density is a known constant, and the integral
of any function of it is a finite sum. Several laws may be overlaid at once.

That the density integrates to 1 over the cells is a check of determinants and of overlaps: unlike the sum of
the latent masses, it does not hold by topology alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.plane.clipping import Polygons, clip
from empirical.densities.plane.mesh import Mesh

# Relative to the largest coordinate. Corners err by a few units of 2^-53; those that lie on a line of another
# polygon, as most do, must be seen there, lest slivers of rounding errors be cut again and again.
SNAP = 2.0**-44
BLOCK = 1 << 22  # pairs of bounding boxes compared at once


@dataclass(frozen=True, eq=False)
class Sheets:
    """Convex polygons with a constant density each; where they overlap, the densities add up.

    Args:
        polygons: counterclockwise, two columns.
        densities: one for each, positive.
    """

    polygons: Polygons
    densities: Float[np.ndarray, " polygons"]

    @property
    def mass(self) -> float:
        """The sum of density times area over the polygons."""
        return float(self.densities @ areas(self.polygons))


@dataclass(frozen=True, eq=False)
class Overlay:
    """Disjoint cells that fill the union of all sheets, each with a constant density of every law.

    Args:
        points: (cells, 2), the mean of each cell's corners, a point inside.
        areas: of the cells.
        densities: of each law on each cell.
        strips: the area along the boundary of each cell that rounding may have put there, or taken from it.
    """

    points: Float[np.ndarray, "cells 2"]
    areas: Float[np.ndarray, " cells"]
    densities: Float[np.ndarray, "cells laws"]
    strips: Float[np.ndarray, " cells"]

    def __len__(self) -> int:
        """The number of cells."""
        return len(self.areas)

    @property
    def masses(self) -> Float[np.ndarray, " laws"]:
        """The integral of each law's density: its mass, if determinants and overlaps are right."""
        return self.areas @ self.densities

    def integral(self, function: Callable[..., Float[np.ndarray, " cells"]]) -> tuple[float, float]:
        """The integral over all cells of a function of the densities, and the size of its rounding error.

        The function gets one array for each law. Where no law has density it must be 0: there is no cell.
        The rounding error counts 32 roundings of each term, and the strip between two cells at the values of
        both: all of it might belong to the other one.
        """
        values = function(*self.densities.T)
        sizes = np.abs(values)
        return float(values @ self.areas), float(2.0**-48 * (sizes @ self.areas) + sizes @ self.strips)


def uniform_sheets(mesh: Mesh, regions: Int[np.ndarray, " n"] | None = None) -> Sheets:
    """The images of a mesh's regions, all or these, under a latent that is uniform on a square of area 4.

    Regions whose determinant is 0 have no density and are left out.
    """
    kept = np.arange(len(mesh)) if regions is None else regions
    kept = kept[mesh.determinants[kept] != 0]
    polygons = Polygons(mesh.starts, mesh.images[mesh.corners]).select(kept)
    turned = np.repeat(mesh.determinants[kept] < 0, np.diff(polygons.starts))
    # Corner k of a polygon that was turned over changes places with the k-th from the end.
    first, last = polygons.starts[:-1], polygons.starts[1:] - 1
    ends = np.repeat(first + last, np.diff(polygons.starts))
    place = np.arange(len(polygons.points))
    points = polygons.points[np.where(turned, ends - place, place)]
    return Sheets(Polygons(polygons.starts, points), 1 / (4 * np.abs(mesh.determinants[kept])))


def areas(polygons: Polygons) -> Float[np.ndarray, " polygons"]:
    """The signed area of each polygon, by the shoelace formula around its first corner."""
    if not len(polygons):
        return np.empty(0)
    sizes = np.diff(polygons.starts)
    origin = np.repeat(polygons.points[polygons.starts[:-1]], sizes, axis=0)
    first, second = polygons.points - origin, polygons.points[polygons.following] - origin
    return np.add.reduceat(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0], polygons.starts[:-1]) / 2


class TooManyCells(ValueError):
    """An overlay would have more cells than allowed."""


def overlay(*laws: Sheets, max_cells: int = 200_000) -> Overlay:
    """Cuts the sheets of one or several laws into disjoint cells of constant densities.

    Raises:
        ValueError: there is no sheet.
        TooManyCells: there are more than ``max_cells`` cells.
    """
    if not laws or not sum(len(law.polygons) for law in laws):
        raise ValueError("an overlay needs at least one polygon of positive area: this law has no density.")
    return _Overlaying(laws, max_cells).cells()


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Cells while they are being cut: each meets the polygons of a list, one edge after the other.

    Args:
        polygons: the cells.
        owner: the polygon of which each is a part.
        place: where in the list of neighbours it is.
        edge: which edge of that neighbour is next; it lies on the inner side of those before.
        densities: of each law, as far as it has been added up.
        strips: the area that rounding at the cuts so far may have misplaced.
    """

    polygons: Polygons
    owner: Int[np.ndarray, " m"]
    place: Int[np.ndarray, " m"]
    edge: Int[np.ndarray, " m"]
    densities: Float[np.ndarray, "m laws"]
    strips: Float[np.ndarray, " m"]

    def __len__(self) -> int:
        return len(self.owner)

    def select(self, chosen: np.ndarray) -> "_Pieces":
        which = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        return _Pieces(
            self.polygons.select(which),
            self.owner[which],
            self.place[which],
            self.edge[which],
            self.densities[which],
            self.strips[which],
        )

    def then(self, other: "_Pieces") -> "_Pieces":
        starts = np.append(self.polygons.starts, self.polygons.starts[-1] + other.polygons.starts[1:])
        return _Pieces(
            Polygons(starts, np.concatenate([self.polygons.points, other.polygons.points])),
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in ("owner", "place", "edge", "densities", "strips")
            ),
        )


class _Overlaying:
    """The polygons of all laws, who overlaps whom, and the cells so far."""

    def __init__(self, laws: tuple[Sheets, ...], max_cells: int) -> None:
        self.max_cells = max_cells
        self.law = np.repeat(np.arange(len(laws)), [len(law.polygons) for law in laws])
        self.density = np.concatenate([law.densities for law in laws])
        sizes = np.concatenate([np.diff(law.polygons.starts) for law in laws])
        points = np.concatenate([law.polygons.points for law in laws])
        self.polygons = Polygons(np.append(0, np.cumsum(sizes)), points)
        self.snap = SNAP * float(np.abs(points).max())
        self.low, self.high = _boxes(self.polygons)
        self.first, self.neighbours = self._overlapping()
        self.done: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []

    def _overlapping(self) -> tuple[Int[np.ndarray, " first"], Int[np.ndarray, " neighbours"]]:
        """For each polygon those others whose bounding boxes meet its own, in increasing order."""
        count = len(self.polygons)
        step, lists, sizes = max(1, BLOCK // count), [], []
        for start in range(0, count, step):
            block = slice(start, start + step)
            meet = np.ones((len(self.low[block]), count), dtype=bool)
            for low, high in zip(self.low.T, self.high.T, strict=True):
                meet &= (low[block, None] < high) & (low < high[block, None])
            meet[np.arange(len(meet)), np.arange(start, start + len(meet))] = False
            lists.append(np.nonzero(meet)[1])
            sizes.append(meet.sum(axis=1))
        return np.append(0, np.cumsum(np.concatenate(sizes))), np.concatenate(lists)

    def cells(self) -> Overlay:
        count = len(self.polygons)
        own = np.zeros((count, int(self.law.max()) + 1))
        own[np.arange(count), self.law] = self.density
        none = np.zeros(count, dtype=np.int64)
        own_edges = 2 * self.snap * _diameters(self.polygons)
        pieces = _Pieces(self.polygons, np.arange(count), self.first[:-1].copy(), none, own, own_edges)
        while len(pieces := self._with_next_neighbour(pieces)):
            pieces = self._cut(pieces)
            if sum(len(done[0]) for done in self.done) + len(pieces) > self.max_cells:
                raise TooManyCells(
                    f"the overlay has more than {self.max_cells:,} cells: allow more with max_cells, or take "
                    f"a smaller network."
                )
        return Overlay(*(np.concatenate(part) for part in zip(*self.done, strict=True)))

    def _with_next_neighbour(self, pieces: _Pieces) -> _Pieces:
        """Moves pieces on to the next polygon that may overlap them; those that have met all are cells."""
        low, high = _boxes(pieces.polygons)
        last, place = self.first[pieces.owner + 1], pieces.place.copy()
        searching = np.flatnonzero((pieces.edge == 0) & (place < last))
        while len(searching):
            other = self.neighbours[place[searching]]
            apart = (self.low[other] >= high[searching]).any(axis=1)
            apart |= (low[searching] >= self.high[other]).any(axis=1)
            searching = searching[apart]
            place[searching] += 1
            searching = searching[place[searching] < last[searching]]
        pieces = replace(pieces, place=place)
        complete = place == last
        cells = pieces.select(complete)
        if len(cells):
            sums = np.add.reduceat(cells.polygons.points, cells.polygons.starts[:-1], axis=0)
            centres = sums / np.diff(cells.polygons.starts)[:, None]
            sizes = np.maximum(areas(cells.polygons), 0.0)
            self.done.append((centres, sizes, cells.densities, cells.strips))
        return pieces.select(~complete)

    def _cut(self, pieces: _Pieces) -> _Pieces:
        """Each piece by the line of its next edge."""
        other = self.neighbours[pieces.place]
        begin, end = self.polygons.starts[other], self.polygons.starts[other + 1]
        from_, to = begin + pieces.edge, begin + (pieces.edge + 1) % (end - begin)
        values = self._distances(pieces.polygons, self.polygons.points[from_], self.polygons.points[to])
        low, high = pieces.polygons.extent(values)
        inside, outside = low >= 0, (high <= 0) & (low < 0)
        straddling = ~(inside | outside)
        touched = (low <= 0) & (high >= 0)
        across = 2 * self.snap * _diameters(pieces.polygons)
        pieces = replace(pieces, strips=pieces.strips + np.where(touched, across, 0.0))
        divided = pieces.select(straddling)
        at = values[np.repeat(straddling, np.diff(pieces.polygons.starts))]
        zero, unbounded = np.zeros(len(divided)), np.full(len(divided), np.inf)
        upper, which_upper = clip(divided.polygons, at, zero, unbounded)
        lower, which_lower = clip(divided.polygons, at, -unbounded, zero)
        within = pieces.select(inside).then(replace(divided.select(which_upper), polygons=upper))
        beyond = pieces.select(outside).then(replace(divided.select(which_lower), polygons=lower))
        return self._entered(within).then(
            replace(beyond, place=beyond.place + 1, edge=np.zeros_like(beyond.edge))
        )

    def _entered(self, pieces: _Pieces) -> _Pieces:
        """Pieces on the inner side of one more edge: covered by their neighbour if it was the last."""
        other = self.neighbours[pieces.place]
        sizes = self.polygons.starts[other + 1] - self.polygons.starts[other]
        covered = pieces.edge + 1 == sizes
        densities = pieces.densities.copy()
        added = np.flatnonzero(covered)
        densities[added, self.law[other[added]]] += self.density[other[added]]
        edge = np.where(covered, 0, pieces.edge + 1)
        moved = replace(pieces, place=pieces.place + covered, edge=edge, densities=densities)
        return moved.select(~(covered & (other < pieces.owner)))  # left to the earlier polygon

    def _distances(
        self, polygons: Polygons, start: Float[np.ndarray, "m 2"], end: Float[np.ndarray, "m 2"]
    ) -> Float[np.ndarray, " corners"]:
        """Of each corner from the line of the piece's next edge, positive on the inner side, snapped to 0."""
        sizes = np.diff(polygons.starts)
        along = end - start
        length = np.hypot(*along.T)
        with np.errstate(invalid="ignore", divide="ignore"):
            normal = np.where(length[:, None] > 0, np.stack([-along[:, 1], along[:, 0]], 1), 0.0)
            normal = np.where(length[:, None] > 0, normal / length[:, None], 0.0)
        # An edge without length cuts nothing: all distances are 0, which counts as inside.
        values = ((polygons.points - np.repeat(start, sizes, axis=0)) * np.repeat(normal, sizes, axis=0)).sum(
            1
        )
        return np.where(np.abs(values) <= self.snap, 0.0, values)


def _boxes(polygons: Polygons) -> tuple[Float[np.ndarray, "m 2"], Float[np.ndarray, "m 2"]]:
    """The lower and the upper corner of each polygon's bounding box."""
    (x_low, x_high), (y_low, y_high) = (polygons.extent(c) for c in polygons.points[:, :2].T)
    return np.stack([x_low, y_low], axis=1), np.stack([x_high, y_high], axis=1)


def _diameters(polygons: Polygons) -> Float[np.ndarray, " m"]:
    """Upper bounds: the diagonals of the bounding boxes."""
    low, high = _boxes(polygons)
    return np.hypot(*(high - low).T)
