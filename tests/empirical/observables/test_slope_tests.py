"""Slope tests: p-values that are uniform where the slope is true, and small where it is not."""

import numpy as np
import pytest

from empirical.observables.slope_tests import equivalence, slope_difference, slope_test


def test_a_true_slope_is_rejected_as_often_as_promised() -> None:
    """At 5 % of 2,000 sweeps of 10 seeds: 60 to 140 by Student (over four standard errors), less by signs."""
    slopes = 0.4 + 0.1 * np.random.default_rng(0).standard_normal((2000, 10))
    tests = [slope_test(row.tolist(), 0.4) for row in slopes]

    assert 60 <= sum(one.student < 0.05 for one in tests) <= 140
    # Two tails of at most one of ten: 22 of 1,024, so 43 of 2,000 and four standard errors.
    assert sum(one.sign < 0.05 for one in tests) <= 43 + 26


def test_a_wrong_slope_is_rejected() -> None:
    """Slopes of 0.4 with a spread of 0.1 are neither 0 nor 1, by either test."""
    slopes = (0.4 + 0.1 * np.random.default_rng(1).standard_normal(10)).tolist()

    for wrong in (0.0, 1.0):
        assert slope_test(slopes, wrong).student < 1e-4
        assert slope_test(slopes, wrong).sign == pytest.approx(2 / 1024)


def test_student_on_three_slopes_by_hand() -> None:
    """Slopes 1, 2, 3 against 0: t = 2 sqrt(3), 2 degrees of freedom, p = 1 - t / sqrt(2 + t^2) = 0.0742."""
    t = 2 * 3**0.5

    assert slope_test([1.0, 2.0, 3.0], 0.0).student == pytest.approx(1 - t / (2 + t * t) ** 0.5)


def test_slopes_without_spread_are_there_or_not() -> None:
    """Equal slopes have no t; they are the tested one or certainly another."""
    assert (slope_test([1.0, 1.0], 1.0).student, slope_test([1.0, 1.0], 1.0).sign) == (1.0, 1.0)
    assert slope_test([1.0, 1.0], 0.0).student == 0.0


def test_pairing_sees_what_the_seeds_hide() -> None:
    """Seeds differ by 1 and the two ways by 0.1: the paired interval holds 0.1 and not 0.

    The planted mistake, an interval from the two spreads by themselves, is ten times as wide and holds 0.
    """
    generator = np.random.default_rng(2)
    luck = generator.standard_normal(10)
    one, other = 1.1 + luck + 0.02 * generator.standard_normal(10), 1.0 + luck

    found = slope_difference(one.tolist(), other.tolist())

    assert 0 < found.lower <= 0.1 <= found.upper
    unpaired = 2.1 * (one.var(ddof=1) / 10 + other.var(ddof=1) / 10) ** 0.5
    assert one.mean() - other.mean() - unpaired < 0


def test_what_cannot_be_tested_is_refused() -> None:
    """One seed has no spread, and other seeds no pairs."""
    with pytest.raises(ValueError, match="at least two"):
        slope_test([1.0], 0.0)
    with pytest.raises(ValueError, match="same seeds"):
        slope_difference([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([0.01, 0.02, 0.0, 0.01], "equivalent: the interval"),
        ([0.3, -0.3, 0.2, -0.2], "not shown to be equivalent"),
        ([0.3, 0.31, 0.29, 0.3], "the slope changes, by +0.30"),
    ],
)
def test_equivalence_asks_for_the_whole_interval(changes: list[float], sentence: str) -> None:
    """Inside the margin, around it, beyond it: no difference that is significant is not yet none."""
    assert equivalence(slope_difference(changes, [0.0] * 4), 0.1).startswith(sentence)
