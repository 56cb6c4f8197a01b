"""The entropy of a generator's law: closed forms, and the exact sum over an overlay."""

from dataclasses import replace
from itertools import pairwise
from math import e, inf, log, pi

import numpy as np
import pytest
import torch

from empirical.densities import Normal, Uniform, exact_density
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.observables.bin_bounds import RoadsDisagree
from empirical.observables.entropy import drawn_entropy, entropy, folding, latent_entropy
from empirical.observables.shares import Effort

EFFORT = Effort(samples=10_000)


def linear(weight: list[list[float]], bias: list[float]) -> torch.nn.Linear:
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))
    return layer


PARTS = linear([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [0.0] * 4)


def fold(slope: float, other: float = 1.0) -> torch.nn.Sequential:
    """(z1, z2) to (z1 or -other z1, slope * z2): two preimages, of equal weight if other is 1."""
    whole = linear([[1.0, other, 0.0, 0.0], [0.0, 0.0, slope, -slope]], [0.0] * 2)
    return torch.nn.Sequential(PARTS, torch.nn.ReLU(), whole)


def law(latent: Normal | Uniform, generator: torch.nn.Module) -> PlaneLaw:
    found = exact_density(generator, latent)
    assert isinstance(found, PlaneLaw)
    return found


def random(seed: int) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise((2, 6, 6, 2)):
        layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.LeakyReLU(0.2)]
    return torch.nn.Sequential(*layers[:-1])


@pytest.mark.parametrize(("latent", "exact"), [(Normal(2), log(2 * pi * e)), (Uniform(2), log(4))])
def test_a_fold_costs_log_two(latent: Normal | Uniform, exact: float) -> None:
    """The entropy is h(Z) + log|slope| - log 2 for the fold |z1|, and h(Z) + log|det| without a fold."""
    for find in (lambda one: entropy(one, effort=EFFORT), lambda one: drawn_entropy(one, EFFORT)):
        assert find(law(latent, fold(3.0))).value == pytest.approx(exact + log(3) - log(2), abs=1e-9)
        plain = find(law(latent, torch.nn.Sequential(linear([[1.0, 2.0], [-1.0, 0.5]], [3.0, 1.0]))))
        assert plain.value == pytest.approx(exact + log(2.5), abs=1e-9)
        assert plain.upper - plain.lower < 1e-9


def test_the_weights_of_preimages() -> None:
    """At (x1, 0) the two preimages of |z1 + 1| are normal with densities phi(x1 - 1) and phi(x1 + 1)."""
    shifted = torch.nn.Sequential(linear([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0]), *fold(1.0))
    x = np.array([[0.5, 0.1], [2.0, -1.0], [-1.0, 0.0]])
    share = 1 / (1 + np.exp(-2 * x[:2, 0]))
    exact = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert folding(law(Normal(2), shifted), x) == pytest.approx([*exact, 0.0], abs=1e-12)
    # The sheet that is stretched by 3 has a third of the density: weights 3/4 and 1/4 for a uniform latent.
    uneven = folding(law(Uniform(2), fold(1.0, other=3.0)), np.array([[0.5, 0.1], [2.0, 0.1]]))
    assert uneven == pytest.approx([-0.75 * log(0.75) - 0.25 * log(0.25), 0.0], abs=1e-12)


def test_the_interval_holds_the_exact_sum_of_the_overlay() -> None:
    """For uniform latents the entropy is a finite sum, found by other code; draws agree."""
    for seed in range(5):
        one = law(Uniform(2), random(seed))
        exact, drawn = entropy(one), drawn_entropy(one, Effort(samples=20_000, seed=seed))
        assert exact.confidence == 1 and exact.upper - exact.lower < 1e-6
        assert drawn.lower <= exact.upper and exact.lower <= drawn.upper
        assert drawn.upper - drawn.lower < 0.1  # 20,000 draws of a value below log 40
        # Without the folding term the bound lies above: the near miss is not inside.
        assert latent_entropy(one.latent) + one.log_volume_gain > drawn.upper


def test_the_average_of_the_log_density() -> None:
    """The plain average of -log p over 50,000 draws lies within five of its standard errors."""
    for seed in range(3):
        one = law(Normal(2), random(seed))
        measured = entropy(one, effort=Effort(samples=20_000, seed=seed))
        values = -one.log_prob(one.sample(50_000, seed + 100))
        error = 5 * values.std() / np.sqrt(len(values))
        assert measured.lower - error <= values.mean() <= measured.upper + error


def test_mass_without_density() -> None:
    """Half of the mass on a line: there is no density to speak of, and the entropy is -inf."""
    flat = torch.nn.Sequential(
        PARTS, torch.nn.ReLU(), linear([[1.0, 0, 0, 0], [0, 0, 1.0, -1.0]], [0.0, 0.0])
    )
    assert entropy(law(Normal(2), flat)).value == -inf


def test_faults_and_refusals() -> None:
    """A wrong determinant of a uniform latent raises; a law on the line is refused."""
    one = law(Uniform(2), random(0))
    wrong = one.mesh.linear.copy()
    wrong[0] *= 2
    broken = replace(one, subdivision=replace(one.subdivision, mesh=replace(one.mesh, linear=wrong)))
    with pytest.raises(RoadsDisagree, match="determinant"):
        entropy(broken)
    with pytest.raises(TypeError, match="plane to the plane"):
        entropy(exact_density(linear([[1.0]], [0.0]), Normal(1)))
