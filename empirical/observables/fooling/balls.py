r"""Norm balls over the points of the data law: functions on n points of Euclidean or maximum norm at most 1.

For one support S the gap is a game between a law on S and a discriminator f of the ball,

.. math:: \min_{\nu \in \Delta(S)} \max_f E_\mu f - E_\nu f = \max_f \big( E_\mu f - \max_S f \big),

so a law bounds it from above and a discriminator from below, and both bounds are computed in rationals.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from itertools import product
from math import lcm

import numpy as np
from scipy.optimize import linprog

from empirical.measurement import Measurement
from empirical.observables.fooling.bracket import bracket
from theory.laws import FiniteLaw


class Norm(Enum):
    """The norm that bounds the values of a discriminator on the points; the value names the law."""

    EUCLIDEAN = "l2-ball"
    MAXIMUM = "linf-ball"


@dataclass(frozen=True)
class SupportGap:
    """The smallest gap of all laws on one support, between two certificates.

    Args:
        lower: what the witness proves; the gap itself, or its square for the Euclidean ball.
        upper: what the law attains, in the same unit.
        law: weights on all points, zero off the support.
        witness: the values of a discriminator on all points, up to a positive factor.
    """

    lower: Fraction
    upper: Fraction
    law: tuple[Fraction, ...]
    witness: tuple[Fraction, ...]


def gap_on_support(law: FiniteLaw, support: Sequence[int], norm: Norm) -> SupportGap:
    """The smallest gap of all laws on these points, bracketed by exact certificates.

    Raises:
        ValueError: the support is empty or names a point that the law lacks.
    """
    atoms = sorted(set(support))
    if not atoms or atoms[0] < 0 or atoms[-1] >= len(law):
        raise ValueError(
            f"a support must name at least one of the points 0 to {len(law) - 1} (got {list(support)}): "
            f"pass their indices."
        )
    propose = _project if norm is Norm.EUCLIDEAN else _solve_game
    candidate, witness = propose(law, atoms)
    return SupportGap(
        lower=_proved(law, atoms, witness, norm),
        upper=_attained(law, candidate, norm),
        law=candidate,
        witness=witness,
    )


def ball_support(law: FiniteLaw, epsilon: Fraction, norm: Norm) -> Measurement:
    """The smallest support of a law on the points whose gap is at most epsilon.

    Supports that carry the same weights are the same up to the names of the points, which neither norm sees,
    so one of each kind is examined; larger supports contain smaller ones, so bisection finds the size.

    Raises:
        ValueError: epsilon is not positive.
    """
    if epsilon <= 0:
        raise ValueError(
            f"epsilon must be positive (got {epsilon}): pass the largest gap that counts as fooled."
        )
    # The Euclidean gap is compared squared: its square is rational.
    threshold = epsilon**2 if norm is Norm.EUCLIDEAN else epsilon

    @cache
    def gaps(size: int) -> tuple[SupportGap, ...]:
        return tuple(gap_on_support(law, support, norm) for support in _kinds(law, size))

    # On all points the data law itself fools, so the search ends one below.
    sizes = range(1, len(law))
    upper = 1 + bisect_left(sizes, True, key=lambda m: any(gap.upper <= threshold for gap in gaps(m)))
    lower = 1 + bisect_left(sizes, True, key=lambda m: any(gap.lower <= threshold for gap in gaps(m)))
    return bracket(
        lower,
        upper,
        {"functions": len(law), "epsilon": str(epsilon)},
        "a law that fools, and for fewer atoms a discriminator that none fools, both in rationals",
    )


def _kinds(law: FiniteLaw, size: int) -> Iterator[list[int]]:
    """One support of each multiset of weights."""
    alike = {weight: [i for i, w in enumerate(law.weights) if w == weight] for weight in Counter(law.weights)}
    for counts in product(*(range(min(len(points), size) + 1) for points in alike.values())):
        if sum(counts) == size:
            yield [i for count, points in zip(counts, alike.values(), strict=True) for i in points[:count]]


def _attained(law: FiniteLaw, candidate: Sequence[Fraction], norm: Norm) -> Fraction:
    """The exact gap of one law: the dual norm of the difference, squared if Euclidean."""
    difference = [a - b for a, b in zip(law.weights, candidate, strict=True)]
    if norm is Norm.EUCLIDEAN:
        return sum((d * d for d in difference), Fraction(0))
    return sum((abs(d) for d in difference), Fraction(0))


def _proved(law: FiniteLaw, atoms: Sequence[int], witness: Sequence[Fraction], norm: Norm) -> Fraction:
    """The gap that one discriminator keeps against every law on the atoms, squared if Euclidean."""
    mean = sum((weight * value for weight, value in zip(law.weights, witness, strict=True)), Fraction(0))
    kept = max(Fraction(0), mean - max(witness[i] for i in atoms))
    if norm is Norm.EUCLIDEAN:
        size = sum((value * value for value in witness), Fraction(0))
        return kept * kept / size if size else Fraction(0)
    size = max(abs(value) for value in witness)
    return kept / size if size else Fraction(0)


def _project(law: FiniteLaw, atoms: Sequence[int]) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """The Euclidean projection of the data law on the laws of a support, and the direction back to it.

    Off the support mass is missing; it is spread evenly over the atoms. (The weights only grow, so none has
    to be cut at zero.)
    """
    missing = 1 - sum((law.weights[i] for i in atoms), Fraction(0))
    chosen = set(atoms)
    candidate = tuple(
        weight + missing / len(atoms) if i in chosen else Fraction(0) for i, weight in enumerate(law.weights)
    )
    return candidate, tuple(a - b for a, b in zip(law.weights, candidate, strict=True))


def _solve_game(law: FiniteLaw, atoms: Sequence[int]) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """A law and a discriminator for the maximum norm, proposed by HiGHS and rounded to rationals.

    The discriminator solves ``max E_mu f - s`` with ``f(x) <= s`` on the atoms and ``|f| <= 1``; the prices
    of its constraints are the law. The vertices have values -1, 0, 1 and weights in multiples of the common
    denominator, so rounding recovers them; a wrong rounding would only widen the bracket.
    """
    points = len(law)
    costs = np.array([*(-float(weight) for weight in law.weights), 1.0])
    below = np.zeros((len(atoms), points + 1))
    below[np.arange(len(atoms)), atoms] = 1.0
    below[:, points] = -1.0
    solved = linprog(costs, A_ub=below, b_ub=np.zeros(len(atoms)), bounds=[(-1, 1)] * points + [(None, None)])
    witness = tuple(Fraction(round(value)) for value in solved.x[:points])
    denominator = lcm(*(weight.denominator for weight in law.weights))
    prices = {
        i: Fraction(round(-price * denominator), denominator)
        for i, price in zip(atoms, solved.ineqlin.marginals, strict=True)
    }
    total = sum(prices.values(), Fraction(0))
    return tuple(prices.get(i, Fraction(0)) / total for i in range(points)), witness
