"""Claims as the second checker sees them, and what it asks of a term at a point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flint import fmpq

from .numbers import Numbers
from .points import Given, domain, satisfied
from .terms import (
    ONE,
    WEIGHTED,
    ZERO,
    Disagrees,
    NotCovered,
    Term,
    Undefined,
    atoms,
    minus,
    nodes,
    parse,
    substitute,
    times,
)

Json = Any


@dataclass(frozen=True)
class Goal:
    """A claim as this checker sees it, under what is given."""

    lhs: Term
    relation: str
    rhs: Term
    given: tuple[Given, ...]

    @property
    def gap(self) -> Term:
        """What is zero, or at least zero."""
        sides = (self.rhs, self.lhs) if self.relation == "AT_MOST" else (self.lhs, self.rhs)
        return minus(*sides)

    @property
    def is_equality(self) -> bool:
        """Whether the gap is zero."""
        return self.relation == "EQUALS"

    def about(self, gap: Term, *, at_least: bool = False) -> "Goal":
        """That another gap is zero, or at least zero, under the same."""
        return Goal(gap, "EQUALS" if self.is_equality and not at_least else "AT_LEAST", ZERO, self.given)

    @property
    def variables(self) -> set[str]:
        """Every variable that occurs."""
        return atoms([self.gap, *(expression for expression, _ in self.given)])


def read_given(records: Sequence[Json]) -> tuple[Given, ...]:
    """The hypotheses of a record."""
    return tuple((parse(g["expression"]), bool(g["strict"])) for g in records)


def read_goal(claim: Json) -> Goal:
    """The goal of a claim's record."""
    if claim["relation"] not in ("EQUALS", "AT_MOST", "AT_LEAST"):
        raise Disagrees(f"the relation {claim['relation']} is unknown")
    return Goal(parse(claim["lhs"]), claim["relation"], parse(claim["rhs"]), read_given(claim["given"]))


def conclusion(steps: Sequence[Json], functionals: Mapping[str, Json]) -> Json:
    """What a chain arrives at; it supposes the functionals that the chain passed through."""
    for before, after in pairwise(steps):
        if before["claim"]["rhs"] != after["claim"]["lhs"]:
            raise Disagrees("a link of the chain does not begin where the one before ends")
    relations = {step["claim"]["relation"] for step in steps} - {"EQUALS"}
    if len(relations) > 1:
        raise Disagrees("the chain mixes <= with >=")
    given = [g for step in steps for g in step["claim"]["given"]]
    ends = {"lhs": steps[0]["claim"]["lhs"], "rhs": steps[-1]["claim"]["rhs"]}
    passed = {name for step in steps for name in supposed(step["claim"], functionals)}
    return {
        **ends,
        "relation": next(iter(relations), "EQUALS"),
        "given": [g for i, g in enumerate(given) if g not in given[:i]],
        "supposing": sorted(passed - functionals_in([parse(end) for end in ends.values()])),
    }


def arrived(part: Json, functionals: Mapping[str, Json]) -> Json:
    """What a step or a chain arrives at."""
    claim = part["claim"] if "claim" in part else conclusion(part["steps"], functionals)
    return in_order(claim)


def in_order(claim: Json) -> Json:
    """The claim with what it supposes in alphabetical order."""
    return claim | {"supposing": sorted(claim["supposing"])}


def supposed(claim: Json, functionals: Mapping[str, Json]) -> set[str]:
    """The functionals that a claim supposes: finite sums and integrals over intervals exist without."""
    named = functionals_in([parse(claim["lhs"]), parse(claim["rhs"])]) | set(claim["supposing"])
    return {
        name for name in named if functionals[name]["index_range"] is functionals[name]["interval"] is None
    }


def sign_at(at: Numbers, term: Term) -> int:
    """The sign of a term at a point; a term without a value there disagrees."""
    try:
        return at.sign(at.value(term))
    except Undefined as error:
        raise Disagrees(f"a term has no value: {error}") from None


def require_zero(at: Numbers, term: Term, otherwise: str) -> None:
    """That a term is exactly zero at a point."""
    try:
        number = at.value(term)
        if at.is_zero(number):
            return
    except Undefined as error:
        raise Disagrees(f"a term has no value: {error}") from None
    try:
        at.sign(number)
    except NotCovered:
        # Without a value it is still a different element: opaque parts stand for any number.
        if not any(
            node[0] == "total" or node[0] not in KNOWN for node in nodes(term) if isinstance(node, tuple)
        ):
            raise
    raise Disagrees(otherwise)


KNOWN = {"+", "*", "^", "exp", "log", "wlog", "total", "Absolute", "Binomial", "StopGradient", WEIGHTED}


def opaque_heads(terms: Sequence[Term]) -> set[str]:
    """The functions in terms that stand for any number."""
    return {node[0] for term in terms for node in nodes(term) if isinstance(node, tuple)} - KNOWN


def require_inside(at: Numbers, variable: str, term: Term) -> None:
    """That a term lies in a variable's domain at a point."""
    where, value = domain(variable), at.value(term)
    for end, sign, left_out in ((where.low, ONE, where.low_open), (where.high, fmpq(-1), where.high_open)):
        if end is not None and not satisfied((times(sign, minus(term, end)), left_out), at):
            raise Disagrees(f"a term leaves the domain of {variable}")
    if where.integer and (value.rational is None or value.rational.q != 1):
        raise Disagrees(f"a term leaves the domain of {variable}")


def values_of(at: Json) -> dict[Term, Term]:
    """What is put for which variable."""
    return {variable: parse(term) for variable, term in at}


def totals_in(terms: Sequence[Term]) -> list[tuple]:
    """The totals in terms, each once."""
    return list(dict.fromkeys(n for t in terms for n in nodes(t) if isinstance(n, tuple) and n[0] == "total"))


def functionals_in(terms: Sequence[Term]) -> set[str]:
    """The names of the functionals in terms."""
    return {total[1] for total in totals_in(terms)}


def without_totals(term: Term) -> Term:
    """The term with zero for each total."""
    return substitute(term, dict.fromkeys(totals_in([term]), ZERO))
