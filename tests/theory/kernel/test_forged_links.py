"""Forged proofs through the joints of the kernel: chains, earlier theorems, names and what is put in.

Each claim is false, or has no meaning, only far out or at one point, which random points miss.
"""

from dataclasses import dataclass

import pytest
import sympy as sp

from theory.kernel import (
    Absolute,
    Calc,
    Claim,
    Derivation,
    Differentiated,
    ExactFunction,
    Fact,
    Functional,
    Grade,
    Integrated,
    NamedTotals,
    Outcome,
    Proved,
    Rule,
    Slope,
    Step,
    above_zero,
    absolute_gap,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    check,
    check_step,
    earlier,
    enumeration,
    equal,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)

FAR = sp.Integer(10**6)
a, b, v, x, y, t = positive("a"), positive("b"), positive("v"), real("x"), real("y"), real("t")
z = nonnegative("z")
mean = Functional("E", (v,), (Fact(1, 1),), finite=True)


def outcome(claim: Claim, by: Rule) -> Outcome:
    """What the kernel finds."""
    return check_step(Step("forged", claim, by)).outcome


@dataclass(frozen=True)
class Before:
    """A theorem of one step."""

    statement: Claim
    by: Rule
    id: str = "before"

    @property
    def derivation(self) -> tuple[Derivation, ...]:
        """The step."""
        return (Step("only", self.statement, self.by),)


def test_what_is_put_into_a_theorem_is_a_number() -> None:
    """From y^2 >= 0 at y = sqrt(10^6 - a), 10^6 - a >= 0 would follow for every a."""
    squares = Before(at_least(y**2, 0), certificate((1, square(y))))
    assert outcome(at_least(FAR - a, 0), earlier(squares, {y: sp.sqrt(FAR - a)})) is Outcome.UNDECIDED
    assert outcome(at_least(a, 0), earlier(squares, {y: sp.sqrt(a)})) is Outcome.HOLDS


def test_a_theorem_is_not_read_backwards() -> None:
    """|a - 10^6| + a - 10^6 is at least zero, and zero up to a million; it is not at most zero."""
    excess = Absolute(a - FAR) + a - FAR
    theorem = Before(at_least(excess, 0), certificate((1, absolute_gap(FAR - a))))
    assert outcome(theorem.statement, theorem.by) is Outcome.HOLDS
    assert outcome(at_most(excess, 0), earlier(theorem)) is Outcome.UNDECIDED
    assert outcome(at_most(0, excess), earlier(theorem)) is Outcome.HOLDS


@pytest.mark.parametrize("name", ["given_0", "given_1"])
def test_a_name_of_the_author_is_not_the_kernel_s(name: str) -> None:
    """What is given is named inside the kernel: an author's variable of that name is another one."""
    u = nonnegative(name)
    claim = at_least(FAR + x - u, 0, at_least_zero(x), at_least_zero(y))
    assert outcome(claim, certificate((1, FAR + x - u))) is Outcome.UNDECIDED


def test_the_links_of_a_chain_meet() -> None:
    """A link a >= a does not make a chain from 10^6 to a."""
    link = Step("link", at_least(a, a), certificate((1, 0)))
    with pytest.raises(ValueError, match="must begin with 1000000"):
        Calc("forged", FAR, (link,))


def test_a_chain_with_contradictory_links_is_vacuous() -> None:
    """Each link has points of its own, the conclusion has none."""
    same = certificate((1, 0))
    chain = calc("c", a).at_most(a, by=same, given=(above_zero(a - 10),))
    chain = chain.at_most(a, by=same, given=(above_zero(5 - a),))
    assert check("chain", chain.conclusion, [chain]).outcome is Outcome.VACUOUS


def test_a_name_does_not_stop_a_total_from_moving() -> None:
    """The slope of E[t v] is E[v], which is not bounded; that of a number is 0."""
    shown = (
        at_least(mean(t * v), mean(t * v) - 1),
        Integrated({mean: certificate((1, 1))}, {mean: (1,)}),
    )
    by = NamedTotals({mean(t * v): real("m")}, (shown,), Differentiated(certificate((FAR, 1))))
    assert outcome(at_most(Slope(mean(t * v), t, 1), FAR), by) is Outcome.UNDECIDED


def test_a_proved_claim_is_well_formed() -> None:
    """A given that holds a bound variable would be one about each point of the interval."""
    facts = (Fact(1, b, antiderivative=z), Fact(z, b**2 / 2, antiderivative=z**2 / 2))
    total = Functional("I", (z,), facts, interval=(sp.S.Zero, b))
    given = at_least_zero(FAR - z)
    inside = at_least(total(1) + FAR * b - b**2 / 2, total(1), given)
    proof = Integrated({total: certificate((1, FAR - z))}, {total: (FAR, -1)})
    claim = at_least(FAR * b - b**2 / 2, 0, given)
    assert outcome(claim, certificate((1, Proved(inside, proof)))) is Outcome.ILL_DEFINED


def test_what_multiplies_a_total_is_defined() -> None:
    """E[v]/(x - 10^7) equals itself, where it is anything."""
    part = mean(v) / (x - 10**7)
    assert outcome(equal(part, part), Integrated({mean: normal_form})) is Outcome.UNDECIDED


@pytest.mark.parametrize("hidden", [1 / (2 + 1 / (x - 5003)), (3 + 1 / (x - 5003)) ** -2])
def test_an_enumerated_quotient_hides_no_other(hidden: sp.Expr) -> None:
    """SymPy makes 1/(2 + 1/0) zero; one point of ten thousand has no value."""
    k = integer("k", 0, 10_000)
    assert outcome(at_least(hidden.xreplace({x: k}), -1), enumeration) is Outcome.UNDECIDED


def test_a_slope_does_not_believe_what_is_said_of_an_index() -> None:
    """S[log(10^6 - j)] has no value for many terms, though its slope is written 0."""
    j, count = integer("j", 0), integer("N", 0)
    terms = Functional("S", (j,), given=(above_zero(FAR - j),), index_range=count)
    claim = equal(Slope(t + terms(sp.log(FAR - j)), t, 1), 1)
    assert outcome(claim, Differentiated(normal_form)) is Outcome.UNDECIDED


def test_a_total_in_a_slope_is_no_variable_of_the_author() -> None:
    """Named "total 0" inside the kernel, E[v] would cancel against a variable of that name."""
    claim = equal(Slope(t + sp.log(FAR + mean(v) - real("total 0")), t, 1), 1)
    assert outcome(claim, Differentiated(normal_form)) is Outcome.UNDECIDED


@pytest.mark.parametrize("hook", ["_eval_is_zero", "_eval_expand_mul", "_eval_is_positive", "_eval_factor"])
def test_an_author_defines_no_hook_of_sympy(hook: str) -> None:
    """SymPy finds these by name; an expansion would be believed by the normal form."""
    with pytest.raises(TypeError, match=hook):
        type("Forged", (ExactFunction,), {hook: lambda self, **_: sp.S.One})


@pytest.mark.parametrize("parent", [sp.log, sp.exp, Absolute])
def test_an_author_s_function_is_no_other_function(parent: type) -> None:
    """Taken for a logarithm at x, and -1 at 5, it would prove that 10^6 - a >= 0."""
    with pytest.raises(TypeError):
        type("Forged", (ExactFunction, parent), {"eval": classmethod(lambda cls, x: None)})


def test_a_relation_is_one_of_three() -> None:
    """Anything else would be taken for >= and print as the author likes."""
    claim = Claim(a, Grade.EXACT, sp.S.Zero)  # type: ignore[arg-type] - what is refused
    assert outcome(claim, certificate((1, a))) is Outcome.ILL_DEFINED
