"""Divergences of laws of the plane: two roads, closed forms, and faults that must not pass."""

from collections.abc import Callable
from dataclasses import replace
from math import erf, inf, log, sqrt

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.stats import norm

from empirical.densities import Normal, exact_density
from empirical.densities.flow.flow_law import flow_law
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.networks.flows import FlowArchitecture, build_flow
from empirical.observables.bin_bounds import DIVERGENCES, Cells, RoadsDisagree, bin_bounds, common_cells
from empirical.observables.plane_divergences import FORMS, measure
from empirical.observables.shares import Effort, shares
from empirical.observables.sides import Side, generator_side, mixture_side
from empirical.targets import GRID, RING, GaussianMixture
from theory.laws import FiniteLaw

EFFORT = Effort(samples=20_000, bins=32)


def gaussians(*centres: tuple[float, float], sigma: float = 1.0, weights: list[str] | None = None) -> Side:
    law = FiniteLaw(weights or [f"1/{len(centres)}"] * len(centres))
    return mixture_side(GaussianMixture("test", centres, sigma, law))


def grid(p: Side, q: Side, pilot: np.ndarray, bins: int) -> Cells:
    return common_cells(p.cell_probability, q.cell_probability, pilot, bins, (p.cell_error, q.cell_error))


def normal_flow() -> Side:
    """A flow whose parameters are all 0: the identity, and N(0, I) as its law."""
    flow = build_flow(FlowArchitecture("coupling", dim=2), 0)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.zero_()
    return generator_side(flow_law(flow))


def affine_side(scale: float) -> Side:
    """N(0, scale^2 I) as a generator's law on a mesh."""
    layer = torch.nn.Linear(2, 2, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(scale * torch.eye(2))
        layer.bias.zero_()
    law = exact_density(layer, Normal(2))
    assert isinstance(law, PlaneLaw)
    return generator_side(law)


def reported(side: Side, change: Callable[[np.ndarray], np.ndarray]) -> Side:
    """The law with this added to its log density: its draws and its cells stay right."""
    return replace(side, log_density=lambda x: side.log_density(x) + change(x))


def on_line(name: str, mean: float) -> float:
    """A divergence of N(0, 1) and N(mean, 1) by quadrature; a second common coordinate changes nothing."""
    x, step = np.linspace(-12, 12 + mean, 40_001, retstep=True)
    p, q = norm.pdf(x), norm.pdf(x, mean)
    if name == "total_variation":
        return erf(mean / sqrt(8))
    return float((p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))).sum() * step / 2)


@pytest.mark.parametrize("name", ["jensen_shannon", "total_variation"])
@pytest.mark.parametrize("mean", [0.0, 0.3, 1.0, 3.0])
def test_two_normal_laws(name: str, mean: float) -> None:
    """The interval holds the exact value and is short; the bounds of nested cells rise and stay below."""
    p, q = gaussians((0.0, 0.0)), gaussians((mean, 0.0))
    measured, exact = measure(name, p, q, EFFORT), on_line(name, mean)
    assert measured.lower <= exact <= measured.upper
    # 20,000 draws of values in [0, 1]: the empirical Bernstein radius is at most 3 standard errors of 0.5.
    assert measured.upper - measured.lower < 0.03
    assert measured.seed == 0 and measured.confidence == 0.999
    pilot = p.draw(1000, 1).points
    bounds = [bound for _, bound in bin_bounds(name, grid(p, q, pilot, 32))]
    assert bounds == sorted(bounds) and bounds[-1] <= exact
    assert [cells for cells, _ in bin_bounds(name, grid(p, q, pilot, 8))] == [2, 4, 8]


def test_kullback_leibler_of_normal_laws() -> None:
    """KL(N(0, I) || N(m, I)) = |m|^2 / 2, by draws from above and below, by cells from below."""
    measured = measure("kullback_leibler", gaussians((0.0, 0.0)), gaussians((0.6, 0.8)), EFFORT)
    assert measured.lower <= 0.5 <= measured.upper and measured.upper - measured.lower < 0.05
    assert "assumes" in measured.obtained


def test_laws_far_apart() -> None:
    """Where the modes are far apart JSD = log 2 and TV = 1 to rounding, and KL is large and finite."""
    p, q = mixture_side(RING), mixture_side(GRID)
    js, tv, kl = (measure(n, p, q, EFFORT) for n in ("jensen_shannon", "total_variation", "kullback_leibler"))
    assert log(2) - 0.01 < js.lower and js.upper <= log(2) + 1e-12
    assert 0.99 < tv.lower and tv.upper <= 1 + 1e-12
    assert 100 < kl.lower < kl.upper < inf
    with pytest.raises(ValueError, match="got 1 dimensions"):
        mixture_side(GaussianMixture("line", ((0.0,),), 1.0, FiniteLaw([1])))


def test_all_forms_agree_with_each_other() -> None:
    """Each form of each divergence, alone, estimates the exact value within five standard errors."""
    p, q = gaussians((0.0, 0.0)), gaussians((1.0, 0.0))
    at_p, at_q = shares(p, q, p.draw(50_000, 1), True), shares(p, q, q.draw(50_000, 2), False)
    for name, forms in FORMS.items():
        for (of_p, p_bound), (of_q, q_bound) in forms.values():
            a, b = of_p(at_p), of_q(at_q)
            assert 0 <= a.min() and a.max() <= p_bound and 0 <= b.min() and b.max() <= q_bound
            error = 5 * sqrt((a.var() + b.var()) / 50_000)
            assert a.mean() + b.mean() == pytest.approx(on_line(name, 1.0), abs=error)


def test_the_unbounded_form_is_what_the_rule_guards_against() -> None:
    """Half of E_p|1 - q/p| reads 0.05 for every seed where TV is 0.1: what p misses is never drawn."""
    p = gaussians((0.0, 0.0))
    q = gaussians((0.0, 0.0), (12.0, 0.0), weights=["9/10", "1/10"])
    for seed in range(3):
        x = p.draw(50_000, seed).points
        unbounded = 0.5 * np.abs(1 - np.exp(q.log_density(x) - p.log_density(x))).mean()
        assert unbounded == pytest.approx(0.05, abs=1e-6)
        measured = measure("total_variation", p, q, replace(EFFORT, seed=seed))
        assert measured.lower <= 0.1 <= measured.upper and measured.lower > 0.08
    # Exact cells refute the wrong number too.
    bounds = bin_bounds("total_variation", grid(p, q, q.draw(5000, 1).points, 32))
    assert bounds[-1][1] > 0.09


# --- cells that err ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", [8.0, 10.0])
def test_cells_of_a_flow_prove_no_more_than_is_so(distance: float) -> None:
    """KL(N(m, I) || N(0, I)) = |m|^2/2 where the second law's cells err by 1e-8: 0 may be 1e-8."""
    p, q = gaussians((distance, 0.0)), normal_flow()
    measured = measure("kullback_leibler", p, q, EFFORT)
    assert measured.lower <= distance**2 / 2 <= measured.upper < inf
    pilot = np.concatenate([p.draw(1000, 1).points, q.draw(1000, 2).points])
    cells = grid(p, q, pilot, 32)
    assert 0 < bin_bounds("kullback_leibler", cells)[-1][1] <= distance**2 / 2
    assert "an estimate and no bound" in measured.obtained and measured.confidence < 1
    # Red: the same cells, taken for exact ones.
    exact = replace(cells, q_error=np.full(cells.q.shape, 1e-290))
    assert bin_bounds("kullback_leibler", exact)[-1][1] > distance**2


@pytest.mark.parametrize("name", ["jensen_shannon", "kullback_leibler", "total_variation"])
def test_bounds_hold_for_every_error_that_is_allowed(name: str) -> None:
    """Cells moved anywhere within their errors never prove more than the cells themselves have."""
    random = np.random.default_rng(0)
    none = np.zeros((8, 8))
    for error in np.repeat([1e-3, 1e-6, 1e-12], 50):
        # Probabilities from about 1e-9 to 1, some equal in both laws.
        p, q = (10 ** random.uniform(-9, 0, (8, 8)) for _ in range(2))
        q = np.where(random.random((8, 8)) < 0.3, p, q)
        p, q = p / p.sum(), q / q.sum()
        near_p, near_q = (np.maximum(a + error * random.choice([-1, 0, 1], (8, 8)), 0.0) for a in (p, q))
        for cells, bound in bin_bounds(name, Cells(near_p, near_q, none + error, none + error)):
            sums = [a.reshape(cells, 8 // cells, cells, 8 // cells).sum(axis=(1, 3)) for a in (p, q)]
            assert bound <= DIVERGENCES[name](*sums) * (1 + 1e-12)
        # Without errors they are the divergence of the cells, to rounding.
        assert bin_bounds(name, Cells(p, q, none, none))[-1][1] == pytest.approx(DIVERGENCES[name](p, q))


def test_a_rare_mode_that_no_draw_saw() -> None:
    """A mode of mass 1e-4, 40 deviations away, adds 1e-4 (800 + log 1e-4) = 0.079: the truth is inside."""
    p = gaussians((0.0, 0.0), (40.0, 0.0), weights=["9999/10000", "1/10000"])
    measured = measure("kullback_leibler", p, affine_side(1.0), Effort(samples=5000, bins=8, seed=3))
    assert 0 < measured.lower <= 0.079 <= measured.upper
    assert measured.confidence == 1 and "missed a rare part" in measured.obtained


def test_draws_beyond_the_last_latent_of_float64() -> None:
    """KL(N(0, I) || N(0, I/2500)) = 2491.2 is finite, but most draws have no preimage within 39."""
    measured = measure("kullback_leibler", gaussians((0.0, 0.0)), affine_side(0.02), EFFORT)
    assert 0 < measured.lower <= 2500 - 1 + 2 * log(0.02) <= measured.upper == inf
    assert "no density in float64" in measured.obtained
    assert "it may be finite" in measured.obtained


# --- planted faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jensen_shannon", "total_variation", "kullback_leibler"])
def test_a_wrong_determinant_is_caught(name: str) -> None:
    """A density twice too large on a tenth of the mass: E_p[1 - s] and E_q[s] part."""
    wrong = reported(gaussians((0.0, 0.0)), lambda x: np.where(x[:, 0] > 1.2816, log(2), 0.0))
    with pytest.raises(RoadsDisagree, match="does not integrate"):
        measure(name, wrong, gaussians((1.0, 0.0)), EFFORT)


@pytest.mark.parametrize("name", ["jensen_shannon", "total_variation", "kullback_leibler"])
def test_a_dropped_sheet_is_caught(name: str) -> None:
    """A density that vanishes where the law has a tenth of its mass."""
    wrong = reported(gaussians((0.0, 0.0)), lambda x: np.where(x[:, 0] > 1.2816, -inf, 0.0))
    with pytest.raises(RoadsDisagree, match="does not integrate"):
        measure(name, wrong, gaussians((1.0, 0.0)), EFFORT)


def test_a_wrong_density_that_is_balanced_is_caught_by_the_forms() -> None:
    """Two errors that cancel in E_p[1 - s] = E_q[s] do not cancel in the forms of total variation."""
    x, step = np.linspace(-12, 13, 40_001, retstep=True)
    p, q = norm.pdf(x), norm.pdf(x, 1)

    def imbalance(factor: float) -> float:
        wrong = p * np.where(x < 0.5, 2.0, factor)
        return float(((p - wrong) * q / (wrong + q)).sum() * step)

    factor = brentq(imbalance, 1e-6, 1.0)
    wrong = reported(gaussians((0.0, 0.0)), lambda z: np.where(z[:, 0] < 0.5, log(2), log(factor)))
    with pytest.raises(RoadsDisagree, match="exclude each other"):
        measure("total_variation", wrong, gaussians((1.0, 0.0)), EFFORT)


@pytest.mark.parametrize("name", ["jensen_shannon", "total_variation", "kullback_leibler"])
def test_a_wrong_density_that_is_consistent_is_caught_by_the_cells(name: str) -> None:
    """The law reports the target's density: all forms say 0, and only exact cells can tell."""
    p, q = gaussians((0.0, 0.0)), gaussians((1.0, 0.0))
    wrong = replace(p, log_density=q.log_density)
    with pytest.raises(RoadsDisagree, match="prove at least"):
        measure(name, wrong, q, EFFORT)


def test_missing_cells_are_caught() -> None:
    """A law whose cells hold only 99.9999 % of the mass."""
    p, q = gaussians((0.0, 0.0)), gaussians((1.0, 0.0))
    wrong = replace(p, cell_probability=lambda x, y: p.cell_probability(x, y) * 0.999999)
    with pytest.raises(RoadsDisagree, match="instead of 1"):
        measure("jensen_shannon", wrong, q, EFFORT)


# --- infinite, and refused --------------------------------------------------------------------------------


def test_certainly_infinite() -> None:
    """KL is infinite from a law with lines to a density, and from everywhere to a bounded set."""
    p, q = gaussians((0.0, 0.0)), gaussians((1.0, 0.0))
    for first, second in ((replace(p, singular=0.1), q), (p, replace(q, bounded=True))):
        measured = measure("kullback_leibler", first, second, EFFORT)
        assert measured.lower == inf and measured.confidence == 1


def test_bad_input() -> None:
    """Two laws with lines, grids that do not nest."""
    p = gaussians((0.0, 0.0))
    with pytest.raises(ValueError, match="both laws have mass on lines"):
        measure("kullback_leibler", replace(p, singular=0.1), replace(p, singular=0.1), EFFORT)
    with pytest.raises(ValueError, match="power of 2"):
        measure("jensen_shannon", p, p, replace(EFFORT, bins=20))
