"""Each rule by itself: what it must leave open even where no point could refute the claim."""

from collections.abc import Mapping

import pytest
import sympy as sp

from theory.kernel import (
    Claim,
    ConvexMinimum,
    Fact,
    Functional,
    IllDefined,
    Integrated,
    Literature,
    Proved,
    Rule,
    WeightedLog,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    cited,
    entropy_gap,
    enumeration,
    equal,
    exponential_gap,
    integer,
    interval,
    log_gap,
    nonnegative,
    normal_form,
    open_unit,
    positive,
    real,
    square,
)
from theory.kernel.certificates import lemma
from theory.kernel.inequalities import Base
from theory.kernel.obligations import Grade
from theory.kernel.rules import Citing

MILLION, ONE = sp.Integer(10**6), sp.S.One
x, y, t = real("x"), real("y"), real("t")
a, b, p, q = positive("a"), positive("b"), nonnegative("p"), nonnegative("q")
n, few = integer("n", 0), integer("k", 2, 5)


def left_open(claim: Claim, by: Rule) -> list[str]:
    """The obligations that a rule leaves open, or its refusal, without any attack on the claim."""
    try:
        return [o.sentence for o in by.obligations(claim) if not o.holds]
    except IllDefined as error:
        return [str(error)]


@pytest.mark.parametrize(
    ("claim", "by", "reason"),
    [
        (at_least(x + 1, x, above_zero(MILLION - a)), normal_form, "decides equalities only"),
        (equal(x**2 + 1, x**2 + 1), certificate((1, square(x))), "proves inequalities only"),
        (equal(p * x, 0, at_least_zero(-p)), certificate((1, p)), "proves inequalities only"),
        (at_least(MILLION - a, 0), certificate((1, MILLION - a)), ">= 0"),
        (at_least(x * y, 0), certificate((x, y)), ">= 0"),
        (at_least(-(x**2), 0), certificate((-1, square(x))), "-1 >= 0"),
        (at_least(x**2, 0), certificate((2, square(x))), "the gap is the certificate"),
        (at_least(x - 1 - sp.log(a), 0), certificate((1, log_gap(a))), "the gap is the certificate"),
        (at_least(x**2 * a, 0), certificate((a, square(x)), strict_unless=(a,)), "equality only where a = 0"),
        (at_least(x**2, 0), certificate((1, square(x)), strict_unless=(ONE,)), "equality only where 1 = 0"),
        (at_least(p * x**2, 0), certificate((p, square(x)), strict_unless=(x,)), "equality only where x = 0"),
    ],
)  # fmt: skip
def test_what_a_rule_does_not_show(claim: Claim, by: Rule, reason: str) -> None:
    """An equality by a sign, a sign that is not there, a gap that is another, equality in the wrong place."""
    assert any(reason in sentence for sentence in left_open(claim, by)), left_open(claim, by)


@pytest.mark.parametrize(
    ("instance", "admissible"),
    [
        (log_gap(a), True),
        (log_gap(p), False),
        (log_gap(x), False),
        (log_gap(x - y), False),
        (square(x - y), True),
        (exponential_gap(x), True),
        (entropy_gap(a, b), True),
        (entropy_gap(a, x), False),
        (entropy_gap(x, a), False),
        (entropy_gap(x, y), False),
        (entropy_gap(sp.S.Zero, p), True),
        (entropy_gap(sp.S.Zero, x), False),
        (entropy_gap(sp.S.Zero, -a), False),
    ],
    ids=str,
)
def test_a_base_inequality_knows_its_domain(instance: object, admissible: bool) -> None:
    """Log t needs t > 0; w log(w/a) needs w >= 0 and a > 0, or a >= 0 where w = 0."""
    assert instance.is_admissible(()) is admissible  # type: ignore[attr-defined] - an instance


def test_what_is_given_opens_a_domain() -> None:
    """X - y > 0 makes log(x - y) and both places of an entropy gap admissible, and no other logarithm."""
    given = (x - y,)

    assert log_gap(x - y).is_admissible(given)
    assert entropy_gap(a, x - y).is_admissible(given)
    assert entropy_gap(x - y, a).is_admissible(given)
    assert entropy_gap(sp.S.Zero, x - y).is_admissible(given)
    assert not log_gap(y - x).is_admissible(given)
    assert not entropy_gap(x, x - y).is_admissible(given)


@pytest.mark.parametrize("base", [square, log_gap, exponential_gap, entropy_gap], ids=lambda base: base.name)
def test_a_base_inequality_is_derived(base: Base) -> None:
    """Each is a lemma whose every obligation holds; x^2 >= 0 alone is the order axiom."""
    shown = lemma(base)

    assert shown
    assert all(o.holds for o in shown)
    assert base.name in shown[0].sentence


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        (at_least(few, 2), False),
        (at_least(few, 3), True),  # false at the first point alone
        (at_most(few, 4), True),  # false at the last alone
        (at_most(few, 5), False),
        (equal((few - 2) * (few - 3) * (few - 4) * (few - 5), 0), False),
        (equal((few - 2) * (few - 3) * (few - 4), 0), True),
        (at_least(n, 0), True),  # no last point
        (at_least(x**2, 0), True),
    ],
    ids=str,
)
def test_an_enumeration_goes_from_end_to_end(claim: Claim, wrong: bool) -> None:
    """Both ends count, and a variable without ends cannot be enumerated."""
    assert bool(left_open(claim, enumeration)) is wrong


def test_an_enumeration_counts_its_points() -> None:
    """Two variables of four and three values have twelve points."""
    other = integer("m", 0, 2)
    sentences = [o.sentence for o in enumeration.obligations(at_least(few + other, 2))]

    assert "the claim holds at all 12 points" in sentences
    (alone,) = (o.sentence for o in enumeration.obligations(at_least(ONE, 0)) if "points" in o.sentence)
    assert alone == "the claim holds at all 1 points"


HERE = interval("t", -1, 1)


@pytest.mark.parametrize(
    ("claim", "by", "reason"),
    [
        (at_least(HERE**2 - 2 * HERE, 0), ConvexMinimum(HERE, sp.S.Zero, certificate((1, 2))), "slope"),
        (at_least(HERE**2 - 1, 0), ConvexMinimum(HERE, sp.S.Zero, certificate((1, 2))), "value"),
        (at_least(-(HERE**2), 0), ConvexMinimum(HERE, sp.S.Zero, certificate((1, -2))), "curvature"),
        (at_least((HERE - 2) ** 2, 0), ConvexMinimum(HERE, sp.Integer(2), certificate((1, 2))), "domain"),
        (equal(HERE**2, 0), ConvexMinimum(HERE, sp.S.Zero, certificate((1, 2))), "an inequality in the real"),
        (at_least(x**2, 0), ConvexMinimum(HERE, sp.S.Zero, certificate((1, 2))), "an inequality in the real"),
        (at_least(n**2, 0), ConvexMinimum(n, sp.S.Zero, certificate((1, 2))), "an inequality in the real"),
        (
            at_least(HERE**2, 0, at_least_zero(HERE)),
            ConvexMinimum(HERE, sp.S.Zero, certificate((1, 2))),
            "does not involve",
        ),
    ],
)
def test_a_convex_minimum_is_one(claim: Claim, by: Rule, reason: str) -> None:
    """Value and slope zero, curvature at least zero, inside the interval, of a real variable of the claim."""
    assert any(reason in sentence for sentence in left_open(claim, by)), left_open(claim, by)


def test_a_convex_minimum_uses_what_is_given_of_the_rest() -> None:
    """A hypothesis about another variable reaches the sign of the curvature."""
    claim = at_least(x * t**2, 0, at_least_zero(x))

    assert left_open(claim, ConvexMinimum(t, sp.S.Zero, certificate((2, x)))) == []
    assert left_open(at_least(x * t**2, 0), ConvexMinimum(t, sp.S.Zero, certificate((2, x)))) != []


INNER = at_least(x, y, at_least_zero(x - y))
BY_ITSELF = certificate((1, x - y))
E = Functional("E", over=(t,), facts=(Fact(sp.S.One, sp.S.One), Fact(t, x)), finite=True)
MEAN = equal(E(t), x)
OF_MEAN = Integrated({E: normal_form}, {E: (0, -1)})


@pytest.mark.parametrize(
    ("user", "at", "reason"),
    [
        (at_least(a, b, at_least_zero(a - b)), {x: a, y: b}, ""),
        (at_least(a, b), {x: a, y: b}, "needs no more than is given"),
        (at_least(a, b, above_zero(a - 2 * b)), {x: a, y: b}, "needs no more than is given"),
        (at_least(2 * a, a), {x: 2 * a, y: a}, ""),
        (at_least(a, 2 * a), {x: a, y: 2 * a}, "needs no more than is given"),
    ],
)
def test_an_earlier_inequality_needs_what_it_needed(user: Claim, at: Mapping, reason: str) -> None:
    """Its hypotheses are given at the terms that are put in, or hold by the domains."""
    found = left_open(user, certificate((1, Proved(INNER, BY_ITSELF, at))))

    assert all(reason in sentence for sentence in found)
    assert bool(found) is bool(reason)


def test_a_strict_hypothesis_is_not_met_by_a_weak_one() -> None:
    """X > 0 does not follow from x in [0, oo)."""
    strict = at_least(x, 0, above_zero(x))
    proved = Proved(strict, certificate((1, x)), {x: p})

    assert any("needs no more" in s for s in left_open(at_least(p, 0), certificate((1, proved))))
    assert left_open(at_least(a, 0), certificate((1, Proved(strict, certificate((1, x)), {x: a})))) == []


def test_a_term_outside_a_domain_is_no_instance() -> None:
    """What is proved on (0, 1) is not proved at 2."""
    D = open_unit("D")
    inside = at_most(D, 1)
    by = certificate((1, 1 - D))

    assert any(
        "lies in the domain" in s
        for s in left_open(at_most(2, 1), certificate((1, Proved(inside, by, {D: sp.Integer(2)}))))
    )


def test_a_logarithm_is_defined_in_each_case() -> None:
    """P log p is defined at p = 0 by convention; log p is not, nor is a quotient."""
    assert left_open(equal(WeightedLog(p, p), WeightedLog(p, p)), normal_form) == []
    assert left_open(equal(sp.log(p), sp.log(p)), normal_form) != []
    assert left_open(equal(WeightedLog(p, p) + 1 / p, WeightedLog(p, p) + 1 / p), normal_form) != []
    assert left_open(equal(sp.log(x), sp.log(x), above_zero(x)), normal_form) == []
    assert left_open(equal(sp.log(2 * x), sp.log(2) + sp.log(x), above_zero(x)), normal_form) == []


def test_a_citation_is_listed_and_graded() -> None:
    """A cited fact holds by name alone: its obligation carries the fact and the lowest passing grade."""
    fact = Literature("key", "a fact", "a book")
    (alone,) = cited("key", "a fact", "a book").obligations(at_least(x**2, 0))
    *proof, last = Citing(certificate((1, square(x))), (fact,)).obligations(at_least(x**2, 0))

    assert (alone.sentence, alone.cited, alone.grade) == ("a fact", (fact,), Grade.CITED)
    assert (last.sentence, last.cited, last.grade) == ("a fact", (fact,), Grade.CITED)
    assert proof
    assert all(o.grade is Grade.EXACT and o.sentence for o in proof)


def test_the_identity_of_a_certificate_keeps_what_is_given() -> None:
    """What the mutants attack is the gap equal to the certificate, under the same hypotheses."""
    claim = at_least(x, 1, at_least_zero(x - 1))

    assert certificate((1, x - 1)).identity(claim) == equal(x - 1, x - 1, at_least_zero(x - 1))


def test_the_mean_of_a_functional_is_its_fact() -> None:
    """E[t] = x is the fact that the functional has."""
    assert left_open(MEAN, OF_MEAN) == []
