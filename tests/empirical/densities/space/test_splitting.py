"""Cutting polyhedra: what Euler and Gauss say of the pieces, through vertices, edges and faces as well."""

import numpy as np
import pytest

from empirical.densities.space.polyhedra import OUTSIDE, Polyhedra, box
from empirical.densities.space.splitting import split


def cut(
    polyhedra: Polyhedra, points: np.ndarray, normal: np.ndarray, level: float
) -> tuple[Polyhedra, np.ndarray]:
    """The pieces on the two sides of a plane; heights within 1e-12 of it count as on it."""
    height = points @ normal - level
    height[np.abs(height) < 1e-12] = 0
    pieces = split(polyhedra, np.sign(height).astype(np.int64), (0, 0))
    a, b = pieces.edges.T
    t = (height[a] / (height[a] - height[b]))[:, None]
    return pieces.polyhedra, np.concatenate([points, points[a] + t * (points[b] - points[a])])


def euler(polyhedra: Polyhedra, points: np.ndarray) -> int:
    return len(points) - len(polyhedra.edges()) + len(polyhedra.sides) - polyhedra.cells


def directed_edges(polyhedra: Polyhedra, cell: int) -> set[tuple[int, int]]:
    """The edges of a cell's faces, counterclockwise from outside."""
    edges: list[tuple[int, int]] = []
    for place in range(polyhedra.cell_starts[cell], polyhedra.cell_starts[cell + 1]):
        _, face, orientation = (part[place] for part in polyhedra.bounds)
        loop = polyhedra.corners[polyhedra.starts[face] : polyhedra.starts[face + 1]].tolist()
        pairs = list(zip(loop, loop[1:] + loop[:1], strict=True))
        edges += pairs if orientation > 0 else [(b, a) for a, b in pairs]
    assert len(edges) == len(set(edges))
    return set(edges)


def random_cuts(seed: int) -> tuple[Polyhedra, np.ndarray]:
    """Twelve planes, half of them through the centre with whole normals, so along edges and vertices."""
    random = np.random.default_rng(seed)
    polyhedra, points = box(-1.0, 1.0)
    for number in range(12):
        if number % 2:
            normal, level = random.standard_normal(3), 0.3 * random.standard_normal()
        else:
            normal, level = random.integers(-1, 2, 3).astype(float), 0.0
        if normal.any():
            polyhedra, points = cut(polyhedra, points, normal, level)
    return polyhedra, points


@pytest.mark.parametrize("seed", range(10))
def test_pieces_tile_the_box(seed: int) -> None:
    """V - E + F - C = 1; cells are closed, each edge runs once each way; volumes sum to the box."""
    polyhedra, points = random_cuts(seed)
    assert euler(polyhedra, points) == 1
    for cell in range(polyhedra.cells):
        edges = directed_edges(polyhedra, cell)
        assert all((b, a) in edges for a, b in edges)
    volumes = polyhedra.volumes(points)
    # A few hundred cells, each volume a sum of some ten products of coordinates of size one.
    assert volumes.min() > 0 and volumes.sum() == pytest.approx(8, abs=1e-13)


def test_a_missing_face_is_seen() -> None:
    """The control of the two laws above: without one face Euler's sum is 0, and two cells are open."""
    polyhedra, points = random_cuts(0)
    inner = int(np.flatnonzero(polyhedra.sides[:, 1] != OUTSIDE)[0])
    kept = np.arange(len(polyhedra.sides)) != inner
    lengths = np.diff(polyhedra.starts)[kept]
    without = Polyhedra(
        np.concatenate([[0], np.cumsum(lengths)]),
        polyhedra.corners[polyhedra.face != inner],
        polyhedra.sides[kept],
        polyhedra.surfaces[kept],
        polyhedra.cells,
    )
    assert euler(without, points) == 0
    edges = directed_edges(without, int(polyhedra.sides[inner, 0]))
    assert not all((b, a) in edges for a, b in edges)


def test_a_plane_along_a_face_cuts_nothing() -> None:
    """The plane x = 1 holds a face of the box: the box stays whole, on the plane's negative side."""
    polyhedra, points = box(-1.0, 1.0)
    pieces = split(polyhedra, np.sign(points[:, 0] - 1).astype(np.int64), (0, 0))
    assert pieces.polyhedra is polyhedra and pieces.signs.tolist() == [-1]


def test_a_diagonal_plane_meets_only_vertices() -> None:
    """The plane x = y goes through four vertices of the cube: no new vertex, two prisms of equal volume."""
    polyhedra, points = box(-1.0, 1.0)
    pieces, corners = cut(polyhedra, points, np.array([1.0, -1.0, 0.0]), 0.0)
    assert len(corners) == 8 and pieces.volumes(corners) == pytest.approx([4, 4])


@pytest.mark.parametrize(
    ("signs", "sentence"),
    [
        ([1, -1, 1, 1, 1, 1, -1, 1], "not one polygon|does not close|other than twice"),
        ([1, -1, -1, 1, 1, -1, -1, 1], "other than twice"),
        ([0, 0, 0, 0, 1, 0, 0, -1], "lies in the crossing plane"),
    ],
)
def test_signs_of_no_plane_are_refused(signs: list[int], sentence: str) -> None:
    """A sign that rounding flipped cannot pass: no affine function on the cube has these signs."""
    with pytest.raises(ArithmeticError, match=sentence):
        split(box(-1.0, 1.0)[0], np.array(signs), (0, 0))
