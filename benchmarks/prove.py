"""The equalities of all derivations: the kernel's normal form against sympy.simplify(lhs - rhs) == 0.

Each equality is decided by both in a fresh process, one right after the other: nothing is cached, and what
does not end in time counts as undecided. An inequality contributes the identity behind its certificate.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import sympy as sp

import theory
from theory.kernel import Claim
from theory.kernel.normal_form import is_zero
from theory.kernel.terms import ExactFunction, Head, Total, unfold
from theory.relation import Relation

LIMIT = 5.0  # seconds for one equality


def equalities() -> Iterator[tuple[str, Claim]]:
    """Every equality of plain terms, without totals, counting functions and heads that SymPy lacks."""
    seen = set()
    for theorem in theory.catalog:
        for step in (step for part in theorem.derivation for step in part.steps):
            is_equality = step.claim.relation is Relation.EQUALS
            claim = step.claim if is_equality else step.by.identity(step.claim)
            plain = (
                claim is not None and not claim.gap.atoms(Total, Head, ExactFunction) and claim not in seen
            )
            if claim is not None and plain:
                seen.add(claim)
                yield f"{theorem.id} {step.name}", claim


def by_the_kernel(claim: Claim) -> bool:
    """The normal form of the gap, case by case."""
    return all(is_zero(case.gap, case.strictly_given) for case in map(claim.in_case, claim.cases()))


def by_simplify(claim: Claim) -> bool:
    """What a user of SymPy would try."""
    return sp.simplify(unfold(claim.lhs) - unfold(claim.rhs)) == 0


def measured(decide: Callable[[Claim], bool], claim: Claim) -> tuple[bool, float]:
    """Whether the equality was decided in time, and the seconds that it took."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    worker = context.Process(target=_work, args=(decide, claim, there))
    worker.start()
    answer = here.recv() if here.poll(LIMIT) else (False, LIMIT)
    worker.kill()
    worker.join()
    return answer


def _work(decide: Callable[[Claim], bool], claim: Claim, answer: Connection) -> None:
    start = time.perf_counter()
    try:
        decided = bool(decide(claim))
    except (ArithmeticError, TypeError, ValueError, NotImplementedError, RecursionError):
        decided = False
    answer.send((decided, time.perf_counter() - start))


if __name__ == "__main__":
    ours, theirs = [], []
    for name, claim in equalities():
        ours.append(measured(by_the_kernel, claim))
        theirs.append(measured(by_simplify, claim))
        if not ours[-1][0]:
            print(f"the kernel does not decide {name}")
    count = len(ours)
    both = [(a, b) for (x, a), (y, b) in zip(ours, theirs, strict=True) if x and y]
    print(f"{count} equalities of {len(theory.catalog)} theorems, at most {LIMIT:.0f} s each")
    for label, found in (("kernel", ours), ("sympy.simplify", theirs)):
        decided, seconds = sum(x for x, _ in found), [s for _, s in found]
        print(
            f"{label}: decides {decided} of {count}, median {1000 * statistics.median(seconds):.1f} ms, "
            f"all {sum(seconds):.1f} s"
        )
    ratio = statistics.median(b / a for a, b in both)
    print(f"where both decide ({len(both)}), the kernel takes 1/{ratio:.1f} of the time (median of ratios)")
