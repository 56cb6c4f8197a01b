"""Power laws: exact collision probabilities, and samples that agree with them."""

from fractions import Fraction
from typing import Any

import pytest
import torch

from empirical.targets.power_law import PowerLaw


def test_two_draws_coincide_as_the_squares_say() -> None:
    """By hand: weights 6/11, 3/11, 2/11 of exponent 1; a uniform law has effective support N."""
    assert PowerLaw(3, exponent=1).pair_probability == Fraction(36 + 9 + 4, 121)
    assert PowerLaw(50).effective_support == 50
    assert PowerLaw(50, mass=Fraction(1, 2)).effective_support == 200


@pytest.mark.parametrize("law", [PowerLaw(4), PowerLaw(4, exponent=2), PowerLaw(4, mass=Fraction(1, 3))])
def test_samples_fall_on_the_atoms_in_proportion(law: PowerLaw) -> None:
    """Each share of 20,000 draws is within five standard deviations: false alarm below 1e-5 in all."""
    samples = law.sample(20_000, torch.Generator().manual_seed(0))[:, 0]
    powers = [Fraction(1, i**law.exponent) for i in range(1, 5)]
    shares = {i + 1: float(law.mass * power / sum(powers)) for i, power in enumerate(powers)}

    for atom, share in shares.items():
        found = float((samples == atom).double().mean())
        assert abs(found - share) <= 5 * (share * (1 - share) / 20_000) ** 0.5
    elsewhere = samples[samples <= 0]
    assert len(elsewhere) == 20_000 - sum(int((samples == atom).sum()) for atom in shares)
    assert len(elsewhere.unique()) == len(elsewhere)  # no atom off the atoms


def test_the_same_generator_gives_the_same_draws() -> None:
    """The generator is the only source of chance."""
    first, second = (PowerLaw(9).sample(20, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    "wrong", [{"support": 0}, {"support": 3, "exponent": -1}, {"support": 3, "mass": Fraction(3, 2)}]
)
def test_what_is_no_law_is_refused(wrong: dict[str, Any]) -> None:
    """No atom, growing weights, and more mass than there is."""
    with pytest.raises(ValueError, match="needs at least one atom"):
        PowerLaw(**wrong)
