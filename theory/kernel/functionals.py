"""The rule for integrals, expectations and sums: positive linear functionals, and nothing else about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sympy as sp

from theory.kernel.claims import Claim, at_least, equal
from theory.kernel.domains import REALS, StandIn
from theory.kernel.integrals import antiderivative_obligations, continuous, interval_obligations
from theory.kernel.normal_form import is_zero
from theory.kernel.obligations import Obligation, Rule, defined
from theory.kernel.signs import enclosure, is_integral, is_nonnegative
from theory.kernel.terms import Functional, Total, require_terms
from theory.relation import Relation


@dataclass(frozen=True)
class Bounds:
    """Why an integrand is integrable: lower <= integrand <= upper, both spanned by the functional's facts."""

    integrand: sp.Expr
    lower: tuple[sp.Expr, Rule]
    upper: tuple[sp.Expr, Rule]


@dataclass(frozen=True)
class Integrated(Rule):
    """A positive linear functional keeps a pointwise claim.

    The scalar part of the gap must be ``sum multiplier x value`` of known facts; then the gap is the total of
    one integrand, which ``pointwise`` proves zero or nonnegative.

    Args:
        pointwise: for each functional, the rule that proves the pointwise claim.
        multipliers: for each functional, one multiplier per fact.
        bounds: for each integrand that is not itself a fact, why it is integrable.
    """

    pointwise: Mapping[Functional, Rule]
    multipliers: Mapping[Functional, tuple[sp.Expr | int, ...]] = field(default_factory=dict)
    bounds: tuple[Bounds, ...] = ()

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Facts, integrability, the scalar balance and the pointwise claims.

        Raises:
            IllDefined: a multiplier or an antidifference is outside the kernel's language.
        """
        # A functional that the claim does not name may have facts that no law has.
        named = set(claim.functionals) == set(self.pointwise) >= set(self.multipliers)
        counted = all(len(m) == len(f.facts) for f, m in self.multipliers.items())
        yield Obligation("the functionals with a pointwise rule are those of the claim", named)
        yield Obligation("each fact has one multiplier", counted)
        if not (named and counted):
            return
        for functional in self.pointwise:
            yield from _facts(functional)
            if functional.index_range is not None:
                yield from index_obligations(functional, functional.index_range, claim)
            if functional.interval is not None:
                yield from interval_obligations(functional, claim)
        for total in claim.totals:
            integrand, given = total.integrand, (*claim.given, *total.functional.given)
            for case in equal(integrand, integrand, *given).cases():
                yield defined((integrand,), given, case)
            yield from self._integrable(total, claim)
        _, scalar = _collect(claim.gap)
        multipliers = tuple(m for functional in self.pointwise for m in self._multipliers(functional))
        require_terms(multipliers)
        bound = {v for functional in self.pointwise for v in functional.over}
        alone = {v for term in (scalar, *multipliers) for v in term.free_symbols}
        yield Obligation("the scalars are free of bound variables", not bound & alone)
        yield Obligation("the claim is linear in its totals", not scalar.atoms(Total))
        # Zero for a total would hide what multiplies it.
        named = {total: StandIn(f"total {number}", REALS) for number, total in enumerate(claim.totals)}
        scalars = (claim.lhs.xreplace(named), claim.rhs.xreplace(named), *multipliers)
        for case in claim.cases():
            yield defined(scalars, claim.given, case)
        values = (fact.value for functional in self.pointwise for fact in functional.facts)
        balance = scalar - sp.Add(*(m * value for m, value in zip(multipliers, values, strict=True)))
        yield Obligation("the scalar part is a sum of known totals", is_zero(balance, claim.strictly_given))
        for functional, rule in self.pointwise.items():
            for o in rule.obligations(self.pointwise_claim(functional, claim)):
                yield Obligation(f"inside {functional.name}: {o.sentence}", o.holds, o.cited, o.grade)

    def _multipliers(self, functional: Functional) -> tuple[sp.Expr, ...]:
        given = self.multipliers.get(functional, (0,) * len(functional.facts))
        return tuple(sp.sympify(m) for m in given)

    def pointwise_claim(self, functional: Functional, claim: Claim) -> Claim:
        """The claim at one point: integrand plus multiplied facts is zero, or at least zero."""
        integrands, _ = _collect(claim.gap)
        facts = zip(self._multipliers(functional), functional.facts, strict=True)
        integrand = integrands.get(functional, sp.S.Zero) + sp.Add(*(m * f.integrand for m, f in facts))
        relation = Relation.EQUALS if claim.relation is Relation.EQUALS else Relation.AT_LEAST
        given = (*claim.given, *functional.given)
        return Claim(integrand, relation, sp.S.Zero, given)

    def _integrable(self, total: Total, claim: Claim) -> Iterator[Obligation]:
        functional = total.functional
        if functional.interval is not None:
            yield continuous(total.integrand, functional)
        if functional.finite or functional.ends:
            return
        spanned = [*(fact.integrand for fact in functional.facts), *functional.integrable]
        for piece in sp.Add.make_args(sp.expand(total.integrand, deep=False)):
            if _is_spanned(piece, spanned, functional):
                continue
            found = next((b for b in self.bounds if _is_multiple(piece, b.integrand, functional)), None)
            if found is None:
                yield Obligation(f"{piece} is integrable", False)
                continue
            given = (*claim.given, *functional.given)
            for side, (limit, rule) in (("lower", found.lower), ("upper", found.upper)):
                yield Obligation(
                    f"the {side} bound {limit} is integrable", _is_spanned(limit, spanned, functional)
                )
                low, high = (limit, found.integrand) if side == "lower" else (found.integrand, limit)
                for o in rule.obligations(at_least(high, low, *given)):
                    yield Obligation(
                        f"{found.integrand} has the {side} bound: {o.sentence}", o.holds, o.cited, o.grade
                    )

    def identity(self, claim: Claim) -> Claim | None:
        """The identity behind the pointwise inequality, of the first functional that has one."""
        for functional, rule in self.pointwise.items():
            found = rule.identity(self.pointwise_claim(functional, claim))
            if found is not None:
                return found
        return None


def _facts(functional: Functional) -> Iterator[Obligation]:
    """Totals that are normalisations by hypothesis, or sums that telescope."""
    for fact in functional.facts:
        named = f"{functional.name}[{fact.integrand}] = {fact.value}"
        F, count = fact.antidifference, functional.index_range
        free = not set(functional.over) & fact.value.free_symbols
        yield Obligation(f"the value in {named} is free of bound variables", free)
        if functional.interval is not None:
            yield from antiderivative_obligations(functional, fact)
            continue
        yield Obligation(f"no antiderivative is given in {named}", fact.antiderivative is None)
        if F is None or count is None:
            yield Obligation(f"{named} is a hypothesis", F is None and count is None)
            continue
        require_terms((F,))
        j = functional.over[0]
        yield defined((F,), (), {})
        yield Obligation(
            f"{F} telescopes to {fact.integrand}", is_zero(F.xreplace({j: j + 1}) - F - fact.integrand)
        )
        ends = F.xreplace({j: count}) - F.xreplace({j: sp.S.Zero})
        yield Obligation(f"its ends differ by {fact.value}", is_zero(ends - fact.value))


def index_obligations(functional: Functional, count: sp.Expr, claim: Claim) -> Iterator[Obligation]:
    """The index runs over 0, ..., count - 1, and what is given of it is shown there."""
    j = functional.over[0]
    yield Obligation(f"{functional.name} has one index", len(functional.over) == 1)
    yield Obligation(f"{count} is a natural number", is_integral(count) and is_nonnegative(count))
    covered = j.domain.integer and j.domain.lower <= 0 and enclosure(count - 1).upper <= j.domain.upper
    yield Obligation(f"the domain {j.domain} of {j} holds 0, ..., {count} - 1", bool(covered))
    for given in functional.given:
        # An affine expression lies between its values at the two ends.
        slope = sp.expand(sp.diff(given.expression, j))
        ends = [given.expression.xreplace({j: end}) for end in (sp.S.Zero, count - 1)]
        shown = j not in slope.free_symbols and all(_follows(end, given.strict, claim) for end in ends)
        yield Obligation(f"{given} for {j} = 0, ..., {count} - 1", shown)


def _follows(term: sp.Expr, strict: bool, claim: Claim) -> bool:
    """Whether a term exceeds zero, or an expression that is given to be at least zero."""
    for least in (sp.S.Zero, *(g.expression for g in claim.given)):
        excess = enclosure(sp.expand(term - least))
        if excess.is_positive or (excess.is_nonnegative and not strict):
            return True
    return False


def _collect(gap: sp.Expr) -> tuple[dict[Functional, sp.Expr], sp.Expr]:
    """Split a gap that is linear in totals into one integrand per functional and a scalar."""
    bound = {v for total in gap.atoms(Total) for v in total.functional.over}
    integrands: dict[Functional, sp.Expr] = {}
    scalars = []
    for term in sp.Add.make_args(sp.expand(gap, deep=False)):
        totals = [factor for factor in sp.Mul.make_args(term) if isinstance(factor, Total)]
        coefficient = term / totals[0] if len(totals) == 1 else term
        if len(totals) == 1 and not coefficient.atoms(Total) and not bound & coefficient.free_symbols:
            functional = totals[0].functional
            before = integrands.get(functional, sp.S.Zero)
            integrands[functional] = before + coefficient * totals[0].integrand
        else:
            scalars.append(term)
    return integrands, sp.Add(*scalars)


def _is_spanned(term: sp.Expr, spanned: list[sp.Expr], functional: Functional) -> bool:
    """Whether each summand is a scalar multiple of an integrand whose total is known."""
    return all(
        piece == 0 or any(_is_multiple(piece, known, functional) for known in spanned)
        for piece in sp.Add.make_args(sp.expand(term, deep=False))
    )


def _is_multiple(term: sp.Expr, of: sp.Expr, functional: Functional) -> bool:
    if is_zero(of):
        return False
    return term == of or not set(functional.over) & sp.cancel(term / of).free_symbols
