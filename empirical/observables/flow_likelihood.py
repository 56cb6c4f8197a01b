"""What an exact likelihood tells of a flow: held-out data, and the log ratio as a discriminator."""

from collections.abc import Mapping
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float
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


def on_cells(law: Side, edges: Edges) -> FiniteLaw:
    """The law's exact probabilities on a grid of the plane, as rationals that sum to 1.

    Each is known to a few 1e-10; what is said of the cells is said of the law with these very weights.

    Raises:
        ValueError: the cells hold less than all of the mass.
    """
    masses = np.maximum(law.cell_probability(*edges).ravel(), 0.0)
    if abs(masses.sum() - 1) > 1e-6:
        raise ValueError(
            f"the cells hold {masses.sum():.9g} of the mass instead of 1: let the edges end at infinity."
        )
    weights = [Fraction(mass) for mass in masses.tolist()]
    return FiniteLaw(weight / sum(weights) for weight in weights)


def sampled_divergence(
    p: FiniteLaw,
    q: FiniteLaw,
    draws: tuple[Points, Points],
    edges: Edges,
    confidence: float,
    parameters: Mapping[str, Any],
    seed: int,
) -> Measurement:
    r"""``symmetric_divergence``: the log ratio's mean under p less that under q, from samples of both, nats.

    :math:`E_p f - E_q f` with :math:`f = \log p/q` on cells, whose range is known before any sample is.

    Args:
        p: the model's law on the cells, positive.
        q: the data's, positive.
        draws: samples of the model and of the data.
        edges: of the cells.
        confidence: with which the interval holds, for every law.
        parameters: the setting, kept with the measurement.
        seed: of the samples.
    """
    model, data = (np.array([float(weight) for weight in law.weights]) for law in (p, q))
    f = np.log(model) - np.log(data)
    shape = tuple(len(e) - 1 for e in edges)
    means = []
    for points in draws:
        places = [np.searchsorted(e[1:-1], column) for e, column in zip(edges, points.T, strict=True)]
        at = f[np.ravel_multi_index(tuple(places), shape)]
        means.append(bounded_mean(at, float(f.min()), float(f.max()), (1 - confidence) / 2))
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
    p: FiniteLaw,
    q: FiniteLaw,
    f: Float[np.ndarray, " atoms"],
    parameters: Mapping[str, Any],
    seed: int,
) -> tuple[Measurement, Fraction]:
    r"""``distance``: what a discriminator's f tells apart, and how far f is from the log ratio at worst.

    :math:`E_p f - E_q f` is a lower bound of the distance of every class that holds f, attained by f itself.

    Args:
        p: the model's law, positive on each atom.
        q: the data's law, likewise.
        f: the discriminator's value at each atom, an estimate of log p/q.
        parameters: the setting, kept with the measurement.
        seed: of the discriminator's training.

    Returns:
        The measurement in nats, and a rational no less than :math:`\max |f - \log(p/q)|`.
    """
    data, model = (np.array([float(w) for w in law.weights]) for law in (q, p))
    value = float((model - data) @ f)
    slack = ROUNDING * float(np.abs(f).max())
    worst = float(np.abs(f - np.log(model) + np.log(data)).max())
    measured = Measurement(
        observable="distance",
        value=value,
        lower=value - slack,
        upper=value + slack,
        confidence=1.0,
        unit="nats",
        parameters={**parameters, "epsilon": worst},
        seed=seed,
        obtained="exact sum over the cells of a trained discriminator's value, within its rounding",
    )
    return measured, Fraction(worst * (1 + ROUNDING) + slack).limit_denominator(10**9) + Fraction(1, 10**9)


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
