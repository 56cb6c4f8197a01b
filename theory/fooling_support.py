r"""The smallest support that fools a class of discriminators, where it is known exactly, as data.

A law :math:`\nu` fools the class :math:`\mathcal F` of discriminators on the data law :math:`\mu` up to
:math:`\epsilon` when :math:`\sup_{f \in \mathcal F} |E_\mu f - E_\nu f| \le \epsilon`. Each law below gives
the smallest count of atoms, of any weights, with which that is possible.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import sympy as sp

from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.theorems import small_support

OBSERVABLE = "fooling_support"

FUNCTIONS = Parameter("functions", Kind.INTEGER, "how many functions span the class, at least 1")
EPSILON = Parameter("epsilon", Kind.RATIONAL, "the largest payoff advantage that counts as fooled, above 0")
LARGEST_ATOM = Parameter("largest_atom", Kind.RATIONAL, "the largest mass of one data point, 0 for none")


@dataclass(frozen=True)
class FoolingLaw:
    """One law of the smallest fooling support.

    Args:
        name: stable name, a key of stored results.
        discriminators: the class of discriminators, in words.
        data: the data law for which the law is claimed, in words.
        prediction: the exact integer, in atoms, with its relation and its LaTeX.
        source: where the statement comes from.
    """

    name: str
    discriminators: str
    data: str
    prediction: Prediction
    source: Source


def _positive(name: str, value: Fraction | int) -> None:
    if value <= 0:
        raise ValueError(f"{name} must be positive (got {value}): pass a number above 0.")


def _caratheodory(functions: int) -> sp.Expr:
    _positive("functions", functions)
    return sp.Integer(functions + 1)


def _caratheodory_with_constant(functions: int) -> sp.Expr:
    _positive("functions", functions)
    return sp.Integer(functions)


def _l2_ball(functions: int, epsilon: Fraction) -> sp.Expr:
    _positive("functions", functions)
    _positive("epsilon", epsilon)
    return sp.Integer(ceil(1 / (epsilon**2 + Fraction(1, functions))))


def _linf_ball(functions: int, epsilon: Fraction) -> sp.Expr:
    _positive("functions", functions)
    _positive("epsilon", epsilon)
    # A law has at least one atom, also where every law fools.
    return sp.Integer(max(1, ceil(functions * (1 - epsilon / 2))))


def _thresholds(epsilon: Fraction, largest_atom: Fraction) -> sp.Expr:
    _positive("epsilon", epsilon)
    quantiles = ceil(1 / (2 * epsilon))
    # Between two of the m atoms the data's distribution function rises by at most 2 epsilon, before the first
    # and after the last by epsilon, and at each by largest_atom, so m >= 1/(2 epsilon + largest_atom).
    if largest_atom < 0 or ceil(1 / (2 * epsilon + largest_atom)) != quantiles:
        lightest = Fraction(1, max(1, quantiles - 1)) - 2 * epsilon
        raise ValueError(
            f"the law of thresholds needs data points of mass below {lightest} each at epsilon = {epsilon} "
            f"(got a largest atom of {largest_atom}): pass 0 for a law without atoms, or a finer grid."
        )
    return sp.Integer(quantiles)


CARATHEODORY = FoolingLaw(
    name="caratheodory",
    discriminators="all linear combinations of n functions, of any size, no constant among them",
    data="any law; fewer atoms do not do where it and the data points are in general position",
    prediction=Prediction(
        OBSERVABLE, Relation.EQUALS, _caratheodory, (FUNCTIONS,), unit="atoms", display="n + 1"
    ),
    source=Source("caratheodory1911", "convex hull theorem", as_we_derive_it=True),
)

CARATHEODORY_WITH_CONSTANT = FoolingLaw(
    name="caratheodory-with-constant",
    discriminators="all linear combinations of n functions, of any size, a constant among them",
    data=CARATHEODORY.data,
    prediction=Prediction(
        OBSERVABLE, Relation.EQUALS, _caratheodory_with_constant, (FUNCTIONS,), unit="atoms", display="n"
    ),
    source=CARATHEODORY.source,
)

L2_BALL = FoolingLaw(
    name="l2-ball",
    discriminators="linear combinations of n orthonormal features, coefficients of Euclidean norm at most 1",
    data="the uniform law on the n points that the features single out",
    prediction=Prediction(
        OBSERVABLE,
        Relation.EQUALS,
        _l2_ball,
        (FUNCTIONS, EPSILON),
        unit="atoms",
        display=r"\left\lceil \frac{1}{\epsilon^2 + 1/n} \right\rceil",
    ),
    source=Source(
        "vershynin2018hdp", "Theorem 0.0.2 (approximate Caratheodory), sharpened", as_we_derive_it=True
    ),
)

LINF_BALL = FoolingLaw(
    name="linf-ball",
    discriminators="all functions of n points with values in [-1, 1]",
    data="the uniform law on the n points",
    prediction=Prediction(
        OBSERVABLE,
        Relation.EQUALS,
        _linf_ball,
        (FUNCTIONS, EPSILON),
        unit="atoms",
        display=r"\left\lceil n \left(1 - \epsilon/2\right) \right\rceil",
    ),
    source=Source("arora2017generalization", "the exact case of Corollary 3.3", as_we_derive_it=True),
)

THRESHOLDS = FoolingLaw(
    name="thresholds",
    discriminators="all thresholds 1[x <= t] on the line: one parameter",
    data="any law without atoms, or a grid so fine that 1/(2 epsilon + largest atom) rounds up to the same",
    prediction=Prediction(
        OBSERVABLE,
        Relation.EQUALS,
        _thresholds,
        (EPSILON, LARGEST_ATOM),
        unit="atoms",
        display=r"\left\lceil \frac{1}{2 \epsilon} \right\rceil",
    ),
    source=Source("arora2017generalization", "the exact case of Corollary 3.3", as_we_derive_it=True),
)

SMALL_SUPPORT = FoolingLaw(
    name="small-support",
    discriminators="any with p parameters in a ball, Lipschitz in them, of bounded values",
    data="any law; draws from it fool with positive probability, so some law of that support does",
    prediction=Prediction(
        OBSERVABLE,
        Relation.AT_MOST,
        small_support.atoms,
        small_support.PARAMETERS,
        unit="atoms",
        display=rf"\left\lceil {small_support.DISPLAY} \right\rceil",
    ),
    source=small_support.THEOREM.source,
)

LAWS = (CARATHEODORY, CARATHEODORY_WITH_CONSTANT, L2_BALL, LINF_BALL, THRESHOLDS, SMALL_SUPPORT)


def law(name: str) -> FoolingLaw:
    """The law of this name.

    Raises:
        ValueError: there is none.
    """
    for candidate in LAWS:
        if candidate.name == name:
            return candidate
    raise ValueError(
        f"no law of fooling supports is called {name!r}: take one of {', '.join(x.name for x in LAWS)}."
    )
