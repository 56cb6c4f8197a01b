"""What a page shows: the claims, and everything stored about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from theory.statement import Theorem

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """A stored picture with the sentence under it and the command that makes it again."""

    svg: str
    caption: str
    command: str


@dataclass(frozen=True)
class Results:
    """Everything stored about one run.

    Args:
        version: of ganproof, when the run was made.
        preset: of the run.
        theorems: the claims, in reading order.
        proofs: what ``ganproof prove --controls --json`` gave; None if the run has not proved them.
        verdicts: stored verdicts, each with the id of its theorem.
        figures: of the claims by id, and of the capacity plots under ``capacity``.
        support: the birthday test, by the name of the sample.
    """

    version: str
    preset: str
    theorems: tuple[Theorem, ...]
    proofs: Record | None
    verdicts: tuple[Record, ...]
    figures: Mapping[str, tuple[Figure, ...]]
    support: Mapping[str, Record]
