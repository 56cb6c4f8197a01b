"""Annealed importance sampling is unbiased for p(x), and its logarithm lies below log p(x)."""

import numpy as np
import pytest
import torch

from empirical.observables.evidence import (
    annealed,
    annealed_importance_sampling,
    exact_log_likelihood,
    sigmoid_schedule,
)
from tests.empirical.observables.evidence.models import folded, samples

POINTS = 4


def mean_weight_over_density(latent_dim: int, steps: int) -> np.ndarray:
    """z-scores of the mean weight of 10,000 chains beside the exact density, at each of a few points.

    With 4,000 chains and three temperatures a point has shown the score -5.9, and with 200,000 chains 0.6:
    where a few large weights carry the mean, their absence makes it and its standard error too small.
    """
    model, law = folded(latent_dim)
    x = samples(law, POINTS)
    temperatures = sigmoid_schedule(steps).tolist()
    random = torch.Generator().manual_seed(3)
    sizes, _ = annealed._anneal(model, x, temperatures, 8, 3, random, None)
    _, weights = annealed._anneal(model, x, temperatures, 10_000, 3, random, sizes)
    ratio = np.exp(weights.numpy() - law.log_prob(x.numpy()))
    return (ratio.mean(axis=0) - 1) / (ratio.std(axis=0) / len(ratio) ** 0.5)


@pytest.mark.parametrize("latent_dim", [1, 2])
def test_the_mean_weight_is_the_density(latent_dim: int) -> None:
    """Even with twelve temperatures, where chains are far from mixed: no z-score beyond 4.

    The chance of a false alarm is below 3e-4 for each case; the draws are fixed.
    """
    assert np.abs(mean_weight_over_density(latent_dim, 12)).max() < 4


def test_a_weight_taken_after_the_move_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: the likelihood of the latent that the move has already improved."""
    move = annealed._move

    def hasty(model, x, start, beta, size, leapfrogs, random):
        place, accepted = move(model, x, start, beta, size, leapfrogs, random)
        return annealed._Place(place.z, place.log_likelihood + 0.1 * (beta < 1), place.slope), accepted

    monkeypatch.setattr(annealed, "_move", hasty)
    assert np.abs(mean_weight_over_density(2, 12)).max() > 4


def test_the_logarithm_lies_below_and_rises_with_the_chains_length() -> None:
    """By Jensen's inequality no expectation exceeds the exact value; long chains come close to it."""
    model, law = folded(2)
    x = samples(law, 20)
    truth = exact_log_likelihood(law, x.numpy()).value
    short, long = (
        annealed_importance_sampling(model, x, steps=steps, chains=4, repetitions=8, seed=0)
        for steps in (3, 60)
    )

    assert short.upper < truth
    assert short.upper < long.lower <= truth
    assert long.value == pytest.approx(truth, abs=0.2)


def test_the_schedule_rises_from_nothing_to_all_and_crowds_at_the_ends() -> None:
    """From 0 to 1, symmetric, its smallest steps first and last."""
    schedule = sigmoid_schedule(50)
    gaps = np.diff(schedule)

    assert schedule[0] == 0
    assert schedule[-1] == 1
    assert (gaps > 0).all()
    assert schedule + schedule[::-1] == pytest.approx(np.ones(51), abs=1e-14)
    assert gaps.argmin() in (0, 49)
    with pytest.raises(ValueError, match="at least one step"):
        sigmoid_schedule(0)
