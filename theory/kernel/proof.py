"""Derivations and the evidence for them. This is the only place where evidence is made."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import reduce

import sympy as sp

from theory.kernel.claims import Claim
from theory.kernel.limits import SECONDS, TimedOut, time_limit
from theory.kernel.obligations import Grade, Literature, Obligation, Rule
from theory.kernel.refuter import POINTS, Attack, Point, Witness, attack
from theory.kernel.terms import Given, IllDefined
from theory.kernel.trust import require_own_types
from theory.relation import Relation

FEWEST_POINTS = 8  # a claim that fewer points than this satisfy the hypotheses of is called vacuous


class Outcome(Enum):
    """What a check found; the value is the sentence shown to the user. Only HOLDS passes."""

    HOLDS = "every obligation is shown and no point refutes it"
    REFUTED = "an exact point refutes it"
    ILL_DEFINED = "a term has no meaning somewhere in the domain"
    UNDECIDED = "an obligation is not shown"
    VACUOUS = "no point satisfies the hypotheses"


@dataclass(frozen=True)
class Step:
    """One claim and the rule that proves it.

    Args:
        name: short, unique inside the theorem; part of the pytest id.
        claim: what is proved.
        by: the rule.
        because: one sentence for the reader.

    Raises:
        TypeError: the claim is not a claim, or the rule not a rule of the kernel.
    """

    name: str
    claim: Claim
    by: Rule
    because: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.claim, Claim):
            raise TypeError(
                f"step {self.name!r} must state a claim (got {self.claim!r}): "
                f"make one by equal, at_most or at_least."
            )
        if not isinstance(self.by, Rule):
            raise TypeError(
                f"step {self.name!r} must be proved by a rule (got {self.by!r}): "
                f"take normal_form, certificate(...) or another rule of theory.kernel."
            )

    @property
    def steps(self) -> "tuple[Step, ...]":
        """A step is a derivation of one step."""
        return (self,)

    @property
    def conclusion(self) -> Claim:
        """What the derivation arrives at."""
        return self.claim


@dataclass(frozen=True)
class Calc:
    """A chain of terms; its conclusion is computed from its ends and its relations.

    Raises:
        ValueError: a step does not begin with the term that the one before ends with.
    """

    name: str
    start: sp.Expr
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        terms = [self.start]
        for step in self.steps:
            if step.claim.lhs != terms[-1]:
                raise ValueError(
                    f"step {step.name!r} of the chain {self.name!r} must begin with {terms[-1]}, "
                    f"where the one before ends (got {step.claim.lhs}): continue it with equals, at_most or "
                    f"at_least."
                )
            terms.append(step.claim.rhs)

    def _then(
        self, relation: Relation, term: sp.Expr | int, by: Rule, because: str, given: tuple[Given, ...]
    ) -> "Calc":
        last = self.steps[-1].claim.rhs if self.steps else self.start
        claim = Claim(last, relation, sp.sympify(term), given)
        step = Step(f"{self.name}-{len(self.steps) + 1}", claim, by, because)
        return Calc(self.name, self.start, (*self.steps, step))

    def equals(
        self, term: sp.Expr | int, *, by: Rule, because: str = "", given: tuple[Given, ...] = ()
    ) -> "Calc":
        """Continue with ``= term``, under what is given for this link."""
        return self._then(Relation.EQUALS, term, by, because, given)

    def at_most(
        self, term: sp.Expr | int, *, by: Rule, because: str = "", given: tuple[Given, ...] = ()
    ) -> "Calc":
        """Continue with ``<= term``, under what is given for this link."""
        return self._then(Relation.AT_MOST, term, by, because, given)

    def at_least(
        self, term: sp.Expr | int, *, by: Rule, because: str = "", given: tuple[Given, ...] = ()
    ) -> "Calc":
        """Continue with ``>= term``, under what is given for this link."""
        return self._then(Relation.AT_LEAST, term, by, because, given)

    @property
    def conclusion(self) -> Claim:
        """The first term, the composed relation, the last term, under all that the links were given.

        The functionals that occur only between the ends are supposed by the conclusion.

        Raises:
            ValueError: the chain is empty, or mixes ``<=`` with ``>=``.
        """
        if not self.steps:
            raise ValueError(f"the chain {self.name} is empty: continue it with equals, at_most or at_least.")
        relation = reduce(_compose, (step.claim.relation for step in self.steps))
        given = tuple(dict.fromkeys(g for step in self.steps for g in step.claim.given))
        ends = Claim(self.start, relation, self.steps[-1].claim.rhs, given)
        # E[y] in the middle of low <= E[y] <= high supposes that such an E exists.
        passed = dict.fromkeys(f for step in self.steps for f in step.claim.functionals if not f.is_shown)
        return replace(ends, supposing=tuple(f for f in passed if f not in ends.functionals))


def _compose(first: Relation, second: Relation) -> Relation:
    if first is Relation.EQUALS:
        return second
    if second in (Relation.EQUALS, first):
        return first
    raise ValueError("a chain must not mix <= with >=: split it in two.")


def calc(name: str, start: sp.Expr | int) -> Calc:
    """Begin a chain."""
    return Calc(name, sp.sympify(start))


Derivation = Step | Calc


class Finding:
    """What a check found. It has no truth value, so that none can be mistaken for a pass.

    Raises:
        TypeError: it is used as a condition.
    """

    def __bool__(self) -> bool:
        raise TypeError(f"{type(self).__name__} has no truth value: read what it found, such as its outcome.")


@dataclass(frozen=True)
class StepEvidence(Finding):
    """What was found about one step."""

    name: str
    claim: str
    rule: str
    outcome: Outcome
    grade: Grade
    cited: tuple[Literature, ...]
    witness: Witness | None
    open: tuple[str, ...]
    shown: int
    points: int
    seconds: float


@dataclass(frozen=True)
class Evidence(Finding):
    """What was found about a theorem; only the outcome HOLDS passes."""

    id: str
    outcome: Outcome
    grade: Grade
    cited: tuple[Literature, ...]
    witness: Witness | None
    steps: tuple[StepEvidence, ...]
    seconds: float = field(compare=False)


def check_step(step: Step) -> StepEvidence:
    """Check every obligation of a step, then attack its claim."""
    started = time.perf_counter()
    obligations: list[Obligation] = []
    witness, points = None, 0
    try:
        with time_limit(SECONDS):
            require_own_types((step, step.claim, step.by))
            step.claim.require_well_formed()
            obligations = list(step.by.obligations(step.claim))
            found = attack(step.claim)
            witness, points = found.witness, found.points
    except IllDefined as error:
        witness = Witness("", str(error), undefined=True)
    except TimedOut:
        obligations = [Obligation(f"the check ends within {SECONDS:.0f} seconds", False)]
    outcome = _outcome(obligations, witness, points, step)
    holds = outcome is Outcome.HOLDS
    return StepEvidence(
        name=step.name,
        claim=str(step.claim),
        rule=type(step.by).__name__,
        outcome=outcome,
        grade=min(o.grade for o in obligations) if holds else Grade.UNCHECKED,
        cited=tuple(dict.fromkeys(fact for o in obligations for fact in o.cited)),
        witness=witness,
        open=tuple(o.sentence for o in obligations if not o.holds),
        shown=sum(o.holds for o in obligations),
        points=points,
        seconds=time.perf_counter() - started,
    )


def _outcome(obligations: Sequence[Obligation], witness: Witness | None, points: int, step: Step) -> Outcome:
    if witness is not None:
        return Outcome.ILL_DEFINED if witness.undefined else Outcome.REFUTED
    if not obligations or not all(o.holds for o in obligations):
        return Outcome.UNDECIDED
    if points < FEWEST_POINTS:
        return Outcome.VACUOUS
    return Outcome.HOLDS


def check(identifier: str, statement: Claim, derivation: Sequence[Derivation]) -> Evidence:
    """Check a derivation from scratch, and that one of its conclusions is the statement."""
    started = time.perf_counter()
    try:
        require_own_types((statement, tuple(derivation)))
    except IllDefined as error:
        witness = Witness("", str(error), undefined=True)
        return Evidence(identifier, Outcome.ILL_DEFINED, Grade.UNCHECKED, (), witness, (), 0.0)
    steps = tuple(check_step(step) for part in derivation for step in part.steps)
    arrives = any(part.conclusion == statement for part in derivation)
    failed = [s for s in steps if s.outcome is not Outcome.HOLDS]
    # A chain's conclusion is no step of it: it is attacked on its own.
    attacked = any(step.claim == statement for part in derivation for step in part.steps)
    found = Attack(None, POINTS) if attacked else _attacked(statement, POINTS)
    witness = found.witness
    if witness is not None:
        outcome = Outcome.ILL_DEFINED if witness.undefined else Outcome.REFUTED
    elif arrives and not failed and found.points < FEWEST_POINTS:
        outcome = Outcome.VACUOUS
    else:
        outcome = failed[0].outcome if failed else Outcome.HOLDS if arrives else Outcome.UNDECIDED
    holds = outcome is Outcome.HOLDS
    return Evidence(
        id=identifier,
        outcome=outcome,
        grade=min(s.grade for s in steps) if holds else Grade.UNCHECKED,
        cited=tuple(dict.fromkeys(fact for s in steps for fact in s.cited)),
        witness=next((s.witness for s in failed if s.witness), witness),
        steps=steps,
        seconds=time.perf_counter() - started,
    )


def refute(claim: Claim, hints: Sequence[Point] = (), points: int = 60) -> Witness | None:
    """A rigorous counterexample to a claim, or None if the search found none."""
    return _attacked(claim, points, hints).witness


def _attacked(claim: Claim, points: int, hints: Sequence[Point] = ()) -> Attack:
    """An attack within the time limit; one that takes longer has tested nothing."""
    try:
        with time_limit(SECONDS):
            claim.require_well_formed()
            return attack(claim, points=points, hints=hints)
    except IllDefined as error:
        return Attack(Witness("", str(error), undefined=True), 0)
    except TimedOut:
        return Attack(None, 0)


@dataclass(frozen=True)
class NearMissEvidence(Finding):
    """Whether a false neighbour of a theorem was refuted, and by which witness."""

    name: str
    claim: str
    witness: Witness | None

    @property
    def is_refuted(self) -> bool:
        """True only with a witness."""
        return self.witness is not None


def reject(name: str, claim: Claim, hints: Sequence[Point] = ()) -> NearMissEvidence:
    """Refute a claim that is meant to be false."""
    return NearMissEvidence(name, str(claim), refute(claim, hints))
