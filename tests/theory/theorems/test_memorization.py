r"""The empirical law is the generator's optimum, by numerical minimisation and by exact comparison."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import rel_entr

import theory
from theory.laws import FiniteLaw
from theory.theorems.memorization import THEOREM

VALUE, OUTPUT, NOVELTY, LIKELIHOOD = THEOREM.predictions

counts = st.lists(st.integers(1, 9), min_size=2, max_size=6)


def law(weights: list[int]) -> FiniteLaw:
    """The law that is proportional to these weights."""
    return FiniteLaw([Fraction(w, sum(weights)) for w in weights])


def test_it_rests_on_the_optimal_discriminator() -> None:
    """Nothing is cited; the best answer is an instance of the earlier theorem."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()
    assert THEOREM.uses == ("optimal-discriminator",)


@given(counts, st.data())
def test_no_law_costs_less_than_the_empirical_one(sample: list[int], data: st.DataObject) -> None:
    """The empirical law reaches -log 4 exactly; any other law of the same points costs more."""
    other = data.draw(st.lists(st.integers(0, 9), min_size=len(sample), max_size=len(sample)).filter(sum))
    p, q = law(sample), law(other)

    assert VALUE.at(p=p, q=p).exact == -2 * sp.log(2)
    assert float(VALUE.at(p=p, q=q)) >= -np.log(4) - 1e-12
    assert (float(VALUE.at(p=p, q=q)) > -np.log(4) + 1e-12) == (p != q)


def cost(p: np.ndarray, q: np.ndarray) -> float:
    """C(q) in floating point, from relative entropies to the sum."""
    return float(rel_entr(p, p + q).sum() + rel_entr(q, p + q).sum())


@pytest.mark.parametrize("sample", [[1, 1], [3, 1, 2], [5, 1, 1, 2]])
def test_a_minimiser_finds_the_empirical_law(sample: list[int]) -> None:
    """Another road: scipy minimises over laws of the sample's points and one new point."""
    p = np.array([*sample, 0]) / sum(sample)

    def of_logits(logits: np.ndarray) -> float:
        q = np.exp(logits - logits.max())
        return cost(p, q / q.sum())

    found = minimize(of_logits, np.zeros(len(p)), options={"gtol": 1e-9})
    q = np.exp(found.x - found.x.max())
    assert q / q.sum() == pytest.approx(p, abs=1e-3)
    assert found.fun == pytest.approx(-np.log(4), abs=1e-3)


@given(counts, st.fractions("1/10", "9/10"))
def test_the_price_of_novelty_is_attained(sample: list[int], mass: Fraction) -> None:
    """The generator v p_hat with the mass w on a new point has exactly the least cost."""
    p = law(sample)
    padded = FiniteLaw([*p.weights, Fraction(0)])
    novel = FiniteLaw([*((1 - mass) * w for w in p.weights), mass])
    least = float(NOVELTY.at(mass=mass))

    assert float(VALUE.at(p=padded, q=novel)) == pytest.approx(least, abs=1e-12)
    assert -np.log(4) < least < 0


@given(counts, counts)
def test_no_model_has_a_larger_likelihood(sample: list[int], other: list[int]) -> None:
    """The mean log likelihood of the sample under any model is at most -H(p_hat)."""
    if len(sample) != len(other):
        return
    p, q = np.array(sample) / sum(sample), np.array(other) / sum(other)

    assert float((p * np.log(q)).sum()) <= float(LIKELIHOOD.at(p=law(sample))) + 1e-12


def test_the_discriminator_is_undecided() -> None:
    """On the sample the output is one half."""
    assert OUTPUT.at().exact == sp.Rational(1, 2)


@pytest.mark.parametrize("mass", ["0", "1", "-1/2"])
def test_bad_parameters(mass: str) -> None:
    """A mass is strictly between 0 and 1."""
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        NOVELTY.at(mass=mass)
