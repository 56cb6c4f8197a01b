"""The gradient of the maximum-likelihood cost, by PyTorch's automatic differentiation and by differences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import theory
from tests.strategies import finite_laws
from theory.laws import FiniteLaw
from theory.theorems.maximum_likelihood_game import THEOREM

GRADIENT, CONSTANT = THEOREM.predictions


def weights(law: FiniteLaw) -> torch.Tensor:
    """The weights in double precision."""
    return torch.tensor([float(w) for w in law.weights], dtype=torch.float64)


def triples() -> st.SearchStrategy[tuple[FiniteLaw, FiniteLaw, FiniteLaw]]:
    """Data, a generator that misses no atom, and a target, on three atoms."""
    return st.tuples(finite_laws(atoms=3), finite_laws(atoms=3, positive=True), finite_laws(atoms=3))


def slope(data: FiniteLaw, generator: FiniteLaw, target: FiniteLaw, *, held: bool) -> float:
    """The cost's slope along (1 - t) generator + t target, with the discriminator detached or not."""
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    p = (1 - t) * weights(generator) + t * weights(target)
    output = weights(data) / (weights(data) + p)
    odds = output / (1 - output)
    cost = -(p * (odds.detach() if held else odds)).sum()
    (found,) = torch.autograd.grad(cost, t)
    return float(found)


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)


@given(triples())
def test_automatic_differentiation_agrees(laws: tuple[FiniteLaw, FiniteLaw, FiniteLaw]) -> None:
    """PyTorch's detach is the theorem's stop-gradient; sums of three quotients round at 1e-9."""
    data, generator, target = laws
    predicted = float(GRADIENT.at(data=data, generator=generator, target=target))

    assert slope(data, generator, target, held=True) == pytest.approx(predicted, abs=1e-9)


@given(triples())
def test_a_discriminator_that_follows_leaves_no_gradient(
    laws: tuple[FiniteLaw, FiniteLaw, FiniteLaw],
) -> None:
    """Without detach the cost is -1 everywhere, and automatic differentiation gives zero up to rounding."""
    assert slope(*laws, held=False) == pytest.approx(0, abs=1e-9)
    assert CONSTANT.at().exact == -1


def test_differences_of_the_divergence_agree() -> None:
    """A third road: central differences of KL(data || generator), whose error is of second order."""
    data, generator, target = (np.array(w) for w in ([0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.4, 0.5, 0.1]))
    step = 1e-5

    def divergence(t: float) -> float:
        return float(np.sum(data * np.log(data / ((1 - t) * generator + t * target))))

    found = (divergence(step) - divergence(-step)) / (2 * step)
    predicted = GRADIENT.at(data="1/2,3/10,1/5", generator="1/5,1/5,3/5", target="2/5,1/2,1/10")

    assert str(predicted.exact) == "-47/60"
    assert found == pytest.approx(float(predicted), abs=1e-8)


def test_the_gradient_vanishes_at_the_data() -> None:
    """At generator = data every direction has slope zero: the divergence is least there."""
    assert GRADIENT.at(data="1/3,2/3", generator="1/3,2/3", target="1,0").exact == 0


@pytest.mark.parametrize(
    ("generator", "target", "sentence"), [("1,0", "0,1", "positive weight"), ("1/2,1/2", "1", "same atoms")]
)
def test_where_nothing_is_predicted(generator: str, target: str, sentence: str) -> None:
    """A weight of zero cannot move both ways, and the laws share their atoms."""
    with pytest.raises(ValueError, match=sentence):
        GRADIENT.at(data="1/2,1/2", generator=generator, target=target)
