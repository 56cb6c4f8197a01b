"""The rule for inequalities that balls decide: of a number, such as an integral, or on a compact box."""

from collections.abc import Iterator
from dataclasses import dataclass

import flint
import sympy as sp

from theory.kernel.balls import PRECISION, TooWide, ball, precision, rational
from theory.kernel.claims import Claim, free_variables
from theory.kernel.domains import Variable
from theory.kernel.integrals import continuous, interval_obligations
from theory.kernel.obligations import Grade, Obligation, Rule, defined
from theory.kernel.quadrature import Ball, Compiled
from theory.kernel.terms import IllDefined
from theory.relation import Relation

MOST_BOXES = 1_000_000  # that an author may ask for

Box = tuple[tuple[sp.Rational, sp.Rational], ...]


@dataclass(frozen=True)
class Enclosed(Rule):
    """An inequality with room to spare, by a ball on each box of a subdivision. It never proves an equality.

    Without variables the claim is about two numbers, integrals over intervals among them. With variables,
    their domains must be bounded; each box on which the ball of the gap reaches below zero is halved.

    Args:
        boxes: how many boxes may be looked at.
    """

    boxes: int = 10_000

    def obligations(self, claim: Claim) -> Iterator[Obligation]:
        """Intervals and integrands, definedness, and the ball of the gap on every box."""
        shaped = claim.relation is not Relation.EQUALS and 0 < self.boxes <= MOST_BOXES
        yield Obligation(f"the claim is an inequality, for at most {MOST_BOXES} boxes", shaped)
        # Only integrals over an interval are numbers: any other functional is supposed, not known.
        known = all(functional.interval is not None for functional in claim.functionals)
        yield Obligation("every total is an integral over an interval", known)
        if not (shaped and known):
            return
        for functional in claim.functionals:
            yield from interval_obligations(functional, claim)
        for total in claim.totals:
            yield continuous(total.integrand, total.functional)
            yield defined((total.integrand,), claim.given, {})
        free = free_variables(claim)
        if free:
            yield Obligation("the claim on a box holds no total", not claim.totals)
            bounded = all(v.domain.upper - v.domain.lower < sp.oo and not v.domain.integer for v in free)
            yield Obligation("every variable is real, with bounded domain", bounded)
            if bounded and not claim.totals:
                yield self._on_boxes(claim, free)
        else:
            yield _of_numbers(claim)

    def _on_boxes(self, claim: Claim, free: list[Variable]) -> Obligation:
        """Bisection, the widest side first. A box on which something given fails throughout is left out."""
        gap = Compiled(claim.gap, free)
        sides = [Compiled(side, free) for side in (claim.lhs, claim.rhs)]
        given = [Compiled(g.expression, free) for g in claim.given]
        open_boxes: list[Box] = [tuple((v.domain.lower, v.domain.upper) for v in free)]
        seen = 0
        with precision(PRECISION):
            while open_boxes and seen < self.boxes:
                box = open_boxes.pop()
                seen += 1
                at = [_hull(low, high) for low, high in box]
                if any(_real(hypothesis(*at)) < 0 for hypothesis in given):
                    continue
                # Each side alone must be finite: what is undefined could cancel.
                finite = all(part(*at).is_finite() for part in (gap, *sides))
                if not (finite and _real(gap(*at)) >= 0):
                    open_boxes.extend(_halves(box))
        sentence = f"a ball of the gap is at least 0 on each box of a subdivision (at most {self.boxes})"
        return Obligation(sentence, not open_boxes, grade=Grade.CERTIFIED)


def _of_numbers(claim: Claim) -> Obligation:
    sentence = "the ball of the gap is at least 0"
    try:
        lhs, rhs = ball(claim.lhs, {}), ball(claim.rhs, {})
    except (IllDefined, TooWide) as error:
        return Obligation(f"{sentence}: {error}", False)
    with precision(PRECISION):
        gap = rhs - lhs if claim.relation is Relation.AT_MOST else lhs - rhs
        return Obligation(sentence, bool(gap.is_finite() and gap >= 0), grade=Grade.CERTIFIED)


def _hull(low: sp.Rational, high: sp.Rational) -> flint.arb:
    return flint.arb(rational(low)).union(flint.arb(rational(high)))


def _real(value: Ball) -> flint.arb:
    return value.real if isinstance(value, flint.acb) else value


def _halves(box: Box) -> tuple[Box, Box]:
    """The box cut across its widest side."""
    widest = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
    low, high = box[widest]
    middle = (low + high) / 2
    return (
        (*box[:widest], (low, middle), *box[widest + 1 :]),
        (*box[:widest], (middle, high), *box[widest + 1 :]),
    )
