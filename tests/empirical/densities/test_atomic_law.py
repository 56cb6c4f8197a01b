"""Laws of generators of finitely many latents: exact, whatever the layers."""

from fractions import Fraction
from math import inf, log, nan

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.densities import AtomicLaw, Finite, exact_density
from tests.strategies import finite_laws
from theory.laws import FiniteLaw


def atomic_law(generator: torch.nn.Module, latent: Finite) -> AtomicLaw:
    law = exact_density(generator, latent)
    assert isinstance(law, AtomicLaw)
    return law


@given(finite_laws(atoms=5), st.lists(st.integers(-1, 1), min_size=5, max_size=5))
def test_atoms_with_one_image_add_their_weights(law: FiniteLaw, heights: list[int]) -> None:
    """The law of G has the mass sum of w_i over G(z_i) = x at x, exactly."""
    points = np.array(heights, dtype=np.float64)[:, None]
    pushed = atomic_law(torch.nn.Identity(), Finite(points, law))
    expected = {x: sum(w for h, w in zip(heights, law.weights, strict=True) if h == x) for x in set(heights)}
    assert dict(zip(pushed.atoms[:, 0].tolist(), pushed.weights.weights, strict=True)) == expected
    assert pushed.mass.atoms == 1 and pushed.mass.absolutely_continuous == pushed.mass.singular == 0


def test_any_layers_will_do() -> None:
    """Atoms are images of the latent points under the network as it is, in its own precision."""
    torch.manual_seed(0)
    generator = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    points = np.random.default_rng(0).normal(size=(6, 3))
    law = atomic_law(generator, Finite(points))
    with torch.no_grad():
        images = generator(torch.from_numpy(points).float()).double().numpy()
    assert np.array_equal(law.atoms, images[np.lexsort(images.T[::-1])])
    assert set(law.weights.weights) == {Fraction(1, 6)}
    assert law.dim == 2


def test_log_prob_is_the_log_of_the_weight() -> None:
    """At an atom the log of its weight, nats; -inf off the atoms and at an atom of weight 0."""
    law = atomic_law(
        torch.nn.Identity(), Finite(np.array([[0.0], [1.0], [2.0]]), FiniteLaw(["1/4", "3/4", 0]))
    )
    x = np.array([[-0.0], [1.0], [2.0], [0.5]])
    assert law.log_prob(x).tolist() == [log(0.25), log(0.75), -inf, -inf]


def test_cells_are_sums_of_weights() -> None:
    """A cell holds the atoms at or above its left edge and below its right one; the last is closed."""
    law = atomic_law(torch.nn.Identity(), Finite(np.array([[0.0], [1.0], [2.0]])))
    assert law.cell_probability(np.array([-inf, 0.0, 1.0, 2.0])) == pytest.approx([0, 1 / 3, 2 / 3])
    plane = atomic_law(torch.nn.Identity(), Finite(np.zeros((1, 2))))
    with pytest.raises(ValueError, match=r"use \.atoms and \.weights"):
        plane.cell_probability(np.array([0.0, 1.0]))


def test_samples_are_atoms_at_their_rates() -> None:
    """Counts of 20,000 draws lie within 5 standard deviations, a false alarm rate below 1e-6."""
    law = atomic_law(torch.nn.Identity(), Finite(np.array([[0.0], [1.0]]), FiniteLaw(["1/5", "4/5"])))
    ones = law.sample(20_000, seed=3).sum()
    deviation = (20_000 * 0.2 * 0.8) ** 0.5
    assert abs(ones - 16_000) < 5 * deviation
    assert abs(ones - 16_000 * 0.975) > 5 * deviation  # the control: a share off by 2 % is seen


def test_random_generators_are_refused() -> None:
    """Dropout in training mode gives another law at each call; in evaluation mode it is none."""
    generator = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Dropout())
    latent = Finite(np.zeros((2, 1)))
    with pytest.raises(ValueError, match=r"call generator\.eval"):
        exact_density(generator, latent)
    assert len(atomic_law(generator.eval(), latent).atoms) == 1


def test_unusable_points_are_refused() -> None:
    """Latent points and outputs are finite, and each point has one weight."""
    with pytest.raises(ValueError, match="must be finite rows"):
        Finite(np.array([[nan]]))
    with pytest.raises(ValueError, match="must be finite rows"):
        Finite(np.zeros((0, 1)))
    with pytest.raises(ValueError, match="2 points and 1 weights"):
        Finite(np.zeros((2, 1)), FiniteLaw([1]))
    broken = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(broken.weight, nan)
    with pytest.raises(ValueError, match="outputs must be finite"):
        exact_density(broken, Finite(np.ones((2, 1))))
