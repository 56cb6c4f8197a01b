"""Collisions are counted exactly: at the boundary, under cancellation, and when everything collides."""

from fractions import Fraction
from itertools import combinations
from math import comb, inf, nan

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.observables import collisions
from empirical.observables.collisions import (
    closest_pairs,
    colliding_batches,
    count_collisions,
    sample_matrix,
)


def exact_squares(points: np.ndarray) -> dict[tuple[int, int], Fraction]:
    """The squared distance of each pair of rows, as a rational: floats are rationals."""
    rows = [[Fraction(float(x)) for x in row] for row in points]
    return {
        (i, j): sum(((a - b) ** 2 for a, b in zip(rows[i], rows[j], strict=True)), Fraction(0))
        for i, j in combinations(range(len(rows)), 2)
    }


@st.composite
def lattice_samples(draw: st.DrawFn) -> np.ndarray:
    """Few points on a small lattice: many equal rows, and many distances exactly at a resolution."""
    rows, columns = draw(st.integers(2, 12)), draw(st.integers(1, 6))
    values = st.lists(st.integers(-2, 2), min_size=columns, max_size=columns)
    return np.array(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=np.float64)


@given(lattice_samples(), st.integers(0, 5), st.sampled_from([-600, 0, 600]))
def test_count_at_the_boundary(points: np.ndarray, resolution: int, exponent: int) -> None:
    """A pair exactly at the resolution collides, in units of 2^-600 and 2^600 as in units of 1."""
    expected = sum(square <= resolution**2 for square in exact_squares(points).values())
    scaled = np.ldexp(points, exponent)
    assert count_collisions(scaled, float(np.ldexp(float(resolution), exponent))) == expected


@given(lattice_samples(), st.integers(1, 3))
def test_tree_and_blocks_agree(points: np.ndarray, resolution: int) -> None:
    """Columns of zeros change no distance, but send few-dimensional samples from the tree to the blocks."""
    padded = np.hstack([points, np.zeros((len(points), collisions.TREE_DIMENSIONS + 1))])
    # A resolution between two lattice distances: the tree's answer is used as it is.
    between = resolution + 2**-20
    assert count_collisions(points, between) == count_collisions(padded, between)


@given(st.lists(st.integers(-40, 40), min_size=3, max_size=14), st.integers(1, 30), st.integers(1, 5))
def test_count_survives_cancellation(steps: list[int], resolution: int, columns: int) -> None:
    """Steps of 2^-30 on an offset of 2^20 are counted exactly, although their squares vanish beside 2^40."""
    column = 2.0**20 + np.array(steps)[:, None] * 2.0**-30
    points = np.hstack([column, np.full((len(steps), columns - 1), 2.0**20)])
    expected = sum(abs(a - b) <= resolution for a, b in combinations(steps, 2))
    assert count_collisions(points, resolution * 2.0**-30) == expected


def test_expansion_alone_would_miscount() -> None:
    """The control: on the same input the bare expansion of squared distances sees collisions of all pairs."""
    steps = np.arange(20)
    points = np.hstack([2.0**20 + steps[:, None] * 2.0**-30, np.full((20, 5), 2.0**20)])
    norms = np.square(points).sum(axis=1)
    expanded = norms[:, None] + norms[None, :] - 2 * points @ points.T
    seen = int((np.triu(expanded <= (2.0**-30) ** 2, 1) & ~np.tri(20, dtype=bool)).sum())
    assert count_collisions(points, 2.0**-30) == 19
    assert seen != 19


@pytest.mark.parametrize("columns", [1, 3, 4, 64])
def test_everything_collides(columns: int) -> None:
    """Of n equal rows all n(n - 1)/2 pairs collide, and of n rows as good as equal too."""
    constant = np.full((5000, columns), 0.3)
    assert count_collisions(constant, 0.0) == comb(5000, 2)
    jitter = np.arange(5000)[:, None] * 1e-9
    assert count_collisions(constant + jitter, 0.5) == comb(5000, 2)
    assert count_collisions(constant + jitter, 0.0) == 0


@pytest.mark.parametrize("columns", [2, 7])
def test_blocks_meet_without_gap_or_overlap(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count and the closest pairs do not depend on the size of the blocks."""
    points = np.random.default_rng(1).integers(0, 3, size=(50, columns)).astype(np.float64)
    wide = np.hstack([points, np.zeros((50, 3))])
    whole = count_collisions(wide, 1.0), closest_pairs(wide, 40)
    monkeypatch.setattr(collisions, "BLOCK", 7)
    monkeypatch.setattr(collisions, "SCALARS", 11)
    count, (pairs, distances) = count_collisions(wide, 1.0), closest_pairs(wide, 40)
    assert count == whole[0]
    assert np.array_equal(pairs, whole[1][0]) and np.array_equal(distances, whole[1][1])


@given(lattice_samples(), st.integers(1, 80))
def test_closest_pairs_are_the_smallest_exact_distances(points: np.ndarray, count: int) -> None:
    """The k closest pairs in order of exact distance, ties by row number."""
    squares = exact_squares(points)
    expected = sorted(squares, key=lambda pair: (squares[pair], pair))[:count]
    pairs, distances = closest_pairs(points, count)
    assert [tuple(pair) for pair in pairs.tolist()] == expected
    assert distances.tolist() == [np.sqrt(float(squares[pair])) for pair in expected]


def test_batches_are_disjoint() -> None:
    """Batches are consecutive and disjoint; rows beyond the last whole batch belong to none."""
    rows = np.array([0, 1, 2, 2, 3, 4, 5, 7, 3, 6], dtype=np.float64)[:, None]
    assert colliding_batches(rows, 3, 0.0).tolist() == [False, False, False]
    assert colliding_batches(rows, 4, 0.0).tolist() == [True, False]
    assert colliding_batches(rows, 10, 0.0).tolist() == [True]
    assert colliding_batches(rows, 2, 0.0).tolist() == [False, True, False, False, False]


def test_negative_zero_is_zero() -> None:
    """The rows -0.0 and 0.0 are equal numbers, though not equal bytes."""
    assert count_collisions(sample_matrix(np.array([[-0.0], [0.0]])), 0.0) == 1


def test_tensors_are_samples_too() -> None:
    """A tensor that requires gradients gives the same matrix as the array it came from."""
    tensor = torch.arange(6.0).reshape(3, 2).requires_grad_()
    assert np.array_equal(sample_matrix(tensor), np.arange(6.0).reshape(3, 2))


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        (np.zeros(5), r"shape \(n, d\)"),
        (np.zeros((1, 2)), r"shape \(n, d\)"),
        (np.zeros((4, 0)), r"shape \(n, d\)"),
        (np.zeros((4, 2, 2)), r"shape \(n, d\)"),
        (np.array([[1.0], [nan], [inf]]), "2 of 3 rows"),
        (np.zeros((2, 2), dtype=complex), "real numbers"),
        (np.array([["a"], ["b"]]), "real numbers"),
    ],
)
def test_matrices_that_are_no_samples_are_refused(samples: np.ndarray, sentence: str) -> None:
    """One sentence says what is wrong with the samples."""
    with pytest.raises(ValueError, match=sentence):
        sample_matrix(samples)


@pytest.mark.parametrize("resolution", [-1.0, nan, inf])
def test_resolution_is_a_distance(resolution: float) -> None:
    """A resolution is finite and not negative."""
    with pytest.raises(ValueError, match="finite distance >= 0"):
        count_collisions(np.zeros((2, 1)), resolution)


@pytest.mark.parametrize("batch", [0, 1, 11])
def test_batch_fits_the_sample(batch: int) -> None:
    """A batch has at least two rows and no more than the sample."""
    with pytest.raises(ValueError, match="between 2 and 10"):
        colliding_batches(np.zeros((10, 1)), batch, 0.0)


def test_number_of_closest_pairs_is_positive() -> None:
    """No pair is not a question."""
    with pytest.raises(ValueError, match="must be positive"):
        closest_pairs(np.zeros((2, 1)), 0)
