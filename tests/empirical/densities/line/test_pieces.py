"""The pieces of a network on the line: their number and order where floats cannot decide."""

from fractions import Fraction
from itertools import pairwise
from math import inf

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.densities import LineLaw, Normal, Uniform, exact_density
from empirical.densities.affine_layers import affine_layers
from empirical.densities.line.curve import affine_curve
from empirical.densities.line.piecewise_linear import piecewise_linear
from tests.empirical.densities.line.test_line_law import exact_value, linear, network, trained_size
from tests.strategies import line_generators

ULP = 2.0**-52


def one_layer(weights: list[float], biases: list[float]) -> torch.nn.Sequential:
    return network(
        linear([[w] for w in weights], biases), torch.nn.LeakyReLU(0.5), linear([[1.0] * len(weights)], [0.0])
    )


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=5))
def test_breakpoints_in_the_last_digits(steps: list[tuple[int, int]]) -> None:
    """Units 0.3 z - 0.1 with weights off by some units in the last place: as many breakpoints as rationals.

    The roots differ by some 1e-17, less than two neighbouring floats do.
    """
    weights = [0.3 * (1 + step * ULP) for step, _ in steps]
    biases = [-0.1 * (1 + step * ULP) for _, step in steps]
    function = piecewise_linear(one_layer(weights, biases), (-inf, inf))
    roots = sorted({-Fraction(b) / Fraction(w) for w, b in zip(weights, biases, strict=True)})
    assert function.exact_breakpoints() == roots
    assert (np.diff(function.edges) >= 0).all()
    for left, right, pattern in zip(roots, roots[1:], function.patterns[1:-1], strict=False):
        middle = (left + right) / 2
        heights = [Fraction(w) * middle + Fraction(b) for w, b in zip(weights, biases, strict=True)]
        assert [int(height > 0) - int(height < 0) for height in heights] == pattern.tolist()


def test_floats_cannot_decide_them() -> None:
    """The control: roots in floats, -b / w, put four of such units in the wrong order or in one place."""
    steps = [(0, 0), (1, 1), (2, 3), (3, 1)]
    weights = [0.3 * (1 + step * ULP) for step, _ in steps]
    biases = [-0.1 * (1 + step * ULP) for _, step in steps]
    generator = one_layer(weights, biases)
    exact = piecewise_linear(generator, (-inf, inf))
    floats = affine_curve(affine_layers(generator), (-inf, inf))
    assert len(floats) < len(exact.slopes) and exact.undecided > 0


def test_a_second_layer_splits_what_rounds_to_one_point() -> None:
    """Behind an unfold, 2 units whose roots differ by 1e-17 on each of two pieces make four breakpoints."""
    fold = network(linear([[1.0], [-1.0]], [0.0, 0.0]), torch.nn.ReLU(), linear([[1.0, 1.0]], [0.0]))
    behind = one_layer([0.3, 0.3 * (1 + ULP)], [-0.1, -0.1])
    function = piecewise_linear(network(*fold, torch.nn.LeakyReLU(1.0), *behind), (-inf, inf))
    roots = [Fraction(0.1) / Fraction(w) for w in (0.3 * (1 + ULP), 0.3)]
    assert function.exact_breakpoints() == [-roots[1], -roots[0], Fraction(0), *roots]
    law = LineLaw(function, Normal(1))
    assert law.certificate.holds, law.certificate.failed


@settings(max_examples=30)
@given(line_generators())
def test_the_whole_line_and_a_long_interval(generator: torch.nn.Sequential) -> None:
    """Infinite ends are directions: the breakpoints are those of an interval that holds them all."""
    whole = piecewise_linear(generator, (-inf, inf))
    long = piecewise_linear(generator, (-(2.0**40), 2.0**40))
    # Roots of sums of at most three products of quarters up to 2 lie within 2^40. At 0, which is no end, a
    # unit that vanishes on one side only may leave a point.
    assert [z for z in whole.exact_breakpoints() if z] == [z for z in long.exact_breakpoints() if z]
    assert np.array_equal(whole.slopes[[0, -1]], long.slopes[[0, -1]])


@pytest.mark.parametrize("negative_slope", [0.0, 0.2])
def test_no_piece_is_missing(negative_slope: float) -> None:
    """At rational points between neighbouring breakpoints, exact signs are those of the piece."""
    generator = trained_size(2, negative_slope)
    function = piecewise_linear(generator, (-3.0, 3.0))
    ends = [Fraction(-3), *map(Fraction, function.breakpoints.tolist()), Fraction(3)]
    chosen = np.random.default_rng(4).choice(len(ends) - 1, 8, replace=False)
    for piece in chosen:
        middle = Fraction(float((ends[piece] + ends[piece + 1]) / 2))
        signs = []
        for position, layer in enumerate(generator):
            if not isinstance(layer, torch.nn.Linear):
                signs += [int(h > 0) - int(h < 0) for h in exact_value(generator, middle, position)]
        assert signs == function.patterns[piece].tolist()


def test_normalisation_and_a_slope_for_each_unit() -> None:
    """BatchNorm1d in evaluation mode and PReLU are affine and piecewise affine: the law is the network's."""
    torch.manual_seed(0)
    generator = network(
        torch.nn.Linear(1, 6), torch.nn.BatchNorm1d(6), torch.nn.PReLU(6), torch.nn.Linear(6, 1)
    ).double()
    normalisation, activation = generator[1], generator[2]
    assert isinstance(normalisation, torch.nn.BatchNorm1d) and isinstance(activation, torch.nn.PReLU)
    with torch.no_grad():
        activation.weight.copy_(torch.tensor([0.1, -0.5, 0.0, 1.0, 2.0, 0.25]))
    generator(3 + 2 * torch.randn(500, 1, dtype=torch.float64))
    for latent in (Normal(1), Uniform(1)):
        law = exact_density(generator.eval(), latent)
        assert isinstance(law, LineLaw)
        assert law.certificate.holds, law.certificate.failed
    z = np.linspace(-4, 4, 101)
    with torch.no_grad():
        outputs = generator(torch.from_numpy(z)[:, None])[:, 0].numpy()
    function = piecewise_linear(generator, (-inf, inf))
    assert np.abs(function(z) - outputs).max() < 1e-13  # some ten roundings
    assert function.patterns.shape[1] == 5  # the unit with slope 1 has no fold
    with pytest.raises(ValueError, match=r"BatchNorm1d in training mode.*call generator.eval\(\)"):
        piecewise_linear(generator.train(), (-inf, inf))


def test_equal_units_are_one_breakpoint() -> None:
    """Two units with one root, by different weights, give one breakpoint and no empty piece."""
    function = piecewise_linear(one_layer([0.3, -0.6, 0.15], [-0.1, 0.2, -0.05]), (-inf, inf))
    assert len(function.breakpoints) == 1 and function.patterns.tolist() == [[-1, 1, -1], [1, -1, 1]]
    assert all(left < right for left, right in pairwise(function.edges))
