"""The probability of boxes in the space of outputs, by cutting the latent regions where an output crosses."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

from empirical.densities.space.subdivision import Subdivision
from empirical.densities.space.tiling import Tiling


def bin_probabilities(
    subdivision: Subdivision,
    edges: tuple[Float[np.ndarray, " ex"], Float[np.ndarray, " ey"], Float[np.ndarray, " ez"]],
    weigh: Callable[[Tiling], Float[np.ndarray, " cells"]],
    counted: Bool[np.ndarray, " regions"],
) -> Float[np.ndarray, "ex-1 ey-1 ez-1"]:
    """The probability of each box between neighbouring edges; lower borders belong to it, the uppermost too.

    Args:
        subdivision: the generator.
        edges: increasing, one array for each output.
        weigh: the probability of each cell of a tiling of the latents.
        counted: the regions whose latents count.

    Raises:
        ValueError: fewer than two edges of an axis, or edges that do not increase.
    """
    tiling, cells = subdivision.tiling, np.zeros((len(subdivision), 3), dtype=np.int64)
    share = counted.astype(np.float64)
    for axis, levels in enumerate(edges):
        if len(levels) < 2 or not (np.diff(levels) > 0).all():
            raise ValueError(
                f"cells need at least two strictly increasing edges of each axis (got {len(levels)} of axis "
                f"{axis}): sort them and drop repetitions, for example with numpy.unique."
            )
        for number, level in enumerate(levels):
            if np.isinf(level):
                cells[:, axis] += level < 0
                continue
            tiling, pieces = tiling.cut(len(subdivision.layers), axis, float(level))
            # Where the output stands still at the level, the cell belongs above it, but for the last level.
            above = pieces.signs > 0 if number == len(levels) - 1 else pieces.signs >= 0
            cells, share = cells[pieces.parent], share[pieces.parent]
            cells[:, axis] += above
    # Bins are numbered from 1; 0 lies below the first edge and len(levels) beyond the last.
    shape = tuple(len(levels) + 1 for levels in edges)
    number = np.ravel_multi_index(tuple(cells.T), shape)
    total = np.bincount(number, share * weigh(tiling), minlength=int(np.prod(shape)))
    # The masses err by rounding, of the size 1e-16, and may be as much below 0.
    return np.maximum(total, 0.0).reshape(shape)[1:-1, 1:-1, 1:-1]
