"""Finite laws, the circle and the digits: what the samplers draw."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, kstest

from empirical.targets import FOUR_POINTS, Circle, Digits, FiniteTarget, equal_weights, target
from theory.laws import FiniteLaw


def test_atoms_are_drawn_with_their_weights() -> None:
    """Counts of 30,000 draws fit the exact weights at false-alarm rate 1e-6; equal weights are rejected."""
    law = FiniteTarget("weighted", ((0.0,), (1.0,), (5.0,)), FiniteLaw(["1/2", "3/10", "1/5"]))
    draws = law.sample(30_000, torch.Generator().manual_seed(5))[:, 0]
    counts = [int((draws == atom).sum()) for atom in (0.0, 1.0, 5.0)]
    assert sum(counts) == 30_000
    assert chisquare(counts, [15_000, 9_000, 6_000]).pvalue > 1e-6
    assert chisquare(counts, [10_000] * 3).pvalue < 1e-6


def test_the_sources_points_are_the_sources() -> None:
    """Four points at distance 1 from 0, along the axes, of weight 1/4 each."""
    assert FOUR_POINTS.weights == equal_weights(4)
    assert torch.equal(FOUR_POINTS.atoms.norm(dim=1), torch.ones(4, dtype=torch.float64))
    assert torch.equal(FOUR_POINTS.atoms.sum(dim=0), torch.zeros(2, dtype=torch.float64))


def test_the_circle_is_uniform_in_angle() -> None:
    """Angles pass Kolmogorov and Smirnov's test at rate 1e-6; squashed by three tenths they fail it."""
    draws = Circle(radius=2.0).sample(20_000, torch.Generator().manual_seed(6))
    # Each coordinate is rounded a few times: 2 radii of float64's spacing.
    assert torch.allclose(draws.norm(dim=1), torch.tensor(2.0, dtype=torch.float64), rtol=0, atol=4e-15)

    def uniformity(x: np.ndarray, y: np.ndarray) -> float:
        return float(kstest((np.arctan2(y, x) + math.pi) / (2 * math.pi), "uniform").pvalue)

    x, y = draws.numpy().T
    assert uniformity(x, y) > 1e-6
    assert uniformity(x, 0.7 * y) < 1e-6


def test_the_arc_density_integrates_to_one() -> None:
    """Arc density times circumference is the whole mass."""
    law = Circle(radius=3.0)
    assert math.isclose(math.exp(law.log_arc_density) * 2 * math.pi * 3.0, 1, rel_tol=1e-15)


def test_the_digits_are_the_real_images() -> None:
    """1,797 distinct images of 64 pixels, multiples of 1/16 in [0, 1], between 174 and 183 of each digit."""
    law = Digits()
    assert law.data.shape == (1797, 64)
    assert float(law.data.min()) == 0 and float(law.data.max()) == 1
    assert torch.equal((law.data * 16).round(), law.data * 16)
    assert len(law.data.unique(dim=0)) == 1797
    counts = law.labels.bincount()
    assert len(counts) == 10 and int(counts.min()) == 174 and int(counts.max()) == 183
    assert law.weights == equal_weights(1797)
    sample = law.sample(20, torch.Generator().manual_seed(7))
    assert all((law.data == image).all(dim=1).any() for image in sample)


def test_without_scikit_learn_the_digits_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The images travel in scikit-learn: its absence is answered with the command that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'ganproof\[images\]'"):
        _ = Digits().data
    assert target("digits").dim == 64


@pytest.mark.parametrize(
    ("points", "weights", "message"),
    [
        ((), FiniteLaw([1]), "needs atoms"),
        (((0.0,), (math.inf,)), FiniteLaw(["1/2", "1/2"]), "number 1 is"),
        (((0.0,), (1.0,)), FiniteLaw([1]), "each atom needs one weight"),
    ],
)
def test_a_faulty_finite_law_is_refused(points: tuple, weights: FiniteLaw, message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        FiniteTarget("faulty", points, weights)


def test_a_circle_needs_a_radius() -> None:
    """A radius of 0 would be an atom."""
    with pytest.raises(ValueError, match="must be positive"):
        Circle(radius=0.0)
