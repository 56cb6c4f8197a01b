"""Cuts each polyhedron that a surface crosses in two, and names the new vertices by the edges they lie on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from empirical.densities.space.polyhedra import OUTSIDE, Polyhedra


@dataclass(frozen=True, eq=False)
class Split:
    """What became of the polyhedra.

    Args:
        polyhedra: afterwards; the cells that were there keep their numbers, a cut one that of its negative
            part.
        edges: (k, 2), the edges on which the new vertices lie, which are numbered after the old ones; the
            values at their ends have opposite signs.
        parent: (cells,), the earlier cell of which each cell is a part.
        signs: (cells,), the sign of the surface's function inside each cell; 0 where it vanishes on the cell.
    """

    polyhedra: Polyhedra
    edges: Int[np.ndarray, "k 2"]
    parent: Int[np.ndarray, " cells"]
    signs: Int[np.ndarray, " cells"]


def split(old: Polyhedra, signs: Int[np.ndarray, " v"], surface: tuple[int, int]) -> Split:
    """Cuts along the zero set of a function that is affine on each cell, given its signs at the vertices.

    A face is crossed where it has corners of both signs; the crossing meets its boundary twice, at corners
    with sign 0 or inside edges, whose crossings are hashed on the edge and so shared by all its faces. The
    segments in which it crosses the faces of a cell close to the face that separates the cell's two parts.

    Raises:
        ArithmeticError: no affine functions on convex cells have these signs.
    """
    at_corner = signs[old.corners]
    low = np.minimum.reduceat(at_corner, old.starts[:-1])
    high = np.maximum.reduceat(at_corner, old.starts[:-1])
    _, face, _ = old.bounds
    cell_low = np.minimum.reduceat(low[face], old.cell_starts[:-1])
    cell_high = np.maximum.reduceat(high[face], old.cell_starts[:-1])
    crossed = (cell_low < 0) & (cell_high > 0)
    inside = np.where(cell_high > 0, 1, np.sign(cell_low))
    if not crossed.any():
        return Split(old, np.empty((0, 2), dtype=np.int64), np.arange(old.cells), inside)
    positive_part = np.arange(old.cells)
    positive_part[crossed] = old.cells + np.arange(np.count_nonzero(crossed))

    cut = (low < 0) & (high > 0)
    (loop, sign, of), edges = _cross(old, signs, np.flatnonzero(cut))
    extended = np.concatenate([signs, np.zeros(len(edges), dtype=signs.dtype)])
    whole = ~cut[old.face]
    below, above = sign <= 0, sign >= 0
    corners = np.concatenate([old.corners[whole], loop[below], loop[above]])
    lengths = [np.diff(old.starts)[~cut]] + [
        np.bincount(of[part], minlength=len(low))[cut] for part in (below, above)
    ]
    # Each face borders on the part of its cells that lies on its own side.
    lower, upper = old.sides, np.where(old.sides == OUTSIDE, OUTSIDE, positive_part[old.sides])
    kept = np.where(high[:, None] > 0, upper, lower)[~cut]
    if ((low == 0) & (high == 0) & _borders(old, crossed)).any():
        raise ArithmeticError(
            "a face of a crossed convex cell lies in the crossing plane: the signs are wrong."
        )
    sides = np.concatenate([kept, lower[cut], upper[cut]])
    surfaces = np.concatenate([old.surfaces[~cut], old.surfaces[cut], old.surfaces[cut]])

    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    pieces = Polyhedra(starts, corners, sides, surfaces, old.cells + int(crossed.sum()))
    caps, cap_lengths = _caps(pieces, extended, crossed)
    inner = np.flatnonzero(crossed)
    polyhedra = Polyhedra(
        np.concatenate([starts, starts[-1] + np.cumsum(cap_lengths)]),
        np.concatenate([corners, caps]),
        np.concatenate([sides, np.column_stack([inner, positive_part[inner]])]),
        np.concatenate([surfaces, np.broadcast_to(np.array(surface), (len(inner), 2))]),
        pieces.cells,
    )
    inside[crossed] = -1
    parent = np.concatenate([np.arange(old.cells), inner])
    return Split(polyhedra, edges, parent, np.concatenate([inside, np.ones(len(inner), dtype=inside.dtype)]))


def _cross(
    old: Polyhedra, signs: Int[np.ndarray, " v"], faces: Int[np.ndarray, " cut"]
) -> tuple[
    tuple[Int[np.ndarray, " c"], Int[np.ndarray, " c"], Int[np.ndarray, " c"]], Int[np.ndarray, "k 2"]
]:
    """The corners of the crossed faces with the new ones among them, their signs and faces; the cut edges."""
    chosen = np.zeros(len(old.sides), dtype=bool)
    chosen[faces] = True
    chosen = chosen[old.face]
    first, second = old.corners[chosen], old.following[chosen]
    crossing = signs[first] * signs[second] < 0
    pairs = np.sort(np.column_stack([first[crossing], second[crossing]]), axis=1)
    keys, place = np.unique(pairs[:, 0] * len(signs) + pairs[:, 1], return_inverse=True)
    repeats = 1 + crossing
    loop, sign = np.repeat(first, repeats), np.repeat(signs[first], repeats)
    new = np.cumsum(repeats)[crossing] - 1
    loop[new], sign[new] = len(signs) + place, 0
    of = np.repeat(old.face[chosen], repeats)
    if (np.bincount(of[sign == 0], minlength=len(old.sides))[faces] != 2).any():
        raise ArithmeticError(
            "a plane meets the boundary of a convex face other than twice: the signs are wrong."
        )
    return (loop, sign, of), np.column_stack(np.divmod(keys, len(signs)))


def _borders(old: Polyhedra, crossed: Bool[np.ndarray, " cells"]) -> Bool[np.ndarray, " faces"]:
    """Whether a face belongs to a crossed cell."""
    return crossed[old.sides[:, 0]] | (crossed[old.sides[:, 1]] & (old.sides[:, 1] != OUTSIDE))


def _caps(
    pieces: Polyhedra, signs: Int[np.ndarray, " v"], crossed: Bool[np.ndarray, " cells"]
) -> tuple[Int[np.ndarray, " c"], Int[np.ndarray, " k"]]:
    """The loops that close the negative parts of the crossed cells, cell after cell, and their lengths.

    On the boundary of a negative part, the edges with both ends on the plane go once around the missing face;
    the face itself goes around the other way.
    """
    lowest = np.minimum.reduceat(signs[pieces.corners], pieces.starts[:-1])
    on_plane = (signs[pieces.corners] == 0) & (signs[pieces.following] == 0) & (lowest[pieces.face] < 0)
    first, second = pieces.corners[on_plane], pieces.following[on_plane]
    sides = pieces.sides[pieces.face[on_plane]]
    cell = np.concatenate([sides[:, 0], sides[:, 1]])
    start, end = np.concatenate([second, first]), np.concatenate([first, second])
    # A cell number beyond the crossed ones is that of a positive part, which is closed by the same loop.
    wanted = (cell != OUTSIDE) & (cell < len(crossed))
    wanted[wanted] = crossed[cell[wanted]]
    cell, start, end = cell[wanted], start[wanted], end[wanted]
    order = np.lexsort((start, cell))
    cell, start, end = cell[order], start[order], end[order]
    keys = cell * len(signs) + start
    step = np.searchsorted(keys, cell * len(signs) + end)
    cells, begin, lengths = np.unique(cell, return_index=True, return_counts=True)
    closed = len(cells) == np.count_nonzero(crossed) and (lengths >= 3).all() and (np.diff(keys) > 0).all()
    if not closed or (keys[np.minimum(step, len(keys) - 1)] != cell * len(signs) + end).any():
        raise ArithmeticError(
            "the crossing of a convex cell does not close to a polygon: the signs are wrong."
        )
    caps = np.empty(len(start), dtype=np.int64)
    at = begin.copy()
    for position in range(lengths.max()):
        going = position < lengths
        if (position > 0) and (at[going] == begin[going]).any():
            raise ArithmeticError("the crossing of a convex cell is not one polygon: the signs are wrong.")
        caps[begin[going] + position] = start[at[going]]
        at[going] = step[at[going]]
    return caps, lengths
