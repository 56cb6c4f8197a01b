"""Gaussian masses of polyhedra against products, solid angles and finer quadrature."""

from itertools import product
from math import atan2, pi

import numpy as np
import pytest
from scipy.special import ndtr

from empirical.densities.latents import Normal
from empirical.densities.space import gaussian_mass
from empirical.densities.space.gaussian_mass import gaussian_masses
from empirical.densities.space.polyhedra import Polyhedra, box
from tests.empirical.densities.space.generators import random_generator, regions_of
from tests.empirical.densities.space.test_splitting import cut

AXES = np.eye(3)


def tetrahedron_angle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """The solid angle of a cone with these edges, by van Oosterom and Strackee."""
    a, b, c = (v / np.linalg.norm(v) for v in (a, b, c))
    return 2 * atan2(abs(np.linalg.det([a, b, c])), 1 + a @ b + b @ c + c @ a)


def test_boxes_are_products() -> None:
    """A box has the product of its three intervals' masses, in its own place and far out."""
    polyhedra, points = box(-39.0, 39.0)
    levels = ([-0.5, 0.7, 3.0, 9.0], [-2.0, 1e-9], [0.0, 1.5])
    for axis, cuts in enumerate(levels):
        for level in cuts:
            polyhedra, points = cut(polyhedra, points, AXES[axis], level)
    masses = gaussian_masses(polyhedra, points)
    cell, face, _ = polyhedra.bounds
    loops = [polyhedra.corners[polyhedra.starts[f] : polyhedra.starts[f + 1]] for f in face]
    for number in range(polyhedra.cells):
        corners = points[np.concatenate([loops[i] for i in np.flatnonzero(cell == number)])]
        ends = ndtr(corners.min(axis=0)), ndtr(corners.max(axis=0))
        # A few dozen line integrals, each of size at most one and rounded.
        assert masses[number] == pytest.approx(np.prod(ends[1] - ends[0]), abs=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_cones_are_solid_angles(seed: int) -> None:
    """Three planes through the origin make eight cones; each has the share of its solid angle."""
    random = np.random.default_rng(seed)
    normals = random.standard_normal((3, 3))
    polyhedra, points = box(-39.0, 39.0)
    for normal in normals:
        polyhedra, points = cut(polyhedra, points, normal, 0.0)
    masses = np.sort(gaussian_masses(polyhedra, points))
    edges = np.linalg.inv(normals)  # column i lies in the planes of the other two
    angles = [tetrahedron_angle(*(edges * signs).T) for signs in product((-1, 1), repeat=3)]
    # The common vertex lies within some 1e-15 of the origin, by the rounding of the cuts.
    assert np.abs(masses - np.sort(angles) / (4 * pi)).max() < 1e-14


def test_a_slab_is_an_interval() -> None:
    """Two parallel planes in any direction cut out the mass of an interval; shifted by 1e-12 they do not."""
    normal = np.array([2.0, -1.0, 2.0]) / 3
    polyhedra, points = cut(*box(-39.0, 39.0), normal, 0.25)
    polyhedra, points = cut(polyhedra, points, normal, 1.5)
    mass = np.sort(gaussian_masses(polyhedra, points))
    wanted = np.sort([ndtr(0.25), ndtr(1.5) - ndtr(0.25), ndtr(-1.5)])
    assert np.abs(mass - wanted).max() < 1e-15
    assert np.abs(mass - np.sort([ndtr(0.25), ndtr(1.5 + 1e-12) - ndtr(0.25), ndtr(-1.5)])).max() > 1e-14


@pytest.fixture(scope="module")
def regions() -> tuple[Polyhedra, np.ndarray]:
    """The regions of a random network, slivers among them."""
    tiling = regions_of(random_generator([3, 8, 8, 3], 0.2, seed=1), Normal(3)).tiling
    return tiling.polyhedra, tiling.positions.value


def test_finer_quadrature_changes_nothing(
    regions: tuple[Polyhedra, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve nodes on panels of 0.75 are enough: forty on half give the same to rounding; five do not."""
    masses = gaussian_masses(*regions)
    monkeypatch.setattr(gaussian_mass, "NODES", 40)
    monkeypatch.setattr(gaussian_mass, "PANEL", 0.375)
    assert np.abs(gaussian_masses(*regions) - masses).max() < 2e-16
    monkeypatch.setattr(gaussian_mass, "NODES", 5)
    monkeypatch.setattr(gaussian_mass, "PANEL", 0.75)
    assert np.abs(gaussian_masses(*regions) - masses).max() > 1e-12


def test_chunks_meet(regions: tuple[Polyhedra, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    """No mass depends on how many panels are integrated at once."""
    masses = gaussian_masses(*regions)
    monkeypatch.setattr(gaussian_mass, "CHUNK", 100)
    assert np.array_equal(gaussian_masses(*regions), masses)


def test_half_of_the_latents(regions: tuple[Polyhedra, np.ndarray]) -> None:
    """The parts of the regions with x < 0, cut off by one more plane, have half of the mass."""
    polyhedra, points = cut(*regions, AXES[0], 0.0)
    masses, centres = gaussian_masses(polyhedra, points), np.zeros(polyhedra.cells)
    cell, face, _ = polyhedra.bounds
    np.add.at(centres, cell, points[polyhedra.corners[polyhedra.starts[face]], 0])
    below = np.full(polyhedra.cells, -np.inf)
    highest = np.maximum.reduceat(points[polyhedra.corners, 0], polyhedra.starts[:-1])
    np.maximum.at(below, cell, highest[face])
    assert masses[below <= 1e-12].sum() == pytest.approx(0.5, abs=1e-14)
