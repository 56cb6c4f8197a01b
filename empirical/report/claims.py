"""What is claimed, as plain values for JSON: evidence, controls and predicted values."""

from collections.abc import Mapping, Sequence
from typing import Any

from theory.kernel import Controls, Evidence, Witness
from theory.prediction import PredictedValue


def evidence_as_dict(evidence: Evidence) -> dict[str, Any]:
    """What the kernel found about one theorem."""
    return {
        "id": evidence.id,
        "outcome": evidence.outcome.name,
        "grade": evidence.grade.name,
        "cited": [{"key": fact.key, "sentence": fact.sentence} for fact in evidence.cited],
        "steps": [
            {
                "name": step.name,
                "claim": step.claim,
                "rule": step.rule,
                "outcome": step.outcome.name,
                "grade": step.grade.name,
                "shown": step.shown,
                "open": list(step.open),
                "points": step.points,
                "witness": _witness(step.witness),
                "seconds": step.seconds,
            }
            for step in evidence.steps
        ],
        "seconds": evidence.seconds,
    }


def _witness(witness: Witness | None) -> str | None:
    return None if witness is None else str(witness)


def controls_as_dict(controls: Controls) -> dict[str, Any]:
    """How the false variants fared: counts, and the names of those that were not told from the truth."""
    return {
        "mutants": controls.mutants,
        "rejected": controls.rejected,
        "proved_equal": controls.proved_equal,
        "survived": len(controls.survived),
        "survivors": list(controls.survived),
    }


def proofs_as_dict(evidence: Sequence[Evidence], controls: Controls | None) -> dict[str, Any]:
    """What ``ganproof prove`` reports about these theorems."""
    theorems = [evidence_as_dict(found) for found in evidence]
    return {"theorems": theorems} | ({} if controls is None else {"controls": controls_as_dict(controls)})


def predictions_as_dict(identifier: str, values: Mapping[str, PredictedValue]) -> dict[str, Any]:
    """What ``ganproof predict`` reports; a bound that is not finite has no value and is not identified."""
    return {
        "id": identifier,
        "predictions": {
            name: {
                "exact": str(value.exact) if value.identified else None,
                "value": float(value) if value.identified else None,
                "identified": value.identified,
                "relation": value.relation.value,
                "unit": value.unit,
            }
            for name, value in values.items()
        },
    }
