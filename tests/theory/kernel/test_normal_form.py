"""The normal form against balls at points, and against identities that hold by construction."""

from itertools import combinations, combinations_with_replacement

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.theory.kernel.terms import rationals
from theory.kernel import (
    ExactFunction,
    IllDefined,
    WeightedLog,
    above_zero,
    equal,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
)
from theory.kernel.balls import ball
from theory.kernel.normal_form import is_zero, undefined_part

x, a, b, p, q = real("x"), positive("a"), positive("b"), nonnegative("p"), nonnegative("q")
n = integer("n", 1)


SMALL = (sp.Integer(2), a, b, a * b, a / b, a**2, 2 * a, a + b, a**2 + a * b)
LOGARITHMS = tuple(sp.log(u) for u in SMALL)
PAIRS = tuple(combinations_with_replacement(LOGARITHMS, 2))
SUMS = (*LOGARITHMS, *(u + v for u, v in PAIRS), *(u - v for u, v in PAIRS))
POWERS = (*(sp.exp(u) for u in SUMS), *(sp.exp(-u / 2) for u in LOGARITHMS))
POOL = tuple(dict.fromkeys((*SMALL, *SUMS, *POWERS)))
PLACES = ({a: sp.Rational(7, 5), b: sp.Rational(11, 3)}, {a: sp.Rational(1, 9), b: sp.Rational(13, 2)})


def test_zero_is_said_where_values_agree_and_only_there() -> None:
    """The normal form of a difference is zero where two values agree, and not where they differ.

    The points have nothing to do with the terms: at 160 bits, only equal terms agree at both. Of the many
    pairs that differ, every twentieth is tried.
    """
    values = {term: tuple(ball(term, place) for place in PLACES) for term in POOL}
    agree, differ = [], []
    for u, v in combinations(POOL, 2):
        same = all(one.overlaps(other) for one, other in zip(values[u], values[v], strict=True))
        (agree if same else differ).append(u - v)

    assert len(agree) > 30
    assert [gap for gap in agree if not is_zero(gap)] == []
    assert [gap for gap in differ[::20] if is_zero(gap)] == []


positives = st.recursive(
    st.one_of(st.sampled_from((a, b)), st.integers(1, 6).map(sp.Integer)),
    lambda inner: st.one_of(
        st.builds(lambda u, v: u + v, inner, inner),
        st.builds(lambda u, v: u * v, inner, inner),
        st.builds(lambda u, k: u**k, inner, st.sampled_from((-2, -1, 2))),
        inner.map(sp.exp),
    ),
    max_leaves=4,
)


@st.composite
def identities(draw: st.DrawFn) -> sp.Expr:
    """A term that is zero by construction, for positive u and v."""
    u, v, k = draw(positives), draw(positives), draw(st.integers(2, 3))
    return draw(
        st.sampled_from(
            (
                (u + v) ** k - sp.expand((u + v) ** k),
                u / (u + v) + v / (u + v) - 1,
                sp.log(u * v) - sp.log(u) - sp.log(v),
                sp.log(u**k / v) - k * sp.log(u) + sp.log(v),
                sp.exp(u + v) - sp.exp(u) * sp.exp(v),
                sp.exp(u / k) ** k - sp.exp(u),
                sp.exp(sp.log(u) * v) - u**v,
                WeightedLog(u, v) - u * sp.log(v),
            )
        )
    )


@given(identities(), identities(), rationals, positives)
@settings(max_examples=100)
def test_identities_by_construction_are_zero(first: sp.Expr, second: sp.Expr, k: sp.Expr, u: sp.Expr) -> None:
    """Sums of multiples of true identities have the normal form zero; with a remainder they have not."""
    assert is_zero(k * first + u * second)
    assert not is_zero(k * first + u * second + u)


@pytest.mark.parametrize(
    "term",
    [
        sp.log(a) - sp.log(b),
        sp.log(6) - sp.log(2) * sp.log(3),
        sp.exp(a) - sp.exp(b),
        sp.exp(a / 2) - sp.exp(a / 3),
        a**x - x**a,
        sp.sqrt(a) - a,
        x - real("x'"),
        x - positive("x"),
        a - positive("log_0"),
        sp.exp(a) - positive("exp_0"),
    ],
)
def test_different_terms_are_not_called_zero(term: sp.Expr) -> None:
    """Generators of different meaning stay apart, and apart from variables that look like them."""
    assert not is_zero(term)


@pytest.mark.parametrize("argument", [-a, -(a**2), (-a - 1) * b, sp.Integer(-2) / a, sp.S.Zero * a])
def test_the_sign_of_a_logarithm_is_not_lost(argument: sp.Expr) -> None:
    """The logarithm of a negative product is refused: it is not that of its absolute value."""
    with pytest.raises(IllDefined, match=r"is not real|outside the kernel"):
        is_zero(sp.log(argument) - sp.log(-argument))


def test_two_negative_factors_make_a_positive_one() -> None:
    """Where the signs cancel, the logarithm splits over the absolute values."""
    assert is_zero(sp.log((-1 - a) * (-b)) - sp.log(1 + a) - sp.log(b))


def test_a_denominator_that_is_zero_is_never_zero() -> None:
    """0/0 written without showing it has no normal form zero."""
    hidden = (x + 1) ** 2 - x**2 - 2 * x - 1

    assert not is_zero(x / hidden)
    assert not is_zero(hidden / (hidden * x))


class Doubled(ExactFunction):
    """2k at exact k."""

    @classmethod
    def eval(cls, k: sp.Expr) -> sp.Expr | None:
        """The exact value at an exact k."""
        return 2 * k if k.is_Rational else None


def test_an_exact_function_is_opaque_up_to_its_arguments() -> None:
    """Equal arguments give equal values; nothing else is known of the function."""
    assert is_zero(Doubled((a + 1) ** 2) - Doubled(a**2 + 2 * a + 1))
    assert not is_zero(Doubled(a) - 2 * a)


@pytest.mark.parametrize(
    ("term", "given", "fault"),
    [
        (sp.log(x), (), sp.log(x)),
        (sp.log(x), (above_zero(x),), None),
        (1 / x, (), 1 / x),
        (1 / (x - 1), (above_zero(x - 1),), None),
        (1 / (-1 - p), (), None),
        (sp.sqrt(p), (), sp.sqrt(p)),
        (sp.exp(1 / p), (), 1 / p),
        (1 / (1 + 1 / p), (), 1 / p),
        (WeightedLog(a, p), (), WeightedLog(a, p)),
        (sp.nan, (), sp.nan),
    ],
)
def test_what_is_undefined_is_named(term: sp.Expr, given: tuple, fault: sp.Expr | None) -> None:
    """A logarithm or quotient is defined only where its argument is shown to be positive or not zero."""
    found = undefined_part(term, tuple(g.expression for g in given))

    assert (found is None) if fault is None else (found is not None and found.has(fault))


@pytest.mark.parametrize(
    ("argument", "given", "holds"),
    [
        (p, (), True),
        (1 / p, (), True),
        (p / q, (), False),
        (p / q, (above_zero(q),), True),
        (p / (p + q), (above_zero(p + q),), True),
        (1 + q / p, (above_zero(p + q),), True),
        (1 + q / p, (), False),
        (p - 1, (), False),
    ],
)
def test_zero_times_the_logarithm_of_zero_or_infinity(argument: sp.Expr, given: tuple, holds: bool) -> None:
    """0 log 0 = 0 and 0 log(1/0) = 0, but 0 log(0/0) and 0 log(-1) are undefined."""
    claim = equal(WeightedLog(p, argument), 0, *given)
    at_zero = next(iter(claim.cases()))
    found = undefined_part(claim.lhs, tuple(g.at(at_zero).expression for g in given if g.strict), at_zero)

    assert at_zero[p] == 0
    assert (found is None) == holds


def test_each_case_is_checked_apart() -> None:
    """The claim p log p = p^2 holds at p = 0 and fails above it, so it is not proved."""
    obligations = list(normal_form.obligations(equal(WeightedLog(p, p), p**2)))

    assert [o.holds for o in obligations if "normal form" in o.sentence] == [True, False]
