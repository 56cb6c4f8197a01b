r"""The certified value of JSD(N(0, 1), N(1, 1)) in examples/; its steps are checked by the plugin."""

from math import log

import pytest
from scipy.integrate import quad
from scipy.stats import norm

import theory
from examples.gaussian_jensen_shannon_theorem import HIGHEST, LOWEST, THEOREM


def test_it_is_certified_and_nothing_is_cited() -> None:
    """Balls decide two integrals and one number; the tails are exact."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.CERTIFIED)
    assert evidence.cited == ()
    assert {s.name for s in evidence.steps if s.grade is theory.Grade.EXACT} == {"left-tail", "right-tail"}


def test_every_altered_claim_falls() -> None:
    """No mutant survives, and each near miss, one of them false by less than 1e-13, has a witness."""
    assert theory.controls(THEOREM).survived == ()
    assert all(miss.is_refuted for miss in theory.near_misses(THEOREM))


def test_the_number_by_another_road() -> None:
    """Scipy's quadrature of the textbook integrand, at N(0, 1) and N(1, 1): within its own 1e-10."""

    def integrand(x: float) -> float:
        p, q = norm.logpdf(x), norm.logpdf(x, 1)
        middle = norm.pdf(x) / 2 + norm.pdf(x, 1) / 2
        return (norm.pdf(x) * (p - log(middle)) + norm.pdf(x, 1) * (q - log(middle))) / 2

    found, _ = quad(integrand, -12, 13, epsabs=1e-12)

    assert HIGHEST - LOWEST <= 1e-12
    assert float(LOWEST) == pytest.approx(found, abs=1e-10)
    assert float(HIGHEST) < log(2) / 6
