"""Clopper-Pearson limits: two roads to each limit, and exact coverage."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from empirical.observables.binomial import clopper_pearson
from empirical.observables.birthday import one_sided_confidence

CONFIDENCES = [Fraction(39, 40), Fraction(19, 20), Fraction(1, 2), Fraction(1, 10)]


def at_least(count: int, trials: int, probability: Fraction) -> Fraction:
    """P(K >= count) for K ~ Bin(trials, probability), as a rational."""
    return sum(
        (
            comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
            for k in range(count, trials + 1)
        ),
        Fraction(0),
    )


@given(st.data())
def test_limits_bracket_the_exact_tail(data: st.DataObject) -> None:
    """At the lower limit P(K >= k) <= 1 - c, and just above it no longer; the upper limit mirrors it."""
    trials = data.draw(st.integers(1, 25))
    hits = data.draw(st.integers(0, trials))
    confidence = data.draw(st.sampled_from(CONFIDENCES))
    lower, upper = clopper_pearson(hits, trials, confidence)
    # The limits step outwards from a rounded guess: a part 2^-30 back inwards must already be too much.
    step = Fraction(1, 2**30)
    if hits == 0:
        assert lower == 0
    else:
        assert at_least(hits, trials, lower) <= 1 - confidence
        assert at_least(hits, trials, lower + step * min(lower, 1 - lower)) > 1 - confidence
    if hits == trials:
        assert upper == 1
    else:
        assert 1 - at_least(hits + 1, trials, upper) <= 1 - confidence
        assert 1 - at_least(hits + 1, trials, upper - step * min(upper, 1 - upper)) > 1 - confidence


@pytest.mark.parametrize(
    ("hits", "trials"), [(12, 20), (1, 20), (19, 20), (3, 1000), (500, 1000), (3, 10**6)]
)
def test_limits_agree_with_beta_quantiles(hits: int, trials: int) -> None:
    """The limits are quantiles of Beta(k, n - k + 1) and Beta(k + 1, n - k)."""
    error = 0.025
    lower, upper = clopper_pearson(hits, trials, Fraction(39, 40))
    # Quantiles from SciPy are good to about ten digits in these ranges.
    assert float(lower) == pytest.approx(beta.ppf(error, hits, trials - hits + 1), rel=1e-9)
    assert float(upper) == pytest.approx(beta.ppf(1 - error, hits + 1, trials - hits), rel=1e-9)


def coverage(probability: Fraction, limits: list[tuple[Fraction, Fraction]]) -> Fraction:
    """The exact probability that the interval of the observed number of hits contains the truth."""
    trials = len(limits) - 1
    return sum(
        (
            comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
            for k, (lower, upper) in enumerate(limits)
            if lower <= probability <= upper
        ),
        Fraction(0),
    )


@pytest.mark.parametrize("confidence", [Fraction(19, 20), Fraction(1, 2), Fraction(1, 5)])
@pytest.mark.parametrize("batches", [1, 2, 5, 20])
def test_both_limits_together_cover_at_the_stated_confidence(batches: int, confidence: Fraction) -> None:
    """P(lower <= gamma <= upper) >= c for every gamma: the rule for splitting the error between the sides."""
    each = one_sided_confidence(confidence, batches)
    limits = [clopper_pearson(hits, batches, each) for hits in range(batches + 1)]
    grid = [Fraction(i, 199) for i in range(200)]
    assert min(coverage(gamma, limits) for gamma in grid) >= confidence


def test_spending_the_whole_error_on_one_side_after_seeing_no_collision_covers_too_seldom() -> None:
    """The control: the full 95 % for the upper limit at 0 of 20 hits covers gamma = 0.15 below 95 %."""
    limits = [clopper_pearson(hits, 20, Fraction(39, 40)) for hits in range(21)]
    limits[0] = clopper_pearson(0, 20, Fraction(19, 20))
    assert coverage(Fraction(3, 20), limits) < Fraction(19, 20)


@pytest.mark.parametrize(
    ("hits", "trials", "confidence", "sentence"),
    [
        (21, 20, Fraction(19, 20), "hits must lie between 0"),
        (-1, 20, Fraction(19, 20), "hits must lie between 0"),
        (0, 0, Fraction(19, 20), "hits must lie between 0"),
        (1, 20, Fraction(0), "strictly between 0 and 1"),
        (1, 20, Fraction(1), "strictly between 0 and 1"),
    ],
)
def test_impossible_counts_are_refused(hits: int, trials: int, confidence: Fraction, sentence: str) -> None:
    """Counts and confidences outside their ranges have no limits."""
    with pytest.raises(ValueError, match=sentence):
        clopper_pearson(hits, trials, confidence)
