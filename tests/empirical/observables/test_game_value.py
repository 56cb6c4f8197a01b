"""Enclosures of the best payoff and of the best outputs, from any discriminator whatever."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.observables.game_value import (
    ROUNDING,
    best_outputs,
    game_value,
    jensen_shannon_from,
    payoffs,
)
from theory.divergences import jensen_shannon
from theory.laws import FiniteLaw

from ...strategies import law_pairs


def shares(p: FiniteLaw, q: FiniteLaw) -> list[float]:
    """p/(p + q) at each atom."""
    return [float(a / (a + b)) for a, b in zip(p.weights, q.weights, strict=True)]


def some_logits(data: st.DataObject, p: FiniteLaw, runs: int, largest: float) -> np.ndarray:
    """Discriminators at random."""
    number = st.floats(-largest, largest)
    return np.array([[data.draw(number) for _ in range(len(p))] for _ in range(runs)])


@given(law_pairs(positive=True), st.data())
def test_any_discriminator_encloses_the_optimum(
    pair: tuple[FiniteLaw, FiniteLaw], data: st.DataObject
) -> None:
    """However bad the outputs, the enclosures hold D*, -log 4 + 2 JSD and JSD; their values are attained."""
    p, q = pair
    logits = some_logits(data, p, runs=2, largest=800.0)
    value = game_value(p, q, logits, {}, seed=0)
    divergence = jensen_shannon_from(value)

    for best, measured in zip(shares(p, q), best_outputs(p, q, logits, {}, seed=0), strict=True):
        assert measured.lower <= best <= measured.upper
    assert value.lower <= -math.log(4) + 2 * float(jensen_shannon(p, q)) <= value.upper
    assert divergence.lower <= float(jensen_shannon(p, q)) <= divergence.upper
    assert value.value == payoffs(p, q, logits).max()


@given(law_pairs(positive=True))
def test_the_optimum_leaves_no_room(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """At D* itself the slope vanishes: what is left of both intervals is rounding."""
    p, q = pair
    best = np.array(shares(p, q))
    logits = np.log(best / (1 - best))[None, :]

    value = game_value(p, q, logits, {}, seed=0)
    # Weights are at least 1/120: slopes of rounded outputs are a few hundred roundings.
    assert value.upper - value.lower < 8 * ROUNDING
    for measured in best_outputs(p, q, logits, {}, seed=0):
        assert measured.upper - measured.lower < 1e-10


@given(law_pairs(positive=True), st.floats(0.01, 5))
def test_a_worse_discriminator_leaves_more_room(pair: tuple[FiniteLaw, FiniteLaw], off: float) -> None:
    """Farther from D* on one side, the interval of the output grows, so that it cannot confirm too much."""
    p, q = pair
    best = np.array(shares(p, q))
    logits = np.log(best / (1 - best))
    near, far = (best_outputs(p, q, (logits + shift)[None, :], {}, 0)[0] for shift in (off, 2 * off))

    assert far.upper - far.lower > near.upper - near.lower > 0


def test_a_law_that_misses_an_atom() -> None:
    """Where one weight is zero the best output is 0 or 1, and a confident discriminator says so."""
    p, q = FiniteLaw(("1/2", "1/2", "0")), FiniteLaw(("0", "1/2", "1/2"))
    first, middle, last = best_outputs(p, q, np.array([[9.0, 0.0, -9.0]]), {}, seed=0)

    assert first.lower > 0.999
    assert first.upper == 1
    assert middle.lower <= 0.5 <= middle.upper
    assert last.lower == 0
    assert last.upper < 0.001


def test_certainty_beyond_floating_point_is_no_division_by_zero() -> None:
    """Where D rounds to 0 and 1 the payoff of disjoint laws is 0, and far below on the wrong side."""
    p, q = FiniteLaw((1, 0)), FiniteLaw((0, 1))
    right = game_value(p, q, np.array([[2000.0, -2000.0]]), {}, seed=0)
    wrong = game_value(p, q, np.array([[-2000.0, 2000.0]]), {}, seed=0)

    assert right.upper - right.lower < 4 * ROUNDING
    assert wrong.lower < -1000
    assert wrong.upper >= 0


def test_laws_and_logits_must_share_their_atoms() -> None:
    """Another number of logits is refused, and so is an atom without weight."""
    half = FiniteLaw(("1/2", "1/2"))
    with pytest.raises(ValueError, match="share their atoms"):
        game_value(half, half, np.zeros((1, 3)), {}, seed=0)
    with pytest.raises(ValueError, match="no weight in either law"):
        best_outputs(FiniteLaw((1, 0)), FiniteLaw((1, 0)), np.zeros((1, 2)), {}, seed=0)
