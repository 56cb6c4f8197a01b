"""Checks that the regions of a mesh tile a rectangle: no gap, no overlap, nothing counted twice.

Let each inner edge be run through once in each direction, the other edges once around the rectangle, and let
all areas be positive. Then the number of regions over a point is the same on both sides of every inner edge,
and 1 at the border: it is 1 everywhere.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.certificate import Check
from empirical.densities.plane.mesh import Mesh

ROUNDOFF = 2.0**-53


def tiling_checks(
    mesh: Mesh, low: Float[np.ndarray, " 2"], high: Float[np.ndarray, " 2"]
) -> tuple[Check, ...]:
    """The checks ``edges``, ``boundary``, ``euler``, ``orientation`` and ``area``, from the mesh alone.

    Args:
        mesh: of the rectangle.
        low: its lower left corner.
        high: its upper right corner.
    """
    begin, end = mesh.corners, mesh.following
    edge = begin * len(mesh.vertices) + end
    reverse = end * len(mesh.vertices) + begin
    repeated = len(edge) - len(np.unique(edge))
    border = ~np.isin(edge, reverse)
    return (
        Check(
            "edges",
            repeated == 0,
            f"of {len(edge)} directed edges {repeated} are used twice, and {len(edge) - border.sum()} are "
            f"paired with their reverse; the other {border.sum()} have a region on one side only",
        ),
        _boundary(mesh, begin[border], end[border], low, high),
        _euler(mesh, border),
        *_areas(mesh, low, high),
    )


def _boundary(
    mesh: Mesh,
    begin: Int[np.ndarray, " b"],
    end: Int[np.ndarray, " b"],
    low: Float[np.ndarray, " 2"],
    high: Float[np.ndarray, " 2"],
) -> Check:
    """The edges with one region run once around the rectangle, counterclockwise and without a gap."""
    on_side = np.zeros(len(begin), dtype=np.int64)
    order = np.full((len(begin), 2), np.nan)  # side, and how far along it the edge begins
    for side, (axis, level, sense) in enumerate(_sides(low, high)):
        across = mesh.vertices[:, axis] == level
        along = sense * mesh.vertices[:, 1 - axis]
        here = across[begin] & across[end] & (along[begin] < along[end])
        on_side += here
        order[here] = np.stack([np.full(here.sum(), float(side)), along[begin[here]]], axis=1)
    elsewhere = int((on_side != 1).sum())
    turn = np.lexsort((order[:, 1], order[:, 0]))
    gaps = int((end[turn] != np.roll(begin[turn], -1)).sum())
    corners = len(np.unique(order[:, 0][~np.isnan(order[:, 0])])) == 4
    return Check(
        "boundary",
        elsewhere == 0 and gaps == 0 and corners,
        f"{len(begin)} edges have a region on one side only; {elsewhere} of them are not on the rectangle "
        f"[{low[0]:g}, {high[0]:g}] x [{low[1]:g}, {high[1]:g}] and the walk around it has {gaps} gaps",
    )


def _sides(low: Float[np.ndarray, " 2"], high: Float[np.ndarray, " 2"]) -> Iterator[tuple[int, float, float]]:
    """For each side, counterclockwise: which coordinate is constant, its value, and the sense of the walk."""
    yield 1, float(low[1]), 1.0
    yield 0, float(high[0]), 1.0
    yield 1, float(high[1]), -1.0
    yield 0, float(low[0]), -1.0


def _euler(mesh: Mesh, border: Bool[np.ndarray, " corners"]) -> Check:
    vertices = len(np.unique(mesh.corners))
    paired = len(border) - int(border.sum())
    edges = paired // 2 + int(border.sum())
    characteristic = vertices - edges + len(mesh)
    return Check(
        "euler",
        characteristic == 1 and vertices == len(mesh.vertices) and paired % 2 == 0,
        f"V - E + F = {vertices} - {edges} + {len(mesh)} = {characteristic}, and "
        f"{len(mesh.vertices) - vertices} vertices belong to no region",
    )


def _areas(mesh: Mesh, low: Float[np.ndarray, " 2"], high: Float[np.ndarray, " 2"]) -> tuple[Check, Check]:
    areas, expected = mesh.areas, float(np.prod(high - low))
    # A shoelace term is two products and their difference, each off by a relative rounding or two; the exact
    # areas of polygons with shared float64 corners sum to that of the rectangle without any error.
    origin = mesh.vertices[mesh.corners[mesh.starts[:-1]]][mesh.region]
    first, second = mesh.vertices[mesh.corners] - origin, mesh.vertices[mesh.following] - origin
    terms = np.abs(first[:, 0] * second[:, 1]) + np.abs(first[:, 1] * second[:, 0])
    bound = (len(mesh.corners) + 8) * ROUNDOFF * float(terms.sum())
    error = abs(float(areas.sum()) - expected)
    wrong = int((~(areas > 0)).sum())
    return (
        Check(
            "orientation",
            wrong == 0,
            f"{wrong} of {len(mesh)} regions are not counterclockwise; the smallest area is "
            f"{float(areas.min()):.2g}",
        ),
        Check(
            "area",
            error <= bound,
            f"the areas sum to that of the rectangle within {error:.2g}, where rounding explains {bound:.2g}",
        ),
    )
