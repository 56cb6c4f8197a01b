"""Proofs about integrals, expectations and sums that must not pass."""

import pytest
import sympy as sp

from theory.kernel import (
    Claim,
    Fact,
    Functional,
    Integrated,
    Outcome,
    Proved,
    Rule,
    Step,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    check,
    check_step,
    equal,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)
from theory.kernel.domains import Variable

MILLION = sp.Integer(10**6)  # beyond the points that the refuter draws, so that only the rule is in the way
a, x, y, v = positive("a"), real("x"), real("y"), real("v")
HIDDEN_ZERO = (y + 1) ** 2 - y**2 - 2 * y - 1


def outcome(claim: Claim, by: Rule) -> Outcome:
    """What the kernel finds."""
    return check_step(Step("forged", claim, by)).outcome


j, M = integer("j", 0), integer("M", 1)
BELOW_MILLION = above_zero(MILLION - j)


def sum_over(index: Variable, count: sp.Expr = M, **description: object) -> Functional:
    """A sum over an index from 0 below a count."""
    return Functional("Sum", (index,), index_range=count, **description)  # type: ignore[arg-type] - wrong or partial on purpose


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param(sum_over(j, given=(BELOW_MILLION,)), id="given of the index, false beyond a million"),
        pytest.param(sum_over(integer("j", 0, 10**6)), id="domain of the index, left beyond a million"),
    ],
)
def test_what_is_assumed_of_an_index_is_shown(terms: Functional) -> None:
    """The sum of 10^6 - j over j < M becomes negative for large M, whatever is said of j."""
    index = terms.over[0]

    by = Integrated({terms: certificate((1, MILLION - index))})

    assert outcome(at_least(terms(MILLION - index), 0), by) is Outcome.UNDECIDED


def test_what_follows_of_an_index_is_accepted() -> None:
    """With M <= N given, N - j > 0 for every j < M is shown, not assumed."""
    N = integer("N", 1)
    terms = sum_over(j, given=(above_zero(N - j),))
    by = Integrated({terms: certificate((1, N - j))})

    assert outcome(at_least(terms(N - j), 0, at_least_zero(N - M)), by) is Outcome.HOLDS
    assert outcome(at_least(terms(N - j), 0, at_least_zero(2 * N - M)), by) is not Outcome.HOLDS


@pytest.mark.parametrize("count", [positive("R"), integer("K", -3), M / 2, 2**M], ids=str)
def test_a_sum_has_a_natural_number_of_terms(count: sp.Expr) -> None:
    """F(count) - F(0) is the sum only where the count is 0, 1, 2, ..."""
    total = count * (count - 1) / 2
    terms = sum_over(j, count, facts=(Fact(j, total, j * (j - 1) / 2),))

    by = Integrated({terms: normal_form}, {terms: (-1,)})

    assert outcome(equal(terms(j), total), by) is not Outcome.HOLDS


def test_a_total_needs_a_defined_integrand() -> None:
    """S[log n + n] - S[log n] = S[n] fails where n is zero, though the logarithms cancel."""
    n = nonnegative("n")
    S = Functional("S", (n,), (Fact(n, 1),), finite=True)
    claim = equal(S(sp.log(n) + n) - S(sp.log(n)), S(n))

    assert not all(o.holds for o in Integrated({S: normal_form}).obligations(claim))


def test_an_integrable_zero_makes_nothing_else_integrable() -> None:
    """1/v is no multiple of the integrand 0."""
    w = positive("w")
    S = Functional("S", (w,), (Fact(1, 1),), integrable=(sp.S.Zero, HIDDEN_ZERO))

    assert outcome(at_least(S(1 / w), 0), Integrated({S: certificate((1, 1 / w))})) is Outcome.UNDECIDED


@pytest.mark.parametrize("rule", [normal_form, certificate((1, square(Functional("S", (a,))(1 / a))))])
def test_a_total_exists_only_inside_its_rule(rule: Rule) -> None:
    """Outside the rule for functionals nothing shows that a total is finite, not even an identity."""
    S = Functional("S", (a,), (Fact(1, 1),))
    claim = equal((S(1 / a) + 1) ** 2, S(1 / a) ** 2 + 2 * S(1 / a) + 1)

    assert outcome(claim, rule) is not Outcome.HOLDS


def test_a_proved_claim_keeps_its_functional() -> None:
    """E[v] = y proves nothing at another y: the fact belongs to the functional, not to the letter."""
    E = Functional("E", (v,), (Fact(1, 1), Fact(v, y)))
    shown = Proved(at_least(E(v), y), Integrated({E: certificate((1, 0))}, {E: (0, -1)}), {y: MILLION})

    assert outcome(at_least(E(v), MILLION), certificate((1, shown))) is not Outcome.HOLDS


@pytest.mark.parametrize(
    ("multipliers", "sentence"),
    [((1, 1), "one multiplier"), ((), "one multiplier"), ((v,), "free of bound variables")],
)
def test_multipliers_are_one_scalar_each(multipliers: tuple, sentence: str) -> None:
    """Too many, too few, or one that varies from point to point."""
    E = Functional("E", (v,), (Fact(v, 0),), finite=True)
    found = check_step(Step("s", equal(E(v**2), 0), Integrated({E: normal_form}, {E: multipliers})))

    assert found.outcome is not Outcome.HOLDS
    assert any(sentence in o for o in found.open)


def test_a_normalisation_with_an_antidifference_is_no_sum() -> None:
    """Telescoping is for sums over an index; an integral has none."""
    E = Functional("E", (v,), (Fact(v, 0, antidifference=v),), finite=True)

    assert outcome(equal(E(v), 0), Integrated({E: normal_form}, {E: (-1,)})) is not Outcome.HOLDS


def test_what_is_given_holds_no_total() -> None:
    """A hypothesis about a total is a fact of its functional."""
    E = Functional("E", (v,), (Fact(1, 1),), integrable=(v,))
    claim = at_least(E(v), 5, at_least_zero(E(v) - 5))

    assert outcome(claim, Integrated({E: certificate((1, v - 5))}, {E: (-5,)})) is Outcome.ILL_DEFINED


low, high, between = real("low"), real("high"), real("between")
squeezed = Functional(
    "E",
    over=(between,),
    facts=(Fact(sp.S.One, sp.S.One),),
    given=(at_least_zero(between - low), at_least_zero(high - between)),
    finite=True,
)
below = certificate((1, between - low))
above = certificate((1, high - between))


def test_what_a_chain_passes_through_is_supposed_by_its_conclusion() -> None:
    """Low <= E[y] <= high supposes that such an E exists: it does not conclude low <= high for all."""
    chain = (
        calc("squeezed", low)
        .at_most(squeezed(between), by=Integrated({squeezed: below}, {squeezed: (-low,)}))
        .at_most(high, by=Integrated({squeezed: above}, {squeezed: (high,)}))
    )

    assert chain.conclusion.supposing == (squeezed,)
    assert check("honest", chain.conclusion, (chain,)).outcome is Outcome.HOLDS
    assert check("forged", at_most(low, high), (chain,)).outcome is Outcome.REFUTED


def test_an_earlier_claim_supposes_its_functionals() -> None:
    """E cancels in the gap of E[y] + low <= E[y] + high: what it supposes must not vanish with it."""
    claim = at_most(squeezed(between) + low, squeezed(between) + high)
    width = certificate((1, between - low), (1, high - between))
    rule = Integrated({squeezed: width}, {squeezed: (high - low,)})
    assert outcome(claim, rule) is Outcome.HOLDS
    forged = Step("forged", at_most(low, high), certificate((1, Proved(claim, rule))))

    evidence = check_step(forged)
    assert evidence.outcome is Outcome.REFUTED
    assert any("functionals" in sentence for sentence in evidence.open)
