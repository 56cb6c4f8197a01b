r"""How well samples lie on a circle around 0, and how evenly round it."""

import numpy as np
from jaxtyping import Float

SECTORS = 8  # of the circle, of equal angle


def radius_error(samples: Float[np.ndarray, "n 2"], radius: float) -> float:
    r"""Mean of :math:`\big||x| - r\big|`: 0 on the circle, r where everything has collapsed to its centre.

    Raises:
        ValueError: there is no sample in the plane, or the radius is not positive.
    """
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples) or not radius > 0:
        raise ValueError(
            f"the distance from a circle needs samples in the plane and a positive radius (got samples of "
            f"shape {samples.shape} and {radius}): pass (n, 2) and 1.0."
        )
    return float(np.abs(np.linalg.norm(samples, axis=1) - radius).mean())


def angle_distance(samples: Float[np.ndarray, "n 2"], sectors: int = SECTORS) -> float:
    r"""Total variation :math:`\frac12 \sum_i |s_i - 1/k|` of the sectors' shares from equal ones.

    It is 0 for even samples and :math:`1 - 1/k` where all lie in one sector. The shares of n uniform samples
    are off by chance: their expected distance is about :math:`\sqrt{(k - 1)/(2 \pi n)}`.

    Raises:
        ValueError: there is no sample in the plane, or fewer than two sectors.
    """
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples) or sectors < 2:
        raise ValueError(
            f"shares of sectors need samples in the plane and at least two sectors (got samples of shape "
            f"{samples.shape} and {sectors}): pass (n, 2) and 8."
        )
    turn = np.arctan2(samples[:, 1], samples[:, 0]) / (2 * np.pi) % 1
    # A turn a rounding below 0 becomes 1.
    counts = np.bincount(np.minimum((turn * sectors).astype(int), sectors - 1), minlength=sectors)
    return float(np.abs(counts / len(samples) - 1 / sectors).sum() / 2)
