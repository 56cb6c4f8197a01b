"""n + 1 of a law's atoms carry its n means; the pivots are run here and compared with two other roads."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import theory
from empirical.observables.fooling.spans import matching_law
from theory.laws import FiniteLaw
from theory.theorems.caratheodory_support import THEOREM, reduced

PLAIN, WITH_CONSTANT = THEOREM.predictions


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[int]], FiniteLaw]:
    """Up to 8 atoms with positive weights, and up to 4 integer functions on them."""
    size, functions = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    counts = draw(st.lists(st.integers(1, 9), min_size=size, max_size=size))
    row = st.lists(st.integers(-5, 5), min_size=size, max_size=size)
    features = draw(st.lists(row, min_size=functions, max_size=functions))
    return features, FiniteLaw([Fraction(c, sum(counts)) for c in counts])


def means(features: list[list[int]], weights: tuple[Fraction, ...]) -> list[Fraction]:
    return [sum((w * f for w, f in zip(weights, row, strict=True)), Fraction(0)) for row in features]


def test_nothing_is_cited() -> None:
    """Elimination, pivot and sharpness hold for every n by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(problems())
@settings(max_examples=80, deadline=None)
def test_the_pivots_keep_the_means_on_few_of_the_atoms(problem: tuple[list[list[int]], FiniteLaw]) -> None:
    """Exactly the same means, no new atom, at most n + 1 of them; on n where a function is constant."""
    features, law = problem
    for rows, most in ((features, PLAIN), ([*features, [1] * len(law)], WITH_CONSTANT)):
        fewer = reduced(rows, law)

        assert means(rows, fewer.weights) == means(rows, law.weights)
        assert sum(w > 0 for w in fewer.weights) <= int(most.at(functions=len(rows)).exact)


@given(problems())
@settings(max_examples=40, deadline=None)
def test_another_pivoting_solver_needs_as_many_atoms(problem: tuple[list[list[int]], FiniteLaw]) -> None:
    """The integer solver that experiments use meets the same bound and the same means on its own road."""
    features, law = problem
    other = matching_law(list(map(list, zip(*features, strict=True))), law)
    weights = tuple(other.get(i, Fraction(0)) for i in range(len(law)))

    assert means(features, weights) == means(features, reduced(features, law).weights)
    assert len(other) <= len(features) + 1


@pytest.mark.parametrize("functions", [1, 2, 3, 4])
def test_fewer_atoms_do_not_do_on_the_moment_curve(functions: int) -> None:
    """HiGHS finds no law on n of n + 1 points of the curve (x, ..., x^n) with the uniform law's means."""
    points = np.arange(functions + 1)
    curve = np.vstack([points**k for k in range(functions + 1)])  # row 0 is the mass
    target = curve.mean(axis=1)

    everywhere = linprog(np.zeros(functions + 1), A_eq=curve, b_eq=target)
    assert everywhere.status == 0
    for chosen in combinations(range(functions + 1), functions):
        found = linprog(np.zeros(functions), A_eq=curve[:, list(chosen)], b_eq=target)
        assert found.status == 2  # infeasible


def test_a_law_on_few_atoms_is_left_alone() -> None:
    """Where the functions tell the atoms apart, no direction is left and nothing moves."""
    law = FiniteLaw([Fraction(1, 6), Fraction(1, 3), Fraction(1, 2)])

    assert reduced([[0, 1, 2], [0, 1, 4]], law) == law
    assert reduced([[0, 1, 2]], law) != law


def test_the_numbers_of_the_notes() -> None:
    """N + 1 atoms for n functions; n with the constant among them."""
    assert PLAIN.at(functions=20).exact == 21
    assert WITH_CONSTANT.at(functions=20).exact == 20


@pytest.mark.parametrize("prediction", THEOREM.predictions, ids=lambda p: p.observable)
def test_where_nothing_is_predicted(prediction: theory.Prediction) -> None:
    """No functions, no claim; and a function without a value at an atom is refused."""
    with pytest.raises(ValueError, match="pass a number above 0"):
        prediction.at(functions=0)
    with pytest.raises(ValueError, match="one value per atom"):
        reduced([[0, 1]], FiniteLaw([1]))
