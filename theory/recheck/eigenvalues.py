"""Eigenvalues: the characteristic polynomial by Faddeev and Le Verrier, and the criteria for stability."""

from collections.abc import Callable, Sequence
from functools import reduce
from math import isqrt
from typing import TYPE_CHECKING

from flint import fmpq

from .goals import Goal, Json, require_zero, sign_at
from .numbers import Numbers
from .terms import ONE, ZERO, Disagrees, Term, add, minus, parse, times

if TYPE_CHECKING:
    from .checker import Checker

Matrix = Sequence[Sequence[Term]]


def _matrix(head: Term) -> tuple[bool, list[list[Term]]]:
    """Whether a radius is meant, and the rows."""
    if not isinstance(head, tuple) or head[0] not in ("SpectralRadius", "SpectralAbscissa"):
        raise Disagrees("the left side is neither a radius nor an abscissa")
    entries = list(head[1:])
    n = isqrt(len(entries))
    if n * n != len(entries) or n == 0:
        raise Disagrees("a matrix is not square")
    return head[0] == "SpectralRadius", [entries[i * n : (i + 1) * n] for i in range(n)]


def _product(a: Matrix, b: Matrix) -> list[list[Term]]:
    return [
        [
            add(ZERO, *(times(x, y) for x, y in zip(row, column, strict=True)))
            for column in zip(*b, strict=True)
        ]
        for row in a
    ]


def coefficients(rows: Matrix) -> list[Term]:
    """a_1, ..., a_n of det(x - M) = x^n + a_1 x^(n-1) + ... + a_n."""
    n, found = len(rows), []
    power: Matrix = [[ONE if i == j else ZERO for j in range(n)] for i in range(n)]
    for k in range(1, n + 1):
        power = _product(rows, power)
        found.append(times(fmpq(-1, k), add(*(power[i][i] for i in range(n)))))
        power = [
            [add(x, found[-1]) if i == j else x for j, x in enumerate(row)] for i, row in enumerate(power)
        ]
    return found


def _conditions(is_radius: bool, rows: Matrix) -> list[Term]:
    """What is positive throughout exactly where the matrix is stable: Jury, or Routh and Hurwitz."""
    a = coefficients(rows)
    negative = [times(fmpq(-1), x) for x in a]
    if is_radius:
        known = {
            1: lambda: [add(ONE, a[0]), add(ONE, negative[0])],
            2: lambda: [add(ONE, *a), add(ONE, negative[0], a[1]), add(ONE, negative[1])],
            3: lambda: [
                add(ONE, *a),
                add(ONE, negative[0], a[1], negative[2]),
                add(ONE, negative[1], times(a[0], a[2]), times(negative[2], a[2])),
                add(fmpq(3), negative[1]),
            ],
        }
    else:
        known = {
            1: lambda: a,
            2: lambda: a,
            3: lambda: [a[0], a[2], minus(times(a[0], a[1]), a[2])],
        }
    if len(rows) not in known:
        raise Disagrees("the conditions for stability are known up to three rows")
    return known[len(rows)]()


def _require_threshold(is_radius: bool, goal: Goal, relation: str) -> None:
    if goal.relation != relation or goal.rhs != (ONE if is_radius else ZERO):
        raise Disagrees("the claim is not one of stability")


def _stable(checker: "Checker", by: Json, goal: Goal) -> None:
    is_radius, rows = _matrix(goal.lhs)
    _require_threshold(is_radius, goal, "AT_MOST")
    conditions = _conditions(is_radius, rows)
    if len(by["signs"]) != len(conditions):
        raise Disagrees("a condition has no certificate")
    for condition, sign in zip(conditions, by["signs"], strict=True):
        _require_sign(checker, goal.about(condition, at_least=True), sign, by["strict"] or len(rows) == 3)


def _unstable(checker: "Checker", by: Json, goal: Goal) -> None:
    is_radius, rows = _matrix(goal.lhs)
    _require_threshold(is_radius, goal, "AT_LEAST")
    condition = _conditions(is_radius, rows)[by["number"]]
    _require_sign(checker, goal.about(minus(ZERO, condition), at_least=True), by["sign"], by["strict"])


def _require_sign(checker: "Checker", goal: Goal, sign: Json, strict: bool) -> None:
    if strict and "1" not in sign["strict_unless"]:
        raise Disagrees("a condition is not shown to be strict")
    checker.prove(sign, goal)


def _meaneigenvalue(checker: "Checker", by: Json, goal: Goal) -> None:
    is_radius, rows = _matrix(goal.lhs)
    if goal.relation != "AT_LEAST":
        raise Disagrees("the mean eigenvalue bounds from below")
    mean = times(fmpq(1, len(rows)), add(*(rows[i][i] for i in range(len(rows)))))
    means = (mean, minus(ZERO, mean)) if is_radius else (mean,)
    possible = [True] * len(means)

    def check(at: Numbers) -> None:
        for i, term in enumerate(means):
            possible[i] &= sign_at(at, minus(goal.rhs, term)) == 0

    checker.at_points(goal, check, mean)
    if not any(possible):
        raise Disagrees("the right side is not the mean of the eigenvalues")


def _spectrum(checker: "Checker", by: Json, goal: Goal) -> None:
    """All eigenvalues, by the factors of the characteristic polynomial."""
    squared = isinstance(goal.lhs, tuple) and goal.lhs[0] == "^" and goal.lhs[2] == 2
    is_radius, rows = _matrix(goal.lhs[1] if squared else goal.lhs)
    reals = [parse(r) for r in by["real"]]
    pairs = [(parse(a), parse(c)) for a, c in by["conjugate"]]
    factors = [(ONE, minus(ZERO, r)) for r in reals]
    factors += [(ONE, times(fmpq(-2), a), add(times(a, a), c)) for a, c in pairs]
    product = reduce(_times_polynomial, factors, (ONE,))
    if len(product) != len(rows) + 1 or (squared and not is_radius):
        raise Disagrees("these are not the eigenvalues of the matrix")
    differences = [minus(x, y) for x, y in zip(coefficients(rows), product[1:], strict=True)]
    sizes = [times(r, r) if is_radius else r for r in reals]
    sizes += [add(times(a, a), c) if is_radius else a for a, c in pairs]
    target = times(goal.rhs, goal.rhs) if is_radius and not squared else goal.rhs

    def check(at: Numbers) -> None:
        for difference in differences:
            require_zero(at, difference, "these are not the eigenvalues of the matrix")
        nonnegative = [c for _, c in pairs] + ([goal.rhs] if is_radius else [])
        if any(sign_at(at, term) < 0 for term in nonnegative):
            raise Disagrees("a pair of eigenvalues is not conjugate, or a radius is negative")
        largest = min(sign_at(at, minus(target, size)) for size in sizes)
        if {"EQUALS": largest != 0, "AT_MOST": largest < 0, "AT_LEAST": largest > 0}[goal.relation]:
            raise Disagrees("an eigenvalue does not compare as claimed")

    checker.at_points(goal, check, *differences, *sizes)


def _times_polynomial(a: tuple[Term, ...], b: tuple[Term, ...]) -> tuple[Term, ...]:
    sums: list[list[Term]] = [[ZERO] for _ in range(len(a) + len(b) - 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            sums[i + j].append(times(x, y))
    return tuple(add(*terms) for terms in sums)


EIGENVALUES: dict[str, Callable[["Checker", Json, Goal], None]] = {
    "Stable": _stable,
    "Unstable": _unstable,
    "MeanEigenvalue": _meaneigenvalue,
    "Spectrum": _spectrum,
}
