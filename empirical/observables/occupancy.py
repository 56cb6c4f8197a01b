"""How a sample divides among the places where the data are."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float

from empirical.measurement import Measurement
from empirical.observables.frequency import frequency

CONFIDENCE = Fraction(19, 20)  # of each share's two limits together


def occupancy(
    samples: Float[np.ndarray, "n d"],
    centres: Float[np.ndarray, "k d"],
    radius: float,
    parameters: Mapping[str, Any],
    seed: int,
) -> tuple[Measurement, ...]:
    """For each centre, the probability that a sample lies nearest to it and within this distance of it.

    The shares sum to less than 1 where samples lie far from all centres. A tie goes to the first centre.

    Args:
        samples: (n, d), independent draws.
        centres: (k, d), distinct points.
        radius: a positive distance.
        parameters: the setting, kept with the measurements.
        seed: of the samples.

    Raises:
        ValueError: the radius is not positive.
    """
    if not radius > 0:
        raise ValueError(f"the radius around a centre must be positive (got {radius}): pass 0.25, say.")
    distances = np.linalg.norm(samples[:, None, :] - centres[None, :, :], axis=2)
    nearest = distances.argmin(axis=1)
    nearest[distances.min(axis=1) > radius] = -1
    counts = [int((nearest == centre).sum()) for centre in range(len(centres))]
    return tuple(
        frequency(
            "occupancy",
            (count, count),
            len(samples),
            CONFIDENCE,
            parameters={**parameters, "centre": centre, "radius": radius},
            seed=seed,
            obtained=f"samples nearest to centre {centre} and within {radius:g} of it",
        )
        for centre, count in enumerate(counts)
    )
