"""Vectorised exponentials and logarithms against longer arithmetic, and at their ends."""

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from empirical import native

HEADER = Path(native.__file__).with_name("elementary.hpp")
PROGRAM = """
#include "{header}"
#define ON_ARRAYS(NAME, FUNCTION, T) \\
    extern "C" void NAME(const T* x, T* y, std::int64_t count) {{ \\
        for (std::int64_t i = 0; i < count; i += Lanes<T>::count) \\
            store_first(y + i, FUNCTION(load_first(x + i, count - i)), count - i); \\
    }}
ON_ARRAYS(exponential_float64, exponential, double)
ON_ARRAYS(exponential_float32, exponential, float)
ON_ARRAYS(log_of_one_plus_float64, log_of_one_plus, double)
ON_ARRAYS(log_of_one_plus_float32, log_of_one_plus, float)
"""
Function = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    source = tmp_path_factory.mktemp("elementary") / "elementary.cpp"
    source.write_text(PROGRAM.format(header=HEADER))
    library = native.library(source, native.FUSED, "nobody")
    if library is None:
        pytest.skip("this machine has no C++ compiler")
    return library


def function(built: ctypes.CDLL, name: str, dtype: str) -> Function:
    def on_array(x: np.ndarray) -> np.ndarray:
        y = np.empty_like(x)
        built[f"{name}_{dtype}"](*native.arguments(x, y, len(x)))
        return y

    return on_array


def largest_error(computed: np.ndarray, exact: np.ndarray) -> float:
    """Relative to the exact numbers, which are of the longest type that numpy has."""
    return float((np.abs(computed.astype(np.longdouble) - exact) / exact).max())


@pytest.mark.parametrize(
    ("dtype", "least", "bound"), [("float64", -708, 2.0**-52), ("float32", -87, 2.0**-22)]
)
def test_exponentials(built: ctypes.CDLL, dtype: str, least: int, bound: float) -> None:
    """Double within the error that the header states, float within two units of its last place.

    The control: numbers that are off by four times the bound are seen.
    """
    draws = np.random.default_rng(0)
    x = np.concatenate([-draws.exponential(2, 20_003), draws.uniform(least, 0, 20_000)]).astype(dtype)
    exact = np.exp(x.astype(np.longdouble))
    computed = function(built, "exponential", dtype)(x)
    assert largest_error(computed, exact) < bound
    assert largest_error(computed * (1 + 4 * bound), exact) > bound


@pytest.mark.parametrize(("dtype", "bound"), [("float64", 2.0**-51), ("float32", 2.0**-22)])
def test_logarithms_of_one_plus(built: ctypes.CDLL, dtype: str, bound: float) -> None:
    """Within the stated error, relative to the logarithm, down to arguments of 1e-30."""
    draws = np.random.default_rng(1)
    e = np.concatenate([draws.uniform(0, 1, 20_003), np.exp(-draws.uniform(0, 69, 20_000))]).astype(dtype)
    exact = np.log1p(e.astype(np.longdouble))
    computed = function(built, "log_of_one_plus", dtype)(e)
    assert largest_error(computed, exact) < bound
    assert largest_error(computed * (1 + 4 * bound), exact) > bound


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_ends(built: ctypes.CDLL, dtype: str) -> None:
    """e^0 = 1 and log 1 = 0 exactly, 0 far below, and NaN is never lost."""
    x = np.array([0.0, -0.0, -1e30, -np.inf, np.nan], dtype=dtype)
    assert np.array_equal(function(built, "exponential", dtype)(x), [1, 1, 0, 0, np.nan], equal_nan=True)
    e = np.array([0.0, np.nan], dtype=dtype)
    assert np.array_equal(function(built, "log_of_one_plus", dtype)(e), [0, np.nan], equal_nan=True)
