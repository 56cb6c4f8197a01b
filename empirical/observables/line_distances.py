r"""Distances of distribution functions F and G on the line, enclosed cell by cell.

Between neighbouring edges a < b both functions are continuous and increasing, so that F - G lies between
F(a) - G(b-) and F(b-) - G(a). That encloses :math:`\sup|F - G|`. For :math:`W_1 = \int |F - G|` the integral
D of F - G over a cell is known exactly, from :math:`\int_{-\infty}^x F = E(x - X)_+`; where F - G keeps its
sign the cell's part is |D|, and elsewhere D plus twice what its negative part can be at most. Cells that
leave too much open are halved. Where F and G are one function on a stretch no sign decides, and the interval
only shrinks with the width of the cells: to a few 1e-5 of the stretch with the largest number of cells.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from empirical.densities import AtomicLaw, LineLaw, Normal
from empirical.targets import GaussianMixture

Places = Float[np.ndarray, " n"]

LARGEST = 1 << 18  # cells; beyond, the enclosure is returned as wide as it is
CHUNK = 1 << 20  # pairs of a place and a piece computed at once
FAR = 38.5  # standard deviations, beyond which a normal law has less than 1e-323
# A distribution function is a sum of probabilities; its integral multiplies them by lengths.
ROUNDING = 2.0**-46


@dataclass(frozen=True, eq=False)
class Cumulative:
    """A distribution function.

    Args:
        at: P(X <= x).
        before: P(X < x).
        integral: E(x - X)+, the integral of P(X <= t) over t below x.
        edges: increasing places, the atoms among them, beyond which no mass that float64 knows is left.
    """

    at: Callable[[Places], Places]
    before: Callable[[Places], Places]
    integral: Callable[[Places], Places]
    edges: Places


def cumulative(law: AtomicLaw | LineLaw | GaussianMixture) -> Cumulative:
    """The distribution function of a law on the line.

    Raises:
        ValueError: the law has more than one coordinate.
    """
    if isinstance(law, LineLaw):
        return _line(law)
    if law.dim != 1:
        raise ValueError(
            f"distribution functions need laws on the line (got {law.dim} coordinates): compare one "
            f"coordinate, or two densities of the plane by wasserstein."
        )
    return _mixture(law) if isinstance(law, GaussianMixture) else _atomic(law.atoms[:, 0], law.probabilities)


def enclose_supremum(p: Cumulative, q: Cumulative, tolerance: float) -> tuple[float, float, int]:
    """Lower and upper end of the Kolmogorov-Smirnov distance, and the number of cells used."""
    edges = np.union1d(p.edges, q.edges)
    while True:
        here = np.abs(p.at(edges) - q.at(edges))
        before = np.abs(p.before(edges) - q.before(edges))
        lower = float(max(here.max(), before.max()))
        above, below = _room(p, q, edges)
        least, most = lower, np.maximum(above, below)
        wide = most > least + tolerance
        finer = _halved(edges, wide)
        if len(finer) == len(edges) or len(edges) > LARGEST:
            upper = max(least, float(most.max(initial=0.0)))
            return max(0.0, least - ROUNDING), min(1.0, upper + ROUNDING), len(most)
        edges = finer


def enclose_integral(p: Cumulative, q: Cumulative, tolerance: float) -> tuple[float, float, int]:
    """Lower and upper end of the first Wasserstein distance, and the number of cells used."""
    edges = np.union1d(p.edges, q.edges)
    while True:
        lengths = np.diff(edges)
        whole = np.diff(p.integral(edges)) - np.diff(q.integral(edges))
        above, below = (lengths * np.maximum(room, 0.0) for room in _room(p, q, edges))
        low = np.abs(whole)
        high = np.maximum(low, np.minimum(whole + 2 * below, 2 * above - whole))
        gap = high - low
        wide = gap > tolerance / (2 * max(1, len(gap)))
        finer = _halved(edges, wide)
        if gap.sum() <= tolerance or len(finer) == len(edges) or len(edges) > LARGEST:
            # Each term of a cell's integral is at most as large as the stretch that it covers.
            slack = ROUNDING * (edges[-1] - edges[0]) * len(gap) if len(gap) else 0.0
            return max(0.0, float(low.sum() - slack)), float(high.sum() + slack), len(gap)
        edges = finer


def _room(
    p: Cumulative, q: Cumulative, edges: Places
) -> tuple[Float[np.ndarray, " c"], Float[np.ndarray, " c"]]:
    """Upper bounds of F - G and of G - F inside each cell."""
    left, right = edges[:-1], edges[1:]
    return p.before(right) - q.at(left), q.before(right) - p.at(left)


def _halved(edges: Places, wide: np.ndarray) -> Float[np.ndarray, " finer"]:
    left, right = edges[:-1][wide], edges[1:][wide]
    return np.union1d(edges, left + (right - left) / 2)


def _atomic(atoms: Float[np.ndarray, " k"], weights: Float[np.ndarray, " k"]) -> Cumulative:
    sums, moments = (np.append(0.0, np.cumsum(terms)) for terms in (weights, weights * atoms))

    def integral(x: Places) -> Places:
        below = np.searchsorted(atoms, x, side="right")
        return x * sums[below] - moments[below]

    return Cumulative(
        lambda x: sums[np.searchsorted(atoms, x, side="right")],
        lambda x: sums[np.searchsorted(atoms, x, side="left")],
        integral,
        atoms,
    )


def _line(law: LineLaw) -> Cumulative:
    function, latent = law.function, law.latent
    steps = _atomic(law.atoms[:, 0], law.atom_probabilities)
    values = function.edge_values
    sloped = np.flatnonzero((function.slopes != 0) & (values[:-1] != values[1:]))
    slopes, intercepts = function.slopes[sloped], function.intercepts[sloped]
    ends = function.edges[sloped], function.edges[sloped + 1]

    def moment(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """The integral of z against the latent density."""
        if isinstance(latent, Normal):
            return (np.exp(-(left**2) / 2) - np.exp(-(right**2) / 2)) / sqrt(2 * pi)
        return (right**2 - left**2) / 4

    def integral(x: Places) -> Places:
        total = steps.integral(x)
        step = max(1, CHUNK // max(1, len(sloped)))
        for start in range(0, len(x), step):
            part = x[start : start + step, None]
            z = np.clip((part - intercepts) / slopes, *ends)
            left, right = np.where(slopes > 0, ends[0], z), np.where(slopes > 0, z, ends[1])
            terms = (part - intercepts) * latent.interval_probability(left, right)
            total[start : start + step] += (terms - slopes * moment(left, right)).sum(axis=1)
        return total

    atoms = law.atoms[:, 0]

    def before(x: Places) -> Places:
        return law.cumulative_probability(x) - (steps.at(x) - steps.before(x))

    edges = np.union1d(law.critical_values, atoms)
    return Cumulative(law.cumulative_probability, before, integral, edges)


def _mixture(law: GaussianMixture) -> Cumulative:
    centres, weights = law.modes[:, 0].numpy(), law.probabilities.numpy()

    def steps(x: Places) -> Float[np.ndarray, "n k"]:
        return (x[:, None] - centres) / law.sigma

    def at(x: Places) -> Places:
        return ndtr(steps(x)) @ weights

    def integral(x: Places) -> Places:
        t = steps(x)
        return law.sigma * ((t * ndtr(t) + np.exp(-(t**2) / 2) / sqrt(2 * pi)) @ weights)

    around = np.concatenate([centres - FAR * law.sigma, centres, centres + FAR * law.sigma])
    return Cumulative(at, at, integral, np.unique(around))
