r"""Divergences of two laws on a common grid of cells: lower bounds that use no density.

Sorting points into cells loses information, so no divergence of the cells' probabilities exceeds that of the
laws (data processing). With exact probabilities that is a bound, not an estimate. The grids here are nested:
the bound never falls from one to the next.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import rel_entr

Points = Float[np.ndarray, "n 2"]
Grid = Float[np.ndarray, "nx ny"]
Binned = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (n,) and (m,) edges to (n - 1, m - 1) probabilities

# A divergence's derivative in a cell's probability is a log ratio: below 100 for the bounded ones wherever an
# error of the probability is not itself as large as that, below 1,000 for Kullback-Leibler, since no
# probability is taken to be less than SMALLEST.
STEEPEST = {"jensen_shannon": 100.0, "total_variation": 100.0, "kullback_leibler": 1000.0}
SMALLEST = 1e-290  # in place of a smaller probability of q, which could be an underflow: KL only falls by it
MISSING = 1e-9  # of the total mass: far above the rounding of a sum, far below any region that matters


class RoadsDisagree(ArithmeticError):
    """Two independent computations of one number contradict each other: one of them is wrong."""


def jensen_shannon(p: Grid, q: Grid) -> float:
    """Of the cells' probabilities, nats."""
    middle = (p + q) / 2
    return float((rel_entr(p, middle) + rel_entr(q, middle)).sum() / 2)


def total_variation(p: Grid, q: Grid) -> float:
    """Of the cells' probabilities."""
    return float(np.abs(p - q).sum() / 2)


def kullback_leibler(p: Grid, q: Grid) -> float:
    """Of the cells' probabilities, nats; finite, though cells that q misses are a reason to be infinite."""
    return float(rel_entr(p, np.maximum(q, SMALLEST)).sum())


DIVERGENCES: dict[str, Callable[[Grid, Grid], float]] = {
    "jensen_shannon": jensen_shannon,
    "kullback_leibler": kullback_leibler,
    "total_variation": total_variation,
}


def quantile_edges(
    pilot: Points, bins: int
) -> tuple[Float[np.ndarray, " columns"], Float[np.ndarray, " rows"]]:
    """Edges from -inf to inf between which each coordinate of a pilot sample falls equally often.

    Any edges give a valid bound; these put many cells where the laws have their mass.
    """
    levels = np.arange(1, bins) / bins
    x, y = (np.concatenate([[-np.inf], np.unique(np.quantile(c, levels)), [np.inf]]) for c in pilot.T)
    return x, y


def bin_bounds(
    name: str, p: Binned, q: Binned, pilot: Points, bins: int, cell_error: float = 2.0**-50
) -> tuple[tuple[int, float], ...]:
    """Lower bounds of a divergence from grids of 2, 4, ..., ``bins`` cells a side: (cells a side, bound).

    Args:
        name: of the divergence.
        p: exact probabilities of cells of the first law.
        q: of the second.
        pilot: points where the grid is to be fine.
        bins: cells a side of the finest grid, a power of 2.
        cell_error: bound on the error of one cell's probability.

    Raises:
        ValueError: bins is not a power of 2 from 2 up.
        RoadsDisagree: the cells, which fill the plane, do not hold all of the mass.
    """
    if bins < 2 or bins & (bins - 1):
        raise ValueError(f"nested grids need a power of 2 cells a side (got {bins}): pass bins=64, say.")
    x, y = quantile_edges(pilot, bins)
    masses = [np.maximum(law(x, y), 0.0) for law in (p, q)]  # -4e-17 is 0
    for mass in masses:
        if abs(mass.sum() - 1) > MISSING + mass.size * cell_error:
            raise RoadsDisagree(
                f"the cells of the whole plane hold {mass.sum():.12g} of the mass instead of 1: a region of "
                f"the law is missing or counted twice."
            )
    slack = STEEPEST[name] * cell_error * masses[0].size  # errors of fine cells add up in a coarse one
    cells, bounds = [], []
    while not cells or cells[-1] > 2:
        cells.append(max(masses[0].shape))
        bounds.append(max(0.0, DIVERGENCES[name](*masses) - slack))
        masses = [_coarser(mass) for mass in masses]
    # Rounded sums may fall by a digit: what a coarser grid proves, a finer one does too.
    rising = np.maximum.accumulate(bounds[::-1]).tolist()
    return tuple(zip(reversed(cells), rising, strict=True))


def _coarser(mass: Grid) -> Float[np.ndarray, "mx my"]:
    """Neighbouring cells together, two by two."""
    for axis in (0, 1):
        mass = np.add.reduceat(mass, np.arange(0, mass.shape[axis], 2), axis=axis)
    return mass
