"""Integrals over boxes: exact for polynomials, adaptive elsewhere, and honest when they stop early."""

import numpy as np
import pytest
from jaxtyping import Float

from empirical.densities.flow.cubature import NODES, integrals

UNIT = np.zeros((1, 2)), np.ones((1, 2))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_polynomials_are_exact(dim: int) -> None:
    """The monomial of degree 2n - 1 in each coordinate, over boxes of different size and place."""
    degree = 2 * NODES - 1
    low = np.array([[0.0] * dim, [-1.0] * dim])
    high = np.array([[1.0] * dim, [2.0] * dim])
    values, errors = integrals(
        lambda x: (x**degree).prod(axis=1), low, high, tolerance=1e-9, evaluations=10**6
    )
    expected = ((high ** (degree + 1) - low ** (degree + 1)) / (degree + 1)).prod(axis=1)

    np.testing.assert_allclose(values, expected, rtol=1e-12)
    assert (errors <= 1e-9 * expected).all()


def disc(x: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
    """One inside a quarter of a disc: the rule meets a jump along a curve."""
    return (x**2).sum(axis=1) <= 1.0


def test_a_jump_is_refined_until_the_stated_error() -> None:
    """The estimate falls as more evaluations are allowed, and the error stays below it."""
    before = np.inf
    for evaluations in (10**4, 10**5, 10**6):
        value, error = integrals(
            lambda x: disc(x).astype(float), *UNIT, tolerance=1e-9, evaluations=evaluations
        )
        assert abs(value[0] - np.pi / 4) <= error[0] < before
        before = error[0]


def test_boxes_are_told_apart() -> None:
    """Each box has its own integral and its own error: the one without a jump has none."""
    low, high = np.array([[0.0, 0.0], [2.0, 2.0]]), np.array([[1.0, 1.0], [3.0, 3.0]])
    values, errors = integrals(lambda x: disc(x).astype(float), low, high, tolerance=1e-4, evaluations=10**5)
    assert values[1] == errors[1] == 0 < errors[0]
