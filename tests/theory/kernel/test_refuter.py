"""A witness is a point of the domain, under a law that has the stated facts; else there is none."""

import pytest
import sympy as sp

from theory.kernel import (
    Fact,
    Functional,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    certified_ceiling,
    equal,
    integer,
    nonnegative,
    positive,
    real,
    refute,
    reject,
    unit,
)
from theory.kernel.balls import ball
from theory.kernel.claims import Claim
from theory.kernel.refuter import NoLaw, _law, _points, attack, satisfied

a, b, p, q, x = positive("a"), positive("b"), nonnegative("p"), nonnegative("q"), real("x")
theta, position = unit("theta"), unit("position")


@pytest.mark.parametrize(
    "given",
    [(), (at_least_zero(a - b),), (above_zero(a - b), at_least_zero(b - x)), (at_least_zero(1 - p - q),)],
    ids=str,
)
def test_points_lie_in_the_domain_and_satisfy_what_is_given(given: tuple) -> None:
    """Every point that a claim is attacked at is one that the claim speaks of."""
    drawn = list(_points((a, b, p, q, x), given, 40, 0))

    assert len(drawn) >= 30
    assert all(value in v.domain for point in drawn for v, value in point.items())
    assert all(satisfied(g, point) for point in drawn for g in given)


def test_points_reach_ends_and_equal_coordinates() -> None:
    """Edge and equality cases are where claims break: both are among the points."""
    drawn = list(_points((p, q), (), 40, 0))

    assert any(point[p] == 0 for point in drawn)
    assert any(point[p] == point[q] != 0 for point in drawn)


def test_few_integers_are_all_tried() -> None:
    """Of ten integers one alone may refute; it is not left to chance."""
    k = integer("k", 0, 9)

    assert {point[k] for point in _points((k,), (), 24, 0)} == set(map(sp.Integer, range(10)))
    assert refute(at_least((k - 7) ** 2, sp.Rational(1, 2))) is not None


facts = [
    (Fact(1, 1), Fact(position, theta)),
    (Fact(position, theta),),
    (Fact(1, 1), Fact(position, theta), Fact(position**2, (theta + theta**2) / 2)),
    (Fact(position, 0),),
    (),
]


@pytest.mark.parametrize("known", facts, ids=len)
def test_a_law_has_its_facts(known: tuple[Fact, ...]) -> None:
    """Weights are nonnegative, atoms lie in their domains, and each total is exactly the stated one."""
    E = Functional("E", (position,), known)
    found = set()
    for number in range(12):
        try:
            law = _law(E, ((theta, sp.Rational(2, 7)),), number)
        except NoLaw:
            continue
        found.add(str(law))
        assert all(weight > 0 and atom[position] in position.domain for weight, atom in law)
        for fact in known:
            total = sum((w * fact.integrand.xreplace(atom) for w, atom in law), sp.S.Zero)
            assert total == fact.value.xreplace({theta: sp.Rational(2, 7)})
    assert len(found) >= 3 or known == (Fact(position, 0),)


def test_a_law_with_contradictory_facts_is_not_found() -> None:
    """A total mass of one and of two is had by no law, so nothing is refuted under it."""
    E = Functional("E", (position,), (Fact(1, 1), Fact(1, 2)))

    assert attack(equal(E(position), 5)).points == 0


def test_each_point_has_a_law_of_its_own() -> None:
    """A claim without scalars would otherwise be attacked under one law only."""
    E = Functional("E", (p, q), (Fact(p, 1), Fact(q, 1)))

    assert len({str(_law(E, (), number)) for number in range(10)}) == 10
    assert refute(at_least(E(q * sp.log((1 + p) / (1 + q))), 0)) is not None


@pytest.mark.parametrize(
    "hint", [{x: -1, a: 1}, {x: 2, a: -1}, {x: sp.oo, a: 1}, {x: sp.Rational(1, 2), a: 1}]
)
def test_a_hint_outside_refutes_nothing(hint: dict) -> None:
    """A point outside a domain, or against what is given, is no counterexample; one inside is."""
    claim = at_least(x + a, 1, at_least_zero(x - 1))

    assert refute(claim, hints=(hint,)) is None
    assert "x = 1" in str(refute(at_most(x + a, 1, at_least_zero(x - 1)), hints=({x: 1, a: 1},)))


def test_a_hint_names_every_variable() -> None:
    """A point with a coordinate missing is an error of the author, and says which."""
    with pytest.raises(ValueError, match="add x"):
        refute(at_least(x + a, 0), hints=({a: 1},))


@pytest.mark.parametrize(
    ("claim", "sign"),
    [
        (equal(x**2, 1), "the claim needs 0"),
        (at_least(-a, 0), "lhs - rhs = -"),
        (at_most(a, -1), "rhs - lhs = -"),
    ],
    ids=str,
)
def test_a_witness_reads_as_a_sentence(claim: Claim, sign: str) -> None:
    """It names the point, the side that is too large, and what the claim needs."""
    witness = refute(claim)

    assert witness is not None
    assert sign in str(witness)
    assert str(witness).startswith("at ")


def test_a_witness_can_be_checked_by_hand() -> None:
    """The named point, put into the claim, refutes it again."""
    claim = at_most(sp.log(1 + a), a / 2)
    point = attack(claim).witness
    assert point is not None
    name, value = point.point.split(" = ")

    assert name == "a"
    assert ball(claim.lhs - claim.rhs, {a: sp.Rational(value)}) > 0


@pytest.mark.parametrize("claim", [at_least(x**2, 0), equal(a - a, 0), at_most(sp.log(a), a - 1)], ids=str)
def test_a_true_claim_is_not_refuted(claim: Claim) -> None:
    """Nor is one that holds with equality at the points that are tried."""
    assert not reject("true", claim).is_refuted


def test_agreement_is_no_proof() -> None:
    """That a number of points agree shows nothing: a false claim far out stands unrefuted, unproved."""
    claim = at_least(10**9, a)

    assert attack(claim).witness is None
    assert certified_ceiling(sp.Integer(10) ** 9 - 10**10) < 0
