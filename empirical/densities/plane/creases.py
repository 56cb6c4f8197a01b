"""Where the data plane is folded and creased: the edges of a generator's regions, carried to their images."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from empirical.densities.plane.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Creases:
    """The edges between neighbouring regions.

    Args:
        latent: (e, 2, 2), both ends of each edge in the latent plane.
        image: (e, 2, d), the generator at these ends; the image of the edge is the segment between them.
        fold: whether the generator turns the plane over there: the determinants of the two regions differ in
            sign, so that both images lie on one side and the density jumps. False where the data are not in
            the plane.
    """

    latent: Float[np.ndarray, "e 2 2"]
    image: Float[np.ndarray, "e 2 d"]
    fold: Bool[np.ndarray, " e"]


def creases(mesh: Mesh) -> Creases:
    """Every edge that two regions share, once; the border of the mesh is left out.

    >>> import torch
    >>> from empirical.densities.affine_layers import affine_layers
    >>> from empirical.densities.plane.subdivision import subdivide
    >>> hinge = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.LeakyReLU(0.5))
    >>> _ = torch.nn.init.eye_(hinge[0].weight)
    >>> len(creases(subdivide(affine_layers(hinge), -1.0, 1.0).mesh).fold)  # the four half axes
    4
    """
    low, high = np.minimum(mesh.corners, mesh.following), np.maximum(mesh.corners, mesh.following)
    # Equal edges become neighbours: two regions share at most one edge, no edge has more than two regions.
    order = np.lexsort((high, low))
    first, second = order[:-1], order[1:]
    shared = (low[first] == low[second]) & (high[first] == high[second])
    first, second = first[shared], second[shared]
    ends = np.stack([low[first], high[first]], axis=1)
    if mesh.dim == 2:
        signs = np.sign(mesh.determinants)[mesh.region]
        fold = signs[first] * signs[second] < 0
    else:
        fold = np.zeros(len(ends), dtype=bool)
    return Creases(mesh.vertices[ends], mesh.images[ends], fold)
