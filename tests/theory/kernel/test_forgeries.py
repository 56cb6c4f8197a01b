"""Proofs that must not pass, of a claim that no random point refutes: only the rule stands in their way.

The claim is that a million is at least a, for every a > 0. The refuter's points stay below it, so each forged
proof would be believed if the rule let it through.
"""

import pytest
import sympy as sp

from theory.kernel import (
    Absolute,
    Claim,
    ConvexMinimum,
    ExactFunction,
    Fact,
    Functional,
    IllDefined,
    Integrated,
    Outcome,
    Proved,
    Rule,
    Step,
    WeightedLog,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    check,
    check_step,
    enumeration,
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
from theory.kernel.domains import Domain
from theory.kernel.inequalities import Base, Instance
from theory.kernel.obligations import Obligation
from theory.kernel.rules import NormalForm
from theory.relation import Relation

MILLION = sp.Integer(10**6)
a, b, x, y = positive("a"), positive("b"), real("x"), real("y")
FALSE = at_least(MILLION, a)
v = real("v")
HIDDEN_ZERO = (y + 1) ** 2 - y**2 - 2 * y - 1


def outcome(claim: Claim, by: Rule) -> Outcome:
    """What the kernel finds."""
    return check_step(Step("forged", claim, by)).outcome


def test_no_point_refutes_the_false_claim() -> None:
    """Otherwise these tests would show nothing about the rules."""
    evidence = check_step(Step("false", FALSE, certificate((1, MILLION))))

    assert evidence.witness is None
    assert evidence.points >= 20


class Unbounded(ExactFunction):
    """Five, far out minus five, with a range that its author made up."""

    range = (5, 6)

    @classmethod
    def eval(cls, k: sp.Expr) -> sp.Expr | None:
        """The value at an exact k."""
        return sp.Integer(5 if k < 10**6 else -5) if k.is_Integer else None


proof_of_squares = certificate((1, square(y)))
forged_square = Base("square", lambda t: MILLION - t, lambda t: t, lambda *_, strictly_given: True)
nothing = interval("z", 0, 0)
contradictory = Functional("F", (v,), (Fact(1, 1), Fact(1, 2)), finite=True)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(certificate((MILLION, 1), (a, square(sp.I))), id="square of i"),
        pytest.param(certificate((MILLION, 1), (1, square(sp.sqrt(-a)))), id="square of an imaginary root"),
        pytest.param(
            certificate((MILLION, 1), (a, Proved(at_least(y**2, 0), proof_of_squares, {y: sp.I}))),
            id="proved inequality at i",
        ),
        pytest.param(certificate((MILLION, 1), (-a, 1)), id="negative multiplier"),
        pytest.param(certificate((MILLION, 1), (a, -1)), id="negative term"),
        pytest.param(certificate((nothing / HIDDEN_ZERO, nothing * HIDDEN_ZERO)), id="zero over zero"),
        pytest.param(certificate((1, forged_square(a))), id="base inequality of a known name"),
        pytest.param(certificate((1.0 * MILLION - 0.5, 1), (0.5, 1), (1, -a)), id="float multipliers"),
        pytest.param(certificate((1, sp.Symbol("c", nonnegative=True) - a)), id="symbol that SymPy believes"),
        pytest.param(ConvexMinimum(a, sp.Float(10**6), certificate((0, 1))), id="minimum at a float"),
        pytest.param(ConvexMinimum(a, MILLION, certificate((1, 0))), id="minimum without a horizontal slope"),
        pytest.param(normal_form, id="normal form of an inequality"),
        pytest.param(enumeration, id="enumeration of reals"),
        pytest.param(
            Integrated({contradictory: certificate((1, 0))}, {contradictory: (a - MILLION, MILLION - a)}),
            id="functional that the claim does not name, with facts that no law has",
        ),
    ],
)
def test_a_forged_proof_is_not_believed(by: Rule) -> None:
    """Each has an open obligation, or holds a term that the kernel refuses."""
    assert outcome(FALSE, by) in (Outcome.UNDECIDED, Outcome.ILL_DEFINED)


def test_the_sign_of_a_logarithm_is_not_dropped() -> None:
    """log(-a) is no logarithm, though its enclosure lies below zero where a is at least one."""
    far = interval("f", 10**9, sp.oo)
    near = certificate((1, -sp.log(-far)))

    assert outcome(at_least(-sp.log(far), 0), near) is not Outcome.HOLDS
    with pytest.raises(IllDefined, match="not real"):
        list(near.obligations(at_least(-sp.log(far), 0)))


def test_an_author_cannot_declare_the_range_of_a_function() -> None:
    """The kernel knows of an exact function its values at exact points, and nothing else."""
    k = integer("k", 0)

    assert outcome(at_least(Unbounded(k), 5), certificate((1, Unbounded(k) - 5))) is Outcome.UNDECIDED


@pytest.mark.parametrize("parent", [Rule, NormalForm])
def test_a_rule_from_outside_the_kernel_is_refused(parent: type[Rule]) -> None:
    """A rule of one's own could call anything shown."""
    believed = {"obligations": lambda self, claim: iter([Obligation("believe me", True)])}

    with pytest.raises(TypeError, match="cannot be a rule of inference"):
        type("Believe", (parent,), believed)


# --- Equality cases, sides and terms that cancel --------------------------------------------------
@pytest.mark.parametrize(
    "term",
    [(1, square(HIDDEN_ZERO)), (1, 0), (nothing, square(x - 5))],
    ids=["hidden zero", "zero", "no weight"],
)
def test_equality_is_not_forced_by_what_is_always_zero(term: tuple) -> None:
    """A root that vanishes everywhere, or a multiplier that may, says nothing of where equality holds."""
    by = certificate((1, square(x)), term, strict_unless=(x - 5,))

    assert outcome(at_least(x**2, 0), by) is Outcome.UNDECIDED


def test_equality_is_not_forced_across_a_pole() -> None:
    """X - 1 = (x^2 - 1)/(x + 1) does not make x = 1 the only zero of x^2 - 1."""
    anywhere = certificate((1, square(x**2 - 1)), strict_unless=(x - 1,))
    above_zero_only = certificate((1, square(a**2 - 1)), strict_unless=(a - 1,))

    assert outcome(at_least((x**2 - 1) ** 2, 0), anywhere) is Outcome.UNDECIDED
    assert outcome(at_least((a**2 - 1) ** 2, 0), above_zero_only) is Outcome.HOLDS


@pytest.mark.parametrize("rule", [enumeration, normal_form])
def test_two_undefined_sides_are_not_equal(rule: Rule) -> None:
    """1/k = 1/k has no meaning at k = 0, though the difference is written 0."""
    k = integer("k", 0, 3)

    assert outcome(equal(1 / k, 1 / k), rule) is Outcome.ILL_DEFINED


def test_a_quotient_hidden_in_a_quotient_is_undefined() -> None:
    """At p = 0, SymPy makes 1/(1 + 1/p) zero; it has no meaning there."""
    p = nonnegative("p")
    claim = equal(1 / (1 + 1 / p) + WeightedLog(p, 2), p / (1 + p) + WeightedLog(p, 2))

    assert not all(o.holds for o in normal_form.obligations(claim))


def test_a_domain_of_zero_alone_has_one_case() -> None:
    """The case above zero is empty, and left out."""
    assert outcome(equal(WeightedLog(nothing, 2), 0), normal_form) is Outcome.HOLDS
    assert outcome(equal(WeightedLog(integer("k", 0, 0), 2), 0), normal_form) is Outcome.HOLDS


def test_a_proved_claim_stays_inside_its_domain() -> None:
    """A >= 0 for positive a does not give x >= 0 for real x."""
    shown = Proved(at_least(a, 0), certificate((1, a)), {a: x + MILLION})

    assert outcome(at_least(x + MILLION, 0), certificate((1, shown))) is Outcome.UNDECIDED


def test_a_proved_claim_needs_its_hypotheses() -> None:
    """What was proved under a hypothesis is used under it only."""
    bounded = at_least_zero(MILLION - a)
    shown = Proved(at_least(MILLION, a, bounded), certificate((1, MILLION - a)))

    assert outcome(at_least(MILLION, a, bounded), certificate((1, shown))) is Outcome.HOLDS
    assert outcome(FALSE, certificate((1, shown))) is Outcome.UNDECIDED


# --- Domains, chains and hypotheses ---------------------------------------------------------------
@pytest.mark.parametrize(("low", "high"), [(2, 1), (sp.oo, sp.oo), (-sp.oo, -sp.oo), (0, 0)])
def test_an_empty_domain_is_refused(low: sp.Expr, high: sp.Expr) -> None:
    """On an empty domain every claim would hold."""
    with pytest.raises(ValueError, match="must not be empty"):
        interval("x", low, high, lower_open=True)


@pytest.mark.parametrize("end", [0.5, sp.sqrt(2), sp.nan, a, sp.I])
def test_an_end_of_a_domain_is_a_rational(end: object) -> None:
    """Floats, irrational numbers, symbols and undefined numbers are no ends."""
    with pytest.raises(TypeError, match="must be a rational"):
        interval("x", 0, end)  # type: ignore[arg-type] - wrong or partial on purpose


def test_an_end_of_integers_is_an_integer() -> None:
    """From 1/3 to 1/2 there is no integer."""
    with pytest.raises(TypeError, match="must be an integer"):
        Domain(sp.Rational(1, 3), sp.Rational(1, 2), integer=True)


def test_a_chain_does_not_mix_directions() -> None:
    """From a <= b >= c nothing follows; from a <= b = c <= d, a <= d does."""
    up = calc("up", a).at_most(a + b, by=certificate((1, b)))
    mixed = up.at_least(a, by=certificate((1, b)))
    straight = up.equals(b + a, by=normal_form).at_most(2 * a + b, by=certificate((1, a)))

    with pytest.raises(ValueError, match="must not mix"):
        _ = mixed.conclusion
    with pytest.raises(ValueError, match="is empty"):
        _ = calc("none", a).conclusion
    assert straight.conclusion == at_most(a, 2 * a + b)
    assert check("straight", straight.conclusion, (straight,)).outcome is Outcome.HOLDS


def test_a_chain_carries_the_hypotheses_of_its_links() -> None:
    """The conclusion is given all that any link was given; without it the statement is not reached."""
    given = at_least_zero(x - y)
    first = calc("c", x).at_least(y, by=certificate((1, x - y)), given=(given,))
    chain = first.at_least(y - a, by=certificate((1, a)))

    assert check("with", at_least(x, y - a, given), (chain,)).outcome is Outcome.HOLDS
    assert check("without", at_least(x, y - a), (chain,)).outcome is Outcome.REFUTED


def test_a_derivation_must_arrive() -> None:
    """True steps that conclude something else prove nothing, and neither does an empty derivation."""
    step = Step("tangent", at_least(a - 1, sp.log(a)), certificate((1, log_gap(a))))

    assert check("elsewhere", FALSE, (step,)).outcome is Outcome.UNDECIDED
    assert check("nowhere", FALSE, ()).outcome is Outcome.UNDECIDED


class AnyInstance(Instance):
    """An instance of a true inequality that says something else."""

    @property
    def expression(self) -> sp.Expr:
        """What its author wants."""
        return MILLION - a


class AnyBase(Base):
    """A base that takes itself for each that the kernel knows."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(log_gap)


class AnyClaim(Claim):
    """A claim whose gap is not the difference of its sides."""

    gap = sp.S.One  # type: ignore[assignment] - what the forger wants


class AnyExponential(sp.exp):
    """A function that is taken for the exponential."""

    @classmethod
    def eval(cls, arg: sp.Expr) -> None:
        """Nothing."""


forged_base = AnyBase("log_gap", lambda t: t, lambda t: t, lambda *_, strictly_given: True)


@pytest.mark.parametrize(
    ("claim", "by"),
    [
        pytest.param(FALSE, certificate((1, AnyInstance(square, (a,)))), id="instance"),
        pytest.param(FALSE, certificate((1, forged_base(MILLION - a))), id="base inequality"),
        pytest.param(AnyClaim(a, Relation.AT_MOST, MILLION), certificate((1, sp.S.One)), id="claim"),
        pytest.param(at_least(AnyExponential(y), 0), certificate((1, AnyExponential(y))), id="head"),
    ],
)
def test_a_type_from_outside_the_kernel_is_refused(claim: Claim, by: Rule) -> None:
    """A subclass could answer anything, and equal anything."""
    assert outcome(claim, by) is Outcome.ILL_DEFINED
    assert check("forged", claim, (Step("forged", claim, by),)).outcome is Outcome.ILL_DEFINED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fdiff", lambda self, argindex=1: 2 * self.args[0]),
        ("_eval_derivative", lambda self, symbol: 2 * self.args[0]),
        ("is_nonnegative", True),
        ("__new__", lambda cls, *arguments: sp.S.Zero),
    ],
)
def test_an_author_defines_values_alone(name: str, value: object) -> None:
    """A slope, a sign or a value at symbols would be believed without a proof."""
    with pytest.raises(TypeError, match=f"may define eval and how it prints, not {name}"):
        type("Smooth", (ExactFunction,), {name: value})


class Sometimes(ExactFunction):
    """Zero at every term, and five at numbers far out."""

    @classmethod
    def eval(cls, k: sp.Expr) -> sp.Expr | None:
        """The value at an exact k, and an answer where there is no exact k."""
        return sp.Integer(5 if k.is_Rational and k >= 10**6 else 0)


def test_an_author_is_not_asked_for_values_at_terms() -> None:
    """Else the normal form would be the author's."""
    assert Sometimes(y) != 0
    assert Sometimes(10**6) == 5
    assert outcome(equal(Sometimes(a), 0), normal_form) is Outcome.UNDECIDED


def test_an_author_s_value_is_a_rational() -> None:
    """A value that is a variable would be another claim in another case."""
    wild = type("Wild", (ExactFunction,), {"eval": classmethod(lambda cls, k: y)})

    with pytest.raises(IllDefined, match="has the value y, which is not a rational number"):
        wild(1)


def test_an_absolute_value_has_no_curvature() -> None:
    """At the kink there is no slope: the obligation stays open, and nothing breaks."""
    by = ConvexMinimum(y, sp.S.Zero, certificate((1, 0)))

    assert outcome(at_least(Absolute(y), 0), by) is Outcome.UNDECIDED


def test_a_weight_of_zero_does_not_excuse_a_quotient_by_zero() -> None:
    """0 log t = 0 at t = 0 and t = infinity, not where t = exp(1/0)."""
    claim = equal(WeightedLog(nothing, sp.exp(1 / (a - 1))), 0)

    assert outcome(claim, normal_form) is Outcome.UNDECIDED
