r"""The joint density of latent and data, integrated over one region of latents at a time.

On a region r the decoder is :math:`z \mapsto Az + b`. With the singular value decomposition
:math:`A/\sigma = U S V^\top`, the residual :math:`y = (x - b)/\sigma`, :math:`\tau = 1` for a normal latent
and 0 for a uniform one, and :math:`c_j = \sqrt{\tau + s_j^2}`, completing the square gives

.. math:: |y - Az/\sigma|^2 + \tau |z|^2
          = |y - UU^\top y|^2 + \sum_j \tau (u_j^\top y / c_j)^2
          + \sum_j \big( c_j v_j^\top z - (s_j / c_j)\, u_j^\top y \big)^2 .

Only squares are added: nothing cancels. The last sum is that of a standard normal law in the coordinates
between the parentheses, in which the region is again an interval or a polygon.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf, log, pi, sqrt

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.curve import Curve
from empirical.densities.gaussian_interval import log_interval_mass, log_interval_mean
from empirical.densities.latents import Normal, Uniform


@dataclass(frozen=True, eq=False)
class Squares:
    """The completed square of every region.

    Args:
        offset: (r, d), b.
        scale: (r, k), the roots of tau + s^2.
        latent_axes: (r, k, k), rows v_j, the axes of a frame with positive orientation.
        data_axes: (r, k, d), rows u_j.
        slope: (r, k), s over the scale; 1 where both are 0.
        shrinkage: (r, k), the root of tau over the scale; 0 for a uniform latent.
        noise: sigma.
    """

    offset: Float[np.ndarray, "r d"]
    scale: Float[np.ndarray, "r k"]
    latent_axes: Float[np.ndarray, "r k k"]
    data_axes: Float[np.ndarray, "r k d"]
    slope: Float[np.ndarray, "r k"]
    shrinkage: Float[np.ndarray, "r k"]
    noise: float

    @classmethod
    def of(
        cls,
        linear: Float[np.ndarray, "r d k"],
        offset: Float[np.ndarray, "r d"],
        latent: Normal | Uniform,
        noise: float,
    ) -> "Squares":
        """The squares of these affine maps."""
        regions, d, k = linear.shape
        padded = np.zeros((regions, max(d, k), k))  # fewer outputs than latents: rows of zeros keep the shape
        padded[:, :d] = linear / noise
        left, singular, right = np.linalg.svd(padded, full_matrices=False)
        mirrored = np.linalg.det(right) < 0
        right[mirrored, -1], left[mirrored, :, -1] = -right[mirrored, -1], -left[mirrored, :, -1]
        prior = 1.0 if isinstance(latent, Normal) else 0.0
        scale = np.sqrt(prior + singular**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(scale > 0, singular / scale, 1.0)
            shrinkage = np.where(prior > 0, prior / scale, 0.0)
        return cls(offset, scale, right, left[:, :d].swapaxes(1, 2).copy(), slope, shrinkage, noise)

    def completed(
        self, region: Int[np.ndarray, " p"], x: Float[np.ndarray, "p d"]
    ) -> tuple[Float[np.ndarray, " p"], Float[np.ndarray, "p k"]]:
        """For each region and point the constant of the exponent, halved and negative, and the centre."""
        residual = (x - self.offset[region]) / self.noise
        axes = self.data_axes[region]
        along = np.einsum("pkd,pd->pk", axes, residual)
        across = residual - np.einsum("pkd,pk->pd", axes, along)
        kept = along * self.shrinkage[region]
        return -((across**2).sum(axis=1) + (kept**2).sum(axis=1)) / 2, along * self.slope[region]


@dataclass(frozen=True, eq=False)
class IntervalCells:
    """The pieces of a decoder of one latent."""

    curve: Curve
    latent: Normal | Uniform
    noise: float

    @cached_property
    def _squares(self) -> Squares:
        return Squares.of(self.curve.linear, self.curve.offset, self.latent, self.noise)

    @cached_property
    def _width(self) -> Float[np.ndarray, " r"]:
        return np.diff(self.curve.edges)

    @cached_property
    def log_mass(self) -> Float[np.ndarray, " r"]:
        """Log probability that the latent lies in each piece."""
        left, right = self.curve.edges[:-1], self.curve.edges[1:]
        if isinstance(self.latent, Normal):
            return log_interval_mass(left, right, self._width)
        return np.log(self._width) - log(2)

    @cached_property
    def balls(self) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:
        """The ball around the middle of each segment; a piece without end has an infinite one."""
        bounded = np.isfinite(self._width)
        half = np.where(bounded, self._width, 0.0) / 2
        middle = np.where(bounded, self.curve.edges[:-1] + half, 0.0)
        slope = self.curve.linear[:, :, 0]
        length = np.linalg.norm(slope, axis=1)
        centre = slope * middle[:, None] + self.curve.offset
        return centre, np.where(bounded | (length == 0), length * half, inf)

    def log_evidence(
        self, region: Int[np.ndarray, " p"], x: Float[np.ndarray, "p d"]
    ) -> Float[np.ndarray, " p"]:
        """Log of the joint density, integrated over this piece, nats."""
        squares = self._squares
        constant, centre = squares.completed(region, x)
        scale, centre = squares.scale[region, 0], centre[:, 0]
        left, right = (scale * self.curve.edges[region + end] - centre for end in (0, 1))
        width = self._width[region]
        normalisation = -x.shape[1] * (log(self.noise) + log(2 * pi) / 2)
        if isinstance(self.latent, Normal):
            return constant + normalisation + log_interval_mass(left, right, scale * width) - np.log(scale)
        # The mean over the image of the piece, which has no length where the decoder is flat.
        mean = log_interval_mean(left, right, scale * width)
        return constant + normalisation + mean + np.log(width) + log(sqrt(2 * pi) / 2)
