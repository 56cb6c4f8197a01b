"""Owen's function and positive quadrature agree on polygons, to the absolute accuracy of the former."""

from itertools import pairwise

import numpy as np
import pytest

from empirical.densities.plane.owen_mass import gaussian_mass
from empirical.densities.plane.polygon_mass import log_gaussian_mass


def polygons(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Convex polygons of many sizes near the origin, around it, and far from it."""
    random = np.random.default_rng(seed)
    corners, starts = [], [0]
    for _ in range(200):
        sides = int(random.integers(3, 9))
        angles = (np.arange(sides) + random.uniform(0.1, 0.9, sides)) * 2 * np.pi / sides
        size = 10.0 ** random.uniform(-2, 3)
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * size
        corners.append(ring + random.normal(size=2) * random.choice([0.0, 1.0, 5.0, 1e3]))
        starts.append(starts[-1] + sides)
    return np.concatenate(corners), np.array(starts)


@pytest.mark.parametrize("seed", range(5))
def test_both_roads_agree(seed: int) -> None:
    """To 1e-12 of one: edges of a thousand are known to 1e-13, and their distances from the origin too."""
    points, starts = polygons(seed)
    positive = np.exp(log_gaussian_mass(points, starts, np.arange(len(points))))

    assert np.abs(gaussian_mass(points, starts) - positive).max() < 1e-12


def test_the_origin_may_be_a_corner_or_on_an_edge() -> None:
    """A quarter, a half and the whole of the plane; an edge of no length adds nothing."""
    quarter = [[0.0, 0.0], [50.0, 0.0], [50.0, 50.0], [0.0, 50.0]]
    half = [[-50.0, 0.0], [50.0, 0.0], [50.0, 50.0], [50.0, 50.0], [-50.0, 50.0]]
    whole = [[-50.0, -50.0], [50.0, -50.0], [50.0, 50.0], [-50.0, 50.0]]
    found = gaussian_mass(np.array(quarter + half + whole), np.array([0, 4, 9, 13]))

    assert found == pytest.approx([0.25, 0.5, 1.0], abs=1e-15)


def test_the_other_way_round_a_polygon_has_the_opposite_sign() -> None:
    """The planted fault of a clockwise polygon is seen."""
    points, starts = polygons(0)
    backwards = np.concatenate([points[a:b][::-1] for a, b in pairwise(starts)])

    assert gaussian_mass(backwards, starts) == pytest.approx(-gaussian_mass(points, starts), abs=1e-13)
