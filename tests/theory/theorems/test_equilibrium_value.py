r"""C(G) = -log 4 + 2 JSD(p || q) >= -log 4; its steps are checked here as well."""

from math import log

import pytest
import sympy as sp
from hypothesis import given
from scipy.spatial.distance import jensenshannon

import theory
from tests.strategies import law_pairs
from theory.laws import FiniteLaw
from theory.theorems.equilibrium_value import THEOREM

VALUE, DIVERGENCE, LEAST = THEOREM.predictions


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(law_pairs())
def test_the_value_is_the_payoff_of_the_best_discriminator(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """Two roads: the divergence in closed form, and the payoff summed atom by atom at p/(p + q).

    The sums have a handful of terms of size one: 1e-12 covers their rounding.
    """
    p, q = pair
    payoff = sum(
        float(a) * log(a / (a + b)) * (a > 0) + float(b) * log(b / (a + b)) if b else 0.0
        for a, b in zip(p.weights, q.weights, strict=True)
        if a and b
    )

    assert float(VALUE.at(p=p, q=q)) == pytest.approx(payoff, abs=1e-12)


@given(law_pairs())
def test_the_divergence_agrees_with_scipy(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """Scipy gives the root of the same divergence, in nats; its rounding near zero is worth 1e-7."""
    p, q = ([float(w) for w in law.weights] for law in pair)

    assert float(DIVERGENCE.at(p=pair[0], q=pair[1])) == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-7)


@given(law_pairs())
def test_the_value_lies_between_its_ends(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """-log 4 <= C <= 0, exactly: the least at equal laws only, the largest at disjoint supports only."""
    p, q = pair
    value = VALUE.at(p=p, q=q).exact
    disjoint = not any(a and b for a, b in zip(p.weights, q.weights, strict=True))

    assert float(LEAST.at()) - 1e-12 <= float(value) <= 1e-12
    assert (abs(float(value) - float(LEAST.at())) < 1e-12) == (p == q)
    assert (abs(float(value)) < 1e-12) == disjoint


def test_the_ends_are_attained_exactly() -> None:
    """Equal laws give -log 4 and JSD = 0; disjoint supports give 0 and JSD = log 2."""
    half, first, second = FiniteLaw(["1/2", "1/2"]), FiniteLaw([1, 0]), FiniteLaw([0, 1])

    assert sp.expand_log(VALUE.at(p=half, q=half).exact, force=True) == -2 * sp.log(2)
    assert DIVERGENCE.at(p=half, q=half).exact == 0
    assert sp.expand_log(VALUE.at(p=first, q=second).exact) == 0
    assert DIVERGENCE.at(p=first, q=second).exact == sp.log(2)


def test_laws_on_different_atoms_are_refused() -> None:
    """Two weights cannot be compared with three."""
    with pytest.raises(ValueError, match="the same atoms"):
        VALUE.at(p="1/2,1/2", q="1/3,1/3,1/3")
