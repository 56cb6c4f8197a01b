r"""The mass on lines: regions that a generator flattens to segments, with their densities along them.

A derivative of rank 1 is :math:`A = \sigma u v^\top`. The region's image is a segment in the direction u, and
the point at arc length t has as preimage the latents of the region with :math:`v \cdot z = s`,
:math:`t = \sigma s`. Its density per unit of length is the integral of the latent density over this fibre,

.. math:: \frac{1}{\sigma} \int_{z \in R,\ v \cdot z = s} \varphi(z)\, d\ell ,

a difference of error functions for the normal latent, a length for the uniform one. Where images of several
regions lie on one line, they add up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf, log, pi

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.gaussian_interval import log_interval_mass
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.quadtree import Quadtree, quadtree

ROUNDING = 1e-12  # of an image, by sums and products of a few hundred numbers, as a share of the largest


@dataclass(frozen=True, eq=False)
class Segments:
    """The images of regions of rank 1, and the latent law along each.

    Args:
        regions: their numbers in the mesh.
        masses: the probability of each.
        latent: two coordinates.
        anchors: the image of each region's first corner, from which t and s are measured.
        directions: u, of length one.
        stretches: sigma.
        feet: v and across of the anchor's latent: its coordinates in the frame that v begins.
        starts: where each region's corners begin.
        along: s at each corner, from the anchor.
        across: the other coordinate of each corner, from the anchor.
    """

    regions: Int[np.ndarray, " k"]
    masses: Float[np.ndarray, " k"]
    latent: Normal | Uniform
    anchors: Float[np.ndarray, "k d"]
    directions: Float[np.ndarray, "k d"]
    stretches: Float[np.ndarray, " k"]
    feet: Float[np.ndarray, "k 2"]
    starts: Int[np.ndarray, " starts"]
    along: Float[np.ndarray, " corners"]
    across: Float[np.ndarray, " corners"]

    @staticmethod
    def of(
        mesh: Mesh,
        regions: Int[np.ndarray, " k"],
        masses: Float[np.ndarray, " k"],
        latent: Normal | Uniform,
    ) -> "Segments":
        """The segments of these regions of a mesh, whose derivatives have rank 1.

        Args:
            mesh: of a generator with any number of outputs.
            regions: their numbers.
            masses: the probability of each.
            latent: two coordinates.
        """
        right = np.linalg.svd(mesh.linear[regions], full_matrices=False)[2]
        first = mesh.corners[mesh.starts[regions]]
        sizes = np.diff(mesh.starts)[regions]
        starts = np.append(0, np.cumsum(sizes))
        entries = np.arange(starts[-1]) + np.repeat(mesh.starts[regions] - starts[:-1], sizes)
        step = mesh.vertices[mesh.corners[entries]] - np.repeat(mesh.vertices[first], sizes, axis=0)
        v = right[:, 0]
        turned = np.stack([-v[:, 1], v[:, 0]], axis=1)
        foot = mesh.vertices[first]
        # sigma u = A v, each coordinate relative to its own size, in whatever units the outputs are.
        along = np.einsum("rij,rj->ri", mesh.linear[regions], v)
        stretches = np.sqrt((along**2).sum(axis=1))
        return Segments(
            regions,
            masses,
            latent,
            # By the region's map: the image of a vertex is rounded as those of the edge that it lies on.
            anchors=np.einsum("rij,rj->ri", mesh.linear[regions], foot) + mesh.offset[regions],
            directions=along / stretches[:, None],
            stretches=stretches,
            feet=np.stack([(foot * v).sum(axis=1), (foot * turned).sum(axis=1)], axis=1),
            starts=starts,
            along=(step * np.repeat(v, sizes, axis=0)).sum(axis=1),
            across=(step * np.repeat(turned, sizes, axis=0)).sum(axis=1),
        )

    def __len__(self) -> int:
        """The number of segments."""
        return len(self.regions)

    @cached_property
    def ends(self) -> Float[np.ndarray, "k 2 d"]:
        """The two ends of each segment."""
        if not len(self):
            return np.empty((0, 2, self.anchors.shape[1]))
        low = np.minimum.reduceat(self.along, self.starts[:-1])
        high = np.maximum.reduceat(self.along, self.starts[:-1])
        t = np.stack([low, high], axis=1) * self.stretches[:, None]
        return self.anchors[:, None, :] + t[:, :, None] * self.directions[:, None, :]

    @cached_property
    def tolerance(self) -> float:
        """How far from a line its points may lie: the rounding of an image."""
        return ROUNDING * float(np.abs(self.ends).max(initial=0))

    def log_density(
        self, x: Float[np.ndarray, "n d"], tolerance: float | Float[np.ndarray, "k d"] | None = None
    ) -> Float[np.ndarray, " n"]:
        """Log density of the mass on lines at each point, nats per unit of length; -inf off the segments.

        Where two segments cross in different directions their densities are added as well; that is at
        finitely many points.

        Args:
            x: points; they lie on a segment if that is within rounding of the truth.
            tolerance: the distance from a line that is ascribed to rounding; by default 1e-12 of the largest
                coordinate of a segment's end. Or for each segment the half axes of an ellipsoid.
        """
        total = np.full(len(x), -inf)
        allowed = np.broadcast_to(self.tolerance if tolerance is None else tolerance, self.anchors.shape)
        for point, segment, s in self._on(x, allowed):
            np.logaddexp.at(total, point, self._log_fibre(segment, s) - np.log(self.stretches[segment]))
        return total

    def _on(
        self, x: Float[np.ndarray, "n d"], allowed: Float[np.ndarray, "k d"]
    ) -> Iterator[tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"], Float[np.ndarray, " pairs"]]]:
        """Points on segments, with s."""
        if not len(self):
            return
        # Two coordinates suffice to find candidates: those in which the segments reach farthest.
        spread = np.ptp(self.ends, axis=(0, 1))
        shown = np.sort(np.argsort(-spread, kind="stable")[:2])
        for point, segment in self._tree(allowed[:, shown], shown).candidates(x[:, shown]):
            step = x[point] - self.anchors[segment]
            t = (step * self.directions[segment]).sum(axis=1)
            off = step - t[:, None] * self.directions[segment]
            with np.errstate(divide="ignore", over="ignore"):  # where nothing or hardly anything is allowed
                off = np.divide(off, allowed[segment], out=np.zeros_like(off), where=off != 0)
                near = (off**2).sum(axis=1) <= 1
            yield point[near], segment[near], (t / self.stretches[segment])[near]

    def _tree(self, allowed: Float[np.ndarray, "k 2"], shown: Int[np.ndarray, " 2"]) -> Quadtree:
        ends = self.ends[:, :, shown]
        return quadtree(ends.min(axis=1) - allowed, ends.max(axis=1) + allowed)

    def _log_fibre(
        self, segment: Int[np.ndarray, " pairs"], s: Float[np.ndarray, " pairs"]
    ) -> Float[np.ndarray, " pairs"]:
        """Log integral of the latent density over the part of a line with this s that lies in the region."""
        first, sizes = self.starts[segment], np.diff(self.starts)[segment]
        pair = np.repeat(np.arange(len(segment)), sizes)
        place = np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        start, end = first[pair] + place, first[pair] + (place + 1) % sizes[pair]
        # Half open: at an end of two segments that follow one another, one of them counts.
        met = np.flatnonzero((self.along[start] > s[pair]) != (self.along[end] > s[pair]))
        pair, start, end = pair[met], start[met], end[met]
        share = (s[pair] - self.along[start]) / (self.along[end] - self.along[start])
        height = self.across[start] * (1 - share) + self.across[end] * share
        low, high = np.full(len(s), inf), np.full(len(s), -inf)
        np.minimum.at(low, pair, height)
        np.maximum.at(high, pair, height)
        low, high = np.where(low < high, low, 0.0), np.where(low < high, high, 0.0)
        with np.errstate(divide="ignore"):
            if isinstance(self.latent, Uniform):
                return np.log(high - low) - log(4)
            foot, side = self.feet[segment].T
            fibre = log_interval_mass(side + low, side + high, high - low)
            return fibre - (foot + s) ** 2 / 2 - log(2 * pi) / 2
