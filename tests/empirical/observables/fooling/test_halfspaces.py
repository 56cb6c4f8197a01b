"""The exact best response of one neuron, by roads that share nothing with the enumeration."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.networks import MLP
from empirical.observables.fooling.halfspaces import found_halfspace, halfspace_advantage
from empirical.targets.sphere import sphere
from empirical.training.sharp_response import sharp_response


def laws(seed: int, real: int, fake: int, dim: int) -> tuple[np.ndarray, ...]:
    """Two finite laws of random points and weights."""
    generator = np.random.default_rng(seed)
    weights = [generator.random(n) + 0.1 for n in (real, fake)]
    return (
        generator.standard_normal((real, dim)),
        weights[0] / weights[0].sum(),
        generator.standard_normal((fake, dim)),
        weights[1] / weights[1].sum(),
    )


def along_lines(*pair: np.ndarray, directions: np.ndarray) -> float:
    """The largest distance of Kolmogorov and Smirnov of the projections."""
    real, real_weights, fake, fake_weights = pair
    best = 0.0
    for direction in directions:
        places = np.concatenate([real @ direction, fake @ direction])
        order = np.argsort(places)
        best = max(best, np.abs(np.cumsum(np.concatenate([real_weights, -fake_weights])[order])).max())
    return best


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 8))
def test_on_a_line_it_is_kolmogorov_smirnov(seed: int, real: int, fake: int) -> None:
    """In one dimension the half-spaces are thresholds."""
    given_laws = laws(seed, real, fake, 1)

    lower, upper = halfspace_advantage(*given_laws)

    # Sums of at most 16 weights.
    assert lower - 1e-14 <= along_lines(*given_laws, directions=np.ones((1, 1))) <= upper + 1e-14
    assert upper - lower < 1e-13


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_in_the_plane_every_order_of_the_projections_is_seen(seed: int) -> None:
    """The other road: between two neighbouring normals of pairs of atoms the projections keep their order."""
    given_laws = laws(seed, 6, 4, 2)
    points = np.concatenate([given_laws[0], given_laws[2]])
    apart = (points[:, None] - points[None])[np.triu_indices(len(points), 1)]
    angles = np.sort((np.arctan2(apart[:, 1], apart[:, 0]) + np.pi / 2) % np.pi)
    middles = (angles + np.roll(angles, -1) + np.append(np.zeros(len(angles) - 1), np.pi)) / 2
    directions = np.stack([np.cos(middles), np.sin(middles)], axis=1)

    lower, upper = halfspace_advantage(*given_laws)

    # Sums of ten weights.
    assert lower - 1e-14 <= along_lines(*given_laws, directions=directions) <= upper + 1e-14
    assert upper - lower < 1e-13


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_no_direction_in_space_does_better(seed: int) -> None:
    """Of 2,000 random directions in three dimensions none exceeds the maximum."""
    given_laws = laws(seed, 8, 5, 3)
    directions = np.random.default_rng(seed + 1).standard_normal((2000, 3))

    assert along_lines(*given_laws, directions=directions) <= halfspace_advantage(*given_laws)[1] + 1e-14


def test_an_enclosed_atom_needs_half_of_the_data() -> None:
    """One atom at the centre of a square: a half-space with it holds at least two corners, or none but it.

    The best takes all corners of one side and not the centre: advantage 3/4 of the square for three corners.
    """
    square = np.array([[1.0, 0.9], [-1.1, 1.0], [-1.0, -0.8], [1.2, -1.0]])
    lower, upper = halfspace_advantage(square, np.full(4, 0.25), np.array([[0.05, 0.02]]), np.ones(1))

    assert lower <= 0.75 + 1e-14
    assert upper >= 0.5
    assert upper - lower < 1e-13


def test_separable_laws_have_advantage_one() -> None:
    """A point outside the convex hull is cut off; equal laws are not told apart."""
    square = np.array([[1.0, 0.9], [-1.1, 1.0], [-1.0, -0.8], [1.2, -1.0]])
    quarter = np.full(4, 0.25)

    assert halfspace_advantage(square, quarter, np.array([[3.0, 0.0]]), np.ones(1))[0] > 1 - 1e-13
    assert halfspace_advantage(square, quarter, square, quarter)[1] < 1e-13


def one_trained_neuron(restarts: int) -> tuple[float, float, float, float]:
    """For one pair of laws: the exact ends, what a search meets, and what restarts of a neuron attain."""
    target = sphere(60, 3, seed=3)
    points = target.sample(12, torch.Generator().manual_seed(3))
    weights = torch.full((12,), 1 / 12, dtype=points.dtype)
    pair = target.atoms.numpy(), target.probabilities.numpy(), points.numpy(), weights.numpy()
    met = sharp_response(
        MLP((3, 1, 1)),
        target,
        points.expand(restarts, -1, -1),
        weights.expand(restarts, -1),
        range(restarts),
        steps=(300, 150),
    )
    return *halfspace_advantage(*pair), found_halfspace(*pair, seed=0), float(met.gaps.max())


def test_a_search_meets_it_where_training_does_not() -> None:
    """Eight restarts of one trained neuron stop below nine tenths of the maximum, which the search attains.

    So a law that fools trained neurons need not fool the class: what the search is there for.
    """
    lower, upper, searched, trained = one_trained_neuron(8)

    assert lower - 1e-12 <= searched <= upper + 1e-12  # sums of 72 weights
    assert 0 < trained < 0.9 * lower


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_a_search_never_exceeds_it(seed: int, dim: int) -> None:
    """What is met is attained; here it is also within a tenth of the exact maximum."""
    given_laws = laws(seed, 14, 5, dim)

    lower, upper = halfspace_advantage(*given_laws)
    searched = found_halfspace(*given_laws, seed=seed)

    assert searched <= upper + 1e-12
    assert searched >= 0.9 * lower


def test_atoms_at_one_place_are_not_parted() -> None:
    """The planted fault: parting equal atoms of the two laws would attain 1/2 where nothing can be told."""
    square = np.array([[1.0, 0.9], [-1.1, 1.0], [-1.0, -0.8], [1.2, -1.0]])
    quarter = np.full(4, 0.25)

    assert found_halfspace(square, quarter, square, quarter, seed=0) < 1e-12


def test_two_neurons_may_exceed_it() -> None:
    """The near miss: the maximum is one neuron's. A slab around one inner atom holds it alone."""
    target = sphere(16, 2, seed=0)
    inner = torch.tensor([[0.1, 0.05]], dtype=target.atoms.dtype)
    one = torch.ones(1, dtype=torch.float64)
    upper = halfspace_advantage(
        target.atoms.double().numpy(),
        target.probabilities.double().numpy(),
        inner.double().numpy(),
        one.numpy(),
    )[1]

    met = sharp_response(
        MLP((2, 3, 1)),
        target,
        inner.expand(8, -1, -1),
        one.expand(8, -1),
        range(8),
        steps=(400, 200),
    )

    assert float(met.gaps.max()) > upper + 0.05


def test_what_cannot_be_visited_is_refused() -> None:
    """Hyperplanes grow like n^d, and float64 has its limits."""
    many = np.random.default_rng(0).standard_normal((300, 4))
    weights = np.full(300, 1 / 300)

    with pytest.raises(ValueError, match="hyperplanes"):
        halfspace_advantage(many, weights, many, weights)
    with pytest.raises(ValueError, match="rescale"):
        halfspace_advantage(1e9 * many[:5], weights[:5] * 60, many[:5], weights[:5] * 60)
