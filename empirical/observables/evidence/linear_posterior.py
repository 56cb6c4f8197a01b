r"""What an encoder says of the posterior of a linear decoder, enclosed by the gap that its bound leaves.

For a linear decoder the evidence lower bound of a normal guess is a closed form, and no bound exceeds the
exact log evidence: the best bound lies between the two. Their difference bounds the divergence of the guess
from the posterior, and by it the posterior's moments. For a normal guess N(m, v) and a normal posterior
N(m*, v*) of one coordinate with v* at most 1, the variance of the prior,

.. math:: KL = \tfrac12 \Big(\tfrac{v}{v^*} - 1 - \log \tfrac{v}{v^*}\Big) + \frac{(m - m^*)^2}{2 v^*},

so that :math:`|m - m^*| \le \sqrt{2\,KL}`, and :math:`v/v^*` lies between the two roots of
:math:`r - 1 - \log r = 2\,KL`.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import lambertw

from empirical.densities.noisy.noisy_law import NoisyLaw
from empirical.measurement import Measurement
from empirical.observables.evidence.exact import exact_log_likelihood
from empirical.observables.evidence.model import LOG_TWO_PI, Guess, guess


@dataclass(frozen=True)
class LinearPosterior:
    """Three measurements at one point.

    Args:
        bound: the largest evidence lower bound of any guess.
        mean: of the posterior.
        variance: of the posterior.
    """

    bound: Measurement
    mean: Measurement
    variance: Measurement


def linear_posterior(law: NoisyLaw, encoder: torch.nn.Module, x: float) -> LinearPosterior:
    """Encloses the best bound at a point, and the posterior's moments, for one latent and one output.

    Raises:
        ValueError: the decoder is not linear, or has not one latent coordinate and one output.
    """
    if law.latent.dim != 1 or law.dim != 1 or len(law.cells.log_mass) != 1:
        raise ValueError(
            f"a linear posterior needs one latent, one output and a linear decoder (got {law.latent.dim}, "
            f"{law.dim} and {len(law.cells.log_mass)} pieces): train with MLP((1, 1))."
        )
    point = np.array([[x]])
    evidence = exact_log_likelihood(law, point)
    said = guess(encoder, torch.from_numpy(point))
    lower = float(closed_form_bound(law, said, torch.from_numpy(point)))
    lower -= evidence.upper - evidence.value  # the same allowance for rounding, of numbers of the same size
    gap = max(0.0, evidence.upper - lower)
    mean, variance = float(said.mean), float(said.log_variance.exp())
    low, high = _variance_ratios(gap)
    parameters = {"x": x, "gap": gap}
    bound = replace(
        evidence,
        observable="best_lower_bound",
        value=(lower + evidence.upper) / 2,
        lower=lower,
        parameters=parameters,
        obtained="between the trained encoder's bound, in closed form, and the exact log evidence",
    )
    how = "the encoder's, give or take what its gap to the exact log evidence allows"
    radius = math.sqrt(2 * gap)
    return LinearPosterior(
        bound,
        _enclosure("posterior_mean", mean - radius, mean, mean + radius, parameters, how),
        _enclosure("posterior_variance", variance / high, variance, variance / low, parameters, how),
    )


def closed_form_bound(law: NoisyLaw, said: Guess, x: Float[torch.Tensor, "n d"]) -> Float[torch.Tensor, " n"]:
    r"""The evidence lower bound of a normal guess for a linear decoder :math:`z \mapsto Az + b`, nats.

    :math:`E_q |x - Az - b|^2 = |x - Am - b|^2 + \sum_j |A_j|^2 v_j`, with the columns :math:`A_j`.
    """
    (layer,) = law.layers
    weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
    squares = (x - said.mean @ weight.T - bias).square().sum(dim=1)
    squares = squares + said.log_variance.exp() @ weight.square().sum(dim=0)
    normalisation = law.dim * (math.log(law.noise) + LOG_TWO_PI / 2)
    return -squares / (2 * law.noise**2) - normalisation - said.divergence


def _variance_ratios(gap: float) -> tuple[float, float]:
    """The two roots r of r - 1 - log r = 2 gap, by Lambert's function: -r e^-r = -e^(-1 - 2 gap)."""
    at = -math.exp(-1 - 2 * gap)
    return float(-lambertw(at, 0).real), float(-lambertw(at, -1).real)


def _enclosure(
    observable: str, lower: float, value: float, upper: float, parameters: dict[str, float], how: str
) -> Measurement:
    return Measurement(
        observable=observable,
        value=value,
        lower=lower,
        upper=upper,
        confidence=1.0,
        unit="1",
        parameters=parameters,
        obtained=how,
    )
