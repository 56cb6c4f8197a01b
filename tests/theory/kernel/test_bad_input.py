"""Bad input to the kernel: one sentence each, never a wrong grade."""

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import theory
from theory.kernel import (
    Claim,
    Grade,
    Outcome,
    Rule,
    Step,
    at_least,
    certificate,
    check_step,
    equal,
    integer,
    interval,
    log_gap,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)

x, y, z = real("x"), positive("y"), sp.Symbol("z")
ANYTHING: Any = x**2 >= 0  # what no signature admits
TRIPLE: Any = (1, square(x), 2)


def refused(claim: Claim, by: Rule) -> str:
    """The reason for which a step is not even well formed, after it was seen not to hold."""
    evidence = check_step(Step("bad", claim, by))

    assert evidence.outcome is Outcome.ILL_DEFINED
    assert evidence.grade is Grade.UNCHECKED
    assert evidence.witness is not None
    return evidence.witness.finding


@pytest.mark.parametrize(
    ("claim", "by", "reason"),
    [
        (at_least(x**2 + 0.5, 0), certificate((1, square(x))), "is not exact: write a rational"),
        (at_least(x**2, -0.0), certificate((1, square(x))), "is not exact"),
        (
            at_least(sp.Symbol("z") ** 2, 0),
            certificate((1, square(sp.Symbol("z")))),
            "has no domain: mint it",
        ),
        (equal(x - interval("x", 0, 1), 0), normal_form, "two variables are called x: rename one"),
        (equal(sp.Function("f")(x), sp.Function("f")(x)), normal_form, "outside the kernel's language"),
        (equal(sp.sin(x), sp.sin(x)), normal_form, "outside the kernel's language"),
        (at_least(y, sp.zoo), certificate((1, y)), "not a real number"),
        (at_least(x**2, 0), certificate((1, square(x)), (0.0, square(x))), "is not exact"),
    ],
)
def test_a_term_outside_the_language_is_refused(claim: Claim, by: Rule, reason: str) -> None:
    """Floats, stray symbols, two symbols of one name and unknown heads are named, whatever the rule says."""
    sentence = refused(claim, by)

    assert reason in sentence
    assert sentence.count("\n") == 0


@pytest.mark.parametrize(
    ("claim", "by"),
    [
        (at_least(1 / nonnegative("w"), 0), certificate((1, 1 / nonnegative("w")))),
        (equal(1 / nonnegative("w"), 1 / nonnegative("w")), normal_form),
        (at_least(sp.log(nonnegative("w")) ** 2, 0), certificate((1, square(sp.log(nonnegative("w")))))),
    ],
)
def test_division_by_zero_at_the_edge_of_a_domain_is_not_proved(claim: Claim, by: Rule) -> None:
    """1/w is not defined at w = 0, so that no claim about it holds on w >= 0."""
    assert check_step(Step("edge", claim, by)).outcome is not Outcome.HOLDS


@pytest.mark.parametrize(
    ("make", "error", "reason"),
    [
        (lambda: interval("x", 1, 0), ValueError, "must not be empty"),
        (lambda: interval("x", 1, 1, lower_open=True), ValueError, "must not be empty"),
        (lambda: interval("x", 0, 0.5), TypeError, "must be a rational"),
        (lambda: integer("n", 3, 2), ValueError, "must not be empty"),
        (lambda: Step("s", at_least(x**2, 0), ANYTHING), TypeError, "must be proved by a rule"),
        (lambda: Step("s", ANYTHING, normal_form), TypeError, "must state a claim"),
        (lambda: certificate(TRIPLE), TypeError, "must be a pair"),
        (lambda: certificate(ANYTHING), TypeError, "must be a pair"),
        (lambda: square(x, y), TypeError, "takes 1 argument"),
        (lambda: log_gap(), TypeError, "takes 1 argument"),
    ],
)
def test_what_cannot_be_built_says_why(
    make: Callable[[], object], error: type[Exception], reason: str
) -> None:
    """Empty domains, unknown rules and certificates of the wrong shape are refused where they are written."""
    with pytest.raises(error, match=reason) as caught:
        make()

    assert "\n" not in str(caught.value)


def test_a_rule_of_ones_own_is_refused() -> None:
    """A rule could say anything: only the kernel defines them."""
    with pytest.raises(TypeError, match="cannot be a rule"):

        class Trust(Rule):
            pass


def test_a_certificate_proves_no_equality() -> None:
    """The wrong rule for a relation leaves an obligation open."""
    assert check_step(Step("s", equal(x**2, 0), certificate((1, square(x))))).outcome is Outcome.REFUTED
    assert check_step(Step("s", at_least(x**2, 0), normal_form)).outcome is Outcome.UNDECIDED


def test_parameters_outside_the_hypotheses_are_refused() -> None:
    """Small support claims nothing for an epsilon that no two payoffs can differ by."""
    predictions = {p.observable: p for p in theory.theorem("small-support").predictions}
    values = {
        "parameters": 10,
        "radius": 1,
        "lipschitz": 1,
        "epsilon": 2,
        "range_width": 1,
        "failure_probability": "1/20",
    }
    with pytest.raises(ValueError, match="epsilon must be below range_width"):
        predictions["sufficient_support"].at(**values)
