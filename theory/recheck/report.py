"""The verdict on every step of a file of derivations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .checker import Checker
from .goals import arrived, in_order
from .terms import Disagrees, NotCovered, Undefined

AGREE, NOT_COVERED, DISAGREE = "agree", "not covered", "disagree"


@dataclass(frozen=True)
class Verdict:
    """What was found about one step, and why it is not agreement."""

    theorem: str
    step: str
    finding: str
    reason: str = ""

    @property
    def disagrees(self) -> bool:
        """Whether the step does not follow."""
        return self.finding == DISAGREE

    def __str__(self) -> str:
        return f"{self.theorem}, {self.step}: {self.reason or self.finding}"


def recheck(record: dict[str, Any], seed: int = 0) -> tuple[Verdict, ...]:
    """Every step of every theorem in the record, and that each derivation arrives at its statement."""
    checker = Checker(record["theorems"], seed)
    found = []
    for theorem in record["theorems"]:
        for part in theorem["derivation"]:
            for step in part.get("steps", [part]):
                found.append(_verdict(checker, theorem["id"], step))
        found.extend(_arrival(theorem))
    return tuple(found)


def _verdict(checker: Checker, theorem: str, step: dict[str, Any]) -> Verdict:
    try:
        checker.step(theorem, step)
    except (Disagrees, Undefined) as error:
        return Verdict(theorem, step["name"], DISAGREE, str(error))
    except NotCovered as error:
        return Verdict(theorem, step["name"], NOT_COVERED, str(error))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        return Verdict(theorem, step["name"], DISAGREE, f"the record cannot be read: {error!r}")
    return Verdict(theorem, step["name"], AGREE)


def _arrival(theorem: dict[str, Any]) -> Sequence[Verdict]:
    """A disagreement where no part of the derivation concludes the statement."""
    try:
        ends = [arrived(part, theorem["functionals"]) for part in theorem["derivation"]]
    except Disagrees as error:
        return [Verdict(theorem["id"], "statement", DISAGREE, str(error))]
    if in_order(theorem["statement"]) not in ends:
        return [Verdict(theorem["id"], "statement", DISAGREE, "no part of the derivation concludes it")]
    return []


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Counts, and what was not agreed to, as plain values."""
    return {
        "steps": len(verdicts),
        "agree": sum(v.finding == AGREE for v in verdicts),
        "not_covered": [_line(v) for v in verdicts if v.finding == NOT_COVERED],
        "disagree": [_line(v) for v in verdicts if v.finding == DISAGREE],
    }


def _line(verdict: Verdict) -> dict[str, str]:
    return {"theorem": verdict.theorem, "step": verdict.step, "reason": verdict.reason}
