"""Payoffs: a coin earns -log 4, the best discriminator 2 JSD - log 4, and nobody earns more."""

from math import log

import numpy as np
import pytest
import torch

from empirical.measurement import Measurement
from empirical.observables.payoff import CLIP, discriminator_payoff, least_jensen_shannon, payoff_excess

N = 20_000


def uniform(low: float, seed: int) -> np.ndarray:
    """Points uniform on [low, low + 2]."""
    return np.random.default_rng(seed).uniform(low, low + 2, (N, 1))


def divergence(value: float) -> Measurement:
    return Measurement(
        observable="jensen_shannon",
        value=value,
        lower=value,
        upper=value,
        confidence=1.0,
        unit="nats",
        obtained="known",
    )


def coin(x: torch.Tensor) -> torch.Tensor:
    return torch.zeros(len(x), 1)


def best(x: torch.Tensor) -> torch.Tensor:
    """The logit of D* for uniform laws on [0, 2] and [1, 3]: certain outside of the overlap."""
    return torch.where(x < 1, torch.inf, torch.where(x > 2, -torch.inf, 0.0)).clamp(-50, 50)


def test_a_coin_earns_minus_log_four() -> None:
    """And its excess is all of 2 JSD, here of laws that overlap by half: JSD = (log 2)/2."""
    payoff = discriminator_payoff(coin, uniform(0, 0), uniform(1, 1), {}, 0)

    assert payoff.value == pytest.approx(-log(4), abs=1e-14)
    assert least_jensen_shannon(payoff).value == pytest.approx(0, abs=1e-14)
    assert payoff_excess(divergence(log(2) / 2), payoff).value == pytest.approx(log(2), abs=1e-13)


def test_the_best_earns_what_the_theorem_says() -> None:
    """2 JSD - log 4 lies in the interval, up to what clipping takes; the excess has 0 in its interval."""
    payoff = discriminator_payoff(best, uniform(0, 0), uniform(1, 1), {}, 0)
    excess = payoff_excess(divergence(log(2) / 2), payoff)

    assert payoff.lower <= log(2) - log(4) <= payoff.upper + 2 * CLIP
    assert excess.lower <= 2 * CLIP
    assert excess.upper >= 0
    assert excess.confidence == pytest.approx(payoff.confidence)


def test_a_divergence_too_small_is_caught() -> None:
    """Planted fault: half of the true divergence would let a discriminator earn more than the best."""
    payoff = discriminator_payoff(best, uniform(0, 0), uniform(1, 1), {}, 0)

    assert payoff_excess(divergence(log(2) / 4), payoff).upper < 0


def test_a_confident_mistake_stays_bounded() -> None:
    """Wrong everywhere by any margin: the clipped payoff is 2 log(clip), and the sentence counts them."""
    payoff = discriminator_payoff(lambda x: -best(x), uniform(-2, 0), uniform(3, 1), {}, 0)

    assert payoff.value == pytest.approx(2 * log(CLIP))
    assert f"{2 * N} were" in payoff.obtained


def test_what_is_no_logit_is_refused() -> None:
    """NaN, and two outputs for a point."""
    with pytest.raises(ValueError, match="finite"):
        discriminator_payoff(lambda x: x * torch.nan, uniform(0, 0), uniform(1, 1), {}, 0)
    with pytest.raises(ValueError, match="one logit per point"):
        discriminator_payoff(lambda x: x.expand(-1, 2), uniform(0, 0), uniform(1, 1), {}, 0)
