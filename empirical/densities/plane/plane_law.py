r"""The exact law of a piecewise-affine function from the plane to the plane.

On a region where the derivative A is regular the function is invertible and carries the latent density
:math:`\varphi` to :math:`\varphi(z) / |\det A|`; the density at x sums this over every preimage z of x. A
region where A has rank 1 puts the probability of its latents on a segment, and one where A is 0 on a point.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, log, pi, sqrt

import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.affine_layers import ROWS, AffineLayer, apply_layers
from empirical.densities.certificate import Certificate
from empirical.densities.latents import Normal, Uniform
from empirical.densities.mass import Mass
from empirical.densities.network_rounding import rounding_bound
from empirical.densities.plane.affine_maps import affine_checks
from empirical.densities.plane.atoms import atoms
from empirical.densities.plane.bins import cell_probability
from empirical.densities.plane.certification import density_check, preimage_check, tail_check
from empirical.densities.plane.location import Location
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.polygon_mass import log_latent_mass
from empirical.densities.plane.ranks import ranks
from empirical.densities.plane.segments import Segments
from empirical.densities.plane.signs import sign_checks
from empirical.densities.plane.subdivision import Subdivision
from empirical.densities.plane.tiling import tiling_checks
from empirical.densities.points import as_points

# Beyond, determinants, areas and their errors leave the range of float64, or come near its end.
LARGEST, SMALLEST_VOLUME = 1e120, 1e-240


@dataclass(frozen=True, eq=False)
class Preimages:
    """The latents that regular regions carry to some points.

    Args:
        point: numbers of points, increasing.
        region: the region of the mesh in which the latent lies.
        latent: one preimage of the point.
    """

    point: Int[np.ndarray, " m"]
    region: Int[np.ndarray, " m"]
    latent: Float[np.ndarray, "m 2"]


@dataclass(frozen=True, eq=False)
class PlaneLaw:
    """The law of ``generator(Z)`` in the plane, Z distributed as the latent.

    Args:
        layers: of the generator, two inputs and two outputs.
        subdivision: of a box that holds the latent's mass: [-1, 1]^2 for the uniform latent, [-39, 39]^2 for
            the normal one, whose density in float64 is 0 beyond.
        latent: two coordinates.

    Raises:
        ValueError: the latent has not two coordinates, or the generator not two outputs, or these are so
            large, or change areas by such small factors, that float64 cannot hold the density's terms.
    """

    layers: tuple[AffineLayer, ...]
    subdivision: Subdivision
    latent: Normal | Uniform

    def __post_init__(self) -> None:
        if self.latent.dim != 2 or self.mesh.dim != 2:
            raise ValueError(
                f"a law in the plane needs two latent coordinates and two outputs (got {self.latent.dim} and "
                f"{self.mesh.dim}): use exact_density, which chooses the law by the dimensions."
            )
        mesh = self.mesh
        largest = max(np.abs(mesh.linear).max(), np.abs(mesh.offset).max(), np.abs(mesh.images).max())
        thin = largest <= LARGEST and np.abs(mesh.determinants) < SMALLEST_VOLUME
        if not largest <= LARGEST or (np.any(thin) and (self.ranks[thin] == 2).any()):
            raise ValueError(
                f"the generator's scale is beyond float64 (got outputs and slopes up to {largest:.2g}, where "
                f"{LARGEST:g} is allowed, and factors of area that must not be below {SMALLEST_VOLUME:g}): "
                f"rescale its weights, or its outputs to other units."
            )

    @property
    def mesh(self) -> Mesh:
        """The regions, on each of which the generator is affine."""
        return self.subdivision.mesh

    @property
    def dim(self) -> int:
        """Number of coordinates of an output."""
        return 2

    @cached_property
    def certificate(self) -> Certificate:
        """Why the law is to be trusted: every check of ``certify``, on the draws of seed 0."""
        return self.certify(seed=0)

    def certify(self, seed: int, *, draws: int = 12) -> Certificate:
        """Checks the mesh, the signs and maps on it, the tail beyond it, the preimages and the density.

        The density is tried on independent draws: if it is wrong on a set of probability f, all of them miss
        that set with probability (1 - f) ** draws.

        Args:
            seed: of the draws.
            draws: around which the density is integrated and preimages are decided in rationals.
        """
        mesh, regular = self.mesh, np.flatnonzero(self.ranks == 2)
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        _, dense = self.draw(64 * draws, seed)
        drawn = self.latent.sample(64 * draws, np.random.default_rng(seed))[dense][:draws]  # its latents
        determinants = mesh.determinants.copy()
        determinants[regular] = np.sign(determinants[regular]) * np.exp(self.log_volumes[regular])

        def density(x: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
            logs = self.log_prob(x)
            return np.exp(np.where(logs == inf, -inf, logs))  # on a segment with mass: no area

        def preimages(x: Float[np.ndarray, " 2"]) -> Float[np.ndarray, "k 2"]:
            return self.preimages(x[None]).latent

        return Certificate(
            (
                *tiling_checks(mesh, low, high),
                *sign_checks(self.subdivision, self.layers),
                *affine_checks(self.subdivision, self.layers, determinants),
                tail_check(self.latent, low, high),
                preimage_check(self.layers, self.latent, self.log_prob, preimages, drawn),
                density_check(mesh, regular, self.latent, density, apply_layers(self.layers, drawn)),
            )
        )

    @cached_property
    def ranks(self) -> Int[np.ndarray, " regions"]:
        """The dimension of each region's image, decided exactly: 2, 1 for a segment, 0 for a point."""
        return ranks(self.layers, self.subdivision)

    @cached_property
    def log_masses(self) -> Float[np.ndarray, " regions"]:
        """Log probability of the latents of each region, nats."""
        return log_latent_mass(self.mesh, self.latent)

    @property
    def mass(self) -> Mass:
        """Regions of rank 2 give a density, those of rank 1 mass on lines, those of rank 0 atoms."""
        by_rank = np.bincount(self.ranks, np.exp(self.log_masses), minlength=3)
        return Mass(
            absolutely_continuous=float(by_rank[2]), singular=float(by_rank[1]), atoms=float(by_rank[0])
        )

    @cached_property
    def atoms(self) -> Float[np.ndarray, "k 2"]:
        """The points with positive probability, in lexicographic order, each coordinate rounded once."""
        return self._atoms_and_probabilities[0]

    @cached_property
    def atom_probabilities(self) -> Float[np.ndarray, " k"]:
        """The probability of each atom."""
        return self._atoms_and_probabilities[1]

    @cached_property
    def _atoms_and_probabilities(self) -> tuple[Float[np.ndarray, "k 2"], Float[np.ndarray, " k"]]:
        collapsed = np.flatnonzero(self.ranks == 0)
        return atoms(self.layers, self.subdivision, collapsed, np.exp(self.log_masses))

    @cached_property
    def segments(self) -> Segments:
        """The mass on lines, with its density along them."""
        flat = np.flatnonzero(self.ranks == 1)
        return Segments.of(self.mesh, flat, np.exp(self.log_masses[flat]), self.latent)

    @cached_property
    def log_volumes(self) -> Float[np.ndarray, " regions"]:
        """The log of |det A| of each region, -inf where it is flat."""
        with np.errstate(divide="ignore"):
            return np.where(self.ranks == 2, np.log(np.abs(self.mesh.determinants)), -inf)

    @property
    def log_volume_gain(self) -> float:
        r""":math:`E \log |\det J(Z)|`, exactly: its sum with the latent's entropy bounds the law's entropy.

        The bound is reached where no two latents have one image. It is -inf where mass lies on lines or
        points.
        """
        massive = self.log_masses > -inf
        return float(np.exp(self.log_masses[massive]) @ self.log_volumes[massive])

    @cached_property
    def _location(self) -> Location:
        return Location.among(self.mesh, np.flatnonzero(self.ranks == 2))

    @cached_property
    def _inverse(self) -> Float[np.ndarray, "regions 2 2"]:
        (a, b), (c, d) = np.moveaxis(self.mesh.linear, 0, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.moveaxis(np.array([[d, -b], [-c, a]]) / self.mesh.determinants, -1, 0)

    def _parts(self, x: Float[np.ndarray, "n d"]) -> Iterator[Preimages]:
        first = self.mesh.corners[self.mesh.starts[:-1]]
        for point, region in self._location.covering(x):
            # From the nearest known pair of latent and image: small differences have small errors.
            corner = first[region]
            step = x[point] - self.mesh.images[corner]
            inverse = self._inverse[region]
            z = inverse[:, :, 0] * step[:, :1] + inverse[:, :, 1] * step[:, 1:] + self.mesh.vertices[corner]
            yield Preimages(point, region, z)

    def preimages(self, x: Float[np.ndarray, "n d"]) -> Preimages:
        """Every latent in a regular region that the generator carries to one of the points.

        A point on the image of an edge counts as lying infinitely little above and to the right of it.

        Raises:
            TypeError: the points are no NumPy array of numbers.
            ValueError: a point is NaN or has not two coordinates.
        """
        parts = list(self._parts(as_points(x, 2)))
        integers = np.empty(0, dtype=np.int64)
        return Preimages(
            np.concatenate([integers, *(part.point for part in parts)]),
            np.concatenate([integers, *(part.region for part in parts)]),
            np.concatenate([np.empty((0, 2)), *(part.latent for part in parts)]),
        )

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log density at each point, nats: inf at atoms and on segments with mass, -inf off the support.

        A point lies at an atom or on a segment if it does within rounding, bounded for each coordinate and
        for each region that makes them.

        Raises:
            TypeError: the points are no NumPy array of numbers.
            ValueError: a point is NaN or has not two coordinates.
        """
        x = as_points(x, 2)
        total = np.full(len(x), -inf)
        for part in self._parts(x):
            if isinstance(self.latent, Normal):
                terms = -(part.latent**2).sum(axis=1) / 2 - log(2 * pi)
            else:
                terms = np.full(len(part.region), -log(4))  # the regions end where the latents do
            _enter_sums(total, part.point, terms - self.log_volumes[part.region])
        if len(self.segments):
            total[self.segments.log_density(x, self._off_lines) > -inf] = inf
        for atom in self.atoms:
            total[(np.abs(x - atom) <= self._off_atoms).all(axis=1)] = inf
        return total

    @cached_property
    def _off_atoms(self) -> Float[np.ndarray, " 2"]:
        return self._rounding(np.flatnonzero(self.ranks == 0)).max(axis=0)

    @cached_property
    def _off_lines(self) -> Float[np.ndarray, "k 2"]:
        # Rounding of one coordinate moves the foot of the perpendicular, and with it the other coordinate.
        # The two offsets that are possible span a rectangle: its ellipse is longer by the root of 2.
        bound, direction = self._rounding(self.segments.regions), np.abs(self.segments.directions)
        return sqrt(2) * (bound + direction * (direction * bound).sum(axis=1, keepdims=True))

    def _rounding(self, regions: Int[np.ndarray, " k"]) -> Float[np.ndarray, "k 2"]:
        """How far rounding may move an output of each region from where it is looked for.

        Four times what is possible at a corner of the region: for the output, the region's matrix, its offset
        and their sum. The sizes of terms that are affine are largest at corners.
        """
        mesh = self.mesh
        at_corners = np.zeros((len(mesh.corners), 2))
        entries = np.flatnonzero(np.isin(mesh.region, regions))
        for part in (entries[i : i + ROWS] for i in range(0, len(entries), ROWS)):
            at_corners[part] = rounding_bound(self.layers, mesh.vertices[mesh.corners[part]])
        return 4 * np.maximum.reduceat(at_corners, mesh.starts[:-1])[regions]

    def cell_probability(
        self, x_edges: Float[np.ndarray, " columns"], y_edges: Float[np.ndarray, " rows"]
    ) -> Float[np.ndarray, "columns-1 rows-1"]:
        """Probability of each cell of a grid, by the latents that land in it; no density is used.

        Cells are closed on the left and below, those of the last column and row on both sides.

        Raises:
            ValueError: an axis has fewer than two edges, or they do not increase.
        """
        return cell_probability(self.mesh, self.latent, x_edges, y_edges)

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n 2"]:
        """Draws n independent points: the generator of n latents."""
        return self.draw(n, seed)[0]

    def draw(self, n: int, seed: int) -> tuple[Float[np.ndarray, "n 2"], Bool[np.ndarray, " n"]]:
        """Draws n independent points, and whether each comes from a region of rank 2."""
        z = self.latent.sample(n, np.random.default_rng(seed))
        regular = np.ones(n, dtype=bool)
        if (self.ranks < 2).any():
            for point, region in self._latent_location.covering(z):
                regular[point] = self.ranks[region] == 2
        return apply_layers(self.layers, z), regular

    @cached_property
    def _latent_location(self) -> Location:
        # The region of a latent is that which the identity maps onto it.
        return Location.among(replace(self.mesh, images=self.mesh.vertices), np.arange(len(self.mesh)))


def _enter_sums(
    total: Float[np.ndarray, " n"], point: Int[np.ndarray, " m"], logs: Float[np.ndarray, " m"]
) -> None:
    """Enters the log of the sum of exponentials of each point's logs; the points are in increasing order."""
    if not len(point):
        return
    first = np.flatnonzero(np.diff(point, prepend=-1))
    largest = np.maximum.reduceat(logs, first)
    shifted = np.exp(logs - np.repeat(largest, np.diff(first, append=len(point))))
    total[point[first]] = largest + np.log(np.add.reduceat(shifted, first))
