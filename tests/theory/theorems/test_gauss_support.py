"""floor(d/2) + 1 atoms fool all polynomials of degree d, L + 1 all waves up to frequency L; no fewer do."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import roots_genlaguerre, roots_hermitenorm

import theory
from theory.theorems.gauss_support import THEOREM, GaussMoment, UniformMoment

POLYNOMIALS, WAVES = THEOREM.predictions


def test_nothing_is_cited() -> None:
    """Existence and necessity hold by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@pytest.mark.parametrize("k", range(1, 9))
def test_numpy_finds_the_same_moments(k: int) -> None:
    """The moments at numpy's nodes agree to 1e-12, and are the data's up to 2k - 1, not at 2k."""
    nodes, weights = np.polynomial.legendre.leggauss(k)

    for power in range(2 * k + 3):
        assert float(GaussMoment(k, power)) == pytest.approx(float(weights @ nodes**power) / 2, abs=1e-12)
        equal = GaussMoment(k, power) == UniformMoment(power)
        assert equal or power >= 2 * k
    assert GaussMoment(k, 2 * k) != UniformMoment(2 * k)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_other_laws_have_nodes_as_well(k: int) -> None:
    """Normal and exponential data, whose support is unbounded: moments up to 2k - 1 to a relative 1e-9."""
    for (nodes, weights), moment in (
        (roots_hermitenorm(k), lambda d: 0 if d % 2 else float(sp.factorial2(d - 1))),
        (roots_genlaguerre(k, 0), lambda d: float(sp.factorial(d))),
    ):
        law = weights / weights.sum()
        assert (law > 0).all()
        for power in range(2 * k):
            assert law @ nodes**power == pytest.approx(moment(power), rel=1e-9, abs=1e-9)


@given(st.lists(st.fractions(-1, 1, max_denominator=9), min_size=1, max_size=5))
def test_a_square_tells_fewer_atoms_apart(atoms: list[Fraction]) -> None:
    """Whatever the atoms, the square of degree 2m is 0 at them and has a positive uniform mean."""
    x = sp.Symbol("x")
    square = sp.Poly(sp.Mul(*((x - sp.Rational(a.numerator, a.denominator)) ** 2 for a in atoms)), x)

    mean = sum(c * UniformMoment(power) for (power,), c in square.terms())
    assert all(square.eval(sp.Rational(a.numerator, a.denominator)) == 0 for a in atoms)
    assert mean > 0
    assert POLYNOMIALS.at(degree=2 * len(atoms)).exact == len(atoms) + 1


@given(st.integers(0, 12))
def test_equispaced_points_fool_waves(frequency: int) -> None:
    """L + 1 points have mean 0 at all frequencies up to L, and 1 at L + 1."""
    size = int(WAVES.at(frequency=frequency).exact)
    angles = 2 * np.pi * np.arange(size) / size
    means = np.exp(1j * np.outer(np.arange(1, size + 1), angles)).mean(axis=1)

    assert size == frequency + 1
    assert np.abs(means[:-1]).max(initial=0) < 1e-12
    assert abs(means[-1]) == pytest.approx(1)


@given(st.lists(st.floats(0, 6), min_size=1, max_size=6, unique=True))
def test_fewer_points_do_not_fool_waves(angles: list[float]) -> None:
    """The squared modulus of the product of (z - z_i) has a positive mean: the sum of |c_i|^2."""
    coefficients = np.poly(np.exp(1j * np.array(angles)))

    assert (np.abs(coefficients) ** 2).sum() >= 2 - 1e-9
    assert WAVES.at(frequency=len(angles)).exact == len(angles) + 1


@given(st.integers(0, 60))
def test_degrees_and_atoms(degree: int) -> None:
    """K atoms carry 2k moments and the mass: the fewest k with 2k - 1 >= d."""
    k = int(POLYNOMIALS.at(degree=degree).exact)

    assert 2 * k - 1 >= degree > 2 * (k - 1) - 1


def test_parameters_outside_the_hypotheses_are_refused() -> None:
    """No negative degree or frequency."""
    with pytest.raises(ValueError, match="degree must be at least 0"):
        POLYNOMIALS.at(degree=-1)
    with pytest.raises(ValueError, match="frequency must be at least 0"):
        WAVES.at(frequency=-1)
    assert GaussMoment(sp.Symbol("k"), 2).func is GaussMoment
