"""Gaussian masses of polygons: known wedges and strips, high precision for tiny and far ones, Owen's T."""

from itertools import pairwise
from math import cos, inf, log, pi, sin, sqrt

import mpmath
import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import log_ndtr, owens_t

from empirical.densities import Normal, Uniform
from empirical.densities.plane import polygon_mass
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.polygon_mass import log_gaussian_mass, log_latent_mass


def log_mass(polygon: np.ndarray) -> float:
    return float(log_gaussian_mass(polygon, np.array([0, len(polygon)]), np.arange(len(polygon)))[0])


def turned(polygon: np.ndarray, angle: float) -> np.ndarray:
    return polygon @ np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]])


def rectangle(left: float, right: float, low: float, high: float) -> np.ndarray:
    return np.array([[left, low], [right, low], [right, high], [left, high]])


def random_polygon(random: np.random.Generator, size: float, distance: float) -> np.ndarray:
    """Corners on an ellipse: convex whatever the angles."""
    angles = np.sort(random.uniform(0, 2 * pi, random.integers(3, 9)))
    while np.diff(angles, append=angles[0] + 2 * pi).max() > 0.9 * pi or np.diff(angles).min() < 0.05:
        angles = np.sort(random.uniform(0, 2 * pi, len(angles)))
    ring = np.stack([np.cos(angles), random.uniform(0.05, 1) * np.sin(angles)], axis=1) * size
    return turned(ring + np.array([distance, 0.0]), random.uniform(0, 2 * pi))


@pytest.mark.parametrize("turn", [0.0, 0.5, 2.0, 4.0])
@pytest.mark.parametrize(
    ("left", "right"), [(-0.3, 0.9), (0.0, 1e-7), (2.0, 2.5), (5.0, 40.0), (11.0, 11.25), (37.0, 39.0)]
)
def test_strips_and_half_planes(left: float, right: float, turn: float) -> None:
    """The mass of a strip is a difference of normal probabilities; the law is the same in each direction.

    Turning rounds the corners by 4e-15 (an ulp of 40) and moves the exponent by up to 37 times as much; it
    moves the width of a strip of width 1e-7 by 1e-7 of itself.
    """
    narrow = right - left < 1e-6
    strip = rectangle(left, right, -40.0, 40.0)
    upper, lower = log_ndtr(-left), log_ndtr(-right)
    # Of a strip through the origin and narrow, the density times the width: the next term is 1e-15 of it.
    expected = log(right - left) - log(2 * pi) / 2 if narrow else upper + log(-np.expm1(lower - upper))
    assert log_mass(turned(strip, turn)) == pytest.approx(expected, abs=1e-7 if narrow and turn else 6e-13)


@pytest.mark.parametrize("size", [1e2, 1e6])
def test_a_polygon_around_the_origin_may_reach_far_to_all_sides(size: float) -> None:
    """Beyond ten standard deviations there is nothing to add, and nothing to work on either."""
    for turn in (0.0, 1.0, 2.5):
        far = rectangle(-size, size, -size, size)
        assert log_mass(turned(far, turn)) == pytest.approx(0, abs=1e-14)
        half = rectangle(-size, size, -size, 0.25)
        assert log_mass(turned(half, turn)) == pytest.approx(log_ndtr(0.25), abs=1e-9 if turn else 1e-14)


@pytest.mark.parametrize("angle", [1e-9, 0.3, pi / 2, 3.0])
def test_wedges_at_the_origin(angle: float) -> None:
    """A wedge with its tip at the origin has the mass of its share of the full turn."""
    for turn in (0.0, 1.0, 2.5):
        ends = np.array([turn, turn + angle / 2, turn + angle])
        wedge = np.concatenate([np.zeros((1, 2)), 60 * np.stack([np.cos(ends), np.sin(ends)], axis=1)])
        # The far corners are rounded by 1e-16 of their distance: the angle changes by 2e-16.
        assert log_mass(wedge) == pytest.approx(log(angle / 2 / pi), abs=1e-14 + 4e-16 / angle)


def by_mpmath(polygon: np.ndarray) -> float:
    """The log mass in 40 digits, by slabs along a coordinate axis."""
    middle = polygon.mean(axis=0)
    if abs(middle[1]) > abs(middle[0]):
        polygon = polygon @ np.array([[0.0, -1.0], [1.0, 0.0]])
    with mpmath.workdps(40):
        corners = [(mpmath.mpf(x), mpmath.mpf(y)) for x, y in polygon.tolist()]
        edges = list(zip(corners, corners[1:] + corners[:1], strict=True))

        def height(edge, x):
            (x0, y0), (x1, y1) = edge
            return y0 + (x - x0) * (y1 - y0) / (x1 - x0)

        def across(lower, upper, x):
            low, high = height(lower, x), height(upper, x)
            low, high = (low, high) if low + high > 0 else (-high, -low)
            return (mpmath.erfc(low / mpmath.sqrt(2)) - mpmath.erfc(high / mpmath.sqrt(2))) / 2

        total = mpmath.mpf(0)
        cuts = sorted({x for x, _ in corners})
        for left, right in pairwise(cuts):
            lower = next(e for e in edges if e[0][0] <= left and e[1][0] >= right)
            upper = next(e for e in edges if e[1][0] <= left and e[0][0] >= right)
            ends = [(x, height(edge, x)) for x in (left, right) for edge in (lower, upper)]
            exponents = [float(x * x + y * y) / 2 for x, y in ends]
            panels = 1 + int(max(exponents) - min(0 if left < 0 < right else inf, *exponents))
            total += mpmath.quad(
                lambda x, lower=lower, upper=upper: mpmath.npdf(x) * across(lower, upper, x),
                mpmath.linspace(left, right, panels + 1),
                method="gauss-legendre",
            )
        return float(mpmath.log(total))


@pytest.mark.parametrize("distance", [0.0, 0.7, 6.0, 25.0, 38.0])
@pytest.mark.parametrize("size", [1e-9, 1e-4, 0.1, 1.5])
def test_tiny_and_far_polygons_in_forty_digits(size: float, distance: float) -> None:
    """The mass is right to 1e-14 of itself, and at distance 38 to the rounding of an exponent of 722.

    An ulp of the exponent |p|^2/2 and of the shift of p by its own ulp are 2e-16 |p|^2 each.
    """
    polygon = random_polygon(np.random.default_rng([int(10 * distance), int(1e9 * size)]), size, distance)
    assert log_mass(polygon) == pytest.approx(by_mpmath(polygon), rel=0, abs=3e-14 + 4e-16 * distance**2)


def by_owens_t(polygon: np.ndarray) -> float:
    """The mass by the signed sum over edges; each is a difference of Owen's T about the foot on its line."""
    total = 0.0
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        along = (end - start) / np.hypot(*(end - start))
        height = start[0] * along[1] - start[1] * along[0]
        first, last = start @ along / height, end @ along / height
        turn = np.arctan(last) - np.arctan(first)
        total += turn / (2 * pi) - (owens_t(height, last) - owens_t(height, first))
    return total


def test_masses_by_owens_t_and_by_quadrature_in_the_plane() -> None:
    """Three roads: quadrature over slabs, Owen's T over edges, scipy's cubature of the density.

    Owen's T is good to 1e-16 for each of at most 16 values; the cubature asks for 1e-11.
    """
    random = np.random.default_rng(4)
    for _ in range(40):
        polygon = random_polygon(random, random.uniform(0.1, 20), random.uniform(0, 3))
        assert np.exp(log_mass(polygon)) == pytest.approx(by_owens_t(polygon), rel=0, abs=5e-15)
    a, b, c = polygon = np.array([[-0.5, 0.2], [1.0, -0.3], [0.4, 2.0]])

    def density(s: float, t: float) -> float:
        z = a + t * ((1 - s) * (b - a) + s * (c - a))
        return t * np.exp(-z @ z / 2) / (2 * pi)

    jacobian = (b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]
    integral, _ = dblquad(density, 0, 1, 0, 1, epsabs=1e-11, epsrel=1e-11)
    assert np.exp(log_mass(polygon)) == pytest.approx(integral * jacobian, rel=1e-10)


def squares(n: int, end: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A jittered grid of n by n quadrilaterals on [-end, end]^2."""
    lines = np.linspace(-end, end, n + 1)
    points = np.stack(np.meshgrid(lines, lines, indexing="ij"), axis=-1)
    points[1:-1, 1:-1] += np.random.default_rng(seed).uniform(-0.2, 0.2, (n - 1, n - 1, 2)) * 2 * end / n
    number = np.arange((n + 1) ** 2).reshape(n + 1, n + 1)
    corners = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1)
    return points.reshape(-1, 2), np.arange(0, 4 * n * n + 1, 4), corners.ravel()


def test_polygons_that_tile_the_plane_have_mass_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mass is computed alone, so their sum is no identity: a doubled or a moved polygon shows.

    Of [-39, 39]^2 less than 1e-300 is missing; 900 masses of relative error 1e-14 sum to one.
    """
    points, starts, corners = squares(30, 39.0, 0)
    masses = np.exp(log_gaussian_mass(points, starts, corners))
    assert masses.sum() == pytest.approx(1, abs=1e-14)
    doubled = np.append(corners, corners[4 * 465 : 4 * 466])
    assert np.exp(log_gaussian_mass(points, np.append(starts, 3604), doubled)).sum() > 1 + 1e-6
    moved = points.copy()
    moved[corners[4 * 465]] += 1e-6
    apart = np.exp(log_gaussian_mass(moved, starts, corners))
    assert np.abs(apart - masses).max() > 1e-9
    monkeypatch.setattr(polygon_mass, "CORNERS", 25)
    assert np.array_equal(np.exp(log_gaussian_mass(points, starts, corners)), masses)


def test_polygons_without_area_have_no_mass() -> None:
    """Three points on a line, and one point three times."""
    assert log_mass(np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]])) == -np.inf
    assert log_mass(np.array([[0.5, 1.0]] * 3)) == -np.inf


def test_masses_of_mesh_regions() -> None:
    """Under the uniform latent a region has a quarter of its area, under the normal one its Gaussian mass."""
    points = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    maps = np.broadcast_to(np.eye(2), (2, 2, 2)), np.zeros((2, 2))
    mesh = Mesh(points, points, np.array([0, 3, 6]), np.array([0, 1, 2, 0, 2, 3]), *maps)
    assert np.exp(log_latent_mass(mesh, Uniform(2))).tolist() == [0.5, 0.5]
    half = (1 - 2 * np.exp(log_ndtr(-1.0))) ** 2 / 2
    assert np.exp(log_latent_mass(mesh, Normal(2))) == pytest.approx(half, rel=1e-14)


def test_the_rule_resolves_what_it_promises() -> None:
    """Twelve nodes integrate an exponential that changes by 4, six one that changes by 1/2."""
    for nodes, weights, change in (
        (polygon_mass.NODES, polygon_mass.WEIGHTS, 4.0),
        (polygon_mass.NARROW_NODES, polygon_mass.NARROW_WEIGHTS, 0.5),
    ):
        exact = -np.expm1(-change) / change
        assert np.exp(-change * (nodes + 1) / 2) @ weights / 2 == pytest.approx(exact, rel=1e-15)
    assert sqrt(2 * polygon_mass.REACH) == polygon_mass.SIDE
