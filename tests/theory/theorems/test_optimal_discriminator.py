r"""D*(x) = p(x) / (p(x) + q(x)) maximises p log D + q log(1 - D); its steps are checked here as well."""

from fractions import Fraction

import pytest
from hypothesis import given
from scipy.optimize import minimize_scalar
from scipy.special import xlog1py, xlogy

import theory
from tests.strategies import probabilities
from theory.theorems.optimal_discriminator import THEOREM

(OUTPUT,) = THEOREM.predictions


def payoff(p: float, q: float, output: float) -> float:
    """P log D + q log(1 - D) in floating point."""
    return float(xlogy(p, output) + xlog1py(q, -output))


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


def test_the_example_of_the_readme() -> None:
    """P = 3/10 and q = 1/5 give 3/5, exactly."""
    assert str(OUTPUT.at(p="3/10", q="1/5").exact) == "3/5"


@given(probabilities(), probabilities())
def test_the_output_is_the_maximiser(p: Fraction, q: Fraction) -> None:
    """Another road: scipy maximises the payoff without knowing the formula.

    A minimiser in floating point knows a flat minimum to the root of its precision only: 1e-4 in D.
    """
    if p == 0 or q == 0:
        return
    found = minimize_scalar(
        lambda d: -payoff(float(p), float(q), d), bounds=(0, 1), method="bounded", options={"xatol": 1e-9}
    )

    assert float(OUTPUT.at(p=p, q=q)) == pytest.approx(found.x, abs=1e-4)


@given(probabilities(), probabilities(), probabilities())
def test_no_output_does_better(p: Fraction, q: Fraction, output: Fraction) -> None:
    """The payoff of any other output is at most that of D*; rounding is worth 1e-12."""
    if p + q == 0 or not 0 < output < 1:
        return
    best = float(OUTPUT.at(p=p, q=q))

    assert payoff(float(p), float(q), best) >= payoff(float(p), float(q), float(output)) - 1e-12


@pytest.mark.parametrize(("p", "q", "output"), [("0", "1", 0), ("1", "0", 1), ("1/7", "1/7", Fraction(1, 2))])
def test_the_edges(p: str, q: str, output: Fraction) -> None:
    """Where one law has no density, the best output is 0 or 1; where the two agree, it is 1/2."""
    assert OUTPUT.at(p=p, q=q).exact == output


@pytest.mark.parametrize(("p", "q"), [("0", "0"), ("-1", "2")])
def test_where_nothing_is_predicted(p: str, q: str) -> None:
    """Off both supports every output is optimal; negative densities do not exist."""
    with pytest.raises(ValueError, match="not both zero"):
        OUTPUT.at(p=p, q=q)
