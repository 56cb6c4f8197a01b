r"""2 gamma^2/beta KL <= W^2 <= 2 beta^2/gamma KL; its steps are checked here as well."""

from fractions import Fraction
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import theory
from theory.theorems.exponential_family import THEOREM

DISTANCE, DIVERGENCE, AT_MOST = THEOREM.predictions
parameters = st.fractions(Fraction(1, 100), 4, max_denominator=100)


def test_one_fact_is_cited() -> None:
    """The theorem rests on Taylor's formula, and on nothing else from the literature."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.CITED)
    assert [fact.key for fact in evidence.cited] == ["taylor"]


@given(parameters)
def test_the_bernoulli_family(theta: Fraction) -> None:
    """Two roads: the closed forms, and means and divergence from the two probabilities.

    Logarithms of size one in float64: 1e-12 covers their rounding.
    """
    p = exp(theta) / (1 + exp(theta))

    assert float(DISTANCE.at(theta=theta)) == pytest.approx(p - (1 - p), abs=1e-12)
    divergence = p * log(p / (1 - p)) + (1 - p) * log((1 - p) / p)
    assert float(DIVERGENCE.at(theta=theta)) == pytest.approx(divergence, abs=1e-12)
    assert float(DISTANCE.at(theta=theta)) <= float(AT_MOST.at(theta=theta)) + 1e-12


def test_the_misprint_is_caught() -> None:
    """The numbers of the notes: 0.04996 is attained, where beta/sqrt(gamma) sqrt(KL) is 0.03538."""
    distance = float(DISTANCE.at(theta="1/10"))
    bound = float(AT_MOST.at(theta="1/10"))

    assert distance == pytest.approx(0.04996, abs=5e-6)
    assert bound / sqrt(2) == pytest.approx(0.03538, abs=5e-6)
    assert bound / sqrt(2) < distance <= bound


def test_the_bounds_in_three_dimensions() -> None:
    """A second road: random families on twelve points, T in R^3, eigenvalues from a fine grid.

    The extreme eigenvalues are taken over 400 points of the segment; 1e-3 of slack allows for those between.
    """
    rng = np.random.default_rng(3)
    for _ in range(20):
        T = rng.normal(size=(12, 3))
        start, end = rng.normal(size=(2, 3))

        def law(theta: np.ndarray, T: np.ndarray = T) -> np.ndarray:
            weights = np.exp(T @ theta)
            return weights / weights.sum()

        p, q = law(start), law(end)
        distance = float(np.linalg.norm(p @ T - q @ T))
        divergence = float((p * np.log(p / q)).sum())
        eigenvalues = []
        for share in np.linspace(0, 1, 400):
            r = law(start + share * (end - start))
            eigenvalues.append(np.linalg.eigvalsh((T - r @ T).T @ (r[:, None] * (T - r @ T)))[[0, -1]])
        least, largest = np.min(eigenvalues) * 0.999, np.max(eigenvalues) * 1.001

        assert 2 * least**2 / largest * divergence <= distance**2 <= 2 * largest**2 / least * divergence


def test_a_parameter_is_positive() -> None:
    """At theta = 0 the two laws are one."""
    for theta in ("0", "-1/10"):
        with pytest.raises(ValueError, match="must be positive"):
            DISTANCE.at(theta=theta)
