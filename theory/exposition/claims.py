"""Whole derivations as plain JSON, for readers that do not trust this program: theory/recheck.py is one.

A term is an S-expression; a variable carries its domain, an open end as a bracket turned outwards:
``(+ p@[0,oo[ (* -1 q@[0,oo[))``. A rule is an object with the fields of its dataclass; an enumeration also
lists the values of the theorem's own functions, which define them there. The text depends on the theorems
alone: keys are sorted, sums and products too, and there are neither times nor addresses.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256
from itertools import product
from typing import Any
from urllib.parse import quote

import sympy as sp

from theory.kernel import Calc, Claim, ExactFunction, Functional, Given, Step, WeightedLog
from theory.kernel.claims import free_variables
from theory.kernel.domains import Variable
from theory.kernel.earlier import Earlier
from theory.kernel.inequalities import Base
from theory.kernel.rules import Enumeration
from theory.kernel.terms import Total
from theory.statement import Theorem

SCHEMA = 1
HEADS = {sp.Add: "+", sp.Mul: "*", sp.Pow: "^", WeightedLog: "wlog"}
UNORDERED = (sp.Add, sp.Mul)


class Writer:
    """Writes terms, claims and rules, and keeps the functionals that it meets."""

    def __init__(self) -> None:
        self._names: dict[Functional, str] = {}
        self.functionals: dict[str, dict[str, Any]] = {}

    def term(self, term: sp.Basic) -> str:
        """A term as an S-expression."""
        if isinstance(term, Variable):
            return _atom(term)
        if isinstance(term, Total):
            return f"(total {self._functional(term.functional)} {self.term(term.integrand)})"
        if term is sp.E:
            return "(exp 1)"
        if not term.args:
            return quote(str(term), safe="/-")
        parts = [self.term(part) for part in term.args]
        head = HEADS.get(term.func, term.func.__name__)
        return f"({head} {' '.join(sorted(parts) if isinstance(term, UNORDERED) else parts)})"

    def value(self, value: object) -> Any:  # noqa: ANN401 - any JSON
        """A term, a claim, a rule, or a collection of these, whichever dataclass it is."""
        if isinstance(value, Enum):
            return value.name
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, sp.Basic):
            return self.term(value)
        if isinstance(value, Functional):
            return self._functional(value)
        if isinstance(value, Base):
            return value.name
        if isinstance(value, Mapping):
            return [[self.value(key), self.value(item)] for key, item in value.items()]
        if isinstance(value, (tuple, list)):
            return [self.value(item) for item in value]
        if is_dataclass(value) and not isinstance(value, type):
            return self._object(value)
        raise TypeError(f"{type(value).__name__} has no form in JSON: a rule holds terms, claims and rules.")

    def _object(self, value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
        # An earlier theorem's derivation stands at its own place in the file.
        left_out = {"derivation"} if isinstance(value, Earlier) else set()
        record = {f.name: self.value(getattr(value, f.name)) for f in fields(value) if f.name not in left_out}
        kind = {} if isinstance(value, (Claim, Given, Step)) else {"kind": type(value).__name__}
        if isinstance(value, Calc):
            record["conclusion"] = self.value(value.conclusion)
        if isinstance(value, Step) and isinstance(value.by, Enumeration):
            record["by"]["values"] = self._table(value.claim)
        return record | kind

    def _table(self, claim: Claim) -> dict[str, str]:
        """The values of a theorem's own functions at the finitely many points that a claim speaks of."""
        free = free_variables(claim)
        if any(not isinstance(end, sp.Integer) for v in free for end in (v.domain.lower, v.domain.upper)):
            return {}
        ranges = [range(int(v.domain.lower), int(v.domain.upper) + 1) for v in free]
        points = [dict(zip(free, map(sp.Integer, values), strict=True)) for values in product(*ranges)]
        calls = claim.lhs.atoms(ExactFunction) | claim.rhs.atoms(ExactFunction)
        return {
            self._call(call, point): self.term(call.xreplace(point)) for point in points for call in calls
        }

    def _call(self, call: ExactFunction, point: Mapping[Variable, sp.Integer]) -> str:
        """A function at a point, before it is evaluated."""
        arguments = (self.term(argument.xreplace(dict(point))) for argument in call.args)
        return f"({type(call).__name__} {' '.join(arguments)})"

    def _functional(self, functional: Functional) -> str:
        """The name of a functional in the file: its own, and a digest of what is supposed of it."""
        if functional not in self._names:
            record = {f.name: self.value(getattr(functional, f.name)) for f in fields(functional)}
            name = f"{quote(functional.name, safe='{}<>')}@{digest(record)[:8]}"
            while name in self.functionals:
                name += "'"
            self._names[functional], self.functionals[name] = name, record
        return self._names[functional]


def _atom(variable: Variable) -> str:
    domain = variable.domain
    left, right = "]" if domain.lower_open else "[", "[" if domain.upper_open else "]"
    kind = "Z" if domain.integer else ""
    return f"{quote(variable.name, safe='{}<>,')}@{kind}{left}{domain.lower},{domain.upper}{right}"


def digest(record: object) -> str:
    """A digest of plain values that does not depend on the order of keys."""
    return sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def statement_digest(theorem: Theorem) -> str:
    """A digest of what a theorem says: its formal statement, its hypotheses and its sentence."""
    writer = Writer()
    said = [theorem.statement, theorem.hypotheses, theorem.sentence]
    return digest([writer.value(part) for part in said])


def claims_record(theorems: Iterable[Theorem]) -> dict[str, Any]:
    """The derivations of these theorems and, before each, of the earlier ones that it rests on."""
    chosen = tuple(theorems)
    names = {theorem.id for theorem in chosen}
    records: dict[str, dict[str, Any]] = {}
    for theorem in chosen:
        for rule in _earlier(theorem.derivation):
            if rule.id.split("/")[0] not in names and rule.id not in records:
                records[rule.id] = part_record(rule.id, rule.proved, rule.derivation)
        records[theorem.id] = part_record(theorem.id, theorem.statement, theorem.derivation) | {
            "revision": theorem.revision,
            "title": theorem.title,
            "sentence": theorem.sentence,
            "hypotheses": [Writer().value(hypothesis) for hypothesis in theorem.hypotheses],
            "source": str(theorem.source),
            "digest": statement_digest(theorem),
            "uses": list(theorem.uses),
        }
    return {"schema": SCHEMA, "theorems": list(records.values())}


def part_record(identifier: str, statement: Claim, derivation: object) -> dict[str, Any]:
    """A statement and its derivation, with the functionals that they name."""
    writer = Writer()
    record = {"id": identifier, "statement": writer.value(statement), "derivation": writer.value(derivation)}
    return record | {"functionals": writer.functionals}


def _earlier(part: object) -> Iterator[Earlier]:
    """The uses of earlier theorems inside a derivation, those that they rest on first."""
    if isinstance(part, Mapping):
        part = tuple(part.values())
    if isinstance(part, (tuple, list)):
        for item in part:
            yield from _earlier(item)
    elif is_dataclass(part) and not isinstance(part, (type, Claim)):
        for item in fields(part):
            yield from _earlier(getattr(part, item.name))
        if isinstance(part, Earlier):
            yield part


def claims_text(theorems: Iterable[Theorem]) -> str:
    """The same as text; the same theorems give the same bytes."""
    return json.dumps(claims_record(theorems), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
