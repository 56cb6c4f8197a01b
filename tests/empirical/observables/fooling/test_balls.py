"""Fooling supports of norm balls: certificates that cannot lie, and the laws that they confirm."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from empirical.judge import Outcome, judge
from empirical.observables.fooling import Norm, ball_support, balls, gap_on_support
from tests.strategies import finite_laws
from theory import fooling_support
from theory.laws import FiniteLaw

norms = st.sampled_from(Norm)
tolerances = st.fractions(Fraction(1, 20), 2, max_denominator=20)


def uniform(points: int) -> FiniteLaw:
    return FiniteLaw([Fraction(1, points)] * points)


def exact_gap(law: FiniteLaw, other: FiniteLaw, norm: Norm) -> Fraction:
    differences = [a - b for a, b in zip(law.weights, other.weights, strict=True)]
    return sum((d * d if norm is Norm.EUCLIDEAN else abs(d) for d in differences), Fraction(0))


@given(st.data(), norms)
def test_no_law_on_the_support_does_better_than_the_certificate(data: st.DataObject, norm: Norm) -> None:
    """Every law on the support has at least the gap ``lower``, and the proposed one exactly ``upper``."""
    law = data.draw(finite_laws(max_atoms=5))
    support = data.draw(st.sets(st.integers(0, len(law) - 1), min_size=1))
    drawn = data.draw(finite_laws(atoms=len(support)))
    placed = dict(zip(sorted(support), drawn.weights, strict=True))
    rival = FiniteLaw(placed.get(i, Fraction(0)) for i in range(len(law)))

    gap = gap_on_support(law, sorted(support), norm)

    assert exact_gap(law, rival, norm) >= gap.lower
    assert exact_gap(law, FiniteLaw(gap.law), norm) == gap.upper
    assert {i for i, weight in enumerate(gap.law) if weight} <= support


@given(st.data(), norms)
def test_the_certificates_meet(data: st.DataObject, norm: Norm) -> None:
    """Law and discriminator prove the same number: the bracket has no width."""
    law = data.draw(finite_laws(max_atoms=6))
    support = data.draw(st.sets(st.integers(0, len(law) - 1), min_size=1))

    gap = gap_on_support(law, sorted(support), norm)

    assert gap.lower == gap.upper


@given(finite_laws(max_atoms=5), st.sets(st.integers(0, 4), min_size=1))
def test_the_maximum_norm_gap_is_that_of_the_primal_program(law: FiniteLaw, support: set[int]) -> None:
    """The other road: minimise the sum of |mu - nu| over nu directly, in floating point."""
    atoms = sorted(i for i in support if i < len(law)) or [0]
    n = len(law)
    mean = np.array([float(weight) for weight in law.weights])
    # Variables (nu, t) with -t <= mu - nu <= t.
    above = np.hstack([-np.eye(n), -np.eye(n)])
    below = np.hstack([np.eye(n), -np.eye(n)])
    solved = linprog(
        np.concatenate([np.zeros(n), np.ones(n)]),
        A_ub=np.vstack([above, below]),
        b_ub=np.concatenate([-mean, mean]),
        A_eq=np.concatenate([np.ones(n), np.zeros(n)])[None, :],
        b_eq=[1.0],
        bounds=[(0, None if i in atoms else 0) for i in range(n)] + [(0, None)] * n,
    )

    # HiGHS is feasible and optimal to 1e-7.
    assert solved.fun == pytest.approx(float(gap_on_support(law, atoms, Norm.MAXIMUM).upper), abs=1e-6)


@given(finite_laws(max_atoms=5), tolerances, norms)
def test_one_support_of_each_kind_is_enough(law: FiniteLaw, epsilon: Fraction, norm: Norm) -> None:
    """The smallest support agrees with the enumeration of all of them, sizes from below."""
    threshold = epsilon**2 if norm is Norm.EUCLIDEAN else epsilon
    smallest = next(
        m
        for m in range(1, len(law) + 1)
        for support in combinations(range(len(law)), m)
        if gap_on_support(law, support, norm).upper <= threshold
    )

    measured = ball_support(law, epsilon, norm)

    assert (measured.lower, measured.value, measured.upper) == (smallest, smallest, smallest)


@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("points", [1, 2, 3, 7, 30, 64])
@pytest.mark.parametrize("epsilon", [Fraction(1, 8), Fraction(3, 7), Fraction(1, 2), Fraction(2)])
def test_computed_supports_confirm_the_law(norm: Norm, points: int, epsilon: Fraction) -> None:
    """Two roads: the support found with its certificates, and the closed form."""
    predicted = fooling_support.law(norm.value).prediction.at(functions=points, epsilon=epsilon)

    verdict = judge(predicted, ball_support(uniform(points), epsilon, norm), resolution=1.0)

    assert verdict.outcome is Outcome.HOLDS


@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("offset", [-1, 1])
def test_a_law_that_is_off_by_one_fails(norm: Norm, offset: int) -> None:
    """The planted mistake: one function more or less moves the predicted support, and the judge sees it."""
    epsilon = Fraction(1, 20)
    planted = fooling_support.law(norm.value).prediction.at(functions=12 + offset, epsilon=epsilon)

    assert judge(planted, ball_support(uniform(12), epsilon, norm), resolution=1.0).outcome is Outcome.FAILS


@pytest.mark.parametrize(
    ("norm", "planted"), [(Norm.EUCLIDEAN, Fraction(9, 40)), (Norm.MAXIMUM, Fraction(9, 32))]
)
def test_another_epsilon_fails(norm: Norm, planted: Fraction) -> None:
    """The planted mistake: a tolerance off by an eighth at most."""
    predicted = fooling_support.law(norm.value).prediction.at(functions=64, epsilon=planted)

    measured = ball_support(uniform(64), Fraction(1, 4), norm)

    assert judge(predicted, measured, resolution=1.0).outcome is Outcome.FAILS


def test_a_solver_that_errs_widens_the_bracket(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad proposal costs certainty, never correctness: the bracket still holds the true 12, and is open."""

    def lazy(law: FiniteLaw, atoms: list[int]) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        concentrated = tuple(Fraction(i == atoms[0]) for i in range(len(law)))
        return concentrated, tuple(Fraction(0) for _ in range(len(law)))

    monkeypatch.setattr(balls, "_solve_game", lazy)
    measured = ball_support(uniform(16), Fraction(1, 2), Norm.MAXIMUM)

    assert (measured.lower, measured.upper) == (1, 16)


@pytest.mark.parametrize("support", [[], [3], [-1, 0]])
def test_a_support_off_the_points_is_refused(support: list[int]) -> None:
    """A support names at least one of the points, and nothing else."""
    with pytest.raises(ValueError, match="points 0 to 2"):
        gap_on_support(uniform(3), support, Norm.EUCLIDEAN)


@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(-1, 2)])
def test_no_tolerance_is_refused(epsilon: Fraction) -> None:
    """Nothing fools up to a negative gap, and a gap of zero asks for the law itself."""
    with pytest.raises(ValueError, match="epsilon must be positive"):
        ball_support(uniform(3), epsilon, Norm.EUCLIDEAN)
