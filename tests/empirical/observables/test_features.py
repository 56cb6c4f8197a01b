"""Feature frequencies: closed forms, samples, complements; a feature that is elsewhere is told apart."""

from fractions import Fraction
from math import cos, erf, exp, pi, sin, sqrt

import numpy as np
import pytest
import torch

from empirical.densities import Normal, Uniform
from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.subdivision import subdivide
from empirical.measurement import Measurement
from empirical.networks import MLP, initial, single
from empirical.observables.binomial import clopper_pearson
from empirical.observables.features import (
    Disc,
    Feature,
    HalfPlane,
    Polygon,
    expected_modes,
    feature_probability,
    high_quality_share,
    mode_probabilities,
)
from empirical.targets import GaussianMixture
from empirical.targets.ring import ring

SQUARE = Polygon(((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)))


def meshed(generator: torch.nn.Module, latent: Normal | Uniform) -> Mesh:
    reach = 39.0 if isinstance(latent, Normal) else 1.0
    return subdivide(affine_layers(generator), -reach, reach).mesh


def scaled(factor: float) -> torch.nn.Sequential:
    """The latent times a factor."""
    linear = torch.nn.Linear(2, 2, bias=False, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(factor * torch.eye(2))
    return torch.nn.Sequential(linear)


def network(seed: int, slope: float) -> torch.nn.Sequential:
    architecture = MLP((2, 10, 10, 2), slope)
    drawn = initial(architecture, (seed,))
    return single(architecture, {name: 2 * values for name, values in drawn.items()}, 0)


@pytest.mark.parametrize(
    ("feature", "exact"),
    [
        (HalfPlane((3.0, 4.0), 5.0), (1 - erf(1 / sqrt(2))) / 2),  # a normal coordinate above 1
        (Disc((0.0, 0.0), 2.0), 1 - exp(-2)),  # chi-squared with two degrees of freedom
        (SQUARE, erf(1 / sqrt(2)) ** 2),
    ],
)
def test_the_normal_itself(feature: Feature, exact: float) -> None:
    """Features of a standard normal have closed forms, and the enclosure contains them."""
    found = feature_probability(meshed(scaled(1.0), Normal(2)), Normal(2), feature, "known")

    assert found.lower <= exact <= found.upper
    assert found.upper - found.lower <= (1e-3 if isinstance(feature, Disc) else 1e-9)


def test_areas_of_the_uniform() -> None:
    """On [-2, 2]^2 a quarter of the area, and a disc's area, are their probabilities."""
    mesh = meshed(scaled(2.0), Uniform(2))

    square = feature_probability(mesh, Uniform(2), SQUARE, "square")
    disc = feature_probability(mesh, Uniform(2), Disc((0.5, 0.5), 1.0), "disc")

    assert square.lower <= 0.25 <= square.upper <= 0.25 + 1e-9
    assert disc.lower <= pi / 16 <= disc.upper


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_samples_agree(seed: int, slope: float) -> None:
    """Limits from 100,000 samples, wrong once in 10^7, and the exact probability meet."""
    generator, latent = network(seed, slope), (Normal(2), Uniform(2))[seed % 2]
    mesh, n = meshed(generator, latent), 100_000
    with torch.no_grad():
        x = generator(torch.from_numpy(latent.sample(n, np.random.default_rng(seed)))).numpy()
    centre = x[:1000].mean(axis=0)
    size = float(x[:1000].std())
    corners = centre + size * np.array([[-1.0, -0.5], [1.0, -1.0], [0.3, 1.0]])
    features: dict[str, tuple[Feature, np.ndarray]] = {
        "half-plane": (HalfPlane((1.0, -1.0), float(centre @ [1, -1])), x @ [1, -1] >= centre @ [1, -1]),
        "disc": (
            Disc((float(centre[0]), float(centre[1])), size),
            np.linalg.norm(x - centre, axis=1) <= size,
        ),
        "triangle": (Polygon(tuple((float(a), float(b)) for a, b in corners)), inside(x, corners)),
    }
    for name, (feature, hits) in features.items():
        exact = feature_probability(mesh, latent, feature, name)
        lower, upper = clopper_pearson(int(hits.sum()), n, 1 - Fraction(1, 10**7))

        assert lower <= exact.upper, name
        assert exact.lower <= upper, name


def inside(x: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which points lie to the left of each side."""
    side = np.roll(corners, -1, axis=0) - corners
    offset = x[:, None] - corners
    return np.all(side[:, 0] * offset[..., 1] - side[:, 1] * offset[..., 0] >= 0, axis=1)


def test_a_missing_region_is_seen() -> None:
    """Planted fault: without its most probable region the mesh gives complements that miss mass."""
    mesh = meshed(network(0, 0.2), Uniform(2))
    halves = [HalfPlane((1.0, 0.5), 0.1), HalfPlane((-1.0, -0.5), -0.1)]

    def total(mesh: Mesh) -> tuple[float, float]:
        found = [feature_probability(mesh, Uniform(2), half, "half") for half in halves]
        return sum(one.lower for one in found), sum(one.upper for one in found)

    lower, upper = total(mesh)
    assert lower <= 1 <= upper
    assert upper - lower < 1e-9

    dropped = int(mesh.areas.argmax())
    corners = np.delete(mesh.corners, np.arange(mesh.starts[dropped], mesh.starts[dropped + 1]))
    kept = np.delete(np.diff(mesh.starts), dropped)
    spoiled = Mesh(
        mesh.vertices,
        mesh.images,
        np.append(0, np.cumsum(kept)),
        corners,
        np.delete(mesh.linear, dropped, axis=0),
        np.delete(mesh.offset, dropped, axis=0),
    )
    assert total(spoiled)[1] < 1 - 1e-3


def test_an_atom_on_the_boundary_counts() -> None:
    """A constant output exactly on the line belongs to the closed half-plane with all of its mass."""
    mesh = meshed(scaled(0.0), Normal(2))

    found = feature_probability(mesh, Normal(2), HalfPlane((0.0, 1.0), 0.0), "through the atom")

    assert found.upper == pytest.approx(1.0, abs=1e-9)


def test_modes_of_the_target_itself() -> None:
    """A normal generator against its own law: masses, share and expected modes are the target's."""
    target = GaussianMixture("bell", ((0.0, 0.0),), 0.5, ring(1).weights)
    modes = mode_probabilities(meshed(scaled(0.5), Normal(2)), Normal(2), target)

    for found, exact in (
        (modes[0], float(target.mode_masses()[0])),
        (high_quality_share(modes), target.high_quality_ceiling()),
        (expected_modes(modes, 3), target.expected_modes(3)),
        (expected_modes(modes, 0), 0.0),
    ):
        assert found.lower <= exact <= found.upper
        assert found.upper - found.lower < 2e-3


def test_each_mode_has_its_own_share() -> None:
    """A ring seen by a narrow bell at its first mode: that mode has all the mass, the others none."""
    target = ring(4, 1.0, 0.1)
    linear = torch.nn.Linear(2, 2, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(0.01 * torch.eye(2))
        linear.bias.copy_(target.modes[0])
    modes = mode_probabilities(meshed(torch.nn.Sequential(linear), Normal(2)), Normal(2), target)

    assert modes[0].lower > 1 - 1e-9
    assert all(mode.upper < 1e-9 for mode in modes[1:])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: HalfPlane((0.0, 0.0), 1.0), "not zero"),
        (lambda: HalfPlane((1.0, 0.0), float("nan")), "finite"),
        (lambda: Polygon(((0.0, 0.0), (0.0, 1.0), (1.0, 0.0))), "counterclockwise"),
        (lambda: Polygon(((0.0, 0.0), (1.0, 0.0))), "at least three"),
        (lambda: Polygon(((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0))), "convex polygon"),
        (lambda: Polygon(((0.0, 0.0), (1.0, 0.0), (float("nan"), 1.0))), "finite corners"),
        (lambda: Polygon(tuple((cos(0.8 * pi * k), sin(0.8 * pi * k)) for k in range(5))), "once around"),
        (lambda: Disc((0.0, 0.0), 0.0), "positive"),
        (lambda: expected_modes((), -1), "negative"),
    ],
)
def test_what_is_no_feature_is_refused(make: object, words: str) -> None:
    """One sentence says what a feature needs."""
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()


def test_another_dimension_is_refused() -> None:
    """One output is no plane."""
    line = meshed(torch.nn.Sequential(torch.nn.Linear(2, 1)), Normal(2))

    with pytest.raises(ValueError, match="two outputs"):
        feature_probability(line, Normal(2), SQUARE, "square")


def test_what_is_reported() -> None:
    """A probability with its feature's name; an enclosure, not a confidence interval."""
    found = feature_probability(meshed(scaled(1.0), Uniform(2)), Uniform(2), SQUARE, "square")

    assert isinstance(found, Measurement)
    assert (found.unit, found.confidence, found.seed) == ("probability", 1.0, None)
    assert found.parameters["feature"] == "square"
