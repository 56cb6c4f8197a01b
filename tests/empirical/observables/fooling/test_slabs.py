"""Slabs: the bound's witness is built and meets it, and laws that are too small never fool it."""

from fractions import Fraction

import pytest
import torch

from empirical.networks import apply
from empirical.observables.fooling.slabs import (
    slab_advantage,
    slab_network,
    slab_support_at_least,
    slabs,
)
from empirical.targets.sphere import sphere

TARGET = sphere(64, 4, seed=3)


def advantage(points: torch.Tensor, weights: torch.Tensor, hidden: int, thickness: float = 1e-4) -> float:
    """What the witness attains against a law: slabs around its heaviest atoms."""
    count = slabs((hidden,))
    heaviest = weights.argsort(descending=True)[: count * TARGET.dim]
    network, parameters = slab_network(points[heaviest], hidden, thickness=thickness)
    both = torch.cat([TARGET.atoms, points])[None]
    answers = apply(network, parameters, both)[0, :, 0].sigmoid()
    return float(answers[: len(TARGET.atoms)] @ TARGET.probabilities - answers[len(TARGET.atoms) :] @ weights)


@pytest.mark.parametrize("hidden", [3, 6, 12, 30])
@pytest.mark.parametrize("count", [4, 11, 40])
def test_the_witness_meets_the_bound(hidden: int, count: int) -> None:
    """Its advantage is at least min(1, kd/m) - kd/N against any weights, atoms of the data included."""
    generator = torch.Generator().manual_seed(count)
    weights = torch.rand(count, dtype=torch.float64, generator=generator) + 0.1
    weights /= weights.sum()
    free = torch.randn(count, 4, dtype=torch.float64, generator=generator)
    held = min(slabs((hidden,)) * TARGET.dim, count)

    for points in (free, TARGET.atoms[:count]):
        # exp(-60) from a saturated sigmoid, and a thin slab: 1e-3 of a data point's mass.
        assert advantage(points, weights, hidden) >= held / count - held / len(TARGET.atoms) - 1e-3


@pytest.mark.parametrize("hidden", [3, 6, 12])
def test_the_advantage_is_what_the_network_attains(hidden: int) -> None:
    """Slabs by arithmetic and by an explicit network agree, on free atoms and on atoms of the data."""
    points = torch.randn(11, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(11))
    points[:2] = TARGET.atoms[:2]
    weights = torch.arange(11, 0, -1, dtype=torch.float64) / 66
    said = slab_advantage(
        (hidden,), TARGET.atoms.numpy(), TARGET.probabilities.numpy(), points.numpy(), weights.numpy()
    )

    # With 12 neurons the best leaves none of its slabs unused, as here the network does; exp(-60) and less.
    assert advantage(points, weights, hidden, thickness=1e-6) == pytest.approx(said, abs=1e-9)


def test_one_atom_less_than_the_bound_is_told_apart() -> None:
    """At m one below the bound the witness exceeds epsilon; the best law with equal weights shows it."""
    epsilon = Fraction(3, 10)
    least = slab_support_at_least((12,), 4, 64, epsilon)
    points = torch.randn(least - 1, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    equal = torch.full((least - 1,), 1 / (least - 1), dtype=torch.float64)

    assert least == 30  # 16 / (3/10 + 16/64)
    assert advantage(points, equal, 12) > float(epsilon)


def test_thick_slabs_do_not_meet_the_bound() -> None:
    """The planted fault: a slab as thick as the sphere holds data too, and tells less apart."""
    points = torch.randn(11, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(11))
    equal = torch.full((11,), 1 / 11, dtype=torch.float64)

    assert advantage(points, equal, 3, thickness=1.0) < 4 / 11 - 4 / 64


def test_the_bound_by_hand() -> None:
    """One neuron: thresholds. Two: one slab. More: a slab for every three, until they hold too much data."""
    epsilon = Fraction(1, 4)

    assert slab_support_at_least((1,), 4, 100, epsilon) == 2  # 1/(1/2 + 1/100)
    assert slab_support_at_least((2,), 4, 100, epsilon) == 14  # 4/(1/4 + 1/25)
    assert slab_support_at_least((2, 5), 4, 100, epsilon) == 14
    assert slab_support_at_least((9,), 4, 100, epsilon) == 33  # 12/(1/4 + 12/100)
    assert slab_support_at_least((300,), 4, 100, epsilon) == 75  # 18 slabs, no more: 72/(1/4 + 72/100)
    with pytest.raises(ValueError, match="epsilon"):
        slab_support_at_least((2,), 4, 100, Fraction(1))


def test_too_many_atoms_for_the_neurons_are_refused() -> None:
    """Nine atoms in four dimensions need three slabs, nine neurons."""
    with pytest.raises(ValueError, match="3 slabs"):
        slab_network(torch.eye(9, 4, dtype=torch.float64), 8)
