"""Invertible maps between latents and data, with the stretch of the way back."""

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.networks.flows import zuko

Points = Float[torch.Tensor, "n d"]
Logs = Float[torch.Tensor, " n"]


@runtime_checkable
class Bijection(Protocol):
    """A map g of the whole space onto itself, and its inverse f with log |det Df|; all in float64."""

    @property
    def dim(self) -> int:
        """Number of coordinates of a latent, and of a point."""
        ...

    def generate(self, z: Points) -> Points:
        """The point g(z) of each latent."""
        ...

    def invert(self, x: Points) -> tuple[Points, Logs]:
        """The latent f(x) of each point, and log |det Df(x)|, nats."""
        ...


@dataclass(frozen=True, eq=False)
class FlowBijection:
    """An unconditional flow of zuko whose base are independent normals; they are standardised here."""

    flow: torch.nn.Module

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.flow().base.base_dist.loc)

    def generate(self, z: Points) -> Points:
        """The inverse of the flow's transform, at the base's point."""
        law = self.flow()
        base = law.base.base_dist
        return law.transform.inv(base.loc + base.scale * z)

    def invert(self, x: Points) -> tuple[Points, Logs]:
        """The flow's transform with its own log determinant."""
        law = self.flow()
        base = law.base.base_dist
        z, stretch = law.transform.call_and_ladj(x)
        # A transform of each coordinate by itself gives one logarithm for each.
        stretch = stretch.reshape(len(x), -1).sum(dim=1)
        return (z - base.loc) / base.scale, stretch - base.scale.log().sum()


@dataclass(frozen=True, eq=False)
class LayeredBijection:
    r"""A network of square affine layers and leaky ReLUs of positive slope, inverted layer by layer.

    A layer with k negative units stretches by :math:`|\det W| \prod a` over the slopes a of these units.
    """

    layers: tuple[AffineLayer, ...]

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.layers[0].bias)

    def generate(self, z: Points) -> Points:
        """The network."""
        for weight, bias, slope in self._tensors:
            before = z @ weight.T + bias
            z = torch.where(before > 0, before, slope * before)
        return z

    def invert(self, x: Points) -> tuple[Points, Logs]:
        """Each activation undone by its slope, each affine map by elimination."""
        stretch = x.new_zeros(len(x))
        for weight, bias, slope in reversed(self._tensors):
            before = torch.where(x > 0, x, x / slope)
            stretch = stretch - torch.where(x > 0, 0.0, slope.log()).sum(dim=1)
            stretch = stretch - torch.linalg.slogdet(weight)[1]
            x = torch.linalg.solve(weight, (before - bias).T).T
        return x, stretch

    @cached_property
    def _tensors(self) -> list[tuple[torch.Tensor, ...]]:
        return [
            (
                torch.from_numpy(layer.weight),
                torch.from_numpy(layer.bias),
                torch.from_numpy(layer.negative_slope),
            )
            for layer in self.layers
        ]


def flow_bijection(flow: torch.nn.Module) -> FlowBijection:
    """A copy of the flow in float64, once it is clear that it is an invertible map of normals.

    Raises:
        TypeError: it is no flow of zuko, a mixture of laws, or its base are not independent normals.
        ValueError: it needs a context, or its parameters are not finite.
    """
    package = zuko()
    if not isinstance(flow, package.lazy.LazyDistribution):
        raise TypeError(f"a flow of zuko is needed (got {type(flow).__name__}): pass zuko.flows.NSF(2), say.")
    for name, tensor in [*flow.named_parameters(), *flow.named_buffers()]:
        if not torch.isfinite(tensor).all():
            raise ValueError(
                f"the flow's parameters must be finite (got NaN or infinity in {name}): train it "
                f"again with a smaller learning rate."
            )
    flow = copy.deepcopy(flow).double().eval().requires_grad_(False)
    try:
        law = flow()
        if not isinstance(law, package.distributions.NormalizingFlow):
            raise TypeError(
                f"the density of a flow needs one invertible map (got {type(law).__name__}): pass a flow "
                f"that is not a mixture."
            )
        law.log_prob(torch.zeros(1, *law.event_shape, dtype=torch.float64))
    except (RuntimeError, AttributeError) as error:
        raise ValueError(
            f"the flow gives no density by itself, as one that needs a context ({error}): build it with "
            f"context=0."
        ) from error
    base = getattr(law.base, "base_dist", law.base)
    if type(base) is not torch.distributions.Normal or base.loc.ndim != 1:
        raise TypeError(
            f"the flow's base must be independent normals (got {type(base).__name__}): build the flow on "
            f"zuko.distributions.DiagNormal, as NICE, MAF and NSF are."
        )
    return FlowBijection(flow)


def layered_bijection(generator: torch.nn.Module) -> LayeredBijection:
    """The layers of a network that is invertible because each of them is.

    Raises:
        TypeError: a layer is not affine or (leaky) ReLU.
        ValueError: a layer is not square, has a determinant of 0 or a slope that is not positive.
    """
    layers = affine_layers(generator)
    for number, layer in enumerate(layers):
        outputs, inputs = layer.weight.shape
        if inputs != outputs:
            raise ValueError(
                f"an invertible network has square layers (got {inputs} to {outputs} in affine layer "
                f"{number}): make all widths equal."
            )
        if np.linalg.slogdet(layer.weight)[0] == 0 or (layer.negative_slope <= 0).any():
            raise ValueError(
                f"affine layer {number} is not invertible (its determinant is 0, or a slope below 0 is not "
                f"positive): use LeakyReLU and weights of full rank."
            )
    return LayeredBijection(layers)
