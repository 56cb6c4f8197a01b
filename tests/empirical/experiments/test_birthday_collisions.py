"""Collisions from planted laws, the bounds drawn from them on two roads, and the controls of the verdicts."""

from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.experiments import birthday_collisions
from empirical.experiments.birthday_collisions import (
    CONFIDENCE,
    EFFECTIVE,
    PLANTED,
    SUPPORT,
    Configuration,
    Planted,
    experiment,
    judged_bounds,
    judged_collisions,
)
from empirical.experiments.result import Progress
from empirical.judge import HypothesisCheck, Outcome
from empirical.observables import SupportEstimate, birthday_support
from empirical.observables.binomial import clopper_pearson
from empirical.observables.birthday import effective_support_limit, support_limit
from empirical.targets.power_law import PowerLaw

EXACT = HypothesisCheck("a collision is an exact repetition", True, "resolution 0")


def estimate(planted: Planted, batches: int) -> SupportEstimate:
    """What this many batches from the planted law say."""
    draws = planted.law.sample(planted.batch * batches, torch.Generator().manual_seed(1))
    return birthday_support(draws, batch=planted.batch, resolution=0.0, confidence=float(CONFIDENCE))


def test_every_bound_holds_for_every_planted_law(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Collision probabilities are as predicted and both bounds are on the right side of the truth."""
    small = {name: planted for name, planted in PLANTED.items() if name != "uniform-115260"}
    monkeypatch.setattr(birthday_collisions, "PLANTED", small)
    result = experiment("small", Configuration(batches=2_000), tmp_path, watched)

    assert {verdict["outcome"] for verdict in result.verdicts} == {"HOLDS"}
    assert set(result.data) == set(small)


@pytest.mark.parametrize("hits", [0, 1, 12, 19, 20])
def test_two_roads_to_the_bounds(hits: int) -> None:
    """The theorem's bounds and the estimator's agree: other limits, other searches, the same atoms.

    The two limits on the collision probability are rounded outwards at different places, which moves a bound
    by less than one atom here.
    """
    batch, batches, confidence = 400, 20, Fraction(39, 40)
    counted = {"batch": batch, "batches": batches, "collisions": hits, "confidence": confidence}
    lower, upper = clopper_pearson(hits, batches, confidence)
    effective = effective_support_limit(batch, lower)

    predicted = EFFECTIVE.at(**counted)
    assert predicted.identified == (effective is not None)
    if effective is not None:
        assert abs(int(predicted.exact) - ceil(effective)) <= 1
    assert abs(int(SUPPORT.at(**counted).exact) - support_limit(batch, upper)) <= 1


def test_the_uneven_law_collides_as_its_symmetric_function_says() -> None:
    """Second road: without collision the draws are M distinct atoms, with probability M! e_M(p)."""
    planted = PLANTED["uneven"]
    weights = 1 / np.arange(1, planted.law.support + 1)
    symmetric = np.zeros(planted.batch + 1)
    symmetric[0] = 1.0
    for weight in weights / weights.sum():
        symmetric[1:] += weight * symmetric[:-1]
    collides = 1 - symmetric[planted.batch] * float(np.prod(np.arange(1.0, planted.batch + 1)))
    found = estimate(planted, 2_000)

    assert found.collision_probability_at_least <= collides <= found.collision_probability_at_most


def test_another_support_than_the_planted_one_fails() -> None:
    """Batches of 400 from 115,260 atoms refute that 160,000 atoms would collide as often."""
    truth = PLANTED["uniform-115260"]
    found = estimate(truth, 2_000)

    assert judged_collisions(truth, found, 1, EXACT).outcome is Outcome.HOLDS
    square = replace(truth, law=PowerLaw(160_000))
    assert judged_collisions(square, found, 1, EXACT).outcome is Outcome.FAILS


def test_supports_on_the_wrong_side_of_a_bound_fail() -> None:
    """A law said to have far more, or far fewer, atoms than the one that was drawn from is found out."""
    found = estimate(PLANTED["uniform"], 40)

    effective, _ = judged_bounds(Planted(PowerLaw(100_000), batch=40), found, 1, EXACT)
    _, support = judged_bounds(Planted(PowerLaw(20), batch=40), found, 1, EXACT)
    assert (effective.outcome, support.outcome) == (Outcome.FAILS, Outcome.FAILS)


def test_near_repetitions_decide_nothing(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a resolution above 0 neighbours collide, which the theorem is not about: the hypothesis is named."""
    monkeypatch.setattr(birthday_collisions, "PLANTED", {"uniform": PLANTED["uniform"]})
    configuration = Configuration(batches=50, tested=20, resolution=1.5)
    result = experiment("small", configuration, tmp_path, watched)

    for verdict in result.verdicts:
        assert verdict["outcome"] == "UNDECIDED"
        assert "'a collision is an exact repetition'" in verdict["sentence"]


def test_few_batches_decide_nothing_about_an_equality(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty batches leave an interval wider than the resolution around the right probability."""
    monkeypatch.setattr(birthday_collisions, "PLANTED", {"uniform": PLANTED["uniform"]})
    result = experiment("small", Configuration(batches=50, tested=20), tmp_path, watched)

    assert result.verdicts[0]["outcome"] == "UNDECIDED"


def test_a_finished_result_is_read_again(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is counted: counting is out of reach. Another seed is refused."""
    monkeypatch.setattr(birthday_collisions, "PLANTED", {"uniform": PLANTED["uniform"]})
    few = Configuration(batches=50, tested=20)
    first = experiment("small", few, tmp_path, watched)
    monkeypatch.delattr(birthday_collisions, "birthday_support")

    assert experiment("small", few, tmp_path, watched) == first
    with pytest.raises(ValueError, match="another configuration"):
        experiment("small", replace(few, seed=1), tmp_path, watched)
