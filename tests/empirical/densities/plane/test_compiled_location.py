"""Finding the regions that cover a point in compiled code and in numpy: the same pairs."""

import numpy as np
import pytest

from empirical.densities.plane import location
from empirical.densities.plane.location import Location
from empirical.native import library
from tests.empirical.densities.plane.test_location import found, on_the_mesh, random_mesh

pytestmark = pytest.mark.skipif(
    library(location.SOURCE) is None, reason="this machine has no C++ compiler, or compiled code is off"
)
FAR = np.array([[1e300, 0.0], [np.inf, 0.0], [-np.inf, np.inf], [0.0, -1e9]])


def without_compiler(source: object) -> None:
    """What ``library`` answers on a machine that has no compiler."""


def in_numpy(
    monkeypatch: pytest.MonkeyPatch, place: Location, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    with monkeypatch.context() as patch:
        patch.setattr(location, "library", without_compiler)
        return found(place, x)


@pytest.mark.parametrize("slope", [0.2, 0.0, -0.7])
@pytest.mark.parametrize("seed", range(3))
def test_both_roads_find_the_same_pairs(monkeypatch: pytest.MonkeyPatch, seed: int, slope: float) -> None:
    """On vertices, on edges, anywhere, and outside: the same regions in the same order."""
    mesh = random_mesh(seed, slope)
    x = np.concatenate([on_the_mesh(mesh, 1000), FAR])
    place = Location.among(mesh, np.arange(0, len(mesh), 2))
    compiled, plain = found(place, x), in_numpy(monkeypatch, place, x)

    assert len(compiled[0]) > 300
    for mine, other in zip(compiled, plain, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("pairs", [1, 50])
def test_compiled_parts_meet(monkeypatch: pytest.MonkeyPatch, pairs: int) -> None:
    """With room for one cell's regions at a time no pair is lost and no point is in two parts."""
    mesh = random_mesh(2, 0.2)
    place, x = Location.among(mesh, np.arange(len(mesh))), on_the_mesh(mesh, 200)
    whole = found(place, x)
    monkeypatch.setattr(location, "PAIRS", pairs)
    parts = list(place.covering(x))

    assert len(parts) > 3
    for mine, other in zip(found(place, x), whole, strict=True):
        np.testing.assert_array_equal(mine, other)
    points = [set(point.tolist()) for point, _ in parts]
    assert sum(map(len, points)) == len(set().union(*points))


def test_columns_and_read_only_points_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points may be a view of other numbers, or fixed."""
    mesh = random_mesh(1, 0.2)
    place, x = Location.among(mesh, np.arange(len(mesh))), on_the_mesh(mesh, 50)
    fixed = x.copy()
    fixed.flags.writeable = False
    wide = np.zeros((len(x), 5))
    wide[:, 1:3] = x

    for same in (fixed, wide[:, 1:3], np.asfortranarray(x)):
        for mine, other in zip(found(place, same), found(place, x), strict=True):
            np.testing.assert_array_equal(mine, other)


def test_another_answer_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: with one image point moved across a sample the two roads differ."""
    mesh = random_mesh(0, 0.2)
    place, x = Location.among(mesh, np.arange(len(mesh))), on_the_mesh(mesh, 1000)
    compiled = found(place, x)
    place.edges.ends[:, 0] += 0.05

    assert not np.array_equal(compiled[1], in_numpy(monkeypatch, place, x)[1])
