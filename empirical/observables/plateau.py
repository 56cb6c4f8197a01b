r"""Whether a support grows with capacity for ever or stops: a line against a plateau, on logarithms.

.. math:: m = a c^b \qquad\text{against}\qquad m = \min(a c^b, s)

The plateau has one parameter more and holds the line as the case of a large s, so it never fits worse. What
counts is prediction: each capacity is left out in turn and predicted from the others. The plateau is chosen
where it predicts better by more than the seeds' spread; otherwise the line stands. At least two capacities
lie beyond the knot at which growth stops, in every fit: one odd last capacity is no plateau.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from empirical.measurement import Measurement
from empirical.observables.growth import geometric_mean_over_seeds, mean_over_seeds

KNOTS = 240  # places tried for the plateau's beginning: 2 % apart in capacity over two decades
BEYOND = 2  # capacities, above the knot: one alone is an odd capacity, whatever the seeds
FEWEST = 5  # capacities: four remain for three parameters when one is left out


@dataclass(frozen=True)
class Shape:
    """A plateau against a line, from seed to seed.

    Args:
        gain: mean over seeds of the line's squared error of prediction less the plateau's, in squared
            natural logarithms, with its interval.
        plateau: whether the interval of the gain lies above 0.
        level: the plateau's s, geometric mean over seeds; where the line stands it says only how high the
            support was followed.
        errors: root mean squared errors of prediction of line and plateau, in natural logarithms.
    """

    gain: Measurement
    plateau: bool
    level: Measurement
    errors: tuple[float, float]

    @property
    def sentence(self) -> str:
        """What the criterion chose."""
        line, plateau = self.errors
        compared = f"left-out capacities are off by a factor {np.exp(plateau):.2f} with a plateau, "
        compared += f"{np.exp(line):.2f} with a line"
        if self.plateau:
            return f"the growth levels off near {self.level.value:.0f} atoms: {compared}"
        return f"no plateau is seen: {compared}, and the seeds do not tell them apart in the plateau's favour"


def shape(
    capacities: Sequence[float | int], supports: Sequence[Sequence[float | int]], *, confidence: float = 0.95
) -> Shape:
    """Compares plateau and line by leaving out one capacity at a time, in each seed by itself.

    Args:
        capacities: positive numbers, at least five different ones; several may be equal.
        supports: for each seed, one positive number per capacity.
        confidence: of the intervals.

    Raises:
        ValueError: fewer than two seeds or five different capacities, rows of another length, or a number
            that is not positive.
    """
    places, rows = np.array(capacities, dtype=float), np.array([list(row) for row in supports], dtype=float)
    different = np.unique(places)
    if rows.ndim != 2 or rows.shape[1] != len(places) or len(different) < FEWEST:
        raise ValueError(
            f"a plateau needs at least {FEWEST} different capacities and one support for each in every seed "
            f"(got {len(different)} and rows of {sorted({len(row) for row in supports})}): add capacities."
        )
    if not (np.all(rows > 0) and np.all(places > 0)):
        raise ValueError("logarithms need positive capacities and supports: drop the others.")
    x, y = np.log(places), np.log(rows)
    line, plateau = np.zeros_like(y), np.zeros_like(y)
    for capacity in different:
        out = places == capacity
        line[:, out] = _predicted(x[~out], y[:, ~out], x[out], knots=np.array([np.inf]))
        plateau[:, out] = _predicted(x[~out], y[:, ~out], x[out], knots=_knots(x[~out]))
    off_line, off_plateau = ((line - y) ** 2).mean(axis=1), ((plateau - y) ** 2).mean(axis=1)
    gain = mean_over_seeds(
        "plateau_gain",
        (off_line - off_plateau).tolist(),
        confidence=confidence,
        parameters={"criterion": "leave one capacity out", "unit": "squared natural logarithm"},
    )
    levels = np.exp(_predicted(x, y, np.array([x.max()]), knots=_knots(x))[:, 0])
    return Shape(
        gain=gain,
        plateau=gain.lower > 0,
        level=geometric_mean_over_seeds(
            "plateau_level", levels.tolist(), confidence=confidence, unit="atoms"
        ),
        errors=(float(off_line.mean() ** 0.5), float(off_plateau.mean() ** 0.5)),
    )


def _knots(x: Float[np.ndarray, " capacities"]) -> Float[np.ndarray, " knots"]:
    """Places at which growth may stop, so that a slope is left before and a plateau after it."""
    different = np.unique(x)
    return np.append(np.linspace(different[1], different[-1 - BEYOND], KNOTS), np.inf)


def _predicted(
    x: Float[np.ndarray, " capacities"],
    y: Float[np.ndarray, "seeds capacities"],
    at: Float[np.ndarray, " places"],
    *,
    knots: Float[np.ndarray, " knots"],
) -> Float[np.ndarray, "seeds places"]:
    r"""Least squares of :math:`\alpha + \beta \min(x, x_0)` over all three, :math:`x_0` among the knots."""
    bent = np.minimum(x, knots[:, None])
    centre = bent.mean(axis=1, keepdims=True)
    spread = bent - centre
    # One slope for each knot and seed; a negative one would be a fall, which neither model has.
    slopes = (spread @ y.T) / (spread**2).sum(axis=1, keepdims=True)
    slopes = np.maximum(slopes, 0.0)
    means = y.mean(axis=1)
    residuals = y[None] - means[None, :, None] - slopes[:, :, None] * spread[:, None, :]
    best = (residuals**2).sum(axis=2).argmin(axis=0)
    seeds = np.arange(len(y))
    reached = np.minimum(at[None, :], knots[best][:, None]) - centre[best]
    return means[:, None] + slopes[best, seeds][:, None] * reached
