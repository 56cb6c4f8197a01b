"""The exact mean log likelihood of given points under a decoder with Gaussian noise."""

from math import log, pi

import numpy as np
from jaxtyping import Float

from empirical.densities.latents import Uniform
from empirical.densities.noisy.noisy_law import NoisyLaw
from empirical.measurement import Measurement

# Each region's term errs by at most 1e-13 of the density, and the exponents by a few roundings of their size.
TERM, ROUNDING = 1e-13, 2.0**-48
# What a normal law that stands for a uniform one on each polygon takes from the density: ``PolygonCells``.
STAND_IN = 5e-11


def exact_log_likelihood(law: NoisyLaw, x: Float[np.ndarray, "n d"]) -> Measurement:
    r""":math:`\frac1n \sum_i \log p(x_i)`, nats, by the closed form; the interval allows for its errors.

    Rounding the coordinates moves a residual of r noises by :math:`\delta`, some roundings of the largest
    coordinate over the noise, and the exponent by :math:`r \delta` and by what a polygon's edge moves. Two
    latents that are uniform err by 5e-11 more, from below only.
    """
    logs = law.log_prob(x)
    value = float(logs.mean())
    exponents = np.abs(logs + law.dim * (log(law.noise) + log(2 * pi) / 2)).max()
    shift = ROUNDING * max(law.cells.scale, float(np.abs(x).max())) / law.noise
    error = TERM * len(law.cells.log_mass) + ROUNDING * float(1 + np.abs(logs).max())
    error += shift * float(1 + np.sqrt(2 * exponents))
    if law.latent == Uniform(2):
        error += STAND_IN
    return Measurement(
        observable="log_likelihood",
        value=value,
        lower=value - error,
        upper=value + error,
        confidence=1.0,
        unit="nats",
        parameters={"points": len(x), "regions": len(law.cells.log_mass), "noise": law.noise},
        obtained="closed form: a sum of Gaussian probabilities over the decoder's regions",
    )
