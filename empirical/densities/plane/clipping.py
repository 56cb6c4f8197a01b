"""Convex polygons cut to what lies between two level lines of an affine function, many at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.plane.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Polygons:
    """Convex polygons, each with its own copy of its corners.

    The first two columns of ``points`` are the corners in the plane, in cyclic order; every other column is a
    function that is affine on each polygon, by its values there.

    Args:
        starts: (polygons + 1,), where each polygon's corners begin.
        points: (corners, columns).
    """

    starts: Int[np.ndarray, " starts"]
    points: Float[np.ndarray, "corners columns"]

    def __len__(self) -> int:
        """The number of polygons."""
        return len(self.starts) - 1

    @property
    def following(self) -> Int[np.ndarray, " corners"]:
        """For each corner the place of the next one of the same polygon."""
        place = np.arange(1, len(self.points) + 1)
        place[self.starts[1:] - 1] = self.starts[:-1]
        return place

    def select(self, which: Int[np.ndarray, " selected"]) -> "Polygons":
        """These polygons, in this order, repetitions included."""
        sizes = np.diff(self.starts)[which]
        starts = np.append(0, np.cumsum(sizes))
        place = np.arange(starts[-1]) + np.repeat(self.starts[:-1][which] - starts[:-1], sizes)
        return Polygons(starts, self.points[place])

    def extent(
        self, values: Float[np.ndarray, " corners"]
    ) -> tuple[Float[np.ndarray, " polygons"], Float[np.ndarray, " polygons"]]:
        """The smallest and the largest of the values at the corners of each polygon."""
        if not len(self):
            return np.empty(0), np.empty(0)
        first = self.starts[:-1]
        return np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)


def mesh_polygons(mesh: Mesh, regions: Int[np.ndarray, " n"] | None = None) -> Polygons:
    """The regions of a mesh, all or these, with the generator's outputs as further columns."""
    whole = Polygons(mesh.starts, np.hstack([mesh.vertices, mesh.images])[mesh.corners])
    return whole if regions is None else whole.select(regions)


def clip(
    polygons: Polygons,
    values: Float[np.ndarray, " corners"],
    low: Float[np.ndarray, " polygons"],
    high: Float[np.ndarray, " polygons"],
) -> tuple[Polygons, Int[np.ndarray, " kept"]]:
    """The part of each polygon where an affine function is in [low, high], and which polygons have one.

    A level line crosses an edge at one point, computed from the lower end of the edge towards the upper one:
    the polygons on both sides of the edge and the strips on both sides of the line get it to the last bit.

    Args:
        polygons: to be cut.
        values: of the function, at the corners.
        low: of each polygon, may be infinite.
        high: the same.
    """
    sizes, following = np.diff(polygons.starts), polygons.following
    at, then = values, values[following]
    low, high = np.repeat(low, sizes), np.repeat(high, sizes)
    inside = (low <= at) & (at <= high)
    enters = ((at < low) & (low < then)) | ((at > high) & (high > then))
    leaves = ((then < low) & (low < at)) | ((then > high) & (high > at))
    # Each edge yields where its part inside begins, and also where it ends if that is not the next corner.
    begins = inside | enters
    emitted = begins.astype(np.int64) + leaves
    position = np.cumsum(emitted) - emitted
    points = np.empty((emitted.sum(), polygons.points.shape[1]))
    points[position[inside]] = polygons.points[inside]
    edge = np.concatenate([np.flatnonzero(enters), np.flatnonzero(leaves)])
    level = np.concatenate([np.where(at < low, low, high)[enters], np.where(then < low, low, high)[leaves]])
    rising = at[edge] < then[edge]
    lower, upper = np.where(rising, edge, following[edge]), np.where(rising, following[edge], edge)
    share = (level - values[lower]) / (values[upper] - values[lower])
    start = polygons.points[lower]
    crossing = start + share[:, None] * (polygons.points[upper] - start)
    points[np.concatenate([position[enters], (position + begins)[leaves]])] = crossing

    corners = np.add.reduceat(emitted, polygons.starts[:-1]) if len(polygons) else np.empty(0, dtype=np.int64)
    kept = corners >= 3  # fewer are a point or a segment on a level line: no area
    starts = np.append(0, np.cumsum(corners[kept]))
    return Polygons(starts, points[np.repeat(kept, corners)]), np.flatnonzero(kept)
