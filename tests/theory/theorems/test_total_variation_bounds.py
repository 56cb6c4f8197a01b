"""2 TV^2 <= KL and TV^2 <= 2 JSD; the steps are checked here as well."""

import numpy as np
import pytest
from hypothesis import given
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

import theory
from tests.strategies import law_pairs
from theory.laws import FiniteLaw
from theory.theorems.total_variation_bounds import THEOREM

LEIBLER, SHANNON = THEOREM.predictions


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@given(law_pairs())
def test_scipys_divergences_obey(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """Laws of any atoms, those that only one has included; rounding is worth 1e-9."""
    p, q = pair
    a, b = ([float(w) for w in law.weights] for law in pair)

    assert entropy(a, b) >= float(LEIBLER.at(p=p, q=q)) - 1e-9
    assert jensenshannon(a, b) ** 2 >= float(SHANNON.at(p=p, q=q)) - 1e-9


@pytest.mark.parametrize("step", [1e-2, 1e-3])
def test_both_constants_are_the_best(step: float) -> None:
    """Two coins that nearly agree attain both: the quotients tend to one with the square of the step."""
    p, q = np.array([0.5 + step, 0.5 - step]), np.array([0.5 - step, 0.5 + step])
    distance = abs(p - q).sum() / 2

    assert entropy(p, q) / (2 * distance**2) == pytest.approx(1, abs=3 * step**2 + 1e-9)
    assert jensenshannon(p, q) ** 2 / (distance**2 / 2) == pytest.approx(1, abs=3 * step**2 + 1e-9)


def test_exact_values() -> None:
    """TV = 1/4 gives 1/8 and 1/32."""
    at = {"p": "1/2,1/2", "q": "1/4,3/4"}

    assert str(LEIBLER.at(**at).exact) == "1/8"
    assert str(SHANNON.at(**at).exact) == "1/32"
