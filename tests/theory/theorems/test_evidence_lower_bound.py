r"""log p(x) = ELBO + KL(q || posterior); its steps are checked here as well."""

from fractions import Fraction
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.evidence_lower_bound import THEOREM

GAP, BEST, MEAN, VARIANCE = THEOREM.predictions
laws = finite_laws(atoms=4, positive=True)


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(finite_laws(atoms=4), laws, laws)
def test_the_gap_on_a_table(q: FiniteLaw, prior: FiniteLaw, likelihood: FiniteLaw) -> None:
    """Two roads: the divergence from the posterior, and log p(x) - ELBO from the joint table.

    The likelihoods p(x | z) may be any positive numbers: here the weights of a law. A dozen logarithms of
    size one in float64: 1e-12 covers their rounding.
    """
    joint = [a * b for a, b in zip(prior.weights, likelihood.weights, strict=True)]
    bound = sum(float(a) * log(j / a) for a, j in zip(q.weights, joint, strict=True) if a)
    posterior = FiniteLaw(j / sum(joint) for j in joint)

    gap = float(GAP.at(q=q, posterior=posterior))
    assert gap == pytest.approx(log(sum(joint)) - bound, abs=1e-12)
    assert gap >= 0
    assert (GAP.at(q=q, posterior=posterior).exact == 0) == (q == posterior)


@given(
    st.fractions(-3, 3, max_denominator=10),
    st.fractions(-3, 3, max_denominator=10),
    st.fractions("1/5", 4, max_denominator=10),
)
def test_the_evidence_of_the_linear_model(x: Fraction, weight: Fraction, noise: Fraction) -> None:
    """A second road: x is normal with variance w^2 + s, by scipy's density."""
    predicted = float(BEST.at(x=x, weight=weight, noise=noise))

    scale = (float(weight) ** 2 + float(noise)) ** 0.5
    assert predicted == pytest.approx(norm.logpdf(float(x), 0, scale), abs=1e-12)


def test_the_bound_is_attained_at_the_posterior() -> None:
    """A third road: E_q[log p(x, z) - log q(z)] by quadrature at the predicted posterior, and beside it.

    Quadrature is asked for 1e-10; the tolerance 1e-8 leaves room for its own estimate.
    """
    x, w, s = 0.7, 1.5, 0.25
    at = {"x": "7/10", "weight": "3/2", "noise": "1/4"}
    mean = float(MEAN.at(**at))
    deviation = float(VARIANCE.at(weight="3/2", noise="1/4")) ** 0.5

    def bound(m: float, d: float) -> float:
        def integrand(z: float) -> float:
            joint = norm.logpdf(x, w * z, s**0.5) + norm.logpdf(z)
            return norm.pdf(z, m, d) * (joint - norm.logpdf(z, m, d))

        return quad(integrand, m - 12 * d, m + 12 * d, epsabs=1e-10)[0]

    best = float(BEST.at(**at))
    assert bound(mean, deviation) == pytest.approx(best, abs=1e-8)
    for m, d in ((mean + 0.1, deviation), (mean, 1.2 * deviation), (mean, deviation / 2)):
        assert bound(m, d) < best - 1e-3


def test_a_law_that_the_posterior_excludes() -> None:
    """Where q has mass that the posterior has not, the gap is infinite and not identified."""
    predicted = GAP.at(q="1/2,1/2", posterior="1,0")

    assert not predicted.identified
    assert np.isinf(float(predicted))


@pytest.mark.parametrize("noise", ["0", "-1"])
def test_noise_is_needed(noise: str) -> None:
    """Without noise the posterior is a point."""
    with pytest.raises(ValueError, match="positive variance"):
        BEST.at(x="1", weight="1", noise=noise)
