"""A claim keeps what it is given, splits into its cases, and excludes only cases that cannot occur."""

import pytest
import sympy as sp

from theory.kernel import (
    Given,
    Outcome,
    Step,
    WeightedLog,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    check_step,
    equal,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
)
from theory.kernel.claims import Claim
from theory.kernel.domains import Domain
from theory.kernel.normal_form import undefined_part
from theory.kernel.signs import enclosure, is_integral, is_nonnegative, is_within
from theory.relation import Relation

p, q, x, y = nonnegative("p"), nonnegative("q"), real("x"), real("y")
n, k = integer("n", 0), integer("k", 1)
GIVEN = (at_least_zero(x), above_zero(y))


@pytest.mark.parametrize(
    ("make", "relation"),
    [(equal, Relation.EQUALS), (at_most, Relation.AT_MOST), (at_least, Relation.AT_LEAST)],
)
def test_a_claim_is_what_was_written(make: type, relation: Relation) -> None:
    """Sides, relation and hypotheses in their order; nothing is lost on the way."""
    assert make(x, y, *GIVEN) == Claim(x, relation, y, GIVEN)


def cases(*given: Given) -> list[dict]:
    """The cases of a claim with a term p log p under these hypotheses."""
    claim = equal(WeightedLog(p, p), 0, *given)
    return [{v.name: value for v, value in case.items()} for case in claim.cases()]


def test_a_weight_is_zero_or_positive() -> None:
    """P in [0, oo) is the case p = 0 and the case p in (0, oo), which keeps its name."""
    zero, positive_case = equal(WeightedLog(p, p), 0).cases()

    assert zero == {p: sp.S.Zero}
    (above,) = positive_case.values()
    assert above == positive("p")


def test_a_weight_among_the_integers_is_zero_or_at_least_one() -> None:
    """The positive case of n in 0, 1, ... begins at 1."""
    _, above = equal(WeightedLog(n, 2 + n), 0).cases()

    assert above[n].domain == Domain(sp.S.One, sp.oo, integer=True)  # type: ignore[union-attr] - a variable


def test_only_impossible_cases_are_excluded() -> None:
    """P = 0 contradicts p > 0 and p - 1 >= 0; it contradicts neither p >= 0 nor -p >= 0 nor q - p > 0."""
    assert [case["p"] == 0 for case in cases(above_zero(p))] == [False]
    assert [case["p"] == 0 for case in cases(at_least_zero(p - 1))] == [False]
    for possible in (at_least_zero(p), at_least_zero(-p), at_least_zero(p - 0 * q), above_zero(q - p)):
        assert cases(possible)[0]["p"] == 0


def test_a_case_on_the_edge_of_its_hypothesis_is_kept() -> None:
    """-p >= 0 leaves p = 0, where 1/p is undefined: the claim must not hold by forgetting that case."""
    claim = equal(p / p + WeightedLog(p, p), 1 + WeightedLog(p, p), at_least_zero(-p))
    undefined = equal(1 / p + WeightedLog(p, p), 1 / p + WeightedLog(p, p), at_least_zero(-p))

    assert check_step(Step("edge", undefined, normal_form)).outcome is not Outcome.HOLDS
    assert claim.lhs == 1 + WeightedLog(p, p)


@pytest.mark.parametrize(
    ("term", "domain", "inside"),
    [
        (positive("a"), Domain(sp.S.Zero, sp.oo), True),
        (nonnegative("a"), Domain(sp.S.Zero, sp.oo, lower_open=True), False),
        (x, Domain(-sp.oo, sp.oo), True),
        (x, Domain(-sp.oo, sp.S.Zero), False),
        (-nonnegative("a"), Domain(-sp.oo, sp.S.Zero), True),
        (-nonnegative("a"), Domain(-sp.oo, sp.S.Zero, upper_open=True), False),
        (-positive("a"), Domain(-sp.oo, sp.S.Zero, upper_open=True), True),
        (sp.Rational(1, 2), Domain(sp.S.Zero, sp.S.One), True),
        (sp.S.One, Domain(sp.S.Zero, sp.S.One, upper_open=True), False),
        (sp.S.One, Domain(sp.S.Zero, sp.S.One), True),
        (1 / (1 + n), Domain(sp.S.Zero, sp.S.One), True),
        (n + k, Domain(sp.S.One, sp.oo, integer=True), True),
        (n - k, Domain(sp.S.Zero, sp.oo, integer=True), False),
        (k / 2, Domain(sp.S.Zero, sp.oo, integer=True), False),
        (x + 1, Domain(-sp.oo, sp.oo, integer=True), False),
    ],
)
def test_a_term_is_within_a_domain_with_its_ends(term: sp.Expr, domain: Domain, inside: bool) -> None:
    """An open end excludes itself, a closed one does not, and integers are integers."""
    assert is_within(term, domain) is inside


@pytest.mark.parametrize(
    ("term", "whole"),
    [
        (n**2 + 3 * k, True),
        (n**k, False),
        (k ** sp.Integer(-1), False),
        (x**2, False),
        (n / 2, False),
        (sp.log(k), False),
    ],
)
def test_integers_are_closed_under_ring_operations_only(term: sp.Expr, whole: bool) -> None:
    """Sums, products and natural powers of integers are integers; nothing else is taken for one."""
    assert bool(is_integral(term)) == whole


@pytest.mark.parametrize(
    ("argument", "sign"),
    [(sp.Rational(1, 2), -1), (sp.Rational(3, 2), 1), (1 + positive("a"), 1), (positive("a"), 0), (1 + p, 0)],
)
def test_a_logarithm_has_the_sign_of_its_argument_less_one(argument: sp.Expr, sign: int) -> None:
    """Log t is positive above 1 and negative below; on [1, oo) at least zero; elsewhere it may be either."""
    found = enclosure(sp.log(argument))

    assert found.is_positive == (sign == 1)
    assert found.negated.is_positive == (sign == -1)
    assert found.is_nonnegative == (sign == 1 or argument == 1 + p)


def test_what_is_given_serves_only_where_it_is_given() -> None:
    """X >= 0 shows 2 x >= 0 and x (1 + p) >= 0, not -x >= 0, and nothing without it."""
    assert is_nonnegative(2 * x, (x,))
    assert is_nonnegative(x * (1 + p), (x,))
    assert not is_nonnegative(-x, (x,))
    assert not is_nonnegative(x)
    assert not is_nonnegative(x - 1, (x,))


def test_a_ratio_of_laws_may_be_infinite_but_not_undefined() -> None:
    """0 log(p/q) is 0 where p > 0 = q, and has no meaning where p = q = 0 or the ratio may be negative."""
    zero = {n: sp.S.Zero}
    ratio = WeightedLog(n, p / q)
    given = (p,)
    assert undefined_part(ratio, given, zero) is None
    assert undefined_part(ratio, (), zero) is not None
    assert undefined_part(WeightedLog(n, x / q), (q,), zero) is not None
    assert undefined_part(WeightedLog(n, -p / -(q + 1)), (), zero) is None
    assert undefined_part(sp.log(p - q), (p - q,)) is None
    assert undefined_part(sp.log(p - q), ()) is not None


def test_a_hypothesis_reaches_the_proof() -> None:
    """X >= 1 is proved where it is given and refuted where it is not."""
    given = at_least_zero(x - 1)

    assert check_step(Step("given", at_least(x, 1, given), certificate((1, x - 1)))).outcome is Outcome.HOLDS
    assert check_step(Step("not", at_least(x, 1), certificate((1, x - 1)))).outcome is Outcome.REFUTED
