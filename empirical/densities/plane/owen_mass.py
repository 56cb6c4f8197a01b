r"""The normal probability of polygons to an absolute accuracy of 1e-15, by Owen's function, quickly.

The triangle between the origin and an edge at distance h, on which the coordinate along the edge runs from s
to t, has the probability

.. math:: \frac{\angle(s, t)}{2\pi} - T(h, t/h) + T(h, s/h), \qquad
          T(h, a) = \frac{1}{2\pi} \int_0^a \frac{e^{-h^2 (1 + u^2)/2}}{1 + u^2}\,du ,

and a polygon is the signed sum over its edges. The terms cancel, so a small probability has few digits:
``polygon_mass.log_gaussian_mass`` keeps them all, and is slower.
"""

from math import pi

import numpy as np
from jaxtyping import Float, Int
from scipy.special import owens_t

FAR = 9.0  # T(h, a) is at most erfc(h / sqrt(2)) / 4, which is 6e-20 there


def gaussian_mass(
    points: Float[np.ndarray, "c 2"], starts: Int[np.ndarray, " starts"]
) -> Float[np.ndarray, " starts-1"]:
    """The probability of each polygon under a standard normal law of the plane.

    Args:
        points: the corners, polygon after polygon, counterclockwise.
        starts: where each polygon's corners begin, and at last their number.

    Source:
        owen1956tables.

    >>> square = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
    >>> float(gaussian_mass(square, np.array([0, 4]))[0])
    0.25
    """
    following = np.arange(1, len(points) + 1)
    following[starts[1:] - 1] = starts[:-1]
    start, end = points, points[following]
    edge = end - start
    length = np.hypot(edge[:, 0], edge[:, 1])
    cross = start[:, 0] * edge[:, 1] - start[:, 1] * edge[:, 0]
    angle = np.arctan2(cross, (start * end).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        height = np.abs(cross) / length
        near = np.flatnonzero((cross != 0) & (height < FAR))
    direction = edge[near] / length[near, None]
    tails = np.zeros(len(points))
    with np.errstate(over="ignore"):
        tails[near] = [1, -1] @ np.stack(
            [
                owens_t(height[near], (corner[near] * direction).sum(axis=1) / height[near])
                for corner in (end, start)
            ]
        )
    # The origin on an edge sees it under no triangle at all.
    triangles = np.where(cross == 0, 0.0, angle / (2 * pi) - np.sign(cross) * tails)
    return np.add.reduceat(triangles, starts[:-1])
