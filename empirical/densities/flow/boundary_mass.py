r"""The mass of rectangles under an invertible map of the plane, from their boundaries alone.

Let u(x) be the latent z of x with each coordinate sent through its distribution function. For the random
point u is uniform on the unit square, so the mass of a rectangle is the area that u maps it to, and by
Green's theorem :math:`P = |\oint u_1\, du_2|` along its boundary. No density and no determinant enters.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

Latents = Callable[[Float[np.ndarray, "n 2"]], Float[np.ndarray, "n 2"]]

PARTS = 4  # in which each edge is divided before anything is judged, each known at five points
LEVELS = 40  # beyond this many halvings the parts of an edge are single numbers
STRIDE = 0.5  # the longest way between two known points, in the latent's units
BULK = 9.0  # beyond, a normal coordinate has less than 2e-19 of its mass, and a uniform one none


@dataclass(frozen=True, eq=False)
class Square:
    """A map of the plane onto the unit square that makes a random point uniform.

    Args:
        latents: of points, the inverse of a generator.
        distribution: function of each of the latent's coordinates, which are independent.
    """

    latents: Latents
    distribution: Callable[[Float[np.ndarray, "n 2"]], Float[np.ndarray, "n 2"]]


def grid_masses(
    square: Square, x: Float[np.ndarray, " columns"], y: Float[np.ndarray, " rows"], *, tolerance: float
) -> tuple[Float[np.ndarray, "columns-1 rows-1"], Float[np.ndarray, "columns-1 rows-1"]]:
    """The mass of each rectangle between increasing edges, and the estimated error of each.

    Neighbours share their edges. Args and errors are those of ``rectangle_masses``.
    """
    columns, rows = np.meshgrid(x, y, indexing="ij")
    corners = np.stack([columns, rows], axis=-1)
    along_x = _along(square, corners[:-1].reshape(-1, 2), corners[1:].reshape(-1, 2), tolerance)
    along_y = _along(square, corners[:, :-1].reshape(-1, 2), corners[:, 1:].reshape(-1, 2), tolerance)
    across, error_x = (a.reshape(len(x) - 1, len(y)) for a in along_x)
    upwards, error_y = (a.reshape(len(x), len(y) - 1) for a in along_y)
    # Counterclockwise: below, right, above backwards, left backwards.
    area = across[:, :-1] + upwards[1:] - across[:, 1:] - upwards[:-1]
    error = error_x[:, :-1] + error_y[1:] + error_x[:, 1:] + error_y[:-1]
    return _turned(area), error


def rectangle_masses(
    square: Square, low: Float[np.ndarray, "m 2"], high: Float[np.ndarray, "m 2"], *, tolerance: float
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """The mass of each rectangle, and its estimated error.

    An edge is halved until halving moves no part of it by more than the tolerance, and no step between known
    points is longer than STRIDE unless it stays where the latent has no mass; the estimate sums these moves.
    A feature of the map that is narrower than a step, and comes back to where it left, is not seen.

    Args:
        square: the map to the unit square.
        low: the lower left corners.
        high: the upper right corners.
        tolerance: of each part of an edge.
    """
    right, above = (np.stack([a[:, 0], b[:, 1]], axis=1) for a, b in ((high, low), (low, high)))
    corners = np.stack([low, right, high, above, low], axis=1)
    along, error = _along(square, corners[:, :-1].reshape(-1, 2), corners[:, 1:].reshape(-1, 2), tolerance)
    return _turned(along.reshape(-1, 4).sum(axis=1)), error.reshape(-1, 4).sum(axis=1)


def _turned(area: Float[np.ndarray, "*cells"]) -> Float[np.ndarray, "*cells"]:
    """A map that turns the plane over turns all rectangles over."""
    return area if area.sum() >= 0 else -area


def _along(
    square: Square, start: Float[np.ndarray, "edges 2"], end: Float[np.ndarray, "edges 2"], tolerance: float
) -> tuple[Float[np.ndarray, " edges"], Float[np.ndarray, " edges"]]:
    r""":math:`\int u_1 du_2` along each edge, and the sum of what the last halvings moved it by."""
    owner: Int[np.ndarray, " parts"] = np.repeat(np.arange(len(start)), PARTS)
    left = np.tile(np.arange(PARTS) / PARTS, len(start))
    width = 1 / PARTS
    values, errors = np.zeros(len(start)), np.zeros(len(start))
    for _ in range(LEVELS):
        if not len(owner):
            break
        # Five points of each part: the trapezoid rule on one, two and four pieces, extrapolated twice.
        places = left[:, None] + width * np.arange(5) / 4
        points = start[owner][:, None] + places[..., None] * (end - start)[owner][:, None]
        z = square.latents(points.reshape(-1, 2))
        u = square.distribution(z).reshape(-1, 5, 2)
        one, two, four = (_trapezoids(u[:, ::step]) for step in (4, 2, 1))
        coarse, fine = (4 * two - one) / 3, (4 * four - two) / 3
        moved = np.abs(fine - coarse)
        done = (moved <= tolerance) & _followed(z.reshape(-1, 5, 2))
        np.add.at(values, owner[done], fine[done])
        np.add.at(errors, owner[done], moved[done])
        owner, left = np.repeat(owner[~done], 2), np.repeat(left[~done], 2)
        width /= 2
        left[1::2] += width
    # What is left undecided after all halvings counts as an error of its whole length.
    np.add.at(errors, owner, 1.0)
    return values, errors


def _followed(z: Float[np.ndarray, "parts 5 2"]) -> Bool[np.ndarray, " parts"]:
    """Whether each part's latents are known closely enough, or certainly far from all mass."""
    short = np.abs(np.diff(z, axis=1)).max(axis=(1, 2)) <= STRIDE
    low, high = z.min(axis=1), z.max(axis=1)
    room = high - low  # between known points the latent may stray by as much as it was seen to move
    away = ((low - room > BULK) | (high + room < -BULK)).any(axis=1)
    return short | away


def _trapezoids(u: Float[np.ndarray, "parts points 2"]) -> Float[np.ndarray, " parts"]:
    first, second = u[..., 0], u[..., 1]
    return ((first[:, 1:] + first[:, :-1]) * np.diff(second, axis=1)).sum(axis=1) / 2
