"""The exact law of a generator's output."""

import numpy as np
import torch

from empirical.densities.atomic_law import AtomicLaw
from empirical.densities.latents import Finite, Latent
from empirical.densities.line_law import LineLaw
from empirical.densities.piecewise_linear import piecewise_linear


def exact_density(generator: torch.nn.Module, latent: Latent) -> LineLaw | AtomicLaw:
    r"""The law of ``generator(Z)`` for a random latent Z, without sampling.

    For a Finite latent it is :math:`\sum_i w_i \delta_{G(z_i)}`, whatever the layers. For one normal or
    uniform latent and a Sequential of Linear, ReLU and LeakyReLU layers with one output, its density at x is
    :math:`\sum_{z : G(z) = x} \varphi(z) / |G'(z)|`, and each plateau of G is an atom.

    Args:
        generator: maps latents (n, dim) to points (n, d); its parameters are read in float64.
        latent: ``Normal(1)``, ``Uniform(1)`` on [-1, 1], or ``Finite(points, weights)``.

    Raises:
        TypeError: a layer is not piecewise linear; the latent is none of the three.
        ValueError: the dimensions do not fit, the parameters are not finite, or the output is random.

    >>> import torch
    >>> from empirical.densities import Uniform, exact_density
    >>> hinge = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False), torch.nn.ReLU())
    >>> _ = torch.nn.init.ones_(hinge[0].weight)
    >>> law = exact_density(hinge, Uniform(1))  # max(Z, 0): half of the mass at 0, half uniform on [0, 1]
    >>> law.mass.atoms, law.mass.absolutely_continuous
    (0.5, 0.5)
    """
    if isinstance(latent, Finite):
        return _finite_law(generator, latent)
    if latent.dim != 1:
        raise ValueError(
            f"the exact density of a noise generator needs one latent dimension (got {latent.dim}): use "
            f"{type(latent).__name__}(1), or a Finite latent of any dimension."
        )
    return LineLaw(piecewise_linear(generator, latent.ends), latent)


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
