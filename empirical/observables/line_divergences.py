r"""Divergences of laws on the line, enclosed cell by cell.

On a cell let the laws have masses P and Q, and bounds on their densities p and q. With the share
:math:`s = p/(p+q)`, Jensen-Shannon divergence and total variation integrate a convex function g of s against
p + q, and the mean share on the cell is P/(P + Q). So the cell's part lies between :math:`(P+Q)\,g(P/(P+Q))`
(Jensen) and (P + Q) times the chord of g over the range of s, at the mean share. The Kullback-Leibler
divergence integrates :math:`-\log(q/p)` against p in the same way, with mean ratio Q/P. Both gaps shrink with
the square of the cell's width: cells with the largest gap are halved until the sum is small enough.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
from jaxtyping import Float
from scipy.special import xlogy

from empirical.densities import AtomicLaw, LineLaw
from empirical.densities.line.line_law import CellBounds

Cells = Float[np.ndarray, " m"]

LARGEST = 1 << 18  # cells; beyond, the enclosure is returned as wide as it is
# A cell's probabilities are differences of distribution functions, rounded to a few units of 2^-53 and
# weighted by a log ratio that is below 100 wherever those units are not themselves negligible.
ROUNDING = 2.0**-44
SMALLEST = 1e-290  # a probability below loses digits to underflow, and its ratio to another is not used


@dataclass(frozen=True)
class Parts:
    """A law on the line by its parts: atoms with their probabilities, and the sloped rest, if any."""

    atoms: Cells
    probabilities: Cells
    rest: LineLaw | None

    def on_cells(self, edges: Float[np.ndarray, " edges"]) -> CellBounds:
        """The absolutely continuous part on cells; nothing where there is none."""
        if self.rest is not None:
            return self.rest.on_cells(edges)
        nothing = np.full(len(edges) - 1, -inf)
        return CellBounds(np.zeros(len(edges) - 1), nothing, nothing)


def enclose(
    name: str, p: AtomicLaw | LineLaw, q: AtomicLaw | LineLaw, tolerance: float
) -> tuple[float, float, int]:
    """Lower and upper end of a divergence of p from q, and the number of cells used.

    Raises:
        ValueError: atoms in more than one dimension, or a tolerance that is not positive.
    """
    if not tolerance > 0:
        raise ValueError(f"the tolerance must be positive (got {tolerance}): pass 1e-6.")
    first, second = _parts(p), _parts(q)
    atom_part, cell_part = {
        "kullback_leibler": (_relative_atoms, _relative_cells),
        "jensen_shannon": (_share_atoms(_jensen_shannon_share), _share_cells(_jensen_shannon_share)),
        "total_variation": (_share_atoms(_total_variation_share), _share_cells(_total_variation_share)),
    }[name]
    on_atoms = float(atom_part(*_on_union(first, second)).sum())
    lines = [part.rest.critical_values for part in (first, second) if part.rest is not None]
    edges = np.unique(np.concatenate([[-inf], *lines, [inf]]))
    while True:
        low, high = cell_part(first.on_cells(edges), second.on_cells(edges))
        if np.isinf(high).any() or on_atoms == inf:
            return inf, inf, len(low)
        gap = high - low
        wide = (gap > tolerance / (2 * len(gap))) & np.isfinite(edges[:-1]) & np.isfinite(edges[1:])
        if gap.sum() <= tolerance or not wide.any() or len(edges) > LARGEST:
            break
        left, right = edges[:-1][wide], edges[1:][wide]
        finer = np.union1d(edges, left + (right - left) / 2)
        if len(finer) == len(edges):  # the cells that are left have no float64 inside
            break
        edges = finer
    allowance = ROUNDING * len(gap)
    lower, upper = on_atoms + float(low.sum()) - allowance, on_atoms + float(high.sum()) + allowance
    return max(0.0, lower), upper, len(gap)


def _parts(law: AtomicLaw | LineLaw) -> Parts:
    if isinstance(law, LineLaw):
        return Parts(law.atoms[:, 0], law.atom_probabilities, law)
    if law.dim != 1:
        raise ValueError(
            f"the two laws must live in one space (got atoms of {law.dim} coordinates and a law on the "
            f"line): compare a generator with a target of its output's dimension."
        )
    return Parts(law.atoms[:, 0], law.probabilities, None)


def _on_union(p: Parts, q: Parts) -> tuple[Cells, Cells]:
    """The probabilities of the two laws on the union of their atoms."""
    union = np.union1d(p.atoms, q.atoms)
    both = []
    for part in (p, q):
        weights = np.zeros(len(union))
        weights[np.searchsorted(union, part.atoms)] = part.probabilities
        both.append(weights)
    return both[0], both[1]


def _jensen_shannon_share(share: Cells) -> Cells:
    return (xlogy(share, 2 * share) + xlogy(1 - share, 2 * (1 - share))) / 2


def _total_variation_share(share: Cells) -> Cells:
    return np.abs(share - 0.5)


def _share_atoms(g: Callable[[Cells], Cells]) -> Callable[[Cells, Cells], Cells]:
    return lambda p, q: (p + q) * g(_ratio(p, p + q))


def _share_cells(g: Callable[[Cells], Cells]) -> Callable[[CellBounds, CellBounds], tuple[Cells, Cells]]:
    def bounds(p: CellBounds, q: CellBounds) -> tuple[Cells, Cells]:
        mass = p.probability + q.probability
        least = _share(p.log_density_low, q.log_density_high, unknown=0.0)
        most = _share(p.log_density_high, q.log_density_low, unknown=1.0)
        mean = np.clip(_ratio(p.probability, mass), least, most)  # clipped against rounding only
        return mass * g(mean), mass * _chord(g(least), g(most), _ratio(mean - least, most - least))

    return bounds


def _share(log_p: Cells, log_q: Cells, unknown: float) -> Cells:
    """p/(p + q) from log densities; ``unknown`` where both are zero."""
    with np.errstate(invalid="ignore", over="ignore"):
        share = 1 / (1 + np.exp(log_q - log_p))
    return np.where(np.isnan(share), unknown, share)


def _relative_atoms(p: Cells, q: Cells) -> Cells:
    with np.errstate(divide="ignore"):
        return np.where(p > 0, xlogy(p, _ratio(p, q, otherwise=inf)), 0.0)


def _relative_cells(p: CellBounds, q: CellBounds) -> tuple[Cells, Cells]:
    missed = (p.probability > 0) & (q.log_density_high == -inf)  # p has mass where no preimage gives q any
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        least = q.log_density_low - p.log_density_high  # of log(q/p)
        most = q.log_density_high - p.log_density_low
        # From the range of the log ratio alone, and from Jensen and the chord.
        by_range = -most, -least
        relative = (
            np.log(q.probability) - np.log(p.probability) - least
        )  # log of the mean over the least ratio
        along = np.expm1(relative) / np.expm1(most - least)
        known = np.minimum(p.probability, q.probability) > SMALLEST
        by_mean = (
            np.where(known, -(relative + least), np.nan),
            np.where(known, -_chord(least, most, np.clip(along, 0, 1)), np.nan),
        )
        low = p.probability * np.fmax(by_range[0], by_mean[0])
        high = p.probability * np.fmin(by_range[1], by_mean[1])
    # Beyond 38 standard deviations of each of its sheets p has a mass below 1e-315, and the log ratio grows
    # like a square: nothing that float64 could add. Where p has no mass there is nothing at all.
    outside = np.zeros(len(low), dtype=bool)
    outside[[0, -1]] = True
    nothing = outside | (p.probability == 0)
    low, high = np.where(nothing, 0.0, low), np.where(nothing, 0.0, high)
    return np.where(missed, inf, low), np.where(missed, inf, high)


def _chord(at_least: Cells, at_most: Cells, along: Cells) -> Cells:
    return at_least + (at_most - at_least) * along


def _ratio(numerator: Cells, denominator: Cells, otherwise: float = 0.0) -> Cells:
    """The quotient, and another number where the denominator is 0."""
    safe = np.where(denominator > 0, denominator, 1.0)
    return np.where(denominator > 0, numerator / safe, otherwise)
