"""The entropy of a generator's law: closed forms, and the exact sum over an overlay."""

from math import e, log, pi

import numpy as np
import pytest
import torch

from empirical.densities import Normal, Uniform
from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane.location import Location
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.overlay import overlay, uniform_sheets
from empirical.densities.plane.subdivision import subdivide
from empirical.observables.preimage_entropy import folding, measure_entropy, stretch


def linear(weight: list[list[float]], bias: list[float]) -> torch.nn.Linear:
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))
    return layer


def fold(slope: float) -> torch.nn.Sequential:
    """(z1, z2) to (|z1|, slope * z2): two preimages of equal weight."""
    split = linear([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [0.0] * 4)
    return torch.nn.Sequential(
        split, torch.nn.ReLU(), linear([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, slope, -slope]], [0.0] * 2)
    )


def random(seed: int) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in ((2, 6), (6, 6), (6, 2)):
        layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.LeakyReLU(0.2)]
    return torch.nn.Sequential(*layers[:-1])


def mesh_of(generator: torch.nn.Module, latent: Normal | Uniform) -> Mesh:
    end = 39.0 if isinstance(latent, Normal) else 1.0
    return subdivide(affine_layers(generator), -end, end).mesh


def outputs(generator: torch.nn.Module, latent: Normal | Uniform, n: int, seed: int) -> np.ndarray:
    with torch.no_grad():
        return generator(torch.from_numpy(latent.sample(n, np.random.default_rng(seed)))).numpy()


@pytest.mark.parametrize(("latent", "exact"), [(Normal(2), log(2 * pi * e)), (Uniform(2), log(4))])
def test_a_fold_costs_log_two(latent: Normal | Uniform, exact: float) -> None:
    """The entropy is h(Z) + log|slope| - log 2 for the fold |z1|, and h(Z) + log|det| without a fold."""
    mesh = mesh_of(fold(3.0), latent)
    measured = measure_entropy(mesh, latent, outputs(fold(3.0), latent, 2000, 1), 1, 0.99)
    assert measured.value == pytest.approx(exact + log(3) - log(2), abs=1e-9)
    turn = linear([[1.0, 2.0], [-1.0, 0.5]], [3.0, 1.0])
    plain = measure_entropy(mesh_of(turn, latent), latent, outputs(turn, latent, 100, 1), 1, 0.99)
    assert plain.value == pytest.approx(exact + log(2.5), abs=1e-10)
    assert plain.upper - plain.lower < 1e-10


def test_the_weights_of_preimages() -> None:
    """At (x1, 0) the two preimages of |z1 + 1| are normal with densities phi(x1 - 1) and phi(x1 + 1)."""
    shifted = torch.nn.Sequential(linear([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0]), *fold(1.0))
    mesh = mesh_of(shifted, Normal(2))
    x = np.array([[0.5, 0.1], [2.0, -1.0], [-1.0, 0.0]])
    share = 1 / (1 + np.exp(-2 * x[:2, 0]))
    exact = -share * np.log(share) - (1 - share) * np.log(1 - share)
    found = folding(mesh, Normal(2), Location.among(mesh, np.arange(len(mesh))), x)
    assert found == pytest.approx([*exact, 0.0], abs=1e-12)


def test_the_interval_holds_the_exact_sum_of_the_overlay() -> None:
    """For uniform latents the entropy is a finite sum, found by other code; the interval holds it."""
    for seed in range(5):
        mesh, latent = mesh_of(random(seed), Uniform(2)), Uniform(2)
        exact, rounding = overlay(uniform_sheets(mesh)).integral(lambda p: -p * np.log(p))
        measured = measure_entropy(mesh, latent, outputs(random(seed), latent, 20_000, seed), seed, 0.999)
        assert measured.lower - rounding <= exact <= measured.upper + rounding
        # 20,000 draws of a value below log 40.
        assert measured.upper - measured.lower < 0.1
        # Without the folding term the bound lies above: the near miss is not inside.
        assert log(4) + stretch(mesh, latent) > measured.upper
