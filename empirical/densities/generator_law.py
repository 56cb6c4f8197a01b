"""The exact law of a generator's output."""

import copy

import numpy as np
import torch
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer, affine_layers, apply_layers
from empirical.densities.atomic_law import AtomicLaw
from empirical.densities.flow.flow_law import FlowLaw, flow_law, invertible_law
from empirical.densities.latents import Finite, Latent, Normal, Uniform
from empirical.densities.line.line_law import LineLaw
from empirical.densities.line.piecewise_linear import piecewise_linear
from empirical.densities.network_rounding import rounding_bound
from empirical.densities.noisy.noisy_law import NoisyLaw, noisy_law
from empirical.densities.plane.latent_box import subdivide_latent
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.sheet.sheet_law import SheetLaw, sheet_law
from empirical.densities.space.space_law import SpaceLaw, space_law
from empirical.networks.flows import is_flow

GeneratorLaw = AtomicLaw | LineLaw | PlaneLaw | SpaceLaw | SheetLaw | NoisyLaw | FlowLaw

MAX_REGIONS = 200_000
TRIED = 100  # latents at which the written-out layers are compared with the module
# How far above the bound of rounding module and layers may differ: batch normalisation is written out as one
# affine map, whose constant the bound reads after the cancellation of two terms.
SLACK = 16


def exact_density(
    generator: torch.nn.Module,
    latent: Latent,
    *,
    noise: float | None = None,
    max_regions: int = MAX_REGIONS,
) -> GeneratorLaw:
    r"""The law of ``generator(Z)`` for a random latent Z, without sampling.

    | generator and latent | law | density |
    |---|---|---|
    | any layers, ``Finite`` | ``AtomicLaw`` | atoms :math:`\sum_i w_i \delta_{G(z_i)}` |
    | a flow of zuko | ``FlowLaw`` | :math:`r(f(x)) \lvert\det Df(x)\rvert` |
    | as many outputs as latents, one, two or three | ``LineLaw``, ``PlaneLaw``, ``SpaceLaw`` |
      :math:`\sum_{z : G(z) = x} \varphi(z) / \lvert\det DG(z)\rvert`, and mass on atoms, lines, planes |
    | more outputs than latents, one or two latents | ``SheetLaw`` | none for volume; for length or area |
    | one or two latents, with ``noise`` | ``NoisyLaw`` | :math:`\int \varphi(z) N(x; G(z), \sigma^2)\,dz` |
    | square layers that can be inverted, four and more | ``FlowLaw`` | one preimage |

    But for finite latents and flows, the generator is a Sequential of affine and (leaky) ReLU layers.

    Args:
        generator: maps latents (n, dim) to points (n, d); its parameters are read in float64.
        latent: ``Normal(dim)``, ``Uniform(dim)`` on [-1, 1]^dim, or ``Finite(points, weights)``.
        noise: standard deviation of Gaussian noise added to each output, for decoders.
        max_regions: the most affine pieces that are written out. In the plane a region takes 2 to 4 kB at the
            peak, more for wider networks: 0.75 GB in all for the 181,028 of one with two layers of 300 units.

    Raises:
        TypeError: a layer is not piecewise affine, or the latent is none of the three.
        ValueError: the dimensions do not fit or there is no exact law for them, the parameters are not
            finite, the output is random, there are more pieces than ``max_regions``, or the module computes
            something else than its layers, at one of a hundred latents in float64.

    >>> import torch
    >>> from empirical.densities import Uniform, exact_density
    >>> hinge = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False), torch.nn.ReLU())
    >>> _ = torch.nn.init.ones_(hinge[0].weight)
    >>> law = exact_density(hinge, Uniform(1))  # max(Z, 0): half of the mass at 0, half uniform on [0, 1]
    >>> law.mass.atoms, law.mass.absolutely_continuous
    (0.5, 0.5)
    """
    if not isinstance(latent, Normal | Uniform | Finite):
        raise TypeError(
            f"the latent must be Normal(dim), Uniform(dim) or Finite(points, weights) (got "
            f"{type(latent).__name__}): import one from empirical.densities."
        )
    if isinstance(latent, Finite):
        if noise is not None:
            raise ValueError(
                "a finite latent with noise is a mixture of Gaussians: use empirical.targets.GaussianMixture."
            )
        return _finite_law(generator, latent)
    if is_flow(generator):
        return _flow_law(generator, latent, noise)
    layers = affine_layers(generator)
    inputs = layers[0].weight.shape[1]
    if inputs != latent.dim:
        raise ValueError(
            f"the generator takes {inputs} latent coordinates, but the latent has {latent.dim}: pass "
            f"{type(latent).__name__}({inputs})."
        )
    _compare(generator, layers, latent.sample(TRIED, np.random.default_rng(0)))
    if noise is not None:
        return noisy_law(layers, latent, noise, max_regions=max_regions)
    return _noise_free_law(generator, layers, latent, max_regions)


def _compare(
    generator: torch.nn.Module, layers: tuple[AffineLayer, ...], latents: Float[np.ndarray, "n k"]
) -> None:
    """Refuses a module that computes something else than its layers, by more than the rounding of both."""
    written, bound = apply_layers(layers, latents), rounding_bound(layers, latents)
    with torch.no_grad():
        run = copy.deepcopy(generator).cpu().double()(torch.from_numpy(latents)).numpy()
    if run.shape != written.shape or not (np.abs(run - written) <= 2 * SLACK * bound).all():
        raise ValueError(
            "the generator does not compute what its layers say: remove hooks and replaced forward methods, "
            "and build a Sequential of Linear and (leaky) ReLU layers that does the same."
        )


def _noise_free_law(
    generator: torch.nn.Module, layers: tuple[AffineLayer, ...], latent: Normal | Uniform, max_regions: int
) -> GeneratorLaw:
    outputs = len(layers[-1].bias)
    match latent.dim, outputs:
        case 1, 1:
            return LineLaw(piecewise_linear(generator, latent.ends), latent)
        case 2, 2:
            return PlaneLaw(layers, subdivide_latent(layers, latent, max_regions), latent)
        case 3, 3:
            return space_law(layers, latent, max_regions)
        case 1 | 2, _ if outputs > latent.dim:
            return sheet_law(layers, latent, max_regions)
        case dim, _ if dim == outputs and all(len(set(layer.weight.shape)) == 1 for layer in layers):
            return invertible_law(generator, latent)
    raise ValueError(
        f"no exact law is known here for {latent.dim} latent coordinates and {outputs} outputs: take one or "
        f"two latent coordinates, three for three outputs, or square layers; for others, slice_layers gives "
        f"the law on a plane of latents."
    )


def _flow_law(flow: torch.nn.Module, latent: Normal | Uniform, noise: float | None) -> FlowLaw:
    if noise is not None:
        raise ValueError("a flow has a density without noise: leave noise out.")
    if not isinstance(latent, Normal):
        raise ValueError(f"a flow's base is normal (got {latent}): pass Normal({latent.dim}).")
    return flow_law(flow, latent)


def _finite_law(generator: torch.nn.Module, latent: Finite) -> AtomicLaw:
    random = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.dropout._DropoutNd)
    if any(layer.training and isinstance(layer, random) for layer in generator.modules()):
        raise ValueError(
            "the generator is in training mode, where dropout is random and batch statistics couple the "
            "outputs: call generator.eval() first."
        )
    parameter = next(generator.parameters(), torch.empty(0, dtype=torch.float64))
    points = torch.from_numpy(latent.points).to(parameter)
    with torch.no_grad():
        outputs = generator(points).reshape(len(points), -1).double().cpu().numpy()
    if not np.isfinite(outputs).all():
        raise ValueError(
            "the generator's outputs must be finite (got NaN or infinity): check its parameters, and train "
            "it again with a smaller learning rate."
        )
    return AtomicLaw.gather(outputs, latent.weights.weights)
