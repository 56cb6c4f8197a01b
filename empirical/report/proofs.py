"""Proves several theorems, with their negative controls, as one record."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import theory
from theory.exposition import claims_text, controls_record, theorem_record
from theory.kernel import NearMissEvidence
from theory.recheck import Verdict, recheck, summary


@dataclass(frozen=True)
class Proofs:
    """What the kernel found.

    Args:
        evidence: of each theorem, in order.
        controls: how the altered claims fared, all theorems together; None if they were not tried.
        near_misses: the false neighbours of all theorems.
        rechecked: what the second checker found in the exported text; None if it was not asked.
    """

    evidence: tuple[theory.Evidence, ...]
    controls: theory.Controls | None
    near_misses: tuple[NearMissEvidence, ...]
    rechecked: tuple[Verdict, ...] | None = None

    @property
    def failures(self) -> tuple[str, ...]:
        """A sentence for each theorem that does not hold and each false claim that was not rejected."""
        wrong = [
            f"{evidence.id}: {evidence.outcome.value}. {evidence.witness or ''}".strip()
            for evidence in self.evidence
            if evidence.outcome is not theory.Outcome.HOLDS
        ]
        wrong += [f"survived: {name}" for name in (() if self.controls is None else self.controls.survived)]
        wrong += [f"near miss not refuted: {miss.name}" for miss in self.near_misses if not miss.is_refuted]
        wrong += [f"the second checker disagrees: {verdict}" for verdict in self.disagreements]
        return tuple(wrong)

    @property
    def disagreements(self) -> tuple[Verdict, ...]:
        """The steps that the second checker does not believe."""
        return tuple(verdict for verdict in self.rechecked or () if verdict.disagrees)

    def record(self) -> dict[str, Any]:
        """The JSON of ``ganproof prove``."""
        record: dict[str, Any] = {"theorems": [theorem_record(evidence) for evidence in self.evidence]}
        if self.controls is not None:
            record["controls"] = controls_record(self.controls, self.near_misses)
        if self.rechecked is not None:
            record["recheck"] = summary(self.rechecked)
        return record


def prove_all(
    theorems: Sequence[theory.Theorem], *, controls: bool, progress: Callable[[str, float], None]
) -> Proofs:
    """Check each derivation from scratch; ``controls`` adds altered claims and the second checker."""
    found: list[theory.Evidence] = []
    tried, misses = theory.Controls(), ()
    rechecked = None
    for number, theorem in enumerate(theorems):
        progress(f"proving {theorem.id}", number / len(theorems))
        found.append(theory.prove(theorem))
        if controls:
            tried += theory.controls(theorem)
            misses += theory.near_misses(theorem)
    if controls:
        progress("checking the exported steps again", 1.0)
        rechecked = recheck(json.loads(claims_text(theorems)))
    return Proofs(tuple(found), tried if controls else None, misses, rechecked)
