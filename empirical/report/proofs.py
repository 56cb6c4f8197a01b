"""Proves several theorems, with their negative controls, as one record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import theory
from theory.exposition import controls_record, theorem_record
from theory.kernel import NearMissEvidence


@dataclass(frozen=True)
class Proofs:
    """What the kernel found.

    Args:
        evidence: of each theorem, in order.
        controls: how the altered claims fared, all theorems together; None if they were not tried.
        near_misses: the false neighbours of all theorems.
    """

    evidence: tuple[theory.Evidence, ...]
    controls: theory.Controls | None
    near_misses: tuple[NearMissEvidence, ...]

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
        return tuple(wrong)

    def record(self) -> dict[str, Any]:
        """The JSON of ``ganproof prove``."""
        record: dict[str, Any] = {"theorems": [theorem_record(evidence) for evidence in self.evidence]}
        if self.controls is not None:
            record["controls"] = controls_record(self.controls, self.near_misses)
        return record


def prove_all(
    theorems: Sequence[theory.Theorem], *, controls: bool, progress: Callable[[str, float], None]
) -> Proofs:
    """Check each derivation from scratch; with ``controls`` also every altered claim and near miss."""
    found: list[theory.Evidence] = []
    tried, misses = theory.Controls(), ()
    for number, theorem in enumerate(theorems):
        progress(f"proving {theorem.id}", number / len(theorems))
        found.append(theory.prove(theorem))
        if controls:
            tried += theory.controls(theorem)
            misses += theory.near_misses(theorem)
    return Proofs(tuple(found), tried if controls else None, misses)
