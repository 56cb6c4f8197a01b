r"""The standard normal probability of an interval, with relative accuracy however small it is.

For :math:`0 \le a` and a width w,

.. math:: \Phi(a + w) - \Phi(a) = \varphi(a) \int_0^w e^{-at - t^2/2}\,dt,

and an interval on the other side of 0 is its mirror image. The difference of two distribution functions would
lose every digit of a narrow interval, and all of an interval beyond 38.
"""

from math import inf, log, pi, sqrt

import numpy as np
from jaxtyping import Float
from scipy.special import erf, erfcx

HALF_LOG_TWO_PI = log(2 * pi) / 2
# On an interval over which the integrand falls by less than e^-1, twelve Gauss-Legendre nodes integrate
# exp(-at - t^2/2) to within rounding: the error term is below (1/2)^25 / 24! for the exponent of degree one,
# and no larger for degree two.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


def log_interval_mass(
    left: Float[np.ndarray, "*shape"], right: Float[np.ndarray, "*shape"], width: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """Log P(left < Z < right) of a standard normal Z, nats; the ends may be infinite.

    The width is asked for beside both ends: of a narrow interval far from 0 their difference has no digits.
    """
    bounded = np.where(np.isinf(width), 1.0, width)
    with np.errstate(divide="ignore"):
        return log_interval_mean(left, right, width) + np.log(bounded)


def log_interval_mean(
    left: Float[np.ndarray, "*shape"], right: Float[np.ndarray, "*shape"], width: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """Log of the mean of the standard normal density over the interval, nats; its log density at width 0.

    Over an infinite interval, whose mean is 0, it is the log of the mass instead.
    """
    near = np.maximum(left, -right)  # the distance from 0 of an interval on one side of it
    straddling = near < 0
    near = np.maximum(near, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        fall = width * (near + width / 2)  # the log of the density's ratio between the two ends
    fall = np.where(straddling, inf, np.where(width == 0, 0.0, fall))
    narrow = fall < 1
    wide = ~straddling & ~narrow

    result = np.empty(np.shape(near))
    result[straddling] = _straddling(left[straddling], right[straddling])
    with np.errstate(over="ignore"):  # an interval beyond 1e154 has the log probability -inf
        result[narrow] = _narrow(near[narrow], width[narrow])
        result[wide] = _wide(near[wide], width[wide], fall[wide])
    return result - np.log(np.where(narrow | np.isinf(width), 1.0, width))


def _straddling(left: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    # Both terms are positive: nothing cancels, however close the ends are to 0.
    return np.log((erf(right / sqrt(2)) + erf(-left / sqrt(2))) / 2)


def _narrow(near: Float[np.ndarray, " n"], width: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """The log of the mean, by Gauss-Legendre."""
    t = width[:, None] * (NODES + 1) / 2
    mean = np.exp(-t * (near[:, None] + t / 2)) @ (WEIGHTS / 2)
    return np.log(mean) - near**2 / 2 - HALF_LOG_TWO_PI


def _wide(
    near: Float[np.ndarray, " n"], width: Float[np.ndarray, " n"], fall: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    r"""The log of the mass, by the tail ratio :math:`R(a) = (1 - \Phi(a)) / \varphi(a)`, which falls in a.

    :math:`\Phi(a + w) - \Phi(a) = \varphi(a) (R(a) - e^{-f} R(a + w))` with the fall f at least 1: at most
    the share 1/e of the first term is taken away.
    """
    ratio = sqrt(pi / 2) * (erfcx(near / sqrt(2)) - np.exp(-fall) * erfcx((near + width) / sqrt(2)))
    return np.log(ratio) - near**2 / 2 - HALF_LOG_TWO_PI
