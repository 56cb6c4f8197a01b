"""The largest value of a Lipschitz function over a ball, enclosed by halving cubes."""

from collections.abc import Callable
from itertools import product

import numpy as np
from jaxtyping import Float

Function = Callable[[Float[np.ndarray, "k dim"]], Float[np.ndarray, " k"]]


def supremum(
    function: Function,
    dim: int,
    radius: float,
    lipschitz: float,
    *,
    tolerance: float,
    level: float = -np.inf,
) -> tuple[float, float]:
    r"""An interval that contains :math:`\sup_{\|v\| \le R} f(v)`.

    The ball is covered by cubes. The value at the point of the ball nearest to a cube's centre is attained,
    and no value in the cube and the ball exceeds it by more than :math:`L` times half of the cube's diagonal:
    moving the centre to the ball brings it nearer to each of its points. A cube is dropped that can exceed
    neither the level nor the best attained value plus the tolerance; every other one is halved.

    Args:
        function: maps points of the ball, one a row, to values.
        dim: coordinates of a point.
        radius: R, positive.
        lipschitz: L, at least the Lipschitz constant of the function on the ball.
        tolerance: how far above the best attained value the interval may reach; positive.
        level: below it the values are of no interest; the interval may reach up to it.

    Raises:
        ValueError: the radius, the Lipschitz constant or the tolerance is not positive.
    """
    for name, value in (("radius", radius), ("lipschitz", lipschitz), ("tolerance", tolerance)):
        if not value > 0:
            raise ValueError(f"{name} must be positive (got {value}): nothing can be bounded without it.")
    half = radius
    centres = np.zeros((1, dim))
    corners = np.array(list(product((-1.0, 1.0), repeat=dim)))
    best = -np.inf
    while len(centres):
        values = function(_into_ball(centres, radius))
        best = max(best, float(values.max()))
        reach = values + lipschitz * half * np.sqrt(dim)
        half /= 2
        centres = (centres[reach > max(best + tolerance, level)][:, None, :] + half * corners).reshape(
            -1, dim
        )
        nearest = np.linalg.norm(np.maximum(np.abs(centres) - half, 0), axis=1)
        centres = centres[nearest <= radius]
    return best, max(best + tolerance, level)


def _into_ball(points: Float[np.ndarray, "k dim"], radius: float) -> Float[np.ndarray, "k dim"]:
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    return points * np.minimum(1, radius / np.maximum(norms, radius))
