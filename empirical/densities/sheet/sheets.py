"""Convex pieces of one or two latent coordinates, each carried one to one into space by an affine map."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.plane.quadtree import Quadtree, quadtree


@dataclass(frozen=True, eq=False)
class OnSheets:
    """Points found on sheets.

    Args:
        point: numbers of points, increasing.
        sheet: on which each lies; several where sheets meet in space.
        latent: what the sheet's map carries to the point, or to the sheet's point nearest to it.
    """

    point: Int[np.ndarray, " m"]
    sheet: Int[np.ndarray, " m"]
    latent: Float[np.ndarray, "m k"]


@dataclass(frozen=True, eq=False)
class Sheets:
    """Intervals or convex polygons of latents with regular affine maps into space.

    Args:
        starts: where each sheet's corners begin.
        corners: latents; the lower and the upper end, or counterclockwise.
        images: of the corners.
        linear: the derivative of each sheet's map, of full rank.
    """

    starts: Int[np.ndarray, " starts"]
    corners: Float[np.ndarray, "c k"]
    images: Float[np.ndarray, "c d"]
    linear: Float[np.ndarray, "sheets d k"]

    def __len__(self) -> int:
        """The number of sheets."""
        return len(self.linear)

    @cached_property
    def _frames(
        self,
    ) -> tuple[
        Float[np.ndarray, "sheets d k"], Float[np.ndarray, "sheets k"], Float[np.ndarray, "sheets k k"]
    ]:
        left, size, right = np.linalg.svd(self.linear, full_matrices=False)
        return left, size, right

    @property
    def _singular_values(self) -> Float[np.ndarray, "sheets k"]:
        return self._frames[1]

    @cached_property
    def log_stretches(self) -> Float[np.ndarray, " sheets"]:
        r"""The log of :math:`\sqrt{\det A^\top A}`, by which each map multiplies lengths or areas."""
        return np.log(self._singular_values).sum(axis=1)

    @cached_property
    def _following(self) -> Int[np.ndarray, " c"]:
        """The corner at which an edge ends that begins at each corner; an interval's edges are its ends."""
        place = np.arange(len(self.corners))
        if self.corners.shape[1] == 2:
            place += 1
            place[self.starts[1:] - 1] = self.starts[:-1]
        return place

    def find(self, x: Float[np.ndarray, "n d"], tolerance: float) -> OnSheets:
        """The sheets, with their boundaries, from which each point is at most this distance away.

        A point on a common edge of neighbours counts once, for the first of them: so do points that are
        within the tolerance of it, on both sheets. The points are finite.
        """
        parts = list(self._parts(x, tolerance)) if len(self) else []
        integers = np.empty(0, dtype=np.int64)
        return OnSheets(
            np.concatenate([integers, *(part.point for part in parts)]),
            np.concatenate([integers, *(part.sheet for part in parts)]),
            np.concatenate([np.empty((0, self.corners.shape[1])), *(part.latent for part in parts)]),
        )

    def _parts(self, x: Float[np.ndarray, "n d"], tolerance: float) -> Iterator[OnSheets]:
        # Two coordinates suffice to find candidates: those in which the sheets reach farthest.
        shown = np.sort(np.argsort(-np.ptp(self.images, axis=0), kind="stable")[:2])
        for point, sheet in self._tree(shown, tolerance).candidates(x[:, shown]):
            step = x[point] - self.images[self.starts[sheet]]
            # The distance from a sheet's plane is measured in an orthonormal frame: by way of the latent it
            # would carry that one's error, which grows with the condition of the map.
            left, size, right = (part[sheet] for part in self._frames)
            within = np.einsum("ndk,nd->nk", left, step)
            local = np.einsum("nkj,nk->nj", right, within / size)
            off = step - np.einsum("ndk,nk->nd", left, within)
            near = np.flatnonzero(np.sqrt((off**2).sum(axis=1)) <= tolerance)
            point, sheet = point[near], sheet[near]
            latent = self.corners[self.starts[sheet]] + local[near]
            inside, distance, rim = self._against_boundary(sheet, x[point], latent)
            at_rim = distance <= tolerance
            kept = inside | at_rim
            latent = np.where(at_rim[:, None], rim, latent)
            kept[kept] = ~self._repeated(point[kept], sheet[kept], latent[kept], at_rim[kept], tolerance)
            yield OnSheets(point[kept], sheet[kept], latent[kept])

    def _tree(self, shown: Int[np.ndarray, " 2"], tolerance: float) -> Quadtree:
        ends = self.images[:, shown]
        low = np.minimum.reduceat(ends, self.starts[:-1])
        high = np.maximum.reduceat(ends, self.starts[:-1])
        return quadtree(low - tolerance, high + tolerance)

    def _against_boundary(
        self, sheet: Int[np.ndarray, " m"], x: Float[np.ndarray, "m d"], latent: Float[np.ndarray, "m k"]
    ) -> tuple[Bool[np.ndarray, " m"], Float[np.ndarray, " m"], Float[np.ndarray, "m k"]]:
        """Whether latents lie in their sheets; how far x is from the boundary, and from which latent."""
        sizes = np.diff(self.starts)[sheet]
        begin = np.cumsum(sizes) - sizes
        pair = np.repeat(np.arange(len(sheet)), sizes)
        start = np.arange(len(pair)) + np.repeat(self.starts[sheet] - begin, sizes)
        end = self._following[start]
        edge, step = self.corners[end] - self.corners[start], latent[pair] - self.corners[start]
        if self.corners.shape[1] == 2:
            side = edge[:, 0] * step[:, 1] - edge[:, 1] * step[:, 0]
        else:
            side = np.where(start == self.starts[sheet][pair], step[:, 0], -step[:, 0])
        along, there = self.images[end] - self.images[start], x[pair] - self.images[start]
        square = (along**2).sum(axis=1)
        share = np.clip((there * along).sum(axis=1) / np.where(square > 0, square, 1), 0, 1)
        gap = np.sqrt(((there - share[:, None] * along) ** 2).sum(axis=1))
        if not len(sheet):
            return np.empty(0, dtype=bool), np.empty(0), np.empty((0, self.corners.shape[1]))
        distance = np.minimum.reduceat(gap, begin)
        candidates = np.flatnonzero(gap == distance[pair])
        nearest = candidates[np.unique(pair[candidates], return_index=True)[1]]
        rim = self.corners[start[nearest]] + share[nearest, None] * edge[nearest]
        return np.minimum.reduceat(side, begin) >= 0, distance, rim

    def _repeated(
        self,
        point: Int[np.ndarray, " m"],
        sheet: Int[np.ndarray, " m"],
        latent: Float[np.ndarray, "m k"],
        at_rim: Bool[np.ndarray, " m"],
        tolerance: float,
    ) -> Bool[np.ndarray, " m"]:
        """Which latents on a boundary are known from an earlier sheet with the same point."""
        repeated = np.zeros(len(point), dtype=bool)
        rim = np.flatnonzero(at_rim)
        first = np.searchsorted(point[rim], point[rim])
        earlier = np.arange(len(rim)) - first
        later = np.repeat(np.arange(len(rim)), earlier)
        before = np.arange(len(later)) - np.repeat(np.cumsum(earlier) - earlier, earlier) + first[later]
        one, other = rim[later], rim[before]
        # Both are nearest to one point within the tolerance: a map shrinks by its smallest singular value.
        smallest = np.minimum(self._singular_values[sheet[one], -1], self._singular_values[sheet[other], -1])
        close = np.sqrt(((latent[one] - latent[other]) ** 2).sum(axis=1)) <= 4 * tolerance / smallest
        repeated[one[close]] = True
        return repeated
