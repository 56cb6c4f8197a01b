r"""Pairs of samples that lie within a resolution of each other, counted exactly.

Two samples collide when :math:`\|x - y\|_2 \le` resolution, with the distance taken from their coordinate
differences in float64. At resolution 0 that is equality. Beyond resolution 0 the relation is not
transitive: x may collide with y and y with z without x colliding with z.

Expanding :math:`\|x\|^2 + \|y\|^2 - 2 x \cdot y` destroys exactly the small distances that matter here, so
the expansion only sorts pairs into certain and doubtful by a bound on its rounding error; every doubtful
pair is measured again by differences.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement
from math import isfinite

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

BLOCK = 2048  # rows: a block of squared distances takes 32 MiB
TREE_DIMENSIONS = 3  # beyond, blocks of matrix products count faster than a kd-tree
SCALARS = 1 << 22  # coordinates differenced at once: 32 MiB


def sample_matrix(samples: np.ndarray | torch.Tensor, name: str = "samples") -> Float[np.ndarray, "n d"]:
    """The samples as a float64 array of one row each.

    Raises:
        ValueError: not two-dimensional, not numeric, fewer than two rows, or NaN or infinite values.
    """
    values = samples.detach().cpu().numpy() if isinstance(samples, torch.Tensor) else np.asarray(samples)
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] < 1:
        raise ValueError(
            f"{name} must be an array of shape (n, d) with n >= 2 rows, one per sample (got shape "
            f"{tuple(values.shape)}): reshape with {name}.reshape(len({name}), -1)."
        )
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be real numbers (got dtype {values.dtype}): convert to float64.")
    matrix = values.astype(np.float64)
    wrong = int(np.count_nonzero(~np.isfinite(matrix).all(axis=1)))
    if wrong:
        raise ValueError(
            f"{name} must be finite (got NaN or infinity in {wrong} of {len(matrix)} rows): find out why, "
            f"then leave these rows out."
        )
    return matrix + 0.0  # -0.0 becomes 0.0, so that equal numbers have equal bytes


def check_resolution(resolution: float) -> None:
    """Refuses a resolution that is no distance.

    Raises:
        ValueError: negative, NaN or infinite.
    """
    if not (isfinite(resolution) and resolution >= 0):
        raise ValueError(
            f"the resolution must be a finite distance >= 0 (got {resolution}): pass 0 for exact duplicates."
        )


def count_collisions(samples: Float[np.ndarray, "n d"], resolution: float) -> int:
    r"""The number of colliding pairs, :math:`\#\{i < j : \|x_i - x_j\|_2 \le \mathrm{resolution}\}`.

    A sample whose rows are all equal has :math:`n(n-1)/2` colliding pairs; they are counted, not listed.

    Raises:
        ValueError: the resolution is negative or not finite.
    """
    check_resolution(resolution)
    distinct, copies = np.unique(samples, axis=0, return_counts=True)
    equal_pairs = int((copies * (copies - 1) // 2).sum())
    if resolution == 0 or len(distinct) == 1:
        return equal_pairs
    # Scaling by a power of two is exact, and keeps the squares below from overflowing or vanishing.
    exponent = int(np.frexp(np.abs(distinct).max())[1])
    points, radius = np.ldexp(distinct, -exponent), float(np.ldexp(resolution, -exponent))
    if points.shape[1] <= TREE_DIMENSIONS:
        near, far = (_tree_pairs(points, copies, radius * factor) for factor in (1 - 2**-40, 1 + 2**-40))
        if near == far:  # no pair so close to the boundary that the tree's rounding could misplace it
            return equal_pairs + near
    expansion = _Expansion(points)
    return equal_pairs + sum(
        _block_pairs(expansion, copies, rows, columns, radius) for rows, columns in _blocks(len(points))
    )


def colliding_batches(
    samples: Float[np.ndarray, "n d"], batch: int, resolution: float
) -> Bool[np.ndarray, " batches"]:
    """Which of the floor(n / batch) disjoint batches of consecutive rows contain a colliding pair.

    Raises:
        ValueError: the batch has fewer than two rows or more than the sample; the resolution is no distance.
    """
    if not 2 <= batch <= len(samples):
        raise ValueError(
            f"a batch must have between 2 and {len(samples)} rows, the size of the sample (got {batch}): "
            f"pass a smaller batch or more samples."
        )
    starts = range(0, len(samples) - batch + 1, batch)
    return np.array([count_collisions(samples[s : s + batch], resolution) > 0 for s in starts])


def closest_pairs(
    samples: Float[np.ndarray, "n d"], count: int
) -> tuple[Int[np.ndarray, "k 2"], Float[np.ndarray, " k"]]:
    """The ``count`` closest pairs of rows and their distances, nearest first, ties by row number.

    Returns:
        Row numbers (k, 2) with the smaller first, and distances (k,), with k = min(count, all pairs).

    Raises:
        ValueError: ``count`` is not positive.
    """
    if count < 1:
        raise ValueError(f"the number of pairs must be positive (got {count}): pass 20 for the 20 closest.")
    largest = np.abs(samples).max()
    exponent = int(np.frexp(largest)[1]) if largest else 0
    expansion = _Expansion(np.ldexp(samples, -exponent))
    pairs, squares = np.empty((0, 2), dtype=np.int64), np.empty(0)
    for rows, columns in _blocks(len(samples)):
        approximate, error = expansion.squared_distances(rows, columns), expansion.error
        limit = squares[-1] + error if len(squares) == count else np.inf
        if np.isinf(limit) and approximate.size > count:
            limit = float(np.partition(approximate, count - 1, axis=None)[count - 1]) + 2 * error
        first, second = np.nonzero(approximate <= min(limit, np.finfo(np.float64).max))
        candidates = np.column_stack([first + rows.start, second + columns.start])
        pairs = np.concatenate([pairs, candidates])
        squares = np.concatenate([squares, expansion.differences(candidates)])
        order = np.lexsort((pairs[:, 1], pairs[:, 0], squares))[:count]
        pairs, squares = pairs[order], squares[order]
    return pairs, np.ldexp(np.sqrt(squares), exponent)


def _blocks(count: int) -> Iterator[tuple[slice, slice]]:
    starts = range(0, count, BLOCK)
    for first, second in combinations_with_replacement(starts, 2):
        yield slice(first, min(first + BLOCK, count)), slice(second, min(second + BLOCK, count))


class _Expansion:
    """Squared distances by one matrix product, |x|^2 + |y|^2 - 2xy, with a bound on its error."""

    def __init__(self, points: Float[np.ndarray, "n d"]) -> None:
        self.points = points
        centred = points - points.mean(axis=0)
        squares, one = np.square(centred).sum(axis=1, keepdims=True), np.ones((len(points), 1))
        self.left = np.hstack([centred, squares, one])
        self.right = np.hstack([-2 * centred, one, squares]).T
        # A sum of k products errs by at most k u times the sum of their sizes, u = 2^-53. In units of u times
        # (|x| + |y|)^2 <= 4 max |x|^2 that is d + 2 for the matrix product and d for the norms in it;
        # centring adds 2, and the distance from differences, with which it is compared, d + 2: in all below
        # 4(d + 4).
        self.error = 2.0**-51 * (points.shape[1] + 4) * 4 * float(squares.max())

    def squared_distances(self, rows: slice, columns: slice) -> Float[np.ndarray, "r c"]:
        """Approximate squared distances, infinite unless row < column."""
        squares = self.left[rows] @ self.right[:, columns]
        if rows == columns:
            squares[np.tril_indices(len(squares))] = np.inf
        return squares

    def differences(self, pairs: Int[np.ndarray, "k 2"]) -> Float[np.ndarray, " k"]:
        """Squared distances of these pairs from coordinate differences, a few at a time."""
        step = max(1, SCALARS // self.points.shape[1])
        squares = [
            np.square(self.points[part[:, 0]] - self.points[part[:, 1]]).sum(axis=1)
            for part in (pairs[start : start + step] for start in range(0, len(pairs), step))
        ]
        return np.concatenate([np.empty(0), *squares])


def _block_pairs(
    expansion: _Expansion, copies: Int[np.ndarray, " n"], rows: slice, columns: slice, radius: float
) -> int:
    squares = expansion.squared_distances(rows, columns)
    limit = radius * radius
    if not (squares <= limit + expansion.error).any():
        return 0
    certain = squares <= limit - expansion.error
    first, second = np.nonzero((squares <= limit + expansion.error) & ~certain)
    doubtful = np.column_stack([first + rows.start, second + columns.start])
    confirmed = doubtful[expansion.differences(doubtful) <= limit]
    return int(copies[rows] @ (certain @ copies[columns])) + int(copies[confirmed].prod(axis=1).sum())


def _tree_pairs(points: Float[np.ndarray, "n d"], copies: Int[np.ndarray, " n"], radius: float) -> int:
    tree = KDTree(points)
    weights = copies.astype(np.float64)  # products of counts: exact in float64 up to 9e15 pairs
    ordered = tree.count_neighbors(tree, radius, weights=(weights, weights))
    return (int(ordered) - int((copies * copies).sum())) // 2
