"""Stretches of the plane: closed forms, exact pieces that add up to what is observed, and refusals."""

from fractions import Fraction
from math import log

import pytest
import torch

from empirical.networks import MLP, initial, single
from empirical.observables.stretch import region_stretches


def square(layers: int, seed: int, slope: float = 0.2) -> torch.nn.Sequential:
    """A random network of square layers."""
    architecture = MLP((2,) * (layers + 1), negative_slope=slope)
    return single(architecture, initial(architecture, (seed,)), 0)


@pytest.mark.parametrize("slope", [0.2, 0.01])
@pytest.mark.parametrize("seed", range(4))
def test_the_exact_pieces_add_up_to_the_observed_stretch(seed: int, slope: float) -> None:
    """On every region the sum of log |det W| + k log a lies in the narrow interval of both roads."""
    regions = region_stretches(square(3, seed, slope), seed)
    assert len(regions) > 1
    for region in regions:
        exact = sum(
            log(abs(layer.determinant)) + layer.negatives * log(layer.slope) for layer in region.layers
        )
        assert region.measured.lower <= exact <= region.measured.upper
        assert region.measured.upper - region.measured.lower < 1e-6
        assert [layer.negatives for layer in region.layers] == region.measured.parameters["negatives"]


def test_quadrants() -> None:
    """The identity and a leaky ReLU of slope 1/4: four quadrants with 0, 1, 1 and 2 negative units."""
    identity = torch.nn.Linear(2, 2).double()
    with torch.no_grad():
        identity.weight.copy_(torch.eye(2))
        identity.bias.zero_()
    last = torch.nn.Linear(2, 2, bias=False).double()
    with torch.no_grad():
        last.weight.copy_(torch.tensor([[3.0, 1], [0, -1]]))
    regions = region_stretches(torch.nn.Sequential(identity, torch.nn.LeakyReLU(0.25), last), 0)

    assert sorted(region.layers[0].negatives for region in regions) == [0, 1, 1, 2]
    for region in regions:
        assert region.layers[1].determinant == Fraction(-3)
        expected = log(3) - region.layers[0].negatives * log(4)
        assert abs(region.measured.value - expected) < 1e-13


@pytest.mark.parametrize("generator", [square(2, 0, 0.0), MLP((2, 3, 2))])
def test_what_is_not_invertible_is_refused(generator: torch.nn.Sequential | MLP) -> None:
    """A slope of 0 and layers that are not square."""
    if isinstance(generator, MLP):
        generator = single(generator, initial(generator, (0,)), 0)
    with pytest.raises(ValueError, match="invertible layers of two units"):
        region_stretches(generator, 0)


def test_a_singular_layer_is_refused_by_exact_arithmetic() -> None:
    """A determinant of 0 in rationals, whatever floats say."""
    generator = square(2, 0)
    with torch.no_grad():
        next(generator.parameters()).copy_(torch.tensor([[0.1, 0.3], [0.1, 0.3]]))
    with pytest.raises(ValueError, match="invertible layers of two units"):
        region_stretches(generator, 0)
