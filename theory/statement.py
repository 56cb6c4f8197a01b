"""A theorem as a value: what it says, under which hypotheses, why, and what would be false."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from theory.kernel import Claim, Derivation, Given, theorems_used
from theory.prediction import Prediction
from theory.source import Source


@dataclass(frozen=True)
class Hypothesis:
    """An assumption: its sentence, and the expressions by which the kernel knows it."""

    sentence: str
    formal: tuple[Given, ...] = ()


@dataclass(frozen=True)
class NearMiss:
    """A false statement next to the true one; the kernel must refute it with a witness.

    Args:
        name: short, unique inside the theorem.
        claim: the false claim.
        sentence: what is wrong with it, and where it was met.
        at: exact points to try first; each needs to be a counterexample only if the random search finds none.
    """

    name: str
    claim: Claim
    sentence: str
    at: tuple[Mapping[sp.Symbol, sp.Expr], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Theorem:
    """A theorem.

    Args:
        id: permanent, lower case with dashes; equal to the file's stem.
        revision: raised whenever the statement changes.
        title: one line.
        sentence: the statement in words and LaTeX, as a paper would print it.
        hypotheses: all of them.
        statement: the claim that the derivation arrives at.
        derivation: steps and chains in reading order.
        predictions: what it says about observable numbers.
        near_misses: false neighbours.
        source: where it was published.

    Raises:
        ValueError: the id is malformed, a step's name is not unique, or the statement is given something that
            no hypothesis says.
    """

    id: str
    title: str
    sentence: str
    hypotheses: tuple[Hypothesis, ...]
    statement: Claim
    derivation: tuple[Derivation, ...]
    predictions: tuple[Prediction, ...]
    near_misses: tuple[NearMiss, ...]
    source: Source
    revision: int = 1

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.id):
            raise ValueError(f"a theorem's id is lower case with dashes (got {self.id!r}).")
        names = [step.name for part in self.derivation for step in part.steps] + [
            n.name for n in self.near_misses
        ]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise ValueError(
                f"steps and near misses of {self.id} must have distinct names (repeated: {repeated})."
            )
        said = {given for hypothesis in self.hypotheses for given in hypothesis.formal}
        silent = [str(g) for g in self.statement.given if g not in said]
        if silent:
            raise ValueError(
                f"{self.id} assumes {silent[0]} without saying so: add a Hypothesis that says it."
            )

    @property
    def uses(self) -> tuple[str, ...]:
        """The ids of the theorems that the derivation rests on, read off its rules."""
        return theorems_used(self.derivation)
