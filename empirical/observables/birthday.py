r"""The birthday test: what collisions in batches of samples certify about the support of their law.

Draw B disjoint batches of M samples and count the batches with a colliding pair. That number is binomial,
:math:`\mathrm{Bin}(B, \gamma)` exactly, so Clopper-Pearson limits bound the collision probability
:math:`\gamma` of a batch, and for a law with atoms of probability :math:`p_i`:

- :math:`\gamma \le \binom M2 \sum_i p_i^2` (union bound), so the effective support
  :math:`1/\sum_i p_i^2` (Renyi-2) is at most :math:`M(M-1)/(2\gamma_{\mathrm{low}})`;
- on N atoms :math:`\gamma \ge 1 - \prod_{j<M}(1 - j/N)`, attained by the uniform law, so the support has at
  least the smallest N for which the right side is no larger than :math:`\gamma_{\mathrm{high}}`.

The effective support never exceeds the support, nor does the number of distinct samples, and no number of
samples bounds the support from above: mass too small to be sampled can hide on any number of atoms. At a
resolution above 0 "atom" means a set of samples that all collide with each other. That relation is not
transitive, so the bounds then speak of coverings by such sets.

Errors of the collision test have a direction. A missed duplicate makes :math:`\gamma` look smaller: the
bound on the effective support stays valid, the bound on the support does not. A false duplicate does the
opposite.

The number of colliding pairs among all n samples, divided by n(n - 1)/2, is a U-statistic: an unbiased
point estimate of :math:`\sum_i p_i^2`, without an interval of its own.

Source: arora2018birthday (the test); the limits as we derive them.
"""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import inf, isinf, log, nextafter, perm, sqrt
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from empirical.measurement import Measurement
from empirical.observables.binomial import clopper_pearson
from empirical.observables.collisions import (
    check_resolution,
    closest_pairs,
    colliding_batches,
    count_collisions,
    sample_matrix,
)

PILOT = 4  # one row in so many chooses the size of the batches, unless the caller does
FALSE_ALARM_RATE = 1e-4  # of pairs of real samples, unless the caller chooses


@dataclass(frozen=True, kw_only=True)
class SupportEstimate:
    """What the collisions in a sample say about the support of its law, at one resolution.

    Args:
        samples: n, number of samples.
        dimension: d, coordinates of each.
        distinct: number of different rows.
        pilot: rows spent on choosing the batch, 0 where it was given.
        batch: M, samples in a batch.
        batches: B, number of disjoint batches.
        colliding_batches: number of batches with at least one colliding pair.
        resolution: Euclidean distance up to which two samples collide.
        resolution_from: ``"given"``, or ``"reference"`` where real data chose it.
        false_alarm_rate: share of real pairs allowed to collide where real data chose the resolution.
        confidence: of all limits together.
        one_sided_confidence: of each limit alone.
        collision_probability_at_least: lower limit of a batch's collision probability.
        collision_probability_at_most: its upper limit.
        effective_support_at_most: upper limit of 1/sum p^2, atoms; infinite without a colliding batch.
        identified: whether that limit is finite.
        support_at_least: lower limit of the number of atoms; at resolution 0 no less than ``distinct``.
            There is no upper limit.
        colliding_pairs: number of colliding pairs among all samples.
        pair_collision_probability: their share of all pairs, an unbiased estimate of sum p^2.
        effective_support_estimate: its inverse, atoms, a point estimate; infinite without a colliding pair.
        reference: the same estimate for the real data, at the same resolution.
    """

    samples: int
    dimension: int
    distinct: int
    pilot: int
    batch: int
    batches: int
    colliding_batches: int
    resolution: float
    resolution_from: str
    false_alarm_rate: float | None
    confidence: float
    one_sided_confidence: float
    collision_probability_at_least: float
    collision_probability_at_most: float
    effective_support_at_most: float
    identified: bool
    support_at_least: int
    colliding_pairs: int
    pair_collision_probability: float
    effective_support_estimate: float
    reference: "SupportEstimate | None"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, the reference's included; an infinite bound becomes None."""
        plain = {name: value for name, value in asdict(self).items() if name != "reference"}
        for name, value in plain.items():
            if isinstance(value, float) and isinf(value):
                plain[name] = None
        return plain | {"reference": self.reference and self.reference.as_dict()}

    def measurements(self) -> tuple[Measurement, Measurement, Measurement]:
        """Collision probability of a batch, effective support and support, each with its interval."""
        setting = {"batch": self.batch, "batches": self.batches, "resolution": self.resolution}
        counted = (
            f"{self.colliding_batches} of {self.batches} disjoint batches of {self.batch} samples collide at "
            f"resolution {self.resolution:g}; exact Clopper-Pearson limits"
        )
        return (
            Measurement(
                observable="collision_probability",
                value=self.colliding_batches / self.batches,
                lower=self.collision_probability_at_least,
                upper=self.collision_probability_at_most,
                confidence=self.confidence,
                unit="probability",
                parameters=setting,
                obtained=counted,
            ),
            Measurement(
                observable="effective_support",
                value=min(self.effective_support_estimate, self.effective_support_at_most),
                lower=1.0,
                upper=self.effective_support_at_most,
                confidence=self.one_sided_confidence,
                unit="atoms",
                parameters=setting,
                obtained=f"{counted}; union bound over pairs; value from all pairs",
            ),
            Measurement(
                observable="support",
                value=float(self.support_at_least),
                lower=float(self.support_at_least),
                upper=inf,
                confidence=self.one_sided_confidence,
                unit="atoms",
                parameters=setting,
                obtained=f"{counted}; smallest uniform support; the value is its lower limit",
            ),
        )


def birthday_support(
    samples: np.ndarray | torch.Tensor,
    *,
    batch: int | None = None,
    resolution: float | None = None,
    confidence: float = 0.95,
    reference: np.ndarray | torch.Tensor | None = None,
    false_alarm_rate: float | None = None,
    seed: int = 0,
) -> SupportEstimate:
    r"""Bounds the support of a law from collisions in disjoint batches of independent samples of it.

    Args:
        samples: (n, d), rows independent and in no particular order; batches are consecutive rows, each row
            in one batch at most. Rows drawn with replacement from a pool describe the pool, not its source.
        batch: M, samples in a batch, chosen before looking at the collisions. Without it the first quarter of
            the rows chooses a size at which about half of the batches made of the other rows collide.
        resolution: Euclidean distance up to which two samples count as one atom; without it 0, equality, or
            chosen on the reference.
        confidence: of the two limits together. One batch leaves one of them open, so that the other has this
            confidence; with more batches half of the error goes to each side.
        reference: (m, d), real data of the same kind. Without a resolution a random half of its rows
            chooses it and the other half is estimated beside the samples; with one, all rows are.
        false_alarm_rate: share of pairs of the reference allowed to collide when it chooses; without it 1e-4.
        seed: shuffles the reference, whose rows are often sorted.

    Raises:
        ValueError: samples or reference are not finite matrices, or too few; a batch larger than the sample;
            a negative resolution; confidence or false alarm rate outside (0, 1).

    >>> import numpy as np
    >>> dice = np.random.default_rng(0).integers(6, size=(600, 1))
    >>> estimate = birthday_support(dice)
    >>> estimate.support_at_least, round(estimate.effective_support_at_most)
    (6, 7)
    """
    rows = sample_matrix(samples)
    if not 0 < confidence < 1:
        raise ValueError(
            f"the confidence must lie strictly between 0 and 1 (got {confidence}): pass 0.95 for 95 %."
        )
    if reference is None:
        if false_alarm_rate is not None:
            raise ValueError(
                f"a false alarm rate (got {false_alarm_rate}) needs real data on which to choose the "
                f"resolution: pass reference=, or a resolution instead."
            )
        return _estimate(rows, batch, 0.0 if resolution is None else resolution, confidence)

    real = np.random.default_rng(seed).permutation(sample_matrix(reference, "reference"))
    if real.shape[1] != rows.shape[1]:
        raise ValueError(
            f"samples and reference must have the same number of coordinates (got {rows.shape[1]} and "
            f"{real.shape[1]}): bring both to one size."
        )
    if resolution is None:
        rate = FALSE_ALARM_RATE if false_alarm_rate is None else false_alarm_rate
        half = len(real) // 2
        chosen, held_out = resolution_at(real[:half], rate), real[half:]
        beside = _estimate(held_out, batch and min(batch, len(held_out)), chosen, confidence, rate)
        return _estimate(rows, batch, chosen, confidence, rate, beside)
    if false_alarm_rate is not None:
        raise ValueError(
            f"the resolution is either given (got {resolution}) or chosen by a false alarm rate (got "
            f"{false_alarm_rate}): pass one of the two."
        )
    beside = _estimate(real, batch and min(batch, len(real)), resolution, confidence)
    return _estimate(rows, batch, resolution, confidence, reference=beside)


def resolution_at(reference: Float[np.ndarray, "m d"], false_alarm_rate: float) -> float:
    """The largest resolution at which at most this share of the pairs of real samples collides.

    It lies halfway between the last distance that may count as a collision and the next one.

    Raises:
        ValueError: the rate is outside (0, 1), or finer than the pairs of the reference can resolve.
    """
    if not 0 < false_alarm_rate < 1:
        raise ValueError(
            f"the false alarm rate must lie strictly between 0 and 1 (got {false_alarm_rate}): pass 1e-4."
        )
    pairs = len(reference) * (len(reference) - 1) // 2
    allowed = int(Fraction(str(false_alarm_rate)) * pairs)
    if allowed == 0:
        raise ValueError(
            f"a false alarm rate of {false_alarm_rate:g} cannot be seen in the {pairs} pairs of "
            f"{len(reference)} real samples: pass a larger reference, or a rate of at least "
            f"{1 / max(pairs, 1):.2g}."
        )
    _, distances = closest_pairs(reference, allowed + 1)
    below = distances[distances < distances[-1]]
    if len(below) == 0:
        raise ValueError(
            f"more than a share {false_alarm_rate:g} of the real pairs lie at the same smallest distance "
            f"{distances[0]:g}: remove duplicates from the reference, or pass a larger false alarm rate."
        )
    return float(below[-1] + (distances[-1] - below[-1]) / 2)


def even_batch(pilot: Float[np.ndarray, "m d"], rows: int, resolution: float) -> int:
    r"""A batch size, at most ``rows``, at which about half of all batches collide, judged by a pilot.

    With a share Q of colliding pairs in the pilot it is :math:`\sqrt{2 \log 2 / Q}`; without any, all rows
    make one batch, which says most where collisions are rare.
    """
    colliding = count_collisions(pilot, resolution) if len(pilot) else 0
    if colliding == 0:
        return rows
    share = colliding / (len(pilot) * (len(pilot) - 1) / 2)
    return max(2, min(rows, round(sqrt(2 * log(2) / share))))


def effective_support_limit(batch: int, collision_probability: Fraction) -> Fraction | None:
    r"""The largest effective support, :math:`M(M-1)/(2\gamma)`, of a law whose batches collide so often.

    None where the collision probability may be 0.
    """
    return Fraction(batch * (batch - 1), 2) / collision_probability if collision_probability else None


def support_limit(batch: int, collision_probability: Fraction) -> int:
    r"""The smallest N with :math:`1 - \prod_{j<M}(1 - j/N) \le \gamma`: no fewer atoms collide so seldom.

    Decided in integers: :math:`N(N-1)\cdots(N-M+1) \ge (1 - \gamma) N^M`.
    """
    free = 1 - collision_probability

    def suffices(atoms: int) -> bool:
        return perm(atoms, batch) * free.denominator >= free.numerator * atoms**batch

    large = 1
    while not suffices(large):
        large *= 2
    small = large // 2  # does not suffice, or is 0
    while large - small > 1:
        middle = (small + large) // 2
        small, large = (small, middle) if suffices(middle) else (middle, large)
    return large


def one_sided_confidence(confidence: Fraction, batches: int) -> Fraction:
    """The confidence of each limit alone that gives both together at least ``confidence``.

    A single batch collides or not, and gives a limit on one side only: that one may use the whole error,
    because no probability between the two possible limits is ever excluded. With more batches the error is
    halved; spending all of it on the upper limit whenever no batch collides would cover too seldom.
    """
    return confidence if batches == 1 and confidence >= Fraction(1, 2) else (1 + confidence) / 2


def _estimate(
    rows: Float[np.ndarray, "n d"],
    batch: int | None,
    resolution: float,
    confidence: float,
    false_alarm_rate: float | None = None,
    reference: SupportEstimate | None = None,
) -> SupportEstimate:
    check_resolution(resolution)
    pilot = len(rows) // PILOT if batch is None else 0
    size = even_batch(rows[:pilot], len(rows) - pilot, resolution) if batch is None else batch
    collided = colliding_batches(rows[pilot:], size, resolution)
    distinct = len(np.unique(rows, axis=0))
    hits, batches = int(collided.sum()), len(collided)
    each = one_sided_confidence(Fraction(str(confidence)), batches)
    lower, upper = clopper_pearson(hits, batches, each)
    limit = effective_support_limit(size, lower)
    colliding = count_collisions(rows, resolution)
    pairs = len(rows) * (len(rows) - 1) // 2
    return SupportEstimate(
        samples=len(rows),
        dimension=rows.shape[1],
        distinct=distinct,
        pilot=pilot,
        batch=size,
        batches=batches,
        colliding_batches=hits,
        resolution=resolution,
        resolution_from="given" if false_alarm_rate is None else "reference",
        false_alarm_rate=false_alarm_rate,
        confidence=confidence,
        one_sided_confidence=float(each),
        collision_probability_at_least=_rounded(lower, -inf),
        collision_probability_at_most=_rounded(upper, inf),
        effective_support_at_most=inf if limit is None else _rounded(limit, inf),
        identified=limit is not None,
        support_at_least=max(support_limit(size, upper), distinct if resolution == 0 else 1),
        colliding_pairs=colliding,
        pair_collision_probability=colliding / pairs,
        effective_support_estimate=pairs / colliding if colliding else inf,
        reference=reference,
    )


def _rounded(value: Fraction, towards: float) -> float:
    """The float next to this rational, on the side that keeps a bound valid."""
    nearest = float(value)
    valid = nearest >= value if towards > 0 else nearest <= value
    return nearest if valid else nextafter(nearest, towards)
