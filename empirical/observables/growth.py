r"""How a support grows with capacity: the exponent b of support = a capacity^b, from seed to seed."""

from collections.abc import Mapping, Sequence
from enum import Enum
from statistics import fmean

import numpy as np
from scipy.stats import t as student

from empirical.measurement import Measurement


class Growth(Enum):
    """What the interval of an exponent says about 0 and about 1; the value is the sentence shown."""

    NONE = "no growth is seen: the interval holds 0 and not 1"
    SLOWER = "the support grows, more slowly than in proportion: the interval lies between 0 and 1"
    PROPORTIONAL = "the support grows, and proportion is compatible: the interval holds 1 and not 0"
    FASTER = "the support grows faster than in proportion: the interval lies above 1"
    SHRINKING = "the support shrinks: the interval lies below 0"
    UNDECIDED = "the seeds do not decide: the interval holds both 0 and 1"


def mean_over_seeds(
    observable: str,
    values: Sequence[float | int],
    *,
    confidence: float = 0.95,
    parameters: Mapping[str, object] | None = None,
) -> Measurement:
    r"""The mean of one number per seed with Student's interval, :math:`\bar v \pm t_{n-1} s / \sqrt n`.

    The seeds are independent, whatever is shared inside one; the interval has its confidence where the
    numbers are normally distributed over seeds.

    Raises:
        ValueError: fewer than two seeds, which leave the spread unknown.
    """
    if len(values) < 2:
        raise ValueError(f"an interval over seeds needs at least two of them (got {len(values)}): add seeds.")
    spread = float(np.std(values, ddof=1))
    half = float(student.ppf((1 + confidence) / 2, len(values) - 1)) * spread / len(values) ** 0.5
    mean = fmean(values)
    return Measurement(
        observable=observable,
        value=mean,
        lower=mean - half,
        upper=mean + half,
        confidence=confidence,
        unit="1",
        parameters=dict(parameters or {}),
        obtained=f"mean of {len(values)} seeds with Student's interval",
    )


def geometric_mean_over_seeds(
    observable: str, values: Sequence[float | int], *, confidence: float = 0.95, unit: str = "1"
) -> Measurement:
    """The geometric mean of one positive number per seed, with Student's interval for the mean logarithm.

    Raises:
        ValueError: fewer than two seeds, or a number that is not positive.
    """
    if min(values, default=1.0) <= 0:
        raise ValueError(f"a geometric mean needs positive numbers (got {min(values)}): drop the others.")
    logarithm = mean_over_seeds(observable, np.log(values).tolist(), confidence=confidence)
    # exp is monotone, but rounds: the mean must not fall outside an interval without width.
    value = float(np.exp(logarithm.value))
    return Measurement(
        observable=observable,
        value=value,
        lower=min(value, float(np.exp(logarithm.lower))),
        upper=max(value, float(np.exp(logarithm.upper))),
        confidence=confidence,
        unit=unit,
        obtained=f"geometric mean of {len(values)} seeds, Student's interval on the logarithms",
    )


def growth_exponent(
    capacities: Sequence[float | int], supports: Sequence[Sequence[float | int]], *, confidence: float = 0.95
) -> Measurement:
    r"""The slope of log support against log capacity, one least-squares line per seed.

    .. math:: b_s = \frac{\sum_i (x_i - \bar x) \log m_{si}}{\sum_i (x_i - \bar x)^2}, \quad x_i = \log c_i

    The interval is Student's over the slopes of the seeds: points of one seed share their generator's luck,
    so pooling them would count it many times. It answers for the spread over seeds, not for curvature.

    Args:
        capacities: positive numbers, at least two different ones.
        supports: for each seed, one positive number per capacity.
        confidence: of the interval.

    Raises:
        ValueError: fewer than two seeds or capacities, rows of another length, or a number that is not
            positive.
    """
    rows = np.array([list(row) for row in supports], dtype=float)
    sizes = np.array(list(capacities), dtype=float)
    if rows.ndim != 2 or rows.shape[1] != len(sizes) or len(set(capacities)) < 2:
        raise ValueError(
            f"a slope needs at least two capacities and one support for each in every seed (got "
            f"{len(sizes)} capacities and rows of {sorted({len(row) for row in supports})}): drop the "
            f"capacities that some seed lacks."
        )
    if not (np.all(rows > 0) and np.all(sizes > 0)):
        raise ValueError("a logarithmic slope needs positive capacities and supports: drop the others.")
    x = np.log(sizes) - np.log(sizes).mean()
    slopes = np.log(rows) @ x / (x @ x)
    return mean_over_seeds(
        "growth_exponent",
        slopes.tolist(),
        confidence=confidence,
        parameters={"capacities": list(capacities), "slopes": slopes.tolist()},
    )


def lack_of_fit(capacities: Sequence[float | int], supports: Sequence[Sequence[float | int]]) -> float:
    r"""The factor within which one power fits the geometric means over seeds, :math:`\exp \max_i |r_i|`.

    The residuals :math:`r_i` are those of the least-squares line through the mean logarithms; its slope is
    the mean of the slopes of the seeds. 1 is a perfect fit.
    """
    x, y = np.log(np.asarray(capacities, dtype=float)), np.log(np.asarray(supports, dtype=float)).mean(axis=0)
    slope, height = np.polyfit(x - x.mean(), y, 1)
    return float(np.exp(np.abs(y - height - slope * (x - x.mean())).max()))


def growth(exponent: Measurement) -> Growth:
    """What the interval of a measured exponent says about no growth and about growth in proportion."""
    holds_zero = exponent.lower <= 0 <= exponent.upper
    holds_one = exponent.lower <= 1 <= exponent.upper
    match holds_zero, holds_one:
        case True, True:
            return Growth.UNDECIDED
        case True, False:
            return Growth.NONE
        case False, True:
            return Growth.PROPORTIONAL
    if exponent.upper < 0:
        return Growth.SHRINKING
    return Growth.FASTER if exponent.lower > 1 else Growth.SLOWER
