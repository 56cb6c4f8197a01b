"""Exact probabilities of cells, polygons and discs, by the latents that land in them: no density is used.

The generator is affine on each region of the mesh, so the latents of a region that land between two level
lines of an output form a convex polygon. The probability of a cell is the sum of the latent masses of its
polygons. This is the oracle that densities are tested against.
"""

from collections.abc import Iterator
from math import cos, pi

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.clipping import Polygons, clip, mesh_polygons
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.polygon_mass import log_gaussian_mass

CHUNK = 1 << 17  # corners that are cut at once: a few dozen arrays of 1 MiB
# Images, relative to the largest, and masses are off by less than this: each is reached by a few hundred
# roundings of 1e-16. The bounds for a disc give way by it.
ROUNDING = 1e-12


def cell_probability(
    mesh: Mesh, latent: Normal | Uniform, x_edges: Float[np.ndarray, " n"], y_edges: Float[np.ndarray, " m"]
) -> Float[np.ndarray, "n-1 m-1"]:
    """Probability of each cell [x_i, x_i+1) x [y_j, y_j+1), the last column and the last row closed.

    A region that the generator collapses to a point or a segment lands in its half-open cells. An output that
    is computed within rounding of an edge may land on either side of it. The outermost edges may be infinite.

    Args:
        mesh: of the generator, on a box that holds all of the latent's mass.
        latent: two coordinates.
        x_edges: strictly increasing, of the first output.
        y_edges: the same of the second.

    Raises:
        ValueError: the generator has not two outputs, or the edges of an axis are fewer than two or do not
            increase.
    """
    _check_plane(mesh)
    for edges in (x_edges, y_edges):
        if len(edges) < 2 or not (np.diff(edges) > 0).all():
            raise ValueError(
                f"cells need at least two strictly increasing edges per axis (got {len(edges)} edges): sort "
                f"them and drop repetitions, for example with numpy.unique."
            )
    columns, rows = len(x_edges) - 1, len(y_edges) - 1
    total = np.zeros(columns * rows)
    for strips, column, _ in divide(mesh_polygons(mesh), 2, x_edges):
        for cells, row, source in divide(strips, 3, y_edges):
            total += np.bincount(column[source] * rows + row, latent_mass(cells, latent), columns * rows)
    return total.reshape(columns, rows)


def convex_probability(
    mesh: Mesh,
    latent: Normal | Uniform,
    outward: Float[np.ndarray, "sides 2"],
    bounds: Float[np.ndarray, " sides"],
) -> tuple[float, float]:
    """A lower and an upper bound of P(outward @ G(Z) <= bounds): a half-plane, or a convex polygon.

    They are the probabilities of two sets whose sides are moved in and out by the rounding of images.

    Args:
        mesh: of the generator, on a box that holds all of the latent's mass.
        latent: two coordinates.
        outward: normals of the sides.
        bounds: of each side.

    Raises:
        ValueError: the generator has not two outputs.
    """
    _check_plane(mesh)
    # The images at the vertices, and so the level lines, are off by less than ROUNDING of the largest one.
    margins = ROUNDING * (np.abs(outward).sum(axis=1) * np.abs(mesh.images).max() + np.abs(bounds))
    lower, upper = (
        float(latent_mass(_intersection(mesh_polygons(mesh), outward, moved), latent).sum())
        for moved in (bounds - margins, bounds + margins)
    )
    return lower * (1 - ROUNDING), min(upper * (1 + ROUNDING), 1.0)


def disc_probability(
    mesh: Mesh,
    latent: Normal | Uniform,
    centre: Float[np.ndarray, " 2"],
    radius: float,
    *,
    sides: int = 256,
) -> tuple[float, float]:
    r"""A lower and an upper bound of P(|G(Z) - centre| <= radius), such as the probability of one mode.

    They are the probabilities of regular polygons inside and around the disc. Of the disc's area the two
    differ by about :math:`\pi^2 / \mathrm{sides}^2`.

    Args:
        mesh: of the generator, on a box that holds all of the latent's mass.
        latent: two coordinates.
        centre: of the disc.
        radius: of the disc.
        sides: of the two polygons.

    Raises:
        ValueError: the generator has not two outputs, the radius is not positive and finite, or there are
            fewer than three sides.
    """
    _check_plane(mesh)
    if not 0 < radius < np.inf or sides < 3:
        raise ValueError(
            f"a disc needs a positive, finite radius and polygons of at least three sides (got {radius} and "
            f"{sides}): pass radius=1.0, sides=256."
        )
    margin = ROUNDING * (np.abs(mesh.images).max() + np.abs(centre).max() + radius)
    around, inside = radius + margin, radius * cos(pi / sides) - margin
    regions = mesh_polygons(mesh)
    near = np.ones(len(regions), dtype=bool)
    for axis in range(2):
        low, high = regions.extent(regions.points[:, 2 + axis])
        near &= (low <= centre[axis] + around) & (high >= centre[axis] - around)
    _, farthest = regions.extent(np.hypot(*(regions.points[:, 2:] - centre).T))
    certain = farthest <= inside
    outer = inner = regions.select(np.flatnonzero(near & ~certain))
    for angle in 2 * pi * np.arange(sides) / sides:
        normal = np.array([np.cos(angle), np.sin(angle)])
        outer = _half(outer, (outer.points[:, 2:] - centre) @ normal, around)
        inner = _half(inner, (inner.points[:, 2:] - centre) @ normal, inside)
    whole = latent_mass(regions.select(np.flatnonzero(certain)), latent).sum()
    lower, upper = (float(whole + latent_mass(pieces, latent).sum()) for pieces in (inner, outer))
    # The terms are positive, so that the sum is as exact as they are.
    return lower * (1 - ROUNDING), min(upper * (1 + ROUNDING), 1.0)


def latent_mass(polygons: Polygons, latent: Normal | Uniform) -> Float[np.ndarray, " polygons"]:
    """The latent probability of each polygon, whose first two columns are latent points."""
    if not len(polygons):
        return np.empty(0)
    match latent:
        case Normal():
            corners = np.arange(len(polygons.points))
            return np.exp(log_gaussian_mass(polygons.points[:, :2], polygons.starts, corners))
        case Uniform():
            first = polygons.starts[:-1]
            step = polygons.points[:, :2] - np.repeat(
                polygons.points[first, :2], np.diff(polygons.starts), axis=0
            )
            then = step[polygons.following]
            return np.add.reduceat(step[:, 0] * then[:, 1] - step[:, 1] * then[:, 0], first) / 8


def divide(
    polygons: Polygons, column: int, edges: Float[np.ndarray, " n"]
) -> Iterator[tuple[Polygons, Int[np.ndarray, " pieces"], Int[np.ndarray, " pieces"]]]:
    """Cuts polygons by the levels of one of their columns, a part of them at a time.

    Yields:
        The pieces, the strip between two edges in which each lies, and the polygon that each is part of.
        Where the column is constant, the polygon lies in the strip that is closed at its lower edge.
    """
    lowest, highest = polygons.extent(polygons.points[:, column])
    last_strip = len(edges) - 2
    strip = np.searchsorted(edges, lowest, side="right") - 1
    strip[lowest == edges[-1]] = last_strip
    first = np.maximum(strip, 0)
    last = np.searchsorted(edges, highest, side="left") - 1
    last = np.minimum(np.where(lowest == highest, strip, last), last_strip)
    counts = np.maximum(last - first + 1, 0)
    work = np.cumsum(counts * np.diff(polygons.starts))
    begin = 0
    while begin < len(polygons):
        done = work[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(work, done + CHUNK, side="right")))
        count = counts[begin:end]
        source = np.repeat(np.arange(begin, end), count)
        strips = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - first[begin:end], count)
        chosen = polygons.select(source)
        pieces, kept = clip(chosen, chosen.points[:, column], edges[strips], edges[strips + 1])
        yield pieces, strips[kept], source[kept]
        begin = end


def _intersection(
    pieces: Polygons, outward: Float[np.ndarray, "sides 2"], bounds: Float[np.ndarray, " sides"]
) -> Polygons:
    """The part of each polygon whose images lie on the inner side of every line."""
    for normal, bound in zip(outward, bounds.tolist(), strict=True):
        pieces = _half(pieces, pieces.points[:, 2:] @ normal, bound)
    return pieces


def _half(polygons: Polygons, values: Float[np.ndarray, " corners"], high: float) -> Polygons:
    """The part of each polygon where the values are at most this."""
    count = len(polygons)
    return clip(polygons, values, np.full(count, -np.inf), np.full(count, high))[0]


def _check_plane(mesh: Mesh) -> None:
    if mesh.dim != 2:
        raise ValueError(
            f"cells of the plane need two outputs (got {mesh.dim}): end the generator with "
            f"torch.nn.Linear(..., 2)."
        )
