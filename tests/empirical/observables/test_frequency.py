"""Frequencies with limits: two roads, and what undecided trials do."""

from fractions import Fraction

import pytest
from scipy.stats import binomtest

from empirical.measurement import Measurement
from empirical.observables.frequency import frequency

HALF_PERCENT = Fraction(99, 100)


def measured(certain: int, possible: int, trials: int, confidence: Fraction = HALF_PERCENT) -> Measurement:
    """A frequency of nothing in particular."""
    return frequency(
        "hits", (certain, possible), trials, confidence, parameters={}, seed=0, obtained="thrown"
    )


@pytest.mark.parametrize(("hits", "trials"), [(0, 30), (7, 30), (30, 30)])
def test_limits_are_those_of_clopper_and_pearson(hits: int, trials: int) -> None:
    """Second road: scipy's exact interval, to its own rounding and never inside it by more."""
    known = binomtest(hits, trials).proportion_ci(0.99, method="exact")
    found = measured(hits, hits, trials)

    assert found.lower == pytest.approx(known.low, abs=1e-9)
    assert found.upper == pytest.approx(known.high, abs=1e-9)
    assert found.value == hits / trials


def test_undecided_trials_widen_the_interval() -> None:
    """A trial that is not decided counts as a miss below and as a hit above."""
    assert measured(3, 8, 30).lower == measured(3, 3, 30).lower
    assert measured(3, 8, 30).upper == measured(8, 8, 30).upper


def test_counts_that_do_not_fit_are_refused() -> None:
    """More certain than possible hits, and more hits than trials."""
    with pytest.raises(ValueError, match="also possibly did"):
        measured(4, 3, 30)
    with pytest.raises(ValueError, match="between 0 and the number of trials"):
        measured(4, 31, 30)
