"""Exchanges of lanes between vectors, by each of the two names that compilers have for them."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

from empirical import native

HEADER = Path(native.__file__).with_name("lanes.hpp")
# What the header includes comes first, so that the version below is told to the header alone.
PROGRAM = """
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#if defined(__AVX2__)
#include <immintrin.h>
#endif
{version}
#include "{header}"
#define ON_VECTORS(NAME, T) \\
    extern "C" std::int64_t lanes_##NAME() {{ return Lanes<T>::count; }} \\
    extern "C" void sums_##NAME(T* x) {{ \\
        constexpr int count = Lanes<T>::count; \\
        Vector<T> vectors[count]; \\
        for (int i = 0; i < count; ++i) vectors[i] = load(x + i * count); \\
        store(x, sums_of_lanes<T>(vectors)); \\
    }} \\
    extern "C" void transpose_##NAME(T* x) {{ \\
        constexpr int count = Lanes<T>::count; \\
        Vector<T> vectors[count]; \\
        for (int i = 0; i < count; ++i) vectors[i] = load(x + i * count); \\
        transpose<T>(vectors); \\
        for (int i = 0; i < count; ++i) store(x + i * count, vectors[i]); \\
    }}
ON_VECTORS(float64, double)
ON_VECTORS(float32, float)
"""
VERSIONS = {"this compiler": "", "GCC before 12": "#undef __clang__\n#undef __GNUC__\n#define __GNUC__ 11"}


@pytest.fixture(scope="module", params=[*VERSIONS.values()], ids=[*VERSIONS])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    source = tmp_path_factory.mktemp("lanes") / "lanes.cpp"
    source.write_text(PROGRAM.format(header=HEADER, version=request.param))
    library = native.library(source, native.FUSED, "nobody")
    if library is None:
        pytest.skip("this machine has no C++ compiler, or none that knows this name")
    return library


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_and_transposes_of_lanes(built: ctypes.CDLL, dtype: str) -> None:
    """As many vectors as a vector has lanes: the sums of each, and lane i of vector j to lane j of vector i.

    The numbers are whole and small, so that sums are exact in every order.
    """
    count = built[f"lanes_{dtype}"]()
    square = np.arange(count * count).reshape(count, count) ** 2 % 97
    turned, summed = square.astype(dtype), square.astype(dtype)
    built[f"transpose_{dtype}"](*native.arguments(turned))
    built[f"sums_{dtype}"](*native.arguments(summed))
    assert np.array_equal(turned, square.T)
    assert np.array_equal(summed[0], square.sum(axis=1))
    assert not np.array_equal(square, square.T)  # the comparison can fail
