"""Equally likely Gaussians, equally spaced on a circle."""

import math

from empirical.targets.finite import equal_weights
from empirical.targets.mixture import GaussianMixture


def ring(count: int = 8, radius: float = 1.0, sigma: float = 0.01) -> GaussianMixture:
    r"""Modes at the angles :math:`2\pi i / n`, so that the last does not fall on the first.

    The name stands for several data sets; radius 1 and sigma 0.01 are those of the packing study.

    Raises:
        ValueError: fewer than one mode, or a sigma that is not positive.

    Source:
        lin2018pacgan, Table 1.
    """
    if count < 1:
        raise ValueError(f"a ring needs at least one mode (got {count}): pass 8 for the usual one.")
    angles = [2 * math.pi * i / count for i in range(count)]
    centres = tuple((radius * math.cos(angle), radius * math.sin(angle)) for angle in angles)
    return GaussianMixture("ring", centres, sigma, equal_weights(count))


RING = ring()
