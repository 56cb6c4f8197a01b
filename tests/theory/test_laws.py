"""Finite laws are exact or refused."""

from fractions import Fraction

import pytest
from hypothesis import given

from tests.strategies import finite_laws
from theory.laws import FiniteLaw


@given(finite_laws())
def test_weights_are_nonnegative_and_sum_to_one(law: FiniteLaw) -> None:
    """Exactly, in rationals."""
    assert sum(law.weights) == 1
    assert min(law.weights) >= 0
    assert len(law) == len(law.weights)


def test_integers_fractions_and_texts_are_exact() -> None:
    """A tenth that is written is a tenth."""
    assert FiniteLaw(["0.1", Fraction(4, 10), "1/2", 0]).weights == (
        Fraction(1, 10),
        Fraction(2, 5),
        Fraction(1, 2),
        Fraction(0),
    )


def test_a_float_is_refused() -> None:
    """0.3 + 0.7 is one, but neither float is what it says."""
    with pytest.raises(TypeError, match="write it as a fraction"):
        FiniteLaw([0.3, 0.7])  # type: ignore[list-item] - wrong or partial on purpose


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (["1/2", "1/3"], "must sum to one .got 5/6.: divide each by 5/6"),
        (["3/2", "-1/2"], "must be nonnegative .got -1/2."),
        ([0, 0], "nothing but zeros"),
        ([], "nothing but zeros"),
        (["half", "half"], "Invalid literal"),
    ],
)
def test_what_is_no_law_is_refused(weights: list, message: str) -> None:
    """The sentence says what was got and what would help."""
    with pytest.raises(ValueError, match=message):
        FiniteLaw(weights)
