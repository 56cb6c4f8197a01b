r"""The entropy of a generator's law from that of its latent, what it stretches, and what it folds together.

Of the latents z that a generator G maps to one point x, z has the conditional weight
:math:`w_z \propto \varphi(z) / |\det DG(z)|`. The chain rule gives

.. math:: h(X) = h(Z) + E \log|\det DG(Z)| - E\,H(w(X)), \qquad H(w) = -\sum_z w_z \log w_z .

The first two terms are finite sums over the regions of the mesh and an upper bound, attained where nothing
overlaps. The last is a mean of a bounded function, between 0 and the log of the number of regions: it has an
interval that holds for any number of draws, which the average of -log p has not.
"""

from math import e, log, pi

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.location import Location
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.polygon_mass import log_latent_mass
from empirical.measurement import Measurement
from empirical.observables.bounded_means import bounded_mean

# Masses err by 1e-13, relatively, and the entries of a region's derivative by a few hundred roundings.
ROUNDING = 2.0**-40


def latent_entropy(latent: Normal | Uniform) -> float:
    """h(Z) of two coordinates, nats."""
    return log(2 * pi * e) if isinstance(latent, Normal) else log(4)


def stretch(mesh: Mesh, latent: Normal | Uniform) -> float:
    """E log|det DG(Z)|, nats, over the regions of a mesh with two outputs, none of them collapsed."""
    return float(np.exp(log_latent_mass(mesh, latent)) @ np.log(np.abs(mesh.determinants)))


def folding(
    mesh: Mesh, latent: Normal | Uniform, location: Location, points: Float[np.ndarray, "n 2"]
) -> Float[np.ndarray, " n"]:
    """H(w(x)) at each point, nats; 0 where there is one preimage or none."""
    result = np.zeros(len(points))
    for point, region in location.covering(points):
        difference = points[point] - mesh.offset[region]
        (a, b), (c, d) = np.moveaxis(mesh.linear[region], 0, -1)
        solved = [d * difference[:, 0] - b * difference[:, 1], a * difference[:, 1] - c * difference[:, 0]]
        z = np.stack(solved, axis=1) / mesh.determinants[region][:, None]
        if isinstance(latent, Uniform):
            z = z.clip(-1, 1)  # a latent in the square's edge may be rounded across it
        logs = latent.log_density(z).sum(axis=1) - np.log(np.abs(mesh.determinants[region]))
        _add_entropies(result, point, logs)
    return result


def measure_entropy(
    mesh: Mesh, latent: Normal | Uniform, points: Float[np.ndarray, "n 2"], seed: int, confidence: float
) -> Measurement:
    """h(X), nats, of a generator none of whose regions collapse.

    Args:
        mesh: of the generator.
        latent: two coordinates.
        points: independent outputs.
        seed: of these outputs.
        confidence: of the interval.
    """
    closed = latent_entropy(latent) + stretch(mesh, latent)
    values = folding(mesh, latent, Location.among(mesh, np.arange(len(mesh))), points)
    folded = bounded_mean(values, 0.0, max(log(len(mesh)), ROUNDING), 1 - confidence)
    slack = ROUNDING * (1 + abs(closed) + _cancellation(mesh, latent))
    return Measurement(
        observable="entropy",
        value=closed - folded.value,
        lower=closed - folded.upper - slack,
        upper=closed - folded.lower + slack,
        confidence=confidence,
        unit="nats",
        seed=seed,
        obtained=(
            f"latent entropy plus mean log determinant, {closed:.6g} in closed form, less the entropy of the "
            f"preimages' weights, {folded.value:.6g} at {len(points):,} draws; empirical Bernstein interval"
        ),
    )


def _cancellation(mesh: Mesh, latent: Normal | Uniform) -> float:
    """The mean factor by which a relative error of the derivative's entries grows in its determinant."""
    (a, b), (c, d) = np.moveaxis(mesh.linear, 0, -1)
    growth = (np.abs(a * d) + np.abs(b * c)) / np.abs(mesh.determinants)
    return float(np.exp(log_latent_mass(mesh, latent)) @ growth)


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
    result[point[first]] = np.log(total) - np.add.reduceat(weights * logs, first) / total
