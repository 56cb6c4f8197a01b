"""All latents that a piecewise-affine generator carries to a point of space."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import fmpq_mat
from jaxtyping import Bool, Float, Int

from empirical.densities.enclosed import UNIT
from empirical.densities.rational_network import rational
from empirical.densities.space.box_tree import BoxTree
from empirical.densities.space.polyhedra import OUTSIDE
from empirical.densities.space.subdivision import Subdivision

CHUNK = 1 << 10  # points at once: with some hundred boxes visited by each, a few arrays of some MiB


@dataclass(frozen=True, eq=False)
class Found:
    """Preimages of points.

    Args:
        point: (m,), which point each is a preimage of.
        region: (m,), the region in which it lies.
        latent: (m, 3), where it lies.
        undecided: how many were decided in rational numbers.
    """

    point: Int[np.ndarray, " m"]
    region: Int[np.ndarray, " m"]
    latent: Float[np.ndarray, "m 3"]
    undecided: int


@dataclass(frozen=True, eq=False)
class Inverse:
    """The inverse maps of the regions on which the generator is invertible.

    Args:
        subdivision: the regions of a generator from three dimensions to three.
        regions: the numbers of the regions to look in.
    """

    subdivision: Subdivision
    regions: Int[np.ndarray, " regular"]

    @cached_property
    def _matrices(self) -> Float[np.ndarray, "regular 3 3"]:
        return np.linalg.inv(self.subdivision.maps.value[self.regions, :, :3])

    @cached_property
    def _doubt(self) -> tuple[Float[np.ndarray, "regular 3 3"], Float[np.ndarray, "regular 3"]]:
        r"""Bounds of :math:`|M A - 1|` with the exact A, and of :math:`|M|` times the error of the offset."""
        value, error = self.subdivision.maps.value[self.regions], self.subdivision.maps.error[self.regions]
        size = np.abs(self._matrices)
        rounding = 8 * UNIT * (size @ np.abs(value[:, :, :3]) + np.eye(3))
        residual = np.abs(self._matrices @ value[:, :, :3] - np.eye(3)) + rounding + size @ error[:, :, :3]
        return residual, (size @ (error[:, :, 3:] + 8 * UNIT * np.abs(value[:, :, 3:])))[:, :, 0]

    @cached_property
    def _tree(self) -> BoxTree:
        """The boxes around the images of the regions, wider by the doubt about the images."""
        polyhedra, images = self.subdivision.tiling.polyhedra, self.subdivision.tiling.values
        _, face, _ = polyhedra.bounds
        ends = []
        for corner, extreme in (
            (images.value - images.error, np.minimum),
            (images.value + images.error, np.maximum),
        ):
            of_face = extreme.reduceat(corner[polyhedra.corners], polyhedra.starts[:-1])
            ends.append(extreme.reduceat(of_face[face], polyhedra.cell_starts[:-1])[self.regions])
        return BoxTree.of(*ends)

    def __call__(self, x: Float[np.ndarray, "n 3"]) -> Found:
        """The preimages of each point.

        A latent on a face between two regions counts once, for the region on the face's positive side.
        """
        found = [self._chunk(x[start : start + CHUNK], start) for start in range(0, len(x), CHUNK)]
        empty = np.empty(0, dtype=np.int64)
        return Found(
            np.concatenate([empty, *(part.point for part in found)]),
            np.concatenate([empty, *(part.region for part in found)]),
            np.concatenate([np.empty((0, 3)), *(part.latent for part in found)]),
            sum(part.undecided for part in found),
        )

    def _chunk(self, x: Float[np.ndarray, "n 3"], first: int) -> Found:
        if not len(self.regions):
            return Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty((0, 3)), 0)
        point, place = self._tree.containing(x)
        offset = self.subdivision.maps.value[self.regions[place], :, 3]
        latent = np.einsum("kij,kj->ki", self._matrices[place], x[point] - offset)
        inside, doubtful = self._inside(place, latent, self._errors(place, latent, x[point]))
        for pair in np.flatnonzero(inside & doubtful):
            inside[pair] = self._certainly_inside(int(self.regions[place[pair]]), x[point[pair]])
        return Found(
            point[inside] + first,
            self.regions[place[inside]],
            latent[inside],
            int(np.count_nonzero(doubtful)),
        )

    def _errors(
        self, place: Int[np.ndarray, " k"], latent: Float[np.ndarray, "k 3"], x: Float[np.ndarray, "k 3"]
    ) -> Float[np.ndarray, "k 3"]:
        """Bounds of the distance of each coordinate from that of the exact preimage under the region's map.

        With z the computed and z* the exact one, z - z* = (M A - 1) z* + M (error of the offset) + rounding;
        the error e on the left bounds |z*| <= |z| + e on the right.
        """
        residual, shift = (part[place] for part in self._doubt)
        rounding = 8 * UNIT * np.einsum("kij,kj->ki", np.abs(self._matrices[place]), np.abs(x))
        once = np.einsum("kij,kj->ki", residual, np.abs(latent)) + shift + rounding
        spread = residual.sum(axis=2)
        bound = once + 2 * spread * once.max(axis=1, keepdims=True)
        return np.where(spread.max(axis=1, keepdims=True) <= 0.5, bound, np.inf)

    def _inside(
        self, place: Int[np.ndarray, " k"], latent: Float[np.ndarray, "k 3"], error: Float[np.ndarray, "k 3"]
    ) -> tuple[Bool[np.ndarray, " k"], Bool[np.ndarray, " k"]]:
        """Whether each latent may lie in its region, and whether that is in doubt."""
        polyhedra, planes = self.subdivision.tiling.polyhedra, self.subdivision.planes
        _, faces, orientations = polyhedra.bounds
        begin, end = (
            polyhedra.cell_starts[self.regions[place]],
            polyhedra.cell_starts[self.regions[place] + 1],
        )
        inside, doubtful = np.ones(len(place), dtype=bool), np.zeros(len(place), dtype=bool)
        left = np.arange(len(place))
        for step in range(int((end - begin).max(initial=0))):
            left = left[inside[left] & (begin[left] + step < end[left])]
            face, z, e = faces[begin[left] + step], latent[left], error[left]
            plane, doubt = planes.value[face], planes.error[face]
            height = (plane[:, :3] * z).sum(axis=1) + plane[:, 3]
            size = np.abs(plane)
            bound = (
                (size[:, :3] * (e + 8 * UNIT * np.abs(z))).sum(axis=1)
                + (doubt[:, :3] * (np.abs(z) + e)).sum(axis=1)
                + doubt[:, 3]
                + 8 * UNIT * size[:, 3]
            )
            inside[left] = orientations[begin[left] + step] * height <= bound
            doubtful[left] |= ~(np.abs(height) > bound)
        return inside, doubtful & inside

    def _certainly_inside(self, region: int, x: Float[np.ndarray, " 3"]) -> bool:
        """Whether the preimage under the region's map lies in the region, in rational numbers."""
        subdivision = self.subdivision
        polyhedra, half_width = subdivision.tiling.polyhedra, rational(subdivision.half_width)
        maps = subdivision.tiling.vertices.network.maps(subdivision.patterns[region])
        linear = fmpq_mat([[maps[-1][row, column] for column in range(3)] for row in range(3)])
        target = fmpq_mat([[rational(x[row]) - maps[-1][row, 3]] for row in range(3)])
        z = linear.solve(target)
        _, faces, _ = polyhedra.bounds
        for face in faces[polyhedra.cell_starts[region] : polyhedra.cell_starts[region + 1]]:
            layer, unit = polyhedra.surfaces[face].tolist()
            if layer == OUTSIDE:
                outside = abs(z[unit // 2, 0]) > half_width
            else:
                height = sum(
                    (maps[layer][unit, axis] * z[axis, 0] for axis in range(3)), maps[layer][unit, 3]
                )
                outside = height >= 0 if polyhedra.sides[face, 0] == region else height < 0
            if outside:
                return False
        return True
