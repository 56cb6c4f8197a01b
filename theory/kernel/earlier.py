"""The rule that uses an earlier theorem: its statement, or one of its steps, at other terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Protocol

import sympy as sp

from theory.kernel.certificates import Proved, instance_obligations
from theory.kernel.claims import Claim
from theory.kernel.domains import Variable
from theory.kernel.normal_form import is_zero
from theory.kernel.obligations import Obligation, Rule, defined
from theory.kernel.proof import Derivation, Evidence, Outcome, check
from theory.relation import Relation


class ProvedBefore(Protocol):
    """What the kernel needs of a theorem."""

    @property
    def id(self) -> str:
        """Its name in the evidence."""
        ...

    @property
    def statement(self) -> Claim:
        """What it says."""
        ...

    @property
    def derivation(self) -> tuple[Derivation, ...]:
        """Why."""
        ...


@dataclass(frozen=True)
class Earlier(Rule):
    """The claim is what an earlier theorem says, at some terms; its proof is checked, once in a run.

    Args:
        id: the theorem.
        proved: what was proved there.
        derivation: how.
        at: terms for its variables, each inside the variable's domain.
    """

    id: str
    proved: Claim
    derivation: tuple[Derivation, ...]
    at: Mapping[Variable, sp.Expr] = field(default_factory=dict)

    @property
    def instance(self) -> Claim:
        """What the theorem says at these terms."""
        values = dict(self.at)
        given = tuple(g.at(values) for g in self.proved.given)
        lhs, rhs = self.proved.lhs.xreplace(values), self.proved.rhs.xreplace(values)
        return replace(self.proved, lhs=lhs, rhs=rhs, given=given)

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The instance says the claim, needs no more than is given, and the theorem holds."""
        instance = self.instance
        equality = instance.relation is Relation.EQUALS
        yield Obligation(
            f"{self.id} says an equality, or an inequality as the claim is",
            equality or claim.relation is not Relation.EQUALS,
        )
        # The theorem's own sides are defined where it is proved, totals included.
        same = (claim.lhs, claim.rhs) == (instance.lhs, instance.rhs)
        same = same and (equality or claim.relation is instance.relation)
        for case in () if same else claim.cases():
            yield defined((claim.lhs, claim.rhs, instance.lhs, instance.rhs), claim.given, case)
            inside, said = claim.in_case(case), instance.in_case(case)
            yield Obligation(
                f"{self.id} says {instance}", is_zero(inside.gap - said.gap, inside.strictly_given)
            )
        yield from instance_obligations(self.proved, self.at, claim)
        evidence = _evidence(self)
        yield Obligation(
            f"{self.id} is proved", evidence.outcome is Outcome.HOLDS, evidence.cited, evidence.grade
        )

    def as_term(self, *, reverse: bool = False) -> Proved:
        """The theorem as a term of a certificate: lhs - rhs >= 0, or rhs - lhs >= 0 of an equality.

        Raises:
            ValueError: an inequality is to be reversed.
        """
        relation = self.proved.relation
        if reverse and relation is not Relation.EQUALS:
            raise ValueError(f"{self.id} proves an inequality, which has no reverse: use it as it stands.")
        if relation is Relation.EQUALS:
            relation = Relation.AT_MOST if reverse else Relation.AT_LEAST
        claim = replace(self.proved, relation=relation)
        return Proved(claim, Earlier(self.id, self.proved, self.derivation), self.at)


_CHECKED: dict[tuple[str, int], tuple[Earlier, Evidence]] = {}


def _evidence(rule: Earlier) -> Evidence:
    """The check of the earlier theorem; kept with its rule, so that no other can take its place in memory."""
    key = (rule.id, id(rule.derivation))
    found = _CHECKED.get(key)
    if found is None or found[0].derivation is not rule.derivation or found[0].proved != rule.proved:
        found = _CHECKED[key] = (rule, check(rule.id, rule.proved, rule.derivation))
    return found[1]


def earlier(
    theorem: ProvedBefore, at: Mapping[Variable, sp.Expr | int] | None = None, *, step: str | None = None
) -> Earlier:
    """What a theorem says, or one of its steps or chains by name, at terms for its variables.

    Raises:
        ValueError: the theorem has no step and no chain of that name.
    """
    values = {variable: sp.sympify(term) for variable, term in (at or {}).items()}
    if step is None:
        return Earlier(theorem.id, theorem.statement, theorem.derivation, values)
    parts: Sequence[Derivation] = [p for p in theorem.derivation if p.name == step]
    parts = parts or [s for p in theorem.derivation for s in p.steps if s.name == step]
    if not parts:
        names = ", ".join(p.name for p in theorem.derivation)
        raise ValueError(f"{theorem.id} has no step {step!r}: take one of {names}.")
    return Earlier(f"{theorem.id}/{step}", parts[0].conclusion, _alone(parts[0]), values)


_ALONE: dict[int, tuple[Derivation, tuple[Derivation, ...]]] = {}


def _alone(part: Derivation) -> tuple[Derivation, ...]:
    """The part as a derivation of its own, one object for each part, so that it is checked once."""
    found = _ALONE.setdefault(id(part), (part, (part,)))
    return found[1]


def theorems_used(derivation: object) -> tuple[str, ...]:
    """The ids of the earlier theorems that a derivation rests on directly, in order."""
    return tuple(dict.fromkeys(name.split("/")[0] for name in claims_used(derivation)))


def claims_used(derivation: object) -> tuple[str, ...]:
    """The same, with the step behind a slash where only one step of a theorem is used."""
    return tuple(dict.fromkeys(_names(derivation)))


def _names(part: object) -> Iterator[str]:
    if isinstance(part, Earlier):
        yield part.id
    elif isinstance(part, Mapping):
        for item in part.values():
            yield from _names(item)
    elif isinstance(part, (tuple, list)):
        for item in part:
            yield from _names(item)
    elif is_dataclass(part) and not isinstance(part, (type, Claim)):
        for item in fields(part):
            yield from _names(getattr(part, item.name))
