"""How many atoms fool all characters of a group: the least by the Welch-type inequality, and enough of them.

Integer arithmetic end to end; the one logarithm is rounded up by certified balls.
"""

from fractions import Fraction
from itertools import count
from math import comb

import sympy as sp

from theory.kernel import ExactFunction, certified_ceiling
from theory.walsh_hadamard import cube_support, largest_bias

FOLDS = 1000  # the largest k that is tried
MOST_BITS = 2000  # of N: the integers have 2k times as many digits as epsilon


def least_support(characters: int, epsilon: Fraction) -> tuple[int, int]:
    """The least m that satisfies the inequality for all k <= FOLDS, and the first k that demands it."""
    best, fold, over, under = 1, 1, epsilon.numerator, epsilon.denominator
    for draws in range(1, FOLDS + 1):
        right = under ** (2 * draws) + (characters - 1) * over ** (2 * draws)
        left = characters * under ** (2 * draws)
        if comb(best + draws - 1, draws) * right < left:
            high = next(2**e * best for e in count(1) if comb(2**e * best + draws - 1, draws) * right >= left)
            low = best
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (
                    (middle, high) if comb(middle + draws - 1, draws) * right < left else (low, middle)
                )
            best, fold = high, draws
        # The left side grows with k and the right one is at most N: no larger k demands more.
        if comb(best + draws - 1, draws) >= characters:
            break
    return best, fold


def _epsilon(epsilon: Fraction) -> None:
    if not 0 < epsilon < 1:
        raise ValueError(
            f"epsilon must lie strictly between 0 and 1 (got {epsilon}): one atom fools up to 1; for example "
            f"epsilon=1/10."
        )


def _bits(bits: int) -> None:
    if not 1 <= bits <= MOST_BITS:
        raise ValueError(f"bits must lie between 1 and {MOST_BITS} (got {bits}): for example bits=100.")


def support_at_least(bits: int, epsilon: Fraction) -> sp.Expr:
    """The least m with C(m+k-1, k) (1 + (2^n - 1) eps^(2k)) >= 2^n for every k up to 1000."""
    _bits(bits)
    _epsilon(epsilon)
    return sp.Integer(least_support(2**bits, epsilon)[0])


def best_fold(bits: int, epsilon: Fraction) -> sp.Expr:
    """The first k whose inequality asks for that many atoms."""
    _bits(bits)
    _epsilon(epsilon)
    return sp.Integer(least_support(2**bits, epsilon)[1])


def support_at_most(bits: int, epsilon: Fraction) -> sp.Expr:
    """2 log(2 (2^n - 1)) / eps^2, rounded up, which balls of growing precision certify."""
    _bits(bits)
    _epsilon(epsilon)
    return sp.Integer(
        certified_ceiling(
            2 * sp.log(2 ** (bits + 1) - 2) / sp.Rational(epsilon.numerator, epsilon.denominator) ** 2
        )
    )


def cosine_support_at_least(dimension: int, frequency: int, epsilon: Fraction) -> sp.Expr:
    """The same with N = (L+1)^p, for neurons (1 + cos(<t, x> + b))/2: their advantage is half of the bias.

    Raises:
        ValueError: N is out of reach, or epsilon is not below 1/2, the largest advantage of one atom.
    """
    if dimension < 1 or frequency < 1 or (frequency + 1) ** min(dimension, MOST_BITS) >= 2**MOST_BITS:
        raise ValueError(
            f"dimension and frequency must be at least 1, and (frequency + 1)^dimension below 2^{MOST_BITS} "
            f"(got {dimension} and {frequency}): for example dimension=100, frequency=10."
        )
    if not 0 < epsilon < Fraction(1, 2):
        raise ValueError(
            f"epsilon must lie strictly between 0 and 1/2 (got {epsilon}): one atom fools these neurons "
            f"up to 1/2; for example epsilon=1/10."
        )
    return sp.Integer(least_support((frequency + 1) ** dimension, 2 * epsilon)[0])


class CubeBias(ExactFunction):
    """The largest bias of the 2^s points (x, x^3), by an integer Walsh-Hadamard transform over 2s bits."""

    @classmethod
    def eval(cls, degree: sp.Expr) -> sp.Expr | None:
        """The exact rational at a natural number."""
        if degree.is_Integer:
            found = largest_bias(2 * int(degree), cube_support(int(degree)))
            return sp.Rational(found.numerator, found.denominator)
        return None


class LeastSupport(ExactFunction):
    """The least m that satisfies the inequality for N = 2^n and every k up to 1000."""

    @classmethod
    def eval(cls, bits: sp.Expr, epsilon: sp.Expr) -> sp.Expr | None:
        """The exact integer at exact arguments."""
        if bits.is_Integer and epsilon.is_Rational:
            return sp.Integer(least_support(2 ** int(bits), Fraction(int(epsilon.p), int(epsilon.q)))[0])
        return None
