r"""What a trained discriminator earns on fresh samples, beside what the best one would.

Its payoff is :math:`V(D) = E_p \log D + E_q \log(1 - D)`; its loss is -V(D), which is :math:`2 \log 2` for a
discriminator that answers 1/2 everywhere. No discriminator earns more than :math:`2\,JSD - \log 4`, so the
payoff bounds the divergence from below by :math:`(V(D) + \log 4)/2`, and from below only: a loss of
:math:`2 \log 2` says nothing about how far the two laws are apart.
"""

from collections.abc import Callable, Mapping
from math import log
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import expit

from empirical.measurement import Measurement
from empirical.observables.bounded_means import bounded_mean

CLIP = 1e-6  # outputs are kept this far from 0 and 1: the clipped D is a discriminator too, of bounded payoff
ERROR = 1e-3  # probability with which the interval may miss the payoff

Logits = Callable[[torch.Tensor], torch.Tensor]


def discriminator_payoff(
    logits: Logits,
    real: Float[np.ndarray, "n d"],
    fake: Float[np.ndarray, "m d"],
    parameters: Mapping[str, Any],
    seed: int,
) -> Measurement:
    """V(D) of the clipped discriminator, nats, from independent samples that it was not trained on.

    Args:
        logits: maps float64 points (n, d) to the discriminator's logits, (n, 1).
        real: samples of the data.
        fake: samples of the generator.
        parameters: the setting, kept with the measurement.
        seed: of the samples.
    """
    on_real, on_fake = _outputs(logits, real), _outputs(logits, fake)
    clipped = sum(int(((x < CLIP) | (x > 1 - CLIP)).sum()) for x in (on_real, on_fake))
    low, high = log(CLIP), log(1 - CLIP)
    total = bounded_mean(np.log(on_real.clip(CLIP, 1 - CLIP)), low, high, ERROR / 2) + bounded_mean(
        np.log1p(-on_fake.clip(CLIP, 1 - CLIP)), low, high, ERROR / 2
    )
    return Measurement(
        observable="discriminator_payoff",
        value=total.value,
        lower=total.lower,
        upper=total.upper,
        confidence=1 - ERROR,
        unit="nats",
        parameters=dict(parameters),
        seed=seed,
        obtained=(
            f"average over {len(real):,} fresh samples of the data and {len(fake):,} of the generator, "
            f"outputs clipped to [{CLIP:g}, 1 - {CLIP:g}] ({clipped} were); empirical Bernstein interval"
        ),
    )


def least_jensen_shannon(payoff: Measurement) -> Measurement:
    r""":math:`(V(D) + \log 4)/2`, nats: the divergence that a discriminator has shown, a lower bound.

    It is negative for a discriminator that is worse than answering 1/2.
    """
    value, lower, upper = ((end + log(4)) / 2 for end in (payoff.value, payoff.lower, payoff.upper))
    return Measurement(
        observable="least_jensen_shannon",
        value=value,
        lower=lower,
        upper=upper,
        confidence=payoff.confidence,
        unit="nats",
        parameters=payoff.parameters,
        seed=payoff.seed,
        obtained=f"half of log 4 plus the payoff: {payoff.obtained}",
    )


def payoff_excess(jensen_shannon: Measurement, payoff: Measurement) -> Measurement:
    r""":math:`2\,JSD - \log 4 - V(D)`, nats: what the discriminator leaves to the best one; never negative.

    It holds with the probability with which both intervals hold, by the union bound.
    """
    ends = [2 * end - log(4) for end in (jensen_shannon.value, jensen_shannon.lower, jensen_shannon.upper)]
    value, lower, upper = (
        best - earned for best, earned in zip(ends, (payoff.value, payoff.upper, payoff.lower), strict=True)
    )
    return Measurement(
        observable="discriminator_excess",
        value=value,
        lower=lower,
        upper=upper,
        confidence=jensen_shannon.confidence + payoff.confidence - 1,
        unit="nats",
        parameters=payoff.parameters,
        seed=payoff.seed,
        obtained="2 JSD - log 4 of the exact laws, less the payoff on fresh samples",
    )


def _outputs(logits: Logits, points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    with torch.no_grad():
        found = logits(torch.from_numpy(points)).double().cpu().numpy()
    if found.size != len(points):
        raise ValueError(
            f"the discriminator must give one logit per point (got shape {found.shape} for {len(points)} "
            f"points): end it with torch.nn.Linear(..., 1)."
        )
    if not np.isfinite(found).all():
        raise ValueError(
            "the discriminator's logits must be finite (got NaN or infinity): check its parameters, and "
            "train it again with a smaller learning rate."
        )
    return expit(found.reshape(-1))
