"""The non-saturating gradient, by PyTorch's automatic differentiation of the cost and of the divergences."""

import pytest
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.non_saturating_gradient import THEOREM

(GRADIENT,) = THEOREM.predictions
Laws = tuple[FiniteLaw, FiniteLaw, FiniteLaw]


def triples() -> st.SearchStrategy[Laws]:
    """Data and a generator that miss no atom, and a target, on three atoms."""
    law = finite_laws(atoms=3, positive=True)
    return st.tuples(law, law, finite_laws(atoms=3))


def slopes(data: FiniteLaw, generator: FiniteLaw, target: FiniteLaw) -> dict[str, float]:
    """Slopes along (1 - t) generator + t target: the cost's, and those of the divergences."""
    r, g, c = (
        torch.tensor([float(w) for w in law.weights], dtype=torch.float64)
        for law in (data, generator, target)
    )
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    p = (1 - t) * g + t * c
    output, middle = r / (r + p), (r + p) / 2
    costs = {
        "cost": -(p * output.detach().log()).sum(),
        "cost of a follower": -(p * output.log()).sum(),
        "kl": (p * (p / r).log()).sum(),
        "2 jsd": (r * (r / middle).log()).sum() + (p * (p / middle).log()).sum(),
        "saturating": (p * (1 - output.detach()).log()).sum(),
    }
    return {name: float(torch.autograd.grad(cost, t, retain_graph=True)[0]) for name, cost in costs.items()}


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)


@given(triples())
def test_automatic_differentiation_agrees(laws: Laws) -> None:
    """Prediction, cost and divergences by three roads; sums of three logarithms round at 1e-9."""
    data, generator, target = laws
    found = slopes(data, generator, target)
    predicted = float(GRADIENT.at(data=data, generator=generator, target=target))

    assert found["cost"] == pytest.approx(predicted, abs=1e-9)
    assert found["kl"] - found["2 jsd"] == pytest.approx(predicted, abs=1e-9)
    assert found["saturating"] == pytest.approx(found["2 jsd"], abs=1e-9)


def test_the_stop_gradient_matters() -> None:
    """With a discriminator that moves along, the slope of the cost is another one."""
    found = slopes(FiniteLaw(["1/2", "1/2"]), FiniteLaw(["1/5", "4/5"]), FiniteLaw([1, 0]))

    assert abs(found["cost"] - found["cost of a follower"]) > 0.1


def test_the_exact_value() -> None:
    """Data 1/2, 1/2 and generator 1/5, 4/5, towards the first atom: (4/5) log(7/13), nats.

    The outputs are 5/7 and 5/13; the slope is -(4/5) log(5/7) + (4/5) log(5/13).
    """
    predicted = GRADIENT.at(data="1/2,1/2", generator="1/5,4/5", target="1,0")

    assert sp.expand_log(predicted.exact - sp.Rational(4, 5) * sp.log(sp.Rational(7, 13)), force=True) == 0


@pytest.mark.parametrize(
    ("data", "target", "sentence"), [("1,0", "0,1", "positive weight"), ("1/2,1/2", "1", "same atoms")]
)
def test_where_nothing_is_predicted(data: str, target: str, sentence: str) -> None:
    """A divergence is infinite where the data have no weight, and the laws share their atoms."""
    with pytest.raises(ValueError, match=sentence):
        GRADIENT.at(data=data, generator="1/2,1/2", target=target)
