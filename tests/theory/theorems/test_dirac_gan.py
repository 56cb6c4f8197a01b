r"""The radii of simultaneous and alternating steps, against NumPy's eigenvalues and played games."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import theory
from theory.theorems.dirac_gan import THEOREM

IMAGINARY, SIMULTANEOUS, ALTERNATING, LARGEST = THEOREM.predictions


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


def test_the_logistic_loss() -> None:
    """With f1 = 1/2: eigenvalues of modulus 1/2, growth sqrt(1 + h^2/4), alternating steps up to 4."""
    assert IMAGINARY.at(f1="1/2").exact == sp.Rational(1, 2)
    assert SIMULTANEOUS.at(f1="1/2", h=2).exact == sp.sqrt(2)
    assert LARGEST.at(f1="1/2", n_g=1, n_d=1).exact == 4
    assert LARGEST.at(f1="1/2", n_g=1, n_d=4).exact == 2


def moved(f1: float, h: float, n_g: int, n_d: int, *, alternate: bool) -> np.ndarray:
    """The linear map of one round, column by column, by playing it from two unit vectors."""
    columns = []
    for start in np.eye(2):
        theta, psi = start
        if not alternate:
            theta, psi = theta - h * f1 * psi, psi + h * f1 * theta
        else:
            for _ in range(n_g):
                theta -= h * f1 * psi
            for _ in range(n_d):
                psi += h * f1 * theta
        columns.append([theta, psi])
    return np.array(columns).T


def radius(matrix: np.ndarray) -> float:
    """The spectral radius in floating point."""
    return float(max(abs(np.linalg.eigvals(matrix))))


def test_the_radii_are_those_of_played_rounds() -> None:
    """Another road, on 2,000 random games: the round is played step by step, NumPy finds its eigenvalues.

    Near a double eigenvalue NumPy knows a root to the root of its precision only: 1e-7, times the size.
    """
    rng = np.random.default_rng(0)
    for _ in range(2000):
        f1, h = Fraction(int(rng.integers(-30, 31)), 10), Fraction(int(rng.integers(1, 40)), 20)
        n_g, n_d = (int(n) for n in rng.integers(1, 4, 2))

        one = radius(moved(float(f1), float(h), 1, 1, alternate=False))
        many = radius(moved(float(f1), float(h), n_g, n_d, alternate=True))
        assert float(SIMULTANEOUS.at(f1=f1, h=h)) == pytest.approx(one, rel=1e-9)
        assert float(ALTERNATING.at(f1=f1, h=h, n_g=n_g, n_d=n_d)) == pytest.approx(many, rel=1e-6)


@pytest.mark.parametrize(("n_g", "n_d"), [(1, 1), (2, 1), (1, 5)])
def test_the_largest_step_is_where_the_radius_leaves_one(n_g: int, n_d: int) -> None:
    """Just below the largest step the radius is one, just above it exceeds one."""
    largest = float(LARGEST.at(f1=1, n_g=n_g, n_d=n_d))
    below, above = Fraction(largest * 0.999), Fraction(largest * 1.001)

    assert ALTERNATING.at(f1=1, h=below, n_g=n_g, n_d=n_d).exact == 1
    assert float(ALTERNATING.at(f1=1, h=above, n_g=n_g, n_d=n_d)) > 1


def test_a_played_logistic_game_leaves_the_equilibrium() -> None:
    """From 1/1000 away, 400 simultaneous steps of 1/5 grow by the predicted factor to the power 400.

    The slope falls to second order in the distance: one per cent is allowed.
    """
    h = 0.2
    state = np.array([1e-3, 0.0])
    for _ in range(400):
        u = state[0] * state[1]
        slope = 1 / (1 + np.exp(u))
        state = state + h * slope * np.array([-state[1], state[0]])
    expected = 1e-3 * float(SIMULTANEOUS.at(f1="1/2", h="1/5")) ** 400

    assert np.linalg.norm(state) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"f1": "1/2", "h": "0", "n_g": 1, "n_d": 1}, "h must be positive"),
        ({"f1": "1/2", "h": "1/2", "n_g": 0, "n_d": 1}, "at least 1"),
        ({"f1": "fast", "h": "1/2", "n_g": 1, "n_d": 1}, "exact number"),
    ],
)
def test_bad_parameters(values: dict, sentence: str) -> None:
    """No step, no move or no number: one sentence says which."""
    with pytest.raises(ValueError, match=sentence):
        ALTERNATING.at(**values)


def test_no_largest_step_without_a_slope() -> None:
    """With f'(0) = 0 every step is as good as another."""
    with pytest.raises(ValueError, match="f1 must not be 0"):
        LARGEST.at(f1=0, n_g=1, n_d=1)
