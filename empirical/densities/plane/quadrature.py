r"""The integral of a generator's density over a rectangle, by quadrature between the creases.

Within one sheet the density is smooth up to the image of the sheet's border. The borders that a vertical
line crosses are break points, between which Gaussian quadrature along the line is exact to rounding. The
integral along the line, as a function of its place, is a sum over sheets, each smooth between the corners
of its border: a second Gaussian quadrature between the corners gives the integral over the rectangle. The
place of the nodes decides how exact the result is, not what it tends to: only the density is trusted here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.bins import divide, latent_mass
from empirical.densities.plane.clipping import Polygons, mesh_polygons
from empirical.densities.plane.mesh import Mesh

Density = Callable[[Float[np.ndarray, "n 2"]], Float[np.ndarray, " n"]]
# The normal density changes smoothly over one standard deviation: sheets are cut there, for the nodes.
STANDARD_DEVIATIONS = np.concatenate([[-np.inf], np.arange(-9.0, 10.0), [np.inf]])
NEGLIGIBLE = 1e-13  # an interval narrower than this share of the rectangle is left out: it is rounding


@dataclass(frozen=True, eq=False)
class Rectangle:
    """A rectangle of the plane, and the parts of the sheets over it.

    Args:
        low: lower left corner.
        high: upper right corner.
        latent: two coordinates.
        pieces: latent polygons that land in it, with their images as third and fourth column; of a normal
            latent none is longer than a standard deviation, in either direction, up to nine of them.
    """

    low: Float[np.ndarray, " 2"]
    high: Float[np.ndarray, " 2"]
    latent: Normal | Uniform
    pieces: Polygons

    @property
    def probability(self) -> float:
        """The latent mass of the pieces: what the density must integrate to."""
        return float(latent_mass(self.pieces, self.latent).sum())

    def integral(self, density: Density) -> tuple[float, int]:
        """The integral of a density over the rectangle, and at how many points it was evaluated."""
        # Five nodes err by about 1e-10 over a standard deviation. Sheets of constant density are integrated
        # without error: along a line they are constant, and from line to line they grow linearly.
        nodes = (5, 5) if isinstance(self.latent, Normal) else (2, 1)
        x, y, weight = _nodes(self.pieces, self.low, self.high, *nodes)
        if not len(x):
            return 0.0, 0
        return float(density(np.stack([x, y], axis=1)) @ weight), len(x)


def rectangle(
    mesh: Mesh,
    regions: Int[np.ndarray, " n"],
    latent: Normal | Uniform,
    low: Float[np.ndarray, " 2"],
    high: Float[np.ndarray, " 2"],
) -> Rectangle:
    """What these regions of a mesh with two outputs put on a rectangle.

    Args:
        mesh: of the generator.
        regions: numbers of regions that the generator does not collapse.
        latent: two coordinates.
        low: lower left corner of the rectangle.
        high: its upper right corner.
    """
    whole = mesh_polygons(mesh, regions)
    near = np.ones(len(whole), dtype=bool)
    for axis in range(2):
        least, greatest = whole.extent(whole.points[:, 2 + axis])
        near &= (least < high[axis]) & (greatest > low[axis])
    pieces = whole.select(np.flatnonzero(near))
    for axis in range(2):
        pieces = _cut(pieces, 2 + axis, np.array([low[axis], high[axis]]))
    if isinstance(latent, Normal):
        for axis in range(2):
            pieces = _cut(pieces, axis, STANDARD_DEVIATIONS)
    return Rectangle(low, high, latent, pieces)


def _cut(pieces: Polygons, column: int, edges: Float[np.ndarray, " n"]) -> Polygons:
    parts = [part for part, *_ in divide(pieces, column, edges)]
    sizes = np.concatenate([[0], *[np.diff(part.starts) for part in parts]])
    points = np.concatenate([np.empty((0, 4)), *[part.points for part in parts]])
    return Polygons(np.cumsum(sizes), points)


def _nodes(
    pieces: Polygons,
    low: Float[np.ndarray, " 2"],
    high: Float[np.ndarray, " 2"],
    nodes_x: int,
    nodes_y: int,
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Coordinates and weights of the quadrature's nodes."""
    width, height = high - low
    start, end = pieces.points[:, 2:], pieces.points[pieces.following, 2:]
    breaks = np.unique(np.clip(np.concatenate([start[:, 0], [low[0], high[0]]]), low[0], high[0]))
    # Corners of neighbouring sheets are equal but for rounding.
    breaks = breaks[np.append(True, np.diff(breaks) > NEGLIGIBLE * width)]
    share, gauss_x = _gauss(nodes_x)
    x = (breaks[:-1, None] + np.diff(breaks)[:, None] * share).ravel()
    weight_x = (np.diff(breaks)[:, None] * gauss_x).ravel()

    # Each edge crosses the lines between its ends.
    reversed_ = start[:, 0] > end[:, 0]
    left, right = np.where(reversed_[:, None], end, start), np.where(reversed_[:, None], start, end)
    first, last = np.searchsorted(x, left[:, 0]), np.searchsorted(x, right[:, 0])
    count = last - first
    edge = np.repeat(np.arange(len(left)), count)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count - first, count)
    rise = (right[edge, 1] - left[edge, 1]) / (right[edge, 0] - left[edge, 0])
    crossing = left[edge, 1] + rise * (x[line] - left[edge, 0])

    lines = np.arange(len(x))
    line = np.concatenate([line, lines, lines])
    level = np.concatenate(
        [np.clip(crossing, low[1], high[1]), np.full(len(x), low[1]), np.full(len(x), high[1])]
    )
    order = np.lexsort((level, line))
    line, level = line[order], level[order]
    interval = np.flatnonzero((line[1:] == line[:-1]) & (np.diff(level) > NEGLIGIBLE * height))
    share, gauss_y = _gauss(nodes_y)
    length = level[interval + 1] - level[interval]
    y = level[interval, None] + length[:, None] * share
    weight = weight_x[line[interval], None] * length[:, None] * gauss_y
    return np.repeat(x[line[interval]], nodes_y), y.ravel(), weight.ravel()


def _gauss(nodes: int) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " nodes"]]:
    """Nodes and weights of Gaussian quadrature on [0, 1]."""
    node, weight = np.polynomial.legendre.leggauss(nodes)
    return (node + 1) / 2, weight / 2
