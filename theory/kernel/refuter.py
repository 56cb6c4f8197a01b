"""The refuter: random exact points of a claim's domain, evaluated in 160-bit balls.

A ball that excludes the claim is a rigorous counterexample. Agreement at every point proves nothing, and no
grade is ever raised by it.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import flint
import sympy as sp

from theory.kernel.balls import ball, show_point
from theory.kernel.claims import Claim, free_variables
from theory.kernel.domains import Variable
from theory.kernel.terms import Functional, Given, IllDefined, Total
from theory.relation import Relation

Point = Mapping[sp.Symbol, sp.Rational]

TRIES = 24  # draws per point until what is given holds there
LARGEST_EXPONENT = 4000  # bits: a value beyond 2^4000 or below 2^-4000 is not worth an exact rational


@dataclass(frozen=True)
class Witness:
    """An exact point at which a claim is false, or has no meaning."""

    point: str
    finding: str
    undefined: bool = False

    def __str__(self) -> str:
        return f"at {self.point}: {self.finding}" if self.point else self.finding


@dataclass(frozen=True)
class Attack:
    """The outcome of an attack: a witness, or None and the number of points that satisfied what is given."""

    witness: Witness | None
    points: int


def attack(claim: Claim, *, points: int = 24, seed: int = 0, hints: Sequence[Point] = ()) -> Attack:
    """Look for a counterexample at hinted points and at random ones."""
    free = tuple(free_variables(claim))
    hinted = [{v: sp.sympify(hint[v]) for v in free} for hint in hints]
    tested = 0
    for number, place in enumerate((*hinted, *_points(free, claim.given, points, seed))):
        try:
            value, law = _gap(claim.gap, place, number)
        except NoLaw:
            continue
        except IllDefined as error:
            return Attack(Witness(show_point(place), str(error), undefined=True), tested)
        tested += 1
        wrong = not value.contains(0) if claim.relation is Relation.EQUALS else value < 0
        if wrong:
            sides = "lhs - rhs" if claim.relation is not Relation.AT_MOST else "rhs - lhs"
            found = f"{sides} = {value.str(15)}, the claim needs {_needed(claim)}{law}"
            return Attack(Witness(show_point(place), found), tested)
    return Attack(None, tested)


@lru_cache(maxsize=256)
def _points(free: tuple[Variable, ...], given: tuple[Given, ...], count: int, seed: int) -> tuple[Point, ...]:
    """Exact points that satisfy what is given; the mutants of a step are attacked at the same ones."""
    rng = random.Random(seed)
    drawn = (_draw(free, given, rng, number) for number in range(count))
    return tuple(point for point in drawn if point is not None)


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


def _move_inside(
    given: Given, free: Sequence[Variable], point: dict[sp.Symbol, sp.Rational], rng: random.Random
) -> None:
    """Move one variable, in which the hypothesis is affine, to where it holds, if its domain allows."""
    for v in free:
        slope = sp.diff(given.expression, v)
        if slope == 0 or v in slope.free_symbols or v.domain.integer:
            continue
        try:
            at, rise = exact(ball(given.expression, point)), exact(ball(slope, point))
        except IllDefined:
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
        moved = edge + (far - edge) * sp.Rational(rng.randint(1, 19), 20)
        if moved in v.domain:
            point[v] = moved
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
    except IllDefined:
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


def _gap(gap: sp.Expr, point: Point, number: int) -> tuple[flint.arb, str]:
    """The gap at a point, each total taken under a random law that has its functional's facts."""
    totals = sorted(gap.atoms(Total), key=str)
    shown, laws = "", {}
    where = tuple(sorted(point.items(), key=lambda item: item[0].name))
    for functional in dict.fromkeys(t.functional for t in totals):
        laws[functional] = _law(functional, where, number)
        atoms = "; ".join(f"weight {w} at {show_point(atom)}" for w, atom in laws[functional][:4])
        shown += f", under {functional.name} with {atoms}"
    place = dict(point)
    whole = gap
    for order, total in enumerate(totals):
        # Each weighted value gets a symbol of its own, so that everything is evaluated in balls.
        terms = []
        for index, (weight, atom) in enumerate(laws[total.functional]):
            renamed = {v: sp.Dummy(f"{v}_{order}_{index}") for v in atom}
            place |= {renamed[v]: value for v, value in atom.items()}
            terms.append(weight * total.integrand.xreplace(renamed))
        whole = whole.xreplace({total: sp.Add(*terms)})
    return ball(whole, place), shown


@lru_cache(maxsize=1024)
def _law(
    functional: Functional, where: tuple[tuple[sp.Symbol, sp.Rational], ...], number: int
) -> tuple[tuple[sp.Rational, Point], ...]:
    """Weighted atoms whose totals are exactly the functional's facts; the same for every mutant."""
    point = dict(where)
    if functional.index_range is not None:
        (index,) = functional.over
        return tuple(
            (sp.S.One, {index: sp.Integer(j)}) for j in range(int(functional.index_range.xreplace(point)))
        )
    rng = random.Random(f"{functional.name} {where} {number}")
    values = [sp.sympify(fact.value).xreplace(point) for fact in functional.facts]
    given = tuple(g.at(point) for g in functional.given)
    # The mean of two extreme laws is a law with more atoms.
    extremes = [_extreme_law(functional, values, given, point, rng) for _ in range(2)]
    return tuple((weight / 2, atom) for law in extremes for weight, atom in law)


def _extreme_law(
    functional: Functional, values: list[sp.Expr], given: tuple[Given, ...], point: Point, rng: random.Random
) -> list[tuple[sp.Rational, Point]]:
    """As many atoms as facts, with the weights that the facts force, drawn again until none is negative."""
    count = max(len(values), 1)
    for number in range(4 * TRIES):
        atoms = [_draw(functional.over, given, rng, number) for _ in range(count)]
        if any(atom is None for atom in atoms):
            continue
        found = [atom for atom in atoms if atom is not None]
        if not values:
            return [(sp.Rational(rng.randint(1, 20), rng.randint(1, 20)), atom) for atom in found]
        rows = [[f.integrand.xreplace({**point, **atom}) for atom in found] for f in functional.facts]
        matrix, right = sp.Matrix(rows), sp.Matrix(values)
        if not all(e.is_Rational for e in (*matrix, *right)):
            continue
        # One atom alone can have all the facts: that is where two laws are equal.
        alone = right[0] / matrix[0, 0] if matrix[0, 0] > 0 else sp.S.Zero
        if alone > 0 and alone * matrix[:, 0] == right:
            return [(alone, found[0])]
        if matrix.det() == 0:
            continue
        weights = list(matrix.LUsolve(right))
        if all(w >= 0 for w in weights):
            return list(zip(weights, found, strict=True))
    raise NoLaw(functional.name)
