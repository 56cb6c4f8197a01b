r"""The law of a piecewise-affine generator with more outputs than latents: mass on a curve or a surface.

The image of k latent coordinates in a space of more dimensions has volume 0, so that no density exists there.
On the image itself the law has one with respect to the Hausdorff measure of dimension k, length or area: at x
it is the sum over the preimages of :math:`\varphi(z) / \sqrt{\det A^\top A}`, A the derivative at z.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, log, pi
from typing import NoReturn

import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.affine_layers import AffineLayer, apply_layers
from empirical.densities.certificate import Certificate
from empirical.densities.latents import Normal, Uniform
from empirical.densities.line.curve import affine_curve
from empirical.densities.mass import Mass
from empirical.densities.plane.affine_maps import affine_checks
from empirical.densities.plane.atoms import atoms
from empirical.densities.plane.latent_box import HALF_WIDTH, subdivide_latent
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.polygon_mass import log_latent_mass
from empirical.densities.plane.ranks import ranks
from empirical.densities.plane.segments import ROUNDING, Segments
from empirical.densities.plane.signs import sign_checks
from empirical.densities.plane.subdivision import Subdivision
from empirical.densities.plane.tiling import tiling_checks
from empirical.densities.sheet.certification import sheet_checks
from empirical.densities.sheet.sheets import Sheets

LATENTS = 2000  # drawn for the certificate


@dataclass(frozen=True, eq=False)
class SheetLaw:
    """The law of ``generator(Z)`` on the curve or the surface that the generator makes of its latents.

    Args:
        layers: of the generator, with more outputs than inputs.
        latent: one or two coordinates.
        sheets: the pieces of latents on which the derivative has full rank.
        sheet_masses: the probability of each.
        segments: of two latent coordinates, the pieces on which it has rank 1.
        atoms: the points with positive probability, in lexicographic order.
        atom_probabilities: the probability of each.
        subdivision: of two latent coordinates, from which the sheets come.
    """

    layers: tuple[AffineLayer, ...]
    latent: Normal | Uniform
    sheets: Sheets
    sheet_masses: Float[np.ndarray, " sheets"]
    segments: Segments | None
    atoms: Float[np.ndarray, "atoms d"]
    atom_probabilities: Float[np.ndarray, " atoms"]
    subdivision: Subdivision | None = None

    @property
    def dim(self) -> int:
        """Number of coordinates of an output."""
        return len(self.layers[-1].bias)

    @property
    def mass(self) -> Mass:
        """Nothing has a density: sheets and segments are singular, collapsed pieces are atoms."""
        lines = 0.0 if self.segments is None else float(self.segments.masses.sum())
        return Mass(
            absolutely_continuous=0.0,
            singular=float(self.sheet_masses.sum()) + lines,
            atoms=float(self.atom_probabilities.sum()),
        )

    @cached_property
    def certificate(self) -> Certificate:
        """Whether the pieces hold all mass, random latents are found, and the mesh tiles its box."""
        z = self.latent.sample(LATENTS, np.random.default_rng(0))
        total = self.mass.singular + self.mass.atoms
        collapsed = self._collapsed(apply_layers(self.layers, z), self.tolerance)
        checks = sheet_checks(self.layers, self.sheets, total, z, self.tolerance, collapsed)
        if self.subdivision is not None:
            mesh = self.subdivision.mesh
            low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
            checks += (
                *tiling_checks(mesh, low, high),
                *sign_checks(self.subdivision, self.layers),
                *affine_checks(self.subdivision, self.layers, np.empty(0)),
            )
        return Certificate(checks)

    @cached_property
    def tolerance(self) -> float:
        """The rounding of an image: 1e-12 of the largest coordinate on the image of the latents' box."""
        ends = np.empty((0, 2, self.dim)) if self.segments is None else self.segments.ends
        return ROUNDING * max(float(np.abs(p).max(initial=0)) for p in (self.sheets.images, ends, self.atoms))

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> NoReturn:
        """Refuses: the law has no density in this space.

        Raises:
            TypeError: always.
        """
        raise TypeError(
            f"the law has no density (got {self.latent.dim} latent coordinates and {self.dim} outputs: all "
            f"mass lies on a set of volume 0): use hausdorff_log_density for the density on that set, or "
            f"exact_density(generator, latent, noise=...) for outputs with Gaussian noise."
        )

    def hausdorff_log_density(
        self, x: Float[np.ndarray, "n d"], tolerance: float | None = None
    ) -> Float[np.ndarray, " n"]:
        """Log density with respect to length, or area, on the image of the generator; -inf off it.

        It is in nats per unit of length or area, and inf at atoms and, for two latent coordinates, on
        segments with mass. On a crease, where neighbouring sheets have different densities, it is that of one
        of them.

        The image has volume 0, and the float64 nearest to a point of it is as a rule not on it: a point
        counts as on the image if its distance from it is at most the tolerance. A point so near to two sheets
        that do not meet in one latent counts on both.

        Args:
            x: points of the data space.
            tolerance: by default ``self.tolerance``, what rounding explains: it takes in the outputs of the
                generator, and hardly anything else. For data that were stored in fewer digits pass their
                rounding error.

        Raises:
            ValueError: a point is NaN or has another number of coordinates; a tolerance that is not a
                positive number.
        """
        if x.shape[1] != self.dim or np.isnan(x).any():
            raise ValueError(
                f"points need {self.dim} coordinates that are numbers (got shape {x.shape} with "
                f"{int(np.isnan(x).sum())} NaN): pass an array of shape (n, {self.dim}) without NaN."
            )
        if tolerance is not None and not 0 < tolerance < inf:
            raise ValueError(
                f"the tolerance must be a positive distance (got {tolerance}): leave it out for the rounding "
                f"of float64, or pass the rounding error of your data."
            )
        allowed = self.tolerance if tolerance is None else tolerance
        total = np.full(len(x), -inf)
        finite = np.isfinite(x).all(axis=1)
        total[finite] = self._log_density(x[finite], allowed)
        return total

    def _log_density(self, x: Float[np.ndarray, "n d"], tolerance: float) -> Float[np.ndarray, " n"]:
        found = self.sheets.find(x, tolerance)
        if isinstance(self.latent, Normal):
            logs = -(found.latent**2).sum(axis=1) / 2 - self.latent.dim * log(2 * pi) / 2
        else:
            logs = np.full(len(found.point), -self.latent.dim * log(2))  # the sheets end where the latents do
        total = np.full(len(x), -inf)
        np.logaddexp.at(total, found.point, logs - self.sheets.log_stretches[found.sheet])
        total[self._collapsed(x, tolerance)] = inf
        return total

    def _collapsed(self, x: Float[np.ndarray, "n d"], tolerance: float) -> Bool[np.ndarray, " n"]:
        """Whether points lie on segments with mass, or at atoms."""
        on = np.zeros(len(x), dtype=bool)
        if self.segments is not None:
            on |= self.segments.log_density(x, tolerance) > -inf
        for atom in self.atoms:
            on |= np.sqrt(((x - atom) ** 2).sum(axis=1)) <= tolerance
        return on

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n d"]:
        """Draws n independent points: the generator of n latents."""
        return apply_layers(self.layers, self.latent.sample(n, np.random.default_rng(seed)))


def sheet_law(layers: Sequence[AffineLayer], latent: Normal | Uniform, max_regions: int) -> SheetLaw:
    """The law of a generator with one or two latent coordinates and more outputs.

    Args:
        layers: of the generator.
        latent: as many coordinates as the generator takes.
        max_regions: the most affine pieces that are written out.

    Raises:
        ValueError: not one or two latent coordinates, not more outputs, or more pieces than are allowed.
    """
    inputs, outputs = layers[0].weight.shape[1], len(layers[-1].bias)
    if latent.dim not in (1, 2) or inputs != latent.dim or outputs <= inputs:
        raise ValueError(
            f"a law on sheets needs one or two latent coordinates and more outputs (got a latent of "
            f"{latent.dim}, {inputs} inputs and {outputs} outputs): use exact_density, which chooses the law "
            f"by the dimensions."
        )
    if latent.dim == 1:
        return _curve_law(tuple(layers), latent, max_regions)
    subdivision = subdivide_latent(layers, latent, max_regions)
    mesh = subdivision.mesh
    rank, logs = ranks(layers, subdivision), log_latent_mass(mesh, latent)
    regular, flat = np.flatnonzero(rank == 2), np.flatnonzero(rank == 1)
    points, weights = atoms(layers, subdivision, np.flatnonzero(rank == 0), np.exp(logs))
    return SheetLaw(
        tuple(layers),
        latent,
        _sheets(mesh, regular),
        np.exp(logs[regular]),
        Segments.of(mesh, flat, np.exp(logs[flat]), latent),
        points,
        weights,
        subdivision,
    )


def _sheets(mesh: Mesh, regions: Int[np.ndarray, " r"]) -> Sheets:
    sizes = np.diff(mesh.starts)[regions]
    starts = np.append(0, np.cumsum(sizes))
    entries = np.arange(starts[-1]) + np.repeat(mesh.starts[regions] - starts[:-1], sizes)
    corners = mesh.corners[entries]
    return Sheets(starts, mesh.vertices[corners], mesh.images[corners], mesh.linear[regions])


def _curve_law(layers: tuple[AffineLayer, ...], latent: Normal | Uniform, max_regions: int) -> SheetLaw:
    half_width = HALF_WIDTH[type(latent)]
    curve = affine_curve(layers, (-half_width, half_width))
    if len(curve) > max_regions:
        raise ValueError(
            f"the generator has {len(curve):,} affine pieces, more than the {max_regions:,} allowed: allow "
            f"more with max_regions={len(curve)} (--max-regions on the command line)."
        )
    masses = latent.interval_probability(curve.edges[:-1], curve.edges[1:])
    ends = np.stack([curve.edges[:-1], curve.edges[1:]], axis=1)[:, :, None]
    images = curve.offset[:, None, :] + ends * curve.linear[:, None, :, 0]
    # A piece whose two ends have one float64 value is flat to the last digit, whatever its slope.
    flat = (images[:, 0] == images[:, 1]).all(axis=1)
    points, place = np.unique(images[flat, 0] + 0.0, axis=0, return_inverse=True)
    weights = np.zeros(len(points))
    np.add.at(weights, place.ravel(), masses[flat])
    sheets = Sheets(
        2 * np.arange((~flat).sum() + 1),
        ends[~flat].reshape(-1, 1),
        images[~flat].reshape(-1, curve.offset.shape[1]),
        curve.linear[~flat],
    )
    return SheetLaw(layers, latent, sheets, masses[~flat], None, points[weights > 0], weights[weights > 0])
