r"""One neuron's best response, exactly: the half-space that tells two finite laws apart best.

:math:`D(x) = \sigma(a\, \phi(\langle w, x \rangle + b) + c)` is monotone in :math:`u = \langle w, x \rangle`,
so :math:`E_\mu D - E_\nu D` is an average over levels of what half-spaces attain; and a steep D comes as near
to any half-space as one likes. So over all weights

.. math:: \sup_D E_\mu D - E_\nu D = \max_H |\mu(H) - \nu(H)|,

H running through the half-spaces, open and closed. A half-space may be moved until d affinely independent
atoms lie on its boundary, without any atom that was strictly on one side going over to the other. So the
maximum is among finitely many: for each d atoms, the hyperplane through them, and every way of giving those
d to its sides, each of which a small turn of the hyperplane brings about.
In one dimension it is the distance of Kolmogorov and Smirnov.
"""

from itertools import combinations, islice
from math import comb

import numpy as np
from jaxtyping import Float

BLOCK = 1 << 22  # atoms' sides at once: 32 MiB
MOST = 3_000_000  # hyperplanes: half a minute
# A side is trusted where the distance from the hyperplane exceeds this over the volume that the d atoms span:
# hundreds of roundings of a determinant of numbers of size 1.
ROUNDING = 1e-12


def halfspace_advantage(
    real: Float[np.ndarray, "n d"],
    real_weights: Float[np.ndarray, " n"],
    fake: Float[np.ndarray, "m d"],
    fake_weights: Float[np.ndarray, " m"],
) -> tuple[float, float]:
    r"""Encloses :math:`\max_H |\mu(H) - \nu(H)|` over all half-spaces by visiting every kind of them.

    An atom so near a hyperplane that float64 does not tell its side counts for the upper end as if it could
    be on either, and for the lower end as if it were on the worse one.

    Raises:
        ValueError: more hyperplanes than can be visited, or coordinates beyond 1e3, for which the
            roundings are not bounded here.
    """
    points, signed = _merged(np.concatenate([real, fake]), np.concatenate([real_weights, -fake_weights]))
    count, dim = points.shape
    if comb(count, dim) > MOST:
        raise ValueError(
            f"{count} atoms in {dim} dimensions have {comb(count, dim)} hyperplanes, more than {MOST}: take "
            f"fewer atoms or dimensions."
        )
    if not np.abs(points).max() <= 1e3:
        raise ValueError("the atoms must be finite and within 1000 of the origin: rescale both laws.")
    lower = upper = 0.0
    subsets = combinations(range(count), dim)
    while block := list(islice(subsets, max(1, BLOCK // count))):
        low, high = _advantages(points, signed, np.array(block))
        lower, upper = max(lower, low), max(upper, high)
    slack = count * 2.0**-52  # of sums of weights, which are at most 1
    return max(0.0, lower - slack), min(1.0, upper + slack)


def found_halfspace(
    real: Float[np.ndarray, "n d"],
    real_weights: Float[np.ndarray, " n"],
    fake: Float[np.ndarray, "m d"],
    fake_weights: Float[np.ndarray, " m"],
    seed: int,
    *,
    directions: int = 2000,
    rounds: int = 12,
) -> float:
    r"""The best half-space that a search meets: attained, so a lower end for the maximum.

    Along one direction the best threshold is exact. Random directions are tried first; then the best few are
    turned a little, each time by less, and replaced by what is better.

    Args:
        real: atoms of the data.
        real_weights: their weights.
        fake: atoms of the law.
        fake_weights: their weights.
        seed: of the directions.
        directions: tried first, and altogether as many again.
        rounds: of turning.
    """
    points, signed = _merged(np.concatenate([real, fake]), np.concatenate([real_weights, -fake_weights]))
    generator, kept = np.random.default_rng(seed), 16
    tried = generator.standard_normal((directions, points.shape[1]))
    values = _along(points, signed, tried)
    turns = max(1, directions // (kept * rounds))
    for turn in range(rounds):
        best = np.argsort(-values)[:kept]
        tried, values = tried[best], values[best]
        noise = generator.standard_normal((turns, *tried.shape)) / 2 ** (turn / 2 + 1)
        length = np.linalg.norm(tried, axis=1, keepdims=True)
        turned = (tried + noise * length).reshape(-1, tried.shape[1])
        tried = np.concatenate([tried, turned])
        values = np.concatenate([values, _along(points, signed, turned)])
    return float(values.max())


def _along(
    points: Float[np.ndarray, "count d"],
    signed: Float[np.ndarray, " count"],
    directions: Float[np.ndarray, "k d"],
) -> Float[np.ndarray, " k"]:
    """The best threshold along each direction; atoms that project to one place have to stay together."""
    places = directions @ points.T
    order = np.argsort(places, axis=1)
    sums = np.abs(np.cumsum(signed[order], axis=1))
    ordered = np.take_along_axis(places, order, axis=1)
    parted = np.append(np.diff(ordered, axis=1) > 0, np.zeros((len(directions), 1), dtype=bool), axis=1)
    return np.where(parted, sums, 0.0).max(axis=1)


def _advantages(
    points: Float[np.ndarray, "count d"], signed: Float[np.ndarray, " count"], subsets: np.ndarray
) -> tuple[float, float]:
    """The best ends over the hyperplanes through these subsets of d atoms."""
    size, dim = subsets.shape
    rows = np.concatenate([points[subsets], -np.ones((size, dim, 1))], axis=2)
    # Cramer: the normal and the offset are the signed minors of the d x (d + 1) matrix of (atom, -1).
    planes = np.stack(
        [(-1.0) ** k * np.linalg.det(np.delete(rows, k, axis=2)) for k in range(dim + 1)], axis=1
    )
    spanned = np.linalg.norm(planes[:, :dim], axis=1)
    scale = np.abs(points).max() ** (dim + 1) + 1.0
    sides = points @ planes[:, :dim].T - planes[:, dim]
    unsure = np.abs(sides) <= ROUNDING * scale
    above = (sides > 0) & ~unsure
    base = signed @ above
    own = np.zeros_like(unsure)
    own[subsets.T, np.arange(size)] = True
    near = unsure & ~own
    gain, loss = np.maximum(signed, 0.0), np.minimum(signed, 0.0)
    # Towards the real law: its own atoms taken in, the others left out; and the other way round.
    most = base + gain @ (own | unsure)
    least = base + loss @ (own | unsure)
    worst_most, worst_least = base + gain @ own + loss @ near, base + loss @ own + gain @ near
    proper = spanned > ROUNDING * scale
    # Where the d atoms are nearly dependent the sides mean nothing: such hyperplanes are visited elsewhere.
    if not proper.any():
        return 0.0, 0.0
    return (
        float(max(worst_most[proper].max(), -worst_least[proper].min())),
        float(max(most[proper].max(), -least[proper].min())),
    )


def _merged(
    points: Float[np.ndarray, "count d"], signed: Float[np.ndarray, " count"]
) -> tuple[Float[np.ndarray, "different d"], Float[np.ndarray, " different"]]:
    """Equal atoms as one: no half-space parts them."""
    different, where = np.unique(points, axis=0, return_inverse=True)
    return different, np.bincount(where.reshape(-1), weights=signed, minlength=len(different))
