"""Floating-point numbers with bounds of their distance from the exact ones."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

UNIT = 2.0**-53  # the relative error of one rounded operation of float64

# The bounds are themselves computed in floating point, from a few dozen nonnegative terms at most a few
# hundred times rounded: a relative 1e-12 is more than they can be too small.
SLACK = 1 + 1e-12


@dataclass(frozen=True, eq=False)
class Enclosed:
    """Each exact number lies within ``error`` of ``value``, if no product underflows (below 1e-307).

    Args:
        value: of any shape.
        error: of the same shape; 0 where the value is exact.
    """

    value: Float[np.ndarray, " *shape"]
    error: Float[np.ndarray, " *shape"]


def exact(value: Float[np.ndarray, " *shape"]) -> Enclosed:
    """Numbers without error."""
    return Enclosed(value, np.zeros_like(value))


def weighted(weight: Float[np.ndarray, "out in"], x: Enclosed, bias: Enclosed) -> Enclosed:
    r"""The product :math:`W x + b` over the last but one axis of x, (..., in, k) to (..., out, k).

    A sum of n products in any order errs by at most :math:`\gamma_{n+2} \sum |w_i x_i|` with
    :math:`\gamma_n = n u / (1 - n u)`.

    Source: higham2002accuracy, section 3.1.
    """
    terms = (weight.shape[1] + 2) * UNIT
    size = np.abs(weight)
    rounding = terms / (1 - terms) * (size @ np.abs(x.value) + np.abs(bias.value))
    return Enclosed(weight @ x.value + bias.value, (size @ x.error + bias.error + rounding) * SLACK)


def activated(x: Enclosed, slope: Float[np.ndarray, " n"]) -> Enclosed:
    """The function h for h > 0, slope h below, of the last axis: errors grow by at most max(1, |slope|)."""
    certainly_positive, certainly_negative = x.value > x.error, x.value < -x.error
    value = np.where(x.value > 0, x.value, slope * x.value)
    factor = np.where(certainly_positive, 1, np.maximum(np.where(certainly_negative, 0, 1), np.abs(slope)))
    return Enclosed(value, (factor * x.error + np.where(x.value > 0, 0, UNIT * np.abs(value))) * SLACK)


def at_zero(x: Enclosed, edges: Int[np.ndarray, "k 2"], gap: Enclosed) -> Enclosed:
    r"""What x, (v, n), is where a function vanishes between the ends of each edge, all affine along it.

    With values g of opposite signs at the ends a and b, :math:`t = |g_a| / (|g_a| + |g_b|)` and
    :math:`x = x_a + t (x_b - x_a)`. Bounds e of the errors of g move t by at most
    :math:`(e_a |g_b| + e_b |g_a|) / (D (D - e_a - e_b))`, :math:`D = |g_a| + |g_b|`, besides rounding.
    """
    a, b = edges.T
    first, second = np.abs(gap.value[a]), np.abs(gap.value[b])
    total, doubt = first + second, gap.error[a] + gap.error[b]
    t = (first / total)[:, None]
    moved = (gap.error[a] * second + gap.error[b] * first) / (total * (total - doubt))
    step = x.value[b] - x.value[a]
    value = x.value[a] + t * step
    error = (
        (1 - t) * x.error[a]
        + t * x.error[b]
        + (moved[:, None] + 4 * UNIT) * (np.abs(step) + x.error[a] + x.error[b])
        + UNIT * (np.abs(x.value[a]) + np.abs(value))
    )
    return Enclosed(value, error * SLACK)


def beyond(x: Enclosed, edges: Int[np.ndarray, "k 2"], gap: Enclosed) -> Enclosed:
    r"""What x is where a function vanishes between a point and an infinite end, the second of each edge.

    At the end x and the function are their growth in its direction: with :math:`s = |g_a| / |g_b|` they are
    :math:`x_a + s x_b` and 0. Errors e of the values move s by at most :math:`(e_a + s e_b) / (|g_b| - e_b)`.
    """
    a, b = edges.T
    growth = np.abs(gap.value[b])
    s = np.abs(gap.value[a]) / growth
    moved = ((gap.error[a] + s * gap.error[b]) / (growth - gap.error[b]) + 4 * UNIT * s)[:, None]
    step = s[:, None] * x.value[b]
    value = x.value[a] + step
    error = (
        x.error[a]
        + s[:, None] * x.error[b]
        + moved * (np.abs(x.value[b]) + x.error[b])
        + UNIT * (np.abs(x.value[a]) + np.abs(value))
    )
    return Enclosed(value, error * SLACK)


def scaled(x: Enclosed, factor: Float[np.ndarray, " *factors"]) -> Enclosed:
    """Each number times an exact factor; 1 and 0 do not round."""
    size = np.abs(factor)
    rounding = np.where((size == 1) | (size == 0), 0, UNIT * size * np.abs(x.value))
    return Enclosed(x.value * factor, (size * x.error + rounding) * SLACK)
