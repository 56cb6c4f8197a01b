"""Integrals over boxes by Gauss's rule, refined where the rule disagrees with itself."""

from collections.abc import Callable
from itertools import product

import numpy as np
from jaxtyping import Float

NODES = 6  # a side, of the rule on one box: exact for polynomials of degree 11 in each coordinate

Function = Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, " n"]]


def integrals(
    function: Function,
    low: Float[np.ndarray, "m d"],
    high: Float[np.ndarray, "m d"],
    *,
    tolerance: float,
    evaluations: int,
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """The integral of a function over each of m boxes, and an estimate of each one's error.

    Each box is compared with its 2^d halves under the same rule. The boxes that differ most are divided,
    round after round, until all differences together are within the tolerance or the evaluations are used
    up. The estimate sums the differences of a box's last divisions: far above the error where the function
    is smooth, and no bound, for a peak between all nodes is not seen.

    Args:
        function: of points, one a row.
        low: lower ends of each box.
        high: upper ends.
        tolerance: of all boxes together.
        evaluations: after how many to stop.
    """
    m, dim = low.shape
    owner, value, difference = np.arange(m), *_compared(function, low, high)
    each = (1 + 2**dim) * NODES**dim
    used = each * m
    while difference.sum() > tolerance and used < evaluations:
        # Half of what is left to gain sits in these.
        order = np.argsort(-difference)
        most = order[: 1 + int(np.searchsorted(np.cumsum(difference[order]), difference.sum() / 2))]
        rest = np.delete(np.arange(len(owner)), most)
        children_low, children_high = _halves(low[most], high[most])
        found = _compared(function, children_low, children_high)
        used += each * len(children_low)
        owner = np.concatenate([owner[rest], np.repeat(owner[most], 2**dim)])
        value, difference = (
            np.concatenate([old[rest], new]) for old, new in zip((value, difference), found, strict=True)
        )
        low, high = np.concatenate([low[rest], children_low]), np.concatenate([high[rest], children_high])
    return np.bincount(owner, value, m), np.bincount(owner, difference, m)


def _compared(
    function: Function, low: Float[np.ndarray, "k d"], high: Float[np.ndarray, "k d"]
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Each box's integral by its halves, and how far that is from the rule on the whole."""
    whole = _rule(function, low, high)
    halves = _rule(function, *_halves(low, high)).reshape(len(low), -1).sum(axis=1)
    return halves, np.abs(halves - whole)


def _rule(
    function: Function, low: Float[np.ndarray, "k d"], high: Float[np.ndarray, "k d"]
) -> Float[np.ndarray, " k"]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    dim = low.shape[1]
    grid = np.array(list(product((nodes + 1) / 2, repeat=dim)))
    weight = np.array(list(product(weights / 2, repeat=dim))).prod(axis=1)
    points = low[:, None, :] + (high - low)[:, None, :] * grid
    values = function(points.reshape(-1, dim)).reshape(len(low), -1)
    return values @ weight * (high - low).prod(axis=1)


def _halves(
    low: Float[np.ndarray, "k d"], high: Float[np.ndarray, "k d"]
) -> tuple[Float[np.ndarray, "halves d"], Float[np.ndarray, "halves d"]]:
    """The 2^d halves of each box, one box after the other."""
    dim = low.shape[1]
    upper = np.array(list(product((False, True), repeat=dim)))
    middle = (low + (high - low) / 2)[:, None, :]
    return (
        np.where(upper, middle, low[:, None, :]).reshape(-1, dim),
        np.where(upper, high[:, None, :], middle).reshape(-1, dim),
    )
