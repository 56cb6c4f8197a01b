"""m (2 eps + a) >= 1 for m atoms that fool all thresholds, and the quantiles that attain it."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import theory
from theory import fooling_support
from theory.theorems.threshold_support import THEOREM

EXACT, LEAST = THEOREM.predictions
tolerances = st.fractions(Fraction(1, 50), 3, max_denominator=50)


def kolmogorov(mass: list[Fraction], atoms: list[int], weights: list[Fraction]) -> Fraction:
    """The largest |F - G| of a law on 0, ..., n - 1 and a generator on some of these points, exactly."""
    worst = above = Fraction(0)
    for point, share in enumerate(mass):
        above += share - sum((w for x, w in zip(atoms, weights, strict=True) if x == point), Fraction(0))
        worst = max(worst, abs(above))
    return worst


def test_nothing_is_cited() -> None:
    """Both directions hold by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(tolerances)
def test_the_support_is_the_least(epsilon: Fraction) -> None:
    """1/(2m) <= eps at m and not at m - 1."""
    m = int(EXACT.at(epsilon=epsilon, largest_atom=0).exact)

    assert Fraction(1, 2 * m) <= epsilon
    assert m == 1 or Fraction(1, 2 * (m - 1)) > epsilon
    assert LEAST.at(epsilon=epsilon, largest_atom=0).exact == m


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 8))
def test_quantiles_are_within_half_a_step(counts: list[int], m: int) -> None:
    """For every law, heavy points or not, quantiles of orders (2j - 1)/(2m) leave at most 1/(2m)."""
    total = sum(counts)
    mass = [Fraction(c, total) for c in counts]
    cumulated = [sum(mass[: i + 1], Fraction(0)) for i in range(len(mass))]
    orders = [Fraction(2 * j - 1, 2 * m) for j in range(1, m + 1)]
    atoms = [next(i for i, F in enumerate(cumulated) if F >= order) for order in orders]

    assert kolmogorov(mass, atoms, [Fraction(1, m)] * m) <= Fraction(1, 2 * m)


@given(st.lists(st.integers(1, 30), min_size=2, max_size=30), st.integers(1, 6), st.randoms())
def test_no_law_is_fooled_by_fewer(counts: list[int], m: int, random: object) -> None:
    """Random atoms with random weights: m (2 eps + a) >= 1 at the eps that they have."""
    mass = [Fraction(c, sum(counts)) for c in counts]
    atoms = [random.randrange(len(mass)) for _ in range(m)]  # type: ignore[attr-defined]
    raw = [random.randint(1, 20) for _ in range(m)]  # type: ignore[attr-defined]
    epsilon = kolmogorov(mass, atoms, [Fraction(r, sum(raw)) for r in raw])

    assert m * (2 * epsilon + max(mass)) >= 1


def test_a_linear_program_finds_the_same_least_distance() -> None:
    """Another road: on 40 equal points the best weights of the 4 middle atoms, by scipy, leave 1/8."""
    n, m = 40, 4
    atoms = [(2 * j + 1) * n // (2 * m) for j in range(m)]
    steps = np.array([[float(x <= t) for x in atoms] for t in range(n)])
    F = np.arange(1, n + 1) / n
    found = linprog(
        np.r_[np.zeros(m), 1],
        A_ub=np.block([[steps, -np.ones((n, 1))], [-steps, -np.ones((n, 1))]]),
        b_ub=np.r_[F, -F],
        A_eq=np.r_[np.ones(m), 0][None],
        b_eq=[1],
    )

    # A grid of mass 1/n a point cannot do better than (1/m - 1/n)/2.
    assert (1 / m - 1 / n) / 2 - 1e-9 <= found.fun <= 1 / (2 * m) + 1e-9


def test_a_law_of_one_point_needs_one_atom() -> None:
    """A heavy point does away with the bound: then the exact law is refused, and the lower one says 1."""
    assert LEAST.at(epsilon="1/10", largest_atom=1).exact == 1
    with pytest.raises(ValueError, match="a finer grid"):
        EXACT.at(epsilon="1/10", largest_atom=1)


@given(st.integers(2, 40), st.integers(1, 2000))
def test_the_exact_law_is_refused_exactly_on_coarse_grids(k: int, points: int) -> None:
    """At eps = 1/(2k) it holds on N equal points if and only if N > k (k - 1)."""
    epsilon, largest = Fraction(1, 2 * k), Fraction(1, points)

    if ceil(1 / (Fraction(1, k) + largest)) == k:
        assert points > k * (k - 1)
        assert EXACT.at(epsilon=epsilon, largest_atom=largest).exact == k
    else:
        assert points <= k * (k - 1)
        with pytest.raises(ValueError, match="a finer grid"):
            EXACT.at(epsilon=epsilon, largest_atom=largest)


def test_the_table_of_laws_reads_this_prediction() -> None:
    """One formula for the law: fooling_support holds no other."""
    assert fooling_support.THRESHOLDS.prediction.formula is EXACT.formula


@pytest.mark.parametrize(("epsilon", "largest_atom"), [("0", "0"), ("-1", "0"), ("1/2", "-1")])
def test_parameters_outside_the_hypotheses_are_refused(epsilon: str, largest_atom: str) -> None:
    """No tolerance, or a negative mass."""
    for prediction in (EXACT, LEAST):
        with pytest.raises(ValueError, match="epsilon"):
            prediction.at(epsilon=epsilon, largest_atom=largest_atom)
