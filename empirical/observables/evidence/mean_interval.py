"""The interval of a mean over given points, each of which was estimated several times."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from scipy.stats import norm

from empirical.measurement import Measurement

CONFIDENCE = 0.999


def mean_over_points(
    values: Float[torch.Tensor, "repetitions n"],
    observable: str,
    parameters: Mapping[str, Any],
    seed: int,
    obtained: str,
) -> Measurement:
    r"""The mean over the points of the expectation of each one's independent repetitions, nats.

    The points are given, so only the repetitions are random: the variance of the mean is
    :math:`n^{-2} R^{-1} \sum_i s_i^2` with :math:`s_i^2` the sample variance at point i. The interval is the
    normal one, which is asymptotic in n R.

    Raises:
        ValueError: fewer than two repetitions, or values that are not finite.
    """
    repetitions, n = values.shape
    if repetitions < 2 or not torch.isfinite(values).all():
        raise ValueError(
            f"an interval needs at least two finite repetitions at each point (got {repetitions}, "
            f"{int((~torch.isfinite(values)).sum())} values not finite): repeat more often."
        )
    value = float(values.mean())
    error = math.sqrt(float(values.var(dim=0).sum()) / repetitions) / n
    half = float(norm.isf((1 - CONFIDENCE) / 2)) * error
    return Measurement(
        observable=observable,
        value=value,
        lower=value - half,
        upper=value + half,
        confidence=CONFIDENCE,
        unit="nats",
        parameters={**parameters, "points": n, "repetitions": repetitions},
        seed=seed,
        obtained=f"{obtained}; mean over the points, with a normal interval for the repetitions",
    )
