"""A network of affine layers and (leaky) ReLUs in float64, and refusal of every other layer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch.nn.utils import parametrize

ROWS = 1 << 14  # points that go through a network at once


@dataclass(frozen=True, eq=False)
class AffineLayer:
    r"""The map :math:`x \mapsto \rho(Wx + b)` with :math:`\rho(h) = h` above 0 and :math:`a h` below.

    Args:
        weight: W, (out, in).
        bias: b.
        negative_slope: a, one per output; 1 where no activation follows.
    """

    weight: Float[np.ndarray, "out in"]
    bias: Float[np.ndarray, " out"]
    negative_slope: Float[np.ndarray, " out"]


def affine_layers(generator: torch.nn.Module) -> tuple[AffineLayer, ...]:
    """The layers of a Sequential of Linear, ReLU, LeakyReLU, PReLU and BatchNorm1d in evaluation mode.

    Identity, Flatten and Dropout in evaluation mode change nothing and are left out. A convolution is affine
    too, but is not written out here.

    Raises:
        TypeError: a layer is not affine or (leaky) ReLU, or has forward hooks or a parametrization, so that
            its weights alone do not say what it computes; the sentence names it.
        ValueError: the shapes of two layers do not fit, a parameter is not finite, a layer is in training
            mode where its output is random, or there is no affine layer.
    """
    layers: list[AffineLayer] = []
    for number, layer in enumerate(_in_order(generator)):
        match layer:
            case torch.nn.Linear():
                weight = _float64(layer.weight)
                bias = np.zeros(len(weight)) if layer.bias is None else _float64(layer.bias)
            case torch.nn.BatchNorm1d():
                weight, bias = _normalisation(layer)
            case torch.nn.ReLU() | torch.nn.LeakyReLU() | torch.nn.PReLU():
                _activate(layers, layer, number)
                continue
            case _:
                continue
        if layers and len(layers[-1].bias) != weight.shape[1]:
            raise ValueError(
                f"layer {number} takes {weight.shape[1]} inputs, but the layer before it has "
                f"{len(layers[-1].bias)} outputs: make the two widths equal."
            )
        if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
            raise ValueError(
                f"the generator's parameters must be finite (got NaN or infinity in layer {number}): train "
                f"it again with a smaller learning rate."
            )
        layers.append(AffineLayer(weight, bias, np.ones(len(bias))))
    if not layers:
        raise ValueError("the generator has no affine layer: begin with torch.nn.Linear(latent_dim, ...).")
    return tuple(layers)


def apply_layers(layers: Sequence[AffineLayer], inputs: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
    """What the network makes of each row, in parts of bounded size."""
    parts = [np.empty((0, len(layers[-1].bias)))]
    for begin in range(0, len(inputs), ROWS):
        values = inputs[begin : begin + ROWS]
        for layer in layers:
            values = values @ layer.weight.T + layer.bias
            values = np.where(values > 0, values, layer.negative_slope * values)
        parts.append(values)
    return np.concatenate(parts)


def _in_order(generator: torch.nn.Module) -> list[torch.nn.Module]:
    # Exact types only: a subclass may compute something else. Iterating over a Sequential, unlike .modules(),
    # lists an activation as often as it is used.
    known = (
        torch.nn.Linear,
        torch.nn.ReLU,
        torch.nn.LeakyReLU,
        torch.nn.PReLU,
        torch.nn.BatchNorm1d,
        torch.nn.Dropout,
        torch.nn.Identity,
        torch.nn.Flatten,
    )
    layers, waiting = [], [generator]
    while waiting:
        layer = waiting.pop()
        if parametrize.is_parametrized(layer):
            raise TypeError(
                f"the exact density reads the weights of a layer (got {type(layer).__name__}, which computes "
                f"them anew): call torch.nn.utils.parametrize.remove_parametrizations first."
            )
        if layer._forward_hooks or layer._forward_pre_hooks:
            raise TypeError(
                f"the exact density needs layers that compute what their weights say (got "
                f"{type(layer).__name__} with forward hooks): remove them first, for example with "
                f"torch.nn.utils.remove_weight_norm, remove_spectral_norm or the hook's own remove()."
            )
        if type(layer) is torch.nn.Sequential:
            waiting.extend(reversed(list(layer)))
        elif type(layer) not in known:
            raise TypeError(
                f"the exact density needs affine and (leaky) ReLU layers in a Sequential (got "
                f"{type(layer).__name__}): use LeakyReLU, or pass a Finite latent, which takes any layers."
            )
        elif layer.training and isinstance(layer, torch.nn.BatchNorm1d | torch.nn.Dropout):
            raise ValueError(
                f"{type(layer).__name__} in training mode makes the output random: call generator.eval() "
                f"first."
            )
        else:
            layers.append(layer)
    return layers


def _activate(
    layers: list[AffineLayer], layer: torch.nn.ReLU | torch.nn.LeakyReLU | torch.nn.PReLU, number: int
) -> None:
    """Lets the last affine layer end in this activation."""
    match layer:
        case torch.nn.ReLU():
            slope = np.zeros(1)
        case torch.nn.LeakyReLU():
            slope = np.array([float(layer.negative_slope)])
        case torch.nn.PReLU():
            slope = _float64(layer.weight)
    width = len(layers[-1].bias) if layers else None
    if not np.isfinite(slope).all() or (width is not None and len(slope) not in (1, width)):
        raise ValueError(
            f"layer {number} needs one finite slope or one for each of its inputs (got {len(slope)} slopes): "
            f"use torch.nn.LeakyReLU."
        )
    if width is None or (layers[-1].negative_slope != 1).any():
        # An activation of the latent itself, or of an activation: the identity lies between.
        if width is None:
            raise ValueError(
                "an activation stands before the first affine layer: begin with torch.nn.Linear(latent_dim, "
                "...)."
            )
        layers.append(AffineLayer(np.eye(width), np.zeros(width), np.broadcast_to(slope, width).copy()))
        return
    last = layers.pop()
    layers.append(AffineLayer(last.weight, last.bias, np.broadcast_to(slope, width).copy()))


def _normalisation(layer: torch.nn.BatchNorm1d) -> tuple[Float[np.ndarray, "n n"], Float[np.ndarray, " n"]]:
    if layer.running_mean is None or layer.running_var is None:
        raise ValueError(
            "BatchNorm1d without running statistics couples the samples of a batch: set "
            "track_running_stats=True."
        )
    scale = 1 / np.sqrt(_float64(layer.running_var) + layer.eps)
    shift = -_float64(layer.running_mean) * scale
    if layer.affine:
        scale, shift = scale * _float64(layer.weight), shift * _float64(layer.weight) + _float64(layer.bias)
    return np.diag(scale), shift


def _float64(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().cpu().numpy()
