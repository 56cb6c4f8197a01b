"""What evidence says: outcome, grade, cited facts, and nothing that could be mistaken for a pass."""

import pytest
import sympy as sp

from theory.kernel import (
    Citing,
    ExactFunction,
    Grade,
    Literature,
    Outcome,
    Step,
    at_least,
    at_most,
    certificate,
    check,
    check_step,
    cited,
    control,
    enumeration,
    equal,
    integer,
    log_gap,
    normal_form,
    positive,
    real,
    reject,
    square,
)

a, x = positive("a"), real("x")
TANGENT = Step("tangent", at_most(sp.log(a), a - 1), certificate((1, log_gap(a))))
SQUARE = Step("square", at_least(x**2, 0), certificate((1, square(x))))
FALSE = Step("false", at_least(x, 0), certificate((1, x)))
STIRLING = cited("stirling", "log n! grows as n log n - n", "any text on analysis")
CITED = Step("cited", at_least(sp.exp(x), 0), STIRLING)
KNOWN = Literature("known", "squares are squares", "folklore")


def test_evidence_has_no_truth_value() -> None:
    """``if prove(...)`` and ``all(near_misses(...))`` would pass for every failure: both are errors."""
    step = check_step(FALSE)
    findings = (step, check("f", FALSE.claim, (FALSE,)), reject("f", SQUARE.claim), control(FALSE))

    for finding in findings:
        with pytest.raises(TypeError, match="no truth value"):
            bool(finding)


def test_a_proof_by_the_kernel_alone_is_exact() -> None:
    """Nothing cited, every obligation shown."""
    evidence = check("tangent", TANGENT.claim, (TANGENT,))

    assert (evidence.outcome, evidence.grade, evidence.cited) == (Outcome.HOLDS, Grade.EXACT, ())
    assert evidence.steps[0].open == ()
    assert evidence.steps[0].shown > 3


def test_a_theorem_has_the_lowest_grade_of_its_steps() -> None:
    """One cited step lowers the whole, wherever it stands, and its fact is listed once."""
    for order in ((TANGENT, CITED, SQUARE), (CITED, CITED, TANGENT)):
        evidence = check("mixed", order[0].claim, order)

        assert evidence.outcome is Outcome.HOLDS
        assert evidence.grade is Grade.CITED
        assert evidence.cited == (STIRLING.fact,)
    assert [s.grade for s in check("m", TANGENT.claim, (TANGENT, CITED)).steps] == [Grade.EXACT, Grade.CITED]


def test_a_proof_that_restates_the_literature_is_cited() -> None:
    """All obligations are shown, and the grade is still that of the fact."""
    evidence = check_step(Step("s", SQUARE.claim, Citing(SQUARE.by, (KNOWN,))))

    assert (evidence.outcome, evidence.grade, evidence.cited) == (Outcome.HOLDS, Grade.CITED, (KNOWN,))


def test_a_cited_falsehood_is_refuted() -> None:
    """Citing shows nothing, and the claim is attacked as any other."""
    evidence = check_step(Step("s", at_most(sp.exp(x), 1), STIRLING))

    assert evidence.outcome is Outcome.REFUTED
    assert evidence.grade is Grade.UNCHECKED


def test_one_failing_step_fails_the_theorem() -> None:
    """The outcome and the witness are those of the step, the grade is that of nothing."""
    evidence = check("t", TANGENT.claim, (TANGENT, FALSE, SQUARE))

    assert evidence.outcome is Outcome.REFUTED
    assert evidence.grade is Grade.UNCHECKED
    assert evidence.witness == evidence.steps[1].witness
    assert [s.outcome for s in evidence.steps] == [Outcome.HOLDS, Outcome.REFUTED, Outcome.HOLDS]


def test_grades_are_ordered() -> None:
    """Unchecked, cited, statistical, certified, exact."""
    assert sorted(Grade) == [Grade.UNCHECKED, Grade.CITED, Grade.STATISTICAL, Grade.CERTIFIED, Grade.EXACT]


def test_checking_twice_finds_the_same() -> None:
    """Points, witnesses and obligations do not depend on what ran before; only the time does."""
    for step in (TANGENT, FALSE):
        first, second = (check("t", step.claim, (step,)) for _ in range(2))

        assert first.steps[0].witness == second.steps[0].witness
        assert first.steps[0].open == second.steps[0].open
        assert first.outcome is second.outcome


class Squared(ExactFunction):
    """k^2 at an exact k, by repeated addition."""

    @classmethod
    def eval(cls, k: sp.Expr) -> sp.Expr | None:
        """The exact value at an exact k."""
        return sp.Add(*(k for _ in range(int(k)))) if k.is_Integer else None


def test_enumeration_is_exact_on_its_range() -> None:
    """It proves what holds at each integer of the range, and only that."""
    k, far = integer("k", 0, 12), integer("k", 0)

    assert check_step(Step("s", equal(Squared(k), k**2), enumeration)).grade is Grade.EXACT
    assert check_step(Step("s", equal(Squared(k), k**2 + 1), enumeration)).outcome is Outcome.REFUTED
    assert check_step(Step("s", equal(Squared(far), far**2), enumeration)).outcome is Outcome.UNDECIDED
    assert check_step(Step("s", equal(Squared(far), far**2), normal_form)).outcome is Outcome.UNDECIDED
