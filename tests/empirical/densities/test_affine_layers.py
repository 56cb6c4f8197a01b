"""What counts as a layer whose law can be written out."""

import warnings

import numpy as np
import pytest
import torch
from torch.nn import BatchNorm1d, Dropout, Flatten, Identity, LeakyReLU, Linear, PReLU, ReLU, Sequential, Tanh

from empirical.densities.affine_layers import affine_layers


def value(generator: torch.nn.Module, z: np.ndarray) -> np.ndarray:
    """The network by its written-out layers."""
    for layer in affine_layers(generator):
        z = z @ layer.weight.T + layer.bias
        z = np.where(z > 0, z, layer.negative_slope * z)
    return z


def normalisation() -> BatchNorm1d:
    """Running statistics and an affine part that differ from their defaults."""
    layer = BatchNorm1d(4, dtype=torch.float64)
    with torch.no_grad():
        for tensor in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
            assert tensor is not None
            tensor.copy_(torch.linspace(0.5, 2, 4))
    return layer.eval()


@pytest.mark.parametrize(
    "generator",
    [
        Sequential(Linear(3, 4), LeakyReLU(0.2), Linear(4, 2, bias=False)),
        Sequential(Linear(3, 4), Linear(4, 4), ReLU(), ReLU()),
        Sequential(Linear(3, 4), LeakyReLU(-0.5), LeakyReLU(0.3), Sequential(Identity(), Linear(4, 1))),
        Sequential(Linear(3, 4), PReLU(4), Dropout().eval(), Linear(4, 2), PReLU()),
        Sequential(Flatten(), Linear(3, 4), normalisation(), ReLU(), Linear(4, 2)),
    ],
)
def test_the_layers_are_the_network(generator: Sequential) -> None:
    """The written-out layers give what the module gives."""
    generator = generator.double()
    z = np.random.default_rng(0).standard_normal((50, 3))

    # A few dozen roundings of numbers below 10.
    np.testing.assert_allclose(
        value(generator, z), generator(torch.from_numpy(z)).detach().numpy(), atol=1e-13
    )


@pytest.mark.parametrize(
    ("generator", "error", "sentence"),
    [
        (Sequential(Linear(2, 3), Tanh()), TypeError, "got Tanh"),
        (Sequential(Linear(2, 3), BatchNorm1d(3)), ValueError, r"BatchNorm1d in training mode.*\.eval\(\)"),
        (Sequential(Linear(2, 3), Dropout()), ValueError, "Dropout in training mode"),
        (Sequential(Linear(2, 3), BatchNorm1d(3, track_running_stats=False).eval()), ValueError, "couples"),
        (Sequential(Linear(2, 3), ReLU(), Linear(4, 2)), ValueError, "takes 4 inputs.*3 outputs"),
        (Sequential(ReLU(), Linear(2, 2)), ValueError, "before the first affine layer"),
        (Sequential(Identity()), ValueError, "no affine layer"),
        (Sequential(Linear(2, 3), PReLU(2)), ValueError, "2 slopes"),
    ],
)
def test_other_layers_are_refused(generator: Sequential, error: type[Exception], sentence: str) -> None:
    """A layer that cannot be written out is named, with what to do."""
    with pytest.raises(error, match=sentence):
        affine_layers(generator)


def doubled(layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
    return 2 * output


def test_layers_that_compute_more_than_their_weights_say_are_refused() -> None:
    """Hooks, of weight and spectral normalisation too, and parametrizations change what a layer computes."""
    hooked, container = Linear(2, 2), Sequential(Linear(2, 2))
    hooked.register_forward_hook(doubled)
    container.register_forward_hook(doubled)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, but found in many stored generators
        normalised = torch.nn.utils.weight_norm(Linear(2, 2))
    for generator in (hooked, container, normalised, torch.nn.utils.spectral_norm(Linear(2, 2)).eval()):
        with pytest.raises(TypeError, match=r"with forward hooks\): remove them first"):
            affine_layers(Sequential(Linear(2, 2), generator))
    parametrized = torch.nn.utils.parametrizations.weight_norm(Linear(2, 2))
    with pytest.raises(TypeError, match=r"computes them anew.*remove_parametrizations"):
        affine_layers(parametrized)

    torch.nn.utils.remove_weight_norm(normalised)
    torch.nn.utils.parametrize.remove_parametrizations(parametrized, "weight")
    assert len(affine_layers(Sequential(normalised, parametrized))) == 2


def test_weights_that_are_not_finite_are_refused() -> None:
    """NaN and infinity have no law."""
    layer = Linear(2, 2)
    with torch.no_grad():
        layer.weight[0, 0] = float("nan")

    with pytest.raises(ValueError, match="must be finite"):
        affine_layers(Sequential(layer))
