"""The distance of a discriminator from the optimal one."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.densities import Finite, Normal, exact_density
from empirical.densities.generator_law import GeneratorLaw
from empirical.observables import discriminator_gap, discriminator_gap_at, optimal_discriminator
from empirical.targets import FOUR_POINTS, GRID, RING, TWO_POINTS
from tests.strategies import law_pairs
from theory.laws import FiniteLaw


def on_line(law: FiniteLaw) -> GeneratorLaw:
    """The law on the points 0, 1, 2, ..."""
    return exact_density(torch.nn.Identity(), Finite(np.arange(float(len(law)))[:, None], law))


def normal(mean: float) -> GeneratorLaw:
    layer = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.bias.fill_(mean)
    return exact_density(layer, Normal(1))


@given(law_pairs(), st.floats(0, 1), st.integers(0, 5))
def test_gap_is_the_largest_difference(pair: tuple[FiniteLaw, FiniteLaw], output: float, place: int) -> None:
    """The optimum p/(p + q) has gap 0; changed at one atom, it has the gap of that atom."""
    p, q = pair
    best = [a / (a + b) if a + b else Fraction(0) for a, b in zip(p.weights, q.weights, strict=True)]
    table = torch.tensor([float(share) for share in best], dtype=torch.float64)

    def lookup(x: torch.Tensor) -> torch.Tensor:
        return table[x[:, 0].long()]

    optimal = discriminator_gap(lookup, on_line(p), on_line(q))
    assert optimal.lower == 0 and optimal.upper <= 2.0**-51
    place %= len(p)
    table[place] = output
    changed = discriminator_gap(lookup, on_line(p), on_line(q))
    reached = p.weights[place] + q.weights[place] > 0
    expected = abs(output - float(best[place])) if reached else 0.0
    # Where both weights are 0 every output is optimal, and no output there changes the gap.
    assert changed.lower <= expected <= changed.upper


def test_constant_discriminator() -> None:
    """Four points against two of them: D* is 1/3 on these and 1 elsewhere, so 1/2 misses by 1/2."""
    gap = discriminator_gap(lambda x: torch.full((len(x), 1), 0.5), FOUR_POINTS, TWO_POINTS)
    assert gap.value == 0.5 and gap.confidence == 1
    assert gap.upper - gap.lower < 1e-15


def test_logistic_discriminator_of_two_normal_laws() -> None:
    """Between N(1, 1) and N(0, 1) the optimum is sigmoid(x - 1/2); with another slope the gap shows."""
    x = np.linspace(-6, 7, 200)[:, None]
    optimum = optimal_discriminator(normal(1), normal(0), x)
    # Two logarithms below 30 are subtracted.
    assert np.allclose(optimum, 1 / (1 + np.exp(0.5 - x[:, 0])), rtol=0, atol=1e-14)
    exact = discriminator_gap_at(lambda t: torch.sigmoid(t - 0.5), normal(1), normal(0), x)
    assert exact.lower == 0 and exact.value < 1e-14 and exact.upper == 1
    steeper = discriminator_gap_at(lambda t: torch.sigmoid(2 * t - 1), normal(1), normal(0), x)
    assert steeper.lower > 0.1


def test_targets_with_a_density() -> None:
    """Of two targets in the plane D* is the sigmoid of the difference of their log densities."""
    x = np.random.default_rng(0).normal(size=(50, 2))
    points = torch.from_numpy(x)
    expected = torch.sigmoid(RING.log_density(points) - GRID.log_density(points)).numpy()
    assert np.allclose(optimal_discriminator(RING, GRID, x), expected, rtol=1e-12, atol=1e-15)


def test_wrong_kinds_of_law_are_refused() -> None:
    """Each of the two functions names the other for the laws that belong there."""

    def half(x: torch.Tensor) -> torch.Tensor:
        return torch.full((len(x),), 0.5)

    with pytest.raises(TypeError, match="use discriminator_gap_at"):
        discriminator_gap(half, normal(0), normal(1))
    points = np.zeros((1, 1))
    with pytest.raises(TypeError, match="use discriminator_gap,"):
        discriminator_gap_at(half, on_line(FiniteLaw([1])), normal(1), points)
    with pytest.raises(TypeError, match="no density"):
        discriminator_gap_at(half, TWO_POINTS, RING, np.zeros((1, 2)))


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        (torch.tensor([0.5, 0.5]), "one probability per point"),
        (torch.tensor([[-0.1], [0.5], [0.5], [0.5]]), "apply torch.sigmoid"),
        (torch.tensor([1.5, 0.5, 0.5, 0.5]), "apply torch.sigmoid"),
        (torch.tensor([float("nan"), 0.5, 0.5, 0.5]), "apply torch.sigmoid"),
    ],
)
def test_outputs_are_one_probability_per_point(outputs: torch.Tensor, sentence: str) -> None:
    """Logits, NaN and several outputs are no probabilities."""
    with pytest.raises(ValueError, match=sentence):
        discriminator_gap(lambda x: outputs, FOUR_POINTS, TWO_POINTS)


def test_points_beyond_both_laws_are_refused() -> None:
    """Where both densities are 0 no output is better than another: 60 deviations out, float64 has none."""
    hinge = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.ReLU())
    law = exact_density(hinge, Normal(1))
    with pytest.raises(ValueError, match="both laws vanish"):
        discriminator_gap_at(lambda x: x[:, 0] * 0 + 0.5, law, law, np.array([[-1.0]]))
