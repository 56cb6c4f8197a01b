"""The rule that differentiates: each slope is replaced by its exact derivative.

SymPy's ``diff`` is exact for the terms of the language; that the derivative exists is shown here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from theory.kernel.claims import Claim
from theory.kernel.domains import REALS, Domain, StandIn, Variable
from theory.kernel.functionals import index_obligations
from theory.kernel.normal_form import is_zero, undefined_part
from theory.kernel.obligations import Case, Obligation, Rule
from theory.kernel.signs import is_positive, is_within
from theory.kernel.slopes import Slope, StopGradient, frozen
from theory.kernel.terms import ExactFunction, Given, Head, IllDefined, Total, WeightedLog, variables


@dataclass(frozen=True)
class Differentiated(Rule):
    """Each slope is replaced by its exact derivative, and another rule proves the claim that results.

    Under a functional the derivative may be taken where only finitely many points carry mass. Logarithms,
    powers and quotients are smooth around a point where their arguments are positive, or nonzero: a finite
    number of them has one neighbourhood in common.

    Args:
        then: proves the claim without slopes.
    """

    then: Rule

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Each slope exists, and what is left is proved."""
        needed = list(_slopes_exist(claim))
        yield from needed
        if all(o.holds for o in needed):
            yield from self.then.obligations(self.differentiated(claim))

    def differentiated(self, claim: Claim) -> Claim:
        """The claim with each slope replaced by the derivative at its point."""
        formulas = {slope: slope.formula for slope in _slopes(claim)}
        return replace(claim, lhs=claim.lhs.xreplace(formulas), rhs=claim.rhs.xreplace(formulas))

    def identity(self, claim: Claim) -> Claim | None:
        """The identity of the proof without slopes, where there is one."""
        try:
            return self.then.identity(self.differentiated(claim))
        except IllDefined:
            return None


def _slopes(claim: Claim) -> tuple[Slope, ...]:
    """Every slope of the claim, in the order in which its sides hold them."""
    nodes = (node for side in (claim.lhs, claim.rhs) for node in sp.preorder_traversal(side))
    return tuple(dict.fromkeys(node for node in nodes if isinstance(node, Slope)))


def _slopes_exist(claim: Claim) -> Iterator[Obligation]:
    slopes = _slopes(claim)
    yield Obligation("the claim has a slope", bool(slopes))
    for slope in slopes:
        yield from _stands_alone(slope, claim)
        for case in claim.cases():
            yield from _exists(slope, claim, {v: x for v, x in case.items() if v != slope.variable})


def _stands_alone(slope: Slope, claim: Claim) -> Iterator[Obligation]:
    """What is varied occurs nowhere else, in no functional either, and the point is an inner one."""
    t, at = slope.variable, slope.at
    over = {v for functional in claim.functionals for v in functional.over}
    yield Obligation(f"{t} is bound by its slope alone", t not in variables(*claim.terms) | over)
    alone = not slope.args[0].atoms(Slope) and not at.atoms(Slope, StopGradient, Total)
    yield Obligation(f"{slope} holds no other slope, and its point no total", alone)
    outside = all(slope not in total.integrand.atoms(Slope) for total in claim.totals)
    yield Obligation(f"{slope} stands outside of every total", outside)
    yield Obligation(f"{at} is an inner point of {t.domain}", _is_inner(at, t.domain))


def _is_inner(at: sp.Expr, domain: Domain) -> bool:
    if domain.integer or domain.lower == domain.upper:
        return False
    return is_within(at, Domain(domain.lower, domain.upper, lower_open=True, upper_open=True))


def _exists(slope: Slope, claim: Claim, case: Case) -> Iterator[Obligation]:
    """In one case: the term is smooth around the point."""
    term = slope.args[0]
    totals = tuple(sorted(term.atoms(Total), key=str))
    for functional in {total.functional: None for total in totals}:
        finite = functional.finite or functional.index_range is not None
        yield Obligation(
            f"{functional.name} is a finite sum, so that it is differentiated term by term", finite
        )
        if functional.index_range is not None:
            yield from index_obligations(functional, functional.index_range, claim)
    strictly_given = tuple(g.at(case).expression for g in claim.given if g.strict)
    undefined = undefined_part(slope.at, strictly_given, case)
    yield Obligation(f"the point {slope.at} is defined", undefined is None)
    named = {total: StandIn(f"total {number}", REALS) for number, total in enumerate(totals)}
    yield from _smooth(term.xreplace(named), slope, claim.given, case)
    for total in totals:
        yield from _smooth(total.integrand, slope, (*claim.given, *total.functional.given), case)


def _smooth(part: sp.Expr, slope: Slope, given: tuple[Given, ...], case: Case) -> Iterator[Obligation]:
    """A part without totals is smooth around the point; its derivative, in the case, is that of the case."""
    t = slope.variable
    there = {t: slope.at.xreplace(dict(case))}
    strictly_given = tuple(g.at(case).expression for g in given if g.strict)
    # What is held fixed has a value too, even where SymPy lets it cancel.
    held = (node.args[0] for node in sorted(part.atoms(StopGradient), key=str))
    faults = [undefined_part(term, strictly_given, {**case, **there}) for term in held]
    moving = frozen(part, t, slope.at)
    faults += [_kink(moving, t, case, there, strictly_given)]
    faults += [undefined_part(moving, strictly_given, {**case, **there})]
    fault = next((f for f in faults if f is not None), None)
    yield Obligation(f"{part if fault is None else fault} is smooth around {t} = {slope.at}", fault is None)
    if fault is None:
        before = sp.diff(moving, t).xreplace(dict(case)).xreplace(there)
        after = sp.diff(moving.xreplace(dict(case)), t).xreplace(there)
        same = before == after or is_zero(before - after, strictly_given)
        yield Obligation(f"the derivative of {part} in a case is that of the case", same)


def _kink(
    term: sp.Expr, t: Variable, case: Case, there: Case, strictly_given: tuple[sp.Expr, ...]
) -> sp.Expr | None:
    """A part that moves with t and is not known to be smooth where it is defined; None if there is none."""
    for node in sorted(term.atoms(ExactFunction, Head, WeightedLog), key=str):
        if t not in node.free_symbols:
            continue
        if not isinstance(node, WeightedLog):
            return node
        weight, argument = (part.xreplace(dict(case)) for part in node.args)
        # 0 log a is 0 around the point where a does not move; w log a is smooth where a > 0.
        constant = weight == 0 and t not in argument.free_symbols
        value = argument.xreplace(dict(there))
        positive = is_positive(value, strictly_given) or is_positive(
            sp.factor(sp.together(value)), strictly_given
        )
        if not constant and not positive:
            return node
    return None
