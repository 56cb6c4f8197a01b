"""The use of an earlier theorem, and the limit on time."""

import time
from dataclasses import replace

import pytest
import sympy as sp

import theory.kernel.proof
from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Outcome,
    Proved,
    Step,
    above_zero,
    at_least,
    at_most,
    certificate,
    check_step,
    cited,
    earlier,
    equal,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)
from theory.kernel.limits import TimedOut, time_limit
from theory.source import Source
from theory.statement import Hypothesis, Theorem
from theory.theorems import optimal_discriminator

a, b = real("a"), real("b")
x, y = positive("x"), positive("y")
BINOMIAL = at_least(a**2 + b**2, 2 * a * b)


def theorem(**changes: object) -> Theorem:
    """The inequality of arithmetic and geometric means, as a theorem."""
    values = {
        "id": "two-squares",
        "title": "two squares",
        "sentence": "$a^2 + b^2 \\ge 2ab$",
        "hypotheses": (Hypothesis("a and b are real"),),
        "statement": BINOMIAL,
        "derivation": (Step("squares", BINOMIAL, certificate((1, square(a - b)))),),
        "predictions": (),
        "near_misses": (),
        "source": Source("goodfellow2014gan", "none", as_we_derive_it=True),
    }
    return Theorem(**{**values, **changes})  # type: ignore[arg-type] - the values above are of these types


TWO_SQUARES = theorem()


def outcome(claim: object, rule: object) -> Outcome:
    """What the kernel finds about one step."""
    return check_step(Step("step", claim, rule)).outcome  # type: ignore[arg-type] - wrong on purpose in some tests


def test_an_instance_of_a_theorem_holds() -> None:
    """What is proved for all a and b is proved for x + 1 and y, as a rule and as a term of a certificate."""
    at = {a: x + 1, b: y}
    claim = at_least((x + 1) ** 2 + y**2, 2 * (x + 1) * y)

    assert outcome(claim, earlier(TWO_SQUARES, at)) is Outcome.HOLDS
    doubled = at_least(2 * (x + 1) ** 2 + 2 * y**2, 4 * (x + 1) * y)
    assert outcome(doubled, certificate((2, earlier(TWO_SQUARES, at).as_term()))) is Outcome.HOLDS


def test_another_claim_is_not_an_instance() -> None:
    """A theorem proves its own instances and nothing that merely looks like one."""
    assert outcome(at_least(a**2 + b**2, a * b), earlier(TWO_SQUARES)) is Outcome.UNDECIDED
    assert outcome(at_most(a**2 + b**2, 2 * a * b), earlier(TWO_SQUARES)) is Outcome.REFUTED


def test_a_term_outside_the_domain_is_refused() -> None:
    """The optimal discriminator is a theorem about outputs in (0, 1): an output of 2 is no instance."""
    D = optimal_discriminator.D
    rule = earlier(optimal_discriminator.THEOREM, {D: sp.Integer(2)})

    assert outcome(rule.instance, rule) is not Outcome.HOLDS


def test_a_hypothesis_is_not_lost() -> None:
    """An instance needs what the theorem needs."""
    without = replace(optimal_discriminator.STATEMENT, given=())

    assert outcome(without, earlier(optimal_discriminator.THEOREM)) is not Outcome.HOLDS


def test_a_theorem_that_fails_proves_nothing() -> None:
    """An earlier theorem with an unproved step, or one that arrives elsewhere, is no proof."""
    wrong = theorem(derivation=(Step("squares", BINOMIAL, certificate((1, square(a + b)))),))
    elsewhere = theorem(derivation=(Step("square", at_least(a**2, 0), certificate((1, square(a)))),))

    assert outcome(BINOMIAL, earlier(wrong)) is Outcome.UNDECIDED
    assert outcome(BINOMIAL, earlier(elsewhere)) is Outcome.UNDECIDED


def test_what_a_theorem_cites_is_cited_by_its_users() -> None:
    """Grade and citations pass through."""
    borrowed = theorem(derivation=(Step("borrowed", BINOMIAL, cited("key", "a fact", "a book")),))
    evidence = check_step(Step("step", BINOMIAL, earlier(borrowed)))

    assert evidence.outcome is Outcome.HOLDS
    assert evidence.grade.name == "CITED"
    assert [fact.key for fact in evidence.cited] == ["key"]


def test_an_equality_is_used_in_both_directions_and_an_inequality_in_one() -> None:
    """An equality gives lhs - rhs >= 0 and rhs - lhs >= 0; an inequality has no reverse."""
    square_of_sum = equal((a + b) ** 2, a**2 + 2 * a * b + b**2)
    expansion = theorem(statement=square_of_sum, derivation=(Step("expand", square_of_sum, normal_form),))

    forward = certificate((1, earlier(expansion).as_term()))
    backward = certificate((1, earlier(expansion).as_term(reverse=True)))
    assert outcome(at_least((a + b) ** 2, a**2 + 2 * a * b + b**2), forward) is Outcome.HOLDS
    assert outcome(at_most((a + b) ** 2, a**2 + 2 * a * b + b**2), backward) is Outcome.HOLDS
    with pytest.raises(ValueError, match="no reverse"):
        earlier(TWO_SQUARES).as_term(reverse=True)


def test_an_unknown_step_is_named() -> None:
    """The message lists the steps that there are."""
    with pytest.raises(ValueError, match="take one of squares"):
        earlier(TWO_SQUARES, step="cubes")


def test_a_step_is_used_by_name() -> None:
    """A step is proved alone: what else the theorem needs does not matter to it."""
    assert outcome(BINOMIAL, earlier(TWO_SQUARES, step="squares")) is Outcome.HOLDS


def test_uses_are_read_off_the_rules() -> None:
    """A theorem uses what its rules use, however deep, and nothing else."""
    deep = certificate((2, earlier(TWO_SQUARES, {a: x, b: y}).as_term()))
    user = theorem(
        id="user",
        statement=at_least(2 * x**2 + 2 * y**2, 4 * x * y),
        derivation=(Step("deep", at_least(2 * x**2 + 2 * y**2, 4 * x * y), deep),),
    )

    assert user.uses == ("two-squares",)
    assert TWO_SQUARES.uses == ()


mean_zero = Functional("E", over=(a,), facts=(Fact(sp.S.One, sp.S.One), Fact(a, sp.S.Zero)), finite=True)
NO_CORRELATION = at_least(mean_zero(a * b), 0)
linearity = Integrated({mean_zero: certificate((1, sp.S.Zero))}, {mean_zero: (0, -b)})


def test_a_bound_variable_is_not_captured() -> None:
    """E[a] = 0 gives E[ab] = 0 for every number b; b = -a would make the mean square at most zero."""
    forged = certificate((1, Proved(NO_CORRELATION, linearity, {b: -a})))
    claim = at_most(mean_zero(a**2), 0)

    assert outcome(NO_CORRELATION, linearity) is Outcome.HOLDS
    evidence = check_step(Step("captured", claim, forged))
    assert evidence.outcome is Outcome.REFUTED
    assert any("bound variable" in sentence for sentence in evidence.open)


c = positive("c")
located = Functional("E", over=(x,), facts=(Fact(sp.S.One, sp.S.One), Fact(x, c)), finite=True)


def test_a_functional_does_not_move_with_its_facts() -> None:
    """E[x] = c is a fact about E: the same E has no other mean, so c cannot be replaced under it."""
    claim = equal(located(x), c)
    rule = Integrated({located: normal_form}, {located: (0, -1)})
    assert outcome(claim, rule) is Outcome.HOLDS
    held = theorem(statement=claim, derivation=(Step("mean", claim, rule),), hypotheses=(Hypothesis("E"),))
    instance = equal(located(x), c + 1)

    evidence = check_step(Step("moved", instance, earlier(held, {c: c + 1})))
    assert evidence.outcome is Outcome.REFUTED
    assert any("replaced" in sentence for sentence in evidence.open)


def test_what_is_not_decided_in_time_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that takes longer than the limit is UNDECIDED, whatever its rule would have said."""
    monkeypatch.setattr(theory.kernel.proof, "SECONDS", 0.05)
    monkeypatch.setattr(theory.kernel.proof, "attack", lambda claim: time.sleep(5))

    started = time.perf_counter()
    evidence = check_step(Step("slow", BINOMIAL, certificate((1, square(a - b)))))
    assert evidence.outcome is Outcome.UNDECIDED
    assert "ends within" in evidence.open[0]
    assert time.perf_counter() - started < 4


def test_an_outer_limit_survives_an_inner_one() -> None:
    """A check inside a check does not lift the limit of the outer one."""
    with pytest.raises(TimedOut), time_limit(0.2):
        with time_limit(10):
            pass
        time.sleep(5)


def test_given_by_the_domain_alone_is_enough() -> None:
    """A hypothesis of the theorem that the terms satisfy by their domains need not be given again."""
    u = real("u")
    claim = at_least(u * sp.log(u), u - 1, above_zero(u))
    held = theorem(
        statement=claim,
        hypotheses=(Hypothesis("u > 0", (above_zero(u),)),),
        derivation=(Step("cited", claim, cited("k", "tangent", "any book")),),
    )

    assert outcome(at_least(x * sp.log(x), x - 1), earlier(held, {u: x})) is Outcome.HOLDS
    w = nonnegative("w")
    assert outcome(at_least((w - 1) * sp.log(w - 1), w - 2), earlier(held, {u: w - 1})) is not Outcome.HOLDS


def test_a_theorem_about_totals_is_used_as_it_stands() -> None:
    """Totals exist where the theorem proves its claim; another total of the same functional may not."""
    held = theorem(
        statement=NO_CORRELATION, hypotheses=(), derivation=(Step("linear", NO_CORRELATION, linearity),)
    )

    assert outcome(NO_CORRELATION, earlier(held)) is Outcome.HOLDS
    assert outcome(at_least(2 * mean_zero(a * b), 0), earlier(held)) is not Outcome.HOLDS
