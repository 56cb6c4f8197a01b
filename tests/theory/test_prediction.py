"""What a user types becomes an exact value, or one clear sentence."""

from fractions import Fraction

import pytest
import sympy as sp

import theory
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, PredictedValue, read
from theory.relation import Relation

OUTPUT = theory.theorem("optimal-discriminator").predictions[0]
VALUE = theory.theorem("equilibrium-value").predictions[0]
RATIONAL = Parameter("x", Kind.RATIONAL, "a number")
INTEGER = Parameter("n", Kind.INTEGER, "a count")
LAW = Parameter("p", Kind.LAW, "some weights")


@pytest.mark.parametrize(
    ("parameter", "typed", "value"),
    [
        (RATIONAL, "3/10", Fraction(3, 10)),
        (RATIONAL, "0.3", Fraction(3, 10)),
        (RATIONAL, 0.3, Fraction(3, 10)),
        (RATIONAL, Fraction(3, 10), Fraction(3, 10)),
        (RATIONAL, "1e-3", Fraction(1, 1000)),
        (INTEGER, "400", 400),
        (INTEGER, 400, 400),
        (LAW, "3/10,7/10", FiniteLaw(["3/10", "7/10"])),
        (LAW, "0.3,0.7", FiniteLaw(["3/10", "7/10"])),
        (LAW, FiniteLaw([1]), FiniteLaw([1])),
    ],
)
def test_parameters_are_read_exactly(parameter: Parameter, typed: object, value: object) -> None:
    """A decimal means the decimal that is written, not the nearest binary number."""
    assert read(parameter, typed) == value  # type: ignore[arg-type] - wrong or partial on purpose


@pytest.mark.parametrize(
    ("parameter", "typed"),
    [
        (RATIONAL, "a third"),
        (RATIONAL, "1/0"),
        (RATIONAL, "nan"),
        (RATIONAL, float("inf")),
        (RATIONAL, FiniteLaw([1])),
        (INTEGER, "4.5"),
        (INTEGER, FiniteLaw([1])),
        (LAW, "1/2;1/2"),
        (LAW, ""),
    ],
)
def test_what_cannot_be_read_is_refused(parameter: Parameter, typed: object) -> None:
    """The sentence names the parameter, what it ranges over, and what it got."""
    with pytest.raises(ValueError, match=f"{parameter.name} must be (an|prob)"):
        read(parameter, typed)  # type: ignore[arg-type] - wrong or partial on purpose


@pytest.mark.parametrize("weights", ["1/2,1/3", "3/2,-1/2"])
def test_weights_that_are_no_law_are_refused(weights: str) -> None:
    """Probabilities are nonnegative and sum to one."""
    with pytest.raises(ValueError, match="weights must"):
        read(LAW, weights)


@pytest.mark.parametrize(
    ("values", "fault"),
    [({"p": 1}, "missing q"), ({"p": 1, "q": 1, "r": 1}, "unknown r"), ({"P": 1, "q": 1}, "unknown P")],
)
def test_exactly_the_parameters_are_wanted(values: dict, fault: str) -> None:
    """A missing or unknown name is said, with what to give."""
    with pytest.raises(ValueError, match=fault) as caught:
        OUTPUT.at(**values)

    assert "give exactly p" in str(caught.value)


def test_a_prediction_is_exact_and_has_a_float() -> None:
    """3/5 is a rational; its float is for pictures."""
    predicted = OUTPUT.at(p="0.3", q="0.2")

    assert predicted == PredictedValue("discriminator_output", Relation.EQUALS, sp.Rational(3, 5), "1")
    assert float(predicted) == 0.6
    assert predicted.identified


def test_an_infinite_bound_is_not_identified() -> None:
    """Infinity is an answer: the data bound nothing."""
    assert not PredictedValue("n", Relation.AT_MOST, sp.oo, "atoms").identified
    assert VALUE.at(p="1,0", q="0,1").identified


@pytest.mark.parametrize(
    ("relation", "truth"),
    [
        (Relation.EQUALS, (False, True, False)),
        (Relation.AT_MOST, (True, True, False)),
        (Relation.AT_LEAST, (False, True, True)),
    ],
)
def test_relations(relation: Relation, truth: tuple[bool, ...]) -> None:
    """A relation compares 1, 2 and 3 with 2, and its flip compares 2 with them."""
    assert tuple(relation.holds(x, 2) for x in (1, 2, 3)) == truth
    assert tuple(relation.flipped.holds(2, x) for x in (1, 2, 3)) == truth
