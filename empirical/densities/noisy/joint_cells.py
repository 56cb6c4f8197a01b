r"""The joint density of latent and data, integrated over one region of latents at a time.

On a region r the decoder is :math:`z \mapsto Az + b`. With the singular value decomposition
:math:`A/\sigma = U S V^\top`, the residual :math:`y = (x - b)/\sigma`, the latent's precision
:math:`\tau` and :math:`c_j = \sqrt{\tau + s_j^2}`, completing the square gives

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
from scipy.special import log_ndtr

from empirical.densities.gaussian_interval import log_interval_mass, log_interval_mean
from empirical.densities.latents import Normal, Uniform
from empirical.densities.line.curve import Curve
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.owen_mass import gaussian_mass
from empirical.densities.plane.polygon_mass import log_gaussian_mass, log_latent_mass
from empirical.densities.plane.subdivision import Subdivision

FLATNESS = 1e-5  # times the radius of a region: the root of the precision that stands for a uniform latent's
TYPICAL = 40.0  # a normal latent lies farther out with a probability below 1e-340
LARGER = log(100)  # a probability known to 1e-15, times so much more than a term, errs by 1e-13 of that term


@dataclass(frozen=True, eq=False)
class Squares:
    """The completed square of every region.

    Args:
        offset: (r, d), b.
        scale: (r, k), the roots of tau + s^2.
        latent_axes: (r, k, k), rows v_j, the axes of a frame with positive orientation.
        data_axes: (r, k, d), rows u_j.
        slope: (r, k), s over the scale; 1 where both are 0.
        shrinkage: (r, k), the root of tau over the scale; 0 where both are 0.
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
        precision: Float[np.ndarray, " r"],
        noise: float,
    ) -> "Squares":
        """The squares of these affine maps, with tau for the precision."""
        regions, d, k = linear.shape
        padded = np.zeros((regions, max(d, k), k))  # fewer outputs than latents: rows of zeros keep the shape
        padded[:, :d] = linear / noise
        left, singular, right = np.linalg.svd(padded, full_matrices=False)
        mirrored = np.linalg.det(right) < 0
        right[mirrored, -1], left[mirrored, :, -1] = -right[mirrored, -1], -left[mirrored, :, -1]
        scale = np.sqrt(precision[:, None] + singular**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(scale > 0, singular / scale, 1.0)
            shrinkage = np.where(scale > 0, np.sqrt(precision)[:, None] / scale, 0.0)
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
        precision = np.full(len(self.curve), 1.0 if isinstance(self.latent, Normal) else 0.0)
        return Squares.of(self.curve.linear, self.curve.offset, precision, self.noise)

    @cached_property
    def _width(self) -> Float[np.ndarray, " r"]:
        return np.diff(self.curve.edges)

    @property
    def log_outside(self) -> float:
        """Log probability that the latent lies in no piece: they cover the line."""
        return -inf

    @cached_property
    def scale(self) -> float:
        """The largest coordinate of the pieces' offsets, and of their images up to 40 from the origin.

        The residuals and the ends of images are differences of numbers of this size and of the point's.
        """
        ends = np.clip(self.curve.edges, -TYPICAL, TYPICAL)
        near = np.diff(ends) > 0
        reach = np.maximum(np.abs(ends[:-1]), np.abs(ends[1:]))[near, None]
        return float(
            (np.abs(self.curve.linear[near, :, 0]) * reach + np.abs(self.curve.offset[near])).max(initial=0.0)
        )

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
        self,
        region: Int[np.ndarray, " p"],
        x: Float[np.ndarray, "p d"],
        beside: Float[np.ndarray, " p"] | None = None,
    ) -> Float[np.ndarray, " p"]:
        """Log of the joint density, integrated over this piece, nats; with all digits, whatever is beside."""
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


@dataclass(frozen=True, eq=False)
class PolygonCells:
    r"""The regions of a decoder of two latents.

    A uniform latent on a region of radius :math:`\rho` around c is treated as normal with mean c and variance
    :math:`\tau^{-1} = (10^5 \rho)^2`, so that a region on which the decoder is nearly flat stays a polygon:
    the density on the region falls short of the uniform one by :math:`\tau \rho^2/2 = 5 \cdot 10^{-11}` of it
    at most.
    """

    subdivision: Subdivision
    latent: Normal | Uniform
    noise: float

    @property
    def mesh(self) -> Mesh:
        """The regions."""
        return self.subdivision.mesh

    @cached_property
    def scale(self) -> float:
        """The largest coordinate of the regions' images.

        The residuals and the corners of images are differences of numbers of this size and of the point's.
        """
        return float(np.abs(self.mesh.images).max())

    @cached_property
    def _middle(self) -> Float[np.ndarray, "r 2"]:
        """The mean of the latent law on each region, or of the normal law that stands for it."""
        mesh = self.mesh
        if isinstance(self.latent, Normal):
            return np.zeros((len(mesh), 2))
        return np.add.reduceat(mesh.vertices[mesh.corners], mesh.starts[:-1]) / np.diff(mesh.starts)[:, None]

    @cached_property
    def _squares(self) -> Squares:
        mesh, middle = self.mesh, self._middle
        precision = np.ones(len(mesh))
        if isinstance(self.latent, Uniform):
            away = np.linalg.norm(mesh.vertices[mesh.corners] - middle[mesh.region], axis=1)
            precision = (FLATNESS / np.maximum.reduceat(away, mesh.starts[:-1])) ** 2
        offset = mesh.offset + np.einsum("rdk,rk->rd", mesh.linear, middle)
        return Squares.of(mesh.linear, offset, precision, self.noise)

    @property
    def log_outside(self) -> float:
        """An upper bound of the log probability that the latent lies in no region."""
        if isinstance(self.latent, Uniform):
            return -inf
        reach = np.abs(self.mesh.vertices).max()  # the mesh is a square around the origin
        return log(4) + float(log_ndtr(-reach))

    @cached_property
    def log_mass(self) -> Float[np.ndarray, " r"]:
        """Log probability that the latent lies in each region."""
        return log_latent_mass(self.mesh, self.latent)

    @cached_property
    def balls(self) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:
        """The ball around the mean of the images of each region's corners, which span its image."""
        mesh = self.mesh
        images = mesh.images[mesh.corners]
        centre = np.add.reduceat(images, mesh.starts[:-1]) / np.diff(mesh.starts)[:, None]
        distance = np.linalg.norm(images - centre[mesh.region], axis=1)
        return centre, np.maximum.reduceat(distance, mesh.starts[:-1])

    def log_evidence(
        self,
        region: Int[np.ndarray, " p"],
        x: Float[np.ndarray, "p d"],
        beside: Float[np.ndarray, " p"] | None = None,
    ) -> Float[np.ndarray, " p"]:
        """Log of the joint density, integrated over this region, nats.

        Args:
            region: numbers of regions.
            x: a point for each.
            beside: logs of other terms of the same sums: an error of 1e-13 of these, which saves most of the
                work, is allowed; without them every term keeps all its digits.
        """
        constant, centre = self._squares.completed(region, x)
        # Each term is this factor times the probability of the region in the square's coordinates.
        factor = constant - x.shape[1] * (log(self.noise) + log(2 * pi) / 2)
        factor = factor - np.log(self._squares.scale[region]).sum(axis=1)
        if isinstance(self.latent, Uniform):
            factor = factor + log(2 * pi / 4)  # the density 1/4, instead of a standard normal one's 1/(2 pi)
        quick = np.zeros(len(region), dtype=bool) if beside is None else factor <= beside + LARGER
        logs = np.empty(len(region))
        with np.errstate(divide="ignore"):
            logs[quick] = np.log(np.maximum(gaussian_mass(*self._white(region[quick], centre[quick])), 0))
        corners, starts = self._white(region[~quick], centre[~quick])
        logs[~quick] = log_gaussian_mass(corners, starts, np.arange(len(corners)))
        return factor + logs

    def _white(
        self, region: Int[np.ndarray, " p"], centre: Float[np.ndarray, "p 2"]
    ) -> tuple[Float[np.ndarray, "c 2"], Int[np.ndarray, " p+1"]]:
        """The corners of each region in the coordinates of its square, and where each one's begin."""
        mesh, squares = self.mesh, self._squares
        count = np.diff(mesh.starts)[region]
        starts = np.concatenate([[0], np.cumsum(count)])
        entry = np.arange(starts[-1]) + np.repeat(mesh.starts[region] - starts[:-1], count)
        z = mesh.vertices[mesh.corners[entry]] - self._middle[region].repeat(count, axis=0)
        frame = (squares.latent_axes * squares.scale[:, :, None])[region].repeat(count, axis=0)
        return np.einsum("cjk,ck->cj", frame, z) - centre.repeat(count, axis=0), starts
