"""What new vertices carry, in compiled code and in numpy: the same bits."""

import numpy as np
import pytest

from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane import crossings, splitting
from empirical.densities.plane.crossings import UNDECIDED, Rows, carry, decide, positive, rounded_up
from empirical.densities.plane.subdivision import subdivide
from empirical.native import library
from tests.empirical.densities.plane.test_subdivision import random_network

compiled = pytest.mark.skipif(
    library(crossings.SOURCE) is None, reason="this machine has no C++ compiler, or compiled code is off"
)
UNITS = 5


def without_compiler(source: object) -> None:
    """What ``library`` answers on a machine that has no compiler."""


def random_rows(random: np.random.Generator, count: int) -> Rows:
    """Values and bounds of many magnitudes, one column in seven not a unit's, signs of every kind."""
    width = 2 + UNITS + 1
    magnitudes = 10.0 ** random.integers(-12, 6, (count, width))
    carried = random.standard_normal((count, width)) * magnitudes
    return Rows(
        carried=carried,
        errors=rounded_up(np.abs(carried) * 10.0 ** random.integers(-17, 1, carried.shape)),
        signs=random.integers(-1, 2, (count, UNITS)).astype(np.int8),
        columns=np.array([2, 3, 5, 6, 7]),
        count=count,
        used=width,
    )


@compiled
@pytest.mark.parametrize("seed", range(10))
def test_both_roads_carry_the_same_bits(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Values, bounds, signs and the number of undecided ones agree to the last bit, some being undecided."""
    place, edges = seed % UNITS, np.stack([np.arange(50), np.arange(50, 100)], axis=1)
    made = []
    for road in ("compiled", "numpy"):
        rows = random_rows(np.random.default_rng(seed), 100)
        with monkeypatch.context() as patch:
            if road == "numpy":
                patch.setattr(crossings, "library", without_compiler)
            open_before = decide(rows)
            rows.signs[rows.signs == UNDECIDED] = 1
            made.append((open_before, carry(rows, edges, place), rows))

    (first, second, mine), (third, fourth, other) = made
    assert (first, second) == (third, fourth)
    assert first > 0
    assert mine.count == other.count == 150
    for name in ("carried", "errors", "signs"):
        ours, theirs = (getattr(rows, name)[:150] for rows in (mine, other))
        np.testing.assert_array_equal(ours, theirs)
    assert (mine.carried[100:150, mine.columns[place]] == 0).all()


@compiled
@pytest.mark.parametrize(("slope", "bias"), [(0.2, True), (0.0, False)])
def test_both_roads_make_the_same_mesh(monkeypatch: pytest.MonkeyPatch, slope: float, bias: bool) -> None:
    """A whole subdivision is the same to the last bit, however its loops are run."""
    for seed in range(3):
        layers = affine_layers(random_network((2, 16, 16, 16, 2), slope, seed, bias))
        mine = subdivide(layers, -6.0, 6.0)
        with monkeypatch.context() as patch:
            for module in (crossings, splitting):
                patch.setattr(module, "library", without_compiler)
            other = subdivide(layers, -6.0, 6.0)
        for name in ("vertices", "images", "starts", "corners", "linear", "offset"):
            np.testing.assert_array_equal(getattr(mine.mesh, name), getattr(other.mesh, name))
        np.testing.assert_array_equal(mine.patterns, other.patterns)
        assert (mine.signs, mine.rational, mine.zeros) == (other.signs, other.rational, other.zeros)


@pytest.mark.parametrize("road", [pytest.param("compiled", marks=compiled), "numpy"])
def test_a_new_vertex_lies_where_the_unit_is_zero(monkeypatch: pytest.MonkeyPatch, road: str) -> None:
    """From 1 to -3 the zero is a quarter of the way; the bound covers what errors of the ends do to it."""
    if road == "numpy":
        monkeypatch.setattr(crossings, "library", without_compiler)
    error = 1e-6
    rows = Rows(
        carried=np.array([[0.0, 8.0, 1.0, 1.0], [4.0, 0.0, -3.0, -1.0]]),
        errors=rounded_up(np.array([[0.0, 0.0, error, error], [0.0, 0.0, error, error]])),
        signs=np.array([[1, 1], [-1, -1]], dtype=np.int8),
        columns=np.array([2, 3]),
        count=2,
        used=4,
    )
    undecided = carry(rows, np.array([[0, 1]]), 0)

    np.testing.assert_array_equal(rows.carried[2], [1.0, 6.0, 0.0, 0.5])
    assert (undecided, rows.signs[2].tolist()) == (0, [0, 1])
    # With ends 1 + e and -3 + e the zero moves to (1 + e)/4, by e/4; where the other unit changes by 2, and
    # itself is off by e, its value there is off by 3e/2.
    assert 1.5 * error <= rows.errors[2, 3] < 1.6 * error
    assert error <= rows.errors[2, 0] < 1.1 * error  # the first coordinate changes by 4


@pytest.mark.parametrize("road", [pytest.param("compiled", marks=compiled), "numpy"])
def test_the_side_of_a_region(monkeypatch: pytest.MonkeyPatch, road: str) -> None:
    """A unit is positive on a region if it is so at a corner; zero at all corners is not positive."""
    if road == "numpy":
        monkeypatch.setattr(crossings, "library", without_compiler)
    signs = np.array([[0, 0], [1, 0], [0, 0], [0, -1], [0, 0]], dtype=np.int8)

    found = positive(np.array([0, 3, 6]), np.array([0, 1, 2, 0, 3, 4]), signs)

    assert found.tolist() == [[True, False], [False, False]]


def test_a_bound_in_float32_is_not_smaller() -> None:
    """Nor much larger where float32 is normal; 0 and infinity are kept, what underflows stays positive."""
    random = np.random.default_rng(0)
    bounds = random.uniform(1, 2, 10_000) * 2.0 ** random.integers(-1022, 1023, 10_000)
    bounds[:6] = 0.0, np.inf, 5e-324, 2.0**-126, 1 + 2.0**-24, 1 + 2.0**-52
    kept = rounded_up(bounds)

    assert kept.dtype == np.float32
    assert (kept >= bounds).all()
    assert ((kept == 0) == (bounds == 0)).all()
    normal = (bounds >= 2.0**-126) & (bounds < 2.0**127)
    assert (kept[normal] <= bounds[normal] * (1 + 2.0**-21)).all()
    assert float(np.float32(1 + 2.0**-52)) < 1 + 2.0**-52  # as it would be, rounded to nearest


@pytest.mark.parametrize("road", [pytest.param("compiled", marks=compiled), "numpy"])
def test_a_bound_that_is_no_number_decides_nothing(monkeypatch: pytest.MonkeyPatch, road: str) -> None:
    """Infinite bounds, and NaN, the difference of two, leave every sign open; zero bounds leave none."""
    if road == "numpy":
        monkeypatch.setattr(crossings, "library", without_compiler)
    rows = Rows(
        carried=np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.0, 0.0, 0.0]]),
        errors=np.array([[0.0, 0.0, np.inf], [0.0, 0.0, np.nan], [0.0, 0.0, 0.0]], dtype=np.float32),
        signs=np.zeros((3, 1), dtype=np.int8),
        columns=np.array([2]),
        count=3,
        used=3,
    )

    assert decide(rows) == 2
    assert rows.signs[:, 0].tolist() == [UNDECIDED, UNDECIDED, 0]
