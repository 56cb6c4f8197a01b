"""The interval of a mean over given points, each of which was estimated several times."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from scipy.stats import t as student

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
    :math:`n^{-2} R^{-1} \sum_i s_i^2` with :math:`s_i^2` the sample variance at point i. The interval is that
    of Student's t with Welch's number of degrees of freedom,
    :math:`(R - 1) (\sum_i s_i^2)^2 / \sum_i s_i^4`: right for normal repetitions at one point, and close to
    the normal interval for many.

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
    variances = values.var(dim=0)
    total = float(variances.sum())
    # Without any spread the number of degrees of freedom says nothing, and the interval has no width.
    freedom = (repetitions - 1) * total**2 / float(variances.square().sum()) if total > 0 else 1.0
    half = float(student.isf((1 - CONFIDENCE) / 2, freedom)) * math.sqrt(total / repetitions) / n
    return Measurement(
        observable=observable,
        value=value,
        lower=value - half,
        upper=value + half,
        confidence=CONFIDENCE,
        unit="nats",
        parameters={**parameters, "points": n, "repetitions": repetitions},
        seed=seed,
        obtained=f"{obtained}; mean over the points, with Student's interval for the repetitions",
    )
