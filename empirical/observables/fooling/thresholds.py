r"""Thresholds on the line: the gap is the Kolmogorov-Smirnov distance of two distribution functions.

The distribution function of m atoms is a staircase of m steps from 0 to 1 that must stay within epsilon of
:math:`F_\mu`. Walking along the line and stepping only when forced gives a law; the places where a step was
forced are disjoint intervals, each of which must contain an atom of every law that fools.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

from empirical.measurement import Measurement
from empirical.observables.fooling.bracket import bracket
from theory.laws import FiniteLaw


@dataclass(frozen=True)
class Staircase:
    """A law that fools and the intervals that prove it smallest.

    Args:
        weights: of the atoms, by the index of their point.
        intervals: pairs (a, b) of point indices: every law that fools has an atom among the points
            a + 1, ..., b; a = -1 stands for the left end of the line.
    """

    weights: dict[int, Fraction]
    intervals: tuple[tuple[int, int], ...]


def threshold_support(law: FiniteLaw, epsilon: Fraction) -> Measurement:
    """The smallest support of a law whose Kolmogorov-Smirnov distance from the data law is at most epsilon.

    Args:
        law: the data law on points in increasing order.
        epsilon: the largest distance that counts as fooled.

    Raises:
        ValueError: epsilon is not positive.
    """
    staircase = forced_staircase(law, epsilon)
    fools = kolmogorov_smirnov(law, staircase.weights) <= epsilon
    forced = sum(needs_an_atom(law, epsilon, interval) for interval in staircase.intervals)
    size = len(staircase.weights)
    return bracket(
        forced,
        size if fools else len(law),
        {"epsilon": str(epsilon), "points": len(law), "largest_atom": str(max(law.weights))},
        f"a staircase within epsilon, and {forced} disjoint intervals that need an atom",
    )


def kolmogorov_smirnov(law: FiniteLaw, weights: dict[int, Fraction]) -> Fraction:
    r"""The exact distance :math:`\max_t |F_\mu(t) - F_\nu(t)|` to a law with these atoms."""
    ours = accumulate(weights.get(i, Fraction(0)) for i in range(len(law)))
    return max(abs(a - b) for a, b in zip(accumulate(law.weights), ours, strict=True))


def needs_an_atom(law: FiniteLaw, epsilon: Fraction, interval: tuple[int, int]) -> bool:
    r"""Whether every law that fools has an atom among the points a + 1, ..., b.

    Without one its distribution function is constant from a to b, while :math:`F_\mu` rises by more than the
    two tolerances at the ends; at the ends of the line both functions agree and the tolerance is zero.
    """
    before, last = interval
    rise = sum(law.weights[before + 1 : last + 1], Fraction(0))
    tolerance = epsilon * ((before >= 0) + (last < len(law) - 1))
    return rise > tolerance


def forced_staircase(law: FiniteLaw, epsilon: Fraction) -> Staircase:
    """The staircase that steps only when the data law leaves its tube.

    Raises:
        ValueError: epsilon is not positive.
    """
    if epsilon <= 0:
        raise ValueError(
            f"epsilon must be positive (got {epsilon}): pass the largest gap that counts as fooled."
        )
    reached = list(accumulate(law.weights))
    end = len(law) - 1
    steps, level, highest = [-1], [Fraction(0)], Fraction(0)
    for point, value in enumerate(reached):
        lowest = Fraction(1) if point == end else value - epsilon
        if lowest > highest:
            steps.append(point)
            highest = Fraction(1) if point == end else min(Fraction(1), value + epsilon)
            level.append(highest)
    weights = {
        point: after - before for point, (before, after) in zip(steps[1:], pairwise(level), strict=True)
    }
    return Staircase(weights, tuple(pairwise(steps)))
