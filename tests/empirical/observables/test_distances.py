"""Kolmogorov-Smirnov and Wasserstein distances on the line, against closed forms and scipy."""

from math import erf, pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from empirical.densities import Finite, LineLaw, Normal, Uniform, exact_density
from empirical.densities.generator_law import GeneratorLaw
from empirical.measurement import Measurement
from empirical.observables.distances import kolmogorov_smirnov, wasserstein
from empirical.observables.line_distances import cumulative
from empirical.targets import RING, TWO_POINTS, GaussianMixture
from tests.strategies import finite_laws, line_generators
from theory.laws import FiniteLaw


def affine(slope: float, shift: float) -> torch.nn.Linear:
    layer = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.fill_(slope)
        layer.bias.fill_(shift)
    return layer


def normal(mean: float, deviation: float) -> GeneratorLaw:
    return exact_density(affine(deviation, mean), Normal(1))


def mixture(*centres: float) -> GaussianMixture:
    law = FiniteLaw([f"1/{len(centres)}"] * len(centres))
    return GaussianMixture("line", tuple((centre,) for centre in centres), 1.0, law)


def atoms(points: list[float], law: FiniteLaw | None = None) -> GeneratorLaw:
    return exact_density(torch.nn.Identity(), Finite(np.array(points)[:, None], law))


def holds(measured: Measurement, value: float, width: float = 1.1e-6) -> bool:
    """Whether the enclosure contains the value, is narrow, and would not contain a value that is 1e-5 off."""
    narrow = measured.upper - measured.lower < width
    return narrow and measured.lower <= value <= measured.upper and measured.confidence == 1


@pytest.mark.parametrize("mean", [0.5, 1.0, 4.0])
def test_shifted_normal_laws(mean: float) -> None:
    """N(0, 1) and N(m, 1): W1 = m, KS = erf(m / sqrt 8); a generator and a mixture are one law."""
    for shifted in (normal(mean, 1.0), mixture(mean)):
        assert holds(wasserstein(normal(0.0, 1.0), shifted), mean)
        assert holds(kolmogorov_smirnov(normal(0.0, 1.0), shifted), erf(mean / sqrt(8)))


@pytest.mark.parametrize("deviation", [0.25, 2.0, 5.0])
def test_scaled_normal_laws(deviation: float) -> None:
    """N(0, 1) and N(0, s^2): F - G changes sign at 0, and W1 = |s - 1| E|Z|."""
    exact = abs(deviation - 1) * sqrt(2 / pi)
    assert holds(wasserstein(normal(0.0, 1.0), normal(0.0, deviation)), exact)
    assert not holds(wasserstein(normal(0.0, 1.0), normal(0.0, deviation)), exact + 1e-5)


def test_uniform_laws_and_atoms() -> None:
    """Uniform on [-1, 1] against its mean: W1 = 1/2, KS = 1/2. Half of the mass of max(Z, 0) is an atom."""
    uniform = exact_density(affine(1.0, 0.0), Uniform(1))
    assert holds(wasserstein(uniform, atoms([0.0])), 0.5)
    assert holds(kolmogorov_smirnov(uniform, atoms([0.0])), 0.5)
    hinge = exact_density(torch.nn.Sequential(affine(1.0, 0.0), torch.nn.ReLU()), Normal(1))
    assert holds(wasserstein(hinge, atoms([0.0])), 1 / sqrt(2 * pi))
    assert holds(kolmogorov_smirnov(hinge, atoms([0.0])), 0.5)
    assert holds(kolmogorov_smirnov(hinge, normal(0.0, 1.0)), 0.5)
    # Above 0 both distribution functions are one: there the enclosure shrinks with the cells only.
    half = wasserstein(hinge, normal(0.0, 1.0), tolerance=1e-3)
    assert half.lower <= 1 / sqrt(2 * pi) <= half.upper < half.lower + 1e-3


@given(
    finite_laws(atoms=4),
    finite_laws(atoms=3),
    st.lists(st.integers(-9, 9), min_size=7, max_size=7, unique=True),
)
def test_atoms_by_scipy(p: FiniteLaw, q: FiniteLaw, places: list[int]) -> None:
    """W1 is scipy's, and KS the largest difference of the sums of weights."""
    x, y = [float(n) for n in places[:4]], [float(n) for n in places[4:]]
    a, b = ([float(weight) for weight in law.weights] for law in (p, q))
    assert holds(wasserstein(atoms(x, p), atoms(y, q)), wasserstein_distance(x, y, a, b), 1e-9)
    sums = [
        abs(
            sum(w for w, at in zip(a, x, strict=True) if at <= t)
            - sum(w for w, at in zip(b, y, strict=True) if at <= t)
        )
        for t in x + y
    ]
    assert holds(kolmogorov_smirnov(atoms(x, p), atoms(y, q)), max(sums), 1e-9)


@given(line_generators(), st.sampled_from([Normal(1), Uniform(1)]))
def test_the_integral_is_that_of_the_distribution_function(
    generator: torch.nn.Sequential, latent: Normal | Uniform
) -> None:
    """E(x - X)+ grows by the integral of F, by Simpson's rule between close places away from all edges."""
    law = exact_density(generator, latent)
    assert isinstance(law, LineLaw)
    side = cumulative(law)
    middles = side.edges[:-1] + np.diff(side.edges) / 2
    step = np.diff(side.edges) / 1000
    ends = [middles - step, middles, middles + step]
    simpson = step / 3 * (side.at(ends[0]) + 4 * side.at(ends[1]) + side.at(ends[2]))
    grown = side.integral(ends[2]) - side.integral(ends[0])
    # The integrals are sums of terms of the size of the values, up to a few hundred.
    assert grown == pytest.approx(simpson, rel=1e-6, abs=1e-12)


@settings(max_examples=10)
@given(line_generators(), line_generators())
def test_generators_by_quantiles(first: torch.nn.Sequential, second: torch.nn.Sequential) -> None:
    """W1 is the mean difference of quantiles, by 200 midpoints; KS is at least any difference of F."""
    p, q = exact_density(first, Uniform(1)), exact_density(second, Uniform(1))
    assert isinstance(p, LineLaw) and isinstance(q, LineLaw)
    levels = (np.arange(200) + 0.5) / 200
    x, y = p.quantile(levels), q.quantile(levels)
    # The quantile functions are monotone: the midpoint rule errs by at most both total increases over n.
    error = (np.ptp(p.critical_values) + np.ptp(q.critical_values)) / 200
    measured = wasserstein(p, q, tolerance=1e-3)
    assert measured.value == pytest.approx(np.abs(x - y).mean(), abs=error + 1e-3)
    places = np.concatenate([x, y])
    differences = np.abs(p.cumulative_probability(places) - q.cumulative_probability(places))
    supremum = kolmogorov_smirnov(p, q, tolerance=1e-3)
    # The sums of probabilities are rounded in another order.
    assert differences.max() <= supremum.upper + 1e-14


def test_a_law_and_itself() -> None:
    """The distance of a law from itself is enclosed near 0, though F - G has no sign anywhere."""
    for distance in (wasserstein, kolmogorov_smirnov):
        measured = distance(normal(0.0, 1.0), mixture(0.0), tolerance=1e-3)
        assert measured.lower == 0 and measured.upper < 2e-3


def test_bad_input() -> None:
    """Laws of the plane, weights without points, a tolerance of 0."""
    for distance in (wasserstein, kolmogorov_smirnov):
        with pytest.raises(TypeError, match="without points"):
            distance(FiniteLaw([1]), normal(0.0, 1.0))
        with pytest.raises(ValueError, match="tolerance must be positive"):
            distance(normal(0.0, 1.0), normal(0.0, 1.0), tolerance=0.0)
    for wrong in (RING, TWO_POINTS):
        with pytest.raises(ValueError, match="on the line"):
            kolmogorov_smirnov(normal(0.0, 1.0), wrong)
