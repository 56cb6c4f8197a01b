"""Point location: winding numbers that add up exactly, brute force, and points on edges and vertices."""

import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane.location import Location, winding_numbers
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.quadtree import ROOM, quadtree
from empirical.densities.plane.subdivision import subdivide
from tests.strategies import plane_generators


def random_mesh(seed: int, slope: float, widths: tuple[int, ...] = (2, 12, 12, 2)) -> Mesh:
    layers: list[torch.nn.Module] = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for inputs, outputs in pairwise(widths):
            layers += [torch.nn.Linear(inputs, outputs).double(), torch.nn.LeakyReLU(slope)]
    return subdivide(affine_layers(torch.nn.Sequential(*layers[:-1])), -3.0, 3.0).mesh


def found(place: Location, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    parts = list(place.covering(x))
    empty = np.empty(0, dtype=np.int64)
    return np.concatenate([empty, *(p for p, _ in parts)]), np.concatenate([empty, *(r for _, r in parts)])


def turns(place: Location, x: np.ndarray) -> np.ndarray:
    """For each point the sum of the winding numbers of the regions that were found."""
    point, region = found(place, x)
    number = np.searchsorted(place.regions, region)
    return np.bincount(point, winding_numbers(place.edges, number, x[point]), minlength=len(x))


def boundary_turns(mesh: Mesh, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How often the image of the mesh's boundary winds around each point, in rational arithmetic.

    A point is shifted to the right by less than anything, and upwards by less than that. Beside it, whether
    the point is so near to an edge of the boundary, without being its end, that rounding may decide.
    """
    forward = set(zip(mesh.corners.tolist(), mesh.following.tolist(), strict=True))
    boundary = [edge for edge in forward if edge[::-1] not in forward]
    images = [(Fraction(a), Fraction(b)) for a, b in mesh.images.tolist()]
    result, near = [], []
    for px, py in ((Fraction(a), Fraction(b)) for a, b in x.tolist()):
        total, doubtful = 0, False
        for start, end in boundary:
            (ax, ay), (bx, by) = images[start], images[end]
            upward = (by > py) - (ay > py)
            side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            total += upward * (upward * side > 0)
            length = abs(bx - ax) + abs(by - ay)
            doubtful |= abs(side) < length / 10**12 and (px, py) not in (images[start], images[end])
        result.append(total)
        near.append(doubtful)
    return np.array(result), np.array(near)


def on_the_mesh(mesh: Mesh, count: int) -> np.ndarray:
    """Images of vertices, middles of edges, and points anywhere."""
    random = np.random.default_rng(0)
    edges = random.choice(len(mesh.corners), count)
    middles = (mesh.images[mesh.corners] + mesh.images[mesh.following])[edges] / 2
    low, high = mesh.images.min(axis=0), mesh.images.max(axis=0)
    anywhere = random.uniform(low - 0.1, high + 0.1, (count, 2))
    return np.concatenate([mesh.images[random.choice(len(mesh.images), count)], middles, anywhere])


@pytest.mark.parametrize("slope", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_winding_numbers_add_up_to_that_of_the_boundary(seed: int, slope: float) -> None:
    """At any point, on vertices and edges too, the signed number of sheets is the boundary's, to the unit.

    A region left out and a region listed twice turn it red.
    """
    mesh = random_mesh(seed, slope)
    x = on_the_mesh(mesh, 60)
    everything = np.arange(len(mesh))
    expected, doubtful = boundary_turns(mesh, x)
    assert doubtful.sum() < 40
    x, expected = x[~doubtful], expected[~doubtful]
    place = Location.among(mesh, everything)
    assert np.array_equal(turns(place, x), expected)

    planted = np.bincount(found(place, x)[1], minlength=len(mesh)).argmax()  # hit by the most of these points
    dropped = Location.among(mesh, np.delete(everything, planted))
    doubled = Location.among(mesh, np.sort(np.append(everything, planted)))
    assert not np.array_equal(turns(dropped, x), expected)
    assert not np.array_equal(turns(doubled, x), expected)


@given(plane_generators())
@settings(max_examples=40)
def test_winding_numbers_add_up_where_creases_meet(generator: torch.nn.Sequential) -> None:
    """The same with weights in quarters: many points lie on edges, images overlap or have no area."""
    mesh = subdivide(affine_layers(generator), -2.0, 2.0).mesh
    x = on_the_mesh(mesh, 15)
    expected, doubtful = boundary_turns(mesh, x)
    found_turns = turns(Location.among(mesh, np.arange(len(mesh))), x)
    assert np.array_equal(found_turns[~doubtful], expected[~doubtful])


@pytest.mark.parametrize("slope", [0.2, -0.7])
def test_the_regions_found_are_those_whose_preimage_is_inside(slope: float) -> None:
    """Brute force: solve G(z) = x with each region's map and ask whether z lies inside the latent polygon."""
    mesh = random_mesh(5, slope, (2, 10, 10, 2))
    x = on_the_mesh(mesh, 300)[300:] + np.array([0.01, 0.007])
    inverse = np.linalg.inv(mesh.linear)
    z = np.einsum("rij,nrj->nri", inverse, x[:, None] - mesh.offset)
    start, edge = mesh.vertices[mesh.corners], mesh.vertices[mesh.following] - mesh.vertices[mesh.corners]
    to_point = z[:, mesh.region] - start
    side = edge[:, 0] * to_point[..., 1] - edge[:, 1] * to_point[..., 0]
    depth = np.minimum.reduceat(side / np.hypot(*edge.T), mesh.starts[:-1], axis=1)
    # Within 1e-9 of an edge the rounding of z (cond(A) 1e-16, below 1e-11 here) decides; elsewhere it cannot.
    clear = (np.abs(depth) > 1e-9).all(axis=1)
    assert clear.sum() > 500
    expected = set(zip(*np.nonzero(depth[clear] > 0), strict=True))
    point, region = found(Location.among(mesh, np.arange(len(mesh))), x[clear])
    assert len(point) == len(expected) > 300
    assert set(zip(point, region, strict=True)) == expected


def grid(n: int) -> Mesh:
    """The square [0, 1]^2 as n by n squares with the identity on it."""
    lines = np.linspace(0, 1, n + 1)
    points = np.stack(np.meshgrid(lines, lines, indexing="ij"), axis=-1).reshape(-1, 2)
    number = np.arange((n + 1) ** 2).reshape(n + 1, n + 1)
    corners = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1)
    maps = np.broadcast_to(np.eye(2), (n * n, 2, 2)), np.zeros((n * n, 2))
    return Mesh(points, points, np.arange(0, 4 * n * n + 1, 4), corners.ravel(), *maps)


def test_a_shared_corner_belongs_to_one_square() -> None:
    """Each corner of the squares, and each point of their edges, has the square above and to the right."""
    mesh = grid(8)
    place = Location.among(mesh, np.arange(64))
    number = np.arange(81).reshape(9, 9)[:-1, :-1].ravel()
    point, region = found(place, mesh.vertices[number])
    assert np.array_equal(point, np.arange(64)) and np.array_equal(region, np.arange(64))
    point, _ = found(place, mesh.vertices)
    assert np.array_equal(np.sort(point), np.sort(number))  # on the upper and the right side: nothing
    edges = np.concatenate([mesh.vertices[number] + [1 / 32, 0], mesh.vertices[number] + [0, 1 / 32]])
    point, region = found(place, edges)
    assert np.array_equal(point, np.arange(128)) and np.array_equal(region, np.tile(np.arange(64), 2))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_fold_has_both_sheets_or_none(sign: float) -> None:
    """Of (|u|, v) both halves have the fold at their left end, of (-|u|, v) at their right one."""
    square = np.array([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]])
    images = np.stack([sign * np.abs(square[:, 0]), square[:, 1]], axis=1)
    maps = np.array([[[-sign, 0.0], [0.0, 1.0]], [[sign, 0.0], [0.0, 1.0]]]), np.zeros((2, 2))
    mesh = Mesh(square, images, np.array([0, 4, 8]), np.array([0, 1, 4, 5, 1, 2, 3, 4]), *maps)
    point, region = found(Location.among(mesh, np.arange(2)), np.array([[0.0, 0.3], [sign * 0.5, 0.3]]))
    both, first = [(1, 0), (1, 1)], [(0, 0), (0, 1)] if sign > 0 else []
    assert list(zip(point, region, strict=True)) == first + both


def test_points_outside_have_no_region() -> None:
    """Far and infinite points are covered by nothing; a mesh without regions covers nothing."""
    mesh = random_mesh(1, 0.2)
    far = np.array([[1e300, 0.0], [np.inf, 0.0], [-np.inf, np.inf], [0.0, -1e9]])
    assert not len(found(Location.among(mesh, np.arange(len(mesh))), far)[0])
    assert not len(found(Location.among(mesh, np.arange(0)), mesh.images)[0])
    with pytest.raises(ValueError, match=r"must not be NaN \(got 1 of 2 with NaN\): remove them"):
        found(Location.among(mesh, np.arange(len(mesh))), np.array([[0.0, np.nan], [0.0, 0.0]]))


def test_parts_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pairs do not depend on how many are tested at once, nor on how the cells are divided."""
    mesh = random_mesh(2, 0.2)
    x = on_the_mesh(mesh, 200)
    whole = found(Location.among(mesh, np.arange(len(mesh))), x)
    assert np.array_equal(whole[0], np.sort(whole[0]))
    for name, value in (("PAIRS", 50), ("POINTS", 70), ("CROWD", 2)):
        monkeypatch.setattr(sys.modules[quadtree.__module__], name, value)
    parts = found(Location.among(mesh, np.arange(len(mesh))), x)
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_the_cell_of_a_point_lists_its_boxes() -> None:
    """Of boxes of many sizes, each that holds a point is in the point's cell, at its corners too."""
    random = np.random.default_rng(3)
    low = random.normal(size=(3000, 2)) * 10 ** random.uniform(-4, 1, (3000, 1))
    high = low + 10 ** random.uniform(-9, 0.5, (3000, 2))
    tree = quadtree(low, high)
    assert len(tree.children) > 1000
    points = np.concatenate([low[:300], high[:300], random.normal(size=(300, 2))])
    cells = tree.cells(points)
    for x, cell in zip(points, cells, strict=True):
        holds = np.flatnonzero(((low <= x) & (x <= high)).all(axis=1))
        listed = tree.boxes[tree.starts[cell] : tree.starts[cell + 1]] if cell >= 0 else np.empty(0)
        assert np.isin(holds, listed).all()


def test_boxes_that_meet_in_one_point_do_not_fill_the_memory() -> None:
    """The regions of a network without biases are cones: their boxes crowd every cell there."""
    angle = np.linspace(0, 2 * np.pi, 41)
    ends = 39 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corners = np.stack([np.zeros((40, 2)), ends[:-1], ends[1:]], axis=1)
    tree = quadtree(corners.min(axis=1), corners.max(axis=1))
    assert len(tree.boxes) <= ROOM * 40
