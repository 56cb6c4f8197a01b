"""Probabilities of cells from samples, each with exact limits, where no exact law is at hand."""

from dataclasses import dataclass
from fractions import Fraction
from math import nextafter

import numpy as np
from jaxtyping import Float, Int

from empirical.measurement import Measurement
from empirical.observables.binomial import clopper_pearson


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of independent samples in cells, and limits of the cells' probabilities.

    Args:
        x_edges: strictly increasing, of the first coordinate.
        y_edges: the same of the second.
        counts: how many samples fell into each half-open cell; the last column and row are closed.
        lower: limits that all probabilities exceed together, at the confidence.
        upper: limits that all fall short of.
        samples: how many there were, those outside all cells included.
        confidence: with which all limits hold together.
        seed: of the samples.
    """

    x_edges: Float[np.ndarray, " columns"]
    y_edges: Float[np.ndarray, " rows"]
    counts: Int[np.ndarray, "columns-1 rows-1"]
    lower: Float[np.ndarray, "columns-1 rows-1"]
    upper: Float[np.ndarray, "columns-1 rows-1"]
    samples: int
    confidence: Fraction
    seed: int

    def cell(self, column: int, row: int) -> Measurement:
        """The probability of one cell, with limits that hold together with those of all others."""
        hits = int(self.counts[column, row])
        return Measurement(
            observable="cell_probability",
            value=hits / self.samples,
            lower=float(self.lower[column, row]),
            upper=float(self.upper[column, row]),
            confidence=float(self.confidence),
            unit="probability",
            parameters={
                "x": self.x_edges[column : column + 2].tolist(),
                "y": self.y_edges[row : row + 2].tolist(),
            },
            seed=self.seed,
            obtained=f"{hits} of {self.samples} independent samples; exact Clopper-Pearson limits, for all "
            f"{self.counts.size} cells together",
        )


def histogram(
    samples: Float[np.ndarray, "n d"],
    x_edges: Float[np.ndarray, " columns"],
    y_edges: Float[np.ndarray, " rows"],
    *,
    confidence: Fraction,
    seed: int,
) -> Histogram:
    """Counts samples in cells of the plane, such as those of a generator with too many latents for its law.

    Each of the m cells has its two limits at the confidence 1 - (1 - c) / (2 m), so that all hold together at
    the confidence c by the union bound, whatever the law is.

    Args:
        samples: independent points of the plane; the cells were chosen without looking at them.
        x_edges: strictly increasing, of the first coordinate; the outermost may be infinite.
        y_edges: the same of the second.
        confidence: c, strictly between 0 and 1.
        seed: of the samples, kept with the result.

    Raises:
        ValueError: no sample, samples that are NaN or not in the plane, an axis with fewer than two edges or
            edges that do not increase, or a confidence out of its range.

    >>> halves = histogram(
    ...     np.array([[0.1, 0.0], [0.9, 0.0], [0.8, 0.0]]), np.array([0.0, 0.5, 1.0]), np.array([-1.0, 1.0]),
    ...     confidence=Fraction(19, 20), seed=0,
    ... )
    >>> halves.counts.ravel().tolist(), halves.cell(1, 0).value > 0.6
    ([1, 2], True)
    """
    if samples.shape[1] != 2 or not len(samples) or np.isnan(samples).any():
        raise ValueError(
            f"cells of the plane need samples of shape (n, 2) without NaN, at least one (got shape "
            f"{samples.shape}): draw them from the generator, and check its parameters."
        )
    for edges in (x_edges, y_edges):
        if len(edges) < 2 or not (np.diff(edges) > 0).all():
            raise ValueError(
                f"cells need at least two strictly increasing edges per axis (got {len(edges)} edges): sort "
                f"them and drop repetitions, for example with numpy.unique."
            )
    counts = np.histogram2d(samples[:, 0], samples[:, 1], [x_edges, y_edges])[0].astype(np.int64)
    each = 1 - (1 - confidence) / (2 * counts.size)
    hits, place = np.unique(counts, return_inverse=True)
    limits = [clopper_pearson(int(number), len(samples), each) for number in hits]
    # A float next to a limit may lie inside it by one rounding: take the next one outwards.
    lower = np.array([nextafter(float(low), 0) for low, _ in limits])[place.reshape(counts.shape)]
    upper = np.array([nextafter(float(high), 1) for _, high in limits])[place.reshape(counts.shape)]
    return Histogram(x_edges, y_edges, counts, lower, upper, len(samples), confidence, seed)
