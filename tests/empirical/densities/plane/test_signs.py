"""No crease runs through a region: signs computed again, by floats and rationals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.certificate import Certificate
from empirical.densities.plane import signs
from empirical.densities.plane.signs import sign_checks, signs_at
from empirical.densities.plane.subdivision import Subdivision, subdivide
from tests.empirical.densities.plane.test_tiling import leaky_network
from tests.strategies import plane_generators

LAYERS = affine_layers(leaky_network(0))
FOUND = subdivide(LAYERS, -3.0, 3.0)


def red(found: Subdivision, layers: tuple[AffineLayer, ...] = LAYERS) -> set[str]:
    """The names of the checks that failed."""
    return {check.name for check in Certificate(sign_checks(found, layers)).failed}


@given(plane_generators())
@settings(max_examples=40)
def test_signs_of_every_network_agree(generator: torch.nn.Sequential) -> None:
    """Networks with weights in quarters, dead and coinciding units among them, pass both checks."""
    layers = affine_layers(generator)
    assert red(subdivide(layers, -3.0, 3.0), layers) == set()


def test_signs_are_certain_but_where_creases_meet() -> None:
    """At a vertex inside the square two creases cross; all other signs are certain there."""
    vertices = FOUND.mesh.vertices
    _, decided = signs_at(LAYERS, vertices, 1e-14)
    inside = (np.abs(vertices) < 3).all(axis=1)
    assert ((~decided[inside]).sum(axis=1) == 2).all()


def test_a_flipped_sign_is_noticed() -> None:
    """One unit taken for positive where it is negative, or the other way, in any one region."""
    for region in range(0, len(FOUND.mesh), 3):
        for unit in (0, 11):
            patterns = FOUND.patterns.copy()
            patterns[region, unit] ^= True
            assert red(replace(FOUND, packed=np.packbits(patterns, axis=1))) == {"signs", "patterns"}


def test_a_crease_through_a_region_is_noticed() -> None:
    """Against a network with one bias moved by 1e-9, a mesh has regions that a crease runs through."""
    first, second, last = LAYERS
    bias = second.bias.copy()
    bias[3] += 1e-9
    assert "signs" in red(FOUND, (first, replace(second, bias=bias), last))


def test_rationals_decide_the_signs_that_floats_leave_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The difference of two equal units is zero on all regions: floats cannot tell, rationals find it so.

    Taken for positive, it is contradicted; where no rationals are allowed, what is left open is no pass.
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
    assert "patterns" in red(replace(found, packed=np.packbits(patterns, axis=1)), layers)
    monkeypatch.setattr(signs, "RATIONAL", 0)
    _, patterns_check = sign_checks(found, layers)
    assert f"{len(found.mesh)} left open in part" in patterns_check.detail
    assert not patterns_check.holds
