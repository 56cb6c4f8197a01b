"""Binomial coefficients by counting, and inductions that must not pass."""

from itertools import combinations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.kernel import (
    ExactFunction,
    Fact,
    Functional,
    Outcome,
    Rule,
    Step,
    at_least,
    at_least_zero,
    at_most,
    binomial,
    certificate,
    check_step,
    enumeration,
    equal,
    induction,
    integer,
    normal_form,
    positive,
    real,
)
from theory.kernel.balls import ball
from theory.kernel.claims import Claim
from theory.kernel.mutants import mutants
from theory.kernel.normal_form import Generators
from theory.kernel.signs import enclosure

n, k, m = integer("n", 0), integer("k", 0), integer("m", 1)
x, e, r = real("x"), positive("e"), positive("r")
small = st.integers(0, 7)


def outcome(claim: Claim, by: Rule) -> Outcome:
    """What the kernel finds."""
    return check_step(Step("forged", claim, by)).outcome


@given(small, small)
def test_a_coefficient_counts_subsets(size: int, chosen: int) -> None:
    """By listing the subsets, and in a ball; none has more elements than there are."""
    counted = len(list(combinations(range(size), chosen)))

    assert binomial(size, chosen) == counted
    assert ball(binomial(n, k), {n: sp.Integer(size), k: sp.Integer(chosen)}) == counted


@pytest.mark.parametrize(
    "term",
    [
        binomial(n + 2, k + 1),
        binomial(n, k + 3),
        binomial(n + 3, k),
        binomial(m + k - 1, k),
        binomial(m + k, m + 1),
        binomial(n + k + 2, n + 1),
        binomial(n, k + n + 1),
        binomial(n + 4, 2),
        binomial(6, k + 1),
    ],
)
@given(size=small, chosen=small, least=st.integers(1, 5))
def test_the_normal_form_keeps_the_value(term: sp.Expr, size: int, chosen: int, least: int) -> None:
    """At every point of the domain, where k > n too, and no denominator vanishes; so does the sign."""
    point = {n: sp.Integer(size), k: sp.Integer(chosen), m: sp.Integer(least)}
    value, reduced = term.xreplace(point), Generators().rational(term).xreplace(point)

    assert value == reduced
    assert enclosure(term).lower <= value


def test_subsets_of_either_kind_are_as_many() -> None:
    """C(n + k, k) = C(n + k, n): those chosen and those left."""
    assert outcome(equal(binomial(n + k, k), binomial(n + k, n)), normal_form) is Outcome.HOLDS


@pytest.mark.parametrize(
    "claim", [equal(binomial(x, 0), 1), equal(binomial(n - 1, 0), 1), equal(binomial(n / 2, 0), 1)]
)
def test_a_coefficient_of_no_natural_number_is_undefined(claim: Claim) -> None:
    """Though SymPy's own says 1: the set has no such size."""
    assert outcome(claim, normal_form) is Outcome.ILL_DEFINED


def test_a_number_that_is_not_natural_has_no_coefficient() -> None:
    """Neither -1 nor 1/2 elements; a large coefficient is left unwritten."""
    assert binomial(-1, 2) is sp.nan
    assert binomial(sp.Rational(1, 2), n) is sp.nan
    assert not binomial(10**9, 10**8).is_Integer


class Liar(ExactFunction):
    """N at a number, but 0 at n + 1."""

    @classmethod
    def eval(cls, n: sp.Expr) -> sp.Expr | None:
        """Two answers to one question."""
        if isinstance(n, sp.Add):
            return sp.S.Zero
        return n if n.is_Integer else None


STEP_ALONE = induction(n, base=certificate((1, 1)), multiplier=1, step=certificate((1, 1)))
LIMIT = sp.Integer(10**6)
BOUNDED = integer("b", 0, 5)
IN_N = Functional("E", (r,), (Fact(sp.S.One, n),), finite=True)


@pytest.mark.parametrize(
    ("claim", "by"),
    [
        (at_least(LIMIT, n), STEP_ALONE),
        (at_least(LIMIT, n), induction(n, base=certificate((1, LIMIT)), multiplier=1, step=enumeration)),
        (
            at_least(LIMIT, n),
            induction(n, base=certificate((1, LIMIT)), multiplier=0, step=certificate((1, LIMIT - n - 1))),
        ),
        (
            at_least(LIMIT, n),
            induction(n, base=certificate((1, LIMIT)), multiplier=LIMIT - n, step=certificate((1, LIMIT))),
        ),
        (at_least(LIMIT, x), induction(n, base=certificate((1, 1)), multiplier=1, step=certificate((1, 0)))),
        (
            at_least(BOUNDED, 0),
            induction(BOUNDED, base=certificate((1, 0)), multiplier=1, step=certificate((1, 1))),
        ),
        (
            at_least(x + 1, x, at_least_zero(x)),
            induction(x, base=certificate((1, 1)), multiplier=1, step=certificate((1, 0))),
        ),
        (
            at_least(IN_N(1), 0),
            induction(n, base=certificate((1, 0)), multiplier=1, step=certificate((1, 0))),
        ),
        (
            at_most(n, LIMIT),
            induction(
                n, base=certificate((1, LIMIT)), multiplier=1 + 1 / (LIMIT - n), step=certificate((1, 0))
            ),
        ),
    ],
)
def test_a_forged_induction_does_not_pass(claim: Claim, by: Rule) -> None:
    """Without a base, a step, a sign, an unending integer variable, or with a functional or a pole in it."""
    assert outcome(claim, by) is Outcome.UNDECIDED


@pytest.mark.parametrize("multiplier", [sp.I, sp.oo, sp.Symbol("stray"), IN_N(1)])
def test_a_multiplier_outside_the_language_is_refused(multiplier: sp.Expr) -> None:
    """An imaginary, infinite or undeclared multiplier, or a total, has no sign."""
    by = induction(n, base=certificate((1, 0)), multiplier=multiplier, step=certificate((1, 0)))

    assert outcome(at_least(n, 0), by) in (Outcome.ILL_DEFINED, Outcome.UNDECIDED)


def test_a_function_that_lies_is_not_taken_by_induction() -> None:
    """Its value at n + 1 would make the step trivial; no point up to a million tells."""
    by = induction(n, base=certificate((1, LIMIT)), multiplier=0, step=certificate((1, LIMIT)))

    assert outcome(at_most(Liar(n), LIMIT), by) is Outcome.UNDECIDED


def test_the_certificate_of_a_step_is_tampered_with() -> None:
    """The mutants reach the proof inside an induction."""
    step = Step(
        "bernoulli",
        at_least((1 + e) ** m, 1 + m * e),
        induction(m, base=certificate((1, 0)), multiplier=1 + e, step=certificate((m, e**2))),
    )

    assert any("of the certificate is doubled" in mutant.change for mutant in mutants(step))
