"""Cuts the regions of a conforming mesh along a line, by the signs at their vertices alone."""

import ctypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int, Int8

from empirical.native import arguments, library

SOURCE = Path(__file__).with_suffix(".cpp")


@dataclass(frozen=True, eq=False)
class Split:
    """What a cut leaves, as pure combinatorics: no coordinate is looked at.

    Args:
        edges: (n, 2), the edges that were cut, smaller vertex number first, in lexicographic order; edge i
            gets the new vertex v + i.
        starts: (regions + 1,), where each region's corners begin.
        corners: vertex numbers, region after region.
        parent: for each region the one that it was cut from; children are neighbours in the order of their
            parents, the side of the positive signs first.
    """

    edges: Int[np.ndarray, "n 2"]
    starts: Int[np.ndarray, " starts"]
    corners: Int[np.ndarray, " corners"]
    parent: Int[np.ndarray, " regions"]


def split(
    starts: Int[np.ndarray, " s"], corners: Int[np.ndarray, " c"], sign: Int8[np.ndarray, " v"]
) -> Split | None:
    """Cuts each convex polygon that has vertices of both signs; None where there is no such polygon.

    The function behind the signs is continuous, and affine on each polygon. An edge between opposite signs
    gets one new vertex, the same for both of its polygons; a vertex of sign 0 lies on the cut and belongs to
    both sides.

    Raises:
        ValueError: the signs are those of no affine function: a polygon would be cut more than once.
    """
    compiled = library(SOURCE)
    return (
        _in_numpy(starts, corners, sign) if compiled is None else _compiled(compiled, starts, corners, sign)
    )


def _compiled(
    compiled: ctypes.CDLL,
    starts: Int[np.ndarray, " s"],
    corners: Int[np.ndarray, " c"],
    sign: Int8[np.ndarray, " v"],
) -> Split | None:
    regions, sign = len(starts) - 1, np.ascontiguousarray(sign)
    straddling, counts = np.empty(regions, dtype=np.int64), np.empty(3, dtype=np.int64)
    if not compiled.find_straddling(*arguments(regions, starts, corners, sign, straddling, counts)):
        raise _no_affine_function()
    polygons, crossings, on_the_cut = counts.tolist()
    if not polygons:
        return None
    edges = np.empty((crossings, 2), dtype=np.int64)
    new_starts = np.empty(regions + polygons + 1, dtype=np.int64)
    new_corners = np.empty(len(corners) + 2 * crossings + on_the_cut, dtype=np.int64)
    parent = np.empty(regions + polygons, dtype=np.int64)
    compiled.cut_straddling(
        *arguments(regions, starts, corners, len(sign), sign, straddling, counts),
        *arguments(edges, new_starts, new_corners, parent),
    )
    return Split(edges[: counts[1]].copy(), new_starts, new_corners, parent)


def _in_numpy(
    starts: Int[np.ndarray, " s"], corners: Int[np.ndarray, " c"], sign: Int8[np.ndarray, " v"]
) -> Split | None:
    at = sign[corners]
    first = starts[:-1]
    straddles = (np.maximum.reduceat(at, first) > 0) & (np.minimum.reduceat(at, first) < 0)
    if not straddles.any():
        return None
    sizes = np.diff(starts)
    region = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(1, len(corners) + 1)
    place[starts[1:] - 1] = first
    following = corners[place]
    cut = straddles[region]
    crossed = cut & (at * at[place] < 0)
    through = np.add.reduceat(crossed.astype(np.int64) + (cut & (at == 0)), first)
    if (through[straddles] != 2).any():
        raise _no_affine_function()

    low, high = np.minimum(corners, following)[crossed], np.maximum(corners, following)[crossed]
    keys, which = np.unique(low * len(sign) + high, return_inverse=True)
    edges = np.stack([keys // len(sign), keys % len(sign)], axis=1)
    new = len(sign) + which

    # Around each polygon, every corner and then the new vertex behind it, dealt out to the two sides.
    above, below = ~cut | (at >= 0), cut & (at <= 0)
    to_first, to_second = above.astype(np.int64) + crossed, below.astype(np.int64) + crossed
    lengths = np.stack([np.add.reduceat(to_first, first), np.add.reduceat(to_second, first)], axis=1)
    begins = (np.cumsum(lengths) - lengths.ravel()).reshape(lengths.shape)
    result = np.empty(lengths.sum(), dtype=np.int64)
    for side, (kept, dealt) in enumerate(((above, to_first), (below, to_second))):
        behind = np.cumsum(dealt) - dealt
        position = behind - behind[first][region] + begins[region, side]
        result[position[kept]] = corners[kept]
        result[(position + kept)[crossed]] = new
    there = lengths.ravel() > 0
    return Split(
        edges=edges,
        starts=np.append(0, np.cumsum(lengths.ravel()[there])),
        corners=result,
        parent=np.repeat(np.arange(len(sizes)), 2)[there],
    )


def _no_affine_function() -> ValueError:
    return ValueError("the signs at the vertices are those of no function that is affine on each region.")
