r"""Checks that each region has the affine map that the network has there, by a second computation.

The mesh carries maps forward, layer by layer, while it is cut. Here the map is multiplied from the last layer
to the first. Products of matrices with n terms in all err by at most :math:`\gamma_n` times the product of
absolute values, :math:`\gamma_n = nu / (1 - nu)` (higham2002accuracy, section 3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.certificate import Check
from empirical.densities.plane.mesh import Mesh, shoelace
from empirical.densities.plane.signs import gamma
from empirical.densities.plane.subdivision import Subdivision

ROUNDOFF = 2.0**-53
CHUNK = 1 << 20  # numbers in a temporary array: 8 MiB


def affine_checks(
    subdivision: Subdivision, layers: Sequence[AffineLayer], determinants: Float[np.ndarray, " regions"]
) -> tuple[Check, ...]:
    """The checks ``affine-maps``, ``images`` and ``determinants``.

    Args:
        subdivision: of the network.
        layers: the network.
        determinants: of the affine maps, as the density uses them.
    """
    mesh = subdivision.mesh
    second = multiplied(layers, subdivision.patterns)
    checks = [_agreement(mesh, second), _images(mesh, layers)]
    if mesh.dim == 2:
        checks.append(_determinants(mesh, layers, second, determinants))
    return tuple(checks)


@dataclass(frozen=True, eq=False)
class AffineMaps:
    """The affine map of each region, and bounds on the errors of its entries."""

    linear: Float[np.ndarray, "regions d 2"]
    offset: Float[np.ndarray, "regions d"]
    linear_error: Float[np.ndarray, "regions d 2"]
    offset_error: Float[np.ndarray, "regions d"]


def multiplied(layers: Sequence[AffineLayer], patterns: Bool[np.ndarray, "r units"]) -> AffineMaps:
    """The products of weights and slopes, from the last layer to the first."""
    regions, outputs = len(patterns), len(layers[-1].bias)
    terms = sum(layer.weight.shape[1] + 3 for layer in layers)
    result = AffineMaps(*(np.empty((regions, outputs, *rest)) for rest in ((2,), (), (2,), ())))
    step = max(1, CHUNK // (outputs * max(max(layer.weight.shape) for layer in layers)))
    for begin in range(0, regions, step):
        part = slice(begin, begin + step)
        count = len(patterns[part])
        product = np.broadcast_to(np.eye(outputs), (count, outputs, outputs))
        absolute, offset, offset_absolute = product, np.zeros((count, outputs)), np.zeros((count, outputs))
        behind = patterns.shape[1]
        for layer in reversed(layers):
            creased = np.flatnonzero(layer.negative_slope != 1)
            slopes = np.ones((count, len(layer.bias)))
            before = behind - len(creased)
            slopes[:, creased] = np.where(patterns[part, before:behind], 1.0, layer.negative_slope[creased])
            behind = before
            product, absolute = product * slopes[:, None], absolute * np.abs(slopes)[:, None]
            offset = offset + product @ layer.bias
            offset_absolute = offset_absolute + absolute @ np.abs(layer.bias)
            product, absolute = product @ layer.weight, absolute @ np.abs(layer.weight)
        result.linear[part], result.offset[part] = product, offset
        result.linear_error[part] = gamma(terms) * absolute
        result.offset_error[part] = gamma(terms) * offset_absolute
    return result


def _agreement(mesh: Mesh, second: AffineMaps) -> Check:
    """The mesh's affine maps are the products; both are rounded, by at most the bound each."""
    linear = np.abs(mesh.linear - second.linear)
    offset = np.abs(mesh.offset - second.offset)
    within = (linear <= 2 * second.linear_error).all(axis=(1, 2))
    within &= (offset <= 2 * second.offset_error).all(axis=1)
    return Check(
        "affine-maps",
        bool(within.all()),
        f"the maps of {len(mesh)} regions, multiplied from the last layer to the first, differ by at most "
        f"{float(linear.max()):.2g} in the derivative and {float(offset.max()):.2g} in the offset; "
        f"{int((~within).sum())} by more than rounding explains",
    )


def _images(mesh: Mesh, layers: Sequence[AffineLayer]) -> Check:
    """At each corner the region's map gives the vertex's image, which all its regions share."""
    error, bound = _at_corners(mesh, layers)
    wrong = int((error > bound).any(axis=1).sum())
    return Check(
        "images",
        wrong == 0,
        f"at {len(mesh.corners)} corners the regions' maps differ from the vertices' images by at most "
        f"{float(error.max()):.2g}, where rounding explains {float(bound.max()):.2g}; {wrong} by more",
    )


def _at_corners(
    mesh: Mesh, layers: Sequence[AffineLayer]
) -> tuple[Float[np.ndarray, "corners d"], Float[np.ndarray, "corners d"]]:
    """How far map and image are apart at each corner, and how far rounding can move them."""
    # With the largest slope everywhere the bound holds on both sides of a crease: a vertex is off it by
    # rounding, and the maps of the two sides part by that times the change of slope.
    linear, offset = np.eye(2), np.zeros(2)
    for layer in layers:
        steepest = np.maximum(np.abs(layer.negative_slope), 1)
        linear = steepest[:, None] * (np.abs(layer.weight) @ linear)
        offset = steepest * (np.abs(layer.weight) @ offset + np.abs(layer.bias))
    vertices = mesh.vertices[mesh.corners]
    values = np.einsum("cij,cj->ci", mesh.linear[mesh.region], vertices) + mesh.offset[mesh.region]
    error = np.abs(values - mesh.images[mesh.corners])
    terms = sum(layer.weight.shape[1] + 3 for layer in layers)
    bound = gamma(terms) * (np.abs(vertices) @ linear.T + offset)  # once for the map, once for the image
    # A vertex comes from the ends of an edge, which may be as far as the corners of the mesh; it is off by a
    # few roundings of them, in each of the two directions in which edges cross there.
    return error, 2 * bound + 16 * ROUNDOFF * np.abs(mesh.vertices).max() * linear.sum(axis=1)


def _determinants(
    mesh: Mesh, layers: Sequence[AffineLayer], second: AffineMaps, determinants: Float[np.ndarray, " regions"]
) -> Check:
    """They are those of the second maps, and the ratio of image area to latent area where that is known."""
    (a, b), (c, d) = np.moveaxis(second.linear, 0, -1)
    (ea, eb), (ec, ed) = np.moveaxis(2 * second.linear_error, 0, -1)
    bound = np.abs(a) * ed + np.abs(d) * ea + np.abs(b) * ec + np.abs(c) * eb + ea * ed + eb * ec
    bound += 64 * ROUNDOFF * (np.abs(a * d) + np.abs(b * c))
    # A logarithm and back: a number of this size, rounded and in the exponent.
    with np.errstate(divide="ignore"):
        logs = np.log(np.abs(determinants))
    bound += 8 * ROUNDOFF * np.abs(determinants * np.where(determinants == 0, 0.0, logs))
    error = np.abs(determinants - (a * d - b * c))
    wrong = error > bound
    # Image area: a corner that is off by e moves the area by at most e times half of its two sides.
    _, corner_error = _at_corners(mesh, layers)
    step = np.abs(mesh.images[mesh.following] - mesh.images[mesh.corners]).sum(axis=1) + corner_error.sum(
        axis=1
    )
    off = np.maximum.reduceat(corner_error.sum(axis=1), mesh.starts[:-1])
    perimeter = np.add.reduceat(step, mesh.starts[:-1])
    image_areas = shoelace(mesh.images, mesh)
    area_bound = perimeter * (off + 8 * ROUNDOFF * perimeter)
    area_bound += 64 * ROUNDOFF * np.abs(determinants) * _area_scale(mesh)
    area_error = np.abs(image_areas - determinants * mesh.areas)
    wrong_area = area_error > area_bound
    telling = area_bound < 1e-3 * np.abs(image_areas)
    return Check(
        "determinants",
        not (wrong | wrong_area).any(),
        f"{int(wrong.sum())} of {len(mesh)} determinants differ from those of the maps that are multiplied "
        f"backwards by more than rounding explains; {int(wrong_area.sum())} from the ratio of image area to "
        f"latent area, which tells three digits or more in {int(telling.sum())} regions",
    )


def _area_scale(mesh: Mesh) -> Float[np.ndarray, " regions"]:
    """The square of each region's perimeter: what the rounding of its area is relative to."""
    step = np.abs(mesh.vertices[mesh.following] - mesh.vertices[mesh.corners]).sum(axis=1)
    return np.add.reduceat(step, mesh.starts[:-1]) ** 2
