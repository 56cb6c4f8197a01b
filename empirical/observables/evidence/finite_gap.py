"""The gap between evidence and bound for a latent of finitely many values, with both laws in rationals."""

import math
from dataclasses import dataclass
from fractions import Fraction

import torch
from jaxtyping import Float

from empirical.measurement import Measurement
from empirical.observables.evidence.model import Guess, LatentModel, guess
from theory.laws import FiniteLaw


@dataclass(frozen=True)
class FiniteGap:
    """A guess and the posterior on the same latents, and the gap that was measured between them.

    Args:
        guess: q, as the encoder's density at the latents.
        posterior: p(z | x) for equally likely latents.
        gap: the log evidence less the evidence lower bound.
    """

    guess: FiniteLaw
    posterior: FiniteLaw
    gap: Measurement


def finite_gap(
    model: LatentModel,
    encoder: torch.nn.Module,
    x: Float[torch.Tensor, "1 d"],
    latents: Float[torch.Tensor, "m k"],
) -> FiniteGap:
    r"""The gap at one point when the latent is one of these values, each with probability 1/m.

    The log evidence is a log-sum-exp and the bound a sum of :math:`q_j (\log p(x, z_j) - \log q_j)`, both in
    float64; the divergence of the two laws is not used. The interval bounds their rounding.
    """
    said = guess(encoder, x)
    with torch.no_grad():
        joint = model.log_likelihood(x, latents[:, None])[:, 0] - math.log(len(latents))
    weights = _weights(said, latents)
    evidence = float(joint.logsumexp(dim=0))
    bound = float((weights * joint - torch.xlogy(weights, weights)).sum())  # 0 log 0 = 0
    # Each of m weights and exponents errs by a few roundings of the largest exponent; the entropy is at most
    # log m.
    size = float(1 + joint.abs().max()) + math.log(len(latents))
    error = 2.0**-52 * (len(latents) + 8) * size
    return FiniteGap(
        _rational(weights),
        _rational((joint - joint.max()).exp()),
        Measurement(
            observable="evidence_gap",
            value=evidence - bound,
            lower=evidence - bound - error,
            upper=evidence - bound + error,
            confidence=1.0,
            unit="nats",
            parameters={"latents": len(latents), "x": x[0].tolist()},
            obtained="log-sum-exp of the joint density less the bound; the interval bounds rounding",
        ),
    )


def _weights(said: Guess, latents: Float[torch.Tensor, "m k"]) -> Float[torch.Tensor, " m"]:
    return said.log_density(latents[:, None])[:, 0].softmax(dim=0)


def _rational(weights: Float[torch.Tensor, " m"]) -> FiniteLaw:
    """The law that these float64 numbers amount to, divided by their exact sum."""
    exact = [Fraction(weight) for weight in weights.tolist()]
    return FiniteLaw(weight / sum(exact) for weight in exact)
