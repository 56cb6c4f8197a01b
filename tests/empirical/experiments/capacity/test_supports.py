"""One cell: the ladder, a bisection that shares its gaps, and laws that face more than trained judges."""

from itertools import pairwise

import pytest

from empirical.experiments.capacity.supports import best_gap, first_rung, ladder, smallest_supports
from empirical.storage import Json

SETTING: Json = {
    "hidden": [3],
    "seed": 1,
    "pace": "1",
    "points": 24,
    "dim": 3,
    "epsilons": ["2/5", "1/5"],
    "most": 24,
    "laws": 1,
    "tries": 2,
    "response_steps": [20, 20],
    "response_rates": [0.1, 0.05],
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
    assert found["restarts"]["count"] == 4
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
