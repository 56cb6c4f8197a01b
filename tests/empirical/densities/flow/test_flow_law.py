"""Laws of invertible generators: closed forms, two roads to each density, and certificates that turn red."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch
from jaxtyping import Float
from scipy.special import ndtr
from scipy.stats import binomtest
from torch.autograd.functional import jacobian

from empirical.densities import exact_density
from empirical.densities.flow.bijection import Bijection, FlowBijection, layered_bijection
from empirical.densities.flow.flow_law import FlowLaw, flow_law, invertible_law
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.networks.flows import FAMILIES, FlowArchitecture, build_flow, zuko

Points = Float[torch.Tensor, "n d"]
Logs = Float[torch.Tensor, " n"]


def flow(family: str, dim: int, seed: int) -> torch.nn.Module:
    """A random flow, moved further from the identity than its first parameters are."""
    built = build_flow(FlowArchitecture(family, dim, hidden=(8,), bins=4), seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in built.parameters():
            parameter += 0.15 * torch.randn(parameter.shape, dtype=parameter.dtype, generator=generator)
    return built


def network(dim: int, seed: int, slope: float = 0.2) -> torch.nn.Sequential:
    """A random network of three square layers."""
    generator = torch.Generator().manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for _ in range(3):
        linear = torch.nn.Linear(dim, dim).double()
        with torch.no_grad():
            linear.weight.copy_(torch.randn(dim, dim, generator=generator) + torch.eye(dim))
            linear.bias.copy_(torch.randn(dim, generator=generator))
        layers += [linear, torch.nn.LeakyReLU(slope)]
    return torch.nn.Sequential(*layers[:-1])


@dataclass(frozen=True, eq=False)
class Faulty:
    """A bijection with one planted fault."""

    right: Bijection
    fault: str

    @property
    def dim(self) -> int:
        """Of the right one."""
        return self.right.dim

    def generate(self, z: Points) -> Points:
        """The right one but for some faults."""
        x = self.right.generate(z)
        match self.fault:
            case "inaccurate inverse":
                return x + 1e-6 * torch.sin(1e3 * x)
            case "bounded bisection":
                return x.clamp(-0.5, 0.5)
            case "collapse":
                return x[:, :1] * torch.ones(2, dtype=x.dtype)
            case "not a number":
                return torch.where(x > 1, torch.nan, x)
            case _:
                return x

    def invert(self, x: Points) -> tuple[Points, Logs]:
        """The right one but for the others."""
        z, stretch = self.right.invert(x)
        match self.fault:
            case "flipped sign":
                return z, -stretch
            case "no determinant":
                return z, torch.zeros_like(stretch)
            case "one transform forgotten":
                return z, stretch + 0.01
            case "clamped inverse":
                return z.clamp(-1.5, 1.5), stretch
            case _:
                return z, stretch


# A coupling needs another coordinate.
@pytest.mark.parametrize(
    ("family", "dim"), [pair for pair in product(FAMILIES, (1, 2, 3)) if pair != ("coupling", 1)]
)
def test_certificates_of_random_flows_hold(family: str, dim: int) -> None:
    """Inverse, determinants by two Jacobians and, up to the plane, masses without determinants."""
    certificate = flow_law(flow(family, dim, seed=dim)).certificate

    assert certificate.holds, certificate.failed
    names = ["inverse", "determinant", "mass"]
    assert [check.name for check in certificate.checks] == names[: 3 if dim < 3 else 2]


@pytest.mark.parametrize(
    ("fault", "red"),
    [
        ("none", set()),
        ("flipped sign", {"determinant", "mass"}),
        ("no determinant", {"determinant", "mass"}),
        ("one transform forgotten", {"determinant", "mass"}),
        ("inaccurate inverse", {"inverse"}),
        ("clamped inverse", {"inverse"}),
        ("bounded bisection", {"inverse", "determinant"}),
        ("collapse", {"inverse", "determinant", "mass"}),
        ("not a number", {"inverse"}),
    ],
)
def test_a_planted_fault_turns_its_checks_red(fault: str, red: set[str]) -> None:
    """Classic bugs of flow libraries: the sign of the log determinant, log_det = 0, a failing inversion."""
    right = flow_law(flow("coupling", 2, seed=3)).bijection
    failed = {check.name for check in FlowLaw(Faulty(right, fault), Normal(2)).certificate.failed}

    assert failed >= red
    assert bool(failed) == bool(red)


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_density_by_its_formula(family: str, dim: int) -> None:
    """The formula r(f(x)) |det Df(x)| with torch's Jacobian, one point at a time."""
    law = flow_law(flow(family, dim, seed=7))
    assert isinstance(law.bijection, FlowBijection)
    transform = law.bijection.flow().transform
    x = law.sample(20, seed=1)
    found = law.log_prob(x)
    for point, value in zip(torch.from_numpy(x), found, strict=True):
        derivative = jacobian(lambda at: transform(at[None])[0], point)
        z = transform(point[None])
        normal = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum()
        # A few hundred roundings of numbers around 1.
        assert abs(float(normal + torch.linalg.slogdet(derivative)[1]) - value) < 1e-10


@pytest.mark.parametrize("family", ["autoregressive", "spline"])
def test_on_the_line_the_density_is_the_derivative_of_the_distribution_function(family: str) -> None:
    """Central differences of the distribution function, and cells that add up."""
    law = flow_law(flow(family, 1, seed=2))
    x = law.sample(50, seed=3)
    step = 1e-5  # an error of step^2 from the third derivative, of 1e-16 / step from rounding
    slope = (law.cumulative(x[:, 0] + step) - law.cumulative(x[:, 0] - step)) / (2 * step)
    np.testing.assert_allclose(np.abs(slope), np.exp(law.log_prob(x)), rtol=1e-4)

    edges = np.linspace(-8, 8, 30)
    np.testing.assert_allclose(
        law.cell_probability(edges).sum(), law.cell_probability(edges[[0, -1]])[0], rtol=1e-12
    )


def test_samples_fall_into_cells_as_often_as_the_cells_say() -> None:
    """Exact binomial tests on 25 cells; all hold together but once in 10^6."""
    law = flow_law(flow("coupling", 2, seed=5))
    x = law.sample(20_000, seed=4)
    edges = [np.quantile(column, [0.01, 0.2, 0.4, 0.6, 0.8, 0.99]) for column in x.T]
    masses = law.cell_probability(*edges)
    counts = np.histogram2d(*x.T, bins=edges)[0].astype(int)
    for count, mass in zip(counts.ravel(), masses.ravel(), strict=True):
        assert binomtest(int(count), len(x), float(mass)).pvalue > 1e-6 / 25


def test_the_identity_is_the_normal_law() -> None:
    """A flow without transforms but with a base of its own: independent normals, to 1e-12."""
    package = zuko()
    loc, scale = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0])
    base = package.lazy.UnconditionalDistribution(package.distributions.DiagNormal, loc, scale, buffer=True)
    identity = package.lazy.UnconditionalTransform(package.transforms.IdentityTransform)
    law = flow_law(package.lazy.Flow([identity, identity], base))
    x = law.sample(100, seed=0)
    standard = (x - loc.numpy()) / scale.numpy()
    expected = -(standard**2).sum(axis=1) / 2 - np.log(2 * np.pi * 1.5)
    np.testing.assert_allclose(law.log_prob(x), expected, atol=1e-12)
    edges = np.array([0.0, 1.0, 2.5])
    expected = np.outer(np.diff(ndtr((edges - 1) / 0.5)), np.diff(ndtr((edges + 2) / 3)))
    np.testing.assert_allclose(law.cell_probability(edges, edges), expected, atol=1e-9)


@pytest.mark.parametrize("latent", [Normal(3), Uniform(3), Normal(5)])
def test_square_networks_have_one_preimage(latent: Normal | Uniform) -> None:
    """Certified for both latents; the density of a generated point is that of its latent over the stretch."""
    generator = network(latent.dim, seed=11)
    law = invertible_law(generator, latent)
    assert law.certificate.holds, law.certificate.failed
    z = torch.from_numpy(latent.sample(30, np.random.default_rng(0)))
    stretch = [torch.linalg.slogdet(jacobian(generator, point))[1] for point in z]
    expected = latent.log_density(z.numpy()).sum(axis=1) - torch.stack(stretch).detach().numpy()
    with torch.no_grad():
        np.testing.assert_allclose(law.log_prob(generator(z).numpy()), expected, rtol=1e-9)


def test_a_sheared_cube_is_uniform() -> None:
    """One linear layer of determinant 2 under a uniform latent: density 1/16 inside and none outside."""
    shear = torch.nn.Linear(3, 3, bias=False).double()
    with torch.no_grad():
        shear.weight.copy_(torch.tensor([[1.0, 5, 0], [0, 2, 0], [0, 0, 1]]))
    law = invertible_law(torch.nn.Sequential(shear), Uniform(3))
    found = law.log_prob(np.array([[0.0, 0, 0], [5.9, 1.99, 0.9], [0, 1.99, 0], [np.inf, 0, 0]]))
    np.testing.assert_allclose(found[:2], -np.log(16), rtol=1e-14)
    assert (found[2:] == -np.inf).all()


@pytest.mark.parametrize("latent", [Normal(2), Uniform(2)])
@pytest.mark.parametrize("seed", range(5))
def test_two_engines_agree_in_the_plane(latent: Normal | Uniform, seed: int) -> None:
    """Layers undone one by one, against the mesh of pieces; boundaries, against polygons cut by cells."""
    generator = network(2, seed)
    law, by_pieces = FlowLaw(layered_bijection(generator), latent), exact_density(generator, latent)
    assert isinstance(by_pieces, PlaneLaw)
    x = law.sample(500, seed=1)
    # The least determinant of these networks is about 1e-3: a few digits of float64 are lost.
    np.testing.assert_allclose(law.log_prob(x), by_pieces.log_prob(x), atol=1e-9)
    edges = [np.quantile(column, [0.02, 0.3, 0.6, 0.98]) for column in x.T]
    np.testing.assert_allclose(law.cell_probability(*edges), by_pieces.cell_probability(*edges), atol=1e-8)


def test_a_float32_flow_is_read_in_float64_and_left_alone() -> None:
    """The law of a copy; the flow keeps its precision and its gradients."""
    single = flow("coupling", 2, seed=1).float()
    law = flow_law(single, Normal(2))
    assert law.certificate.holds
    assert all(p.dtype == torch.float32 and p.requires_grad for p in single.parameters())


def test_what_has_no_exact_density_is_refused() -> None:
    """One sentence each: no flow, a mixture, another base, a context, parameters that are not numbers."""
    flows = zuko().flows
    broken = flow("coupling", 2, seed=0)
    with torch.no_grad():
        next(iter(broken.parameters()))[0] = torch.nan
    refused = {
        "a flow of zuko is needed": torch.nn.Linear(2, 2),
        "one invertible map": zuko().mixtures.GMM(2),
        "independent normals": flows.NCSF(2),
        "context=0": flows.NSF(2, context=3),
        "parameters must be finite": broken,
    }
    for message, wrong in refused.items():
        with pytest.raises((TypeError, ValueError), match=message):
            flow_law(wrong)
    with pytest.raises(ValueError, match="as many coordinates as the map"):
        flow_law(flow("coupling", 2, seed=0), Normal(3))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([torch.nn.Linear(3, 4), torch.nn.LeakyReLU(), torch.nn.Linear(4, 3)], "square layers"),
        ([torch.nn.Linear(3, 3), torch.nn.ReLU(), torch.nn.Linear(3, 3)], "not invertible"),
    ],
)
def test_networks_that_are_not_invertible_are_refused(layers: list[torch.nn.Module], message: str) -> None:
    """The sentence names the layer."""
    with pytest.raises(ValueError, match=message):
        invertible_law(torch.nn.Sequential(*layers), Normal(3))


def test_impossible_questions_are_refused() -> None:
    """NaN, another dimension, cells that do not increase or of too many coordinates."""
    law = flow_law(flow("coupling", 2, seed=0))
    edges = np.array([0.0, 1.0])
    assert law.log_prob(np.empty((0, 2))).shape == (0,)
    with pytest.raises(ValueError, match="NaN"):
        law.log_prob(np.array([[0.0, np.nan]]))
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        law.log_prob(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="as many lists of edges"):
        law.cell_probability(edges)
    with pytest.raises(ValueError, match="increase"):
        law.cell_probability(edges, edges[::-1].copy())
    with pytest.raises(ValueError, match="on the line and in the plane"):
        flow_law(flow("coupling", 3, seed=0)).cell_probability(edges)
    with pytest.raises(ValueError, match="use exact_density"):
        invertible_law(network(2, seed=0), Normal(2))


@pytest.mark.parametrize("dim", [1, 2])
def test_the_cells_of_the_whole_space_hold_all_of_the_mass(dim: int) -> None:
    """Edges at infinity: the cells sum to 1, and inner cells are what they are without the outer ones."""
    law = flow_law(flow("autoregressive", dim, seed=6))
    inner = [np.quantile(column, [0.1, 0.5, 0.9]) for column in law.sample(500, seed=1).T]
    whole = law.cell_probability(*(np.concatenate([[-np.inf], e, [np.inf]]) for e in inner))

    assert abs(whole.sum() - 1) < 1e-9
    np.testing.assert_allclose(whole[(slice(1, -1),) * dim], law.cell_probability(*inner), atol=1e-9)
