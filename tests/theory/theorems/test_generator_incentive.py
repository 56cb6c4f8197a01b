"""The weights of a fake sample by automatic differentiation, and best responses by a linear program."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import theory
from theory.theorems.generator_incentive import THEOREM

SATURATING, NON_SATURATING, MAXIMUM_LIKELIHOOD, THRESHOLD = THEOREM.predictions

COSTS = {
    "saturating_weight": lambda a: torch.log1p(-torch.sigmoid(a)),
    "non_saturating_weight": lambda a: -torch.log(torch.sigmoid(a)),
    "maximum_likelihood_weight": lambda a: -torch.exp(a),
}


def outputs() -> st.SearchStrategy[Fraction]:
    """Outputs of a logistic discriminator."""
    return st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000)


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)


@pytest.mark.parametrize("prediction", THEOREM.predictions[:3], ids=lambda p: p.observable)
@given(D=outputs())
def test_automatic_differentiation_agrees(prediction: theory.Prediction, D: Fraction) -> None:
    """The slope of each cost in the logit; a weight of 999 rounds at 1e-9 of itself."""
    logit = torch.logit(torch.tensor(float(D), dtype=torch.float64)).requires_grad_()
    (slope,) = torch.autograd.grad(COSTS[prediction.observable](logit), logit)

    assert -float(slope) == pytest.approx(float(prediction.at(D=D)), rel=1e-9)


@given(outputs())
def test_the_order_of_the_weights(D: Fraction) -> None:
    """D <= D/(1 - D) <= 1 - D exactly where D lies below (3 - sqrt 5)/2, about 0.382."""
    low, middle, high = (p.at(D=D).exact for p in (SATURATING, MAXIMUM_LIKELIHOOD, NON_SATURATING))

    assert low <= middle
    assert (middle <= high) == (float(D) <= float(THRESHOLD.at()))


def test_what_a_rejected_sample_gets() -> None:
    """At D = 1/100: pushes of 1/100, 99/100 and 1/99."""
    found = [str(p.at(D="1/100").exact) for p in THEOREM.predictions[:3]]

    assert found == ["1/100", "99/100", "1/99"]
    assert float(THRESHOLD.at()) == pytest.approx(0.3819660113, abs=1e-10)


@pytest.mark.parametrize("name", COSTS)
def test_the_best_response_is_a_point_mass(name: str) -> None:
    """A linear program over all laws on 50 samples: all mass goes to the one with the largest output."""
    logits = torch.linspace(-3, 2, 50, dtype=torch.float64)[
        torch.randperm(50, generator=torch.manual_seed(3))
    ]
    cost = COSTS[name](logits).numpy()
    found = linprog(cost, A_eq=np.ones((1, 50)), b_eq=[1], bounds=(0, 1))

    assert found.x[int(logits.argmax())] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("D", ["0", "1", "-1", "3/2"])
def test_where_nothing_is_predicted(D: str) -> None:
    """A logistic output lies strictly between its ends."""
    for prediction in THEOREM.predictions[:3]:
        with pytest.raises(ValueError, match="D=1/100"):
            prediction.at(D=D)
