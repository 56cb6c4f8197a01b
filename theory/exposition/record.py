"""Evidence as plain values for JSON, in the shapes of the command line's ``--json``."""

from collections.abc import Sequence
from typing import Any

from theory.exposition.bibliography import bibtex
from theory.exposition.claims import statement_digest
from theory.exposition.latex import claim_as_latex
from theory.kernel import Controls, Evidence, NearMissEvidence
from theory.prediction import PredictedValue
from theory.statement import Theorem


def theorem_record(evidence: Evidence) -> dict[str, Any]:
    """One theorem of ``ganproof prove --json``."""
    return {
        "id": evidence.id,
        "outcome": evidence.outcome.name,
        "grade": evidence.grade.name,
        "cited": [{"key": f.key, "sentence": f.sentence, "reference": f.reference} for f in evidence.cited],
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
                "witness": None if step.witness is None else str(step.witness),
                "seconds": step.seconds,
            }
            for step in evidence.steps
        ],
        "seconds": evidence.seconds,
    }


def citation_record(theorem: Theorem, evidence: Evidence) -> dict[str, Any]:
    """What a program needs to cite a theorem: statement, hypotheses, grade, cited facts, and BibTeX."""
    return {
        "id": theorem.id,
        "revision": theorem.revision,
        "digest": statement_digest(theorem),
        "title": theorem.title,
        "sentence": theorem.sentence,
        "hypotheses": [hypothesis.sentence for hypothesis in theorem.hypotheses],
        "statement": {"text": str(theorem.statement), "latex": claim_as_latex(theorem.statement)},
        "outcome": evidence.outcome.name,
        "grade": evidence.grade.name,
        "cited": [{"key": f.key, "sentence": f.sentence, "reference": f.reference} for f in evidence.cited],
        "uses": list(theorem.uses),
        "source": str(theorem.source),
        "bibtex": bibtex(theorem),
        "check": f"ganproof prove {theorem.id} --controls",
    }


def controls_record(controls: Controls, misses: Sequence[NearMissEvidence]) -> dict[str, Any]:
    """The controls of ``ganproof prove --controls --json``."""
    return {
        "mutants": controls.mutants,
        "rejected": controls.rejected,
        "proved_equal": controls.proved_equal,
        "survived": list(controls.survived),
        "near_misses": [
            {
                "name": m.name,
                "claim": m.claim,
                "refuted": m.is_refuted,
                "witness": str(m.witness) if m.witness else None,
            }
            for m in misses
        ],
    }


def prediction_record(predicted: PredictedValue) -> dict[str, Any]:
    """One prediction of ``ganproof predict --json``; an infinite bound is null and not identified."""
    return {
        "exact": str(predicted.exact),
        "value": float(predicted) if predicted.identified else None,
        "relation": predicted.relation.name,
        "unit": predicted.unit,
        "identified": predicted.identified,
    }
