"""The Wasserstein distance in the plane: closed forms, any numbers give valid ends, planted faults."""

from dataclasses import replace
from itertools import pairwise
from math import pi, sqrt

import numpy as np
import pytest
import torch

from empirical.densities import Normal, Uniform, exact_density
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables import Effort, RoadsDisagree, transport, wasserstein
from empirical.observables.transport import Window, second_moment, wasserstein_plane
from empirical.targets import RING, TWO_POINTS, GaussianMixture
from theory.laws import FiniteLaw

EFFORT = Effort(samples=20_000)


def mixture(*centres: tuple[float, float], sigma: float = 1.0) -> GaussianMixture:
    return GaussianMixture("test", centres, sigma, FiniteLaw([f"1/{len(centres)}"] * len(centres)))


def distance(p: PlaneLaw | GaussianMixture, q: PlaneLaw | GaussianMixture, seed: int = 0) -> Measurement:
    return wasserstein_plane(p, q, replace(EFFORT, seed=seed), bins=8)


def network(latent: Normal | Uniform, seed: int) -> PlaneLaw:
    torch.manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise((2, 6, 6, 2)):
        layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.LeakyReLU(0.2)]
    law = exact_density(torch.nn.Sequential(*layers[:-1]), latent)
    assert isinstance(law, PlaneLaw)
    return law


@pytest.mark.parametrize(
    ("p", "q", "exact"),
    [
        (mixture((0.0, 0.0)), mixture((0.0, 0.0)), 0.0),
        (mixture((0.0, 0.0)), mixture((3.0, 4.0)), 5.0),  # a translation moves everything by as much
        (mixture((0.0, 0.0)), mixture((0.0, 0.0), sigma=3.0), 2 * sqrt(pi / 2)),  # x to 3x, along the rays
        (mixture((0.0, 0.0), (9.0, 0.0), sigma=0.1), mixture((0.0, 1.0), (9.0, 1.0), sigma=0.1), 1.0),
    ],
)
def test_closed_forms(p: GaussianMixture, q: GaussianMixture, exact: float) -> None:
    """The interval holds the exact value, for both orders, and is a fraction of the laws' own width."""
    width = max(p.sigma, q.sigma)
    for measured in (distance(p, q), distance(q, p)):
        assert measured.lower <= exact <= measured.upper
        # Eight cells a side are about half as wide as a standard deviation: both ends lose some of that.
        # In a window 20 across, the Bernstein terms of 20,000 draws add 0.07.
        assert measured.upper - measured.lower < width + 0.1


def test_generators() -> None:
    """G(Z) + c against G(Z) moves by |c|, a generator is its own law, and a mixture is its generator."""
    for latent in (Normal(2), Uniform(2)):
        law = network(latent, 1)
        shift = np.array([0.6, 0.8])
        mesh = replace(law.mesh, images=law.mesh.images + shift, offset=law.mesh.offset + shift)
        last = replace(law.layers[-1], bias=law.layers[-1].bias + shift)
        moved = replace(law, layers=(*law.layers[:-1], last), subdivision=replace(law.subdivision, mesh=mesh))
        measured = distance(law, moved)
        assert measured.lower <= 1 <= measured.upper and measured.upper < 1.3
    identity = torch.nn.Linear(2, 2, dtype=torch.float64)
    with torch.no_grad():
        identity.weight.copy_(torch.eye(2))
        identity.bias.zero_()
    law = exact_density(torch.nn.Sequential(identity), Normal(2))
    assert isinstance(law, PlaneLaw)
    assert distance(law, mixture((0.0, 0.0))).lower < 0.01


def test_a_bad_plan_still_gives_a_valid_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Independent coupling and no prices, instead of the optimum: wide, and it still holds the value."""
    monkeypatch.setattr(transport, "_optimal", lambda a, b, cost: (np.outer(a, b), np.zeros(len(b))))
    measured = distance(mixture((0.0, 0.0)), mixture((2.0, 0.0)))
    assert measured.lower <= 2 <= measured.upper
    assert measured.upper > 2.2


def test_moments_and_windows() -> None:
    """The second moment of a mixture is exact, that of a generator bounds draws; little lies outside."""
    centre = np.array([1.0, -1.0])
    assert second_moment(mixture((1.0, -1.0), (3.0, -1.0)), centre) == pytest.approx(2 + 2)
    for latent in (Normal(2), Uniform(2)):
        law = network(latent, 2)
        drawn = ((law.sample(10_000, 0) - centre) ** 2).sum(axis=1)
        assert drawn.mean() <= second_moment(law, centre)
    window = Window(np.array([-5.0, -5.0]), np.array([5.0, 5.0]))
    # The mean distance from the window of a standard normal is 2.4e-7 or so.
    assert 1e-7 < window.cost_outside(mixture((0.0, 0.0))) < 0.01
    assert window.diameter == sqrt(200)


def test_planted_faults() -> None:
    """Draws of another law than that of the cells: seen by the coupling, or by the potential."""
    p, q = mixture((0.0, 0.0)), mixture((0.0, 1.0))

    class Elsewhere(GaussianMixture):
        def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
            return super().sample(n, generator) * 0.5 + 2.0

    wrong = Elsewhere("wrong", p.centres, p.sigma, p.weights)
    with pytest.raises(RoadsDisagree):
        distance(q, wrong)


def test_public_wasserstein() -> None:
    """The public function takes laws of the plane; a line and a plane, or atoms in the plane, are refused."""
    measured = wasserstein(mixture((0.0, 0.0)), mixture((3.0, 4.0)), effort=EFFORT)
    assert measured.lower <= 5 <= measured.upper and measured.seed == 0
    line = GaussianMixture("line", ((0.0,),), 1.0, FiniteLaw([1]))
    for wrong in (TWO_POINTS, line):
        with pytest.raises(ValueError, match="on the line"):
            wasserstein(wrong, RING)
