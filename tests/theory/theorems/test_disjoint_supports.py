r"""log 2 - JSD >= R and R <= 1 - TV <= 2R for R the integral of pq/(p+q); its steps are checked here too."""

from fractions import Fraction
from itertools import product
from math import log

import pytest
from hypothesis import given

import theory
from tests.strategies import law_pairs
from theory.divergences import jensen_shannon, kullback_leibler
from theory.laws import FiniteLaw
from theory.theorems.disjoint_supports import THEOREM

OVERLAP, JENSEN_SHANNON, VARIATION, VARIATION_AT_LEAST, SATURATED, TO_MIXTURE = THEOREM.predictions
Pair = tuple[FiniteLaw, FiniteLaw]


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(law_pairs())
def test_the_bounds_hold(laws: Pair) -> None:
    """Two roads: the overlap, and JSD and TV themselves.

    A dozen logarithms of size one in float64: 1e-12 covers their rounding; TV is an exact rational.
    """
    p, q = laws
    variation = sum(abs(a - b) for a, b in zip(p.weights, q.weights, strict=True)) / 2

    assert float(jensen_shannon(p, q)) <= float(JENSEN_SHANNON.at(p=p, q=q)) + 1e-12
    assert VARIATION_AT_LEAST.at(p=p, q=q).exact <= variation <= VARIATION.at(p=p, q=q).exact


@given(law_pairs())
def test_saturated_exactly_where_singular(laws: Pair) -> None:
    """JSD = log 2, TV = 1 and R = 0 each say that no atom carries both laws."""
    p, q = laws
    singular = all(a * b == 0 for a, b in zip(p.weights, q.weights, strict=True))

    assert (OVERLAP.at(p=p, q=q).exact == 0) == singular
    assert (abs(float(jensen_shannon(p, q)) - float(SATURATED.at())) < 1e-9) == singular
    if singular:
        assert kullback_leibler(p, q).is_infinite
        assert kullback_leibler(q, p).is_infinite


@given(law_pairs(max_atoms=4))
def test_the_best_discriminator_is_an_indicator(laws: Pair) -> None:
    """A second road to TV: the largest advantage of all 0-1 discriminators, by enumeration."""
    p, q = laws
    best = max(
        sum(d * (a - b) for d, a, b in zip(choice, p.weights, q.weights, strict=True))
        for choice in product((0, 1), repeat=len(p))
    )

    assert VARIATION_AT_LEAST.at(p=p, q=q).exact <= best <= VARIATION.at(p=p, q=q).exact


@pytest.mark.parametrize("share", ["1/2", "1/10", "1/1000"])
def test_the_divergence_to_a_mixture(share: str) -> None:
    """KL((1, 0) || (s, 1 - s)) = log(1/s), from the definition."""
    mixed = FiniteLaw([share, 1 - Fraction(share)])

    assert TO_MIXTURE.at(share=share).exact == kullback_leibler(FiniteLaw([1, 0]), mixed)


def test_the_bounds_are_not_equalities() -> None:
    """At p = q the divergence is 0 and the bound log 2 - 1/2: taking it for the value would fail."""
    law = FiniteLaw(["1/2", "1/2"])

    assert float(JENSEN_SHANNON.at(p=law, q=law)) == pytest.approx(log(2) - 0.5, abs=1e-15)
    assert jensen_shannon(law, law) == 0


def test_a_share_is_a_share() -> None:
    """At s = 0 the divergence is infinite, at s = 1 it is that of a law from itself."""
    for share in ("0", "1", "-1/2", "2"):
        with pytest.raises(ValueError, match="strictly between 0 and 1"):
            TO_MIXTURE.at(share=share)


def test_two_laws_need_the_same_atoms() -> None:
    """Weights that do not pair have no overlap."""
    with pytest.raises(ValueError, match="same atoms"):
        OVERLAP.at(p="1/2,1/2", q="1")
