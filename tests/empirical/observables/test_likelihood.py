"""Likelihoods of labels: exact laws, a loss with its rounding, and where a product vanishes."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.observables.likelihood import average_loss, empirical_law, model_law, underflow_sample_size

LABELS = torch.tensor([0, 0, 2, 1, 0, 2])
LOGITS = st.lists(st.floats(-30, 30), min_size=3, max_size=3)


def test_the_empirical_law_is_exact() -> None:
    """Counts over the size of the sample; a label that does not occur has weight 0."""
    assert empirical_law(LABELS, 4).weights == (Fraction(1, 2), Fraction(1, 6), Fraction(1, 3), 0)


@given(LOGITS)
def test_the_model_law_is_the_softmax_in_rationals(logits: list[float]) -> None:
    """The weights sum to one exactly, and each is within a few roundings of the softmax."""
    law = model_law(torch.tensor(logits, dtype=torch.float64))
    top = max(logits)
    powers = [math.exp(logit - top) for logit in logits]

    assert sum(law.weights) == 1
    for weight, power in zip(law.weights, powers, strict=True):
        assert float(weight) == pytest.approx(power / sum(powers), rel=1e-13)


@given(LOGITS, st.integers(1, 200))
def test_the_loss_encloses_the_exact_one(logits: list[float], copies: int) -> None:
    """Second road: minus the weighted logarithms of the exact model law, in rationals until the logarithm."""
    values, labels = torch.tensor(logits, dtype=torch.float64), LABELS.repeat(copies)
    sample, model = empirical_law(labels, 3), model_law(values)
    exact = -math.fsum(
        float(p) * (math.log(q.numerator) - math.log(q.denominator))
        for p, q in zip(sample.weights, model.weights, strict=True)
    )
    measured = average_loss(values, labels, {})

    assert measured.lower <= exact <= measured.upper
    assert measured.upper - measured.lower < 1e-10  # so a wrong formula cannot hide in the rounding


def test_equal_likelihoods_underflow_where_exact_powers_leave_float64() -> None:
    """Second road: 10^-323 is a multiple of the least float64, 10^-324 is below half of it."""
    measured = underflow_sample_size(np.full(400, 0.1), {})

    assert (measured.lower, measured.upper) == (324.0, 324.0)
    assert 10.0**-323 > 0
    assert Fraction(1, 10**324) < Fraction(1, 2**1075) < Fraction(1, 10**323)


def test_a_product_that_survives_is_refused() -> None:
    """Too few factors, and factors above one half, whose product sticks at the least float64 for ever."""
    for likelihoods in (np.full(300, 0.1), np.full(100_000, 0.75)):
        with pytest.raises(ValueError, match="is not zero: pass a larger sample"):
            underflow_sample_size(likelihoods, {})


def test_labels_out_of_range_are_refused() -> None:
    """A label that has no place, and no label at all."""
    for labels in (LABELS, torch.tensor([], dtype=torch.long)):
        with pytest.raises(ValueError, match="whole numbers from 0 to 1"):
            empirical_law(labels, 2)
