"""A claim: two terms, a relation, and what is given; the only thing that the kernel proves or refutes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import sympy as sp

from theory.kernel.domains import Variable
from theory.kernel.signs import enclosure
from theory.kernel.terms import (
    Functional,
    Given,
    IllDefined,
    Total,
    WeightedLog,
    require_terms,
    unbound,
    variables,
)
from theory.relation import Relation


@dataclass(frozen=True)
class Claim:
    """``lhs relation rhs`` for all values of the variables in their domains that satisfy what is given.

    Args:
        lhs: the left side.
        relation: how the sides compare.
        rhs: the right side.
        given: the hypotheses on the variables.
        supposing: functionals that the proof went through but that neither side names: that they exist, with
            their facts, is a hypothesis all the same.
    """

    lhs: sp.Expr
    relation: Relation
    rhs: sp.Expr
    given: tuple[Given, ...] = ()
    supposing: tuple[Functional, ...] = ()

    @cached_property
    def gap(self) -> sp.Expr:
        """The term that the claim says is zero (EQUALS) or at least zero (the two inequalities)."""
        return self.rhs - self.lhs if self.relation is Relation.AT_MOST else self.lhs - self.rhs

    @cached_property
    def terms(self) -> tuple[sp.Expr, ...]:
        """Every term that occurs in the claim, the functionals' facts included."""
        given = tuple(g.expression for g in self.given)
        return (self.lhs, self.rhs, *given, *(e for f in self.functionals for e in f.terms))

    @cached_property
    def totals(self) -> tuple[Total, ...]:
        """The totals of the claim, in the order in which its sides hold them."""
        nodes = (node for side in (self.lhs, self.rhs) for node in sp.preorder_traversal(side))
        return tuple(dict.fromkeys(node for node in nodes if isinstance(node, Total)))

    @cached_property
    def functionals(self) -> tuple[Functional, ...]:
        """The functionals of the claim, by name."""
        found = dict.fromkeys((*(total.functional for total in self.totals), *self.supposing))
        return tuple(sorted(found, key=lambda functional: functional.name))

    @cached_property
    def strictly_given(self) -> tuple[sp.Expr, ...]:
        """The expressions that are given to be above zero."""
        return tuple(g.expression for g in self.given if g.strict)

    def require_well_formed(self) -> None:
        """Refuse floats, stray symbols, unknown heads, totals in what is given, and loose bound variables.

        Raises:
            IllDefined: with the reason.
        """
        require_terms(self.terms)
        if not isinstance(self.relation, Relation):
            raise IllDefined(
                f"{self.relation!r} is no relation: make the claim by equal, at_most or at_least."
            )
        if any(g.expression.atoms(Total) for g in self.given):
            raise IllDefined("what is given holds a total: give the total a name by a fact.")
        bound = {v for functional in self.functionals for v in functional.over}
        outside = (self.lhs, self.rhs, *(g.expression for g in self.given))
        leaked = bound & {v for term in outside for v in unbound(term)}
        if leaked:
            raise IllDefined(f"{leaked.pop()} is bound by a functional and occurs outside of it: rename one.")

    def cases(self) -> Iterator[dict[Variable, sp.Expr]]:
        """Split [0, oo) into 0 and (0, oo) for each variable that weighs a logarithm, where not excluded."""
        split = sorted(
            {
                v
                for term in self.terms
                for node in term.atoms(WeightedLog)
                for v in node.args[0].free_symbols
                if isinstance(v, Variable) and v.domain.lower == 0 and not v.domain.lower_open
            },
            key=lambda v: v.name,
        )
        choices = [(sp.S.Zero, *_above_zero(v)) for v in split]
        for chosen in product(*choices):
            case = dict(zip(split, chosen, strict=True))
            if not any(_excludes(given, case) for given in self.given):
                yield case

    def in_case(self, case: dict[Variable, sp.Expr]) -> "Claim":
        """The claim in one of its cases."""
        given = tuple(g.at(case) for g in self.given)
        return Claim(self.lhs.xreplace(case), self.relation, self.rhs.xreplace(case), given, self.supposing)

    @property
    def supposed(self) -> tuple[str, ...]:
        """What is supposed of the functionals that occur: hypotheses as much as what is given."""
        return tuple(phrase for functional in self.functionals for phrase in functional.assumed)

    def __str__(self) -> str:
        given = f"   given {', '.join(map(str, self.given))}" if self.given else ""
        supposed = f"   for {'; '.join(self.supposed)}" if self.supposed else ""
        return f"{self.lhs} {self.relation.value} {self.rhs}{given}{supposed}"


def _above_zero(variable: Variable) -> Iterator[Variable]:
    """The variable on what its domain holds above zero, if anything."""
    domain = variable.domain
    if domain.upper > 0:
        first = {"lower": sp.S.One} if domain.integer else {"lower_open": True}
        yield Variable(variable.name, replace(domain, **first))


def _excludes(given: Given, case: dict[Variable, sp.Expr]) -> bool:
    """Whether the hypothesis is false throughout a case."""
    upper = enclosure(given.expression.xreplace(case)).upper
    return bool(upper < 0) or (given.strict and bool(upper == 0))


def equal(lhs: sp.Expr, rhs: sp.Expr | int, *given: Given) -> Claim:
    """The claim lhs = rhs."""
    return Claim(sp.sympify(lhs), Relation.EQUALS, sp.sympify(rhs), given)


def at_most(lhs: sp.Expr, rhs: sp.Expr | int, *given: Given) -> Claim:
    """The claim lhs <= rhs."""
    return Claim(sp.sympify(lhs), Relation.AT_MOST, sp.sympify(rhs), given)


def at_least(lhs: sp.Expr, rhs: sp.Expr | int, *given: Given) -> Claim:
    """The claim lhs >= rhs."""
    return Claim(sp.sympify(lhs), Relation.AT_LEAST, sp.sympify(rhs), given)


def free_variables(claim: Claim) -> list[Variable]:
    """The variables of a claim that no functional binds, by name."""
    bound = {v for functional in claim.functionals for v in functional.over}
    return sorted(variables(*claim.terms) - bound, key=lambda v: v.name)
