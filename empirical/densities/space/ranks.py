"""The rank of a network's derivative on each region: what dimension the region's image has."""

import numpy as np
from flint import fmpq_mat
from jaxtyping import Int

from empirical.densities.space.subdivision import Subdivision


def ranks(subdivision: Subdivision) -> Int[np.ndarray, " regions"]:
    """The exact rank of each region's linear map.

    Below: as many singular values as exceed the norm of the map's error (Weyl). Above: the fewest units that
    pass anything on in any layer. Where the two differ, the rank of the map in rational numbers.
    """
    maps = subdivision.maps
    sizes = np.linalg.svd(maps.value[:, :, :3], compute_uv=False)
    # The singular values themselves are computed with an error of a few units of the largest.
    doubt = np.sqrt((maps.error[:, :, :3] ** 2).sum(axis=(1, 2))) + 1e-14 * sizes[:, 0]
    least = (sizes > doubt[:, None]).sum(axis=1)
    most = _most(subdivision)
    for region in np.flatnonzero(least < most):
        linear = subdivision.tiling.vertices.network.maps(subdivision.patterns[region])[-1]
        rows = [[linear[row, column] for column in range(3)] for row in range(maps.value.shape[1])]
        least[region] = fmpq_mat(rows).rank()
    return least


def _most(subdivision: Subdivision) -> Int[np.ndarray, " regions"]:
    most = np.full(len(subdivision), 3)
    used = 0
    for layer in subdivision.layers:
        folding = layer.negative_slope != 1
        signs = subdivision.patterns[:, used : used + int(folding.sum())]
        used += signs.shape[1]
        passing = (signs > 0) | ((signs < 0) & (layer.negative_slope[folding] != 0))
        most = np.minimum(most, passing.sum(axis=1) + np.count_nonzero(~folding))
    return most
