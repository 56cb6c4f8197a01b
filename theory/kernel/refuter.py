"""The refuter: random exact points of a claim's domain, evaluated in 160-bit balls.

A ball that excludes the claim is a rigorous counterexample. Agreement at every point proves nothing, and no
grade is ever raised by it.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import chain, count, product
from math import prod

import flint
import sympy as sp

from theory.kernel.balls import Law, Laws, Point, TooWide, ball, rational, show_point
from theory.kernel.claims import Claim, free_variables
from theory.kernel.domains import Variable
from theory.kernel.terms import Functional, Given, IllDefined
from theory.relation import Relation

POINTS = 24  # at which a claim is attacked that a rule has proved
TRIES = 24  # draws per point until what is given holds there
DIGITS = 12  # of a witness's value, each certain
MOST_TERMS = 2000  # of a sum that is written out at one point
LARGEST_EXPONENT = 4000  # bits: a value beyond 2^4000 or below 2^-4000 is not worth an exact rational


@dataclass(frozen=True)
class Witness:
    """An exact point at which a claim is false, or has no meaning.

    Args:
        point: the point, as text.
        finding: what was found there.
        undefined: True where a term has no meaning.
        ball: the rigorous enclosure that excludes the claim; empty where a term has no meaning.
    """

    point: str
    finding: str
    undefined: bool = False
    ball: str = ""

    def __str__(self) -> str:
        return f"at {self.point}: {self.finding}" if self.point else self.finding


@dataclass(frozen=True)
class Attack:
    """The outcome of an attack: a witness, or None and the number of points that satisfied what is given."""

    witness: Witness | None
    points: int


def attack(claim: Claim, *, points: int = POINTS, seed: int = 0, hints: Sequence[Point] = ()) -> Attack:
    """Look for a counterexample at hinted points and at random ones.

    Raises:
        ValueError: a hint leaves a variable without a value.
    """
    free = tuple(free_variables(claim))
    # A hint outside the domain refutes nothing.
    hinted = [place for place in (_hinted(free, hint) for hint in hints) if _is_inside(place, claim.given)]
    tested = 0
    for number, place in enumerate(chain(hinted, _points(free, claim.given, points, seed))):
        try:
            value, laws = _gap(claim, place, number)
        except (NoLaw, TooWide):
            continue
        except IllDefined as error:
            return Attack(Witness(show_point(place), str(error), undefined=True), tested)
        tested += 1
        wrong = not value.contains(0) if claim.relation is Relation.EQUALS else value < 0
        if wrong:
            sides = "lhs - rhs" if claim.relation is not Relation.AT_MOST else "rhs - lhs"
            found = f"{sides} = {value.str(DIGITS, radius=False)}, the claim needs {_needed(claim)}"
            witness = Witness(
                show_point(place), found + _show_laws(laws), ball=f"{sides} in {value.str(DIGITS)}"
            )
            return Attack(witness, tested)
    return Attack(None, tested)


class Remembered(Iterable[Point]):
    """Points that are drawn when they are first asked for, and kept."""

    def __init__(self, source: Iterator[Point]) -> None:
        self._source = source
        self._found: list[Point] = []

    def __iter__(self) -> Iterator[Point]:
        for number in count():
            if number == len(self._found):
                drawn = next(self._source, None)
                if drawn is None:
                    return
                self._found.append(drawn)
            yield self._found[number]


@lru_cache(maxsize=256)
def _points(free: tuple[Variable, ...], given: tuple[Given, ...], most: int, seed: int) -> Remembered:
    """Exact points that satisfy what is given; the mutants of a step are attacked at the same ones."""
    rng = random.Random(seed)
    drawn = (_draw(free, given, rng, number) for number in range(most))
    return Remembered(chain(_whole(free, given, most), (point for point in drawn if point is not None)))


def _whole(free: Sequence[Variable], given: Sequence[Given], most: int) -> Iterator[Point]:
    """Every point of a domain of few integers, which draws at random could miss."""
    domains = [v.domain for v in free]
    if free and all(d.integer for d in domains) and prod(d.upper - d.lower + 1 for d in domains) <= most:
        for values in product(*(range(int(d.lower), int(d.upper) + 1) for d in domains)):
            point = dict(zip(free, map(sp.Integer, values), strict=True))
            if all(satisfied(g, point) for g in given):
                yield point


def _hinted(free: Sequence[Variable], hint: Point) -> Point:
    missing = [v.name for v in free if v not in hint]
    if missing:
        raise ValueError(f"a point to try must give every variable a value: add {', '.join(missing)}.")
    return {v: sp.sympify(hint[v]) for v in free}


def _is_inside(point: Point, given: Sequence[Given]) -> bool:
    exact = all(isinstance(value, sp.Rational) and value in v.domain for v, value in point.items())
    return exact and all(satisfied(g, point) for g in given)


def _needed(claim: Claim) -> str:
    return "0" if claim.relation is Relation.EQUALS else "at least 0"


def _draw(
    free: Sequence[Variable], given: Sequence[Given], rng: random.Random, number: int
) -> dict[sp.Symbol, sp.Rational] | None:
    """One exact point in the domain that satisfies what is given; None if no draw did."""
    for _ in range(TRIES):
        point: dict[sp.Symbol, sp.Rational] = {v: _value(v, rng) for v in free}
        # Every fourth point has equal coordinates where the domains allow: equality cases live there.
        if number % 4 == 3 and free:
            common = point[rng.choice(list(free))]
            point = {v: common if common in v.domain else x for v, x in point.items()}
        for g in given:
            if not satisfied(g, point):
                _move_inside(g, free, point, rng)
        if all(satisfied(g, point) for g in given):
            return point
    return None


@lru_cache(maxsize=4096)
def _slope(term: sp.Expr, variable: Variable) -> sp.Expr:
    """The derivative in one variable, which many draws ask for."""
    return sp.diff(term, variable)


def _move_inside(
    given: Given, free: Sequence[Variable], point: dict[sp.Symbol, sp.Rational], rng: random.Random
) -> None:
    """Move one variable, in which the hypothesis is affine, to where it holds, if its domain allows."""
    for v in free:
        slope = _slope(given.expression, v)
        if slope == 0 or v in slope.free_symbols or v.domain.integer:
            continue
        try:
            at, rise = exact(ball(given.expression, point)), exact(ball(slope, point))
        except (IllDefined, TooWide):
            return
        if at is None or rise is None or rise == 0:
            continue
        edge = point[v] - at / rise
        low, high = v.domain.lower, v.domain.upper
        far = (
            (high if rise > 0 else low)
            if abs(high if rise > 0 else low) != sp.oo
            else edge + sp.sign(rise) * 5
        )
        moved = edge + (far - edge) * rng.choice((sp.Rational(1, 1000), sp.Rational(rng.randint(1, 19), 20)))
        # A short number is the better witness, where it will do.
        short = sp.Rational(Fraction(int(moved.p), int(moved.q)).limit_denominator(1000))
        for value in (short, moved):
            if value in v.domain and satisfied(given, {**point, v: value}):
                point[v] = value
                return


def exact(value: flint.arb) -> sp.Rational | None:
    """The midpoint of a ball as a rational; None where it would take too many digits."""
    mantissa, exponent = value.mid().man_exp()
    if abs(int(exponent)) > LARGEST_EXPONENT:
        return None
    return sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent)


def satisfied(given: Given, point: Point) -> bool:
    """Whether a hypothesis holds at an exact point; False where it has no value."""
    try:
        value = ball(given.expression, point)
    except (IllDefined, TooWide):
        return False
    return bool(value > 0) or (not given.strict and bool(value >= 0))


def _value(variable: Variable, rng: random.Random) -> sp.Rational:
    """An exact value: an end, near an end, small, large or in between."""
    domain = variable.domain
    low, high = domain.lower, domain.upper
    if domain.integer:
        top = int(high) if high != sp.oo else int(low) + rng.choice((2, 6, 30))
        return sp.Integer(rng.randint(int(low), top))
    ends = [e for e, is_open in ((low, domain.lower_open), (high, domain.upper_open)) if not is_open]
    if ends and rng.random() < 0.15:
        return rng.choice(ends)
    share = rng.choice((sp.Rational(1, 1000), sp.Rational(rng.randint(1, 99), 100), sp.Rational(999, 1000)))
    magnitude = sp.Rational(rng.randint(1, 40), rng.randint(1, 12)) * rng.choice(
        (1, 1, 1, sp.Rational(1, 200), 50)
    )
    if low != -sp.oo and high != sp.oo:
        return low + (high - low) * share
    if low != -sp.oo:
        return low + magnitude
    if high != sp.oo:
        return high - magnitude
    return rng.choice((-1, 1)) * sp.Rational(rng.randint(0, 30), rng.randint(1, 10))


class NoLaw(Exception):
    """No law with the required totals was found at this point."""


def _gap(claim: Claim, point: Point, number: int) -> tuple[flint.arb, Laws]:
    """The gap at a point, each total taken under a random law that has its functional's facts.

    The two sides are evaluated apart: where both are undefined, SymPy would let them cancel.
    """
    where = tuple(sorted(point.items(), key=lambda item: item[0].name))
    chosen = (functional for functional in claim.functionals if functional.interval is None)
    laws = {functional: _law(functional, where, number) for functional in chosen}
    lhs, rhs = (ball(side, point, laws=laws) for side in (claim.lhs, claim.rhs))
    return (rhs - lhs if claim.relation is Relation.AT_MOST else lhs - rhs), laws


def _show_laws(laws: Laws) -> str:
    shown = ""
    for functional, law in laws.items():
        atoms = "; ".join(f"weight {w} at {show_point(atom)}" for w, atom in law[:4]) or "no points"
        shown += f", under {functional.name} with {atoms}"
    return shown


def _law(functional: Functional, where: tuple[tuple[sp.Symbol, sp.Rational], ...], number: int) -> Law:
    """The law found for a functional at a point; that there was none is remembered as well."""
    found = _sought(functional, where, number)
    if found is None:
        raise NoLaw(functional.name)
    return found


@lru_cache(maxsize=4096)
def _sought(
    functional: Functional, where: tuple[tuple[sp.Symbol, sp.Rational], ...], number: int
) -> Law | None:
    try:
        return _drawn(functional, where, number)
    except NoLaw:
        return None


def _drawn(functional: Functional, where: tuple[tuple[sp.Symbol, sp.Rational], ...], number: int) -> Law:
    """Weighted atoms whose totals are exactly the functional's facts; the same for every mutant."""
    point = dict(where)
    if functional.index_range is not None:
        (index,) = functional.over
        terms = functional.index_range.xreplace(point)
        if not (terms.is_Integer and 0 <= terms <= MOST_TERMS):
            raise NoLaw(functional.name)
        return tuple((sp.S.One, {index: sp.Integer(j)}) for j in range(int(terms)))
    rng = random.Random(f"{functional.name} {where} {number}")
    values = [sp.sympify(fact.value).xreplace(point) for fact in functional.facts]
    given = tuple(g.at(point) for g in functional.given)
    # An extreme law, or the mean of two, which has more atoms.
    extremes = [_extreme_law(functional, values, given, point, rng) for _ in range(1 + number % 2)]
    return tuple((w / len(extremes), atom) for law in extremes for w, atom in law if w > 0)


def _extreme_law(
    functional: Functional, values: list[sp.Expr], given: tuple[Given, ...], point: Point, rng: random.Random
) -> list[tuple[sp.Rational, Point]]:
    """One atom of free weight and as many as facts, of the weights that those force; none is negative."""
    if not all(isinstance(value, sp.Rational) for value in values):
        raise NoLaw(functional.name)
    size = len(values)
    for number in range(4 * TRIES):
        first, column = _atom(functional, given, point, rng, number)
        # One atom alone may have all the facts: there two laws are equal, which not all should be.
        alone = values[0] / column[0] if values and column[0] > 0 and rng.random() < 0.5 else sp.S.Zero
        if alone > 0 and all(alone * e == value for e, value in zip(column, values, strict=True)):
            return [(alone, first)]
        # A free weight lets a single fact such as E[y] = 0 have more laws than y = 0; with none, the facts
        # decide alone.
        free = sp.Rational(rng.randint(1, 20), rng.choice((20, 200))) if number % 3 or not size else sp.S.Zero
        others = [_atom(functional, given, point, rng, number) for _ in range(size)]
        rest = [rational(value - free * e) for value, e in zip(values, column, strict=True)]
        columns = [rational(e) for _, column in others for e in column]
        try:
            forced = _forced(size, columns, rest)
        except ZeroDivisionError:
            continue
        if all(weight >= 0 for weight in forced):
            return list(zip([free, *forced], [first, *(atom for atom, _ in others)], strict=True))
    raise NoLaw(functional.name)


def _atom(
    functional: Functional, given: tuple[Given, ...], point: Point, rng: random.Random, number: int
) -> tuple[Point, list[sp.Rational]]:
    """A point at which what is given of the functional holds, and its facts' integrands there."""
    atom = _draw(functional.over, given, rng, number)
    if atom is None:
        raise NoLaw(functional.name)
    column = [fact.integrand.xreplace({**point, **atom}) for fact in functional.facts]
    if not all(isinstance(e, sp.Rational) for e in column):
        raise NoLaw(functional.name)
    return atom, column


def _forced(size: int, columns: list[flint.fmpq], right: list[flint.fmpq]) -> list[sp.Rational]:
    """The weights of the columns that sum to the right side; ZeroDivisionError where none or many do."""
    if size == 0:
        return []
    weights = flint.fmpq_mat(size, size, columns).transpose().inv() * flint.fmpq_mat(size, 1, right)
    return [sp.Rational(int(w.p), int(w.q)) for w in weights.entries()]
