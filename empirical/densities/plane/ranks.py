r"""The dimension of the image of each region: the rank of the generator's derivative there, decided exactly.

The derivative is a product of weight matrices and of diagonal matrices of slopes. Its float64 value differs
from it entrywise by at most :math:`\gamma_n |W_L| \cdots |W_1|`, n the number of roundings
(higham2002accuracy, section 3.5), so a singular value above the Frobenius norm of that bound is not zero. A
layer that lets one unit through leaves rank 1 at most, one that lets none through leaves 0. Where neither
decides, the product is computed in rational arithmetic.
"""

from collections.abc import Sequence

import flint
import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane.crossings import ROUNDOFF
from empirical.densities.plane.exact_vertices import exact
from empirical.densities.plane.subdivision import Subdivision


def ranks(layers: Sequence[AffineLayer], subdivision: Subdivision) -> Int[np.ndarray, " regions"]:
    """2, 1 or 0 for each region of the mesh of a network with two inputs and any number of outputs."""
    mesh = subdivision.mesh
    size = np.zeros((len(mesh), 2))
    values = np.linalg.svd(mesh.linear, compute_uv=False)
    size[:, : values.shape[1]] = values
    certain = (size > _error(layers)).sum(axis=1)  # at least this rank, whatever was rounded
    most = np.full(len(mesh), min(2, mesh.dim))
    for layer, positive in zip(layers, _by_layer(layers, subdivision.patterns), strict=True):
        shut = layer.negative_slope[layer.negative_slope != 1] == 0  # where not positive
        if shut.any():
            most = np.minimum(most, len(layer.bias) - (~positive[:, shut]).sum(axis=1))
    result = np.where(certain >= most, most, -1)
    open_regions = np.flatnonzero(result < 0)
    if len(open_regions):
        network = [flint.fmpq_mat([[exact(w) for w in row] for row in layer.weight]) for layer in layers]
        for region in open_regions:
            pattern = subdivision.patterns_on(slice(region, region + 1))
            result[region] = _exact_rank(network, slopes(layers, pattern))
    return result


def _error(layers: Sequence[AffineLayer]) -> float:
    """By how much a singular value of a derivative may be off."""
    bound, roundings = np.eye(2), 0
    for layer in layers:
        steepest = np.maximum(np.abs(layer.negative_slope), 1)
        bound = steepest[:, None] * (np.abs(layer.weight) @ bound)
        roundings += layer.weight.shape[1] + 1
    gamma = roundings * ROUNDOFF / (1 - roundings * ROUNDOFF)
    # Twice, for the bound and the singular values are computed in floating point too.
    return 2 * gamma * float(np.linalg.norm(bound))


def slopes(
    layers: Sequence[AffineLayer], pattern: Bool[np.ndarray, "1 units"]
) -> list[Float[np.ndarray, " _"]]:
    """The slope of each unit of each layer on a region with this pattern."""
    result = []
    for layer, positive in zip(layers, _by_layer(layers, pattern), strict=True):
        along = np.ones(len(layer.bias))
        creased = layer.negative_slope != 1
        along[creased] = np.where(positive[0], 1.0, layer.negative_slope[creased])
        result.append(along)
    return result


def _by_layer(
    layers: Sequence[AffineLayer], patterns: Bool[np.ndarray, "r units"]
) -> list[Bool[np.ndarray, "r _"]]:
    ends = np.cumsum([(layer.negative_slope != 1).sum() for layer in layers])
    return np.split(patterns, ends[:-1], axis=1)


def _exact_rank(network: Sequence[flint.fmpq_mat], factors: Sequence[Float[np.ndarray, " _"]]) -> int:
    product = flint.fmpq_mat(2, 2, [1, 0, 0, 1])
    for weight, along in zip(network, factors, strict=True):
        rows = zip((weight * product).tolist(), map(exact, along), strict=True)
        product = flint.fmpq_mat([[entry * slope for entry in row] for row, slope in rows])
    return product.rank()
