r"""Divergences of two laws on a common grid of cells: lower bounds that use no density.

Sorting points into cells loses information, so no divergence of the cells' probabilities exceeds that of the
laws (data processing). With exact probabilities that is a bound, not an estimate. The grids here are nested:
the bound never falls from one to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import kl_div, rel_entr

Points = Float[np.ndarray, "n 2"]
Grid = Float[np.ndarray, "nx ny"]
Binned = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (n,) and (m,) edges to (n - 1, m - 1) probabilities

MISSING = 1e-9  # of the total mass: far above the rounding of a sum, far below any region that matters
# Of a sum of terms, relative to it plus 1: each term is a few roundings of itself and of its probabilities.
ROUNDING = 2.0**-45


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
    r"""Of the cells' probabilities, nats: :math:`\sum p \log(p/q) - p + q`, no term of which is negative."""
    return float(kl_div(p, q).sum())


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


@dataclass(frozen=True, eq=False)
class Cells:
    """Two laws on one grid of cells, with what each probability may err by.

    Args:
        p, q: probabilities of the cells under both laws.
        p_error, q_error: the largest error of each.
    """

    p: Grid
    q: Grid
    p_error: Grid
    q_error: Grid

    def coarser(self) -> "Cells":
        """Neighbouring cells together, two by two; their errors add up."""
        return Cells(*(_coarser(values) for values in (self.p, self.q, self.p_error, self.q_error)))

    def nearest(self) -> tuple[Float[np.ndarray, "nx ny"], Float[np.ndarray, "nx ny"]]:
        """What the errors allow p and q to be where they differ least; 0 where they may be equal."""
        p_low, q_low = np.maximum(self.p - self.p_error, 0.0), np.maximum(self.q - self.q_error, 0.0)
        p_high, q_high = self.p + self.p_error, self.q + self.q_error
        larger, smaller = p_low > q_high, p_high < q_low
        p = np.where(larger, p_low, np.where(smaller, p_high, 0.0))
        return p, np.where(larger, q_high, np.where(smaller, q_low, 0.0))


def common_cells(p: Binned, q: Binned, pilot: Points, bins: int, cell_errors: tuple[float, float]) -> Cells:
    """Both laws on a grid that is fine where the pilot sample is.

    Args:
        p: exact probabilities of cells of the first law.
        q: of the second.
        pilot: points where the grid is to be fine.
        bins: cells a side, a power of 2.
        cell_errors: of one cell's probability, of the first law and of the second.

    Raises:
        ValueError: bins is not a power of 2 from 2 up.
        RoadsDisagree: the cells, which fill the plane, do not hold all of the mass.
    """
    if bins < 2 or bins & (bins - 1):
        raise ValueError(f"nested grids need a power of 2 cells a side (got {bins}): pass bins=64, say.")
    x, y = quantile_edges(pilot, bins)
    masses = [np.maximum(law(x, y), 0.0) for law in (p, q)]  # -4e-17 is 0
    for mass, cell_error in zip(masses, cell_errors, strict=True):
        if abs(mass.sum() - 1) > MISSING + mass.size * cell_error:
            raise RoadsDisagree(
                f"the cells of the whole plane hold {mass.sum():.12g} of the mass instead of 1: a region of "
                f"the law is missing or counted twice."
            )
    return Cells(*masses, *(np.full(masses[0].shape, error) for error in cell_errors))


def bin_bounds(name: str, cells: Cells) -> tuple[tuple[int, float], ...]:
    r"""Lower bounds of a divergence from this grid and coarser ones: (cells a side, bound), 2 a side first.

    Each divergence is a sum over cells of a term that is never negative, 0 where p = q, and falls as p and q
    approach each other: for Kullback-Leibler :math:`p \log(p/q) - p + q`, as both sum to 1. So its least
    value within the errors is where each cell's p and q are nearest. To subtract a multiple of the errors
    instead would be wrong: the term's derivative in q, :math:`1 - p/q`, has no bound.

    Args:
        name: of the divergence.
        cells: of the finest grid.
    """
    sides, bounds = [], []
    while True:
        sides.append(max(cells.p.shape))
        value = DIVERGENCES[name](*cells.nearest())
        bounds.append(max(0.0, value - ROUNDING * (1 + value)))
        if sides[-1] <= 2:
            break
        cells = cells.coarser()
    # Errors add up in a coarser grid, but what it proves, a finer one does too.
    rising = np.maximum.accumulate(bounds[::-1]).tolist()
    return tuple(zip(reversed(sides), rising, strict=True))


def _coarser(values: Grid) -> Float[np.ndarray, "mx my"]:
    for axis in (0, 1):
        values = np.add.reduceat(values, np.arange(0, values.shape[axis], 2), axis=axis)
    return values
