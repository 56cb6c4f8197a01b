r"""The exact law of an invertible generator: a flow, or a network of square layers.

With g the generator, f its inverse and r the density of the latent, each point has one preimage and
:math:`p(x) = r(f(x)) |\det Df(x)|`.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
import torch
from jaxtyping import Float

from empirical.densities.certificate import Certificate
from empirical.densities.flow.bijection import Bijection, flow_bijection, layered_bijection
from empirical.densities.flow.boundary_mass import Square, grid_masses
from empirical.densities.flow.certification import certify
from empirical.densities.latents import Normal, Uniform
from empirical.densities.mass import Mass
from empirical.densities.points import as_points

CHUNK = 1 << 14  # points at once: the tensors of a spline flow of a hundred units stay below 100 MB
OUTSIDE = 1e-10  # mass beyond what stands for an edge at infinity
TOLERANCE = 1e-10  # of each part of a rectangle's edge, in probability


@dataclass(frozen=True, eq=False)
class FlowLaw:
    """The law of ``bijection.generate(Z)``.

    Args:
        bijection: the generator with its inverse, of a flow or of square layers.
        latent: of the same dimension, normal or uniform.

    Raises:
        ValueError: the dimensions differ.
    """

    bijection: Bijection
    latent: Normal | Uniform

    def __post_init__(self) -> None:
        if self.bijection.dim != self.latent.dim:
            raise ValueError(
                f"an invertible generator keeps the dimension (got a map of {self.bijection.dim} coordinates "
                f"and a latent of {self.latent.dim}): give the latent as many coordinates as the map has."
            )

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.latent.dim

    @property
    def mass(self) -> Mass:
        """An invertible map keeps volumes from vanishing: there is a density and nothing else."""
        return Mass(absolutely_continuous=1.0, singular=0.0, atoms=0.0)

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        r"""Log density, :math:`\log r(f(x)) + \log |\det Df(x)|`, nats; -inf off the support.

        Raises:
            TypeError: the points are no NumPy array of numbers.
            ValueError: the points have another dimension or are NaN, or the inverse is not a number at one.
        """
        x = as_points(x, self.dim)
        if not len(x):
            return np.empty(0)
        return np.concatenate([self._log_prob(x[start : start + CHUNK]) for start in range(0, len(x), CHUNK)])

    def _log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        found = np.full(len(x), -inf)
        finite = np.isfinite(x).all(axis=1)
        if not finite.any():
            return found
        z, stretch = self._inverse(x[finite])
        found[finite] = self.latent.log_density(z).sum(axis=1) + stretch
        if np.isnan(found).any():
            raise ValueError(
                f"the inverse is not a number at {x[np.isnan(found)][0].tolist()}: the map overflows there; "
                f"ask nearer to the data."
            )
        return found

    def _inverse(
        self, x: Float[np.ndarray, "n d"]
    ) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " n"]]:
        with torch.no_grad():
            z, stretch = self.bijection.invert(torch.from_numpy(np.ascontiguousarray(x)))
        return z.numpy(), stretch.numpy()

    @cached_property
    def square(self) -> Square:
        """The map that makes a random point uniform on the unit cube: distribution functions of f(x)."""
        return Square(self._latents, self._distribution)

    def _latents(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        inverses = [self._inverse(x[start : start + CHUNK])[0] for start in range(0, len(x), CHUNK)]
        return np.concatenate([np.empty((0, self.dim)), *inverses])

    def _distribution(self, z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        return self.latent.interval_probability(np.full(z.shape, -inf), z)

    def cumulative(self, x: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """The distribution function on the line; of a map that falls, one minus it."""
        return self._distribution(self._latents(x[:, None]))[:, 0]

    def cell_probability(
        self, x: Float[np.ndarray, " columns"], y: Float[np.ndarray, " rows"] | None = None
    ) -> Float[np.ndarray, "*cells"]:
        """Probability of each interval or, in the plane, rectangle between edges, without the density.

        On the line it is the difference of two values of the distribution function; in the plane the area of
        the cell's image in the unit square, from its boundary, to about 1e-8. An edge at infinity stands for
        one beyond which less than 1e-10 of the mass lies.

        Args:
            x: increasing edges of the first coordinate.
            y: of the second, in the plane.

        Raises:
            ValueError: edges that do not increase, another number of them than coordinates, or more than two
                coordinates.
        """
        if self.dim > 2:
            raise ValueError(
                f"the cells of an invertible generator are known on the line and in the plane (got "
                f"{self.dim} coordinates): integrate log_prob, or count samples."
            )
        edges = (x,) if y is None else (x, y)
        if len(edges) != self.dim:
            raise ValueError(
                f"cells of {self.dim} coordinates need as many lists of edges (got {len(edges)}): pass one "
                f"for each."
            )
        if not all(len(e) > 1 and (np.diff(e) > 0).all() for e in edges):
            raise ValueError(
                "the edges of cells must increase, two of them or more: sort them and drop doubles."
            )
        if any(np.isinf(e).any() for e in edges):
            edges = tuple(_within(e, *ends) for e, ends in zip(edges, self._reach.T, strict=True))
        if self.dim == 1:
            return np.abs(np.diff(self.cumulative(edges[0])))
        return grid_masses(self.square, *edges, tolerance=TOLERANCE)[0]

    @cached_property
    def _reach(self) -> Float[np.ndarray, "2 d"]:
        """Opposite corners of a box that holds all but OUTSIDE of the mass, by its boundary."""
        points = self.sample(1000, seed=0)
        low, high = points.min(axis=0), points.max(axis=0)
        for _ in range(60):
            low, high = low - (high - low) / 2, high + (high - low) / 2
            ends = np.stack([low, high])
            masses = (
                np.abs(np.diff(self.cumulative(ends[:, 0])))
                if self.dim == 1
                else grid_masses(self.square, ends[:, 0], ends[:, 1], tolerance=OUTSIDE / 100)[0]
            )
            if masses.sum() >= 1 - OUTSIDE:
                return ends
        raise ValueError("no box was found that holds the mass of this law: pass finite edges.")

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n d"]:
        """Draws n independent points: the generator at n latents."""
        z = torch.from_numpy(self.latent.sample(n, np.random.default_rng(seed)))
        with torch.no_grad():
            return torch.cat([self.bijection.generate(part) for part in z.split(CHUNK)]).numpy()

    @cached_property
    def certificate(self) -> Certificate:
        """Whether inverse, determinant and, up to the plane, the masses of cells are what they must be."""
        return certify(self.bijection, self.latent, self.log_prob, self.square)


def _within(edges: Float[np.ndarray, " edges"], low: float, high: float) -> Float[np.ndarray, " edges"]:
    """The edges, with ends at infinity replaced by these, or by ends beyond all others."""
    inner = edges[np.isfinite(edges)]
    first, last = min([low, *(inner - 1)]), max([high, *(inner + 1)])
    return np.concatenate([[first] * bool(edges[0] == -inf), inner, [last] * bool(edges[-1] == inf)])


def flow_law(flow: torch.nn.Module, latent: Normal | None = None) -> FlowLaw:
    """The law of an unconditional flow of zuko with a normal base, in float64.

    Args:
        flow: a ``zuko.flows.Flow``; a copy is read.
        latent: ``Normal(d)``, which is what the flow's base is; it may be left out.

    Raises:
        TypeError: it is no such flow.
        ValueError: it needs a context, its parameters are not finite, or the latent has another dimension.

    >>> from empirical.networks.flows import FlowArchitecture, build_flow
    >>> law = flow_law(build_flow(FlowArchitecture("coupling", dim=2), seed=0))
    >>> law.certificate.holds
    True
    """
    bijection = flow_bijection(flow)
    return FlowLaw(bijection, Normal(bijection.dim) if latent is None else latent)


def invertible_law(generator: torch.nn.Module, latent: Normal | Uniform) -> FlowLaw:
    """The law of a network of square affine layers and leaky ReLUs: one preimage, in closed form.

    Raises:
        TypeError: a layer is not affine or (leaky) ReLU.
        ValueError: a layer is not invertible, the latent has another dimension, or it has one or two, where
            ``exact_density`` knows the pieces and checks masses without integrating over their edges.
    """
    if latent.dim < 3:
        raise ValueError(
            f"on the line and in the plane the pieces of the network are known (got {latent.dim} "
            f"coordinates): use exact_density(generator, latent)."
        )
    return FlowLaw(layered_bijection(generator), latent)
