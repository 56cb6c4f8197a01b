"""Gaussian mixtures: density, sampler, ceiling and mode counts check each other."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.stats import binom, chi2, norm

from empirical.targets import GRID, RING, GaussianMixture
from empirical.targets.ring import ring
from theory.laws import FiniteLaw

UNEQUAL = GaussianMixture(
    "unequal", ((0.0, 0.0), (2.0, 0.5)), 0.1, FiniteLaw([Fraction(1, 4), Fraction(3, 4)])
)
# Edges of a mode's cells in sigmas; beyond 6 lies less than 4e-9 of the mass.
EDGES = np.array([-6.0, -0.7, 0.0, 0.7, 6.0])


def cell_masses(law: GaussianMixture) -> np.ndarray:
    """Integrates exp(log_density) over each mode's cells, in the order (mode, column, row)."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    half = np.diff(EDGES)[:, None] / 2
    offsets = ((EDGES[:-1, None] + half) + half * nodes).ravel() * law.sigma
    lengths = (half * weights).ravel() * law.sigma
    plane = np.stack(np.meshgrid(offsets, offsets, indexing="ij"), axis=-1).reshape(-1, 2)
    masses = []
    for centre in law.centres:
        density = law.log_density(torch.from_numpy(plane + np.array(centre))).exp().numpy()
        pieces = density.reshape(4, 16, 4, 16) * lengths.reshape(4, 16, 1, 1) * lengths.reshape(4, 16)
        masses.append(pieces.sum(axis=(1, 3)).ravel())
    return np.concatenate(masses)


def misfit(law: GaussianMixture, samples: torch.Tensor) -> float:
    """The p-value of Pearson's chi-squared for the samples' counts in those cells."""
    mode = torch.cdist(samples, law.modes).argmin(dim=1)
    cell = np.digitize(((samples - law.modes[mode]) / law.sigma).numpy(), EDGES[1:-1])
    counts = np.bincount(mode.numpy() * 16 + cell[:, 0] * 4 + cell[:, 1], minlength=16 * len(law.centres))
    expected = cell_masses(law) * len(samples)
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), len(expected) - 1))


@pytest.mark.parametrize("law", [RING, GRID, UNEQUAL], ids=lambda law: law.name)
def test_the_sampler_follows_the_log_density(law: GaussianMixture) -> None:
    """Counts of 50,000 samples fit the integrated density at false-alarm rate 1e-6.

    The same check rejects a sampler shifted by a tenth of a sigma, and the integral over all cells is 1.
    """
    # 8e-9 of the mass lies outside the cells; quadrature of order 16 adds less.
    assert abs(cell_masses(law).sum() - 1) < 2e-8
    samples = law.sample(50_000, torch.Generator().manual_seed(20))
    assert misfit(law, samples) > 1e-6
    assert misfit(law, samples + 0.1 * law.sigma) < 1e-6


def test_the_log_density_is_scipy_s() -> None:
    """The logarithm of the weighted sum of scipy's normal densities, to rounding."""
    x = UNEQUAL.sample(100, torch.Generator().manual_seed(3))
    densities = sum(
        float(w) * norm.pdf(x.numpy(), c, UNEQUAL.sigma).prod(axis=1)
        for c, w in zip(UNEQUAL.centres, UNEQUAL.weights.weights, strict=True)
    )
    assert np.allclose(UNEQUAL.log_density(x).numpy(), np.log(densities), rtol=0, atol=1e-11)


def test_far_from_every_mode_the_log_density_stays_finite() -> None:
    """It falls like a parabola, -|x - c|^2 / 2 sigma^2, where the density itself underflows to 0."""
    law = RING
    far = law.log_density(torch.tensor([[1001.0, 0.0]], dtype=torch.float64))
    assert far.isfinite().all()
    assert math.isclose(float(far), -(1000**2) / (2 * 0.01**2), rel_tol=1e-8)


def test_the_ceiling_of_three_sigmas_is_not_one_hundred_percent() -> None:
    """In the plane it is 1 - exp(-9/2) = 98.89 %, and it vanishes in 500 dimensions; chi quantiles do not."""
    assert math.isclose(RING.high_quality_ceiling(), 1 - math.exp(-4.5), rel_tol=1e-12)
    assert math.isclose(GRID.high_quality_ceiling(), 1 - math.exp(-4.5), rel_tol=1e-12)
    single = FiniteLaw([1])
    wide = GaussianMixture("wide", ((0.0,) * 500,), 1.0, single)
    assert wide.high_quality_ceiling() < 1e-100
    assert math.isclose(wide.high_quality_ceiling(wide.high_quality_sigmas(0.99)), 0.99, rel_tol=1e-9)


def test_the_ceiling_counts_what_falls_into_a_neighbour_s_ball() -> None:
    """Between close modes the ball masses are the measured shares, at false-alarm rate 1e-6 each way."""
    close = GaussianMixture("close", ((0.0, 0.0), (2.0, 0.0)), 1.0, FiniteLaw(["1/4", "3/4"]))
    n = 100_000
    samples = close.sample(n, torch.Generator().manual_seed(4))
    hits = int((torch.cdist(samples, close.modes).min(dim=1).values < 1).sum())
    ceiling = close.high_quality_ceiling(1.0)
    low, high = binom.ppf([5e-7, 1 - 5e-7], n, ceiling)
    assert low <= hits <= high
    # The mistake this guards against, a lone Gaussian's ball: it lies far outside the same interval.
    assert not low <= n * (1 - math.exp(-0.5)) <= high
    with pytest.raises(ValueError, match="sigmas overlap"):
        close.high_quality_ceiling()


def test_expected_modes_is_the_coupon_collector_s_number() -> None:
    """No sample hits no mode, one hits the ceiling's share of one, and many hit all eight."""
    law = RING
    assert law.expected_modes(0) == 0
    assert math.isclose(law.expected_modes(1), law.high_quality_ceiling(), rel_tol=1e-12)
    assert math.isclose(law.expected_modes(2500), 8, rel_tol=1e-12)
    draws = [law.sample(10, torch.Generator().manual_seed(seed)) for seed in range(2000)]
    seen = []
    for draw in draws:
        distance, mode = torch.cdist(draw, law.modes).min(dim=1)
        seen.append(len(mode[distance < 3 * law.sigma].unique()))
    # 6 standard errors: a false alarm has probability 2e-9 by the normal law, which 2,000 means follow.
    assert abs(np.mean(seen) - law.expected_modes(10)) < 6 * np.std(seen) / math.sqrt(2000)


def test_the_copied_ring_with_seven_modes_is_refused() -> None:
    """linspace(0, 2 pi, 8) closes on itself: its ends are one mode of weight 2/8, and our ring has eight."""
    angles = np.linspace(0, 2 * math.pi, 8)
    copied = tuple((math.cos(angle), math.sin(angle)) for angle in angles)
    assert copied[0] != copied[-1]  # they differ by rounding, so comparing for equality would miss it
    with pytest.raises(ValueError, match=r"numbers 0 and 7 coincide"):
        GaussianMixture("copied", copied, 0.01, FiniteLaw(["1/8"] * 8))
    separation = torch.cdist(ring().modes, ring().modes) + torch.eye(8) * 9
    assert math.isclose(float(separation.min()), 2 * math.sin(math.pi / 8), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), 0.1, FiniteLaw([1])), "needs centres"),
        ((((0.0, 0.0), (1.0,)), 0.1, FiniteLaw(["1/2", "1/2"])), "same number of coordinates"),
        ((((math.nan, 0.0),), 0.1, FiniteLaw([1])), "must be finite"),
        ((((0.0, 0.0),), 0.0, FiniteLaw([1])), "sigma must be positive"),
        ((((0.0, 0.0),), 0.1, FiniteLaw(["1/2", "1/2"])), "needs one weight"),
    ],
)
def test_a_faulty_protocol_is_refused(arguments: tuple, message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        GaussianMixture("faulty", *arguments)


@pytest.mark.parametrize("law", [RING, GRID, UNEQUAL], ids=lambda law: law.name)
def test_cells_hold_the_integral_of_the_density(law: GaussianMixture) -> None:
    """Exact cells around each mode are the quadrature of the density there, and all cells together are 1."""
    quadrature = cell_masses(law)
    exact = [
        law.cell_probability(x + EDGES * law.sigma, y + EDGES * law.sigma).ravel() for x, y in law.centres
    ]
    # Quadrature of order 16 on cells of up to 5.3 sigmas is exact to 1e-8 of a mode's mass.
    assert np.concatenate(exact) == pytest.approx(quadrature, abs=2e-9)
    everywhere = law.cell_probability(*[np.array([-np.inf, -1.0, 0.01, 0.02, 3.0, np.inf])] * 2)
    assert everywhere.shape == (5, 5) and everywhere.sum() == pytest.approx(1, abs=1e-14)


def test_cells_keep_their_digits_in_both_tails() -> None:
    """Mirror images have one probability, and 20 sigmas out it is the product of two normal tails."""
    law = GaussianMixture("one", ((0.0, 0.0),), 1.0, FiniteLaw([1]))
    far, near = np.array([20.0, 21.0]), np.array([-1.0, 2.0])
    exact = norm.sf(20) * (1 - norm.sf(21) / norm.sf(20)) * (norm.cdf(2) - norm.cdf(-1))
    assert law.cell_probability(far, near)[0, 0] == pytest.approx(exact, rel=1e-13)
    assert law.cell_probability(-far[::-1], near)[0, 0] == law.cell_probability(far, near)[0, 0]
    assert law.cell_probability(near, far)[0, 0] == pytest.approx(exact, rel=1e-13)


def test_cells_are_refused_without_a_grid() -> None:
    """One array of edges for two coordinates, edges that fall, a single edge."""
    rising = np.array([0.0, 1.0])
    for wrong in ([rising], [rising, rising[::-1]], [rising, rising[:1]]):
        with pytest.raises(ValueError, match="needs as many increasing arrays"):
            RING.cell_probability(*wrong)
