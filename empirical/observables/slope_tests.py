"""Tests on the slopes of independent seeds: against a given slope, and between two ways of training."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest, ttest_1samp

from empirical.measurement import Measurement
from empirical.observables.growth import mean_over_seeds


@dataclass(frozen=True)
class SlopeTest:
    """How compatible the slopes of the seeds are with one slope.

    Args:
        against: the slope that is tested.
        student: two-sided p-value of Student's t test: exact where slopes are normal over seeds.
        sign: two-sided p-value of the sign test, which asks only that the slope is the median over seeds.
    """

    against: float
    student: float
    sign: float

    def as_dict(self) -> Mapping[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def slope_test(slopes: Sequence[float], against: float) -> SlopeTest:
    r"""Tests whether the slopes of the seeds have this mean, and whether they have this median.

    Student's statistic is :math:`t = (\bar b - b_0) \sqrt n / s` with n - 1 degrees of freedom. The sign test
    counts the slopes above :math:`b_0` among those that differ from it, a fair coin where it is the median;
    with n seeds its p-value is never below :math:`2^{1-n}`.

    Raises:
        ValueError: fewer than two slopes.
    """
    if len(slopes) < 2:
        raise ValueError(f"a test over seeds needs at least two of them (got {len(slopes)}): add seeds.")
    off = np.asarray(slopes, dtype=float) - against
    if np.ptp(off) == 0:  # no spread: either exactly there or certainly not
        student = 1.0 if off[0] == 0 else 0.0
    else:
        student = float(ttest_1samp(off, 0.0).pvalue)
    above, other = int((off > 0).sum()), int((off != 0).sum())
    sign = float(binomtest(above, other).pvalue) if other else 1.0
    return SlopeTest(against=against, student=student, sign=sign)


def slope_difference(
    slopes: Sequence[float], others: Sequence[float], *, confidence: float = 0.95
) -> Measurement:
    r"""The mean over seeds of :math:`b_s - b'_s`, paired: seed s has its own luck in both.

    Raises:
        ValueError: fewer than two seeds, or slopes of other seeds.
    """
    if len(slopes) != len(others):
        raise ValueError(
            f"a paired difference needs the same seeds on both sides (got {len(slopes)} and {len(others)} "
            f"slopes): leave out the seeds that one side lacks."
        )
    differences = (np.asarray(slopes, dtype=float) - np.asarray(others, dtype=float)).tolist()
    return mean_over_seeds(
        "slope_difference", differences, confidence=confidence, parameters={"differences": differences}
    )


def equivalence(change: Measurement, margin: float) -> str:
    r"""Whether a change lies within :math:`\pm` margin by its whole interval, as one sentence.

    That no difference is significant shows no equality; an interval inside the margin does.
    """
    within = -margin <= change.lower and change.upper <= margin
    allowed = f"from {change.lower:+.2f} to {change.upper:+.2f}"
    if within:
        return f"equivalent: the interval, {allowed}, lies within ±{margin:g}"
    if change.lower > 0 or change.upper < 0:
        return f"the slope changes, by {change.value:+.2f}: the interval, {allowed}, leaves out 0"
    return f"not shown to be equivalent: the interval allows a change {allowed}, beyond ±{margin:g}"
