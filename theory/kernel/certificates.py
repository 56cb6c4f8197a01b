"""The rule of certificates: a gap as a sum of nonnegative multipliers times inequalities that are known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

import sympy as sp

from theory.kernel.absolute import absolute_gap
from theory.kernel.claims import Claim, at_least
from theory.kernel.domains import Variable, nonnegative, positive, real
from theory.kernel.inequalities import Base, Instance, entropy_gap, exponential_gap, log_gap, square
from theory.kernel.normal_form import is_zero, undefined_part
from theory.kernel.obligations import Case, Obligation, Rule, defined, sides_defined, where
from theory.kernel.rules import ConvexMinimum
from theory.kernel.signs import is_nonnegative, is_positive, is_within
from theory.kernel.terms import Given, require_terms
from theory.relation import Relation


def instance_obligations(claim: Claim, at: Mapping[Variable, sp.Expr], user: Claim) -> Iterator[Obligation]:
    """That a claim, proved for its own variables, holds at these terms under what the user's claim supposes.

    Raises:
        IllDefined: a term is outside the kernel's language.
    """
    require_terms(at.values())
    # A given that holds a bound variable would be taken for one about each point.
    claim.require_well_formed()
    # The square of an imaginary number put in is real: what is put in must be shown to be a number.
    needed = {g.at(at) for g in claim.given}
    put_in = (*at.values(), *(g.expression for g in needed if g not in user.given))
    for case in user.cases():
        yield defined(put_in, user.given, case)
    for variable, term in at.items():
        yield Obligation(
            f"{term} lies in the domain {variable.domain} of {variable}", is_within(term, variable.domain)
        )
    # A functional chooses its points after the free variables have their values, and by facts of its own.
    bound = {v for functional in claim.functionals for v in functional.over}
    captured = bound & {v for term in (*at, *at.values()) for v in term.free_symbols}
    yield Obligation("no bound variable is replaced or put in", not captured)
    inside = {v for functional in claim.functionals for term in functional.terms for v in term.free_symbols}
    moved = {v for v, term in at.items() if term != v} & inside
    yield Obligation("no functional is supposed of something that is replaced", not moved)
    supposed = {f for f in claim.functionals if not f.is_shown}
    yield Obligation("the functionals are those of the claim", supposed <= set(user.functionals))
    shown = all(g in user.given or _holds(g) for g in needed)
    yield Obligation(f"{claim} needs no more than is given", shown)


def _holds(given: Given) -> bool:
    """Whether what is needed holds by the domains alone."""
    return is_positive(given.expression) if given.strict else is_nonnegative(given.expression)


@dataclass(frozen=True)
class Proved:
    """An inequality that was proved before, as a term of a certificate; its proof is checked again.

    Args:
        claim: the inequality.
        by: its proof.
        at: terms to put for variables, each inside the variable's domain.
    """

    claim: Claim
    by: Rule
    at: Mapping[Variable, sp.Expr] = field(default_factory=dict)

    @property
    def expression(self) -> sp.Expr:
        """The expression that is at least zero."""
        return self.claim.gap.xreplace(dict(self.at))

    @property
    def arguments(self) -> tuple[sp.Expr, ...]:
        """What is put in, and what comes out: a square at an imaginary number would not look like one."""
        return (*self.at.values(), self.expression)

    def obligations(self, user: Claim) -> Iterator[Obligation]:
        """Its proof, the domains of what is put in, and that it needs no more than the user's claim."""
        yield from instance_obligations(self.claim, self.at, user)
        yield from self.by.obligations(self.claim)

    @property
    def root(self) -> sp.Expr:
        """Nothing is known of the equality case."""
        return sp.S.Zero


Term = Instance | Proved | sp.Expr


def _expression(term: Term) -> sp.Expr:
    return term.expression if isinstance(term, (Instance, Proved)) else term


@dataclass(frozen=True)
class Certificate(Rule):
    """Inequality by an explicit sum: gap = sum of multiplier x base inequality, each multiplier nonnegative.

    Args:
        terms: pairs of a multiplier and an instance of a base inequality, or an expression that is itself
            nonnegative by its domain or by what is given.
        strict_unless: expressions; equality is possible only where each of them is zero.
    """

    terms: tuple[tuple[sp.Expr, Term], ...]
    strict_unless: tuple[sp.Expr, ...] = ()

    @property
    def total(self) -> sp.Expr:
        """The certified lower bound zero, written out."""
        return sp.Add(*(m * _expression(b) for m, b in self.terms))

    def identity(self, claim: Claim) -> Claim:
        """Gap = certificate: what the mutants attack."""
        return Claim(claim.gap, Relation.EQUALS, self.total, claim.given)

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Signs, admissibility, the identity in each case, and the equality case.

        Raises:
            IllDefined: a term of the certificate is outside the kernel's language.
        """
        require_terms(self._written)
        if claim.relation is Relation.EQUALS:
            yield Obligation("a certificate proves inequalities only", False)
        for base in dict.fromkeys(b.base for _, b in self.terms if isinstance(b, Instance)):
            yield from lemma(base)
        for base in (b for _, b in self.terms if isinstance(b, Proved)):
            yield from base.obligations(claim)
        for case in claim.cases():
            yield sides_defined(claim, case)
            # A square of what is not real, or nonnegative where it is defined, bounds nothing.
            yield defined(self._written, claim.given, case)
            yield from self._in_case(claim.in_case(case), case)

    @property
    def _written(self) -> tuple[sp.Expr, ...]:
        """Every term of the certificate, before a base inequality is put together from its arguments."""
        arguments = (b.arguments if isinstance(b, (Instance, Proved)) else (b,) for _, b in self.terms)
        return (*(m for m, _ in self.terms), *chain.from_iterable(arguments), *self.strict_unless)

    def _in_case(self, claim: Claim, case: Case) -> Iterator[Obligation]:
        strict = claim.strictly_given
        given = tuple(g.expression for g in claim.given)
        terms = [
            (
                m.xreplace(case),
                b.in_case(case) if isinstance(b, Instance) else _expression(b).xreplace(case),
                b,
            )
            for m, b in self.terms
        ]
        for multiplier, base, origin in terms:
            yield Obligation(f"{multiplier} >= 0{where(case)}", is_nonnegative(multiplier, given, strict))
            if isinstance(base, Instance):
                yield Obligation(f"{base} is admissible{where(case)}", base.is_admissible(strict))
            elif not isinstance(origin, Proved):
                yield Obligation(f"{base} >= 0{where(case)}", is_nonnegative(base, given, strict))
        total = sp.Add(*(m * _expression(b) for m, b, _ in terms))
        yield Obligation(f"the gap is the certificate{where(case)}", is_zero(claim.gap - total, strict))
        for residual in self.strict_unless:
            yield Obligation(
                f"equality only where {residual} = 0{where(case)}",
                any(_forces(m, b, residual.xreplace(case), strict) for m, b, _ in terms),
            )


def _forces(multiplier: sp.Expr, base: Term, residual: sp.Expr, strict: tuple[sp.Expr, ...]) -> bool:
    """Whether a vanishing term makes the residual vanish: residual = c x root with c never infinite."""
    if not is_positive(multiplier, strict):
        return False
    root = base.root if isinstance(base, Instance) else base
    if is_zero(root, strict):
        return False
    ratio = sp.factor(sp.cancel(sp.together(residual / root)))
    return undefined_part(ratio, strict) is None


def certificate(
    *terms: tuple[sp.Expr | int, Term | int], strict_unless: tuple[sp.Expr, ...] = ()
) -> Certificate:
    """A certificate from pairs (multiplier, instance of a base inequality or nonnegative expression).

    Raises:
        TypeError: a term is not a pair.
    """
    for term in terms:
        if not (isinstance(term, tuple) and len(term) == 2):
            raise TypeError(
                f"a term of a certificate must be a pair of a multiplier and an inequality (got {term!r}): "
                f"write certificate((1, square(x)), ...)."
            )
    pairs = tuple(
        (sp.sympify(m), b if isinstance(b, (Instance, Proved)) else sp.sympify(b)) for m, b in terms
    )
    return Certificate(pairs, strict_unless)


@cache
def lemma(base: Base) -> tuple[Obligation, ...]:
    """The derivation of a base inequality, checked once in a run; a base that has none is not shown."""
    if base not in _LEMMAS:
        return (Obligation(f"{base.name} is an axiom: x^2 >= 0, |x| >= x", base in (square, absolute_gap)),)
    claim, rule = _LEMMAS[base]
    return tuple(
        Obligation(f"lemma {base.name}: {o.sentence}", o.holds, o.cited, o.grade)
        for o in rule.obligations(claim)
    )


def _derive_lemmas() -> dict[Base, tuple[Claim, Rule]]:
    t, y, a, w = positive("t"), real("y"), positive("a"), nonnegative("w")
    return {
        log_gap: (at_least(log_gap(t).expression, 0), ConvexMinimum(t, sp.S.One, certificate((t**-2, 1)))),
        exponential_gap: (
            at_least(exponential_gap(y).expression, 0),
            ConvexMinimum(y, sp.S.Zero, certificate((sp.exp(y), 1))),
        ),
        entropy_gap: (at_least(entropy_gap(w, a).expression, 0), _EntropyByCases(w, a)),
    }


@dataclass(frozen=True)
class _EntropyByCases(Rule):
    """w log_gap(a/w) where w > 0, and a >= 0 where w = 0."""

    w: Variable
    a: Variable

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        for case in claim.cases():
            inside = claim.in_case(case)
            w = sp.sympify(case.get(self.w, self.w))
            rule = certificate((1, self.a)) if w == 0 else certificate((w, log_gap(self.a / w)))
            yield from rule.obligations(inside)


_LEMMAS = _derive_lemmas()
