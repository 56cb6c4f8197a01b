r"""E|y - f|^2 = E|y - m|^2 + E|m - f|^2; its steps are checked here as well."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import theory
from theory.theorems.squared_error_mean import THEOREM

BEST, LEAST = THEOREM.predictions
modes = st.fractions(Fraction(1, 100), 100, max_denominator=100)
weights = st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100)


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(modes, weights, st.fractions(-200, 200, max_denominator=100))
def test_no_constant_does_better(mode: Fraction, weight: Fraction, constant: Fraction) -> None:
    """In exact rationals: the error at the predicted constant is the predicted one, and least."""
    best = Fraction(str(BEST.at(mode=mode, weight=weight).exact))
    least = Fraction(str(LEAST.at(mode=mode, weight=weight).exact))

    def error(c: Fraction) -> Fraction:
        return weight * (mode - c) ** 2 + (1 - weight) * (-mode - c) ** 2

    assert error(best) == least
    assert error(constant) >= least
    assert (error(constant) == least) == (constant == best)


def test_two_equal_modes_blur_to_zero() -> None:
    """At equal weights the optimum is 0, at distance a from both modes, and the error is a^2."""
    assert BEST.at(mode="3/2", weight="1/2").exact == 0
    assert float(LEAST.at(mode="3/2", weight="1/2")) == 2.25


def test_the_optimum_is_no_data_point() -> None:
    """Whatever the weights are, the optimum lies strictly between the modes."""
    for weight in ("1/100", "1/2", "9/10"):
        assert -1 < float(BEST.at(mode=1, weight=weight)) < 1


def test_the_decomposition_on_a_table() -> None:
    """A second road, by brute force: a random table of (c, y), its conditional means, and any f(c).

    400 squares of size one in float64: 1e-12 covers their rounding.
    """
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(20)).reshape(4, 5)  # the probability of each pair (c, y)
    y = rng.normal(size=(4, 5, 3))  # three coordinates
    f = rng.normal(size=(4, 3))
    m = (joint[..., None] * y).sum(1) / joint.sum(1)[:, None]

    def error(prediction: np.ndarray) -> float:
        return float((joint * ((y - prediction[:, None]) ** 2).sum(-1)).sum())

    distance = float((joint.sum(1) * ((m - f) ** 2).sum(-1)).sum())
    assert error(f) == pytest.approx(error(m) + distance, abs=1e-12)
    assert error(f + 1) != pytest.approx(error(m) + distance, abs=1e-3)  # the check can fail


@pytest.mark.parametrize(
    ("mode", "weight"), [("0", "1/2"), ("-1", "1/2"), ("1", "0"), ("1", "1"), ("1", "2")]
)
def test_two_modes_are_two(mode: str, weight: str) -> None:
    """Modes that coincide, or one without weight, are no two modes."""
    with pytest.raises(ValueError, match="two modes need"):
        BEST.at(mode=mode, weight=weight)
