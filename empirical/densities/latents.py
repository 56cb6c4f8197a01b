"""What a generator is fed: standard normal or uniform noise, or finitely many latent points."""

from dataclasses import dataclass
from fractions import Fraction
from math import inf, log, pi

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from theory.laws import FiniteLaw


def _check_dim(dim: int) -> None:
    if dim < 1:
        raise ValueError(f"a latent needs at least one dimension (got {dim}): pass dim=1.")


@dataclass(frozen=True)
class Normal:
    """Independent standard normal coordinates.

    Raises:
        ValueError: ``dim`` is below 1.
    """

    dim: int

    def __post_init__(self) -> None:
        _check_dim(self.dim)

    @property
    def ends(self) -> tuple[float, float]:
        """The interval on which a coordinate has positive density."""
        return -inf, inf

    @property
    def marks(self) -> Float[np.ndarray, " m"]:
        """The mode, and whole standard deviations as far as float64 knows the tail.

        The log density of a coordinate is monotone between neighbouring marks; beyond the outermost lies
        a mass below 1e-315.
        """
        return np.arange(-38.0, 39.0)

    def log_density(self, z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
        """Log density of one coordinate, nats."""
        return -(z**2) / 2 - log(2 * pi) / 2

    def interval_probability(
        self, left: Float[np.ndarray, "*shape"], right: Float[np.ndarray, "*shape"]
    ) -> Float[np.ndarray, "*shape"]:
        """P(left < Z <= right) for one coordinate, left <= right."""
        # In the upper tail both distribution functions are 1: their mirror images keep the small difference.
        mirrored = left > 0
        low, high = np.where(mirrored, -right, left), np.where(mirrored, -left, right)
        return ndtr(high) - ndtr(low)

    def sample(self, n: int, random: np.random.Generator) -> Float[np.ndarray, "n dim"]:
        """Draws n independent latents."""
        return random.standard_normal((n, self.dim))


@dataclass(frozen=True)
class Uniform:
    """Independent coordinates, uniform on [-1, 1].

    Raises:
        ValueError: ``dim`` is below 1.
    """

    dim: int

    def __post_init__(self) -> None:
        _check_dim(self.dim)

    @property
    def ends(self) -> tuple[float, float]:
        """The interval on which a coordinate has positive density."""
        return -1.0, 1.0

    @property
    def marks(self) -> Float[np.ndarray, " m"]:
        """Nothing: the log density is constant between the ends."""
        return np.empty(0)

    def log_density(self, z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
        """Log density of one coordinate, nats."""
        return np.where(np.abs(z) <= 1, -log(2), -inf)

    def interval_probability(
        self, left: Float[np.ndarray, "*shape"], right: Float[np.ndarray, "*shape"]
    ) -> Float[np.ndarray, "*shape"]:
        """P(left < Z <= right) for one coordinate, left <= right."""
        return (np.clip(right, -1, 1) - np.clip(left, -1, 1)) / 2

    def sample(self, n: int, random: np.random.Generator) -> Float[np.ndarray, "n dim"]:
        """Draws n independent latents."""
        return random.uniform(-1, 1, (n, self.dim))


@dataclass(frozen=True, eq=False)
class Finite:
    r"""The latent law :math:`\sum_i w_i \delta_{z_i}` on the rows of ``points``.

    Args:
        points: (k, dim), the latent points.
        weights: one exact probability per point; without them all are equal.

    Raises:
        ValueError: no point, points that are not finite, or another number of weights than of points.
    """

    points: Float[np.ndarray, "k dim"]
    weights: FiniteLaw

    def __init__(self, points: Float[np.ndarray, "k dim"], weights: FiniteLaw | None = None) -> None:
        if points.size == 0 or not np.isfinite(points).all():
            raise ValueError(
                f"latent points must be finite rows, at least one (got shape {points.shape}): remove NaN and "
                f"infinity."
            )
        if weights is not None and len(weights) != len(points):
            raise ValueError(
                f"each latent point needs one weight (got {len(points)} points and {len(weights)} weights): "
                f"pass a FiniteLaw of length {len(points)}."
            )
        equal = FiniteLaw([Fraction(1, len(points))] * len(points))
        object.__setattr__(self, "points", points.astype(np.float64))
        object.__setattr__(self, "weights", equal if weights is None else weights)

    @property
    def dim(self) -> int:
        """Number of coordinates of a latent point."""
        return self.points.shape[1]


Latent = Normal | Uniform | Finite
