"""The points on which a generator puts mass: the images of the regions where its derivative is zero."""

from collections.abc import Sequence

import flint
import numpy as np
from jaxtyping import Float, Int

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane.exact_vertices import exact
from empirical.densities.plane.ranks import slopes
from empirical.densities.plane.subdivision import Subdivision


def atoms(
    layers: Sequence[AffineLayer],
    subdivision: Subdivision,
    regions: Int[np.ndarray, " k"],
    masses: Float[np.ndarray, " regions"],
) -> tuple[Float[np.ndarray, "atoms d"], Float[np.ndarray, " atoms"]]:
    """The images of regions of rank 0, each point once in lexicographic order, and their probabilities.

    The images are computed in rational arithmetic and rounded once: equal ones are one atom, whatever the
    network's own roundings are on each of its regions.

    Args:
        layers: of the generator.
        subdivision: of its latents.
        regions: those of rank 0.
        masses: the probability of each region of the mesh.
    """
    network = [
        (
            flint.fmpq_mat([[exact(w) for w in row] for row in layer.weight]),
            flint.fmpq_mat(len(layer.bias), 1, [exact(b) for b in layer.bias]),
        )
        for layer in (layers if len(regions) else ())
    ]
    weights: dict[tuple[float, ...], float] = {}
    for region in regions:
        # The derivative is zero: the image of any latent with this pattern is that of the origin.
        value = flint.fmpq_mat(2, 1)
        pattern = subdivision.patterns_on(slice(region, region + 1))
        for (weight, bias), factors in zip(network, slopes(layers, pattern), strict=True):
            sums = (weight * value + bias).entries()
            value = flint.fmpq_mat(len(sums), 1, [v * exact(f) for v, f in zip(sums, factors, strict=True)])
        point = tuple(int(v.p) / int(v.q) for v in value.entries())  # rounds correctly
        weights[point] = weights.get(point, 0.0) + float(masses[region])
    points = sorted(point for point, weight in weights.items() if weight > 0)
    return (
        np.array(points).reshape(-1, subdivision.mesh.dim),
        np.array([weights[point] for point in points]),
    )
