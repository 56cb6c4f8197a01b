"""Affine maps are the network's, by a second computation that notices each planted fault."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.certificate import Certificate
from empirical.densities.plane import affine_maps
from empirical.densities.plane.affine_maps import affine_checks
from empirical.densities.plane.subdivision import Subdivision, subdivide
from tests.empirical.densities.plane.test_tiling import inner_vertex, leaky_network
from tests.strategies import plane_generators

LAYERS = affine_layers(leaky_network(0))
FOUND = subdivide(LAYERS, -3.0, 3.0)
NAMES = ["patterns", "affine-maps", "images", "determinants"]


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
    """One unit taken for positive where it is negative, in one region, contradicts the sign inside it.

    If the map follows the wrong sign it misses the images; if it does not, it misses the pattern's product.
    """
    for region in range(0, len(FOUND.mesh), 5):
        for unit in (0, 11):
            patterns = FOUND.patterns.copy()
            patterns[region, unit] ^= True
            flipped = replace(FOUND, patterns=patterns)
            assert {"patterns", "affine-maps"} <= red(flipped)
            maps = affine_maps.multiplied(LAYERS, patterns)
            following = replace(flipped, mesh=replace(FOUND.mesh, linear=maps.linear, offset=maps.offset))
            assert {"patterns", "images"} <= red(following)


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


def test_rationals_decide_the_signs_that_floats_leave_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The difference of two equal units is zero on all regions: floats cannot tell, rationals find it so.

    Taken for positive, it is contradicted; where no rationals are allowed, the check says what it left open.
    """
    equal = np.array([[1 / 3, 1 / 7], [1 / 3, 1 / 7], [0.0, 1.0]])
    layers = (
        AffineLayer(equal, np.array([0.1, 0.1, 0.0]), np.full(3, 0.2)),
        AffineLayer(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, 1.0]]), np.zeros(2), np.full(2, 0.2)),
        AffineLayer(np.array([[3.0, 1.0], [1.0, -1.0]]), np.zeros(2), np.ones(2)),
    )
    found = subdivide(layers, -3.0, 3.0)
    assert red(found, layers) == set()
    patterns = found.patterns.copy()
    patterns[0, len(equal)] = True
    assert "patterns" in red(replace(found, patterns=patterns), layers)
    monkeypatch.setattr(affine_maps, "RATIONAL", 0)
    checks = affine_checks(found, layers, found.mesh.determinants)
    assert f"{len(found.mesh)} left open in part" in checks[0].detail
