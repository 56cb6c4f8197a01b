r"""-(1/m) sum log q(x_i) = H(p_hat) + KL(p_hat || q); its steps are checked here as well."""

from collections import Counter
from fractions import Fraction
from math import log, prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.likelihood_is_kl import THEOREM

LOSS, UNDERFLOW = THEOREM.predictions
ATOMS = 4
samples = st.lists(st.integers(0, ATOMS - 1), min_size=1, max_size=30)
models = finite_laws(atoms=ATOMS, positive=True)


def empirical(sample: list[int]) -> FiniteLaw:
    """The share of each atom in the sample."""
    counts = Counter(sample)
    return FiniteLaw(Fraction(counts[atom], len(sample)) for atom in range(ATOMS))


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(samples, models)
def test_the_loss_of_a_sample(sample: list[int], model: FiniteLaw) -> None:
    """Two roads: entropy plus divergence of the empirical law, and the mean over the sample point by point.

    Thirty logarithms of size one: 1e-12 covers their rounding.
    """
    direct = -sum(log(model.weights[x]) for x in sample) / len(sample)

    assert float(LOSS.at(p=empirical(sample), q=model)) == pytest.approx(direct, abs=1e-12)


@given(samples, models, models)
def test_the_likelier_model_is_the_nearer_one(sample: list[int], q: FiniteLaw, r: FiniteLaw) -> None:
    """The order of exact likelihoods, products of rationals, is the reverse of that of the losses."""
    likelihoods = [prod(model.weights[x] for x in sample) for model in (q, r)]
    losses = [float(LOSS.at(p=empirical(sample), q=model)) for model in (q, r)]

    if likelihoods[0] == likelihoods[1]:
        assert losses[0] == pytest.approx(losses[1], abs=1e-12)
    else:
        assert (likelihoods[0] > likelihoods[1]) == (losses[0] < losses[1] + 1e-14)


@given(finite_laws(atoms=ATOMS, positive=True), models)
def test_the_empirical_law_itself_is_best(p: FiniteLaw, model: FiniteLaw) -> None:
    """No model loses less than the sample's own law, whose loss is its entropy."""
    least = float(LOSS.at(p=p, q=p))

    assert float(LOSS.at(p=p, q=model)) >= least - 1e-12
    assert least == pytest.approx(-sum(float(w) * log(w) for w in p.weights), abs=1e-12)


def test_a_model_that_misses_an_atom_has_infinite_loss() -> None:
    """A log(a/0) is infinite: one impossible sample point is enough, and the number is not identified."""
    predicted = LOSS.at(p="1/2,1/2", q="1,0")

    assert predicted.exact == sp.oo
    assert not predicted.identified


@given(st.fractions(Fraction(1, 10**6), Fraction(1, 2), max_denominator=10**6))
def test_the_product_underflows_where_predicted(likelihood: Fraction) -> None:
    """Two roads: exact powers against 2^-1075, and float64 itself, multiplying until the product is zero.

    The prediction rounds once, at the end, and float64 at each factor: one factor is the tolerance.
    """
    predicted = int(UNDERFLOW.at(likelihood=likelihood).exact)
    product, count = np.float64(1), 0
    with np.errstate(under="ignore"):
        while product > 0:
            product, count = product * np.float64(float(likelihood)), count + 1

    assert abs(count - predicted) <= 1
    assert likelihood**predicted <= Fraction(1, 2**1075) < likelihood ** (predicted - 1)


def test_the_sum_of_logarithms_survives() -> None:
    """Where the product of 400 likelihoods of 1/10 is zero, the sum of their logarithms is a number."""
    assert int(UNDERFLOW.at(likelihood="1/10").exact) < 400
    assert prod([0.1] * 400) == 0
    assert sum([log(0.1)] * 400) == pytest.approx(-400 * log(10), rel=1e-12)


@pytest.mark.parametrize("likelihood", ["0", "1", "3/2", "-1/2", "2/3"])
def test_a_likelihood_is_at_most_one_half(likelihood: str) -> None:
    """A product of ones never shrinks, and above one half float64 never reaches zero."""
    with pytest.raises(ValueError, match="must lie in"):
        UNDERFLOW.at(likelihood=likelihood)


def test_above_one_half_a_product_sticks() -> None:
    """Nine tenths, multiplied 100,000 times, stays at the least subnormal: why the prediction ends at 1/2."""
    product = np.float64(1)
    with np.errstate(under="ignore"):
        for _ in range(10**5):
            product *= np.float64(0.9)

    assert product > 0
