"""How many regions a subdivision will have, from small rectangles, before it is made."""

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane.subdivision import subdivide

SHARE = 1 / 4  # side of a small rectangle, as a share of its stratum's


def estimate_regions(layers: Sequence[AffineLayer], low: float, high: float, seed: int = 0) -> float:
    r"""An unbiased estimate of the number of vertices inside the square [low, high]^2, plus 1.

    By Euler's formula a mesh whose inner vertices join two creases each has one region more than inner
    vertices and half of the vertices on its boundary; the boundary is left out here. The square is cut into
    36 strata, narrower towards the middle where creases crowd; in each a rectangle of 1/16 of its area is
    placed at random and its vertices are counted.
    """
    random = np.random.default_rng(seed)
    middle, half = (low + high) / 2, (high - low) / 2
    ends = middle + half * np.array([-1.0, -0.3, -0.06, 0.0, 0.06, 0.3, 1.0])
    total = 1.0
    for (left, right), (bottom, top) in product(pairwise(ends), pairwise(ends)):
        corner, size = np.array([left, bottom]), np.array([right - left, top - bottom])
        start = corner + random.random(2) * (1 - SHARE) * size
        end = start + SHARE * size
        vertices = subdivide(layers, tuple(start), tuple(end)).mesh.vertices
        total += ((vertices > start) & (vertices < end)).all(axis=1).sum() / SHARE**2
    return total
