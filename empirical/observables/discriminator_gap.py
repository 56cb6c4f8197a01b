r"""How far a discriminator is from the best one, :math:`D^*(x) = p(x)/(p(x) + q(x))`."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float

from empirical.densities import AtomicLaw, LineLaw
from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables.divergences import Law, aligned, as_exact
from empirical.targets import Target

Discriminator = Callable[[torch.Tensor], torch.Tensor]

# D* of two rationals is rounded once; a quotient of densities carries the error of two logarithms, whose
# size stays below a few thousand.
ROUNDING_OF_WEIGHTS, ROUNDING_OF_DENSITIES = 2.0**-52, 2.0**-40


def discriminator_gap(discriminator: Discriminator, data: Law, model: Law) -> Measurement:
    r""":math:`\max_x |D(x) - D^*(x)|` over all atoms of two finite laws.

    Args:
        discriminator: maps float64 points (n, d) to probabilities, (n,) or (n, 1).
        data: p, the law of real samples: a target with atoms, or an exact density on finitely many latents.
        model: q, the generator's law, of the same kind.

    Raises:
        TypeError: a law has a density, or no points.
        ValueError: the laws live in different dimensions, or the outputs are no probabilities.
    """
    p, q = as_exact(data), as_exact(model)
    if not (isinstance(p, AtomicLaw) and isinstance(q, AtomicLaw)):
        raise TypeError(
            f"the gap over all atoms needs two laws on finitely many points (got {type(data).__name__} and "
            f"{type(model).__name__}): use discriminator_gap_at with points of your choice."
        )
    p_weights, q_weights, atoms = aligned(p, q)
    shares = [
        (index, float(a / (a + b)))
        for index, (a, b) in enumerate(zip(p_weights.weights, q_weights.weights, strict=True))
        if a + b > 0  # elsewhere every output is optimal
    ]
    reached = atoms[[index for index, _ in shares]]
    best = np.array([share for _, share in shares])
    gap = float(np.abs(_outputs(discriminator, reached) - best).max())
    return Measurement(
        observable="discriminator_gap",
        value=gap,
        lower=max(0.0, gap - ROUNDING_OF_WEIGHTS),
        upper=gap + ROUNDING_OF_WEIGHTS,
        confidence=1.0,
        unit="1",
        obtained=f"maximum over all {len(shares)} atoms, the optimum in exact rationals",
    )


def discriminator_gap_at(
    discriminator: Discriminator, data: Law, model: Law, points: Float[np.ndarray, "n d"]
) -> Measurement:
    r"""A lower bound of :math:`\sup_x |D(x) - D^*(x)|`: its maximum over given points, of two densities.

    Args:
        discriminator: maps float64 points (n, d) to probabilities, (n,) or (n, 1).
        data: p, an exact density on the line or in the plane, or a target with a log density.
        model: q, of the same kind.
        points: where to look.

    Raises:
        TypeError: a law has no density.
        ValueError: the outputs are no probabilities, or both laws vanish or have an atom at a point.
    """
    best = optimal_discriminator(data, model, points)
    undefined = int(np.isnan(best).sum())
    if undefined:
        raise ValueError(
            f"the optimum is no quotient of densities where both laws vanish or have an atom (at {undefined} "
            f"of {len(best)} points): choose other points in the support of one of them."
        )
    gap = float(np.abs(_outputs(discriminator, points) - best).max())
    return Measurement(
        observable="discriminator_gap",
        value=gap,
        lower=max(0.0, gap - ROUNDING_OF_DENSITIES),
        upper=1.0,
        confidence=1.0,
        unit="1",
        obtained=f"maximum over {len(best)} points, which bounds the supremum from below; no gap exceeds 1",
    )


def optimal_discriminator(data: Law, model: Law, points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    r""":math:`p/(p + q)` of two densities at each point; NaN where both are zero or both infinite.

    Raises:
        TypeError: a law has no density.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return 1 / (1 + np.exp(_log_density(model, points) - _log_density(data, points)))


def _log_density(law: Law, points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    if isinstance(law, LineLaw | PlaneLaw | FlowLaw):
        return law.log_prob(points)
    if isinstance(law, Target):  # one without a density says so itself
        return law.log_density(torch.from_numpy(points)).numpy()
    raise TypeError(
        f"a {type(law).__name__} has atoms and no density: use discriminator_gap, which compares on atoms."
    )


def _outputs(discriminator: Discriminator, points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    with torch.no_grad():
        outputs = discriminator(torch.from_numpy(points)).double().cpu().numpy()
    if outputs.size != len(points):
        raise ValueError(
            f"the discriminator must give one probability per point (got shape {outputs.shape} for "
            f"{len(points)} points): end it with one output."
        )
    if not ((outputs >= 0) & (outputs <= 1)).all():
        raise ValueError(
            f"the discriminator must give probabilities (got values from {outputs.min():.3g} to "
            f"{outputs.max():.3g}): apply torch.sigmoid to its logits."
        )
    return outputs.reshape(len(points))
