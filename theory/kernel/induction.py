"""Induction over an integer variable."""

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from theory.kernel.claims import Claim, free_variables
from theory.kernel.domains import Variable
from theory.kernel.obligations import Obligation, Rule, defined
from theory.kernel.signs import is_nonnegative
from theory.kernel.terms import ExactFunction, Total, require_terms
from theory.relation import Relation


@dataclass(frozen=True)
class Induction(Rule):
    """A claim for every n >= n0 from its case n0, and from gap(n + 1) >= multiplier(n) gap(n).

    An equality needs gap(n + 1) = multiplier(n) gap(n); an inequality also needs multiplier(n) >= 0.

    Args:
        variable: the n; its domain is n0, n0 + 1, and so on without end.
        base: proves the claim at n0.
        multiplier: how much of the gap at n the gap at n + 1 keeps.
        step: proves gap(n + 1) >= multiplier gap(n), or = for an equality; the kernel writes this claim.
    """

    variable: Variable
    base: Rule
    multiplier: sp.Expr
    step: Rule

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The form of the claim, the sign of the multiplier, the base and the step.

        Raises:
            IllDefined: the multiplier is outside the kernel's language.
        """
        n, domain = self.variable, self.variable.domain
        unending = domain.integer and domain.lower != -sp.oo and domain.upper == sp.oo
        yield Obligation(f"{n} runs over the integers from a first one without end", unending)
        yield Obligation(f"the claim is about every {n}", n in free_variables(claim))
        # A functional may depend on n by its facts, which putting n + 1 into a term does not reach.
        yield Obligation("the claim is about no functional", not claim.functionals)
        apart = all(n not in g.expression.free_symbols for g in claim.given)
        yield Obligation(f"what is given does not involve {n}", apart)
        # A theorem's own function could say one thing of n and another of n + 1.
        own = {f for term in (*claim.terms, self.multiplier) for f in term.atoms(ExactFunction)}
        unknown = all(n not in f.free_symbols for f in own)
        yield Obligation(f"no function that a theorem defines is taken at {n}", unknown)
        require_terms((*claim.terms, self.multiplier))
        yield Obligation("the multiplier holds no total", not self.multiplier.atoms(Total))
        if not unending or claim.functionals or self.multiplier.atoms(Total):
            return
        given = tuple(g.expression for g in claim.given)
        for case in claim.cases():
            yield defined((claim.lhs, claim.rhs, self.multiplier), claim.given, case)
            if claim.relation is not Relation.EQUALS:
                known = tuple(g.xreplace(case) for g in given)
                yield Obligation(
                    f"{self.multiplier} >= 0", is_nonnegative(self.multiplier.xreplace(case), known)
                )
        first = {n: domain.lower}
        at_first = Claim(claim.lhs.xreplace(first), claim.relation, claim.rhs.xreplace(first), claim.given)
        for part, rule, stated in (
            (f"{n} = {domain.lower}", self.base, at_first),
            (f"from {n} to {n} + 1", self.step, self.next(claim)),
        ):
            for o in rule.obligations(stated):
                yield Obligation(f"{part}: {o.sentence}", o.holds, o.cited, o.grade)

    def next(self, claim: Claim) -> Claim:
        """The claim that takes one from n to n + 1."""
        relation = Relation.EQUALS if claim.relation is Relation.EQUALS else Relation.AT_LEAST
        following = claim.gap.xreplace({self.variable: self.variable + 1})
        return Claim(following, relation, self.multiplier * claim.gap, claim.given)

    def identity(self, claim: Claim) -> Claim | None:
        """The identity behind the step."""
        return self.step.identity(self.next(claim))


def induction(variable: Variable, *, base: Rule, multiplier: sp.Expr | int, step: Rule) -> Induction:
    """A proof by induction over a variable."""
    return Induction(variable, base, sp.sympify(multiplier), step)
