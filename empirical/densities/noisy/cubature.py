r"""The density of a noisy decoder as an integral over latents, by cubature on simplices that are cut finely.

.. math:: p(x) = \int \varphi(z)\, N(x; G(z), \sigma^2 I)\, dz,

with G computed layer by layer. Each simplex lies in one piece of the decoder: on it the integrand is a
Gaussian. A simplex is halved until its image is at most two noises long and it at most two standard
deviations of the latent; Gauss and Legendre's ten nodes in each direction then err by less than rounding.
Where the integrand is provably small, the simplex is left out, and its bound added to what is left out.
"""

from collections import deque
from dataclasses import dataclass
from math import log, pi

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from empirical.densities.affine_layers import apply_layers
from empirical.densities.noisy.noisy_law import NoisyLaw

LONGEST = 2.0  # of a simplex that is not halved: noises and standard deviations of the latent together
SHORT, FEW, MANY = 0.2, 4, 10  # nodes in each direction, of simplices up to this length and of others
NEGLIGIBLE = log(1e-20)  # the integrand over a simplex, as a share of the largest seen
MOST = 1 << 20  # simplices that halving may add
NUMBERS = 1 << 22  # in the images of simplices that are looked at together: 32 MiB
CHUNK = 1 << 14  # nodes that go through the decoder at once


@dataclass(frozen=True)
class Integral:
    """A log density, and the log of a bound of what was left out, nats."""

    log_density: float
    log_left_out: float


def latent_integral(
    law: NoisyLaw, pieces: Float[np.ndarray, "s k1 k"], x: Float[np.ndarray, " d"]
) -> Integral:
    """The log density at a point, by cubature.

    Args:
        law: whose decoder, latent and noise are used, and nothing else.
        pieces: simplices of latents on each of which the decoder is affine, by their k + 1 corners.
        x: the point.
    """
    k = pieces.shape[2]
    step = max(1, NUMBERS // ((k + 1) * law.dim))
    waiting = deque(pieces[begin : begin + step] for begin in range(0, len(pieces), step))
    parts, left_out, largest, seen = [-np.inf], [-np.inf], -np.inf, 0
    while waiting and seen < MOST + len(pieces):
        part = waiting.popleft()
        seen += len(part)
        images = apply_layers(law.layers, part.reshape(-1, k)).reshape(*part.shape[:2], -1)
        volume = _log_volume(part)
        largest = max(
            largest, float((volume + _log_integrand(law, part.mean(axis=1), x)).max(initial=-np.inf))
        )
        bound = volume + _log_bound(law, part, images, x)
        kept = bound > largest + NEGLIGIBLE
        if not kept.all():
            left_out.append(float(logsumexp(bound[~kept])))
        ends, length = _longest_edge(part, images, law.noise)
        for low, high, nodes in ((-1.0, SHORT, FEW), (SHORT, LONGEST, MANY)):
            small = kept & (length > low) & (length <= high)
            parts += _integrals(law, part[small], volume[small], x, nodes)
        long = kept & (length > LONGEST)
        if long.any():
            halves = _halved(part[long], ends[long])
            waiting.extend(halves[begin : begin + step] for begin in range(0, len(halves), step))
    if waiting:
        left_out.append(np.inf)  # more than is worth the work: nothing is claimed
    constant = -len(x) * (log(law.noise) + log(2 * pi) / 2)
    return Integral(float(logsumexp(parts)) + constant, float(logsumexp(left_out)) + constant)


def _log_bound(
    law: NoisyLaw,
    pieces: Float[np.ndarray, "s k1 k"],
    images: Float[np.ndarray, "s k1 d"],
    x: Float[np.ndarray, " d"],
) -> Float[np.ndarray, " s"]:
    """An upper bound of the integrand: of the likelihood by a ball, of the latent's density by a box."""
    middle, image = pieces.mean(axis=1), images.mean(axis=1)
    radius = np.linalg.norm(images - image[:, None], axis=2).max(axis=1)
    distance = np.maximum(np.linalg.norm(image - x, axis=1) - radius, 0) / law.noise
    spread = np.abs(pieces - middle[:, None]).max(axis=1)
    prior = law.latent.log_density(np.maximum(np.abs(middle) - spread, 0)).sum(axis=1)
    return prior - distance**2 / 2


def _log_integrand(
    law: NoisyLaw, z: Float[np.ndarray, "n k"], x: Float[np.ndarray, " d"]
) -> Float[np.ndarray, " n"]:
    """But for the constant of the normal density."""
    square = (((apply_layers(law.layers, z) - x) / law.noise) ** 2).sum(axis=1)
    return law.latent.log_density(z).sum(axis=1) - square / 2


def _log_volume(pieces: Float[np.ndarray, "s k1 k"]) -> Float[np.ndarray, " s"]:
    """The length of an interval, the area of a triangle."""
    sides = pieces[:, 1:] - pieces[:, :1]
    k = pieces.shape[2]
    volume = np.abs(sides[:, 0, 0]) if k == 1 else np.abs(np.linalg.det(sides)) / 2
    with np.errstate(divide="ignore"):
        return np.log(volume)


def _longest_edge(
    pieces: Float[np.ndarray, "s k1 k"], images: Float[np.ndarray, "s k1 d"], noise: float
) -> tuple[np.ndarray, Float[np.ndarray, " s"]]:
    """Which two corners are the farthest apart, in noises and latent units together, and how far."""
    first, second = np.triu_indices(pieces.shape[1], 1)
    length = np.linalg.norm(images[:, first] - images[:, second], axis=2) / noise
    length += np.linalg.norm(pieces[:, first] - pieces[:, second], axis=2)
    longest = length.argmax(axis=1)
    return np.stack([first[longest], second[longest]], axis=1), length.max(axis=1)


def _halved(pieces: Float[np.ndarray, "s k1 k"], ends: np.ndarray) -> Float[np.ndarray, "t k1 k"]:
    """Each simplex cut in two at the middle of an edge."""
    row = np.arange(len(pieces))
    middle = (pieces[row, ends[:, 0]] + pieces[row, ends[:, 1]]) / 2
    one, other = pieces.copy(), pieces.copy()
    one[row, ends[:, 0]], other[row, ends[:, 1]] = middle, middle
    return np.concatenate([one, other])


def _integrals(
    law: NoisyLaw,
    pieces: Float[np.ndarray, "s k1 k"],
    log_volume: Float[np.ndarray, " s"],
    x: Float[np.ndarray, " d"],
    nodes: int,
) -> list[float]:
    """The log of the integral over each part of the simplices."""
    corners, weight = _rule(pieces.shape[2], nodes)
    step = max(1, CHUNK // len(weight))
    found = []
    for begin in range(0, len(pieces), step):
        part = slice(begin, begin + step)
        z = np.einsum("mc,sck->smk", corners, pieces[part])
        logs = _log_integrand(law, z.reshape(-1, pieces.shape[2]), x).reshape(-1, len(weight))
        found.append(float(logsumexp(logs + np.log(weight) + log_volume[part, None])))
    return found


def _rule(k: int, nodes: int) -> tuple[Float[np.ndarray, "m k1"], Float[np.ndarray, " m"]]:
    """Barycentric coordinates of nodes, and weights that sum to 1; the square is folded to a triangle."""
    place, weight = np.polynomial.legendre.leggauss(nodes)
    place, weight = (place + 1) / 2, weight / 2
    if k == 1:
        return np.stack([1 - place, place], axis=1), weight
    u, v = (axis.ravel() for axis in np.meshgrid(place, place, indexing="ij"))
    return np.stack([1 - u, u * (1 - v), u * v], axis=1), 2 * np.outer(place * weight, weight).ravel()
