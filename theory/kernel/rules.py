"""The elementary rules: normal forms, one real variable, finitely many integers, and the literature."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import sympy as sp

from theory.kernel.claims import Claim, at_least, free_variables
from theory.kernel.domains import Variable
from theory.kernel.normal_form import is_zero
from theory.kernel.obligations import Grade, Literature, Obligation, Rule, defined, sides_defined, where
from theory.kernel.signs import is_within
from theory.kernel.terms import require_terms, unfold
from theory.relation import Relation


@dataclass(frozen=True)
class NormalForm(Rule):
    """Equality by the exact normal form, case by case."""

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The difference of the sides has the normal form zero in each case."""
        if claim.relation is not Relation.EQUALS:
            yield Obligation("the normal form decides equalities only", False)
        for case in claim.cases():
            inside = claim.in_case(case)
            yield sides_defined(claim, case)
            yield Obligation(
                f"the normal form of lhs - rhs is 0{where(case)}", is_zero(inside.gap, inside.strictly_given)
            )


normal_form = NormalForm()


@dataclass(frozen=True)
class ConvexMinimum(Rule):
    """f(t0) = 0, f'(t0) = 0 and f'' >= 0 on an interval that contains t0, hence f >= 0 (Taylor, Lagrange).

    Args:
        variable: the t that varies over its interval.
        at: the t0.
        curvature: proves f'' >= 0; the kernel differentiates.
    """

    variable: Variable
    at: sp.Expr
    curvature: Rule

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Value and slope at the minimum, and the sign of the curvature."""
        t = self.variable
        if claim.relation is Relation.EQUALS or t.domain.integer or t not in free_variables(claim):
            yield Obligation(f"the claim is an inequality in the real variable {t}", False)
            return
        require_terms((self.at,))
        yield Obligation(f"{self.at} lies in the domain {t.domain} of {t}", is_within(self.at, t.domain))
        yield defined((self.at,), claim.given, {})
        yield Obligation(
            f"what is given does not involve {t}",
            all(t not in g.expression.free_symbols for g in claim.given),
        )
        yield sides_defined(claim, {})
        gap = unfold(claim.gap)
        slope = sp.diff(gap, t)
        if gap.diff(t, 2).has(sp.Derivative, sp.Subs) or slope.has(sp.Derivative, sp.Subs):
            yield Obligation(f"the gap has two derivatives in {t}", False)
            return
        for name, term in (("value", gap), ("slope", slope)):
            yield Obligation(
                f"the {name} at {t} = {self.at} is 0",
                is_zero(term.xreplace({t: self.at}), claim.strictly_given),
            )
        for o in self.curvature.obligations(self._curved(claim)):
            yield Obligation(f"curvature: {o.sentence}", o.holds, o.cited, o.grade)

    def _curved(self, claim: Claim) -> Claim:
        return at_least(sp.diff(unfold(claim.gap), self.variable, 2), 0, *claim.given)

    def identity(self, claim: Claim) -> Claim | None:
        """The identity behind the sign of the curvature."""
        return self.curvature.identity(self._curved(claim))


@dataclass(frozen=True)
class Enumeration(Rule):
    """Truth at every point of finite integer domains, in exact rationals."""

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Each point of the stated range, one by one."""
        free = free_variables(claim)
        finite = all(v.domain.integer and -sp.oo < v.domain.lower and v.domain.upper < sp.oo for v in free)
        yield Obligation("every variable ranges over finitely many integers", finite)
        if not finite:
            return
        ranges = [range(int(v.domain.lower), int(v.domain.upper) + 1) for v in free]
        # At a point SymPy makes 1/(2 + 1/0) zero: no base of a quotient may be infinite, or zero.
        powers = {p for side in (claim.lhs, claim.rhs) for p in side.atoms(sp.Pow)}
        bases = {p.base for p in powers if not (isinstance(p.exp, sp.Integer) and p.exp > 0)}
        failures, count = [], 0
        for values in product(*ranges):
            point = {v: sp.Integer(x) for v, x in zip(free, values, strict=True)}
            # The sides apart: 1/k - 1/k would be 0 where k is.
            lhs, rhs = claim.lhs.xreplace(point), claim.rhs.xreplace(point)
            count += 1
            whole = all(b.is_Rational and b != 0 for b in (base.xreplace(point) for base in bases))
            if not (whole and lhs.is_Rational and rhs.is_Rational and claim.relation.holds(lhs, rhs)):
                failures.append(point)
        yield Obligation(f"the claim holds at all {count} points", count > 0 and not failures)


enumeration = Enumeration()


@dataclass(frozen=True)
class Cited(Rule):
    """The claim is taken from the literature."""

    fact: Literature

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Nothing is shown; the fact is listed, and the refuter attacks the claim all the same."""
        yield Obligation(self.fact.sentence, True, (self.fact,), Grade.CITED)


@dataclass(frozen=True)
class Citing(Rule):
    """A proof whose hypotheses restate facts from the literature: they are listed and lower the grade."""

    rule: Rule
    facts: tuple[Literature, ...]

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Those of the proof, and the cited facts."""
        yield from self.rule.obligations(claim)
        for fact in self.facts:
            yield Obligation(fact.sentence, True, (fact,), Grade.CITED)

    def identity(self, claim: Claim) -> Claim | None:
        """The identity of the proof."""
        return self.rule.identity(claim)


def cited(key: str, sentence: str, reference: str) -> Cited:
    """A rule that cites a fact by key, sentence and a place in the literature."""
    return Cited(Literature(key, sentence, reference))
