"""Meshes tile their rectangle, and each fault that could be planted in one is noticed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from empirical.densities.affine_layers import affine_layers
from empirical.densities.certificate import Certificate
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.subdivision import subdivide
from empirical.densities.plane.tiling import tiling_checks
from tests.strategies import plane_generators

LOW, HIGH = np.full(2, -3.0), np.full(2, 3.0)


def leaky_network(seed: int) -> torch.nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            torch.nn.Linear(2, 8),
            torch.nn.LeakyReLU(0.2),
            torch.nn.Linear(8, 8),
            torch.nn.LeakyReLU(0.2),
            torch.nn.Linear(8, 2),
        ).double()


MESH = subdivide(affine_layers(leaky_network(0)), -3.0, 3.0).mesh


def red(mesh: Mesh, low: np.ndarray = LOW, high: np.ndarray = HIGH) -> set[str]:
    """The names of the checks that failed."""
    return {check.name for check in Certificate(tiling_checks(mesh, low, high)).failed}


def of_regions(mesh: Mesh, regions: np.ndarray) -> Mesh:
    """The mesh with these regions only, as often as they are listed."""
    polygons = [mesh.corners[mesh.starts[r] : mesh.starts[r + 1]] for r in regions]
    starts = np.cumsum([0, *map(len, polygons)])
    return replace(
        mesh,
        starts=starts,
        corners=np.concatenate(polygons),
        linear=mesh.linear[regions],
        offset=mesh.offset[regions],
    )


def inner_vertex(mesh: Mesh) -> int:
    inside = (mesh.vertices > LOW).all(axis=1) & (mesh.vertices < HIGH).all(axis=1)
    return int(np.flatnonzero(inside)[0])


@given(plane_generators())
@settings(max_examples=40)
def test_every_mesh_tiles(generator: torch.nn.Sequential) -> None:
    """Networks with weights in quarters, whose creases often meet in a point or coincide, leave no gap."""
    mesh = subdivide(affine_layers(generator), -3.0, 3.0).mesh
    assert red(mesh) == set()


def test_a_dropped_region_is_noticed() -> None:
    """Without any one region its edges have one side, and the area is short; a hole changes V - E + F."""
    for region in range(len(MESH)):
        without = of_regions(MESH, np.delete(np.arange(len(MESH)), region))
        assert {"boundary", "area"} <= red(without)
        polygon = MESH.vertices[MESH.corners[MESH.starts[region] : MESH.starts[region + 1]]]
        if (np.abs(polygon) < 3).all():
            assert "euler" in red(without)


def test_a_region_that_is_there_twice_is_noticed() -> None:
    """A duplicated region uses its edges twice in one direction."""
    for region in range(len(MESH)):
        assert {"edges", "area"} <= red(of_regions(MESH, np.append(np.arange(len(MESH)), region)))


def test_an_unshared_vertex_is_noticed() -> None:
    """A second vertex at the same place for one of its regions is a crack, though no area is missing."""
    vertex = inner_vertex(MESH)
    corners = MESH.corners.copy()
    corners[np.flatnonzero(corners == vertex)[0]] = len(MESH.vertices)
    cracked = replace(
        MESH,
        corners=corners,
        vertices=np.vstack([MESH.vertices, MESH.vertices[vertex]]),
        images=np.vstack([MESH.images, MESH.images[vertex]]),
    )
    assert "boundary" in red(cracked) and "area" not in red(cracked)


def test_an_overturned_region_is_noticed() -> None:
    """A vertex that is moved far over its neighbours turns a region round, a clockwise region its edges."""
    moved = MESH.vertices.copy()
    moved[inner_vertex(MESH)] = 2.9, 2.9
    assert "orientation" in red(replace(MESH, vertices=moved))
    clockwise = MESH.corners.copy()
    clockwise[MESH.starts[3] : MESH.starts[4]] = clockwise[MESH.starts[3] : MESH.starts[4]][::-1]
    assert {"edges", "orientation"} <= red(replace(MESH, corners=clockwise))


def test_another_rectangle_is_noticed() -> None:
    """The mesh of a square is not that of a larger one, nor is it once a corner has moved along a side."""
    assert {"boundary", "area"} <= red(MESH, LOW, np.array([3.0, 4.0]))
    moved = MESH.vertices.copy()
    corner = np.flatnonzero((moved == HIGH).all(axis=1))[0]
    moved[corner] = 3.0, 2.999
    assert {"boundary", "area"} <= red(replace(MESH, vertices=moved))


def test_a_vertex_without_region_is_noticed() -> None:
    """Euler's formula counts what the regions use, and says so where a vertex is left over."""
    spare = replace(
        MESH, vertices=np.vstack([MESH.vertices, [0.0, 0.0]]), images=np.vstack([MESH.images, [0.0, 0.0]])
    )
    assert red(spare) == {"euler"}


@pytest.mark.parametrize("twice", [1, 2])
def test_a_doubled_mesh_is_noticed(twice: int) -> None:
    """Two sheets over one square have every edge right, if their vertices differ, but two borders."""
    layers = [MESH] * twice
    count = len(MESH.vertices)
    doubled = Mesh(
        np.vstack([mesh.vertices for mesh in layers]),
        np.vstack([mesh.images for mesh in layers]),
        np.append(0, np.cumsum(np.tile(np.diff(MESH.starts), twice))),
        np.concatenate([mesh.corners + sheet * count for sheet, mesh in enumerate(layers)]),
        np.concatenate([mesh.linear for mesh in layers]),
        np.concatenate([mesh.offset for mesh in layers]),
    )
    assert red(doubled) == (set() if twice == 1 else {"boundary", "euler", "area"})
