r"""Discriminators of one cosine neuron, :math:`h_v(x) = (1 + \cos\langle v, x\rangle)/2`, against the circle.

Their values lie in [0, 1], an interval of length w = 1. With :math:`\|x\| = 1` on the unit circle

.. math:: |h_v(x) - h_{v'}(x)| \le \tfrac12 |\langle v - v', x\rangle| \le \tfrac12 \|v - v'\|,

so they are :math:`\Lambda`-Lipschitz in v with :math:`\Lambda = 1/2`, and not with less (v and v' near an
odd multiple of pi/2 along x). The mean of the cosine over the uniform law :math:`\mu` on the circle is
Bessel's function: :math:`E_\mu h_v = (1 + J_0(\|v\|))/2`.
"""

from fractions import Fraction

import numpy as np
from jaxtyping import Float
from scipy.special import j0

from empirical.observables.supremum import supremum

RANGE_WIDTH = 1
LIPSCHITZ = Fraction(1, 2)
ROUNDING = 2.0**-40  # far above the rounding of a mean of cosines, far below every epsilon
BLOCK = 1 << 21  # cosines at once: 16 MiB


def advantages(
    parameters: Float[np.ndarray, "k 2"], draws: Float[np.ndarray, "m 2"]
) -> Float[np.ndarray, " k"]:
    r"""For each neuron, :math:`|E_\mu h_v - \frac1m \sum_i h_v(x_i)|` against draws from the circle."""
    rows = max(1, BLOCK // len(draws))
    means = [
        np.cos(parameters[start : start + rows] @ draws.T).mean(axis=1)
        for start in range(0, len(parameters), rows)
    ]
    return np.abs(j0(np.linalg.norm(parameters, axis=1)) - np.concatenate(means)) / 2


def largest_advantage(
    draws: Float[np.ndarray, "m 2"], radius: float, epsilon: float, tolerance: float
) -> tuple[float, float]:
    r"""Encloses :math:`\sup_{\|v\| \le R} |E_\mu h_v - E_{\hat\mu} h_v|` for points of the unit circle.

    Both means are :math:`\Lambda`-Lipschitz, so their difference is :math:`2\Lambda`-Lipschitz. How far the
    supremum is below epsilon is not found out: an upper end below it says that the draws fool all neurons.
    """
    return supremum(
        lambda v: advantages(v, draws),
        2,
        radius,
        2 * float(LIPSCHITZ),
        tolerance=tolerance,
        level=epsilon - ROUNDING,
    )
