r"""The standard normal probability of each polyhedron of a tiling, by one-dimensional integrals along edges.

The cone from the origin over a polygon in a plane at distance h has the mass

.. math:: \frac{h}{2\pi} \oint \frac{q(h) - q(\rho)}{r^2}\, d \, ds, \qquad
          q(\rho) = \frac{\Phi(\rho) - \tfrac12}{\rho}, \quad \rho^2 = h^2 + r^2, \quad r^2 = d^2 + s^2,

with s the place along an edge, measured from the foot of the perpendicular that is dropped on it from the
foot of the plane, and d the distance of the edge's line from that foot, positive where the foot lies to the
left. (Integrate the density along rays from the origin, then the polygon in polar coordinates around the
foot.) The cell is the signed sum of the cones over its faces.
"""

from math import pi, sqrt

import numpy as np
from jaxtyping import Float, Int
from scipy.special import erf

from empirical.densities.space.polyhedra import Polyhedra

# The integrand is entire in s and changes on the scale 1 of the normal density; u = asinh(s) keeps that scale
# near the foot and stretches it where the integrand falls as a power. Forty nodes on panels of half the
# length give the same masses to 1e-16, which a test repeats.
NODES, PANEL = 12, 0.75
CHUNK = 1 << 16  # panels at once: a few arrays of 6 MiB


def gaussian_masses(polyhedra: Polyhedra, points: Float[np.ndarray, "v 3"]) -> Float[np.ndarray, " cells"]:
    """P(Z in cell) for a standard normal Z, with these points for the vertices.

    Inner faces cancel, whatever they are: that all cells together have the mass of the box is an identity
    and certifies nothing. The error is absolute, about 1e-15: far or tiny cells have no correct digit.
    """
    return polyhedra.of_cells(_cones(polyhedra, points))


def _cones(polyhedra: Polyhedra, points: Float[np.ndarray, "v 3"]) -> Float[np.ndarray, " faces"]:
    """The mass of the cone over each face, negative where its normal points to the origin."""
    area = polyhedra.vector_areas(points)
    size = np.sqrt((area**2).sum(axis=1))
    flat = size == 0  # a face that is a segment to the last digit bounds nothing
    normal = area / np.where(flat, 1, size)[:, None]
    height = (normal * points[polyhedra.corners[polyhedra.starts[:-1]]]).sum(axis=1)
    face = polyhedra.face
    foot = (height[:, None] * normal)[face]
    first, second = points[polyhedra.corners] - foot, points[polyhedra.following] - foot
    length = np.sqrt(((second - first) ** 2).sum(axis=1))
    direction = (second - first) / np.where(length == 0, 1, length)[:, None]
    distance = (normal[face] * np.cross(first, direction)).sum(axis=1)
    ends = (first * direction).sum(axis=1), (second * direction).sum(axis=1)
    parts = _edge_integrals(height[face], distance, np.arcsinh(ends[0]), np.arcsinh(ends[1]))
    return np.where(flat, 0, np.bincount(face, parts, minlength=len(size)))


def _edge_integrals(
    height: Float[np.ndarray, " e"],
    distance: Float[np.ndarray, " e"],
    start: Float[np.ndarray, " e"],
    end: Float[np.ndarray, " e"],
) -> Float[np.ndarray, " e"]:
    """The line integral along each edge, whose ends are given in u = asinh(s)."""
    panels = np.maximum(1, np.ceil((end - start) / PANEL)).astype(np.int64)
    edge = np.repeat(np.arange(len(panels)), panels)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(panels) - panels, panels)
    total = np.zeros(len(panels))
    for begin in range(0, len(edge), CHUNK):
        chunk = slice(begin, begin + CHUNK)
        np.add.at(
            total,
            edge[chunk],
            _panel_integrals(height, distance, start, (end - start) / panels, edge[chunk], number[chunk]),
        )
    return total


def _panel_integrals(
    height: Float[np.ndarray, " e"],
    distance: Float[np.ndarray, " e"],
    start: Float[np.ndarray, " e"],
    width: Float[np.ndarray, " e"],
    edge: Int[np.ndarray, " k"],
    number: Int[np.ndarray, " k"],
) -> Float[np.ndarray, " k"]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    u = start[edge, None] + width[edge, None] * (number[:, None] + (nodes + 1) / 2)
    h, d = height[edge, None], distance[edge, None]
    square = d**2 + np.sinh(u) ** 2
    # Where r is 0 the quotient has a limit, and d = 0 takes it away.
    difference = (_quotient(h) - _quotient(np.sqrt(h**2 + square))) / np.where(square == 0, 1, square)
    return h[:, 0] * d[:, 0] * width[edge] / 2 * ((difference * np.cosh(u)) @ weights) / (2 * pi)


def _quotient(x: Float[np.ndarray, "k m"]) -> Float[np.ndarray, "k m"]:
    r""":math:`(\Phi(x) - 1/2) / x`, an even function with the value of the density at 0."""
    zero = x == 0
    return np.where(zero, 1 / sqrt(2 * pi), erf(x / sqrt(2)) / (2 * np.where(zero, 1, x)))
