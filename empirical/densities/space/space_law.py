r"""The exact law of a piecewise-affine function from three latent dimensions to three.

On a region with a regular derivative A the function is invertible and carries the latent density
:math:`\varphi` to :math:`\varphi(z) / |\det A|`; the density at x sums this over every preimage z of x. Where
A has rank 2 or 1 the mass lies on a surface or a line, where it is 0 on a point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.certificate import Certificate
from empirical.densities.latents import Normal, Uniform
from empirical.densities.mass import Mass
from empirical.densities.rational_network import nearest
from empirical.densities.space.bins import bin_probabilities
from empirical.densities.space.density_checks import density_checks
from empirical.densities.space.gaussian_mass import gaussian_masses
from empirical.densities.space.preimages import Found, Inverse
from empirical.densities.space.ranks import ranks
from empirical.densities.space.subdivision import Subdivision, subdivide
from empirical.densities.space.tiling import Tiling
from empirical.densities.space.tiling_checks import tiling_checks

HALF_WIDTH = 39.0  # beyond, the density of a normal coordinate is 0 in float64
ROUNDING = 1e-12  # of an image, by sums and products of a few hundred numbers, as a share of the largest
PATTERNS = 100_000  # latents whose signs a certificate compares with the regions
POINTS = 10_000  # of the law and of a window, where it compares densities with masses


@dataclass(frozen=True, eq=False)
class SpaceLaw:
    """The law of ``generator(Z)`` in space, Z distributed as the latent.

    Args:
        subdivision: the generator on each region of the latent box.
        latent: three coordinates, normal or uniform.
    """

    subdivision: Subdivision
    latent: Normal | Uniform

    @property
    def dim(self) -> int:
        """Number of coordinates of an output."""
        return 3

    @cached_property
    def ranks(self) -> Int[np.ndarray, " regions"]:
        """The dimension of each region's image."""
        return ranks(self.subdivision)

    @cached_property
    def region_probabilities(self) -> Float[np.ndarray, " regions"]:
        """The probability of the latents of each region, by integrals over its edges or its volume."""
        return latent_masses(self.subdivision.tiling, self.latent)

    @cached_property
    def log_determinants(self) -> Float[np.ndarray, " regions"]:
        """The logarithm of the factor by which each region's volume grows; -inf where its image is flat."""
        size = np.linalg.slogdet(self.subdivision.maps.value[:, :, :3]).logabsdet
        return np.where(self.ranks == 3, size, -inf)

    @cached_property
    def mass(self) -> Mass:
        """Regions of rank 3 give a density, of rank 2 and 1 a singular part, of rank 0 atoms."""
        by_rank = np.bincount(self.ranks, self.region_probabilities, minlength=4)
        return Mass(
            absolutely_continuous=float(by_rank[3]),
            singular=float(by_rank[1] + by_rank[2]),
            atoms=float(by_rank[0]),
        )

    @cached_property
    def _atoms(self) -> tuple[Float[np.ndarray, "k 3"], Float[np.ndarray, " k"]]:
        weights: dict[tuple[float, ...], float] = {}
        for region in np.flatnonzero(self.ranks == 0):
            pattern = self.subdivision.patterns[region]
            offset = self.subdivision.tiling.vertices.network.maps(pattern)[-1]
            point = tuple(nearest(offset[row, 3]) for row in range(3))
            weights[point] = weights.get(point, 0.0) + float(self.region_probabilities[region])
        return np.array(sorted(weights)).reshape(-1, 3), np.array(
            [weights[point] for point in sorted(weights)]
        )

    @property
    def atoms(self) -> Float[np.ndarray, "k 3"]:
        """The points with positive probability, in lexicographic order, each coordinate rounded once."""
        return self._atoms[0]

    @property
    def atom_probabilities(self) -> Float[np.ndarray, " k"]:
        """The probability of each atom."""
        return self._atoms[1]

    @cached_property
    def _inverse(self) -> Inverse:
        return Inverse(self.subdivision, np.flatnonzero(self.ranks == 3))

    def preimages(self, x: Float[np.ndarray, "n d"]) -> Found:
        """The latents that regions of rank 3 carry to each point.

        Raises:
            ValueError: points with NaN, or other than three coordinates.
        """
        if x.shape[1] != 3 or np.isnan(x).any():
            raise ValueError(
                f"points in space have three coordinates that are numbers (got shape {x.shape}, "
                f"{int(np.isnan(x).sum())} NaN): pass an array of shape (n, 3) without NaN."
            )
        return self._inverse(x)

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log density of the absolutely continuous part, nats; -inf without preimage, inf at an atom.

        A point is at an atom if it is within rounding, 1e-12 of the largest coordinate of the image. On
        surfaces and lines with mass, where laws on the line and in the plane give inf, it is still the
        density of the other part: -inf at every draw of a law that lies wholly on such surfaces.

        Raises:
            ValueError: points with NaN, or other than three coordinates.
        """
        total = self._log_density(self.preimages(x), len(x))
        tolerance = ROUNDING * float(np.abs(self.subdivision.tiling.values.value).max())
        for atom in self.atoms:
            total[(np.abs(x - atom) <= tolerance).all(axis=1)] = inf
        return total

    def _log_density(self, found: Found, points: int) -> Float[np.ndarray, " n"]:
        terms = self.latent.log_density(found.latent).sum(axis=1) - self.log_determinants[found.region]
        total = np.full(points, -inf)
        np.logaddexp.at(total, found.point, terms)
        return total

    def _density(self, found: Found, points: int) -> Float[np.ndarray, " n"]:
        return np.exp(self._log_density(found, points))

    @cached_property
    def certificate(self) -> Certificate:
        """Whether the regions tile the box, none is missing, and the density has the mass of exact bins."""
        tiling = tiling_checks(self.subdivision, self.latent, PATTERNS, seed=0)
        density = density_checks(
            self.subdivision,
            self.latent,
            self.ranks,
            self.log_determinants,
            self.preimages,
            self._density,
            self._weigh,
            POINTS,
            seed=1,
        )
        return Certificate(tiling + density)

    def cell_probability(
        self,
        edges_x: Float[np.ndarray, " ex"],
        edges_y: Float[np.ndarray, " ey"],
        edges_z: Float[np.ndarray, " ez"],
    ) -> Float[np.ndarray, "ex-1 ey-1 ez-1"]:
        """Probability of each cell [x_i, x_i+1) x [y_j, y_j+1) x [z_k, z_k+1), the last of each row closed.

        The regions are cut where an output crosses an edge, and the latents of each piece are weighed: no
        density, determinant or inverse is used. The outermost edges may be infinite.

        Raises:
            ValueError: fewer than two edges of an axis, or edges that do not increase.
        """
        everywhere = np.ones(len(self.subdivision), dtype=bool)
        return bin_probabilities(self.subdivision, (edges_x, edges_y, edges_z), self._weigh, everywhere)

    def _weigh(self, tiling: Tiling) -> Float[np.ndarray, " cells"]:
        return latent_masses(tiling, self.latent)

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n 3"]:
        """Draws n independent points: the generator of n latents."""
        return self.subdivision(self.latent.sample(n, np.random.default_rng(seed)))


def space_law(layers: Sequence[AffineLayer], latent: Normal | Uniform, max_regions: int) -> SpaceLaw:
    """The exact law of a network from three latent coordinates to three, on the box where they have density.

    Raises:
        ValueError: not three latent coordinates, inputs or outputs, or more regions than allowed.

    >>> import torch
    >>> from empirical.densities.affine_layers import affine_layers
    >>> half = torch.nn.Sequential(torch.nn.Linear(3, 3, bias=False), torch.nn.ReLU())
    >>> _ = torch.nn.init.eye_(half[0].weight)
    >>> law = space_law(affine_layers(half), Uniform(3), max_regions=100)  # max(Z, 0) in each coordinate
    >>> law.mass.absolutely_continuous, law.mass.singular, law.mass.atoms
    (0.125, 0.75, 0.125)
    """
    inputs, outputs = layers[0].weight.shape[1], len(layers[-1].bias)
    if (latent.dim, inputs, outputs) != (3, 3, 3):
        raise ValueError(
            f"a law in space needs three latent coordinates, inputs and outputs (got {latent.dim}, {inputs} "
            f"and {outputs}): use {type(latent).__name__}(3), Linear(3, ...) first and Linear(..., 3) last."
        )
    half_width = HALF_WIDTH if isinstance(latent, Normal) else 1.0
    return SpaceLaw(subdivide(layers, half_width, max_regions), latent)


def latent_masses(tiling: Tiling, latent: Normal | Uniform) -> Float[np.ndarray, " cells"]:
    """The probability of each cell of a tiling; the error is absolute, about 1e-15 for normal latents."""
    points = tiling.positions.value
    if isinstance(latent, Uniform):
        return tiling.polyhedra.volumes(points) / 8
    return gaussian_masses(tiling.polyhedra, points)
