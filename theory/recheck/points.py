"""Random exact points of a claim's domain that satisfy what is given."""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from flint import fmpq

from .numbers import Numbers
from .terms import Disagrees, NotCovered, Term, Undefined, atoms

POINTS = 8  # at which each identity and each sign is checked, beside those at the ends of domains
DRAWS = 400  # for that many points
MOVES = 6  # of one coordinate, towards where a hypothesis holds
MOST_CASES = 20_000  # of an enumeration

Given = tuple[Term, bool]  # an expression that is at least zero, or above zero


@dataclass(frozen=True)
class Domain:
    """An interval of the reals or of the integers; None stands for an infinite end."""

    low: fmpq | None
    high: fmpq | None
    low_open: bool
    high_open: bool
    integer: bool

    def __contains__(self, value: fmpq) -> bool:
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below and not (self.integer and value.q != 1)


def domain(variable: str) -> Domain:
    """The domain that a variable carries in its name: x@[0,oo[ or n@Z[1,4]."""
    found = re.fullmatch(r"[^@]+@(Z?)([\[\]])(-?[\d/o]+),(-?[\d/o]+)([\[\]])", variable)
    if not found:
        raise Disagrees(f"{variable} carries no domain")
    integer, left, low, high, right = found.groups()
    ends = [None if end.endswith("oo") else fmpq(*map(int, end.split("/"))) for end in (low, high)]
    return Domain(ends[0], ends[1], left == "]", right == "[", integer == "Z")


def _ends(where: dict[str, Domain]) -> Iterator[dict[str, fmpq]]:
    """Each variable in turn, and all of them, at a closed end: where a quotient or a weight may vanish."""
    closed = {n: d.low for n, d in where.items() if d.low is not None and not d.low_open}
    above = {n: d.high for n, d in where.items() if d.high is not None and not d.high_open}
    for one in (closed, above):
        yield from ({name: end} for name, end in one.items())
        if len(one) > 1:
            yield dict(one)


def _draw(where: Domain, rng: random.Random) -> fmpq:
    """A short number: an end, near an end, small or large."""
    if where.integer:
        low = where.low if where.low is not None else (where.high or 0) - 6
        high = where.high if where.high is not None else low + rng.choice((1, 4, 12))
        return fmpq(rng.randint(int(low), int(high)))
    ends = [
        end
        for end, left_out in ((where.low, where.low_open), (where.high, where.high_open))
        if end is not None and not left_out
    ]
    if ends and rng.random() < 0.2:
        return rng.choice(ends)
    if where.low is not None and where.high is not None:
        parts = rng.choice((2, 3, 4, 5, 10))
        return where.low + (where.high - where.low) * fmpq(rng.randint(1, parts - 1), parts)
    size = fmpq(rng.randint(1, 7), rng.choice((1, 1, 1, 2, 3, 4)))
    if where.low is not None:
        return where.low + size
    return where.high - size if where.high is not None else rng.choice((-1, -1, 0, 1, 1)) * size


def satisfied(given: Given, numbers: Numbers) -> bool:
    """Whether a hypothesis holds at the point; False where it has no value."""
    try:
        sign = numbers.sign(numbers.value(given[0]))
    except (Undefined, NotCovered):
        return False
    return sign > 0 or (sign == 0 and not given[1])


def points(
    names: Iterable[str],
    given: Sequence[Given],
    seed: int,
    fixed: dict[str, fmpq] | None = None,
    count: int = POINTS,
) -> Iterator[Numbers]:
    """Points at which what is given holds, and the exact numbers there.

    Raises:
        NotCovered: fewer than three were found.
    """
    rng = random.Random(seed)
    where = {name: domain(name) for name in sorted(names) if name not in (fixed or {})}
    seen: list[dict[str, fmpq]] = []
    ends = list(_ends(where))
    count += len(ends)
    for number in range(DRAWS):
        point = {name: _draw(inside, rng) for name, inside in where.items()}
        if number < len(ends):
            point |= ends[number]
        elif point and number % 3 == 0:
            # Coordinates that are equal, or one apart: there quotients vanish and equality cases live.
            common = rng.choice(list(point.values()))
            near = {name: common + rng.choice((0, 0, -1, 1)) for name in point}
            point |= {name: value for name, value in near.items() if value in where[name]}
        point |= fixed or {}
        for hypothesis in given:
            _move_inside(hypothesis, point, where, rng)
        numbers = Numbers(point)
        if point not in seen and all(satisfied(hypothesis, numbers) for hypothesis in given):
            seen.append(point)
            yield numbers
        if len(seen) >= count or (not where and seen):
            return
    finite = [
        inside
        for inside in where.values()
        if inside.integer and inside.low is not None and inside.high is not None
    ]
    if not seen or (len(seen) < 3 and len(finite) < len(where)):
        raise NotCovered("too few points were found that satisfy what is given")


def at_points(
    names: Iterable[str], given: Sequence[Given], seed: int, check: Callable[[Numbers], None]
) -> None:
    """Check at several points; a point where a number is too large to be written out is passed over.

    Raises:
        NotCovered: fewer than two points are left.
    """
    done, passed_over = 0, None
    enough = POINTS + sum(1 for _ in _ends({name: domain(name) for name in names}))
    for at in points(names, given, seed, count=3 * POINTS):
        try:
            check(at)
        except NotCovered as error:
            passed_over = error
            continue
        done += 1
        if done == enough:
            return
    if passed_over is not None and done < 2:
        raise passed_over


def _move_inside(given: Given, point: dict[str, fmpq], where: dict[str, Domain], rng: random.Random) -> None:
    """Move one coordinate to where the hypothesis holds, by the secant through two values."""
    if satisfied(given, Numbers(point)):
        return
    names = sorted(atoms([given[0]]) & where.keys())
    rng.shuffle(names)
    for name in names[:MOVES]:
        here = point[name]
        step = fmpq(1) if here + 1 in where[name] else fmpq(-1) if here - 1 in where[name] else fmpq(1, 1000)
        try:
            value, other = (_nearly(given[0], point | {name: x}) for x in (here, here + step))
        except (Undefined, NotCovered, OverflowError):
            continue
        if value == other:
            continue
        root = float(here) + value * float(step) / (value - other)
        direction = 1 if (other > value) == (step > 0) else -1
        for reach in (rng.choice((0.05, 0.5, 2)), 8.0, 0.002):
            target = Fraction(root + direction * reach * max(1.0, abs(root)) * 0.5)
            short = target.limit_denominator(1 if where[name].integer else 30)
            moved = fmpq(short.numerator, short.denominator)
            if moved in where[name] and satisfied(given, Numbers(point | {name: moved})):
                point[name] = moved
                return


def _nearly(term: Term, point: dict[str, fmpq]) -> float:
    numbers = Numbers(point)
    return float(numbers.ball(numbers.value(term)).mid())


def cases(names: Iterable[str]) -> Iterator[Numbers]:
    """Every point of finite integer domains.

    Raises:
        NotCovered: they are too many.
        Disagrees: a domain is not finite.
    """
    where = {name: domain(name) for name in sorted(names)}
    if any(not d.integer or d.low is None or d.high is None for d in where.values()):
        raise Disagrees("a variable does not range over finitely many integers")
    ranges = [
        range(int(d.low), int(d.high) + 1) for d in where.values() if d.low is not None and d.high is not None
    ]
    count = 1
    for r in ranges:
        count *= len(r)
    if count > MOST_CASES:
        raise NotCovered(f"{count} cases are too many for this checker")
    for values in product(*ranges):
        yield Numbers({name: fmpq(value) for name, value in zip(where, values, strict=True)})
