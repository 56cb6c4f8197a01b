"""How often something happened in independent trials, with exact limits."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from empirical.measurement import Measurement
from empirical.observables.binomial import clopper_pearson


def frequency(
    observable: str,
    hits: tuple[int, int],
    trials: int,
    confidence: Fraction,
    *,
    parameters: Mapping[str, Any],
    seed: int,
    obtained: str,
) -> Measurement:
    """A probability from counts, with Clopper-Pearson limits that hold together at this confidence.

    Args:
        observable: the name of the probability.
        hits: how many trials certainly succeeded, and how many possibly did: equal where each was decided.
        trials: number of independent trials.
        confidence: of the two limits together, strictly between 0 and 1.
        parameters: the setting, kept with the measurement.
        seed: of the trials.
        obtained: what a trial is.

    Raises:
        ValueError: the counts do not fit each other, or the confidence is out of its range.
    """
    certain, possible = hits
    if certain > possible:
        raise ValueError(
            f"what certainly happened also possibly did (got {certain} certain and {possible} possible "
            f"hits): pass the smaller number first."
        )
    each = (1 + confidence) / 2
    lower, _ = clopper_pearson(certain, trials, each)
    _, upper = clopper_pearson(possible, trials, each)
    counted = f"{certain}" if certain == possible else f"{certain} to {possible}"
    return Measurement(
        observable=observable,
        value=possible / trials,
        # A float next to a limit may lie inside it by one rounding: take the next one outwards.
        lower=math.nextafter(float(lower), 0),
        upper=math.nextafter(float(upper), 1),
        confidence=float(confidence),
        unit="probability",
        parameters=dict(parameters),
        seed=seed,
        obtained=f"{obtained}: {counted} of {trials}; exact Clopper-Pearson limits",
    )
