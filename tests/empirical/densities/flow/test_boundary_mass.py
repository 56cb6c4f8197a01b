"""Masses from boundaries: closed forms, additivity, and maps that turn the plane over."""

import numpy as np
import pytest
from jaxtyping import Float
from scipy.special import ndtr

from empirical.densities.flow.boundary_mass import Square, grid_masses, rectangle_masses

EDGES = np.array([-1.5, -0.2, 0.3, 2.0]), np.array([-0.7, 0.1, 1.4])
Points = Float[np.ndarray, "n 2"]
NORMAL = Square(lambda x: x, ndtr)


def test_independent_normals() -> None:
    """Under the identity a rectangle has the product of two normal probabilities."""
    masses, errors = grid_masses(NORMAL, *EDGES, tolerance=1e-10)
    expected = np.outer(*(np.diff(ndtr(edges)) for edges in EDGES))

    np.testing.assert_allclose(masses, expected, atol=1e-9)
    assert (np.abs(masses - expected) <= errors + 1e-15).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bent_map_with_a_known_law(sign: int) -> None:
    r"""The point (z, t + z^2) has the density phi(x) phi(y - x^2): an integral on the line."""

    def latents(x: Points) -> Points:
        return np.stack([sign * x[:, 0], x[:, 1] - x[:, 0] ** 2], axis=1)

    masses, errors = grid_masses(Square(latents, ndtr), *EDGES, tolerance=1e-10)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for i, (left, right) in enumerate(zip(EDGES[0], EDGES[0][1:], strict=False)):
        x = (left + right) / 2 + (right - left) / 2 * nodes
        density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * weights * (right - left) / 2
        expected = np.diff(ndtr(EDGES[1][:, None] - x**2), axis=0) @ density
        np.testing.assert_allclose(masses[i], expected, atol=1e-8)
    assert errors.max() < 1e-6


def test_a_jump_in_slope_and_a_narrow_strip() -> None:
    """A leaky map with stretch 1000: pieces of edges between two samples are found by their ends."""

    def latents(x: Points) -> Points:
        z = 1000 * (x[:, 0] - x[:, 1])
        return np.stack([np.where(z > 0, z, z / 5), x[:, 1]], axis=1)

    # Given y, z is a half normal above 0 and five times as wide below: its law does not depend on y.
    masses, errors = grid_masses(
        Square(latents, ndtr), np.array([-9.0, 0.0, 9.0]), np.array([-8.0, 8.0]), tolerance=1e-10
    )
    # x = y + z/1000 or y + z/200 is positive with probability 1/2 up to the strip's width.
    assert abs(masses.sum() - 1) < 1e-6
    assert abs(masses[0, 0] - 0.5) < 5e-3
    assert errors.max() < 1e-5


def test_rectangles_and_grid_agree() -> None:
    """The same rectangle by itself and as a cell of a grid."""
    low = np.array([[EDGES[0][1], EDGES[1][0]]])
    high = np.array([[EDGES[0][2], EDGES[1][1]]])
    alone, _ = rectangle_masses(NORMAL, low, high, tolerance=1e-10)
    np.testing.assert_allclose(alone[0], grid_masses(NORMAL, *EDGES, tolerance=1e-10)[0][1, 0], atol=1e-10)


def test_an_edge_that_never_settles_counts_in_full() -> None:
    """A map that is not continuous leaves parts undecided after all halvings; the error says so."""

    def torn(x: Points) -> Points:
        return x + 3.0 * (x[:, :1] > 0.1234567)

    _, errors = grid_masses(Square(torn, ndtr), *EDGES, tolerance=1e-10)
    assert errors.max() >= 1


def test_an_excursion_into_the_mass_and_back_is_seen() -> None:
    """An edge that starts and ends far from all mass, and bends through it in a hundredth of its length."""

    def bent(x: Points) -> Points:
        return np.stack([x[:, 0], x[:, 1] + 2000 * np.abs(x[:, 0] - 1 / 3) - 20], axis=1)

    # Given x, z_2 is normal around 2000 |x - 1/3| - 20 with y = 0: all latents between 0 and 1 in x.
    masses, _ = grid_masses(Square(bent, ndtr), np.array([-9.0, 9.0]), np.array([-1e5, 0.0]), tolerance=1e-10)
    nodes = np.linspace(-9, 9, 2_000_001)
    density = np.exp(-(nodes**2) / 2) / np.sqrt(2 * np.pi) * (nodes[1] - nodes[0])
    expected = ndtr(2000 * np.abs(nodes - 1 / 3) - 20) @ density
    assert abs(masses[0, 0] - expected) < 1e-7
