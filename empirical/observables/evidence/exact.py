"""The exact mean log likelihood of given points under a decoder with Gaussian noise."""

import numpy as np
from jaxtyping import Float

from empirical.densities.noisy.noisy_law import NoisyLaw
from empirical.measurement import Measurement

# Each region's term errs by at most 1e-13 of the density, and the exponents by a few roundings of their size.
TERM, ROUNDING = 1e-13, 2.0**-48


def exact_log_likelihood(law: NoisyLaw, x: Float[np.ndarray, "n d"]) -> Measurement:
    r""":math:`\frac1n \sum_i \log p(x_i)`, nats, by the closed form; the interval allows for its rounding."""
    logs = law.log_prob(x)
    value = float(logs.mean())
    error = TERM * len(law.cells.log_mass) + ROUNDING * float(1 + np.abs(logs).max())
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
