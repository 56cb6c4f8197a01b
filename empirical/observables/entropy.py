r"""The entropy of a generator's law from that of its latent, what it stretches, and what it folds together.

Of the latents z that a generator G maps to one point x, z has the conditional weight
:math:`w_z \propto \varphi(z) / |\det DG(z)|`. The chain rule gives

.. math:: h(X) = h(Z) + E \log|\det DG(Z)| - E\,H(w(X)), \qquad H(w) = -\sum_z w_z \log w_z .

The first two terms are finite sums over the regions of the mesh and an upper bound, attained where nothing
overlaps. The last is a mean of a bounded function, between 0 and the log of the number of regions: it has an
interval that holds for any number of draws, which the average of -log p has not. For a uniform latent the
density is constant on polygons, and the entropy a finite sum over these.
"""

from math import e, inf, log, pi

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.generator_law import GeneratorLaw
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.overlay import TooManyCells, uniform_sheets
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables.bounded_means import bounded_mean
from empirical.observables.overlay_divergences import sheets_entropy
from empirical.observables.shares import Effort

# Masses err by 1e-13, relatively, and the entries of a region's derivative by a few hundred roundings.
ROUNDING = 2.0**-40
CHUNK = 1 << 15  # points whose preimages are held at once
STANDARD = Effort()


def entropy(law: GeneratorLaw, *, effort: Effort = STANDARD) -> Measurement:
    r"""The differential entropy :math:`-\int p \log p` of a generator's law in the plane, nats.

    It is -inf where a part of the mass lies on lines or points.

    Args:
        law: from ``exact_density``, two latents and two outputs.
        effort: draws, seed and confidence, unless a finite sum gives the value.

    Raises:
        TypeError: the law is of another kind.
        RoadsDisagree: a density does not integrate to 1.
    """
    if not isinstance(law, PlaneLaw):
        raise TypeError(
            f"the entropy is known for a generator from the plane to the plane (got {type(law).__name__}): "
            f"pass exact_density(generator, Normal(2))."
        )
    singular = law.mass.singular + law.mass.atoms
    if singular > 0:
        how = f"mass {singular:.6g} lies on lines or points, where there is no density"
        return _measurement((-inf, -inf, -inf), 1.0, None, how)
    if isinstance(law.latent, Uniform):
        try:
            return sheets_entropy(uniform_sheets(law.mesh))
        except TooManyCells:
            pass  # too many for a sum, not for draws
    return drawn_entropy(law, effort)


def drawn_entropy(law: PlaneLaw, effort: Effort) -> Measurement:
    """The entropy of a law without lines and atoms, the folding term from draws."""
    closed = latent_entropy(law.latent) + law.log_volume_gain
    values = folding(law, law.sample(effort.samples, effort.seed))
    folded = bounded_mean(values, 0.0, max(log(len(law.mesh)), ROUNDING), 1 - effort.confidence)
    slack = ROUNDING * (1 + abs(closed) + _cancellation(law))
    return _measurement(
        (closed - folded.upper - slack, closed - folded.value, closed - folded.lower + slack),
        effort.confidence,
        effort.seed,
        f"latent entropy plus mean log determinant, {closed:.6g} in closed form, less the entropy of the "
        f"preimages' weights, {folded.value:.6g} at {effort.samples:,} draws; empirical Bernstein interval",
    )


def latent_entropy(latent: Normal | Uniform) -> float:
    """The entropy of two latent coordinates, nats."""
    return log(2 * pi * e) if isinstance(latent, Normal) else log(4)


def folding(law: PlaneLaw, points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
    """H(w(x)) at each point, nats; 0 where there is one preimage or none."""
    result = np.zeros(len(points))
    for start in range(0, len(points), CHUNK):
        found = law.preimages(points[start : start + CHUNK])
        # The log density of a uniform latent is the same for all preimages, those on the square's rim too.
        weights = law.latent.log_density(found.latent).sum(axis=1) if isinstance(law.latent, Normal) else 0.0
        _add_entropies(result[start : start + CHUNK], found.point, weights - law.log_volumes[found.region])
    return result


def _cancellation(law: PlaneLaw) -> float:
    """The mean factor by which a relative error of the derivative's entries grows in its determinant."""
    (a, b), (c, d) = np.moveaxis(law.mesh.linear, 0, -1)
    growth = (np.abs(a * d) + np.abs(b * c)) / np.abs(law.mesh.determinants)
    return float(np.exp(law.log_masses) @ growth)


def _add_entropies(
    result: Float[np.ndarray, " n"], point: Int[np.ndarray, " k"], logs: Float[np.ndarray, " k"]
) -> None:
    """Adds each point's entropy of the weights exp(logs), normalised; points are in increasing order."""
    if not len(point):
        return
    first = np.flatnonzero(np.diff(point, prepend=-1))
    sizes = np.diff(np.append(first, len(point)))
    logs = logs - np.repeat(np.maximum.reduceat(logs, first), sizes)
    weights = np.exp(logs)
    total = np.add.reduceat(weights, first)
    # H = log(sum) - sum(w log w) / sum of the unnormalised weights.
    result[point[first]] += np.log(total) - np.add.reduceat(weights * logs, first) / total


def _measurement(
    ends: tuple[float, float, float], confidence: float, seed: int | None, obtained: str
) -> Measurement:
    lower, value, upper = ends
    return Measurement(
        observable="entropy",
        value=value,
        lower=lower,
        upper=upper,
        confidence=confidence,
        unit="nats",
        seed=seed,
        obtained=obtained,
    )
