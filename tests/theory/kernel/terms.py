"""Random terms over declared domains, and random exact points of them."""

from collections.abc import Mapping

import sympy as sp
from hypothesis import strategies as st

from theory.kernel import Absolute, WeightedLog, integer, interval, nonnegative, open_unit, positive, real
from theory.kernel.domains import Variable

VARIABLES = (
    real("x"),
    positive("a"),
    nonnegative("p"),
    open_unit("D"),
    interval("s", -2, 3),
    interval("c", -3, sp.Rational(-1, 2), upper_open=True),
    integer("n", 0),
    integer("k", -2, 2),
)

rationals = st.fractions(-4, 4, max_denominator=6).map(lambda value: sp.Rational(value))


def terms(*, leaves: int = 6) -> st.SearchStrategy[sp.Expr]:
    """Sums, products, powers, logarithms and exponentials; not all are defined everywhere."""
    atoms = st.one_of(st.sampled_from(VARIABLES), rationals)

    def larger(inner: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
        exponents = st.sampled_from((-2, -1, 2, 3, sp.Rational(1, 2), sp.Rational(-1, 3)))
        return st.one_of(
            st.builds(lambda a, b: a + b, inner, inner),
            st.builds(lambda a, b: a * b, inner, inner),
            st.builds(lambda a, e: a**e if a != 0 else sp.S.Zero, inner, exponents),
            inner.map(sp.exp),
            inner.map(lambda a: Absolute(a)),
            inner.filter(lambda a: a != 0).map(sp.log),
            st.builds(WeightedLog, inner, inner),
        )

    return st.recursive(atoms, larger, max_leaves=leaves).filter(is_real)


def is_real(term: sp.Expr) -> bool:
    """Whether SymPy kept the term inside the kernel's language."""
    return not term.has(sp.I, sp.nan, sp.zoo, sp.oo, sp.Abs, sp.arg, sp.re, sp.im, sp.sign)


@st.composite
def values(draw: st.DrawFn, variable: Variable) -> sp.Rational:
    """An exact value of a variable, its ends included."""
    domain = variable.domain
    low = domain.lower if domain.lower != -sp.oo else sp.Integer(-20)
    high = domain.upper if domain.upper != sp.oo else sp.Integer(20)
    if domain.integer:
        return sp.Integer(draw(st.integers(int(low), int(high))))
    share = sp.Rational(draw(st.fractions(0, 1, max_denominator=50)))
    value = low + (high - low) * share
    return value if value in domain else (low + high) / 2


@st.composite
def points(draw: st.DrawFn) -> Mapping[sp.Symbol, sp.Rational]:
    """A value for every variable."""
    return {variable: draw(values(variable)) for variable in VARIABLES}
