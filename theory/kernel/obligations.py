"""What a rule of inference is: it turns a claim into obligations, and an open obligation is a failure."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

import sympy as sp

from theory.kernel.claims import Claim
from theory.kernel.domains import Variable
from theory.kernel.normal_form import undefined_part
from theory.kernel.terms import Given


class Grade(IntEnum):
    """How a claim is known; a theorem has the lowest grade of its steps."""

    UNCHECKED = 0
    CITED = 1
    STATISTICAL = 2
    CERTIFIED = 3
    EXACT = 4


@dataclass(frozen=True)
class Literature:
    """A fact that is taken from the literature, not derived: it lowers the grade to CITED and is listed."""

    key: str
    sentence: str
    reference: str


@dataclass(frozen=True)
class Obligation:
    """One thing that a rule needs, and whether it was shown."""

    sentence: str
    holds: bool
    cited: tuple[Literature, ...] = ()
    grade: Grade = Grade.EXACT


class Rule(ABC):
    """A way to prove a claim. Only the kernel defines rules: one from elsewhere could say anything.

    Raises:
        TypeError: a class outside the kernel derives from it.
    """

    def __init_subclass__(cls) -> None:
        if not cls.__module__.startswith("theory.kernel."):
            raise TypeError(f"{cls.__name__} cannot be a rule of inference: state it as a step, or cite it.")

    @abstractmethod
    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """What must hold for the claim to follow, each checked."""

    def identity(self, claim: Claim) -> Claim | None:
        """The equality on which an inequality rests, for the mutants to attack; None where there is none."""
        return None


Case = Mapping[Variable, sp.Expr]


def defined(terms: Iterable[sp.Expr], given: Iterable[Given], case: Case) -> Obligation:
    """That every logarithm and quotient in these terms is defined in a case."""
    strictly_given = tuple(g.at(case).expression for g in given if g.strict)
    faults = (undefined_part(term, strictly_given, case) for term in terms)
    fault = next((fault for fault in faults if fault is not None), None)
    if fault is not None:
        return Obligation(f"{fault} is defined{where(case)}", False)
    return Obligation(f"every logarithm and quotient is defined{where(case)}", True)


def sides_defined(claim: Claim, case: Case) -> Obligation:
    """That both sides of a claim are defined in a case."""
    return defined((claim.lhs, claim.rhs), claim.given, case)


def where(case: Case) -> str:
    """The case in words; nothing where no weight is zero."""
    zero = [f"{v} = 0" for v, value in case.items() if value == 0]
    return f" where {', '.join(zero)}" if zero else ""
