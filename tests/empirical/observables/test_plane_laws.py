"""Divergences of generators with two latents from targets of the plane: closed forms, both roads, faults."""

from dataclasses import replace
from itertools import pairwise
from math import inf, log

import numpy as np
import pytest
import torch

from empirical.densities import Finite, Normal, Uniform, exact_density
from empirical.densities.affine_layers import affine_layers
from empirical.densities.flow.bijection import layered_bijection
from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.plane.subdivision import subdivide
from empirical.observables import jensen_shannon, kullback_leibler, total_variation
from empirical.observables.bin_bounds import RoadsDisagree
from empirical.observables.plane_divergences import measure
from empirical.observables.shares import Effort
from empirical.observables.sides import side
from empirical.targets import FOUR_POINTS, RING, GaussianMixture
from theory.laws import FiniteLaw

EFFORT = Effort(samples=20_000, bins=32)
ROUND = GaussianMixture("round", ((0.0, 0.0),), 1.0, FiniteLaw([1]))
TWO = GaussianMixture("two", ((0.0, 0.0), (0.5, 0.25)), 0.25, FiniteLaw(["1/4", "3/4"]))
DIVERGENCES = (jensen_shannon, total_variation, kullback_leibler)


def linear(weight: list[list[float]], bias: list[float]) -> torch.nn.Linear:
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))
    return layer


def law(latent: Normal | Uniform, *modules: torch.nn.Module) -> PlaneLaw:
    layers = affine_layers(torch.nn.Sequential(*modules))
    end = 39.0 if isinstance(latent, Normal) else 1.0
    return PlaneLaw(layers, subdivide(layers, -end, end), latent)


def random_law(seed: int, latent: Normal | Uniform, slope: float = 0.2) -> PlaneLaw:
    torch.manual_seed(seed)
    modules: list[torch.nn.Module] = []
    for inputs, outputs in pairwise((2, 6, 6, 2)):
        modules += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.LeakyReLU(slope)]
    return law(latent, *modules[:-1])


PARTS = linear([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [0.0] * 4)
IDENTITY = linear([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])
FOLD = (PARTS, torch.nn.ReLU(), linear([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]], [0.0, 0.0]))
HALF = (PARTS, torch.nn.ReLU(), linear([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]], [0.0, 0.0]))


@pytest.mark.parametrize(
    ("modules", "exact"),
    [
        ((IDENTITY,), (0.0, 0.0, 0.0)),
        # Twice the density where z1 > 0, none elsewhere.
        (FOLD, ((log(4 / 3) + log(2 / 3) / 2 + log(2) / 2) / 2, 0.5, log(2))),
        # max(z1, 0): half of the mass on a line, the other half as the target's.
        (HALF, (log(2) / 2, 0.5, inf)),
        # N(0, diag(4, 1)): KL = 3/2 - log 2.
        ((linear([[2.0, 0.0], [0.0, 1.0]], [0.0, 0.0]),), (None, None, 1.5 - log(2))),
    ],
    ids=["identity", "fold", "half", "stretched"],
)
def test_closed_forms(
    modules: tuple[torch.nn.Module, ...], exact: tuple[float | None, float | None, float]
) -> None:
    """Against N(0, I): the interval holds the exact value, and is narrow."""
    for divergence, value in zip(DIVERGENCES, exact, strict=True):
        if value is None:
            continue
        measured = divergence(law(Normal(2), *modules), ROUND, effort=EFFORT)
        # The identity's densities agree to rounding only: 20,000 log ratios of 1e-16.
        assert measured.lower <= value + 1e-12 and value <= measured.upper + 1e-12
        assert value == inf or measured.upper - measured.lower < 0.1


def test_random_networks_by_both_roads() -> None:
    """Exact cells contradict no interval, JS and TV are symmetric, and JS <= log 2 TV, 2 TV^2 <= KL."""
    for seed in range(2):
        for latent in (Normal(2), Uniform(2)):
            for slope in (0.2, 0.0):
                p = random_law(seed, latent, slope)
                js, tv, kl = (divergence(p, TWO, effort=EFFORT) for divergence in DIVERGENCES)
                assert js.lower <= log(2) * tv.upper and 2 * tv.lower**2 <= kl.upper
                for divergence, there in ((jensen_shannon, js), (total_variation, tv)):
                    back = divergence(TWO, p, effort=replace(EFFORT, seed=1))
                    assert back.lower <= there.upper and there.lower <= back.upper


def test_density_integrals_by_a_grid() -> None:
    """JS and TV of a smooth leaky network against sums over a fine grid of both densities."""
    generator = (linear([[1.0, 0.3], [-0.2, 0.8]], [0.1, 0.0]), torch.nn.LeakyReLU(0.5), IDENTITY)
    p = law(Normal(2), *generator)
    axis, step = np.linspace(-8, 8, 801, retstep=True)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    a, b = np.exp(p.log_prob(grid)), np.exp(ROUND.log_density(torch.from_numpy(grid)).numpy())
    with np.errstate(divide="ignore", invalid="ignore"):
        js = sum(np.where(d > 0, d * np.log(2 * d / (a + b)), 0).sum() for d in (a, b)) * step**2 / 2
    tv = np.abs(a - b).sum() * step**2 / 2
    # The density jumps along four lines of length 16: a grid errs by its step times the jumps' integrals.
    for divergence, value in ((jensen_shannon, js), (total_variation, tv)):
        measured = divergence(p, ROUND, effort=EFFORT)
        assert measured.lower - step <= value <= measured.upper + step


def test_two_uniform_laws_are_compared_exactly() -> None:
    """For uniform latents the value is a finite sum; draws, another road, hold it."""
    for seed in range(3):
        p, q = random_law(seed, Uniform(2)), random_law(seed + 10, Uniform(2))
        for divergence in (jensen_shannon, total_variation):
            exact = divergence(p, q)
            assert exact.confidence == 1 and exact.upper - exact.lower < 1e-6
            drawn = measure(divergence.__name__, side(p), side(q), EFFORT)
            assert drawn.lower <= exact.upper and exact.lower <= drawn.upper
        assert total_variation(p, p).upper < 1e-6 and kullback_leibler(p, p).upper < 1e-6


def test_infinite() -> None:
    """A mixture has mass beyond every bounded image, and beyond the image of a fold."""
    bounded = kullback_leibler(ROUND, random_law(0, Uniform(2)), effort=EFFORT)
    assert bounded.lower == inf and bounded.confidence == 1
    folded = kullback_leibler(ROUND, law(Normal(2), *FOLD), effort=EFFORT)
    # Half of the mass is missed: that many draws, and cells that prove 10 nats (0 may be 1e-12), not inf.
    assert folded.value == inf and folded.lower > 10 and "no density in float64" in folded.obtained
    onto = kullback_leibler(
        ROUND, law(Normal(2), linear([[2.0, 0.0], [0.0, 1.0]], [0.0, 0.0])), effort=EFFORT
    )
    assert onto.lower <= log(2) + 1 / 8 - 0.5 <= onto.upper


def test_atoms_and_densities() -> None:
    """A memorised sample and a generator with a density have nothing in common."""
    p = random_law(0, Normal(2))
    assert jensen_shannon(FOUR_POINTS, p).value == log(2) and total_variation(p, FOUR_POINTS).value == 1
    assert kullback_leibler(p, FOUR_POINTS).value == inf
    with pytest.raises(ValueError, match="may meet the other law's atoms"):
        jensen_shannon(law(Normal(2), *HALF), FOUR_POINTS)


def test_a_law_without_density() -> None:
    """All of the mass on a line: nothing in common with a target that has a density."""
    flat = law(Normal(2), linear([[1.0, 1.0], [2.0, 2.0]], [0.0, 1.0]))
    js, tv, kl = (divergence(flat, ROUND, effort=EFFORT) for divergence in DIVERGENCES)
    assert js.lower > log(2) - 0.01 and tv.lower > 0.99 and kl.lower == inf
    assert js.value == pytest.approx(log(2)) and tv.value == pytest.approx(1)
    uniform = law(Uniform(2), *HALF)
    # Both have lines: no sum over cells says where these are, and draws leave room for either.
    measured = total_variation(uniform, uniform, effort=EFFORT)
    assert measured.lower == 0 and measured.upper >= 0.5


def test_lines_of_both_laws_may_coincide() -> None:
    """A law with half of its mass on a line, beside itself: the lower end leaves room for the truth, 0."""
    p = law(Normal(2), *HALF)
    for divergence in (jensen_shannon, total_variation):
        assert divergence(p, p, effort=EFFORT).lower == 0
    # The same corner, (0.1, 0.2), but for a rounding, with an edge of the cells between the two.
    first, second = linear([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0]), linear([[1.0, 0.0], [0.0, 1.0]], [0.1, 0.2])
    third, fourth = (
        linear([[3.0, 0.0], [0.0, 1.0]], [0.3, 0.2]),
        linear([[1 / 3, 0.0], [0.0, 1.0]], [0.0, 0.0]),
    )
    p = law(Normal(2), first, torch.nn.ReLU(), second)
    q = law(Normal(2), first, torch.nn.ReLU(), third, fourth)
    for divergence in (jensen_shannon, total_variation):
        assert divergence(p, q, effort=EFFORT).lower == 0
    with pytest.raises(ValueError, match="which may coincide"):
        kullback_leibler(p, p, effort=EFFORT)


# --- planted faults ---------------------------------------------------------------------------------------


def test_a_wrong_determinant_is_caught() -> None:
    """The region with the most mass gets a derivative that is 1.5 times too large, beside a target nearby."""
    for seed in (0, 2, 4):
        p = random_law(seed, Normal(2))
        x = p.sample(1000, 0)
        centre = (float(x[:, 0].mean()), float(x[:, 1].mean()))
        near = GaussianMixture("near", (centre,), float(x.std(axis=0).mean()), FiniteLaw([1]))
        linear_parts = p.mesh.linear.copy()
        linear_parts[int(np.argmax(p.log_masses))] *= 1.5
        mesh = replace(p.mesh, linear=linear_parts)
        wrong = replace(p, subdivision=replace(p.subdivision, mesh=mesh))
        assert jensen_shannon(p, near, effort=EFFORT).lower > 0
        with pytest.raises(RoadsDisagree, match="does not integrate"):
            jensen_shannon(wrong, near, effort=EFFORT)


def test_a_dropped_region_is_caught() -> None:
    """The region with the most mass is missing from the mesh: its cells do not hold all of the mass."""
    p = random_law(1, Normal(2))
    region = int(np.argmax(p.log_masses))
    keep = np.delete(np.arange(len(p.mesh)), region)
    sizes = np.diff(p.mesh.starts)
    mesh = replace(
        p.mesh,
        starts=np.append(0, np.cumsum(sizes[keep])),
        corners=p.mesh.corners[np.isin(p.mesh.region, keep)],
        linear=p.mesh.linear[keep],
        offset=p.mesh.offset[keep],
    )
    wrong = replace(p, subdivision=replace(p.subdivision, mesh=mesh))
    with pytest.raises(RoadsDisagree, match="instead of 1"):
        jensen_shannon(wrong, TWO, effort=EFFORT)


def test_refusals() -> None:
    """A law on the line beside one of the plane, and weights without points."""
    line = exact_density(linear([[1.0]], [0.0]), Normal(1))
    with pytest.raises(ValueError, match="one space"):
        jensen_shannon(line, ROUND)
    with pytest.raises(ValueError, match="one space"):
        jensen_shannon(exact_density(torch.nn.Identity(), Finite(np.zeros((1, 1)))), RING)
    with pytest.raises(TypeError, match="without points"):
        jensen_shannon(FiniteLaw([1]), RING)


def test_an_invertible_law_beside_its_mesh() -> None:
    """One leaky network by its inverse and by its mesh: no divergence from itself, one from a target."""
    modules = (
        linear([[1.0, 0.3], [-0.2, 0.8]], [0.1, 0.0]),
        torch.nn.LeakyReLU(0.5),
        linear([[0.9, -0.4], [0.3, 1.1]], [0.0, 0.2]),
    )
    by_mesh = law(Normal(2), *modules)
    by_inverse = FlowLaw(layered_bijection(torch.nn.Sequential(*modules)), Normal(2))
    effort = Effort(samples=5000, bins=4)
    # The two densities agree to rounding: of 5,000 draws the Bernstein term leaves 0.01 of the range.
    assert total_variation(by_inverse, by_mesh, effort=effort).upper < 0.02
    drawn, exact = (jensen_shannon(one, TWO, effort=effort) for one in (by_inverse, by_mesh))
    assert drawn.lower <= exact.upper and exact.lower <= drawn.upper and drawn.lower > 0.1
