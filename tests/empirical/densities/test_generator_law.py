"""Which law a generator has, and what is refused."""

from inspect import unwrap
from itertools import pairwise
from math import inf
from typing import Any

import pytest
import torch
from torch.nn import BatchNorm1d, LeakyReLU, Linear, ReLU, Sequential, Sigmoid

from empirical.densities import Finite, Normal, Uniform, exact_density
from empirical.networks.flows import FlowArchitecture, build_flow


def network(*widths: int) -> Sequential:
    layers: list[torch.nn.Module] = []
    for number, (inputs, outputs) in enumerate(pairwise(widths)):
        layers += [Linear(inputs, outputs).double(), LeakyReLU(0.2 + 0.1 * number)]
    return Sequential(*layers[:-1])


@pytest.mark.parametrize(
    ("widths", "latent", "name"),
    [
        ((1, 4, 1), Normal(1), "LineLaw"),
        ((2, 4, 2), Uniform(2), "PlaneLaw"),
        ((3, 4, 3), Uniform(3), "SpaceLaw"),
        ((1, 4, 3), Normal(1), "SheetLaw"),
        ((2, 4, 5), Uniform(2), "SheetLaw"),
        ((5, 5, 5), Normal(5), "FlowLaw"),
    ],
)
def test_the_dimensions_choose_the_law(widths: tuple[int, ...], latent: Normal | Uniform, name: str) -> None:
    """Latent and data dimension decide of what kind the law is."""
    assert type(exact_density(network(*widths), latent)).__name__ == name


def test_flows_and_noisy_decoders_have_laws_of_their_own() -> None:
    """A flow is recognised, and noise smooths any decoder of one or two latents."""
    flow = build_flow(FlowArchitecture("coupling", dim=2), seed=0)

    assert type(exact_density(flow, Normal(2))).__name__ == "FlowLaw"
    assert type(exact_density(network(2, 4, 7), Normal(2), noise=0.5)).__name__ == "NoisyLaw"


def not_finite() -> Linear:
    layer = Linear(1, 1)
    torch.nn.init.constant_(layer.weight, inf)
    return layer


@pytest.mark.parametrize(
    ("generator", "latent", "options", "sentence"),
    [
        (network(2, 4, 1), Normal(1), {}, r"takes 2 latent coordinates.*latent has 1: pass Normal\(2\)"),
        (
            network(15, 4, 2),
            Normal(15),
            {},
            r"no exact law.*15 latent coordinates and 2 outputs.*slice_layers",
        ),
        (network(4, 5, 4), Normal(4), {}, "no exact law is known"),
        (ReLU(), Normal(1), {}, "before the first affine layer"),
        (not_finite(), Normal(1), {}, "parameters must be finite"),
        (network(2, 4, 2), Normal(2), {"noise": 0.0}, "positive and finite"),
        (
            network(2, 64, 64, 2),
            Normal(2),
            {"max_regions": 100},
            r"about .* regions, more than the 100.*max_reg",
        ),
    ],
)
def test_what_has_no_law_is_refused(
    generator: torch.nn.Module, latent: Normal | Uniform, options: dict[str, Any], sentence: str
) -> None:
    """One sentence says what does not fit and what to pass."""
    with pytest.raises(ValueError, match=sentence):
        exact_density(generator, latent, **options)


@pytest.mark.parametrize("widths", [(1, 4, 1), (2, 4, 2), (2, 4, 5), (5, 5, 5)])
def test_a_module_that_is_not_its_layers_is_refused(widths: tuple[int, ...]) -> None:
    """The module itself is run: a forward method replaced, by a millionth, has another law."""
    generator = network(*widths)
    exact_density(generator, Normal(widths[0]))
    last = generator[-1]
    right = last.forward
    vars(last)["forward"] = lambda values: right(values) * (1 + 1e-6)
    with pytest.raises(ValueError, match="does not compute what its layers say"):
        exact_density(generator, Normal(widths[0]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_module_with_large_statistics_is_its_layers(dtype: torch.dtype) -> None:
    """Batch normalisation written out as one map is the module, within rounding, far from the origin too."""
    first, normalisation = Linear(2, 8), BatchNorm1d(8)
    generator = Sequential(first, normalisation, LeakyReLU(0.2), Linear(8, 2)).to(dtype).eval()
    assert normalisation.running_mean is not None
    with torch.no_grad():
        first.bias.add_(1e4)
        normalisation.running_mean.add_(1e4)
    assert exact_density(generator, Normal(2)).mass.absolutely_continuous == pytest.approx(1, abs=1e-12)


def test_other_layers_and_latents_are_refused() -> None:
    """A sigmoid is named with its remedy; a number is no latent."""
    with pytest.raises(TypeError, match=r"got Sigmoid.*LeakyReLU.*Finite"):
        exact_density(Sequential(Linear(2, 2), Sigmoid()), Normal(2))
    with pytest.raises(TypeError, match=r"Normal\(dim\), Uniform\(dim\) or Finite"):
        unwrap(exact_density)(network(1, 1), 1)  # without the tests' own check of types


def test_finite_latents_and_flows_refuse_what_they_cannot_use() -> None:
    """Noise on atoms is a mixture; a flow has a normal base and needs no noise."""
    points = torch.zeros(1, 2, dtype=torch.float64).numpy()
    flow = build_flow(FlowArchitecture("coupling", dim=2), seed=0)
    with pytest.raises(ValueError, match="mixture of Gaussians"):
        exact_density(network(2, 2), Finite(points), noise=1.0)
    with pytest.raises(ValueError, match="leave noise out"):
        exact_density(flow, Normal(2), noise=1.0)
    with pytest.raises(ValueError, match=r"base is normal.*Normal\(2\)"):
        exact_density(flow, Uniform(2))
