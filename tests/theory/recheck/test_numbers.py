"""The exact numbers of the second checker: equalities that hold, equalities that do not, signs."""

import pytest
from flint import fmpq

from theory.recheck.numbers import MINUS_ONE, Numbers
from theory.recheck.terms import NotCovered, Undefined, derivative, parse, slope

EQUAL = (
    ("(log 12)", "(+ (* 2 (log 2)) (log 3))"),
    ("(log 1/6)", "(* -1 (+ (log 2) (log 3)))"),
    ("(^ 2 7/3)", "(* 4 (^ 2 1/3))"),
    ("(* (^ 2 1/2) (^ 2 1/3))", "(^ 2 5/6)"),
    ("(^ 12 1/2)", "(* 2 (^ 3 1/2))"),
    ("(exp (+ 1/2 (log 3)))", "(* 3 (^ (exp 1/4) 2))"),
    ("(exp (* 2/3 (log 5)))", "(^ 25 1/3)"),
    ("(log (+ (exp 2) (* 2 (exp 1))))", "(+ 1 (log (+ 2 (exp 1))))"),
    ("(^ (+ 1 (exp 1)) 3/2)", "(* (+ 1 (exp 1)) (^ (+ 1 (exp 1)) 1/2))"),
    ("(^ (+ 3 (^ 2 1/2)) -1)", "(* 1/7 (+ 3 (* -1 (^ 2 1/2))))"),
    ("(exp (* (log 2) (log 3)))", "(^ 2 (log 3))"),
    ("(wlog 0 (^ 0 -1))", "0"),
    ("(^ 0 1/2)", "0"),
    ("(Absolute (+ 1 (* -1 (^ 2 1/2))))", "(+ (^ 2 1/2) -1)"),
    ("(^ (* 2 (log (* 2 pi))) 2)", "(* 4 (^ (+ (log 2) (log pi)) 2))"),
    ("(Binomial 5 2)", "10"),
    ("(Binomial 2 5)", "0"),
    ("(StopGradient (* 2 3))", "6"),
)


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal_numbers_are_equal(left: str, right: str) -> None:
    """Logarithms split over primes, roots reduce by their relations, exponentials multiply."""
    at = Numbers({})

    assert at.is_zero(at.value(parse(left)) + MINUS_ONE * at.value(parse(right)))


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_a_number_that_is_off_by_a_billionth_is_different(left: str, right: str) -> None:
    """Equality is exact: no tolerance hides a difference, and its sign is told."""
    at = Numbers({})
    off = at.value(parse(left)) + MINUS_ONE * at.value(parse(f"(+ {right} 1/1000000000)"))

    assert at.sign(off) == -1


@pytest.mark.parametrize(
    "term", ["(^ 0 -1)", "(wlog 0 (* 0 (^ 0 -1)))", "(log 0)", "(log -2)", "(log (+ 1 (* -1 (^ 2 1/2))))"]
)
def test_what_has_no_value_is_undefined(term: str) -> None:
    """Quotients by zero and logarithms of what is not positive."""
    at = Numbers({})

    with pytest.raises(Undefined):
        at.value(parse(term))


def test_an_unknown_function_has_no_sign() -> None:
    """It stands for any number: equal to itself, and of no known sign."""
    at = Numbers({})
    unknown = at.value(parse("(Mystery 1)"))

    assert at.is_zero(unknown + MINUS_ONE * at.value(parse("(Mystery (* 2 1/2))")))
    with pytest.raises(NotCovered, match="Mystery has no value"):
        at.sign(unknown)


@pytest.mark.parametrize(
    ("term", "rate"),
    [
        ("(^ x@[0,oo[ 3)", 12),
        ("(log x@[0,oo[)", fmpq(1, 2)),
        ("(wlog x@[0,oo[ (* 1/2 x@[0,oo[))", 1),
        ("(^ (+ 1 x@[0,oo[) -1)", fmpq(-1, 9)),
    ],
)
def test_the_rules_of_differentiation(term: str, rate: fmpq) -> None:
    """At x = 2, worked by hand."""
    at = Numbers({"x@[0,oo[": fmpq(2)})

    assert at.value(derivative(parse(term), "x@[0,oo[")).rational == rate


def test_what_is_held_fixed_has_no_slope() -> None:
    """The slope of x stop(x) at 3 is 3, that of x^2 is 6; elsewhere a slope stands for any number."""
    at, x = Numbers({}), "x@[0,oo["

    assert at.value(slope(parse(f"(* {x} (StopGradient {x}))"), x, fmpq(3))).rational == 3
    assert at.value(slope(parse(f"(* {x} {x})"), x, fmpq(3))).rational == 6
    assert at.value(parse(f"(Slope (* {x} {x}) {x} 3)")).rational is None
