"""Divergences of exact laws: closed forms, inequalities, and a second road to each number."""

from fractions import Fraction
from math import erf, inf, log, nextafter, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from empirical.densities import Finite, LineLaw, Normal, Uniform, exact_density
from empirical.densities.generator_law import GeneratorLaw
from empirical.measurement import Measurement
from empirical.observables import jensen_shannon, kullback_leibler, total_variation
from empirical.targets import CIRCLE, FOUR_POINTS, TWO_POINTS
from tests.strategies import finite_laws, law_pairs, line_generators
from theory.laws import FiniteLaw

LOG_2 = log(2)


def affine(slope: float, shift: float) -> torch.nn.Linear:
    layer = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.fill_(slope)
        layer.bias.fill_(shift)
    return layer


def normal(mean: float, deviation: float) -> GeneratorLaw:
    return exact_density(affine(deviation, mean), Normal(1))


def uniform(low: float, high: float) -> GeneratorLaw:
    return exact_density(affine((high - low) / 2, (high + low) / 2), Uniform(1))


def rectified(shift: float) -> GeneratorLaw:
    """The law of max(Z + shift, 0): an atom at 0 and a normal density above."""
    return exact_density(torch.nn.Sequential(affine(1, shift), torch.nn.ReLU()), Normal(1))


def atoms(points: list[float], weights: list[str] | None = None) -> GeneratorLaw:
    law = None if weights is None else FiniteLaw(weights)
    return exact_density(torch.nn.Identity(), Finite(np.array(points)[:, None], law))


def contains(measured: Measurement, value: float) -> bool:
    return measured.lower <= value <= measured.upper


# --- finite laws ------------------------------------------------------------------------------------------


@given(law_pairs())
def test_finite_laws_by_floating_sums(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """The enclosures contain the defining sums, up to the rounding of those sums."""
    p, q = (np.array([float(weight) for weight in law.weights]) for law in pair)
    middle = (p + q) / 2

    def relative(a: np.ndarray, b: np.ndarray) -> float:
        return sum((inf if y == 0 else x * log(x / y)) for x, y in zip(a, b, strict=True) if x > 0)

    expected = {
        kullback_leibler: relative(p, q),
        jensen_shannon: (relative(p, middle) + relative(q, middle)) / 2,
        total_variation: np.abs(p - q).sum() / 2,
    }
    for divergence, value in expected.items():
        measured = divergence(*pair)
        # A dozen terms below 10, each with a few roundings.
        assert measured.value == pytest.approx(value, abs=1e-14)
        assert measured.confidence == 1
        if value < inf:
            # An enclosure: neighbouring floats, two or three steps apart.
            assert measured.upper - measured.lower <= 4 * np.spacing(max(measured.upper, 1e-15))


@given(law_pairs())
def test_inequalities(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """0 <= JSD <= log 2 TV, 2 TV^2 <= KL, and both vanish exactly where the laws are equal."""
    kl, js, tv = (d(*pair) for d in (kullback_leibler, jensen_shannon, total_variation))
    assert js.lower <= LOG_2 * tv.upper and kl.upper >= 2 * tv.lower**2 * (1 - 1e-15)
    assert (tv.upper == 0) == (pair[0] == pair[1])
    assert js == jensen_shannon(*reversed(pair))
    # The near miss: with KL >= 4 TV^2 some pair fails.
    close = FiniteLaw(["1/2", "1/2"]), FiniteLaw(["3/5", "2/5"])
    assert kullback_leibler(*close).upper < 4 * total_variation(*close).lower ** 2


@given(finite_laws(atoms=6), finite_laws(atoms=6), st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_data_processing(p: FiniteLaw, q: FiniteLaw, image: list[int]) -> None:
    """Merging atoms increases no divergence."""
    points = np.arange(6.0)[:, None]
    merged = np.array(image, dtype=np.float64)[:, None]
    for divergence in (kullback_leibler, jensen_shannon, total_variation):
        fine = divergence(*(exact_density(torch.nn.Identity(), Finite(points, law)) for law in (p, q)))
        coarse = divergence(*(exact_density(torch.nn.Identity(), Finite(merged, law)) for law in (p, q)))
        assert coarse.lower <= fine.upper


def test_exact_values() -> None:
    """Disjoint laws: JSD = log 2, TV = 1, KL infinite; TV of rationals is the rational, if a float is."""
    left, right = FiniteLaw([1, 0]), FiniteLaw([0, 1])
    js = jensen_shannon(left, right)
    assert contains(js, LOG_2) and js.upper - js.lower < 1e-15 and js.unit == "nats"
    assert kullback_leibler(left, right).lower == inf
    tv = total_variation(left, right)
    assert (tv.lower, tv.value, tv.upper, tv.unit) == (1, 1, 1, "1")
    third = total_variation(FiniteLaw(["1/3", "2/3"]), left)
    assert Fraction(third.lower) < Fraction(2, 3) < Fraction(third.upper)
    assert third.upper == nextafter(third.lower, 1)


def test_atoms_are_matched_by_their_points() -> None:
    """Weights are compared at equal points in space, whatever the order; two points of four share half."""
    assert total_variation(TWO_POINTS, FOUR_POINTS).value == 0.5
    assert contains(kullback_leibler(TWO_POINTS, FOUR_POINTS), LOG_2)
    assert kullback_leibler(FOUR_POINTS, TWO_POINTS).value == inf
    shuffled = exact_density(torch.nn.Identity(), Finite(np.array([[0, 1], [0, -1], [1, 0], [-1, -0.0]])))
    assert total_variation(shuffled, FOUR_POINTS).value == 0


# --- laws on the line -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "deviation"), [(0.0, 1.0), (1.0, 1.0), (1.0, 2.0), (-3.0, 0.5), (0.1, 30.0)]
)
def test_kullback_leibler_of_normal_laws(mean: float, deviation: float) -> None:
    """KL(N(0, 1) || N(m, s^2)) = log s + (1 + m^2)/(2 s^2) - 1/2 lies inside; nothing 1e-5 off does."""
    exact = log(deviation) + (1 + mean**2) / (2 * deviation**2) - 0.5
    measured = kullback_leibler(normal(0, 1), normal(mean, deviation))
    assert contains(measured, exact)
    assert measured.upper - measured.lower < 1.1e-6
    assert not contains(measured, exact + 1e-5) and not contains(measured, exact - 1e-5)


def test_kullback_leibler_where_the_target_underflows() -> None:
    """The target N(0, 0.02^2) is below any float64 where N(0, 1) has mass: KL is large, not infinite."""
    measured = kullback_leibler(normal(0, 1), normal(0, 0.02), tolerance=1e-3)
    assert contains(measured, log(0.02) + 1 / (2 * 0.02**2) - 0.5)


@pytest.mark.parametrize("mean", [0.0, 0.25, 3.0])
def test_total_variation_of_normal_laws(mean: float) -> None:
    """TV(N(0, 1), N(m, 1)) = erf(m / sqrt 8)."""
    measured = total_variation(normal(0, 1), normal(mean, 1))
    assert contains(measured, erf(mean / sqrt(8)))
    assert not contains(measured, erf((mean + 1e-4) / sqrt(8)))


def test_uniform_laws() -> None:
    """U(0, 1) and U(1/2, 3/2) share half: TV = 1/2, JSD = log(2)/2, KL infinite; U(0, 2): KL = log 2."""
    p, q = uniform(0, 1), uniform(0.5, 1.5)
    assert contains(total_variation(p, q), 0.5)
    assert contains(jensen_shannon(p, q), LOG_2 / 2)
    assert kullback_leibler(p, q).lower == inf
    inside = kullback_leibler(p, uniform(0, 2))
    assert contains(inside, LOG_2) and inside.upper < LOG_2 + 1e-6


def test_atoms_and_densities_are_both_counted() -> None:
    """Rectified normal laws: the atoms and the densities above 0 each contribute their part."""
    p, q = rectified(0.0), rectified(1.0)
    # Above 0 both have density phi(x) and phi(x - 1); p > q exactly below 1/2.
    at_zero = abs(norm.cdf(0) - norm.cdf(-1))
    above = (norm.cdf(0.5) - norm.cdf(0)) - (norm.cdf(-0.5) - norm.cdf(-1))
    below_balance = at_zero + above  # where p exceeds q: the atom, and (0, 1/2)
    assert contains(total_variation(p, q), below_balance)
    assert not contains(total_variation(p, q), at_zero)
    # Kullback-Leibler: the atom, and E[(Z - 1)^2/2 - Z^2/2; Z > 0] = 1/4 - phi(0).
    exact = 0.5 * log(0.5 / norm.cdf(-1)) + 0.25 - norm.pdf(0)
    assert contains(kullback_leibler(p, q), exact)


def test_a_finite_law_and_a_density_have_nothing_in_common() -> None:
    """A memorised sample beside a law with a density: JSD = log 2, TV = 1, KL infinite both ways."""
    memorised, smooth = atoms([0.0, 1.0, 2.0]), normal(0, 1)
    assert contains(jensen_shannon(memorised, smooth), LOG_2)
    assert contains(total_variation(smooth, memorised), 1.0)
    assert kullback_leibler(memorised, smooth).value == kullback_leibler(smooth, memorised).value == inf
    # An atom that the other law has too is shared.
    assert contains(total_variation(atoms([0.0]), rectified(0.0)), 0.5)


def integrated_jensen_shannon(p: LineLaw, q: LineLaw) -> float:
    """The divergence by quadrature of the densities between all critical values."""
    edges = np.union1d(p.critical_values, q.critical_values)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    x = edges[:-1, None] + np.diff(edges)[:, None] * (nodes + 1) / 2
    a, b = (np.exp(law.log_prob(x.reshape(-1, 1))).reshape(x.shape) for law in (p, q))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(d > 0, d * np.log(2 * d / (a + b)), 0) for d in (a, b)]
    return float((((terms[0] + terms[1]) / 2) @ weights * np.diff(edges) / 2).sum())


@given(line_generators(), line_generators(), st.sampled_from([Normal(1), Uniform(1)]))
def test_generators_by_quadrature(
    first: torch.nn.Sequential, second: torch.nn.Sequential, latent: Normal | Uniform
) -> None:
    """The enclosure contains the integral of the densities plus the part of the atoms."""
    p, q = exact_density(first, latent), exact_density(second, latent)
    assert isinstance(p, LineLaw) and isinstance(q, LineLaw)
    points = np.union1d(p.atoms, q.atoms)
    a, b = (np.array([law.atom_probabilities[law.atoms[:, 0] == x].sum() for x in points]) for law in (p, q))
    with np.errstate(divide="ignore", invalid="ignore"):
        on_atoms = sum(float(np.where(w > 0, w * np.log(2 * w / (a + b)), 0).sum()) / 2 for w in (a, b))
    measured = jensen_shannon(p, q)
    # Quadrature with 40 nodes per standard deviation is exact to rounding, summed over at most 500 cells.
    value = integrated_jensen_shannon(p, q) + on_atoms
    assert measured.lower - 1e-11 <= value <= measured.upper + 1e-11
    assert measured.upper - measured.lower < 1.1e-6
    assert 0 <= measured.lower and measured.upper <= LOG_2 + 1.1e-6


def test_finer_tolerance_gives_a_nested_interval() -> None:
    """Halving cells raises the lower end and lowers the upper one: both bounds are monotone."""
    wide, narrow = (jensen_shannon(normal(0, 1), normal(1, 2), tolerance=t) for t in (1e-2, 1e-5))
    assert wide.lower <= narrow.lower <= narrow.upper <= wide.upper
    assert wide.upper - wide.lower > 1e-5


# --- refusals ---------------------------------------------------------------------------------------------


def test_laws_that_cannot_be_compared_are_refused() -> None:
    """Another dimension, weights without points, a circle in the plane, a tolerance of 0."""
    with pytest.raises(ValueError, match="one space"):
        jensen_shannon(atoms([0.0]), TWO_POINTS)
    with pytest.raises(ValueError, match="one space"):
        jensen_shannon(normal(0, 1), TWO_POINTS)
    with pytest.raises(ValueError, match="same atoms"):
        jensen_shannon(FiniteLaw([1]), FiniteLaw([1, 0]))
    with pytest.raises(TypeError, match="weights without points"):
        jensen_shannon(FiniteLaw([1]), atoms([0.0]))
    with pytest.raises(TypeError, match=r"got Circle.*exact_density"):
        jensen_shannon(CIRCLE, CIRCLE)
    with pytest.raises(ValueError, match="tolerance must be positive"):
        jensen_shannon(normal(0, 1), normal(0, 1), tolerance=0.0)
