r"""(2 w^2/eps^2)(p log(1 + 8 R Lambda/eps) + log(2/delta)) draws fool; the steps are checked here as well."""

from fractions import Fraction
from math import ceil, comb, exp, log

import mpmath
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import theory
from theory.prediction import Prediction
from theory.theorems.small_support import THEOREM, log_moment, theta, u

ATOMS, BOUND = THEOREM.predictions
EXAMPLE = {
    "parameters": 100,
    "radius": Fraction(1),
    "lipschitz": Fraction(1),
    "epsilon": Fraction(1, 10),
    "range_width": Fraction(1),
    "failure_probability": Fraction(1, 20),
}
positive_numbers = st.fractions(Fraction(1, 20), 20, max_denominator=20)


def decimal_bound(values: dict[str, Fraction | int]) -> mpmath.mpf:
    """The formula of the docstring by mpmath, to 60 digits."""
    with mpmath.workdps(60):
        p, R, Lambda, eps, w, delta = (
            mpmath.mpf(Fraction(values[name]).numerator) / Fraction(values[name]).denominator
            for name in EXAMPLE
        )
        return 2 * w**2 / eps**2 * (p * mpmath.log(1 + 8 * R * Lambda / eps) + mpmath.log(2 / delta))


def test_two_facts_are_cited() -> None:
    """The volume of balls and the independence of draws are taken from the literature, and no more."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.CITED)
    assert {fact.key for fact in evidence.cited} == {"lebesgue-measure", "independence-factorises"}


def test_hoeffdings_lemma_is_derived() -> None:
    """The steps of Hoeffding's lemma are exact: no part of it is cited."""
    steps = {step.name: step for step in theory.prove(THEOREM).steps}

    for name in ("log-moment", "hoeffding-lemma-1", "hoeffding-lemma-2", "chernoff", "best-exponent"):
        assert steps[name].grade is theory.Grade.EXACT
        assert steps[name].cited == ()


@given(
    st.fixed_dictionaries(
        {
            "parameters": st.integers(1, 10**4),
            "radius": positive_numbers,
            "lipschitz": positive_numbers,
            "epsilon": positive_numbers,
            "excess": positive_numbers,
            "failure_probability": st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000),
        }
    )
)
def test_the_ceiling_is_that_of_the_bound(values: dict[str, Fraction | int]) -> None:
    """Two roads to one integer: balls whose precision grows until they decide, and 60 decimal digits."""
    values["range_width"] = values["epsilon"] + values.pop("excess")
    assert int(ATOMS.at(**values).exact) == int(mpmath.ceil(decimal_bound(values)))
    assert float(BOUND.at(**values)) == pytest.approx(float(decimal_bound(values)), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "grows"),
    [
        ("parameters", True),
        ("radius", True),
        ("lipschitz", True),
        ("epsilon", False),
        ("range_width", True),
        ("failure_probability", False),
    ],
)
def test_the_bound_is_monotone(name: str, grows: bool) -> None:
    """More capacity or a wider range needs more atoms; a coarser tolerance or a likelier failure fewer."""
    other = EXAMPLE | {name: 2 * EXAMPLE[name]}

    assert (BOUND.at(**other).exact > BOUND.at(**EXAMPLE).exact) == grows


@pytest.mark.parametrize("name", ["parameters", "radius", "lipschitz", "epsilon", "range_width"])
@pytest.mark.parametrize("prediction", [ATOMS, BOUND], ids=lambda p: p.observable)
def test_what_is_not_positive_is_refused(prediction: Prediction, name: str) -> None:
    """The bound divides by it or measures with it."""
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        prediction.at(**(EXAMPLE | {name: 0}))


@pytest.mark.parametrize("delta", ["0", "1", "-1/2"])
def test_a_failure_probability_lies_between_zero_and_one(delta: str) -> None:
    """Certainty needs no draws, and no draws are certain."""
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        ATOMS.at(**(EXAMPLE | {"failure_probability": delta}))


@pytest.mark.parametrize("draws", [5, 20, 80])
@pytest.mark.parametrize("mean", [0.05, 0.3, 0.5])
def test_the_tail_that_the_proof_bounds(draws: int, mean: float) -> None:
    """Another road to the tail: the exact binomial tail lies below exp(-2 m tau^2), the proof's at w = 1."""
    for hits in range(ceil(mean * draws) + 1, draws + 1):
        tail = sum(comb(draws, k) * mean**k * (1 - mean) ** (draws - k) for k in range(hits, draws + 1))

        assert tail <= exp(-2 * draws * (hits / draws - mean) ** 2)


@pytest.mark.parametrize("mean", [0.02, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("exponent", [-7.0, -0.1, 0.2, 3.0])
def test_the_log_moment_of_two_points(mean: float, exponent: float) -> None:
    """The term in the theorem is log E exp(u (X - mean)) of a coin, and lies below u^2/8."""
    coin = log((1 - mean) * exp(-exponent * mean) + mean * exp(exponent * (1 - mean)))

    assert float(log_moment.xreplace({theta: sp.Float(mean), u: sp.Float(exponent)})) == pytest.approx(
        coin, abs=1e-12
    )
    assert coin <= exponent**2 / 8
