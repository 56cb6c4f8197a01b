"""A conforming mesh of the latent plane, on each region of which the generator is affine."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, eq=False)
class Mesh:
    """Convex polygons that tile a rectangle of latents; neighbours share their vertices by number.

    The corners of region r are ``corners[starts[r]:starts[r + 1]]``, counterclockwise. On region r the
    generator is ``linear[r] @ z + offset[r]``.

    Args:
        vertices: (v, 2), latent points.
        images: (v, d), the generator at the vertices.
        starts: (r + 1,), where each region's corners begin.
        corners: vertex numbers, region after region.
        linear: (r, d, 2), the derivative of the generator on each region.
        offset: (r, d).
    """

    vertices: Float[np.ndarray, "v 2"]
    images: Float[np.ndarray, "v d"]
    starts: Int[np.ndarray, " starts"]
    corners: Int[np.ndarray, " corners"]
    linear: Float[np.ndarray, "regions d 2"]
    offset: Float[np.ndarray, "regions d"]

    def __len__(self) -> int:
        """The number of regions."""
        return len(self.starts) - 1

    @property
    def dim(self) -> int:
        """Dimension of the data."""
        return self.offset.shape[1]

    @cached_property
    def region(self) -> Int[np.ndarray, " corners"]:
        """The region to which each entry of ``corners`` belongs."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    @cached_property
    def following(self) -> Int[np.ndarray, " corners"]:
        """For each entry of ``corners`` the next corner of the same region: together an edge."""
        place = np.arange(1, len(self.corners) + 1)
        place[self.starts[1:] - 1] = self.starts[:-1]
        return self.corners[place]

    @cached_property
    def areas(self) -> Float[np.ndarray, " regions"]:
        """The latent area of each region, by the shoelace formula around its first corner."""
        return shoelace(self.vertices, self)

    @cached_property
    def determinants(self) -> Float[np.ndarray, " regions"]:
        """The factor by which the generator multiplies signed area, where the data are in the plane."""
        (a, b), (c, d) = np.moveaxis(self.linear, 0, -1)
        return a * d - b * c


def shoelace(points: Float[np.ndarray, "v 2"], mesh: Mesh) -> Float[np.ndarray, " regions"]:
    """The signed area of each region's polygon, with these points for its vertices."""
    origin = points[mesh.corners[mesh.starts[:-1]]][mesh.region]
    first, second = points[mesh.corners] - origin, points[mesh.following] - origin
    cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return np.add.reduceat(cross, mesh.starts[:-1]) / 2
