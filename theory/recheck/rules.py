"""Equalities, certificates, one variable, finitely many cases, earlier theorems and the literature."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flint import fmpq

from .goals import (
    Goal,
    Json,
    in_order,
    opaque_heads,
    read_given,
    read_goal,
    require_inside,
    require_zero,
    sign_at,
    values_of,
)
from .numbers import Numbers
from .points import cases, domain, satisfied
from .terms import (
    ONE,
    WEIGHTED,
    ZERO,
    Disagrees,
    NotCovered,
    Term,
    add,
    atoms,
    derivative,
    minus,
    nodes,
    parse,
    substitute,
    times,
)

if TYPE_CHECKING:
    from .checker import Checker

# Each base inequality: its expression, what vanishes exactly where it does, what must be positive.
BASES: dict[str, tuple[Callable[..., Term], Callable[..., Term], tuple[int, ...]]] = {
    "square": (lambda x: times(x, x), lambda x: x, ()),
    "log_gap": (lambda t: add(t, fmpq(-1), times(fmpq(-1), ("log", t))), lambda t: minus(t, ONE), (0,)),
    "exponential_gap": (lambda y: add(("exp", y), fmpq(-1), times(fmpq(-1), y)), lambda y: y, ()),
    "entropy_gap": (
        lambda w, a: add(a, times(fmpq(-1), w), (WEIGHTED, w, ("log", times(w, ("^", a, fmpq(-1)))))),
        lambda w, a: minus(a, w),
        (),
    ),
    "absolute_gap": (lambda x: minus(("Absolute", x), x), lambda x: minus(("Absolute", x), x), ()),
}


def _normalform(checker: "Checker", by: Json, goal: Goal) -> None:
    if not goal.is_equality:
        raise Disagrees("the normal form decides equalities only")
    checker.at_points(goal, lambda at: require_zero(at, goal.gap, "the sides differ"))


def _certificate(checker: "Checker", by: Json, goal: Goal) -> None:
    if goal.is_equality:
        raise Disagrees("a certificate proves inequalities only")
    pairs = [(parse(multiplier), base) for multiplier, base in by["terms"]]
    bases = [_base(checker, base) for _, base in pairs]
    residuals = [parse(residual) for residual in by["strict_unless"]]
    total = add(
        ZERO, *(times(m, expression) for (m, _), (expression, _, _) in zip(pairs, bases, strict=True))
    )
    possible = [[True] * len(pairs) for _ in residuals]

    def check(at: Numbers) -> None:
        require_zero(at, minus(goal.gap, total), "the gap is not the certificate")
        signs = []
        for (multiplier, base), (expression, root, positive) in zip(pairs, bases, strict=True):
            signs.append((sign_at(at, multiplier), root))
            if signs[-1][0] < 0:
                raise Disagrees("a multiplier is negative")
            for argument in positive:
                if sign_at(at, argument) <= 0:
                    raise Disagrees("an argument of a base inequality leaves its domain")
            if isinstance(base, dict) and base["kind"] == "Proved":
                _instance(checker, at, base["claim"], base["at"], goal)
            elif sign_at(at, expression) < 0:
                raise Disagrees("a term of the certificate is negative")
        for row, residual in zip(possible, residuals, strict=True):
            vanishes = sign_at(at, residual) == 0
            for i, (sign, root) in enumerate(signs):
                row[i] &= sign > 0 and (vanishes or sign_at(at, root) != 0)

    put_in = [
        term for _, base in pairs if not isinstance(base, str) and "at" in base for term in _put_in(base)
    ]
    checker.at_points(goal, check, total, *residuals, *put_in)
    if not all(any(row) for row in possible):
        raise Disagrees("equality is possible elsewhere than where it is said to be")


def _base(checker: "Checker", base: Json) -> tuple[Term, Term, list[Term]]:
    """A term of a certificate: its expression, what vanishes with it, and what must be positive."""
    if isinstance(base, str):
        return parse(base), parse(base), []
    if base["kind"] == "Proved":
        _proved_before(checker, base)
        return substitute(read_goal(base["claim"]).gap, values_of(base["at"])), ZERO, []
    if base["kind"] != "Instance" or base["base"] not in BASES:
        raise NotCovered(f"the base inequality {base.get('base')} is not known here")
    expression, root, positive = BASES[base["base"]]
    given = [parse(argument) for argument in base["arguments"]]
    return expression(*given), root(*given), [given[i] for i in positive]


def _proved_before(checker: "Checker", base: Json) -> None:
    goal = read_goal(base["claim"])
    checker.prove(base["by"], goal)


def _instance(checker: "Checker", at: Numbers, claim: Json, values: Json, goal: Goal) -> None:
    """What is put for the variables lies in their domains, and what the claim needs holds."""
    inner = values_of(values)
    for variable, term in inner.items():
        require_inside(at, variable, term)
    for expression, strict in read_given(claim["given"]):
        if not satisfied((substitute(expression, inner), strict), at):
            raise Disagrees("an earlier claim needs more than is given")
    bound = checker.bound_in([read_goal(claim).gap])
    if bound & (inner.keys() | atoms(inner.values())):
        raise Disagrees("a bound variable is replaced or captured")


def _put_in(instance: Json) -> list[Term]:
    """What an instance puts in for variables, and what the claim then needs."""
    values = values_of(instance["at"])
    needed = [substitute(expression, values) for expression, _ in read_given(instance["claim"]["given"])]
    return [*values.values(), *needed]


def _earlier(checker: "Checker", by: Json, goal: Goal) -> None:
    claim = checker.said(by["id"])
    if claim != in_order(by["proved"]):
        raise Disagrees(f"{by['id']} says something else")
    said = read_goal(claim)
    values = values_of(by["at"])
    gap = substitute(said.gap, values)
    if goal.is_equality and not said.is_equality:
        raise Disagrees(f"{by['id']} is not an equality")

    def check(at: Numbers) -> None:
        _instance(checker, at, claim, by["at"], goal)
        try:
            require_zero(at, minus(goal.gap, gap), "")
        except Disagrees:
            if not said.is_equality:
                raise Disagrees(f"{by['id']} says something else at these terms") from None
            require_zero(at, add(goal.gap, gap), f"{by['id']} says something else at these terms")

    checker.at_points(goal, check, gap, *_put_in(by | {"claim": claim}))


def _convexminimum(checker: "Checker", by: Json, goal: Goal) -> None:
    t, at_minimum = by["variable"], parse(by["at"])
    if goal.is_equality or domain(t).integer or t in atoms(g for g, _ in goal.given):
        raise Disagrees(f"the claim is no inequality in {t} alone")
    slope = derivative(goal.gap, t)
    there = [substitute(term, {t: at_minimum}) for term in (goal.gap, slope)]

    def check(at: Numbers) -> None:
        require_inside(at, t, at_minimum)
        for name, term in zip(("value", "slope"), there, strict=True):
            require_zero(at, term, f"the {name} at the minimum is not 0")

    checker.at_points(goal, check, at_minimum)
    checker.prove(by["curvature"], goal.about(derivative(slope, t)))


def _enumeration(checker: "Checker", by: Json, goal: Goal) -> None:
    table = {parse(call): parse(value) for call, value in by["values"].items()}
    for at in cases(goal.variables):
        if all(satisfied(g, at) for g in goal.given):
            sign = sign_at(at, _looked_up(goal.gap, table, at))
            if sign < 0 or (sign > 0 and goal.is_equality):
                raise Disagrees("a case is false")


def _looked_up(term: Term, table: dict[Term, Term], at: Numbers) -> Term:
    """The term with the values of the theorem's own functions, as the file lists them."""
    own = [node for node in nodes(term) if isinstance(node, tuple) and node[0] in opaque_heads([term])]
    values = {}
    for node in own:
        call = (node[0], *(at.value(argument).rational for argument in node[1:]))
        if call not in table:
            raise NotCovered(f"the value of {node[0]} is not in the file")
        values[node] = table[call]
    return substitute(term, values)


def _cited(checker: "Checker", by: Json, goal: Goal) -> None:
    raise NotCovered(f"taken from the literature: {by['fact']['key']}")


def _citing(checker: "Checker", by: Json, goal: Goal) -> None:
    checker.prove(by["rule"], goal)


RULES: dict[str, Callable[["Checker", Json, Goal], None]] = {
    "NormalForm": _normalform,
    "Certificate": _certificate,
    "Earlier": _earlier,
    "ConvexMinimum": _convexminimum,
    "Enumeration": _enumeration,
    "Cited": _cited,
    "Citing": _citing,
}
