"""A quadtree over boxes in the plane: which of them may hold a point."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Int8, Int32

CROWD = 8  # boxes in a cell that is not divided further
GAIN = 0.6  # and division must leave less than this share of them in the mean over the cell's area
DEPTH = 12  # divisions of the bounding box by 4: below 1e-7 of its side
# Entries for each box, in the mean. Boxes of random networks have 13 to 35; those of long regions that all
# meet in one point would fill any memory.
ROOM = 128
BELOW_ONE = 1 - 2.0**-53
PAIRS = 1 << 15  # pairs of a point and a box at once: their arrays stay in the cache
PART = 1 << 17  # entries at once, while the tree is made: float64 arrays of them are a megabyte
POINTS = 1 << 14  # points that are looked up at once
SIXTEEN = np.stack(np.divmod(np.arange(16), 4), axis=1)


@dataclass(frozen=True, eq=False)
class Quadtree:
    """The cells of a bounding box, each divided into 4 x 4 as long as that leaves fewer boxes in a cell.

    Args:
        low: the lower left corner of the bounding box.
        scale: by which distances from it are multiplied to fall in [0, 1].
        children: for each cell the first of its 16 children, or -1.
        starts: where the boxes of each cell begin; a divided cell has none.
        boxes: numbers of boxes, in increasing order in each cell.
    """

    low: Float[np.ndarray, " 2"]
    scale: Float[np.ndarray, " 2"]
    children: Int[np.ndarray, " cells"]
    starts: Int[np.ndarray, " starts"]
    boxes: Int32[np.ndarray, " entries"]

    def cells(self, x: Float[np.ndarray, "n 2"]) -> Int[np.ndarray, " n"]:
        """The undivided cell in which each point lies; -1 for points outside the bounding box."""
        with np.errstate(invalid="ignore", over="ignore"):
            place = (x - self.low) * self.scale
        known = np.flatnonzero(((place >= 0) & (place <= 1)).all(axis=1))
        column, row = np.minimum(place[known].T, BELOW_ONE)
        cell = np.full(len(x), -1)
        at = np.zeros(len(known), dtype=np.int64)
        while len(known):
            down = self.children[at]
            undivided = down < 0
            cell[known[undivided]] = at[undivided]
            known, down = known[~undivided], down[~undivided]
            # Powers of two and differences from whole numbers are exact: no point slips into a neighbour.
            column, row = 4 * column[~undivided], 4 * row[~undivided]
            right, up = column.astype(np.int64), row.astype(np.int64)
            at, column, row = down + 4 * right + up, column - right, row - up
        return cell

    def candidates(
        self, x: Float[np.ndarray, "n 2"]
    ) -> Iterator[tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]]:
        """Numbers of points, increasing, and of boxes that may hold them, increasing for each; in parts.

        No point is in two parts, and a part has about ``PAIRS`` pairs, however many the points.
        """
        for begin in range(0, len(x), POINTS):
            cell = self.cells(x[begin : begin + POINTS])
            inside = np.flatnonzero(cell >= 0)
            cell = cell[inside]
            count = self.starts[cell + 1] - self.starts[cell]
            done = np.cumsum(count)
            first = 0
            while first < len(inside):
                before = done[first - 1] if first else 0
                last = max(first + 1, int(np.searchsorted(done, before + PAIRS, side="right")))
                part = slice(first, last)
                shift = self.starts[cell[part]] - (done[part] - count[part] - before)
                entry = np.arange(done[last - 1] - before) + np.repeat(shift, count[part])
                yield np.repeat(inside[part], count[part]) + begin, self.boxes[entry]
                first = last


def quadtree(low: Float[np.ndarray, "n 2"], high: Float[np.ndarray, "n 2"]) -> Quadtree:
    """The quadtree of these boxes, at least one.

    Boxes are rounded as points are when they are looked up. Rounding is monotone, so that the cell of a point
    lists each box that holds the point.
    """
    corner, end = low.min(axis=0), high.max(axis=0)
    scale = 1 / np.maximum(end - corner, np.finfo(np.float64).tiny)
    first = np.minimum((low - corner) * scale, BELOW_ONE)
    last = np.minimum((high - corner) * scale, BELOW_ONE)

    # One entry for each box and each cell of this level that it meets, boxes increasing; in small integers.
    box, cell = np.arange(len(low), dtype=np.int32), np.zeros(len(low), dtype=np.int32)
    places = np.zeros((1, 2), dtype=np.int64)  # of the cells of this level, in units of their side
    levels, kept, count = [], [], 0
    for depth in range(DEPTH + 1):
        side = 4.0 ** (depth + 1)
        begin, extent = np.empty((2, len(box), 2), dtype=np.int8)
        crowd, below = np.zeros((2, len(places)))
        for part in (slice(at, at + PART) for at in range(0, len(box), PART)):
            begin[part] = _within(first[box[part]] * side, places[cell[part]])
            extent[part] = _within(last[box[part]] * side, places[cell[part]]) + np.int8(1) - begin[part]
            crowd += np.bincount(cell[part], minlength=len(places))
            below += np.bincount(cell[part], extent[part].prod(axis=1), minlength=len(places)) / 16
        copies = extent[:, 0] * extent[:, 1]
        divided = (crowd > CROWD) & (below < GAIN * crowd) & (depth < DEPTH)
        entries = sum(len(boxes) for _, boxes in kept) + np.where(divided[cell], copies, 1).sum()
        if entries > ROOM * len(low):
            divided[:] = False
        children = np.full(len(places), -1)
        children[divided] = count + len(places) + 16 * np.arange(divided.sum())
        levels.append(children)
        down = divided[cell]
        kept.append((count + cell[~down], box[~down]))
        if not divided.any():
            break
        base = (children - (count + len(places))).astype(np.int32)[cell[down]]
        box, begin, extent, copies = box[down], begin[down], extent[down], copies[down]
        number = np.arange(copies.sum(dtype=np.int64), dtype=np.int32)
        number -= np.repeat((np.cumsum(copies, dtype=np.int64) - copies).astype(np.int32), copies)
        right, up = np.divmod(number.astype(np.int8), np.repeat(extent[:, 1], copies))
        within_cell = 4 * (np.repeat(begin[:, 0], copies) + right) + np.repeat(begin[:, 1], copies) + up
        box, cell = np.repeat(box, copies), np.repeat(base, copies) + within_cell
        count += len(places)
        places = (4 * places[divided][:, None, :] + SIXTEEN).reshape(-1, 2)
    children = np.concatenate(levels)
    sizes = np.zeros(len(children), dtype=np.int64)
    for cells, _ in kept:
        sizes += np.bincount(cells, minlength=len(children))
    # The entries by cell, and by box in each: both in one number, so that the sort needs no room.
    keys = np.empty(sizes.sum(), dtype=np.int64)
    filled = 0
    while kept:
        cells, boxes = kept.pop()
        place = keys[filled : filled + len(cells)]
        np.multiply(cells, len(low), out=place, dtype=np.int64)
        place += boxes
        filled += len(cells)
    keys.sort()
    keys %= len(low)
    return Quadtree(corner, scale, children, np.append(0, np.cumsum(sizes)), keys.astype(np.int32))


def _within(place: Float[np.ndarray, "n 2"], cell: Int[np.ndarray, "n 2"]) -> Int8[np.ndarray, "n 2"]:
    """In which of the 4 x 4 parts of a cell a place lies; in the nearest, if it lies in another cell."""
    return np.clip(np.floor(place) - 4 * cell, 0, 3).astype(np.int8)
