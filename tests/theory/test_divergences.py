"""Exact divergences against scipy, and their conventions."""

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipy_entropy
from scipy.stats import wasserstein_distance

from tests.strategies import finite_laws, law_pairs
from theory.divergences import (
    KULLBACK_LEIBLER,
    REVERSE_KULLBACK_LEIBLER,
    TOTAL_VARIATION,
    TWICE_JENSEN_SHANNON,
    entropy,
    jensen_shannon,
    kullback_leibler,
    neural_distance,
    total_variation,
    wasserstein,
)
from theory.laws import FiniteLaw

Pair = tuple[FiniteLaw, FiniteLaw]


def floats(law: FiniteLaw) -> list[float]:
    return [float(w) for w in law.weights]


@given(law_pairs())
def test_the_divergences_agree_with_scipy(pair: Pair) -> None:
    """Two roads to each number: 1e-12 covers the rounding of six terms, and 1e-7 that of scipy's root."""
    p, q = pair
    exact = kullback_leibler(p, q)

    assert float(entropy(p)) == pytest.approx(scipy_entropy(floats(p)), abs=1e-12)
    assert float(exact) == pytest.approx(scipy_entropy(floats(p), floats(q)), abs=1e-12)
    assert float(jensen_shannon(p, q)) == pytest.approx(jensenshannon(floats(p), floats(q)) ** 2, abs=1e-7)
    distance = sum(abs(a - b) for a, b in zip(floats(p), floats(q), strict=True))
    assert float(total_variation(p, q)) == pytest.approx(distance / 2, abs=1e-12)


@given(law_pairs())
def test_ranges(pair: Pair) -> None:
    """KL >= 0, JSD in [0, log 2], TV in [0, 1], each zero only for equal laws; Pinsker joins the two.

    The comparisons of sums of logarithms are in floats, whose rounding is worth 1e-12.
    """
    p, q = pair
    kl, js, tv = float(kullback_leibler(p, q)), float(jensen_shannon(p, q)), total_variation(p, q)

    assert kl >= -1e-12
    assert -1e-12 <= js <= float(sp.log(2)) + 1e-12
    assert 0 <= tv <= 1
    assert kl >= 2 * float(tv) ** 2 - 1e-12
    assert (tv == 0) == (p == q) == (abs(js) < 1e-12)


@given(law_pairs())
def test_a_missing_atom_makes_the_divergence_infinite(pair: Pair) -> None:
    """KL is infinite just where q misses an atom of p; JSD and TV never are."""
    p, q = pair
    missed = any(a > 0 and b == 0 for a, b in zip(p.weights, q.weights, strict=True))

    assert (kullback_leibler(p, q) == sp.oo) == missed
    assert jensen_shannon(p, q).is_finite


@given(law_pairs())
def test_symmetry(pair: Pair) -> None:
    """JSD and TV do not ask which law comes first."""
    p, q = pair

    assert float(jensen_shannon(p, q)) == pytest.approx(float(jensen_shannon(q, p)), abs=1e-12)
    assert total_variation(p, q) == total_variation(q, p)


@given(finite_laws())
def test_entropy_lies_between_zero_and_that_of_the_uniform_law(law: FiniteLaw) -> None:
    """0 <= H <= log n; a zero weight adds nothing."""
    assert -1e-12 <= float(entropy(law)) <= float(sp.log(len(law))) + 1e-12
    assert entropy(FiniteLaw([*law.weights, 0])) == entropy(law)


def test_disjoint_supports_attain_the_largest_values() -> None:
    """JSD = log 2 and TV = 1, exactly; the Kullback-Leibler divergence is infinite."""
    p, q = FiniteLaw(["1/3", "2/3", 0]), FiniteLaw([0, 0, 1])

    assert sp.expand_log(jensen_shannon(p, q) - sp.log(2)) == 0
    assert total_variation(p, q) == 1
    assert kullback_leibler(p, q) == sp.oo


@pytest.mark.parametrize("divergence", [kullback_leibler, jensen_shannon, total_variation])
def test_laws_on_different_atoms_are_refused(divergence: object) -> None:
    """The sentence says how to make them comparable."""
    with pytest.raises(ValueError, match="give an atom that one law lacks the weight 0"):
        divergence(FiniteLaw([1]), FiniteLaw(["1/2", "1/2"]))  # type: ignore[operator] - chosen by the parametrisation


@given(law_pairs())
def test_each_row_agrees_with_what_has_a_name(pair: Pair) -> None:
    """The table and the functions are two roads to KL, JSD and TV."""
    p, q = pair

    assert float(KULLBACK_LEIBLER.between(p, q)) == pytest.approx(float(kullback_leibler(p, q)), abs=1e-12)
    assert float(REVERSE_KULLBACK_LEIBLER.between(p, q)) == pytest.approx(
        float(kullback_leibler(q, p)), abs=1e-12
    )
    assert TOTAL_VARIATION.between(p, q) == total_variation(p, q)
    assert float(TWICE_JENSEN_SHANNON.between(p, q)) == pytest.approx(
        2 * float(jensen_shannon(p, q)), abs=1e-12
    )


@given(law_pairs(), st.lists(st.integers(-20, 20), min_size=6, max_size=6))
def test_the_distance_on_the_line_agrees_with_scipy(pair: Pair, positions: list[int]) -> None:
    """Two roads to W1, atoms in any order and on top of each other; 1e-9 covers the rounding."""
    p, q = pair
    places = positions[: len(p)]
    exact = wasserstein(p, q, places)

    assert float(exact) == pytest.approx(wasserstein_distance(places, places, floats(p), floats(q)), abs=1e-9)
    assert exact == wasserstein(q, p, places)


@given(law_pairs(max_atoms=4))
def test_all_discriminators_see_total_variation_and_jensen_shannon(pair: Pair) -> None:
    """The neural distance of all 0-1 functions is TV; with log and the best outputs in the class, 2 JSD."""
    p, q = pair
    everything = list(product((0, 1), repeat=len(p)))
    best = [a / (a + b) if a + b else Fraction(1, 2) for a, b in zip(p.weights, q.weights, strict=True)]

    assert neural_distance(p, q, everything) == total_variation(p, q)
    logs = neural_distance(p, q, [[Fraction(1, 2)] * len(p), best], sp.log)
    assert float(logs) == pytest.approx(2 * float(jensen_shannon(p, q)), abs=1e-12)


@given(finite_laws())
def test_no_law_is_at_a_distance_from_itself(law: FiniteLaw) -> None:
    """Zero for log and D = 1/2; with an absolute value around the expectations it would be 4 log 2."""
    indifferent = [Fraction(1, 2)] * len(law)

    assert neural_distance(law, law, [indifferent], sp.log) == 0
    inside = sum((2 * sp.Rational(str(w)) * sp.log(sp.Rational(1, 2)) for w in law.weights), sp.Integer(0))
    assert abs(inside) - 2 * sp.log(sp.Rational(1, 2)) == 4 * sp.log(2)


def test_what_has_no_distance_is_refused() -> None:
    """One position for each atom, and outputs in [0, 1]."""
    law = FiniteLaw(["1/2", "1/2"])

    with pytest.raises(ValueError, match=r"one position for each of the 2 atoms .got 1."):
        wasserstein(law, law, [0])
    with pytest.raises(ValueError, match="the class of discriminators is empty"):
        neural_distance(law, law, [])
    with pytest.raises(ValueError, match=r"one output in .0, 1. for each of the 2 atoms"):
        neural_distance(law, law, [[0, 2]])
    assert neural_distance(law, law, [[0, 1]], sp.log) == -sp.oo
