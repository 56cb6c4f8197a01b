"""Proofs about integrals, enclosures and named totals that must not pass, and what the integrator refuses."""

import flint
import pytest
import sympy as sp

from theory.kernel import (
    Claim,
    Enclosed,
    Fact,
    Functional,
    Grade,
    IllDefined,
    Integrated,
    NamedTotals,
    Outcome,
    Rule,
    Split,
    Step,
    Substituted,
    WeightedLog,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    check_step,
    equal,
    integer,
    interval,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)
from theory.kernel.balls import ball, precision
from theory.kernel.signs import is_nonnegative

x, y, z, a = real("x"), real("y"), real("z"), real("a")
p, c = positive("p"), positive("c")
n = nonnegative("n")
MILLION = sp.Integer(10**6)  # beyond the points that the refuter draws, so that only the rule is in the way


def integral(over: sp.Expr, lower: sp.Expr | int, upper: sp.Expr | int, *facts: Fact) -> Functional:
    """The integral over one variable between two ends."""
    return Functional("I", (over,), facts, interval=(lower, upper))


def outcome(claim: Claim, by: Rule) -> Outcome:
    """What the kernel finds."""
    return check_step(Step("forged", claim, by)).outcome


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(Fact(1, 5), id="no antiderivative"),
        pytest.param(Fact(1, 5, antidifference=5 * x), id="an antidifference"),
        pytest.param(Fact(1, 5, antiderivative=5 * x), id="another derivative"),
        pytest.param(Fact(1, x, antiderivative=x), id="a value that varies"),
    ],
)
def test_a_total_over_an_interval_is_derived(fact: Fact) -> None:
    """Nothing can be supposed of the integral of 1 from 0 to 1."""
    unit_interval = integral(x, 0, 1, fact)
    claim = equal(unit_interval(sp.S.One), fact.value)

    assert not all(
        o.holds for o in Integrated({unit_interval: normal_form}, {unit_interval: (-1,)}).obligations(claim)
    )


@pytest.mark.parametrize(
    "description", [{"given": (at_least_zero(-1 - x**2),)}, {"integrable": (1 / x,)}, {"finite": True}]
)
def test_nothing_else_is_supposed_of_an_interval(description: dict) -> None:
    """What is given at every point could be false at all of them, and prove anything."""
    forged = Functional("I", (x,), interval=(0, 1), **description)

    assert (
        outcome(at_least(forged(-sp.exp(x)), 0), Integrated({forged: certificate((1, -sp.exp(x)))}))
        is not Outcome.HOLDS
    )


def test_ends_stay_in_order() -> None:
    """From 0 to 10^6 - c the integral of 1 is negative for c beyond a million."""
    forged = integral(x, 0, MILLION - c)

    assert (
        outcome(at_least(forged(sp.S.One), 0), Integrated({forged: certificate((1, 1))})) is Outcome.UNDECIDED
    )


def test_an_end_is_not_bound() -> None:
    """An end that is the variable itself, or that of another functional, is no end."""
    other = Functional("E", (a,), (Fact(1, 1),), finite=True)
    loose = integral(n, 0, n)
    for claim, by in (
        (at_least(loose(sp.S.One), 0), Integrated({loose: certificate((1, 1))})),
        (
            at_least(integral(x, 0, a**2)(sp.S.One) + other(a**2), 0),
            Integrated({other: certificate((1, square(a)))}),
        ),
    ):
        assert outcome(claim, by) in (Outcome.ILL_DEFINED, Outcome.UNDECIDED)


def test_an_interval_has_one_variable() -> None:
    """Two variables, or an index as well, are refused at once."""
    with pytest.raises(ValueError, match="one variable"):
        Functional("I", (x, y), interval=(0, 1))
    with pytest.raises(ValueError, match="one variable"):
        Functional("I", (integer("j", 0),), interval=(0, 1), index_range=c)


def test_an_infinite_end_is_refused() -> None:
    """A half-line is treated by every end."""
    forged = integral(x, 0, sp.oo)

    assert (
        outcome(at_least(forged(sp.exp(-x)), 0), Integrated({forged: certificate((1, sp.exp(-x)))}))
        is Outcome.ILL_DEFINED
    )


def test_an_integrand_that_may_jump_is_refused() -> None:
    """N log exp(1/n^2) is 0 at 0 by convention and 1/n beside it: its integral is infinite."""
    forged = integral(n, 0, 1)
    by = Integrated({forged: certificate((1, WeightedLog(n, sp.exp(n**-2))))})
    claim = at_least(forged(WeightedLog(n, sp.exp(n**-2))), 0)

    assert not all(o.holds for o in by.obligations(claim))


def test_parts_must_cover_the_whole() -> None:
    """A part left out, a part twice, and parts of another function."""
    whole = integral(x, 0, 2)
    left, right = Functional("L", (y,), interval=(0, 1)), Functional("R", (z,), interval=(1, 2))
    for claim, by in (
        (equal(whole(x), left(y)), Split((left,))),
        (equal(whole(x), left(y) + right(z)), Split((left,))),
        (equal(whole(x), left(y) + right(z)), Split((left, right, right))),
        (equal(whole(x), left(y) + right(z + 1)), Split((left, right))),
        (at_most(whole(x), left(y) + right(z)), Split((left, right))),
    ):
        assert outcome(claim, by) is not Outcome.HOLDS


@pytest.mark.parametrize("image", [y + 1, y**2, x, sp.I * y, 2 * y])
def test_a_change_of_variable_is_checked(image: sp.Expr) -> None:
    """Wrong ends, a map that is not the one used, the old variable, an imaginary map."""
    old, new = integral(x, 0, c), Functional("J", (y,), interval=(0, c))

    assert outcome(equal(old(sp.exp(x)), new(sp.exp(y))), Substituted(y)) is Outcome.HOLDS
    assert outcome(equal(old(sp.exp(x)), new(sp.exp(y))), Substituted(image)) is not Outcome.HOLDS


def test_a_change_of_variable_stays_where_the_integrand_is_defined() -> None:
    """Log x over [1, 1] by x = z^2 - z + 1... leaves the domain of x where z^2 < z."""
    old = integral(interval("x", 1, 2), 1, 1)
    new = Functional("J", (y,), interval=(0, 1))
    inside = old.over[0]
    claim = equal(old(sp.log(inside)), new(sp.log(y**2 - y + 1) * (2 * y - 1)))

    assert outcome(claim, Substituted(y**2 - y + 1)) is not Outcome.HOLDS


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(at_least(c, -1), id="unbounded domain"),
        pytest.param(at_least(integer("k", 0, 3), -1), id="integers"),
        pytest.param(
            at_least(Functional("E", (x,), (Fact(1, 2),), finite=True)(sp.S.One), 1), id="supposed total"
        ),
        pytest.param(at_least(sp.log(interval("t", -1, 1)), -MILLION), id="undefined on half of the box"),
        pytest.param(at_least(1 / interval("t", -1, 1) ** 2, 0), id="pole"),
    ],
)
def test_balls_enclose_numbers_and_boxes_only(claim: Claim) -> None:
    """What is not a number, or not defined on the whole box, is not enclosed."""
    assert outcome(claim, Enclosed()) is not Outcome.HOLDS


def test_an_enclosure_is_certified_not_exact() -> None:
    """The grade says that balls were believed; the budget is a whole number of boxes."""
    claim = at_least(interval("t", 1, 2), sp.Rational(1, 2))

    assert check_step(Step("s", claim, Enclosed())).grade is Grade.CERTIFIED
    assert outcome(claim, Enclosed(boxes=0)) is Outcome.UNDECIDED
    assert outcome(claim, Enclosed(boxes=10**9)) is Outcome.UNDECIDED


def test_an_enclosure_uses_what_is_given() -> None:
    """Boxes on which a hypothesis fails throughout are left out; without it the claim is false."""
    t = interval("t", 0, 1)

    assert (
        outcome(at_least(t, sp.Rational(1, 4), at_least_zero(t - sp.Rational(1, 3))), Enclosed())
        is Outcome.HOLDS
    )
    assert outcome(at_least(t, sp.Rational(1, 4)), Enclosed()) is Outcome.REFUTED


E_law = Functional("E", (p,), (Fact(1, 1),), integrable=(p, p**2))
MEAN, SECOND = E_law(p), E_law(p**2)
POSITIVE = (at_least(MEAN, 0), Integrated({E_law: certificate((1, p))}))


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(
            NamedTotals({MEAN: positive("m")}, (POSITIVE,), certificate((1, positive("m")))), id="domain"
        ),
        pytest.param(NamedTotals({MEAN: p}, (POSITIVE,), certificate((1, p))), id="a name in use"),
        pytest.param(NamedTotals({}, (POSITIVE,), certificate((1, 0))), id="no name"),
        pytest.param(NamedTotals({MEAN: y}, (), certificate((1, square(y)))), id="nothing shown"),
        pytest.param(
            NamedTotals(
                {MEAN: y}, ((at_least(MEAN, 5), certificate((1, 0))),), certificate((1, y - 5), (5, 1))
            ),
            id="shown by nothing",
        ),
        pytest.param(
            NamedTotals(
                {MEAN: y},
                ((at_least(MEAN, 0, above_zero(c - 1)), POSITIVE[1]),),
                certificate((1, y)),
            ),
            id="shown under a hypothesis",
        ),
    ],
)
def test_names_are_fresh_and_totals_are_shown(by: Rule) -> None:
    """A name with a domain of its own, in use or missing; a total of which nothing was shown."""
    assert outcome(at_least(MEAN, 0), by) is not Outcome.HOLDS


def test_two_totals_do_not_share_a_name() -> None:
    """Named alike, a mean and a second moment would be equal."""
    shown = (POSITIVE, (at_least(SECOND, 0), Integrated({E_law: certificate((1, p**2))})))

    assert (
        outcome(equal(MEAN, SECOND), NamedTotals({MEAN: y, SECOND: y}, shown, normal_form))
        is not Outcome.HOLDS
    )


def test_a_given_sign_is_that_of_the_whole_expression() -> None:
    """From p + x > 0 nothing follows for p - x, nor for a part of what is given."""
    assert is_nonnegative(p / (p + x), (p + x,), (p + x,))
    assert is_nonnegative((x - 1) * (2 - x), (x - 1, 2 - x))
    assert not is_nonnegative(p / (p + x), (p + x,))
    assert not is_nonnegative(p / (p - x), (p + x,), (p + x,))
    assert not is_nonnegative((x - 1) * (3 - x), (x - 1, 2 - x))


# --- The integrator itself: each a trap that was met ------------------------------------------------
def value(total: sp.Expr) -> flint.arb:
    """The ball of a total without variables."""
    return ball(total, {})


@pytest.mark.parametrize(
    ("total", "true"),
    [
        (integral(p, 1, 4)(sp.sqrt(p)), flint.fmpq(14, 3)),
        (integral(p, 1, 4)(p ** sp.Rational(-3, 2)), flint.fmpq(1)),
        (integral(x, -1, 1)(x**4), flint.fmpq(2, 5)),
        (integral(x, -1, 1)((x**2) ** 3 * sp.exp(0)), flint.fmpq(2, 7)),
        (integral(p, sp.log(2), sp.log(4))(sp.exp(p)), flint.fmpq(2)),
        (integral(x, 0, 1)(sp.log(1 + x) / (1 + x)) * 2 / sp.log(2) ** 2, flint.fmpq(1)),
    ],
)
def test_an_integral_lies_in_its_ball(total: sp.Expr, true: flint.fmpq) -> None:
    """Square roots, negative powers, powers of a ball around zero, ends that are no rationals.

    It is narrow, too: half of 160 bits is asked for, and 1e-20 is above that. The truth has 400 bits.
    """
    found = value(total)

    with precision(400):
        assert found.contains(true)
    assert found.rad() < flint.arb(10) ** -20


def test_the_flag_makes_the_difference() -> None:
    """Arb's own square root, not told to be analytic, gives a tight ball that misses 14/3."""
    wrong = flint.acb.integral(lambda u, _: u.sqrt(), 1, 4).real

    assert wrong.is_finite()
    assert not wrong.contains(flint.fmpq(14, 3))


@pytest.mark.parametrize(
    "total",
    [
        integral(x, -1, 1)(1 / x**2),
        integral(x, -1, 1)(sp.log(x)),
        integral(n, 0, 1)(WeightedLog(n, 2)),
        integral(p, -1, 1)(p),
    ],
)
def test_an_integral_that_has_no_value(total: sp.Expr) -> None:
    """A pole, a logarithm of negative numbers, a head that may jump, an end outside of the domain."""
    with pytest.raises((IllDefined, ArithmeticError)):
        value(total)
