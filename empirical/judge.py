r"""Compares what a theorem predicts with what an experiment observed, interval against number.

For an observed interval :math:`[l, u]` and a predicted value :math:`v`:

======== ========================================== ============= =========================
relation HOLDS                                      FAILS         UNDECIDED
======== ========================================== ============= =========================
EQUALS   :math:`l \le v \le u`, width < resolution  v outside     v inside a wide interval
AT_MOST  :math:`u \le v`                            :math:`l > v` otherwise
AT_LEAST :math:`l \ge v`                            :math:`u < v` otherwise
======== ========================================== ============= =========================

An experiment that breaks a hypothesis refutes nothing and confirms nothing: it is UNDECIDED, whatever the
interval. UNDECIDED never counts as a pass.
"""

from dataclasses import asdict, dataclass
from enum import Enum
from fractions import Fraction
from math import isinf
from typing import Any

import sympy as sp

from empirical.measurement import Measurement
from theory.prediction import PredictedValue
from theory.relation import Relation


class Outcome(Enum):
    """How a comparison came out; the value is the sentence shown to the user."""

    HOLDS = "the whole interval agrees with the prediction"
    FAILS = "the whole interval contradicts the prediction"
    UNDECIDED = "the observation neither confirms nor refutes the prediction"


@dataclass(frozen=True)
class HypothesisCheck:
    """Whether the experiment met one hypothesis of the theorem.

    Args:
        sentence: the hypothesis, such as ``"the discriminator is optimal"``.
        holds: whether the experiment met it.
        detail: what was observed, such as ``"off by 0.03 nats"``.
    """

    sentence: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of one comparison, with the sentence that says why.

    ``margin`` is the distance, in the unit of the observable, by which the outcome was decided: positive for
    HOLDS, negative for FAILS, None for UNDECIDED. For an inequality it runs from the predicted value to the
    nearer end of the interval; for an equality that holds it is the resolution less the interval's width.
    """

    outcome: Outcome
    sentence: str
    margin: float | None
    predicted: PredictedValue
    measured: Measurement
    resolution: float | None
    hypotheses: tuple[HypothesisCheck, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; an infinite number becomes None."""
        return {
            "outcome": self.outcome.name,
            "sentence": self.sentence,
            "margin": None if self.margin is None or isinf(self.margin) else self.margin,
            "observable": self.predicted.observable,
            "relation": self.predicted.relation.value,
            "predicted": {
                "exact": str(self.predicted.exact),
                "value": float(self.predicted) if self.predicted.identified else None,
                "unit": self.predicted.unit,
            },
            "measured": self.measured.as_dict(),
            "resolution": self.resolution,
            "hypotheses": [asdict(check) for check in self.hypotheses],
        }


def judge(
    predicted: PredictedValue,
    measured: Measurement,
    *,
    resolution: float | None = None,
    hypotheses: tuple[HypothesisCheck, ...] = (),
) -> Verdict:
    """The verdict on one prediction by one measurement.

    Args:
        predicted: the exact value and its relation to the observed number.
        measured: the observed number with its interval, of the same observable and unit.
        resolution: the width below which an interval is narrow enough to confirm an equality; without it an
            equality can fail but not hold.
        hypotheses: what was checked of the theorem's hypotheses; one that is broken makes it UNDECIDED.

    Raises:
        ValueError: observable or unit differ, or the resolution is not a positive number.
    """
    if predicted.observable != measured.observable:
        raise ValueError(
            f"a prediction of {predicted.observable} cannot be judged by a measurement of "
            f"{measured.observable}: measure {predicted.observable}."
        )
    if predicted.unit != measured.unit:
        raise ValueError(
            f"{predicted.observable} is predicted in {predicted.unit} but was measured in {measured.unit}: "
            f"convert the measurement to {predicted.unit}."
        )
    if resolution is not None and not resolution > 0:
        raise ValueError(
            f"the resolution must be positive (got {resolution}): pass the interval width below which the "
            f"equality counts as confirmed."
        )

    def verdict(outcome: Outcome, sentence: str, margin: float | None = None) -> Verdict:
        return Verdict(outcome, sentence, margin, predicted, measured, resolution, hypotheses)

    broken = [check for check in hypotheses if not check.holds]
    if broken:
        named = "; ".join(f"'{check.sentence}' ({check.detail})" for check in broken)
        return verdict(Outcome.UNDECIDED, f"the experiment does not meet the hypothesis {named}")
    if not predicted.identified:
        return verdict(
            Outcome.UNDECIDED, f"no finite value of {predicted.observable} is predicted: nothing to check"
        )

    outcome, reason, margin = _compare(predicted, measured, resolution)
    interval = f"[{measured.lower:.6g}, {measured.upper:.6g}] {_unit(measured.unit)}".rstrip()
    certainty = "certain" if measured.confidence == 1 else f"{100 * measured.confidence:g} % confidence"
    sentence = f"{measured.observable} observed in {interval} ({certainty}) {reason} {float(predicted):.6g}"
    return verdict(outcome, sentence, margin)


def _compare(
    predicted: PredictedValue, measured: Measurement, resolution: float | None
) -> tuple[Outcome, str, float | None]:
    # Fractions compare with floats exactly, so an end of the interval that touches the prediction decides
    # as the table says, without rounding. An irrational prediction is read to 60 digits, far beyond a float.
    value = Fraction(str(predicted.exact if predicted.exact.is_Rational else sp.N(predicted.exact, 60)))
    lower, upper = measured.lower, measured.upper
    below, above = float(predicted) - upper, lower - float(predicted)  # how far all of it lies on one side
    match predicted.relation:
        case Relation.AT_MOST if value >= upper:
            return Outcome.HOLDS, "is at most the predicted", below
        case Relation.AT_MOST if value < lower:
            return Outcome.FAILS, "exceeds the predicted maximum", -above
        case Relation.AT_LEAST if value <= lower:
            return Outcome.HOLDS, "is at least the predicted", above
        case Relation.AT_LEAST if value > upper:
            return Outcome.FAILS, "stays below the predicted minimum", -below
        case Relation.AT_MOST | Relation.AT_LEAST:
            return Outcome.UNDECIDED, "has the predicted bound inside it:", None
        case Relation.EQUALS if value < lower or value > upper:
            return Outcome.FAILS, "excludes the predicted", -max(below, above)
        case Relation.EQUALS:
            width = upper - lower
            if resolution is None:
                return (
                    Outcome.UNDECIDED,
                    "contains, but without a stated resolution cannot confirm, the",
                    None,
                )
            if width < resolution:
                reason = f"contains, at a resolution of {resolution:g}, the predicted"
                return Outcome.HOLDS, reason, resolution - width
            reason = f"is wider than the resolution of {resolution:g} around the predicted"
            return Outcome.UNDECIDED, reason, None


def _unit(unit: str) -> str:
    return "" if unit in ("1", "probability") else unit
