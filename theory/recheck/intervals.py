"""Integrals over intervals: primitives, consecutive parts, and changes of variable."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from .goals import Goal, Json, require_inside, require_zero, sign_at
from .numbers import Numbers
from .terms import ONE, ZERO, Disagrees, Term, atoms, derivative, minus, parse, substitute, times

if TYPE_CHECKING:
    from .checker import Checker


def ends_of(functional: Json) -> tuple[Term, Term]:
    """The two ends of an interval."""
    lower, upper = functional["interval"]
    return parse(lower), parse(upper)


def _within(functional: Json, goal: Goal) -> Goal:
    """The goal at a point of the interval."""
    (x,), (lower, upper) = functional["over"], ends_of(functional)
    return replace(goal, given=(*goal.given, (minus(x, lower), False), (minus(upper, x), False)))


def require_integral(checker: "Checker", functional: Json, goal: Goal) -> None:
    """Ordered ends in the domain of the variable, and nothing else supposed."""
    (x,), (lower, upper) = functional["over"], ends_of(functional)
    if x in atoms([lower, upper]) or functional["given"] or functional["integrable"] or functional["finite"]:
        raise Disagrees("more is supposed of an integral over an interval than its ends")

    def check(at: Numbers) -> None:
        for end in (lower, upper):
            require_inside(at, x, end)
        if sign_at(at, minus(upper, lower)) < 0:
            raise Disagrees("the ends of an interval are not in order")

    checker.at_points(goal.about(ZERO), check, lower, upper)


def require_primitives(checker: "Checker", functional: Json, goal: Goal) -> None:
    """Facts of an integral over an interval: primitives with that slope and rise."""
    (x,), (lower, upper) = functional["over"], ends_of(functional)
    primitives = []
    for fact in functional["facts"]:
        if fact["antiderivative"] is None:
            raise Disagrees("an integral over an interval has no antiderivative")
        whole, part, value = (parse(fact[key]) for key in ("antiderivative", "integrand", "value"))
        rise = minus(substitute(whole, {x: upper}), substitute(whole, {x: lower}))
        primitives.append((minus(derivative(whole, x), part), minus(rise, value)))

    def check(at: Numbers) -> None:
        for slope, rise in primitives:
            require_zero(at, slope, "an antiderivative has another slope")
            require_zero(at, rise, "an antiderivative rises by another value")

    checker.at_points(goal.about(ZERO), check, *(part for pair in primitives for part in pair))


def _integral(checker: "Checker", term: Term) -> tuple[Json, Term]:
    """The functional and the integrand of an integral over an interval."""
    if not isinstance(term, tuple) or term[0] != "total" or checker.functionals[term[1]]["interval"] is None:
        raise Disagrees("a term is not an integral over an interval")
    return checker.functionals[term[1]], term[2]


def _split(checker: "Checker", by: Json, goal: Goal) -> None:
    if not goal.is_equality:
        raise Disagrees("an integral is equal to the sum over its parts")
    whole, integrand = _integral(checker, goal.lhs)
    summands = goal.rhs[1:] if goal.rhs[0] == "+" else (goal.rhs,)
    parts = {summand[1]: _integral(checker, summand) for summand in summands}
    if len(parts) != len(summands) or sorted(parts) != sorted(by["parts"]):
        raise Disagrees("the parts of the interval do not each occur once")
    start, end = ends_of(whole)
    joints = [(ONE, start), *(ends_of(parts[name][0]) for name in by["parts"]), (end, ONE)]
    for functional, _ in (*parts.values(), (whole, None)):
        require_integral(checker, functional, goal)

    def check_joints(at: Numbers) -> None:
        for left, right in pairwise(joints):
            require_zero(at, minus(left[1], right[0]), "the parts of an interval do not meet")

    checker.at_points(goal.about(ZERO), check_joints, *(term for joint in joints for term in joint))
    for functional, inside in parts.values():
        same = minus(substitute(integrand, {whole["over"][0]: functional["over"][0]}), inside)
        here = _within(functional, goal.about(same))
        checker.at_points(
            here, lambda at, g=here: require_zero(at, g.gap, "a part integrates another function")
        )


def _substituted(checker: "Checker", by: Json, goal: Goal) -> None:
    if not goal.is_equality:
        raise Disagrees("a change of variable is an equality")
    (old, outer), (new, inner) = _integral(checker, goal.lhs), _integral(checker, goal.rhs)
    (x,), (z,), image = old["over"], new["over"], parse(by["by"])
    if x in atoms([image]):
        raise Disagrees("the old variable occurs in the new one")
    for functional in (old, new):
        require_integral(checker, functional, goal)
    slope = derivative(image, z)
    signs: set[int] = set()

    def monotone(at: Numbers) -> None:
        require_inside(at, x, image)
        signs.add(sign_at(at, slope))

    checker.at_points(_within(new, goal.about(slope)), monotone, image)
    if {1, -1} <= signs:
        raise Disagrees("the change of variable is not monotone")
    falls = -1 in signs
    images = [substitute(image, {z: end}) for end in ends_of(new)]
    gaps = [
        minus(end, other) for end, other in zip(ends_of(old), images[::-1] if falls else images, strict=True)
    ]
    chain = times(substitute(outer, {x: image}), minus(ZERO, slope) if falls else slope)

    def check(at: Numbers) -> None:
        for gap in gaps:
            require_zero(at, gap, "an end is not the image of an end")
        require_zero(at, minus(inner, chain), "the new integrand is not that of the chain rule")

    checker.at_points(_within(new, goal.about(minus(inner, chain))), check, *gaps)


INTERVALS: dict[str, Callable[["Checker", Json, Goal], None]] = {"Split": _split, "Substituted": _substituted}
