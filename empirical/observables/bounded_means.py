r"""Means of bounded random variables, with intervals that hold for every sample size.

A central limit interval is an approximation whose error nobody knows: a rare large value that the sample
missed is missing from its width too. For values in a known range the empirical Bernstein bound is a theorem.
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from jaxtyping import Float

ROUNDING = 2.0**-40  # of one value, relative to the range: a handful of functions of float64 logarithms


@dataclass(frozen=True)
class Mean:
    """The average of a sample, and an interval for the expectation.

    Args:
        value: the average.
        lower, upper: the interval's ends.
    """

    value: float
    lower: float
    upper: float

    def __add__(self, other: "Mean") -> "Mean":
        """The sum; its interval holds where both do."""
        return Mean(self.value + other.value, self.lower + other.lower, self.upper + other.upper)

    def __sub__(self, other: "Mean") -> "Mean":
        """The difference; its interval holds where both do."""
        return Mean(self.value - other.value, self.lower - other.upper, self.upper - other.lower)


def bounded_mean(values: Float[np.ndarray, " n"], low: float, high: float, error: float) -> Mean:
    r"""The mean of independent values of a known range, in an interval that rarely misses it.

    With the sample variance V (divisor n - 1) and :math:`L = \log(4/\mathrm{error})`, each end lies at most
    :math:`\sqrt{2VL/n} + 7(\mathrm{high} - \mathrm{low})L / (3(n - 1))` from the average and in the range.

    Args:
        values: independent draws of one law.
        low: least possible value, known beforehand; not read off the sample.
        high: largest possible value, likewise.
        error: probability with which the interval may miss the expectation, shared equally by its two ends.

    Raises:
        ValueError: fewer than two values, a value outside the range, or an error outside (0, 1).

    Source: maurer2009, Theorem 4, used for the values and for their negatives.

    >>> mean = bounded_mean(np.array([0.0, 1.0] * 500), 0.0, 1.0, 0.01)
    >>> round(mean.lower, 3), mean.value, round(mean.upper, 3)
    (0.431, 0.5, 0.569)
    """
    n, width = len(values), high - low
    if n < 2:
        raise ValueError(f"an interval for a mean needs at least two draws (got {n}): draw more samples.")
    if not 0 < error < 1:
        raise ValueError(f"the error must lie strictly between 0 and 1 (got {error}): pass 0.001, say.")
    slack = ROUNDING * width
    if not ((values >= low - slack) & (values <= high + slack)).all():
        raise ValueError(
            f"the values must lie in [{low}, {high}] (got {values.min()} to {values.max()}): the bound holds "
            f"only for a range that is known beforehand."
        )
    spread = log(4 / error)
    radius = sqrt(2 * float(values.var(ddof=1)) * spread / n) + 7 * width * spread / (3 * (n - 1)) + slack
    average = float(np.clip(values.mean(), low, high))
    return Mean(average, max(low, average - radius), min(high, average + radius))
