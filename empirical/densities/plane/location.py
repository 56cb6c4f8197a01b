r"""Which regions of a mesh the generator maps onto a point of the plane.

Region r covers x if the image of its boundary winds around x. The winding number is counted by the crossings
of the ray from x towards growing first coordinate. Whether the ray crosses an edge is decided by comparisons
and one float64 expression of the edge's two image points, taken in the order of their numbers: the regions on
both sides of the edge see the same answer, whatever was rounded. So the winding numbers of all regions add up
to that of the boundary of the mesh, exactly.

A point on the image of an edge or a vertex counts as lying infinitely little above and to the right of it. It
belongs to one of two neighbours on different sides of their edge; at a fold, where both neighbours lie on one
side, to both or to none.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.quadtree import PAIRS, Quadtree, quadtree
from empirical.native import arguments, library

SOURCE = Path(__file__).with_suffix(".cpp")


@dataclass(frozen=True, eq=False)
class ImageEdges:
    """The images of the edges of regions, region after region.

    Args:
        starts: where each region's edges begin.
        ends: the image of the end with the smaller number, then that of the other: the regions on both sides
            of an edge hold the same four numbers.
        direction: 1 where the region's boundary runs in this order, -1 where it runs back.
        boxes: the bounding box of each region's image, low and high corner.
    """

    starts: Int[np.ndarray, " starts"]
    ends: Float[np.ndarray, "edges 4"]
    direction: Int[np.ndarray, " edges"]
    boxes: Float[np.ndarray, "regions 4"]


@dataclass(frozen=True, eq=False)
class Location:
    """Finds the regions whose images cover a point, among some of a mesh's regions.

    Args:
        regions: their numbers in the mesh, in increasing order.
        edges: of these regions.
        tree: over the bounding boxes of their images; None where there are no regions.
    """

    regions: Int[np.ndarray, " r"]
    edges: ImageEdges
    tree: Quadtree | None

    @staticmethod
    def among(mesh: Mesh, regions: Int[np.ndarray, " r"]) -> "Location":
        """Prepares the search among these regions of a mesh with two outputs."""
        first, sizes = mesh.starts[regions], np.diff(mesh.starts)[regions]
        starts = np.append(0, np.cumsum(sizes))
        entries = np.arange(starts[-1]) + np.repeat(first - starts[:-1], sizes)
        start, end = mesh.corners[entries], mesh.following[entries]
        smaller, larger = np.minimum(start, end), np.maximum(start, end)
        points = mesh.images[start]
        low = np.minimum.reduceat(points, starts[:-1]) if len(regions) else np.empty((0, 2))
        high = np.maximum.reduceat(points, starts[:-1]) if len(regions) else np.empty((0, 2))
        edges = ImageEdges(
            starts=starts,
            ends=np.concatenate([mesh.images[smaller], mesh.images[larger]], axis=1),
            direction=np.where(start < end, 1, -1),
            boxes=np.concatenate([low, high], axis=1),
        )
        return Location(regions, edges, quadtree(low, high) if len(regions) else None)

    def covering(
        self, x: Float[np.ndarray, "n 2"]
    ) -> Iterator[tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]]:
        """Numbers of points, increasing, and of regions of the mesh that cover them, a part at a time.

        No point is in two parts. The temporary arrays have a bounded size, however many the points.

        Raises:
            ValueError: a point is NaN.
        """
        x = np.ascontiguousarray(x, dtype=np.float64)  # what compiled code reads
        if np.isnan(x).any():
            raise ValueError(
                f"points must not be NaN (got {int(np.isnan(x).any(axis=1).sum())} of {len(x)} with NaN): "
                f"remove them, for example with x[~numpy.isnan(x).any(axis=1)]."
            )
        if self.tree is None:
            return
        compiled = library(SOURCE)
        parts = (
            _in_numpy(self.tree, self.edges, x)
            if compiled is None
            else _compiled(compiled, self.tree, self.edges, x)
        )
        for point, region in parts:
            yield point, self.regions[region]


def _in_numpy(
    tree: Quadtree, edges: ImageEdges, x: Float[np.ndarray, "n 2"]
) -> Iterator[tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]]:
    for point, candidate in tree.candidates(x):
        covers = winding_numbers(edges, candidate, x[point]) != 0
        yield point[covers], candidate[covers]


def _compiled(
    compiled: ctypes.CDLL, tree: Quadtree, edges: ImageEdges, x: Float[np.ndarray, "n 2"]
) -> Iterator[tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]]:
    room = max(PAIRS, int(np.diff(tree.starts).max()))
    progress = np.zeros(2, dtype=np.int64)  # the first point of the next part, and the pairs of this one
    while progress[0] < len(x):
        point, region = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        compiled.covering(
            *arguments(tree.low, tree.scale, tree.children, tree.starts, tree.boxes),
            *arguments(edges.starts, edges.ends, edges.direction, edges.boxes),
            *arguments(x, len(x), progress, point, region, room),
        )
        yield point[: progress[1]], region[: progress[1]]


def winding_numbers(
    edges: ImageEdges, region: Int[np.ndarray, " pairs"], x: Float[np.ndarray, "pairs 2"]
) -> Int[np.ndarray, " pairs"]:
    """How often the image of each region's boundary winds counterclockwise around its point."""
    box = edges.boxes[region]
    near = np.flatnonzero(
        (box[:, 0] <= x[:, 0]) & (x[:, 0] < box[:, 2]) & (box[:, 1] <= x[:, 1]) & (x[:, 1] < box[:, 3])
    )
    result = np.zeros(len(region), dtype=np.int64)
    region, x = region[near], x[near]
    count = edges.starts[region + 1] - edges.starts[region]
    pair = np.repeat(np.arange(len(region)), count)
    edge = np.arange(len(pair)) + np.repeat(edges.starts[region] - (np.cumsum(count) - count), count)
    height = x[pair, 1]
    upward = (edges.ends[edge, 3] > height).astype(np.int8) - (edges.ends[edge, 1] > height)
    met = np.flatnonzero(upward)
    pair, edge, upward = pair[met], edge[met], upward[met]
    from_x, from_y, to_x, to_y = edges.ends[edge].T
    point_x, point_y = x[pair].T
    # Which side of the edge, decided by its ends where they suffice: so rounding agrees with the boxes above.
    side = (to_x - from_x) * (point_y - from_y) - (to_y - from_y) * (point_x - from_x)
    left = (point_x < np.maximum(from_x, to_x)) & ((upward * side > 0) | (point_x < np.minimum(from_x, to_x)))
    turns = upward[left] * edges.direction[edge[left]]
    result[near] = np.bincount(pair[left], turns, minlength=len(region)).astype(np.int64)
    return result
