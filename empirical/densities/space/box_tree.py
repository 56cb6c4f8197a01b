"""Which boxes contain a point, by a tree of boxes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

FAN = 4  # children of a node


@dataclass(frozen=True, eq=False)
class BoxTree:
    """Boxes in the order of a space-filling curve, and the boxes around each four of them, and so on.

    Args:
        order: (n,), the boxes as the leaves hold them.
        lows: for each level, root first, the lower corners of its boxes.
        highs: idem, the upper corners.
    """

    order: Int[np.ndarray, " n"]
    lows: tuple[Float[np.ndarray, "_ 3"], ...]
    highs: tuple[Float[np.ndarray, "_ 3"], ...]

    @staticmethod
    def of(low: Float[np.ndarray, "n 3"], high: Float[np.ndarray, "n 3"]) -> "BoxTree":
        """The tree of these boxes."""
        order = np.argsort(_curve(np.column_stack([low, high])), kind="stable")
        lows, highs = [low[order]], [high[order]]
        while len(lows[0]) > 1:
            begin = np.arange(0, len(lows[0]), FAN)
            lows.insert(0, np.minimum.reduceat(lows[0], begin))
            highs.insert(0, np.maximum.reduceat(highs[0], begin))
        return BoxTree(order, tuple(lows), tuple(highs))

    def containing(self, x: Float[np.ndarray, "m 3"]) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"]]:
        """All pairs of a point and a box that contains it, borders included."""
        point = np.arange(len(x))
        node = np.zeros(len(x), dtype=np.int64)
        for level, (low, high) in enumerate(zip(self.lows, self.highs, strict=True)):
            if level:
                point = np.repeat(point, FAN)
                node = (node[:, None] * FAN + np.arange(FAN)).ravel()
                point, node = point[node < len(low)], node[node < len(low)]
            here = x[point]
            inside = ((low[node] <= here) & (here <= high[node])).all(axis=1)
            point, node = point[inside], node[inside]
        return point, self.order[node]


def _curve(ends: Float[np.ndarray, "n 6"]) -> Int[np.ndarray, " n"]:
    """The place on a Morton curve through the ranks of both ends: neighbours are near and alike in size."""
    code = np.zeros(len(ends), dtype=np.int64)
    for axis in range(6):
        rank = np.empty(len(ends), dtype=np.int64)
        rank[np.argsort(ends[:, axis], kind="stable")] = (np.arange(len(ends)) << 10) // len(ends)
        for bit in range(10):
            code |= ((rank >> bit) & 1) << (6 * bit + axis)
    return code
