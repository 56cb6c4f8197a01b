r"""C(m+k-1, k) >= N / (1 + (N-1) eps^(2k)) for m atoms that fool N characters up to eps; what attains it."""

from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import hadamard

import theory
from theory.kernel import certified_ceiling
from theory.small_bias import least_support
from theory.theorems.support_lower_bound import THEOREM
from theory.walsh_hadamard import cube_support, largest_bias, transform

AT_LEAST, FOLD, AT_MOST, COSINES = THEOREM.predictions
TABLE = (
    (20, "1/4", 35, 5, 466),
    (20, "1/10", 145, 3, 2912),
    (100, "1/4", 147, 25, 2241),
    (100, "1/10", 611, 15, 14002),
    (100, "1/20", 1953, 11, 56007),
    (1000, "1/10", 5568, 150, 138769),
)


def slack(atoms: int, characters: int, bias: Fraction, k: int) -> Fraction:
    """How far the inequality is from equality, exactly."""
    return comb(atoms + k - 1, k) * (1 + (characters - 1) * bias ** (2 * k)) - characters


def test_nothing_is_cited() -> None:
    """The bracket holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()
    assert THEOREM.uses == ("small-support",)


@pytest.mark.parametrize(("bits", "epsilon", "lower", "fold", "upper"), TABLE)
def test_the_table_of_brackets(bits: int, epsilon: str, lower: int, fold: int, upper: int) -> None:
    """The smallest support lies between the two, for each row of the notes."""
    assert AT_LEAST.at(bits=bits, epsilon=epsilon).exact == lower
    assert FOLD.at(bits=bits, epsilon=epsilon).exact == fold
    assert AT_MOST.at(bits=bits, epsilon=epsilon).exact == upper


@pytest.mark.parametrize(("bits", "epsilon", "lower", "fold", "upper"), TABLE[:4])
def test_one_atom_fewer_breaks_the_inequality(
    bits: int, epsilon: str, lower: int, fold: int, upper: int
) -> None:
    """At the lower limit every k below 300 is satisfied, and one atom below it k = fold is not."""
    bias = Fraction(epsilon)

    assert all(slack(lower, 2**bits, bias, k) >= 0 for k in range(1, 300))
    assert slack(lower - 1, 2**bits, bias, fold) < 0
    assert lower < upper


def test_two_thousand_random_laws_obey_it() -> None:
    """Equal and unequal rational weights on random multisets of 3 to 6 bits, k up to 4: no exception."""
    rng = np.random.default_rng(0)
    equalities = 0
    for number in range(2000):
        bits = int(rng.integers(3, 7))
        atoms = rng.integers(0, 2**bits, int(rng.integers(1, 9))).tolist()
        weights = [1] * len(atoms) if number % 2 else rng.integers(1, 50, len(atoms)).tolist()
        mass = [0] * 2**bits
        for atom, weight in zip(atoms, weights, strict=True):
            mass[atom] += weight
        bias = Fraction(max(map(abs, transform(mass)[1:])), sum(weights))
        found = [slack(len(set(atoms)), 2**bits, bias, k) for k in range(1, 5)]
        assert min(found) >= 0
        equalities += 0 in found

    assert equalities > 0


def test_three_points_of_two_bits_attain_it() -> None:
    """Bias 1/3, and equality for k = 1: a larger power of the bias would be false there."""
    bias = largest_bias(2, [0b00, 0b01, 0b10])

    assert bias == Fraction(1, 3)
    assert slack(3, 4, bias, 1) == 0
    assert 3 * (1 + 3 * bias**4) < 4


@pytest.mark.parametrize("bits", [2, 3])
def test_no_support_is_below_the_least(bits: int) -> None:
    """Exhaustively: each multiset of at most 5 points has as many atoms as its bias demands."""
    for size in range(1, 6):
        for atoms in combinations_with_replacement(range(2**bits), size):
            bias = largest_bias(bits, atoms)
            if bias < 1:
                assert len(set(atoms)) >= least_support(2**bits, bias)[0]


def test_waves_on_the_circle_obey_it() -> None:
    """N = L + 1 frequencies: random weighted atoms on the circle, in floating point, with a slack of 1e-9."""
    rng = np.random.default_rng(1)
    for _ in range(300):
        size, frequency = int(rng.integers(1, 6)), int(rng.integers(1, 6))
        angles, weights = rng.uniform(0, 2 * np.pi, size), rng.dirichlet(np.ones(size))
        waves = np.exp(1j * np.outer(np.arange(1, frequency + 1), angles)) @ weights
        bias = float(np.abs(waves).max())
        for k in (1, 2, 3):
            assert comb(size + k - 1, k) >= (frequency + 1) / (1 + frequency * bias ** (2 * k)) - 1e-9


def test_equispaced_points_attain_it_on_the_circle() -> None:
    """L + 1 points have bias 0 up to frequency L: the inequality says m >= L + 1 at k = 1."""
    for frequency in (1, 4, 9):
        angles = 2 * np.pi * np.arange(frequency + 1) / (frequency + 1)
        waves = np.exp(1j * np.outer(np.arange(1, frequency + 1), angles)).mean(axis=1)
        assert np.abs(waves).max() < 1e-12
        assert slack(frequency + 1, frequency + 1, Fraction(0), 1) == 0


def test_cosines_count_the_frequencies() -> None:
    """L = 1 in p dimensions is N = 2^p, the inequality of p bits; the advantage is half the bias."""
    wave = COSINES.at(dimension=100, frequency=1, epsilon="1/20").exact

    assert wave == AT_LEAST.at(bits=100, epsilon="1/10").exact
    assert COSINES.at(dimension=100, frequency=10, epsilon="1/20").exact > wave


def test_the_advantage_of_a_neuron_is_half_the_bias() -> None:
    """Over its phase b the largest advantage of (1 + cos(tx + b))/2 is |E exp(itx)|/2, on a grid to 1e-4."""
    rng = np.random.default_rng(3)
    angles, weights = rng.uniform(0, 2 * np.pi, 6), rng.dirichlet(np.ones(6))
    phases = np.linspace(0, 2 * np.pi, 2001)[:, None]
    for t in (1, 2, 5):
        advantage = np.abs((1 + np.cos(t * angles + phases)) / 2 @ weights - 1 / 2)

        assert advantage.max() == pytest.approx(abs(np.exp(1j * t * angles) @ weights) / 2, abs=1e-4)


@pytest.mark.parametrize("degree", [3, 5, 7])
def test_the_cubes_lie_between_the_limits(degree: int) -> None:
    """2^s points of 2s bits fool up to exactly 2^(-(s-1)/2): above the least, far below what chance needs."""
    atoms = cube_support(degree)
    bias = largest_bias(2 * degree, atoms)

    assert bias == Fraction(1, 2 ** ((degree - 1) // 2))
    assert len(set(atoms)) == 2**degree
    lower = AT_LEAST.at(bits=2 * degree, epsilon=bias).exact
    assert lower <= len(atoms) <= AT_MOST.at(bits=2 * degree, epsilon=bias).exact


def test_twenty_bits_with_a_thousand_atoms() -> None:
    """The cubes over 10 bits fool every parity of 20 bits up to 1/16, between 145 atoms and 2,912 at 1/10.

    A parity of (x, x^3) is one of x times one of x^3: one transform of 1,024 values per parity of the cubes.
    """
    field = np.array([atom >> 10 for atom in cube_support(10)])
    signs = hadamard(1024).astype(float)  # products of integers, exact below 2^53
    sums = np.abs(signs @ signs[field])
    sums[0, 0] = 0

    assert Fraction(int(sums.max()), 1024) == Fraction(1, 16)
    assert 145 < 1024 < 2912


@given(st.lists(st.integers(-9, 9), min_size=8, max_size=8))
def test_the_transform_is_the_hadamard_matrix(values: list[int]) -> None:
    """Another road: scipy's matrix; and the squares add up to 2^n times those of the values."""
    found = transform(values)

    assert found == (hadamard(8) @ np.array(values)).tolist()
    assert sum(v**2 for v in found) == 8 * sum(v**2 for v in values)


@given(st.integers(2, 60), st.fractions(Fraction(1, 50), Fraction(9, 10), max_denominator=50))
def test_the_limits_never_cross(bits: int, epsilon: Fraction) -> None:
    """The lower limit is at most the upper one, and both grow with the bits."""
    lower = AT_LEAST.at(bits=bits, epsilon=epsilon).exact

    assert 1 <= lower <= AT_MOST.at(bits=bits, epsilon=epsilon).exact
    assert lower <= 2**bits
    assert lower <= AT_LEAST.at(bits=bits + 1, epsilon=epsilon).exact


def test_atoms_chosen_one_by_one_fool() -> None:
    """The proof of the upper bound, carried out for 6 bits: the atom of least potential each time."""
    bits, epsilon = 6, 0.5
    signs = hadamard(2**bits)[1:].astype(float)
    total = np.zeros(len(signs))
    size = int(AT_MOST.at(bits=bits, epsilon="1/2").exact)
    atoms = []
    for _ in range(size):
        potential = np.cosh(epsilon * (total[:, None] + signs)).sum(axis=0)
        atoms.append(int(potential.argmin()))
        total += signs[:, atoms[-1]]

    assert largest_bias(bits, atoms) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bits": 100, "epsilon": "2"}, "epsilon must lie strictly between 0 and 1"),
        ({"bits": 100, "epsilon": "0"}, "epsilon must lie strictly between 0 and 1"),
        ({"bits": 0, "epsilon": "1/2"}, "bits must lie between 1 and 2000"),
        ({"bits": 10**9, "epsilon": "1/2"}, "bits must lie between 1 and 2000"),
    ],
)
def test_parameters_outside_the_hypotheses_are_refused(parameters: dict, message: str) -> None:
    """With one sentence, by each of the predictions."""
    for prediction in (AT_LEAST, FOLD, AT_MOST):
        with pytest.raises(ValueError, match=message):
            prediction.at(**parameters)


@pytest.mark.parametrize("parameters", [(0, 3, "1/10"), (3, 0, "1/10"), (10**9, 3, "1/10"), (3, 3, "1/2")])
def test_cosines_outside_the_hypotheses_are_refused(parameters: tuple) -> None:
    """No dimension, no frequency, too many of them, or an advantage that one atom has."""
    with pytest.raises(ValueError, match="for example"):
        COSINES.at(**dict(zip(("dimension", "frequency", "epsilon"), parameters, strict=True)))


def test_the_refusal_of_cosines_names_what_was_typed() -> None:
    """Epsilon itself, not the bias 2 epsilon that the inequality is asked for."""
    with pytest.raises(ValueError, match=r"between 0 and 1/2 \(got 3/5\)"):
        COSINES.at(dimension=3, frequency=3, epsilon="3/5")


@pytest.mark.parametrize(("bits", "atoms"), [(2, []), (2, [4]), (2, [-1]), (0, [0])])
def test_a_support_outside_the_group_is_refused(bits: int, atoms: list[int]) -> None:
    """No atom, or one of other bits."""
    with pytest.raises(ValueError, match="atoms must be integers"):
        largest_bias(bits, atoms)


def test_a_transform_of_another_length_is_refused() -> None:
    """2^n values, and a field of at least one bit."""
    with pytest.raises(ValueError, match="2\\^n values"):
        transform([1, 2, 3])
    with pytest.raises(ValueError, match="at least 1"):
        cube_support(0)


def test_the_ceiling_of_the_upper_limit_is_certified() -> None:
    """2 log(2^101 - 2)/eps^2 = 14001.7...: rounded up, not to the nearest."""
    assert certified_ceiling(200 * sp.log(2**101 - 2)) == 14002
