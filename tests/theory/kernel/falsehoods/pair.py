"""A falsehood beside its nearest true twin."""

from dataclasses import dataclass

from theory.kernel import Claim, Outcome, Rule, Step


@dataclass(frozen=True)
class Pair:
    """A falsehood with its careless proof, how it must fail, and its true twin with a proof."""

    name: str
    false: Step
    outcome: Outcome
    true: Step


def pair(name: str, outcome: Outcome, false: tuple[Claim, Rule], true: tuple[Claim, Rule]) -> Pair:
    """A pair from claims and their proofs."""
    return Pair(name, Step(f"{name}-false", *false), outcome, Step(f"{name}-true", *true))
