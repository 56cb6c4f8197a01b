"""What laws take for points."""

from inspect import unwrap

import numpy as np
import pytest
import torch

from empirical.densities.points import as_points


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_numbers_become_float64_rows(dtype: type) -> None:
    """Any numbers give the same float64 matrix, whatever their memory layout."""
    points = np.arange(6).reshape(3, 2).astype(dtype)

    for given in (points, np.asfortranarray(points), np.repeat(points, 2, axis=0)[::2]):
        found = as_points(given, 2)
        assert found.dtype == np.float64
        assert found.flags.c_contiguous
        assert (found == points).all()


@pytest.mark.parametrize(
    ("points", "error", "sentence"),
    [
        (torch.zeros(3, 2), TypeError, "got Tensor.*detach"),
        ([[0.0, 0.0]], TypeError, "got list.*asarray"),
        (np.array([["a", "b"]]), TypeError, "array of numbers"),
        (np.zeros(2), ValueError, r"shape \(n, 2\) \(got \(2,\)\)"),
        (np.zeros((4, 3)), ValueError, r"got \(4, 3\)"),
        (np.array([[0.0, np.nan], [0.0, 0.0]]), ValueError, "1 of 2 with NaN"),
    ],
)
def test_what_is_no_point_is_refused(points: object, error: type[Exception], sentence: str) -> None:
    """One sentence says what was passed and what to pass."""
    with pytest.raises(error, match=sentence):
        unwrap(as_points)(points, 2)
