r"""The latent probability of polygons, to a relative accuracy that does not fade with the probability.

A sum of Owen's T over the edges is exact to 1e-16 of *one*: a polygon of mass 1e-30 is lost in it. Here all
terms are positive. With p the point of the polygon nearest to the origin, x measured from p away from the
origin and y across, the mass is

.. math:: \frac{e^{-|p|^2/2}}{2\pi} \int_{x \ge 0} e^{-|p| x - x^2/2}
          \int_{\mathrm{low}(x)}^{\mathrm{high}(x)} e^{-y^2/2}\, dy\, dx ,

where low and high are the two chains of edges, affine on the slabs between consecutive corners. The inner
integral is a difference of error functions, the outer one is Gaussian quadrature, and the factor in front,
which underflows first, stays a logarithm.
"""

from dataclasses import dataclass
from math import log, pi, sqrt

import numpy as np
from jaxtyping import Float, Int
from scipy.special import erfc

from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.mesh import Mesh

# Where the exponent has fallen by REACH below its value at p, the polygon ends for us. On each ray from p the
# exponent is convex, so that at most (1 + REACH) exp(-REACH) = 2e-17 of the mass lies beyond.
REACH = 42.0
SIDE = sqrt(2 * REACH)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)  # exact to rounding where the exponent changes by 4
NARROW_NODES, NARROW_WEIGHTS = np.polynomial.legendre.leggauss(6)  # the same for a change of 1/2
CORNERS = 1 << 15  # corners worked on at once: temporaries below 60 MB


@dataclass(frozen=True, eq=False)
class _Slabs:
    """Trapezes between two parallel lines x = left and x = right; low and high are their other two sides."""

    region: Int[np.ndarray, " s"]
    left: Float[np.ndarray, " s"]
    right: Float[np.ndarray, " s"]
    low: Float[np.ndarray, "s 2"]  # at the left and at the right end
    high: Float[np.ndarray, "s 2"]

    def where(self, chosen: np.ndarray) -> "_Slabs":
        return _Slabs(
            self.region[chosen], self.left[chosen], self.right[chosen], self.low[chosen], self.high[chosen]
        )


def log_latent_mass(mesh: Mesh, latent: Normal | Uniform) -> Float[np.ndarray, " regions"]:
    """The log probability of each region of a mesh, for a latent with two coordinates; -inf without area."""
    match latent:
        case Normal():
            return log_gaussian_mass(mesh.vertices, mesh.starts, mesh.corners)
        case Uniform():
            with np.errstate(divide="ignore"):
                return np.log(np.maximum(mesh.areas, 0)) - log(4)


def log_gaussian_mass(
    points: Float[np.ndarray, "v 2"], starts: Int[np.ndarray, " starts"], corners: Int[np.ndarray, " c"]
) -> Float[np.ndarray, " starts-1"]:
    r"""The log of :math:`\int_P e^{-|z|^2/2} dz / 2\pi` of convex polygons, nats; -inf without area.

    The corners of polygon r are ``points[corners[starts[r]:starts[r + 1]]]``, counterclockwise, at least
    three. The relative error of a mass is about 1e-14, times one plus :math:`|p|^2/100` for the rounding of
    the exponent, times the ratio of the polygon's diameter to its width for that of its corners.

    Args:
        points: finite points of the plane.
        starts: where each polygon's corners begin, and at last their number.
        corners: numbers of points.

    >>> quadrant = np.array([[0.0, 0.0], [40.0, 0.0], [40.0, 40.0], [0.0, 40.0]])
    >>> float(np.exp(log_gaussian_mass(quadrant, np.array([0, 4]), np.arange(4)))[0])
    0.25
    """
    logs = np.empty(len(starts) - 1)
    first = 0
    while first < len(logs):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + CORNERS, side="right")) - 1)
        part = points[corners[starts[first] : starts[last]]]
        logs[first:last] = _log_mass(part, starts[first : last + 1] - starts[first])
        first = last
    return logs


def _log_mass(
    points: Float[np.ndarray, "c 2"], starts: Int[np.ndarray, " starts"]
) -> Float[np.ndarray, " starts-1"]:
    count = np.diff(starts)
    region = np.repeat(np.arange(len(count)), count)
    nearest = _nearest_to_origin(points, starts, region)
    distance = np.hypot(nearest[:, 0], nearest[:, 1])
    with np.errstate(invalid="ignore"):
        outward = np.where(distance[:, None] > 0, nearest / distance[:, None], [1.0, 0.0])[region]
    # Differences first: those of close numbers are exact, and a tiny polygon keeps its shape.
    step = points - nearest[region]
    x = step[:, 0] * outward[:, 0] + step[:, 1] * outward[:, 1]
    y = step[:, 1] * outward[:, 0] - step[:, 0] * outward[:, 1]
    slabs = _within_reach(_slabs(x, y, starts), distance)
    total = np.bincount(slabs.region, _integrals(slabs, distance[slabs.region]), minlength=len(count))
    with np.errstate(divide="ignore"):
        return np.log(total) - distance**2 / 2 - log(2 * pi)


def _nearest_to_origin(
    points: Float[np.ndarray, "c 2"], starts: Int[np.ndarray, " starts"], region: Int[np.ndarray, " c"]
) -> Float[np.ndarray, "starts-1 2"]:
    """The point of each polygon nearest to the origin: the origin itself if it lies inside."""
    following = np.arange(1, len(points) + 1)
    following[starts[1:] - 1] = starts[:-1]
    edge = points[following] - points
    length = (edge**2).sum(axis=1)
    along = -(points * edge).sum(axis=1) / np.where(length > 0, length, 1)
    foot = points + np.clip(along, 0, 1)[:, None] * edge
    square = (foot**2).sum(axis=1)
    least = np.minimum.reduceat(square, starts[:-1])
    candidates = np.flatnonzero(square == least[region])
    _, at = np.unique(region[candidates], return_index=True)
    left_of_edge = points[:, 0] * edge[:, 1] - points[:, 1] * edge[:, 0] >= 0
    inside = np.logical_and.reduceat(left_of_edge, starts[:-1])
    return np.where(inside[:, None], 0.0, foot[candidates[at]])


def _slabs(
    x: Float[np.ndarray, " c"], y: Float[np.ndarray, " c"], starts: Int[np.ndarray, " starts"]
) -> _Slabs:
    """Cuts each polygon by lines of constant x through its corners."""
    count = np.diff(starts)
    parts = []
    for sides in np.unique(count):
        chosen = np.flatnonzero(count == sides)
        entries = starts[chosen][:, None] + np.arange(sides)
        x0, y0 = x[entries], y[entries]
        x1, y1 = np.roll(x0, -1, axis=1), np.roll(y0, -1, axis=1)
        cut = np.sort(x0, axis=1)
        left, right = cut[:, :-1], cut[:, 1:]
        covers_left = np.minimum(x0, x1)[:, None, :] <= left[:, :, None]
        covers = covers_left & (np.maximum(x0, x1)[:, None, :] >= right[:, :, None])
        # Counterclockwise, the lower chain runs to the right and the upper one to the left.
        lower, upper = covers & (x1 > x0)[:, None, :], covers & (x1 < x0)[:, None, :]
        polygon, slab = np.nonzero((right > left) & lower.any(axis=2) & upper.any(axis=2))
        ends = np.stack([left[polygon, slab], right[polygon, slab]], axis=1)
        low, high = (
            _on_edge(ends, x0[polygon, edge], y0[polygon, edge], x1[polygon, edge], y1[polygon, edge])
            for edge in (lower.argmax(axis=2)[polygon, slab], upper.argmax(axis=2)[polygon, slab])
        )
        parts.append(_Slabs(chosen[polygon], ends[:, 0], ends[:, 1], low, high))
    return _Slabs(
        np.concatenate([part.region for part in parts]),
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
    )


def _on_edge(
    x: Float[np.ndarray, "s 2"],
    x0: Float[np.ndarray, " s"],
    y0: Float[np.ndarray, " s"],
    x1: Float[np.ndarray, " s"],
    y1: Float[np.ndarray, " s"],
) -> Float[np.ndarray, "s 2"]:
    """The height of an edge at two places, exact at its ends."""
    share = (x - x0[:, None]) / (x1 - x0)[:, None]
    return y0[:, None] * (1 - share) + y1[:, None] * share


def _within_reach(slabs: _Slabs, distance: Float[np.ndarray, " polygons"]) -> _Slabs:
    """The part of the slabs on which the exponent matters, cut where a side leaves it."""
    radius = distance[slabs.region]
    reach = 2 * REACH / (np.sqrt(radius**2 + 2 * REACH) + radius)  # radius x + x^2 / 2 = REACH
    width = slabs.right - slabs.left
    # Only a polygon around the origin has points with x < 0, and it may reach far to that side too.
    cuts = [np.zeros(len(width)), np.ones(len(width))]
    cuts += [(end - slabs.left) / width for end in (-reach, reach)]
    with np.errstate(divide="ignore", invalid="ignore"):
        for side in (slabs.low, slabs.high):
            cuts += [(level - side[:, 0]) / (side[:, 1] - side[:, 0]) for level in (-SIDE, SIDE)]
    share = np.sort(np.clip(np.nan_to_num(np.stack(cuts, axis=1), nan=0.0), 0, 1), axis=1)
    slab, piece = np.nonzero(share[:, 1:] > share[:, :-1])
    at = np.stack([share[slab, piece], share[slab, piece + 1]], axis=1)
    low, high = (
        np.clip(side[slab, :1] * (1 - at) + side[slab, 1:] * at, -SIDE, SIDE)
        for side in (slabs.low, slabs.high)
    )
    ends = slabs.left[slab, None] + at * width[slab, None]
    pieces = _Slabs(slabs.region[slab], ends[:, 0], ends[:, 1], low, high)
    within = np.abs(ends.mean(axis=1)) < reach[slab]
    return pieces.where(within & (high > low).any(axis=1))


def _integrals(slabs: _Slabs, radius: Float[np.ndarray, " s"]) -> Float[np.ndarray, " s"]:
    """The integral of exp(-radius x - x^2/2 - y^2/2) over each slab."""
    width = slabs.right - slabs.left
    change = (radius + np.maximum(-slabs.left, slabs.right)) * width
    stretch = width
    for side in (slabs.low, slabs.high):
        rise = np.abs(side[:, 1] - side[:, 0])
        change = change + np.abs(side).max(axis=1) * rise
        stretch = np.maximum(stretch, rise)
    panels = np.ceil(np.maximum(change / 4, stretch)).astype(np.int64).clip(1)
    slab = np.repeat(np.arange(len(width)), panels)
    panel = np.arange(len(slab)) - np.repeat(np.cumsum(panels) - panels, panels)
    share = (panel[:, None] + (NODES + 1) / 2) / panels[slab, None]
    x = slabs.left[slab, None] + share * width[slab, None]
    low, high = (side[slab, :1] * (1 - share) + side[slab, 1:] * share for side in (slabs.low, slabs.high))
    values = np.exp(-(radius[slab, None] + x / 2) * x) * _across(low, high)
    return np.bincount(slab, values @ WEIGHTS / 2, minlength=len(width)) * width / panels


def _across(low: Float[np.ndarray, "s n"], high: Float[np.ndarray, "s n"]) -> Float[np.ndarray, "s n"]:
    """The integral of exp(-y^2/2) from low to high, to relative accuracy; 0 if they are in another order."""
    mirrored = low + high < 0
    low, high = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    width = np.maximum(high - low, 0)
    narrow = width * (np.abs(low) + width) < 0.5  # there the error functions would cancel
    total = np.empty(low.shape)
    wide = ~narrow
    total[wide] = sqrt(pi / 2) * (erfc(low[wide] / sqrt(2)) - erfc(high[wide] / sqrt(2)))
    start, length = low[narrow], width[narrow]
    sums = np.zeros(len(start))
    for node, weight in zip(NARROW_NODES, NARROW_WEIGHTS, strict=True):
        sums += weight / 2 * np.exp(-((start + length * (node + 1) / 2) ** 2) / 2)
    total[narrow] = sums * length
    return total
