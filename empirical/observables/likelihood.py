"""Likelihoods of a sample of labels under a softmax model, beside the exact laws of both."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch.nn.functional import cross_entropy

from empirical.measurement import Measurement
from theory.laws import FiniteLaw

ROUNDING = 2.0**-53  # relative error of one operation in float64


def empirical_law(labels: Int[torch.Tensor, " m"], atoms: int) -> FiniteLaw:
    """The law of a label drawn from the sample: exact counts divided by the sample's size.

    Raises:
        ValueError: a label is not one of 0, ..., atoms - 1.
    """
    if len(labels) == 0 or labels.min() < 0 or labels.max() >= atoms:
        raise ValueError(f"labels must be whole numbers from 0 to {atoms - 1}: pass at least one of these.")
    counts = torch.bincount(labels, minlength=atoms)
    return FiniteLaw(Fraction(int(count), len(labels)) for count in counts)


def model_law(logits: Float[torch.Tensor, " k"]) -> FiniteLaw:
    """The law that the softmax's float64 values amount to: each is a rational, divided by their exact sum."""
    weights = [Fraction(weight) for weight in logits.double().softmax(dim=0).tolist()]
    return FiniteLaw(weight / sum(weights) for weight in weights)


def average_loss(
    logits: Float[torch.Tensor, " k"], labels: Int[torch.Tensor, " m"], parameters: Mapping[str, Any]
) -> Measurement:
    r"""The loss that torch minimises, :math:`-\frac1m \sum_i \log q(x_i)`, nats, one term for each label.

    The interval bounds rounding alone: each of the m additions errs by at most 2^-53 of the running sum, in
    whatever order torch adds, and each logarithm by a few roundings of numbers no larger than the spread of
    the logits, the k terms of the softmax's sum included.
    """
    value = float(cross_entropy(logits.expand(len(labels), -1), labels))
    spread = float(logits.max() - logits.min())
    error = ROUNDING * (len(labels) + 2 * (len(logits) + 8) * (1 + spread)) * (1 + value)
    return Measurement(
        observable="average_loss",
        value=value,
        lower=value - error,
        upper=value + error,
        confidence=1.0,
        unit="nats",
        parameters={**parameters, "sample_size": len(labels)},
        obtained="mean of torch's cross entropy over the whole sample; the interval bounds its rounding",
    )


def underflow_sample_size(likelihoods: Float[np.ndarray, " m"], parameters: Mapping[str, Any]) -> Measurement:
    """How many likelihoods, multiplied one after the other in float64, give zero.

    Raises:
        ValueError: the product of all of them is not zero.
    """
    zeros = np.nonzero(np.multiply.accumulate(likelihoods) == 0)[0]
    if len(zeros) == 0:
        raise ValueError(
            f"the product of these {len(likelihoods)} likelihoods is not zero: pass a larger sample."
        )
    count = float(zeros[0] + 1)
    return Measurement(
        observable="underflow_sample_size",
        value=count,
        lower=count,
        upper=count,
        confidence=1.0,
        unit="1",
        parameters=parameters,
        obtained="likelihoods multiplied one by one in float64 until the product was zero",
    )
