"""Rules that turn a claim into others: slopes, induction, names for totals, and games."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .goals import Goal, Json, read_goal, require_zero, sign_at, totals_in
from .numbers import Numbers
from .points import domain
from .terms import (
    ONE,
    ZERO,
    Disagrees,
    Term,
    add,
    atoms,
    derivative,
    minus,
    nodes,
    parse,
    slope,
    substitute,
    times,
)

if TYPE_CHECKING:
    from .checker import Checker


def _differentiated(checker: "Checker", by: Json, goal: Goal) -> None:
    """Each slope is replaced by the derivative at its point, which is an inner one."""
    sides = (goal.lhs, goal.rhs)
    found = [n for side in sides for n in nodes(side) if isinstance(n, tuple) and n[0] == "Slope"]
    if not found:
        raise Disagrees("the claim has no slope")
    for _, term, t, at_term in found:
        if t in goal.variables or t in checker.bound_in(sides) or domain(t).integer:
            raise Disagrees(f"{t} is not bound by its slope alone")
        for total in totals_in([term]):
            functional = checker.functionals[total[1]]
            if not functional["finite"] and functional["index_range"] is None:
                raise Disagrees("a slope is taken under an integral")
        ends = [(end, s) for end, s in ((domain(t).low, 1), (domain(t).high, -1)) if end is not None]
        there = substitute(term, {t: at_term})
        weighted = [
            tuple(substitute(part, {t: at_term}) for part in (*node[1:], derivative(node[2], t)))
            for node in nodes(term)
            if isinstance(node, tuple) and node[0] == "wlog"
        ]

        def check(
            at: Numbers,
            place: Term = at_term,
            ends: list = ends,
            there: Term = there,
            weighted: list = weighted,
        ) -> None:
            if any(sign_at(at, minus(place, end)) != s for end, s in ends):
                raise Disagrees("a slope is taken at no inner point of the domain")
            at.value(there)
            for weight, argument, rate in weighted:
                # 0 log a is zero on both sides of the point where a is positive, or does not move.
                if sign_at(at, argument) <= 0 and (sign_at(at, weight) != 0 or sign_at(at, rate) != 0):
                    raise Disagrees("a weighted logarithm has no slope from both sides")

        checker.at_points(goal, check, at_term, there, *(part for parts in weighted for part in parts))
    formulas = {node: slope(*node[1:]) for node in found}
    lhs, rhs = (substitute(side, formulas) for side in sides)
    checker.prove(by["then"], replace(goal, lhs=lhs, rhs=rhs))


def _induction(checker: "Checker", by: Json, goal: Goal) -> None:
    n, multiplier = by["variable"], parse(by["multiplier"])
    first = domain(n).low
    if not domain(n).integer or first is None or domain(n).high is not None:
        raise Disagrees(f"{n} does not run over the integers from a first one without end")
    if (
        n not in atoms([goal.gap])
        or n in atoms(g for g, _ in goal.given)
        or totals_in([goal.gap, multiplier])
    ):
        raise Disagrees(f"the claim is not one about {n} for an induction")

    def check(at: Numbers) -> None:
        if not goal.is_equality and sign_at(at, multiplier) < 0:
            raise Disagrees("the multiplier of the induction is negative")

    checker.at_points(goal, check, multiplier)
    base = replace(goal, lhs=substitute(goal.lhs, {n: first}), rhs=substitute(goal.rhs, {n: first}))
    checker.prove(by["base"], base)
    following = substitute(goal.gap, {n: add(n, ONE)})
    checker.prove(by["step"], goal.about(minus(following, times(multiplier, goal.gap))))


def _namedtotals(checker: "Checker", by: Json, goal: Goal) -> None:
    """Each total is a real number of which no more is known than what is shown."""
    names = {parse(total): name for total, name in by["names"]}
    if len(set(names.values())) != len(names) or set(names.values()) & goal.variables:
        raise Disagrees("two totals have one name, or a name is taken")
    if any(not name.endswith("@]-oo,oo[") for name in names.values()):
        raise Disagrees("the name of a total is not a real variable")
    shown = []
    for record, rule in by["shown"]:
        known = read_goal(record)
        if known.is_equality or any(g not in goal.given for g in known.given):
            raise Disagrees("what is shown of the totals needs more than is given")
        if {name for total in totals_in([known.gap]) for name in [total[1]]} - {
            t[1] for t in totals_in([goal.gap])
        }:
            raise Disagrees("what is shown of the totals supposes another functional")
        checker.prove(rule, known)
        shown.append((substitute(known.gap, names), False))
    met = set(totals_in([read_goal(record).gap for record, _ in by["shown"]]))
    if not set(totals_in([goal.gap])) <= met or names.keys() != met:
        raise Disagrees("a total has no name, or none of its inequalities is shown")
    lhs, rhs = (substitute(side, names) for side in (goal.lhs, goal.rhs))
    checker.prove(by["by"], replace(goal, lhs=lhs, rhs=rhs, given=(*goal.given, *shown)))


def _duality(checker: "Checker", by: Json, goal: Goal) -> None:
    """The value of a game by the guarantees of two laws."""
    if not isinstance(goal.lhs, tuple) or goal.lhs[0] != "GameValue":
        raise Disagrees("the left side is not the value of a game")
    _, height, width, *payoffs = goal.lhs
    rows = [payoffs[i * int(width) : (i + 1) * int(width)] for i in range(int(height))]
    primal, dual = ([parse(weight) for weight in by[name]] for name in ("primal", "dual"))
    below, above = goal.relation != "AT_MOST", goal.relation != "AT_LEAST"
    if len(primal) != below * len(rows) or len(dual) != above * int(width) or len(payoffs) != height * width:
        raise Disagrees("a law does not have one weight per strategy")
    gains: list[Term] = []
    if below:
        columns = list(zip(*rows, strict=True))
        gains += [minus(_mean(primal, column), goal.rhs) for column in columns]
    if above:
        gains += [minus(goal.rhs, _mean(dual, row)) for row in rows]

    def check(at: Numbers) -> None:
        for law in (primal, dual):
            if law:
                require_zero(at, minus(add(*law), ONE), "a law does not have mass one")
        for term in (*primal, *dual, *gains):
            if sign_at(at, term) < 0:
                raise Disagrees("a weight is negative, or a strategy beats the bound")

    checker.at_points(goal, check, *gains)


def _mean(law: Sequence[Term], payoffs: Sequence[Term]) -> Term:
    return add(ZERO, *(times(weight, payoff) for weight, payoff in zip(law, payoffs, strict=True)))


REDUCTIONS: dict[str, Callable[["Checker", Json, Goal], None]] = {
    "Differentiated": _differentiated,
    "Induction": _induction,
    "NamedTotals": _namedtotals,
    "Duality": _duality,
}
