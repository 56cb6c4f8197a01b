"""Cutting a mesh by signs alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.densities.plane.splitting import split

# Two squares side by side: 0-1-4-3 and 1-2-5-4.
STARTS, CORNERS = np.array([0, 4, 8]), np.array([0, 1, 4, 3, 1, 2, 5, 4])


def signs(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def polygons(starts: np.ndarray, corners: np.ndarray) -> list[list[int]]:
    return [part.tolist() for part in np.split(corners, starts[1:-1])]


def test_neighbours_share_the_new_vertices() -> None:
    """A line through both squares makes three vertices, one of them in four regions."""
    cut = split(STARTS, CORNERS, signs(-1, -1, -1, 1, 1, 1))

    assert cut is not None
    assert cut.edges.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert polygons(cut.starts, cut.corners) == [[7, 4, 3, 6], [0, 1, 7, 6], [8, 5, 4, 7], [1, 2, 8, 7]]
    assert cut.parent.tolist() == [0, 0, 1, 1]


def test_a_line_through_corners_makes_no_vertex() -> None:
    """A diagonal leaves two triangles of the first square and does not touch the second."""
    cut = split(STARTS, CORNERS, signs(0, -1, -1, 1, 0, -1))

    assert cut is not None
    assert len(cut.edges) == 0
    assert polygons(cut.starts, cut.corners) == [[0, 4, 3], [0, 1, 4], [1, 2, 5, 4]]
    assert cut.parent.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    "line", [(1, 1, 1, 1, 1, 1), (0, 1, 1, 0, 1, 1), (0, 0, 0, 0, 0, 0), (-1, 0, 1, -1, 0, 1)]
)
def test_what_is_not_crossed_is_left_alone(line: tuple[int, ...]) -> None:
    """A line outside or along a side, shared or not, and a function that is zero everywhere cut nothing."""
    assert split(STARTS, CORNERS, signs(*line)) is None


def test_signs_of_no_affine_function_are_refused() -> None:
    """Signs that alternate around a square would cut it twice."""
    with pytest.raises(ValueError, match="affine on each region"):
        split(STARTS, CORNERS, signs(1, -1, -1, -1, 1, -1))


@given(st.lists(st.tuples(*[st.integers(-4, 4)] * 3), min_size=1, max_size=8))
def test_each_inner_edge_has_two_sides(lines: list[tuple[int, int, int]]) -> None:
    """After any cuts by lines, each edge is used once in each direction, but for the outline."""
    points = [np.array([x, y], dtype=float) for y in (0, 5) for x in (0, 5, 10)]
    starts, corners = STARTS, CORNERS
    for a, b, c in lines:
        values = np.array([a * x + b * y + c for x, y in points])
        # Rounding moves a value by 1e-12 at most and one that is not zero is farther from zero here.
        cut = split(starts, corners, np.sign(np.where(np.abs(values) < 1e-9, 0, values)).astype(np.int8))
        if cut is None:
            continue
        starts, corners = cut.starts, cut.corners
        for low, high in cut.edges:
            share = values[low] / (values[low] - values[high])
            points.append(points[low] + share * (points[high] - points[low]))
    directed = {
        (polygon[i - 1], polygon[i]) for polygon in polygons(starts, corners) for i in range(len(polygon))
    }
    alone = [(a, b) for a, b in directed if (b, a) not in directed]

    assert len(directed) == len(corners)
    for a, b in alone:
        assert any(
            abs(points[a][axis] - end) < 1e-9 and abs(points[b][axis] - end) < 1e-9
            for axis, end in ((0, 0), (0, 10), (1, 0), (1, 5))
        )
