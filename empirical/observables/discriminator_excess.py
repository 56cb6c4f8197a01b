r"""How much less a trained discriminator earns than the optimal one, :math:`V(D^*) - V(D)`.

With the share :math:`s = D^*(x) = p/(p+q)` of the data in the density, the payoff is lost point by point:

.. math:: V(D^*) - V(D) = E_p[k] + E_q[k], \quad k = s \log\frac{s}{D} + (1-s) \log\frac{1-s}{1-D} \ge 0 ,

a relative entropy of two coins. That is :math:`2\,JSD - \log 4 - V(D)`, but no difference of large numbers:
each draw contributes what is lost there, and a discriminator that is optimal loses exactly nothing.
"""

from collections.abc import Callable
from math import log

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import expit, rel_entr

from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables.bounded_means import Mean, bounded_mean
from empirical.observables.shares import Effort, Shares, check_balance, shares
from empirical.observables.sides import Side, side
from empirical.targets import GaussianMixture

CLIP = 1e-6  # outputs are kept this far from 0 and 1: the clipped D is a discriminator too, of bounded loss
MOST = -log(CLIP)  # nats that it can lose at a point

Logits = Callable[[torch.Tensor], torch.Tensor]


Planar = PlaneLaw | FlowLaw | GaussianMixture
STANDARD = Effort()


def discriminator_excess(
    logits: Logits, data: Planar, model: Planar, *, effort: Effort = STANDARD
) -> Measurement:
    r"""What a trained discriminator, clipped to [1e-6, 1 - 1e-6], earns less than the optimal one, nats.

    Args:
        logits: maps float64 points (n, 2) to the discriminator's logits, (n,) or (n, 1).
        data: p, the law of real samples in the plane: a mixture, or from ``exact_density``.
        model: q, the generator's law.
        effort: draws, seed and confidence.

    Raises:
        ValueError: a law lives elsewhere, or the discriminator gives another number of logits, or NaN.
        RoadsDisagree: a density does not integrate to its mass.
    """
    return excess(logits, side(data), side(model), effort)


def optimal_logit(data: Planar, model: Planar, points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
    r"""The logit of :math:`D^* = p/(p + q)`, :math:`\log p - \log q`, nats; NaN where both laws vanish.

    >>> from empirical.targets import RING
    >>> float(optimal_logit(RING, RING, np.array([[1.0, 0.0]]))[0])
    0.0
    """
    with np.errstate(invalid="ignore"):
        return side(data).log_density(points) - side(model).log_density(points)


def excess(logits: Logits, data: Side, model: Side, effort: Effort) -> Measurement:
    """The same, of two laws as their draws and densities."""
    real, fake = (
        law.draw(effort.samples, seed) for law, seed in zip((data, model), effort.seeds, strict=True)
    )
    error = (1 - effort.confidence) / 4  # of two means, and of the two behind the balance
    at_real, at_fake = shares(data, model, real, True), shares(data, model, fake, False)
    check_balance(at_real, at_fake, error)
    total, clipped = Mean(0.0, 0.0, 0.0), 0
    for points, at in ((real.points, at_real), (fake.points, at_fake)):
        outputs, complements = _outputs(logits, points)
        clipped += int((np.minimum(outputs, complements) < CLIP).sum())
        total += bounded_mean(_lost(at, outputs, complements), 0.0, MOST, error)
    return Measurement(
        observable="discriminator_excess",
        value=total.value,
        lower=total.lower,
        upper=total.upper,
        confidence=effort.confidence,
        unit="nats",
        seed=effort.seed,
        obtained=(
            f"relative entropy of D* from D at {effort.samples:,} draws of each law, outputs clipped to "
            f"[{CLIP:g}, 1 - {CLIP:g}] ({clipped} were); empirical Bernstein intervals"
        ),
    )


def _lost(
    at: Shares, outputs: Float[np.ndarray, " n"], complements: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    low, high = CLIP, 1 - CLIP
    lost = rel_entr(at.of_p, outputs.clip(low, high)) + rel_entr(at.of_q, complements.clip(low, high))
    return np.maximum(lost, 0.0)  # -1e-17 where D is D* to rounding


def _outputs(
    logits: Logits, points: Float[np.ndarray, "n 2"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """D and 1 - D."""
    with torch.no_grad():
        values = logits(torch.from_numpy(points)).double().cpu().numpy()
    if values.size != len(points) or np.isnan(values).any():
        raise ValueError(
            f"the discriminator must give one logit per point (got shape {values.shape} for {len(points)} "
            f"points, {int(np.isnan(values).sum())} of them NaN): end it with one output, without a sigmoid."
        )
    return expit(values.reshape(-1)), expit(-values.reshape(-1))
