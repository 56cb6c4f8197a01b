"""Positive linear functionals: known totals, integrability, and the claim at one point."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from flint import fmpq

from .goals import Goal, Json, read_given, require_zero, totals_in, without_totals
from .intervals import require_integral, require_primitives
from .numbers import MINUS_ONE, Numbers
from .points import domain, points, satisfied
from .terms import ONE, ZERO, Disagrees, Term, add, atoms, minus, parse, substitute, times

if TYPE_CHECKING:
    from .checker import Checker

LONGEST_SUM = 12  # indices of a sum at which what is given of them is checked


def _integrated(checker: "Checker", by: Json, goal: Goal) -> None:
    rules = dict(map(tuple, by["pointwise"]))
    totals = totals_in([goal.gap])
    if {total[1] for total in totals} != rules.keys():
        raise Disagrees("the functionals with a rule are not those of the claim")
    multipliers = {name: [ZERO] * len(checker.functionals[name]["facts"]) for name in rules}
    multipliers |= {name: [parse(m) for m in given] for name, given in by["multipliers"]}
    # The coefficient of a total is what the gap gains where it is 1 instead of 0.
    none = dict.fromkeys(totals, ZERO)
    scalar = substitute(goal.gap, none)
    weights = {total: minus(substitute(goal.gap, none | {total: ONE}), scalar) for total in totals}
    linear = add(scalar, *(times(weight, total) for total, weight in weights.items()))
    known = [
        times(m, parse(fact["value"]))
        for name in rules
        for m, fact in zip(multipliers[name], checker.functionals[name]["facts"], strict=True)
    ]
    bound = {v for name in rules for v in checker.functionals[name]["over"]}
    loose = [without_totals(goal.gap), *known, *(m for ms in multipliers.values() for m in ms)]
    if bound & atoms([*loose, *(g for g, _ in goal.given)]):
        raise Disagrees("a bound variable occurs outside of its functional")

    def check(at: Numbers) -> None:
        require_zero(at, minus(goal.gap, linear), "the claim is not linear in its totals")
        require_zero(at, minus(scalar, add(ZERO, *known)), "the scalar part is not a sum of known totals")

    checker.at_points(goal, check, *known)
    for name, rule in rules.items():
        functional = checker.functionals[name]
        _facts(checker, functional, goal)
        facts = [
            times(m, parse(fact["integrand"]))
            for m, fact in zip(multipliers[name], functional["facts"], strict=True)
        ]
        own = [total for total in totals if total[1] == name]
        inside = add(ZERO, *(times(weights[total], total[2]) for total in own), *facts)
        pointwise = replace(goal, given=goal.given + read_given(functional["given"])).about(inside)
        _integrable(checker, functional, [total[2] for total in own], by["bounds"], pointwise)
        checker.prove(rule, pointwise)


def _facts(checker: "Checker", functional: Json, goal: Goal) -> None:
    """A sum's facts telescope, and its index runs where what is given of it holds."""
    count = functional["index_range"]
    if functional["interval"] is not None:
        require_integral(checker, functional, goal)
        require_primitives(checker, functional, goal)
        return
    if count is None:
        if any(fact["antidifference"] or fact["antiderivative"] for fact in functional["facts"]):
            raise Disagrees("a fact has a primitive that is neither of a sum nor of an integral")
        return
    (j,), end = functional["over"], parse(count)
    for fact in functional["facts"]:
        if fact["antidifference"] is None:
            raise Disagrees("a fact of a sum does not telescope")
        whole, part, value = (parse(fact[key]) for key in ("antidifference", "integrand", "value"))
        difference = minus(substitute(whole, {j: add(j, ONE)}), whole)
        ends = minus(substitute(whole, {j: end}), substitute(whole, {j: ZERO}))
        telescopes = Goal(minus(difference, part), "EQUALS", ZERO, ())
        checker.at_points(
            telescopes,
            partial(require_zero, term=telescopes.gap, otherwise="an antidifference does not telescope"),
        )
        balances = Goal(minus(ends, value), "EQUALS", ZERO, ())
        checker.at_points(
            balances,
            partial(require_zero, term=balances.gap, otherwise="the ends of a sum differ by something else"),
        )

    def check(at: Numbers) -> None:
        size = at.value(end).rational
        if size is None or size.q != 1 or size < 0:
            raise Disagrees("the length of a sum is not a natural number")
        for index in _spread(int(size)):
            if fmpq(index) not in domain(j):
                raise Disagrees("an index leaves its domain")
            for expression, strict in read_given(functional["given"]):
                here = substitute(expression, {j: fmpq(index)})
                if not satisfied((here, strict), at):
                    raise Disagrees("what is given of an index does not hold")

    checker.at_points(goal, check, end)


def _integrable(
    checker: "Checker", functional: Json, integrands: list[Term], bounds: Json, goal: Goal
) -> None:
    """Each integrand is spanned by known totals and by integrands between two that are so spanned."""
    known = [parse(fact["integrand"]) for fact in functional["facts"]]
    known += [parse(term) for term in functional["integrable"]]
    if functional["finite"] or functional["index_range"] is not None or functional["interval"] is not None:
        return
    bounded = []
    for bound in bounds:
        middle = parse(bound["integrand"])
        if not atoms([middle]) & set(functional["over"]):
            continue
        for side, sign in (("lower", ONE), ("upper", fmpq(-1))):
            limit, rule = bound[side]
            _require_spanned(checker, parse(limit), known, functional, goal)
            checker.prove(rule, goal.about(times(sign, minus(middle, parse(limit))), at_least=True))
        bounded.append(middle)
    for integrand in integrands:
        _require_spanned(checker, integrand, known + bounded, functional, goal)


def _require_spanned(checker: "Checker", term: Term, known: list[Term], functional: Json, goal: Goal) -> None:
    """That a term is a linear combination of others at many points, by elimination in exact numbers."""
    free = goal.variables | atoms([term, *known])
    bound = set(functional["over"])
    start = next(points(free, goal.given, checker.seed))
    fixed = {name: start.point[name] for name in free - bound}
    rows, numbers = [], Numbers(fixed)
    for at in points(free, goal.given, checker.seed + 1, fixed=fixed, count=len(known) + 3):
        here = {v: at.point[v] for v in bound & free}
        rows.append([numbers.value(substitute(column, here)) for column in (*known, term)])
    for column in range(len(known)):
        pivot = next((row for row in rows if not numbers.is_zero(row[column])), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        inverse = numbers.inverse(pivot[column])
        for row in rows:
            factor = MINUS_ONE * row[column] * inverse
            row[:] = [a + factor * b for a, b in zip(row, pivot, strict=True)]
    if not all(numbers.is_zero(row[-1]) for row in rows):
        raise Disagrees("an integrand is not known to be integrable")


def _spread(count: int) -> list[int]:
    """Some of 0, ..., count - 1, both ends among them."""
    if count <= LONGEST_SUM:
        return list(range(count))
    return [i * (count - 1) // (LONGEST_SUM - 1) for i in range(LONGEST_SUM)]


INTEGRALS: dict[str, Callable[["Checker", Json, Goal], None]] = {"Integrated": _integrated}
