"""What an exact likelihood tells of a flow: held-out data, and the log ratio as a discriminator."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import norm

from empirical.measurement import Measurement
from empirical.observables.bounded_means import bounded_mean
from empirical.observables.frequency import frequency
from empirical.observables.sides import Side
from empirical.targets import GaussianMixture
from theory.laws import FiniteLaw

Points = Float[np.ndarray, "n 2"]
Edges = tuple[Float[np.ndarray, " columns"], Float[np.ndarray, " rows"]]
ROUNDING = 2.0**-40  # of a sum of at most a thousand terms, relative to the largest
LEAST = 1e-6  # probability of a cell that stands by itself: a thousand times the error of one


def mean_log_likelihood(
    law: Side, held_out: Points, confidence: float, parameters: Mapping[str, Any], seed: int
) -> Measurement:
    """The average log density of the model at data it was not trained on, nats.

    The log density is exact at each point. The interval for the expectation assumes that the average is
    nearly normal: log densities have no lower bound, and a rare low one may be missing from the sample.

    Args:
        law: the model.
        held_out: independent draws of the data law.
        confidence: of the interval, under that assumption.
        parameters: the setting, kept with the measurement.
        seed: of the held-out data.

    Raises:
        ValueError: fewer than two points.
    """
    if len(held_out) < 2:
        raise ValueError(f"an interval needs at least two held-out points (got {len(held_out)}): draw more.")
    values = law.log_density(held_out)
    average = float(values.mean())
    radius = float(norm.ppf((1 + confidence) / 2)) * float(values.std(ddof=1)) / sqrt(len(values))
    return Measurement(
        observable="mean_log_likelihood",
        value=average,
        lower=average - radius,
        upper=average + radius,
        confidence=confidence,
        unit="nats",
        parameters={**parameters, "points": len(values), "least": float(values.min())},
        seed=seed,
        obtained=f"average exact log density of {len(values):,} held-out points, normal approximation",
    )


@dataclass(frozen=True, eq=False)
class Cells:
    """Two laws on one partition of the plane.

    Args:
        edges: of the grid that it is made of.
        group: for each cell of the grid, row by row, the part to which it belongs.
        p: the model's probability of each part, as a rational.
        q: the data's.
    """

    edges: Edges
    group: Int[np.ndarray, " cells"]
    p: FiniteLaw
    q: FiniteLaw

    def of(self, points: Points) -> Int[np.ndarray, " n"]:
        """The part in which each point lies."""
        places = [np.searchsorted(e[1:-1], column) for e, column in zip(self.edges, points.T, strict=True)]
        return self.group[np.ravel_multi_index(tuple(places), [len(e) - 1 for e in self.edges])]


def common_cells(model: Side, data: Side, edges: Edges) -> Cells:
    """The laws' exact probabilities on a grid, whose almost empty cells are joined to the model's fullest.

    Each probability is known to about 1e-9, which says little of a smaller one. What is said of the parts is
    said of laws with these very weights, divided by their sum.

    Raises:
        ValueError: the cells hold less than all of the mass.
    """
    masses = [np.maximum(law.cell_probability(*edges).ravel(), 0.0) for law in (model, data)]
    if any(abs(mass.sum() - 1) > 1e-6 for mass in masses):
        raise ValueError(
            f"the cells hold {min(float(mass.sum()) for mass in masses):.9g} of the mass instead of 1: let "
            f"the edges end at infinity."
        )
    kept = np.minimum(*masses) >= LEAST
    kept[masses[0].argmax()] = True
    group = np.where(kept, np.cumsum(kept) - 1, (np.cumsum(kept) - 1)[masses[0].argmax()])
    p, q = (_law(np.bincount(group, mass)) for mass in masses)
    return Cells(edges, group, p, q)


def _law(masses: Float[np.ndarray, " parts"]) -> FiniteLaw:
    weights = [Fraction(mass) for mass in masses.tolist()]
    return FiniteLaw(weight / sum(weights) for weight in weights)


def sampled_divergence(
    cells: Cells,
    draws: tuple[Points, Points],
    confidence: float,
    parameters: Mapping[str, Any],
    seed: int,
) -> Measurement:
    r"""``symmetric_divergence``: the log ratio's mean under p less that under q, from samples of both, nats.

    :math:`E_p f - E_q f` with :math:`f = \log p/q` on cells, whose range is known before any sample is.

    Args:
        cells: the laws p of the model and q of the data, positive.
        draws: samples of the model and of the data.
        confidence: with which the interval holds, for every law.
        parameters: the setting, kept with the measurement.
        seed: of the samples.
    """
    f = _log_ratio(cells)
    means = [
        bounded_mean(f[cells.of(points)], float(f.min()), float(f.max()), (1 - confidence) / 2)
        for points in draws
    ]
    difference = means[0] - means[1]
    return Measurement(
        observable="symmetric_divergence",
        value=difference.value,
        lower=difference.lower,
        upper=difference.upper,
        confidence=confidence,
        unit="nats",
        parameters={**parameters, "cells": len(f)},
        seed=seed,
        obtained=f"means of the cells' log ratio over {len(draws[0]):,} samples of the model and "
        f"{len(draws[1]):,} of the data, empirical Bernstein intervals",
    )


def discriminator_distance(
    cells: Cells, f: Float[np.ndarray, " parts"], parameters: Mapping[str, Any], seed: int
) -> tuple[Measurement, Fraction]:
    r"""``distance``: what a discriminator's f tells apart, and how far f is from the log ratio at worst.

    :math:`E_p f - E_q f` is a lower bound of the distance of every class that holds f, attained by f itself.

    Args:
        cells: the laws p of the model and q of the data, positive.
        f: the discriminator's value on each part, an estimate of log p/q.
        parameters: the setting, kept with the measurement.
        seed: of the discriminator's training.

    Returns:
        The measurement in nats, and a rational no less than :math:`\max |f - \log(p/q)|`.
    """
    model, data = _weights(cells)
    value = float((model - data) @ f)
    slack = ROUNDING * float(np.abs(f).max())
    worst = float(np.abs(f - _log_ratio(cells)).max())
    measured = Measurement(
        observable="distance",
        value=value,
        lower=value - slack,
        upper=value + slack,
        confidence=1.0,
        unit="nats",
        parameters={**parameters, "cells": len(f), "epsilon": worst},
        seed=seed,
        obtained="exact sum over the cells of a trained discriminator's value, within its rounding",
    )
    return measured, Fraction(worst + slack).limit_denominator(10**9) + Fraction(1, 10**9)


def _weights(cells: Cells) -> tuple[Float[np.ndarray, " parts"], Float[np.ndarray, " parts"]]:
    p, q = (np.array([float(weight) for weight in law.weights]) for law in (cells.p, cells.q))
    return p, q


def _log_ratio(cells: Cells) -> Float[np.ndarray, " parts"]:
    p, q = _weights(cells)
    return np.log(p) - np.log(q)


def quality(
    points: Points, target: GaussianMixture, confidence: Fraction, parameters: Mapping[str, Any], seed: int
) -> Measurement:
    """The share of a model's samples within three standard deviations of a mode, as pictures judge them.

    Args:
        points: independent samples of the model.
        target: the data law, whose own share is ``target.high_quality_ceiling()``.
        confidence: of the exact limits.
        parameters: the setting, kept with the measurement.
        seed: of the samples.
    """
    squared = ((points[:, None, :] - target.modes.numpy()) ** 2).sum(axis=-1)
    near = squared <= (3 * target.sigma) ** 2
    hits = int(near.any(axis=1).sum())
    return frequency(
        "high_quality_share",
        (hits, hits),
        len(points),
        confidence,
        parameters={
            **parameters,
            "modes": int(near.any(axis=0).sum()),
            "ceiling": target.high_quality_ceiling(),
        },
        seed=seed,
        obtained="samples within three standard deviations of a mode",
    )


def log_density_map(law: Side, half: float, side: int) -> list[list[float]]:
    """The log density at the middles of a grid on [-half, half]^2, bottom row first, nats to two decimals."""
    middles = (np.arange(side) + 0.5) / side * 2 * half - half
    x, y = np.meshgrid(middles, middles)
    values = law.log_density(np.stack([x.ravel(), y.ravel()], axis=1))
    return np.maximum(values, -1e4).round(2).reshape(side, side).tolist()
