"""Affine maps are the network's, by a second computation that notices each planted fault."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.certificate import Certificate
from empirical.densities.plane.affine_maps import affine_checks, multiplied
from empirical.densities.plane.subdivision import Subdivision, subdivide
from tests.empirical.densities.plane.test_tiling import inner_vertex, leaky_network
from tests.strategies import plane_generators

LAYERS = affine_layers(leaky_network(0))
FOUND = subdivide(LAYERS, -3.0, 3.0)
NAMES = ["affine-maps", "images", "determinants"]


def red(
    found: Subdivision, layers: tuple[AffineLayer, ...] = LAYERS, determinants: np.ndarray | None = None
) -> set[str]:
    """The names of the checks that failed."""
    used = found.mesh.determinants if determinants is None else determinants
    checks = affine_checks(found, layers, used)
    assert [check.name for check in checks] == NAMES
    return {check.name for check in Certificate(checks).failed}


def changed(**parts: np.ndarray) -> Subdivision:
    """The subdivision with parts of its mesh replaced."""
    return replace(FOUND, mesh=replace(FOUND.mesh, **parts))


@given(plane_generators())
@settings(max_examples=40)
def test_maps_of_every_network_agree(generator: torch.nn.Sequential) -> None:
    """Networks with weights in quarters, dead and coinciding units among them, pass every check."""
    layers = affine_layers(generator)
    assert red(subdivide(layers, -3.0, 3.0), layers) == set()


def test_a_flipped_sign_is_noticed() -> None:
    """One unit taken for positive where it is negative, in one region, is not the map that the region has.

    If the region's map follows the wrong sign, it misses the images that its corners share with others.
    """
    for region in range(0, len(FOUND.mesh), 5):
        for unit in (0, 11):
            patterns = FOUND.patterns.copy()
            patterns[region, unit] ^= True
            flipped = replace(FOUND, packed=np.packbits(patterns, axis=1))
            assert "affine-maps" in red(flipped)
            maps = multiplied(LAYERS, patterns)
            assert "images" in red(
                replace(flipped, mesh=replace(FOUND.mesh, linear=maps.linear, offset=maps.offset))
            )


def test_a_wrong_determinant_is_noticed() -> None:
    """A determinant that is off by a millionth of itself, or has the other sign."""
    for factor in (1 + 1e-6, -1.0):
        wrong = FOUND.mesh.determinants.copy()
        wrong[7] *= factor
        assert red(FOUND, determinants=wrong) == {"determinants"}


def test_a_wrong_map_is_noticed() -> None:
    """A derivative or an offset that is off by 1e-9 in one region."""
    linear, offset = FOUND.mesh.linear.copy(), FOUND.mesh.offset.copy()
    linear[5, 0, 1] += 1e-9
    offset[5, 1] += 1e-9
    assert "affine-maps" in red(changed(linear=linear), determinants=FOUND.mesh.determinants)
    assert {"affine-maps", "images"} <= red(changed(offset=offset))


def test_a_moved_vertex_is_noticed() -> None:
    """A vertex that is off by 1e-9, where no region changes its shape visibly, or the image of one."""
    vertex = inner_vertex(FOUND.mesh)
    vertices, images = FOUND.mesh.vertices.copy(), FOUND.mesh.images.copy()
    vertices[vertex] += 1e-9
    images[vertex] += 1e-9
    assert "images" in red(changed(vertices=vertices))
    assert "images" in red(changed(images=images))
