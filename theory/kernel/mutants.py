"""Negative controls: small changes of a step that must be rejected, or proved to change nothing.

The mutants of a step are (a) its equality, or the identity on which its inequality rests, with one term
changed; (b) the relation flipped; (c) one hypothesis dropped; (d) the certificate tampered with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp

from theory.kernel.absolute import Absolute
from theory.kernel.certificates import Certificate
from theory.kernel.claims import Claim
from theory.kernel.domains import Variable
from theory.kernel.eigenvalues import Spectrum, Stable, Unstable
from theory.kernel.induction import Induction
from theory.kernel.known_totals import follows_from_facts
from theory.kernel.normal_form import is_zero
from theory.kernel.obligations import Rule
from theory.kernel.programs import Duality
from theory.kernel.proof import Finding, Outcome, Step, check_step, refute
from theory.kernel.refuter import Witness
from theory.kernel.slopes import StopGradient
from theory.kernel.terms import ExactFunction, FunctionalName, IllDefined, WeightedLog
from theory.relation import Relation


@dataclass(frozen=True)
class Mutant:
    """A changed claim, or a claim with a changed proof."""

    change: str
    claim: Claim
    by: Rule | None = None
    of: Claim | None = None  # the equality that was changed


@dataclass(frozen=True)
class Controls(Finding):
    """How the mutants of one or more steps fared; ``survived`` must be empty."""

    mutants: int = 0
    rejected: int = 0
    proved_equal: int = 0
    survived: tuple[str, ...] = ()
    witnesses: tuple[tuple[str, Witness], ...] = ()

    def __add__(self, other: "Controls") -> "Controls":
        return Controls(
            self.mutants + other.mutants,
            self.rejected + other.rejected,
            self.proved_equal + other.proved_equal,
            self.survived + other.survived,
            self.witnesses + other.witnesses,
        )


def mutants(step: Step) -> Iterator[Mutant]:
    """All mutants of a step."""
    identity = step.claim if step.claim.relation is Relation.EQUALS else step.by.identity(step.claim)
    if identity is not None:
        for change, rhs in _distinct(identity.rhs):
            yield Mutant(f"{step.name}: {change}", replace(identity, rhs=rhs), of=identity)
        for change, lhs in _distinct(identity.lhs):
            yield Mutant(f"{step.name}, left side: {change}", replace(identity, lhs=lhs), of=identity)
    if step.claim.relation is not Relation.EQUALS:
        flipped = replace(step.claim, relation=step.claim.relation.flipped)
        yield Mutant(f"{step.name}: the inequality is flipped", flipped)
    for number, given in enumerate(step.claim.given):
        rest = step.claim.given[:number] + step.claim.given[number + 1 :]
        yield Mutant(
            f"{step.name}: the hypothesis {given} is dropped", replace(step.claim, given=rest), step.by
        )
    if isinstance(step.by, Certificate):
        yield from _tampered(step, step.by)
    if isinstance(step.by, (Stable, Unstable)):
        for condition, sign in step.by.parts(step.claim):
            yield from _tampered(Step(f"{step.name}, {condition}", condition, sign), sign)
    if isinstance(step.by, Spectrum):
        factored = step.by.factored(step.claim)
        for change, product in _distinct(factored.rhs):
            yield Mutant(f"{step.name}, the factors: {change}", replace(factored, rhs=product))
    if isinstance(step.by, Induction) and isinstance(step.by.step, Certificate):
        yield from _tampered(replace(step, claim=step.by.next(step.claim)), step.by.step)
    if isinstance(step.by, Duality):
        yield from (Mutant(f"{step.name}: {change}", claim) for change, claim in step.by.tampered(step.claim))


def _tampered(step: Step, proof: Certificate) -> Iterator[Mutant]:
    for number, (multiplier, base) in enumerate(proof.terms):
        for change, terms in (
            ("dropped", proof.terms[:number] + proof.terms[number + 1 :]),
            ("doubled", (*proof.terms[:number], (2 * multiplier, base), *proof.terms[number + 1 :])),
            ("negated", (*proof.terms[:number], (-multiplier, base), *proof.terms[number + 1 :])),
        ):
            changed = replace(proof, terms=terms)
            name = f"{step.name}: term {number + 1} of the certificate is {change}"
            yield Mutant(name, changed.identity(step.claim))


def _distinct(term: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    """Each changed term once, under the first change that gives it."""
    seen = {term}
    for change, changed in _changed(term):
        if changed not in seen:
            seen.add(changed)
            yield change, changed


def _changed(term: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    """The term with one small change, once for each place where a change fits."""
    yield from _sites(term)
    scalars = sorted((s for s in term.free_symbols if isinstance(s, Variable)), key=lambda s: s.name)
    for i, a in enumerate(scalars):
        for b in scalars[i + 1 :]:
            if a.domain == b.domain:
                yield f"{_text(a)} and {_text(b)} are exchanged", term.xreplace({a: b, b: a})


def _sites(term: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    if isinstance(term, sp.Rational):
        yield f"{term} becomes {term + 1}", term + 1
        if term != 0:
            yield f"{term} becomes {-term}", -term
        return
    if isinstance(term, (sp.Symbol, ExactFunction)) or not term.args:
        return
    if isinstance(term, (sp.Add, sp.Mul)):
        kind = "summand" if isinstance(term, sp.Add) else "factor"
        for number, part in enumerate(term.args):
            rest = [*term.args[:number], *term.args[number + 1 :]]
            yield f"the {kind} {_text(part)} is dropped", term.func(*rest)
            if isinstance(term, sp.Add):
                yield f"the summand {_text(part)} changes sign", term.func(*rest, -part)
    if isinstance(term, Absolute):
        yield f"{_text(term)} loses its bars", term.args[0]
    if isinstance(term, StopGradient):
        yield f"{_text(term)} is not held fixed", term.args[0]
    if isinstance(term, sp.log):
        yield f"{_text(term)} loses its logarithm", term.args[0]
    if isinstance(term, WeightedLog):
        yield f"{_text(term)} loses its logarithm", term.args[0] * term.args[1]
    if isinstance(term, (sp.Pow, sp.exp)) and not isinstance(term.exp, sp.Integer):
        yield f"{_text(term)} loses its exponent", term.base
    for number, part in enumerate(term.args):
        if isinstance(part, FunctionalName):
            continue
        for change, changed in _sites(part):
            arguments = [*term.args[:number], changed, *term.args[number + 1 :]]
            yield f"in {_short(term)}: {change}", term.func(*arguments)


@lru_cache(maxsize=16384)
def _text(term: sp.Expr) -> str:
    """How a term prints; it occurs in the names of many mutants."""
    return str(term)


def _short(term: sp.Expr) -> str:
    text = _text(term)
    return text if len(text) <= 40 else f"{text[:37]}..."


def control(step: Step) -> Controls:
    """Attack every mutant of a step."""
    return sum((_judge(mutant) for mutant in mutants(step)), Controls())


def _judge(mutant: Mutant) -> Controls:
    witness = refute(mutant.claim)
    if witness is not None:
        return Controls(mutants=1, rejected=1, witnesses=((mutant.change, witness),))
    if mutant.by is None and (_is_equal(mutant.claim, mutant.of) or follows_from_facts(mutant.claim)):
        return Controls(mutants=1, proved_equal=1)
    if (
        mutant.by is not None
        and check_step(Step("mutant", mutant.claim, mutant.by)).outcome is not Outcome.HOLDS
    ):
        return Controls(mutants=1, survived=(f"{mutant.change} (unproved, but no witness)",))
    return Controls(mutants=1, survived=(mutant.change,))


def _is_equal(claim: Claim, original: Claim | None) -> bool:
    """Whether the mutant says the same as a truth: its gap is zero in every case, or that of the original."""
    try:
        if original is not None and is_zero(claim.gap - original.gap):
            return True
        return all(is_zero(c.gap, c.strictly_given) for c in map(claim.in_case, claim.cases()))
    except IllDefined:
        return False
