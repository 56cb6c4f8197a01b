"""Preimages found in float64, decided in rational arithmetic."""

from fractions import Fraction

import flint
import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.plane.rational import RationalNetwork, column
from tests.empirical.densities.plane.test_tiling import leaky_network
from tests.strategies import plane_generators

POINTS = st.tuples(st.floats(-3, 3), st.floats(-3, 3)).map(np.array)
FOLD = (
    AffineLayer(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]), np.zeros(3), np.array([0.0, 0.0, 1.0])),
    AffineLayer(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), np.zeros(2), np.ones(2)),
)  # (|z1|, z2)


def exact_outputs(generator: torch.nn.Sequential, point: np.ndarray) -> list[Fraction]:
    values = [Fraction(float(z)) for z in point]
    for layer in generator:
        if isinstance(layer, torch.nn.Linear):
            rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
            values = [
                sum((Fraction(w) * v for w, v in zip(row, values, strict=True)), Fraction(bias))
                for row, bias in rows
            ]
        else:
            slope = Fraction(getattr(layer, "negative_slope", 0.0))
            values = [v if v > 0 else slope * v for v in values]
    return values


@given(plane_generators(), POINTS)
def test_the_piece_at_a_point_is_the_network_there(generator: torch.nn.Sequential, point: np.ndarray) -> None:
    """The affine map of the piece that holds a point gives the network's value to the last digit."""
    piece = RationalNetwork(affine_layers(generator)).piece(column(point))
    value = piece.linear * column(point) + piece.offset
    expected = [flint.fmpq(v.numerator, v.denominator) for v in exact_outputs(generator, point)]
    assert value.entries() == expected


def test_a_found_preimage_is_real() -> None:
    """Near each of 20 latents there is an exact preimage of its rounded output, and only of that."""
    generator, random = leaky_network(4), np.random.default_rng(5)
    network = RationalNetwork(affine_layers(generator))
    for latent in random.standard_normal((20, 2)):
        with torch.no_grad():
            x = generator(torch.from_numpy(latent)).numpy()
        found = network.preimage(latent, x)
        # The output is off by a few roundings, 1e-15; a derivative is not flatter than 1e-3 here.
        assert found is not None and found.inside and found.distance(latent) < 1e-12
        elsewhere = network.preimage(latent, x + 100.0)
        assert elsewhere is not None and not elsewhere.inside


def test_a_preimage_on_the_wrong_side_is_refused() -> None:
    """The fold (|z1|, z2) has no point above (-1, 0): solved for on either side, it lies on the other."""
    network = RationalNetwork(FOLD)
    for side in (-0.5, 0.5):
        right = network.preimage(np.array([side, 0.0]), np.array([1.0, 0.0]))
        assert right is not None and right.inside and float(right.point[0, 0]) == np.sign(side)
        assert abs(right.determinant) == 1
        wrong = network.preimage(np.array([side, 0.0]), np.array([-1.0, 0.0]))
        assert wrong is not None and not wrong.inside


def test_a_singular_piece_has_no_single_preimage() -> None:
    """Where a plain ReLU is dead the derivative is singular, and no preimage is offered."""
    dead = RationalNetwork([AffineLayer(np.eye(2), np.zeros(2), np.zeros(2))])
    assert dead.preimage(np.array([-1.0, 1.0]), np.array([0.0, 1.0])) is None
    assert dead.preimage(np.array([1.0, 1.0]), np.array([2.0, 3.0])) is not None
