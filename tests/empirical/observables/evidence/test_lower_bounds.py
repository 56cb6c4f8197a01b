"""Variational bounds on models whose evidence is exact: where they must lie, and that they can be wrong."""

import math

import pytest
import torch

from empirical.observables.evidence import (
    LatentModel,
    evidence_lower_bound,
    exact_log_likelihood,
    importance_weighted_bound,
)
from empirical.observables.evidence.mean_interval import mean_over_points
from empirical.observables.evidence.model import Guess
from tests.empirical.observables.evidence.models import (
    LINEAR,
    NOISE,
    POINTS,
    POSTERIOR,
    POSTERIOR_VARIANCE,
    WEIGHT,
    encoder,
    folded,
    linear,
    log_evidence,
    samples,
)


def test_the_posterior_attains_the_evidence() -> None:
    """Inside the interval, and for the importance weights without any spread: all are p(x) itself."""
    truth = float(log_evidence(POINTS).mean())
    bound = evidence_lower_bound(LINEAR, POSTERIOR, POINTS, samples=5000, seed=0)
    weighted = importance_weighted_bound(LINEAR, POSTERIOR, POINTS, samples=1, repetitions=3, seed=0)

    assert bound.lower <= truth <= bound.upper
    assert weighted.value == pytest.approx(truth, abs=1e-12)
    assert weighted.upper - weighted.lower < 1e-12


@pytest.mark.parametrize(("slope", "variance"), [(0.0, 1.0), (0.5, 0.2), (1.2, POSTERIOR_VARIANCE)])
def test_the_gap_is_the_divergence_from_the_posterior(slope: float, variance: float) -> None:
    """KL(N(m, v) || N(m*, v*)) in closed form lies in the interval of the evidence less the bound."""
    best = WEIGHT / (WEIGHT**2 + NOISE**2)
    ratio = variance / POSTERIOR_VARIANCE
    shift = ((slope - best) ** 2 * POINTS[:, 0] ** 2 / POSTERIOR_VARIANCE).mean()
    gap = (ratio - 1 - math.log(ratio) + float(shift)) / 2
    bound = evidence_lower_bound(LINEAR, encoder(slope, variance), POINTS, samples=20_000, seed=1)

    expected = float(log_evidence(POINTS).mean()) - gap
    assert bound.lower <= expected <= bound.upper
    assert bound.upper - bound.lower < 0.1


def test_the_sign_of_the_divergence_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the divergence added instead of taken away the bound lies above the evidence, all of it."""
    divergence = Guess.divergence.fget
    assert divergence is not None
    monkeypatch.setattr(Guess, "divergence", property(lambda law: -divergence(law)))
    wrong = evidence_lower_bound(LINEAR, POSTERIOR, POINTS, samples=2000, seed=0)

    assert wrong.lower > float(log_evidence(POINTS).mean())


@pytest.mark.parametrize("latent_dim", [1, 2])
def test_importance_weighted_bounds_rise_to_the_evidence(latent_dim: int) -> None:
    """L_1 is the evidence lower bound; L_k rises with k; none lies above the exact law's value.

    The encoder is the prior, wide and wrong. Each of six comparisons fails by chance with probability 0.001
    at most.
    """
    model, law = folded(latent_dim)
    x = samples(law, 30)
    prior = linear([[0.0, 0.0]] * (2 * latent_dim), [0.0] * (2 * latent_dim))
    truth = exact_log_likelihood(law, x.numpy())
    lower = evidence_lower_bound(model, prior, x, samples=2000, seed=2)
    bounds = [
        importance_weighted_bound(model, prior, x, samples=k, repetitions=n, seed=k)
        for k, n in ((1, 1000), (30, 60), (3000, 10))
    ]

    assert bounds[0].lower <= lower.upper
    assert bounds[0].upper >= lower.lower
    for worse, better in zip(bounds, [*bounds[1:], truth], strict=True):
        assert worse.lower <= better.upper
    assert bounds[0].upper < bounds[1].lower < bounds[2].lower
    assert bounds[2].value == pytest.approx(truth.value, abs=0.05)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An average over many latents is the same however many are decoded at once.

    Torch draws normal numbers in blocks of sixteen: chunks of 96 numbers are those of the whole.
    """
    whole = importance_weighted_bound(LINEAR, encoder(0.3, 0.5), POINTS, samples=64, repetitions=2, seed=0)
    monkeypatch.setattr("empirical.observables.evidence.lower_bounds.LATENTS", 96)
    parts = importance_weighted_bound(LINEAR, encoder(0.3, 0.5), POINTS, samples=64, repetitions=2, seed=0)

    assert parts.value == pytest.approx(whole.value, rel=1e-12)


def test_the_interval_covers_as_often_as_it_says() -> None:
    """400 intervals at 99.9 %: more than 5 misses have probability 1e-5; at 98 % there would be 8.

    Four repetitions at one point would be missed by a normal interval in 5 % of all cases.
    """
    random = torch.Generator().manual_seed(0)
    misses = 0
    for trial in range(400):
        points = (1, 5)[trial % 2]
        values = torch.randn(4, points, dtype=torch.float64, generator=random) * torch.arange(1, points + 1)
        found = mean_over_points(values, "evidence_lower_bound", {}, 0, "normal numbers")
        misses += not found.lower <= 0 <= found.upper
    assert misses <= 5


def test_what_cannot_be_estimated_is_refused() -> None:
    """One repetition has no interval; an encoder needs pairs of outputs; noise is positive."""
    with pytest.raises(ValueError, match="at least two finite repetitions"):
        evidence_lower_bound(LINEAR, POSTERIOR, POINTS, samples=1, seed=0)
    with pytest.raises(ValueError, match="twice as many outputs"):
        evidence_lower_bound(LINEAR, linear([[1.0]], [0.0]), POINTS, samples=2, seed=0)
    with pytest.raises(ValueError, match="at least one latent in an average"):
        importance_weighted_bound(LINEAR, POSTERIOR, POINTS, samples=0, repetitions=2, seed=0)
    with pytest.raises(ValueError, match="noise must be positive"):
        LatentModel(LINEAR.decoder, 1, 0.0)
