r"""The smallest support that fools a class of discriminators, where it is known exactly, as data.

A law :math:`\nu` fools the class :math:`\mathcal F` of discriminators on the data law :math:`\mu` up to
:math:`\epsilon` when :math:`\sup_{f \in \mathcal F} |E_\mu f - E_\nu f| \le \epsilon`. Each law below gives
the smallest count of atoms, of any weights, with which that is possible.
"""

from dataclasses import dataclass, replace

from theory.prediction import Prediction
from theory.source import Source
from theory.statement import Theorem
from theory.theorems import caratheodory_support, rkhs_ball_support, small_support, threshold_support

OBSERVABLE = "fooling_support"


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


def _of(theorem: Theorem, observable: str) -> Prediction:
    """A theorem's prediction, as one of the number that all laws share."""
    (found,) = (p for p in theorem.predictions if p.observable == observable)
    return replace(found, observable=OBSERVABLE)


CARATHEODORY = FoolingLaw(
    name="caratheodory",
    discriminators="all linear combinations of n functions, of any size, no constant among them",
    data="any law; fewer atoms do not do where it and the data points are in general position",
    prediction=_of(caratheodory_support.THEOREM, "fooling_support"),
    source=caratheodory_support.THEOREM.source,
)

CARATHEODORY_WITH_CONSTANT = FoolingLaw(
    name="caratheodory-with-constant",
    discriminators="all linear combinations of n functions, of any size, a constant among them",
    data=CARATHEODORY.data,
    prediction=_of(caratheodory_support.THEOREM, "fooling_support_with_constant"),
    source=CARATHEODORY.source,
)

L2_BALL = FoolingLaw(
    name="l2-ball",
    discriminators="linear combinations of n orthonormal features, coefficients of Euclidean norm at most 1",
    data="the uniform law on the n points that the features single out",
    prediction=_of(rkhs_ball_support.THEOREM, "l2_ball_support"),
    source=rkhs_ball_support.THEOREM.source,
)

LINF_BALL = FoolingLaw(
    name="linf-ball",
    discriminators="all functions of n points with values in [-1, 1]",
    data="the uniform law on the n points",
    prediction=_of(rkhs_ball_support.THEOREM, "linf_ball_support"),
    source=rkhs_ball_support.THEOREM.source,
)

THRESHOLDS = FoolingLaw(
    name="thresholds",
    discriminators="all thresholds 1[x <= t] on the line: one parameter",
    data="any law without atoms, or a grid so fine that 1/(2 epsilon + largest atom) rounds up to the same",
    prediction=_of(threshold_support.THEOREM, "threshold_support"),
    source=threshold_support.THEOREM.source,
)

SMALL_SUPPORT = FoolingLaw(
    name="small-support",
    discriminators="any with p parameters in a ball, Lipschitz in them, of bounded values",
    data="any law; draws from it fool with positive probability, so some law of that support does",
    prediction=_of(small_support.THEOREM, "sufficient_support"),
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
