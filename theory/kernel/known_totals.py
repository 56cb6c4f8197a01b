"""Equalities that follow from known totals alone: a mutant that only adds such a total is true as well."""

import sympy as sp

from theory.kernel.claims import Claim
from theory.kernel.derivatives import Differentiated
from theory.kernel.domains import Variable
from theory.kernel.functionals import Integrated
from theory.kernel.proof import Outcome, Step, check_step
from theory.kernel.rules import normal_form
from theory.kernel.slopes import Slope
from theory.kernel.terms import Functional, IllDefined
from theory.relation import Relation


def follows_from_facts(claim: Claim) -> bool:
    """Whether an equality is proved by multipliers of facts that are read off one point.

    Only constants and bound variables are looked for among the facts' integrands; the kernel then checks the
    proof as any other.
    """
    if claim.relation is not Relation.EQUALS or not claim.totals:
        return False
    has_slopes = bool(claim.lhs.atoms(Slope) | claim.rhs.atoms(Slope))
    pointwise = dict.fromkeys(claim.functionals, normal_form)
    try:
        plain = Differentiated(normal_form).differentiated(claim)
        integrands = {f: Integrated(pointwise).pointwise_claim(f, plain).lhs for f in pointwise}
        totals = Integrated(pointwise, {f: _multipliers(f, term) for f, term in integrands.items()})
    except IllDefined:
        return False
    proof = Differentiated(totals) if has_slopes else totals
    return check_step(Step("by facts", claim, proof)).outcome is Outcome.HOLDS


def _multipliers(functional: Functional, integrand: sp.Expr) -> tuple[sp.Expr, ...]:
    """What the facts must be multiplied by, if the integrand is a combination of theirs."""
    point = {v: _inner(v) for v in functional.over}
    wanted = {
        fact.integrand: -sp.diff(integrand, fact.integrand).xreplace(point)
        for fact in functional.facts
        if isinstance(fact.integrand, Variable)
    }
    rest = integrand.xreplace(point) + sp.Add(*(m * point[v] for v, m in wanted.items()))
    wanted[sp.S.One] = -rest
    return tuple(wanted.get(fact.integrand, sp.S.Zero) for fact in functional.facts)


def _inner(variable: Variable) -> sp.Expr:
    """An exact point inside the domain."""
    lower, upper = variable.domain.lower, variable.domain.upper
    if lower == -sp.oo:
        return sp.S.One if upper == sp.oo else upper - 1
    return lower + 1 if upper == sp.oo else (lower + upper) / 2
