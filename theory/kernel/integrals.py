"""Integrals over an interval: what an interval owes, and the rules that split it or change its variable.

Every integrand is continuous on the closed interval, so that every integral exists. An end may be a variable:
a claim for every end is how an integral over a half-line is bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import sympy as sp

from theory.kernel.claims import Claim
from theory.kernel.domains import Variable
from theory.kernel.normal_form import is_zero
from theory.kernel.obligations import Obligation, Rule, defined
from theory.kernel.quadrature import rough_part
from theory.kernel.signs import is_nonnegative, is_within
from theory.kernel.terms import Fact, Functional, Total, require_terms
from theory.relation import Relation


def interval_obligations(functional: Functional, claim: Claim) -> Iterator[Obligation]:
    """Ordered ends, inside the domain of a real variable, that hold no bound variable."""
    (x,), (lower, upper) = functional.over, functional.ends
    require_terms((lower, upper))
    yield defined((lower, upper), claim.given, {})
    yield Obligation(f"{x} is a real variable", not x.domain.integer)
    bound = {x, *(v for other in claim.functionals for v in other.over)}
    loose = not bound & (lower.free_symbols | upper.free_symbols)
    yield Obligation(f"the ends {lower} and {upper} hold no bound variable", loose)
    for end in (lower, upper):
        yield Obligation(f"the end {end} lies in the domain {x.domain} of {x}", is_within(end, x.domain))
    given = tuple(g.expression for g in claim.given)
    yield Obligation(f"{lower} <= {upper}", is_nonnegative(sp.expand(upper - lower), given))
    bare = not (functional.given or functional.integrable or functional.finite)
    yield Obligation(f"nothing else is supposed of {functional.name}", bare)


def continuous(integrand: sp.Expr, functional: Functional) -> Obligation:
    """That an integrand, where it is defined, does not jump."""
    (x,) = functional.over
    return Obligation(f"{integrand} is continuous in {x}", rough_part(integrand, x) is None)


def antiderivative_obligations(functional: Functional, fact: Fact) -> Iterator[Obligation]:
    """F' = f everywhere in the domain of x, which holds the closed interval, and value = F(b) - F(a)."""
    (x,), (lower, upper) = functional.over, functional.ends
    f, F = fact.integrand, fact.antiderivative
    if F is None:
        yield Obligation(f"{functional.name}[{f}] has an antiderivative", False)
        return
    require_terms((F,))
    # Defined on the whole domain, a term of this language has no jump that F(b) - F(a) would count.
    yield defined((F, f, fact.value), (), {})
    yield continuous(F, functional)
    yield continuous(f, functional)
    yield Obligation(f"the derivative of {F} is {f}", is_zero(sp.diff(F, x) - f))
    difference = F.xreplace({x: upper}) - F.xreplace({x: lower})
    yield Obligation(f"{F} rises by {fact.value}", is_zero(difference - fact.value))


def _integrals(terms: tuple[sp.Expr, ...]) -> list[tuple[Total, Variable]] | None:
    """Integrals over intervals with their variables; None where a term is something else."""
    if not all(isinstance(t, Total) and t.functional.interval is not None for t in terms):
        return None
    return [(t, t.functional.over[0]) for t in terms]  # type: ignore[union-attr] - totals, as was just seen


def _exist(totals: list[Total], claim: Claim) -> Iterator[Obligation]:
    """Intervals, and integrands that are defined and continuous on them."""
    for total in totals:
        yield from interval_obligations(total.functional, claim)
        yield continuous(total.integrand, total.functional)
        yield defined((total.integrand,), claim.given, {})


@dataclass(frozen=True)
class Split(Rule):
    """An integral is the sum of the integrals over consecutive parts of its interval.

    Args:
        parts: the functionals of the parts, from left to right, each with a variable of its own.
    """

    parts: tuple[Functional, ...]

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The parts meet, begin and end with the whole, and integrate the same function."""
        summands = {t.functional: t for t in sp.Add.make_args(claim.rhs) if isinstance(t, Total)}
        found = _integrals((claim.lhs, *sp.Add.make_args(claim.rhs)))
        one_each = len(summands) == len(sp.Add.make_args(claim.rhs)) and set(summands) == set(self.parts)
        shaped = claim.relation is Relation.EQUALS and found is not None
        yield Obligation("the claim is: an integral = the sum of its parts", shaped)
        yield Obligation("each part occurs once", one_each and len(set(self.parts)) == len(self.parts))
        if not shaped or found is None or not one_each:
            return
        yield from _exist([total for total, _ in found], claim)
        whole, x = found[0]
        joints = [(whole.functional.ends[0],), *(p.ends for p in self.parts), (whole.functional.ends[1],)]
        for left, right in pairwise(joints):
            yield Obligation(
                f"one part ends at {left[-1]}, the next begins there", is_zero(left[-1] - right[0])
            )
        for part in self.parts:
            same = is_zero(whole.integrand.xreplace({x: part.over[0]}) - summands[part].integrand)
            yield Obligation(f"{part.name} integrates the same function", same)


@dataclass(frozen=True)
class Substituted(Rule):
    """Change of variables: the integral of f from g(a) to g(b) is that of f(g(z)) g'(z) from a to b.

    For g with g' <= 0 the ends change places and the sign changes: f(g(z)) |g'(z)| from a to b.

    Args:
        by: the term g in the variable z of the right side.
    """

    by: sp.Expr

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """The ends correspond, the values of g stay where f is defined, and the chain rule.

        Raises:
            IllDefined: g is outside the kernel's language.
        """
        require_terms((self.by,))
        found = _integrals((claim.lhs, claim.rhs))
        shaped = claim.relation is Relation.EQUALS and found is not None
        yield Obligation("the claim is: an integral = an integral", shaped)
        if not shaped or found is None:
            return
        yield from _exist([total for total, _ in found], claim)
        (old, x), (new, z) = found
        yield Obligation(f"{self.by} does not hold {x}", x not in self.by.free_symbols)
        yield defined((self.by,), claim.given, {})
        yield continuous(self.by, new.functional)
        yield Obligation(f"{self.by} lies in the domain {x.domain} of {x}", is_within(self.by, x.domain))
        slope = sp.diff(self.by, z)
        falls = is_nonnegative(-slope)
        yield Obligation(f"{slope} does not change sign", falls or is_nonnegative(slope))
        first, last = (self.by.xreplace({z: end}) for end in new.functional.ends)
        ends = (last, first) if falls else (first, last)
        for end, image in zip(old.functional.ends, ends, strict=True):
            yield Obligation(f"the end {end} is the image {image}", is_zero(end - image))
        composed = old.integrand.xreplace({x: self.by}) * (-slope if falls else slope)
        yield Obligation(
            f"{new.integrand} is {composed}", is_zero(new.integrand - composed, claim.strictly_given)
        )
