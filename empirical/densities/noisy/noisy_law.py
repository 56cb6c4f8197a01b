r"""The exact law of a decoder with Gaussian noise, :math:`x = G(z) + \sigma e`.

Its density is the marginal likelihood that variational bounds and annealed importance sampling estimate,

.. math:: p(x) = \sum_r \int_{P_r} N(x; A_r z + b_r, \sigma^2 I)\, \varphi(z)\, dz,

the sum over the regions :math:`P_r` on which the decoder is affine. Each term is a Gaussian probability of an
interval or of a polygon, taken as a logarithm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, log, pi

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.certificate import Certificate
from empirical.densities.latents import Normal, Uniform
from empirical.densities.line.curve import affine_curve
from empirical.densities.mass import Mass
from empirical.densities.noisy.joint_cells import IntervalCells, PolygonCells
from empirical.densities.plane.subdivision import subdivide
from empirical.densities.points import as_points

PAIRS = 1 << 20  # pairs of a point and a region looked at at once
REACH = 1e4  # half the side of the square of two normal latents that is subdivided
# Coordinates are rounded to 1e-16 of the largest image: at this noise to 1e-6 of a standard deviation of it.
LEAST_NOISE = 1e-10
FARTHEST = 1e15  # noises: of a point farther off not even whole standard deviations are known in float64
LARGEST = 1e100  # of noise and images: their squares, and products of these, must not overflow
NEGLIGIBLE = log(1e-17)  # regions that together add less than this share of the density are left out


@dataclass(frozen=True, eq=False)
class NoisyLaw:
    """The law of ``layers(Z) + noise * E``, Z distributed as the latent and E standard normal.

    Args:
        layers: the decoder.
        latent: one or two coordinates, normal or uniform.
        noise: the standard deviation of each coordinate of the noise.
        cells: the decoder's regions.
    """

    layers: tuple[AffineLayer, ...]
    latent: Normal | Uniform
    noise: float
    cells: IntervalCells | PolygonCells

    @property
    def dim(self) -> int:
        """Dimension of the data."""
        return len(self.layers[-1].bias)

    @property
    def mass(self) -> Mass:
        """The noise gives every point a density: there is nothing else."""
        return Mass(absolutely_continuous=1.0, singular=0.0, atoms=0.0)

    @cached_property
    def certificate(self) -> Certificate:
        """Whether the pieces tile the latents, have the decoder's maps, and give the integral's value."""
        from empirical.densities.noisy.certification import certify_noisy  # it reads this law

        return certify_noisy(self, seed=0)

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log density at each point, nats: the log marginal likelihood of the decoder.

        A region is left out where it provably adds less than 1e-17 of the density over the number of regions.

        Raises:
            TypeError: the points are no array of numbers.
            ValueError: the points have another dimension than the data or are NaN, one lies 1e15
                noises or more from the origin, or so far off the data that latents beyond the mesh, 10,000
                from the origin, would matter or digits are lost altogether.
        """
        x = as_points(x, self.dim)
        farthest = float(np.abs(x).max(initial=0.0))
        if farthest >= FARTHEST * self.noise:
            raise ValueError(
                f"a point has the coordinate {farthest:.3g}, {farthest / self.noise:.3g} noises, of which "
                f"float64 does not know whole standard deviations: leave it out."
            )
        step = max(1, PAIRS // len(self.cells.log_mass))
        parts = [self._log_prob(x[start : start + step]) for start in range(0, len(x), step)]
        logs = np.concatenate([np.empty(0), *parts])
        if np.isnan(logs).any():
            worst = x[np.isnan(logs)][0]
            raise ValueError(
                f"the density at {worst[:4]} is lost in rounding: leave out points as far as this from every "
                f"output of the decoder."
            )
        beyond = self.cells.log_outside - self.dim * (log(self.noise) + log(2 * pi) / 2)
        if (logs < beyond - NEGLIGIBLE).any():
            raise ValueError(
                f"a point is so unlikely (log density {logs.min():.3g}) that latents outside the mesh would "
                f"matter: leave out points farther than thousands of noises from every output."
            )
        return logs

    def _log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        low, high = self._bounds(x)
        # The one term that is certainly large, exactly: most others are nothing beside it.
        best = low.argmax(axis=1)
        reached = self.cells.log_evidence(best, x)
        point, region = np.nonzero(high >= (reached + NEGLIGIBLE - log(high.shape[1]))[:, None])
        step = max(1, PAIRS // (8 * (self.dim + 8)))
        parts = [
            (region[start : start + step], point[start : start + step])
            for start in range(0, len(point), step)
        ]
        terms = [self.cells.log_evidence(where, x[which], reached[which]) for where, which in parts]
        return _grouped_log_sum(np.concatenate([np.empty(0), *terms]), point, len(x))

    def _bounds(
        self, x: Float[np.ndarray, "n d"]
    ) -> tuple[Float[np.ndarray, "n r"], Float[np.ndarray, "n r"]]:
        """Bounds of the log of each region's term, by the ball that holds its image."""
        centre, radius = self.cells.balls
        square = (x**2).sum(axis=1)[:, None] - 2 * x @ centre.T + (centre**2).sum(axis=1)
        # The expansion of the square errs by a few roundings of the largest of its terms.
        size = np.abs(x).max(axis=1, initial=0.0)[:, None] + np.abs(centre).max(axis=1)
        error = 4 * (self.dim + 4) ** 2 * 2.0**-53 * size**2
        nearest = np.maximum(np.sqrt(np.maximum(square - error, 0)) - radius, 0)
        farthest = np.sqrt(np.maximum(square + error, 0)) + radius
        level = self.cells.log_mass - self.dim * (log(self.noise) + log(2 * pi) / 2)
        with np.errstate(over="ignore"):
            low = level - (farthest / self.noise) ** 2 / 2
            high = level - (nearest / self.noise) ** 2 / 2
        return low, high

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n d"]:
        """Draws n independent points: the decoder of a latent, then the noise."""
        random = np.random.default_rng(seed)
        points = self.latent.sample(n, random)
        for layer in self.layers:
            points = points @ layer.weight.T + layer.bias
            points = np.where(points > 0, points, layer.negative_slope * points)
        return points + self.noise * random.standard_normal(points.shape)


def noisy_law(
    layers: Sequence[AffineLayer], latent: Normal | Uniform, noise: float, *, max_regions: int = 1_000_000
) -> NoisyLaw:
    r"""The law of a decoder's output with Gaussian noise added, for one or two latent coordinates.

    Args:
        layers: the decoder, from ``affine_layers``.
        latent: ``Normal(k)`` or ``Uniform(k)`` with k = 1 or 2.
        noise: the standard deviation of each coordinate of the noise, positive.
        max_regions: the most regions that a decoder of two latents may have.

    Raises:
        ValueError: the noise is not positive, or below 1e-10 of the largest image, the dimensions do not fit,
            the latent has more than two, or the decoder more regions than allowed.

    >>> import torch
    >>> from empirical.densities.affine_layers import affine_layers
    >>> identity = torch.nn.Linear(1, 1, bias=False)
    >>> _ = torch.nn.init.ones_(identity.weight)
    >>> law = noisy_law(affine_layers(identity), Normal(1), 1.0)  # Z + E is N(0, 2)
    >>> bool(abs(law.log_prob(np.zeros((1, 1)))[0] + np.log(4 * np.pi) / 2) < 1e-15)
    True
    """
    if not (isfinite(noise) and noise > 0):
        raise ValueError(
            f"the noise is a standard deviation, positive and finite (got {noise}): without noise call "
            f"exact_density(generator, latent)."
        )
    if layers[0].weight.shape[1] != latent.dim:
        raise ValueError(
            f"the decoder takes {layers[0].weight.shape[1]} latent coordinates, but the latent has "
            f"{latent.dim}: pass {type(latent).__name__}({layers[0].weight.shape[1]})."
        )
    if latent.dim > 2:
        raise ValueError(
            f"the density of a noisy decoder needs one or two latent coordinates (got {latent.dim}): train "
            f"it with {type(latent).__name__}(2), or bound it by annealed importance sampling."
        )
    if latent.dim == 1:
        cells = IntervalCells(affine_curve(layers, latent.ends), latent, noise)
    else:
        reach = REACH if isinstance(latent, Normal) else 1.0
        subdivision = subdivide(layers, -reach, reach, max_regions=max_regions)
        cells = PolygonCells(subdivision, latent, noise)
    if not (cells.scale <= LARGEST and 1 / LARGEST <= noise <= LARGEST):
        raise ValueError(
            f"the decoder's outputs reach {cells.scale:.3g} and the noise is {noise:.3g}, whose squares "
            f"float64 does not hold beyond {LARGEST:g} and {1 / LARGEST:g}: measure the data in other units."
        )
    if noise < LEAST_NOISE * cells.scale:
        raise ValueError(
            f"the noise {noise:.3g} is below {LEAST_NOISE:g} of the decoder's largest output, "
            f"{cells.scale:.3g} at the ends of the latents that are looked at, where rounding shows: take at "
            f"least {LEAST_NOISE * cells.scale:.2g}, or leave noise out for the law without it."
        )
    return NoisyLaw(tuple(layers), latent, noise, cells)


def _grouped_log_sum(
    logs: Float[np.ndarray, " k"], group: Int[np.ndarray, " k"], groups: int
) -> Float[np.ndarray, " m"]:
    """Log of the sum of exponentials of the logs of each group, all of which have members, in order."""
    starts = np.searchsorted(group, np.arange(groups))
    largest = np.maximum.reduceat(logs, starts)
    return largest + np.log(np.add.reduceat(np.exp(logs - largest[group]), starts))
