"""Slopes and stop-gradients: by two roads, bound variables, and proofs that must not pass."""

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.kernel import (
    Absolute,
    Claim,
    Differentiated,
    ExactFunction,
    Fact,
    Functional,
    IllDefined,
    Integrated,
    Outcome,
    Proved,
    Rule,
    Slope,
    Step,
    StopGradient,
    WeightedLog,
    at_least,
    certificate,
    check_step,
    control,
    equal,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)
from theory.kernel.balls import ball
from theory.kernel.claims import free_variables
from theory.kernel.rules import Enumeration

t, x, a, n = real("t"), real("x"), positive("a"), integer("n", 0, 20)
v, w, w0 = positive("v"), real("w"), nonnegative("w0")
E = Functional("E", (v,), (Fact(1, 1),), finite=True)
LAW = {E: ((sp.Rational(1, 3), {v: sp.Rational(2)}), (sp.Rational(2, 3), {v: sp.Rational(1, 5)}))}
by_normal_form = Differentiated(normal_form)

SMOOTH = (
    t**3 - 2 * t,
    1 / (1 + t**2),
    sp.log(1 + t**2) * sp.exp(-t),
    (1 + t**2) ** sp.Rational(-1, 3),
    (2 + sp.exp(t)) ** t,
    WeightedLog(1 + t**2, 2 + t**2),
    WeightedLog(a, a / (3 + t**2)),
    (t - a) ** 4 * sp.E,
    (t - sp.pi) ** 5 * sp.pi,
)


def outcome(claim: Claim, by: Rule) -> Outcome:
    """What the kernel finds."""
    return check_step(Step("forged", claim, by)).outcome


@pytest.mark.parametrize("term", SMOOTH, ids=str)
@given(at=st.fractions(-2, 2, max_denominator=20), scale=st.fractions(Fraction(1, 5), 3, max_denominator=20))
def test_forward_mode_agrees_with_the_formula(term: sp.Expr, at: Fraction, scale: Fraction) -> None:
    """The refuter's slope and SymPy's derivative are found by two roads; their balls meet."""
    point = {a: sp.Rational(scale.numerator, scale.denominator)}
    there = {**point, t: sp.Rational(at.numerator, at.denominator)}

    assert ball(Slope(term, t, there[t]), point).overlaps(ball(sp.diff(term, t), there))


def test_forward_mode_of_a_large_power() -> None:
    """The slope of (t - 1)^(10^6) at 2 is 10^6: by squaring, not by a million products."""
    slope = ball(Slope((t - 1) ** 10**6, t, sp.Integer(2)), {})

    assert (slope - 10**6).contains(0)
    assert slope.rad() < 1e-20


def test_forward_mode_under_a_law() -> None:
    """The slope of 1/3 exp(2t) + 2/3 exp(t/5) at 0 is 2/3 + 2/15, and that of its square twice that."""
    total = E(sp.exp(t * v))
    slope = sp.Rational(4, 5)

    assert (ball(Slope(total, t, sp.S.Zero), {}, laws=LAW) - ball(slope, {})).contains(0)
    assert (ball(Slope(total**2, t, sp.S.Zero), {}, laws=LAW) - ball(2 * slope, {})).contains(0)


def test_a_slope_of_totals_is_proved() -> None:
    """The chain rule outside, differentiation of a finite sum inside."""
    claim = equal(Slope(sp.exp(E(t * v)), t, 0), E(v))

    assert outcome(claim, Differentiated(Integrated({E: normal_form}))) is Outcome.HOLDS


# --- The bound variable ---------------------------------------------------------------------------
def test_the_variable_of_a_slope_is_bound() -> None:
    """The slope of t^2 at x does not depend on t."""
    assert free_variables(equal(Slope(t**2, t, x), 2 * x)) == [x]
    assert Slope(t**2, t, x).xreplace({t: a}) == Slope(t**2, t, x)
    assert Slope(a * t, t, t).xreplace({t: x}) == Slope(a * t, t, x)


def test_nothing_put_in_is_captured() -> None:
    """The slope of x t in t is x, also at x = t, where a careless substitution gives 2 t."""
    with pytest.raises(IllDefined, match="rename"):
        Slope(x * t, t, 0).xreplace({x: t})
    shown = Proved(at_least(Slope(x * t, t, 0), x), Differentiated(certificate((1, 0))), {x: t})
    with pytest.raises(IllDefined, match="rename"):
        shown.expression  # noqa: B018 - the substitution is refused


def test_a_slope_is_taken_in_a_variable() -> None:
    """A slope in 2 t, or in a number, is no slope."""
    with pytest.raises(IllDefined, match="mint one"):
        Slope(t**2, 2 * t, sp.S.Zero)


def test_a_slope_has_no_slope() -> None:
    """Second derivatives are not in the language; the outer one is not taken for zero."""
    with pytest.raises(IllDefined, match="not differentiated again"):
        sp.diff(Slope(t**3, t, x), x)
    nested = equal(Slope(Slope(t**3, t, x), x, a), 6 * a)
    assert outcome(nested, by_normal_form) is not Outcome.HOLDS


# --- Proofs that must not pass --------------------------------------------------------------------
class Rounded(ExactFunction):
    """A function of an author, of which the kernel knows values at exact points alone."""

    @classmethod
    def eval(cls, k: sp.Expr) -> sp.Expr | None:
        """The integer part."""
        return sp.floor(k) if k.is_Rational else None


infinite = Functional("F", (v,), (Fact(1, 1),), integrable=(v,))
given_t = Functional("G", (w,), (Fact(w, t),), finite=True)


@pytest.mark.parametrize(
    ("claim", "by"),
    [
        pytest.param(equal(Slope(Rounded(t), t, x), 0), by_normal_form, id="author's function"),
        pytest.param(equal(Slope(Absolute(t), t, 0), 0), by_normal_form, id="kink of an absolute value"),
        pytest.param(equal(Slope(t**n, t, 0), 0), by_normal_form, id="power of zero with any exponent"),
        pytest.param(equal(Slope(t * WeightedLog(t, t), t, 0), 0), by_normal_form, id="edge of a domain"),
        pytest.param(
            equal(Slope(WeightedLog(w0, t + w0), t, 0), 0),
            by_normal_form,
            id="log at zero without weight",
        ),
        pytest.param(equal(Slope(t, t, E(v)), 1), by_normal_form, id="point that is a total"),
        pytest.param(equal(Slope(n * t, n, 3), t), by_normal_form, id="integer variable"),
        pytest.param(equal(Slope(a**2, a, 0), 0), by_normal_form, id="end of the domain"),
        pytest.param(equal(Slope(t * x, t, x) + t, x + t), by_normal_form, id="variable outside as well"),
        pytest.param(equal(Slope(t, t, t), 1), by_normal_form, id="point that holds the variable"),
        pytest.param(equal(Slope(given_t(w) - x, t, 0), 0), by_normal_form, id="law given by the variable"),
        pytest.param(
            equal(Slope(infinite(t * v), t, 0), infinite(v)),
            Differentiated(Integrated({infinite: normal_form})),
            id="integral that is not a finite sum",
        ),
        pytest.param(equal(Slope(sp.log(x**2 + t), t, 0), x**-2), by_normal_form, id="log at zero"),
        pytest.param(equal(Slope(t / (x - 1) * (x - 1) ** 2, t, 0), x - 1), normal_form, id="wrong rule"),
        pytest.param(
            equal(Slope(t * StopGradient(1 / x) * x, t, 0), 1), by_normal_form, id="pole that is held fixed"
        ),
        pytest.param(equal(Slope(sp.sqrt(t**2), t, x), 1), by_normal_form, id="kink of a root"),
        pytest.param(equal(Slope(t, t, 1 / x) * x, x), by_normal_form, id="point that is undefined"),
        pytest.param(equal(x, x), by_normal_form, id="no slope at all"),
        pytest.param(equal(E(Slope(t * v, t, 0)), E(v)), by_normal_form, id="slope inside a total"),
        pytest.param(equal(Slope(t**2, t, 3), 6), Enumeration(), id="enumeration"),
        pytest.param(
            at_least(Slope(t**2, t, x) ** 2, 0), certificate((1, square(Slope(t**2, t, x)))), id="square"
        ),
    ],
)
def test_a_forged_derivative_is_not_believed(claim: Claim, by: Rule) -> None:
    """Each leaves an obligation open, or holds a term that the kernel refuses."""
    assert outcome(claim, by) is not Outcome.HOLDS


def test_the_mutants_let_a_stop_gradient_move() -> None:
    """What is held fixed is let go of, and the changed claim falls to a point."""
    found = control(Step("slope", equal(Slope(t * StopGradient(t), t, x), x), by_normal_form))

    assert not found.survived
    assert any("is not held fixed" in change for change, _ in found.witnesses)


def test_a_step_without_derivative_has_controls() -> None:
    """Where no derivative is known, there is no identity to attack, and nothing breaks."""
    step = Step("kink", at_least(Slope(Absolute(t), t, x), -1), Differentiated(certificate((1, 1))))

    assert check_step(step).outcome is not Outcome.HOLDS
    assert control(step).mutants >= 1
