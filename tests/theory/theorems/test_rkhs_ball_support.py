"""1/k - 1/n and 2(1 - k/n): how near k atoms come to n equal points, and what fooling takes."""

from fractions import Fraction
from itertools import product
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

import theory
from theory import fooling_support
from theory.theorems.rkhs_ball_support import THEOREM, ThresholdError

L2, LINF, MAUREY = THEOREM.predictions
tolerances = st.fractions(Fraction(1, 50), 3, max_denominator=50)
sizes = st.integers(1, 200)


def test_nothing_is_cited() -> None:
    """Both exact cases and Maurey's bound hold by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(sizes, tolerances)
def test_the_euclidean_support_is_the_least(n: int, epsilon: Fraction) -> None:
    """1/m - 1/n <= eps^2 at m and not at m - 1; never more than n atoms, nor than Maurey's."""
    m = int(L2.at(functions=n, epsilon=epsilon).exact)

    assert 1 <= m <= n
    assert Fraction(1, m) - Fraction(1, n) <= epsilon**2
    assert m == 1 or Fraction(1, m - 1) - Fraction(1, n) > epsilon**2
    assert m <= MAUREY.at(variance=1 - Fraction(1, n), epsilon=epsilon).exact


@given(sizes, tolerances)
def test_the_bounded_support_is_the_least(n: int, epsilon: Fraction) -> None:
    """2 (1 - m/n) <= eps at m and not at m - 1; one atom at least."""
    m = int(LINF.at(functions=n, epsilon=epsilon).exact)

    assert 1 <= m <= n
    assert 2 * (1 - Fraction(m, n)) <= epsilon
    assert m == 1 or 2 * (1 - Fraction(m - 1, n)) > epsilon


@pytest.mark.parametrize(("n", "k"), [(5, 1), (5, 3), (9, 4), (6, 6)])
def test_the_optimisers_find_the_same_distances(n: int, k: int) -> None:
    """Other roads: scipy over the weights of k atoms; a quadratic and a linear program, to 1e-6."""
    start = np.random.default_rng(0).dirichlet(np.ones(k))
    on_simplex = {"type": "eq", "fun": lambda w: w.sum() - 1}
    square = minimize(
        lambda w: ((w - 1 / n) ** 2).sum() + (n - k) / n**2,
        start,
        bounds=[(0, 1)] * k,
        constraints=on_simplex,
    )
    # min sum t with t >= |w - 1/n|, over (w, t).
    above = np.block([[np.eye(k), -np.eye(k)], [-np.eye(k), -np.eye(k)]])
    total = linprog(
        np.r_[np.zeros(k), np.ones(k)],
        A_ub=above,
        b_ub=np.r_[np.full(k, 1 / n), np.full(k, -1 / n)],
        A_eq=np.r_[np.ones(k), np.zeros(k)][None],
        b_eq=[1],
    )

    assert square.fun == pytest.approx(1 / k - 1 / n, abs=1e-6)
    assert total.fun + (n - k) / n == pytest.approx(2 * (1 - k / n), abs=1e-6)


def test_the_distances_are_suprema_over_discriminators() -> None:
    """The largest advantage over all signs is the l1 distance, over unit vectors the l2 distance."""
    weights = np.array([0.5, 0.3, 0.2, 0, 0])
    gap = weights - 0.2
    signs = np.array(list(product((-1, 1), repeat=5)))

    assert (signs @ gap).max() == pytest.approx(np.abs(gap).sum())
    assert (gap / np.linalg.norm(gap)) @ gap == pytest.approx(np.linalg.norm(gap))


def test_random_draws_are_as_near_as_maurey_says() -> None:
    """The mean squared distance of k draws is variance/k: 4,000 repetitions know it to 5 per cent."""
    rng = np.random.default_rng(2)
    n, k = 12, 5
    counts = rng.multinomial(k, np.full(n, 1 / n), size=4000) / k

    assert ((counts - 1 / n) ** 2).sum(axis=1).mean() == pytest.approx((1 - 1 / n) / k, rel=0.05)


@pytest.mark.parametrize(("points", "atoms"), [(4, 2), (6, 3), (10, 3), (9, 5)])
def test_few_atoms_off_the_data_fool_all_signs(points: int, atoms: int) -> None:
    """The naive bound d(1 - eps/2) fails off the data: m atoms see every vector of signs within 1/m."""
    worst = 0.0
    for signs in product((-1, 1), repeat=points):
        mean = sum(signs) / points
        middles = [(2 * j + 1) / atoms - 1 for j in range(atoms)]
        worst = max(worst, abs(mean - sum(1 if mean > t else -1 for t in middles) / atoms))

    error = ThresholdError(points, atoms)
    assert float(error) == pytest.approx(worst)
    assert error <= Fraction(1, atoms)
    assert atoms < ceil(points * (1 - Fraction(int(error.p), int(error.q)) / 2))


def test_the_table_of_laws_reads_these_predictions() -> None:
    """One formula for a law: fooling_support holds no other."""
    assert fooling_support.L2_BALL.prediction.formula is L2.formula
    assert fooling_support.LINF_BALL.prediction.formula is LINF.formula


@pytest.mark.parametrize(("functions", "epsilon"), [(0, "1/2"), (3, "0"), (3, "-1")])
def test_parameters_outside_the_hypotheses_are_refused(functions: int, epsilon: str) -> None:
    """No function, or no tolerance, has no law; nor has a negative variance."""
    for prediction in (L2, LINF):
        with pytest.raises(ValueError, match="must be positive"):
            prediction.at(functions=functions, epsilon=epsilon)
    with pytest.raises(ValueError, match="variance must not be negative"):
        MAUREY.at(variance=-1, epsilon="1/2")
