"""What a discriminator loses against the optimal one."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, log

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from empirical.densities import Normal, exact_density
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.observables.bin_bounds import RoadsDisagree
from empirical.observables.discriminator_excess import discriminator_excess, excess, optimal_logit
from empirical.observables.plane_divergences import measure
from empirical.observables.shares import Effort
from empirical.observables.sides import Side, mixture_side
from empirical.targets import GaussianMixture
from theory.laws import FiniteLaw

EFFORT = Effort(samples=50_000, bins=16)


def mixture(x: float) -> GaussianMixture:
    return GaussianMixture("test", ((x, 0.0),), 1.0, FiniteLaw([1]))


def gaussian(x: float) -> Side:
    return mixture_side(mixture(x))


def logistic(slope: float, shift: float) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda points: slope * points[:, :1] + shift


def lost(slope: float, shift: float) -> float:
    """V(D*) - V(D) between N(1, 1) and N(0, 1), whose D* has logit x - 1/2, by quadrature."""

    def gap(x: float) -> float:
        p, q, best, other = norm.pdf(x, 1), norm.pdf(x), x - 0.5, slope * x + shift
        payoff = [-p * np.logaddexp(0, -logit) - q * np.logaddexp(0, logit) for logit in (best, other)]
        return float(payoff[0] - payoff[1])

    return quad(gap, -10, 11, limit=200)[0]


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.0, 0.0), (3.0, -1.5), (-1.0, 0.5)])
def test_logistic_discriminators(slope: float, shift: float) -> None:
    """Between two normal laws the loss is an integral over the line, and the interval holds it."""
    measured = excess(logistic(slope, shift), gaussian(1.0), gaussian(0.0), EFFORT)
    exact = lost(slope, shift)
    assert measured.lower <= exact <= measured.upper
    # Five standard errors of the average, whose deviation is at most a few times the loss.
    assert measured.value == pytest.approx(exact, abs=0.05 * exact)
    assert not measured.lower <= exact + 0.05 <= measured.upper


def test_the_optimum_loses_nothing() -> None:
    """D* as a logit is log p - log q, x - 1/2 here; it loses 0 at every draw."""
    p, q = gaussian(1.0), gaussian(0.0)
    x = np.array([[0.0, 3.0], [2.0, -1.0]])
    assert optimal_logit(mixture(1.0), mixture(0.0), x) == pytest.approx([-0.5, 1.5], abs=1e-12)
    measured = excess(logistic(1.0, -0.5), p, q, EFFORT)
    assert measured.value < 1e-12 and measured.lower == 0


def test_it_is_what_is_missing_to_the_divergence() -> None:
    """D = 1/2 everywhere earns -log 4, so that its loss is 2 JSD: the intervals of both roads meet."""
    p, q = gaussian(1.0), gaussian(0.0)
    measured = excess(logistic(0.0, 0.0), p, q, EFFORT)
    js = measure("jensen_shannon", p, q, replace(EFFORT, seed=1))
    assert measured.lower <= 2 * js.upper and 2 * js.lower <= measured.upper
    # Five standard errors on both sides, of values below log 2.
    assert measured.value == pytest.approx(2 * js.value, abs=0.01)


def test_a_discriminator_that_is_sure_and_wrong() -> None:
    """Outputs are clipped, and counted: sure of the wrong side everywhere it loses nearly 6 log 10 a draw."""
    far, near = gaussian(100.0), gaussian(0.0)
    measured = excess(lambda x: torch.where(x[:, 0] > 50, -inf, inf), far, near, EFFORT)
    assert measured.value == pytest.approx(2 * 6 * log(10), abs=1e-9)
    assert "(100000 were)" in measured.obtained
    assert measured.value > 100 * excess(logistic(0.0, 0.0), gaussian(0.1), near, EFFORT).value


def test_a_generator_as_the_model() -> None:
    """max(z1, 0) has half of its mass on a line, where D* is 0; a D that answers 1/2 loses 2 JSD."""
    parts = torch.nn.Linear(2, 4, bias=False, dtype=torch.float64)
    whole = torch.nn.Linear(4, 2, bias=False, dtype=torch.float64)
    with torch.no_grad():
        parts.weight.copy_(torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]]))
        whole.weight.copy_(torch.tensor([[1.0, 0, 0, 0], [0, 0, 1, -1]]))
    law = exact_density(torch.nn.Sequential(parts, torch.nn.ReLU(), whole), Normal(2))
    assert isinstance(law, PlaneLaw)
    measured = discriminator_excess(logistic(0.0, 0.0), mixture(0.0), law, effort=EFFORT)
    # JSD = log(2)/2: a quarter from the line, a quarter from the half-plane that the generator misses.
    assert measured.lower <= log(2) <= measured.upper
    assert optimal_logit(mixture(0.0), law, np.array([[1.0, 0.0], [-1.0, 0.0]])) == pytest.approx([0.0, inf])


def test_a_wrong_density_is_caught() -> None:
    """A density that is twice too large on a tenth of the mass raises instead of a number."""
    p, q = gaussian(1.0), gaussian(0.0)
    wrong = replace(p, log_density=lambda x: p.log_density(x) + np.where(x[:, 0] < 0, log(2), 0.0))
    with pytest.raises(RoadsDisagree, match="does not integrate"):
        excess(logistic(1.0, -0.5), wrong, q, EFFORT)


def test_bad_input() -> None:
    """Probabilities of two classes, and NaN."""
    p, q = gaussian(1.0), gaussian(0.0)
    with pytest.raises(ValueError, match="one logit per point"):
        excess(lambda x: x, p, q, EFFORT)
    with pytest.raises(ValueError, match="of them NaN"):
        excess(lambda x: x[:, 0] * np.nan, p, q, EFFORT)
