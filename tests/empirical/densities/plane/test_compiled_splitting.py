"""Cutting polygons in compiled code and in numpy: the same integers."""

from dataclasses import fields

import numpy as np
import pytest

from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane import splitting, subdivision
from empirical.densities.plane.splitting import Split, split
from empirical.native import library
from tests.empirical.densities.plane.test_subdivision import random_network

# Two squares side by side: 3 2 5
#                           0 1 4
STARTS, CORNERS = np.array([0, 4, 8]), np.array([0, 1, 2, 3, 1, 4, 5, 2])

compiled = pytest.mark.skipif(
    library(splitting.SOURCE) is None, reason="this machine has no C++ compiler, or compiled code is off"
)


def without_compiler(source: object) -> None:
    """What ``library`` answers on a machine that has no compiler."""


def signs(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int8)


@pytest.mark.parametrize("road", [pytest.param("compiled", marks=compiled), "numpy"])
@pytest.mark.parametrize(
    ("line", "edges", "polygons"),
    [
        (  # across both squares: the inner edge is cut once
            (1, 1, -1, -1, 1, -1),
            [[0, 3], [1, 2], [4, 5]],
            [[0, 1, 7, 6], [7, 2, 3, 6], [1, 4, 8, 7], [8, 5, 2, 7]],
        ),
        (  # a diagonal: its ends belong to both sides, and the other square is handed on
            (0, -1, 0, 1, -1, -1),
            [],
            [[0, 2, 3], [0, 1, 2], [1, 4, 5, 2]],
        ),
        (  # from a corner to the side opposite
            (0, -1, 1, 1, -1, 1),
            [[1, 2], [4, 5]],
            [[0, 6, 2, 3], [0, 1, 6], [7, 5, 2, 6], [1, 4, 7, 6]],
        ),
        ((0, 0, 0, 0, 0, 0), None, None),
        ((0, -1, -1, -1, -1, -1), None, None),
    ],
)
def test_a_cut(
    monkeypatch: pytest.MonkeyPatch,
    road: str,
    line: tuple[int, ...],
    edges: list[list[int]] | None,
    polygons: list[list[int]] | None,
) -> None:
    """New vertices in the order of their edges, children in the order of their parents, positive first."""
    if road == "numpy":
        monkeypatch.setattr(splitting, "library", without_compiler)
    found = split(STARTS, CORNERS, signs(*line))

    if found is None:
        assert edges is None
        return
    assert found.edges.tolist() == edges
    assert [row.tolist() for row in np.split(found.corners, found.starts[1:-1])] == polygons
    assert (np.diff(found.parent) >= 0).all()


@pytest.mark.parametrize("road", [pytest.param("compiled", marks=compiled), "numpy"])
def test_signs_of_no_affine_function_are_refused(monkeypatch: pytest.MonkeyPatch, road: str) -> None:
    """Signs that alternate around a square would cut it four times."""
    if road == "numpy":
        monkeypatch.setattr(splitting, "library", without_compiler)
    with pytest.raises(ValueError, match="those of no function that is affine on each region"):
        split(STARTS, CORNERS, signs(1, -1, 1, -1, 1, -1))


@compiled
@pytest.mark.parametrize("slope", [0.2, 0.0])
@pytest.mark.parametrize("bias", [True, False])
def test_both_roads_make_the_same_cuts(monkeypatch: pytest.MonkeyPatch, slope: float, bias: bool) -> None:
    """On every cut of random networks the compiled loop and numpy give the same integers.

    Without bias the creases of the first layer meet in the origin, a vertex on many lines.
    """
    cuts = []

    def both(*cut: np.ndarray) -> Split | None:
        first = split(*cut)
        with monkeypatch.context() as patch:
            patch.setattr(splitting, "library", without_compiler)
            second = split(*cut)
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            for field in fields(Split):
                np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))
            cuts.append(first)
        return first

    monkeypatch.setattr(subdivision, "split", both)
    for seed in range(4):
        network = random_network((2, 16, 16, 16, 2), slope, seed, bias)
        subdivision.subdivide(affine_layers(network), -6.0, 6.0)

    assert len(cuts) > 100
