"""One cell: the ladder, a bisection that shares its gaps, and laws that face more than trained judges."""

from itertools import pairwise

import pytest

from empirical.experiments.capacity.supports import best_gap, first_rung, ladder, smallest_supports
from empirical.storage import Json

SETTING: Json = {
    "hidden": [3],
    "seed": 1,
    "generator_pace": "1",
    "judge_pace": "1",
    "points": 24,
    "dim": 3,
    "epsilons": ["2/5", "1/5"],
    "most": 24,
    "laws": 1,
    "tries": 2,
    "response_steps": [20, 20],
    "response_rates": [0.1, 0.05],
    "doublings": 1,
    "least_gain": 0.01,
    "crowd": {
        "members": 2,
        "renewal": 5,
        "steps": 10,
        "game": "non-saturating",
        "discriminator_optimizer": {"learning_rate": 0.05, "betas": [0.5, 0.99], "epsilon": 1e-8},
        "generator_optimizer": {"learning_rate": 0.002, "betas": [0.5, 0.99], "epsilon": 1e-8},
        "dtype": "float32",
    },
}


@pytest.mark.parametrize("seed", range(4))
def test_ladders_rise_by_a_quarter_at_most(seed: int) -> None:
    """From 1 to the last, rising; above 8 no step is above a quarter, which is what a support is known to."""
    rungs = ladder(128, seed)

    assert rungs[0] == 1
    assert rungs[-1] == 128
    assert all(low < high <= max(low + 2, 1.25 * low) for low, high in pairwise(rungs))


@pytest.mark.parametrize("threshold", [0.0, 0.11, 0.3, 0.55, 1.0])
def test_bisection_finds_the_crossing_and_measures_nothing_twice(threshold: float) -> None:
    """On gaps 1/m the first rung with 1/m <= epsilon, from whatever was measured before."""
    rungs, tried = ladder(64, 0), {}

    def measured(support: int) -> Json:
        assert support not in tried
        tried[support] = {"gap": 1 / support}
        return tried[support]

    for epsilon in (0.4, threshold):
        found = first_rung(rungs, epsilon, "gap", tried, measured)
        first = next((rung for rung in rungs if 1 / rung <= epsilon), None)
        below = [rung for rung in rungs if 1 / rung > epsilon]
        assert found == {"support": first, "told_apart": below[-1] if below else 0}


def test_the_support_is_the_first_rung_that_fools() -> None:
    """Its gap is at most epsilon, and that of the rung below, which was tried too, is not."""
    found = smallest_supports(SETTING)
    for opponents, name in (("known", "gap"), ("trained", "trained")):
        gaps = {one["support"]: one[name] for one in found["tried"]}
        for epsilon, value in (("2/5", 0.4), ("1/5", 0.2)):
            one = found["supports"][opponents][epsilon]
            assert gaps[one["support"]] <= value
            assert one["told_apart"] == 0 or gaps[one["told_apart"]] > value


def test_a_gap_is_the_best_of_all_opponents() -> None:
    """Neither the weakest fresh judge nor the law's own judges stand for the class."""
    found = best_gap(SETTING, 5)

    assert found["gap"] == max(found["trained"], found["halfspaces"], found["slabs"])
    assert found["restarts"]["weakest"] <= found["restarts"]["best"] <= found["trained"] <= 1
    assert found["restarts"]["count"] in (2, 4)  # twice as many after the first doubling
    assert found["gap"] >= min(found["laws"])


def test_weak_judges_are_not_taken_for_a_fooled_class() -> None:
    """The planted fault: judges without training. Slabs still tell three atoms apart entirely."""
    untrained = SETTING | {"response_steps": [1, 1], "response_rates": [1e-9, 1e-9]}

    found = best_gap(untrained, 3)

    assert found["slabs"] >= 1 - 3 / 24 - 1e-9
    assert found["gap"] >= found["slabs"] > found["trained"]


def test_all_points_of_the_data_cannot_be_told_apart() -> None:
    """At m = N the law on all data points is the data law, and no opponent of any kind sees a difference."""
    found = best_gap(SETTING, 24)

    assert found["law"] == "data points"
    assert found["gap"] < 1e-9  # sums of 48 weights


WIDE = SETTING | {"hidden": [6], "points": 48, "most": 48, "tries": 2, "epsilons": ["3/10"]}


def test_weak_judges_make_supports_too_small() -> None:
    """The planted fault: judges of few steps that are not doubled. Twice the steps, and again, ask for more.

    Half-spaces and slabs take no part in the support against trained opponents.
    """
    weak = smallest_supports(WIDE | {"doublings": 0})
    strong = smallest_supports(WIDE | {"doublings": 3, "least_gain": 0.0})

    few, many = (found["supports"]["trained"]["3/10"]["support"] for found in (weak, strong))
    assert few < many


def test_judging_goes_on_until_a_doubling_gains_little() -> None:
    """Gaps rise from doubling to doubling; the last gain is told, and settled only where it is small."""
    for least_gain in (0.0, 0.05, 2.0):
        found = best_gap(WIDE | {"doublings": 3, "least_gain": least_gain}, 30)
        attained = found["attained"]
        gains = [high - low for low, high in pairwise(attained)]
        assert all(gain >= 0 for gain in gains)
        assert found["gain"] == gains[-1]
        assert found["settled"] == (gains[-1] < least_gain)
        assert all(gain >= least_gain for gain in gains[:-1])
        assert found["settled"] or attained[-1] > 0.3 or len(gains) == 3


def test_what_is_told_apart_at_once_is_judged_no_further() -> None:
    """Two atoms against six neurons: beyond the largest epsilon nothing is gained by more judges."""
    found = best_gap(WIDE | {"doublings": 3}, 2)

    assert found["trained"] > 0.3
    assert (found["gain"], found["settled"], len(found["attained"])) == (None, False, 1)


def test_generators_and_judges_have_paces_of_their_own() -> None:
    """Twice the judges' steps are twice their updates, and the generators' stay; and conversely."""
    once = smallest_supports(SETTING | {"doublings": 0})
    judges = smallest_supports(SETTING | {"doublings": 0, "judge_pace": "2"})
    generators = smallest_supports(SETTING | {"doublings": 0, "generator_pace": "2"})

    def each(found: Json, who: str) -> float:
        return found["updates"][who] / len(found["tried"])

    assert each(judges, "judges") == 2 * each(once, "judges")
    assert each(judges, "generator") == each(once, "generator")
    assert each(generators, "generator") == 2 * each(once, "generator")
    assert each(generators, "judges") == each(once, "judges")
