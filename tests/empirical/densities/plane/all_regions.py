"""The density and the preimages by going through all regions of a mesh: slow, and nothing to go wrong."""

from collections.abc import Sequence

import numpy as np

from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.mesh import Mesh


class AllRegions:
    """Looks for preimages in each region of a list; a region that is listed twice counts twice."""

    def __init__(
        self,
        mesh: Mesh,
        latent: Normal | Uniform,
        regions: Sequence[int] | None = None,
        determinants: np.ndarray | None = None,
    ) -> None:
        self.mesh, self.latent = mesh, latent
        self.determinants = mesh.determinants if determinants is None else determinants
        listed = range(len(mesh)) if regions is None else regions
        # Collapsed regions have determinants of a rounding at most.
        self.regions = [r for r in listed if abs(self.determinants[r]) > 1e-12]

    def density(self, x: np.ndarray) -> np.ndarray:
        """The sum over preimages of the latent density over the determinant, 1/area."""
        total = np.zeros(len(x))
        for region in self.regions:
            latents, inside = self._solved(region, x)
            terms = np.exp(self.latent.log_density(latents).sum(axis=1)) / abs(self.determinants[region])
            total += np.where(inside, terms, 0)
        return total

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Its logarithm, nats."""
        with np.errstate(divide="ignore"):
            return np.log(self.density(x))

    def covering(self, x: np.ndarray) -> list[int]:
        """The regions in which one point has a preimage."""
        return [region for region in self.regions if self._solved(region, x[None])[1][0]]

    def preimages(self, x: np.ndarray) -> np.ndarray:
        """The latents that are mapped to one point."""
        found = [self._solved(region, x[None]) for region in self.regions]
        return np.concatenate([latents[inside] for latents, inside in found])

    def _solved(self, region: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The solutions on one region, and which of them lie in it."""
        mesh = self.mesh
        latents = np.linalg.solve(mesh.linear[region], (x - mesh.offset[region]).T).T
        start = mesh.vertices[mesh.corners[mesh.starts[region] : mesh.starts[region + 1]]]
        edge = np.roll(start, -1, axis=0) - start
        step = latents[:, None] - start
        return latents, (edge[:, 0] * step[..., 1] - edge[:, 1] * step[..., 0] >= 0).all(axis=1)
