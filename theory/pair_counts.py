"""What pairs of equal draws say, exactly: how many there are, and which supports and sets they bound."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, prod

import sympy as sp

from theory.kernel import ExactFunction
from theory.laws import FiniteLaw


class CountedMoment(ExactFunction):
    """E[C^order] of s draws from three atoms with integer weights, by listing all samples."""

    @classmethod
    def eval(cls, order: sp.Expr, draws: sp.Expr, *weights: sp.Expr) -> sp.Expr | None:
        """The sum over all 3^s samples."""
        if not all(argument.is_Integer for argument in (order, draws, *weights)):
            return None
        masses, total = [int(w) for w in weights], 0
        for sample in product(range(len(masses)), repeat=int(draws)):
            pairs = sum(a == b for a, b in combinations(sample, 2))
            total += pairs ** int(order) * prod(masses[atom] for atom in sample)
        return sp.Rational(total, sum(masses) ** int(draws))


class CountedOverlap(ExactFunction):
    """How many pairs of s draws share exactly o draws with the first pair."""

    @classmethod
    def eval(cls, draws: sp.Expr, overlap: sp.Expr) -> sp.Expr | None:
        """By listing all pairs."""
        if not (draws.is_Integer and overlap.is_Integer):
            return None
        return sp.Integer(
            sum(len({0, 1} & {*pair}) == overlap for pair in combinations(range(int(draws)), 2))
        )


def variance(draws: sp.Expr, two: sp.Expr, three: sp.Expr) -> sp.Expr:
    """Var C, from the probabilities that two and that three draws agree."""
    return draws * (draws - 1) / 2 * (two - two**2) + draws * (draws - 1) * (draws - 2) * (three - two**2)


def _term(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def power_sum(law: FiniteLaw, power: int) -> sp.Rational:
    """The probability that ``power`` draws agree."""
    return _term(sum((w**power for w in law.weights), start=Fraction(0)))


def _pair(draws: int) -> None:
    if draws < 2:
        raise ValueError(f"draws must be at least 2 (got {draws}): one draw agrees with no other.")


def effective_support(law: FiniteLaw) -> sp.Expr:
    """1 / sum p^2."""
    return 1 / power_sum(law, 2)


def expected_collisions(law: FiniteLaw, draws: int) -> sp.Expr:
    """Binomial(s, 2) Q."""
    _pair(draws)
    return comb(draws, 2) * power_sum(law, 2)


def collision_variance(law: FiniteLaw, draws: int) -> sp.Expr:
    """Var C."""
    _pair(draws)
    return variance(sp.Integer(draws), power_sum(law, 2), power_sum(law, 3))


def _collides(draws: int, probability: Fraction) -> None:
    _pair(draws)
    if not 0 < probability <= 1:
        raise ValueError(
            f"probability must lie in (0, 1] (got {probability}): the share of batches that collide, as 1/2."
        )


def largest_effective_support(draws: int, probability: Fraction) -> sp.Expr:
    """M (M - 1) / (2 gamma)."""
    _collides(draws, probability)
    return comb(draws, 2) / _term(probability)


def least_effective_support(draws: int, probability: Fraction) -> sp.Expr:
    """The square of the positive root of gamma (n^2 + 2 (s-2) n + binomial(s-2, 2)) = binomial(s, 2)."""
    _collides(draws, probability)
    inside = (draws - 2) ** 2 + comb(draws, 2) / _term(probability) - comb(draws - 2, 2)
    return (sp.sqrt(inside) - (draws - 2)) ** 2


def _threshold(threshold: Fraction, pair_probability: Fraction, largest_mass: Fraction) -> None:
    if not 0 < threshold < pair_probability <= largest_mass <= 1:
        raise ValueError(
            f"0 < threshold < pair_probability <= largest_mass <= 1 is needed (got {threshold}, "
            f"{pair_probability}, {largest_mass}): p_max is at least Q = sum p^2, and only a threshold "
            f"below that certifies a set."
        )


def heavy_set_mass(threshold: Fraction, pair_probability: Fraction, largest_mass: Fraction) -> sp.Expr:
    """(Q - theta) / (p_max - theta)."""
    _threshold(threshold, pair_probability, largest_mass)
    if largest_mass == pair_probability:
        return sp.S.One
    return _term((pair_probability - threshold) / (largest_mass - threshold))


def heavy_set_size(threshold: Fraction, pair_probability: Fraction, largest_mass: Fraction) -> sp.Expr:
    """The largest integer up to 1/theta."""
    _threshold(threshold, pair_probability, largest_mass)
    return sp.Integer(1 / threshold // 1)


def cover_at_least(near_duplicates: Fraction) -> sp.Expr:
    """The smallest integer from 1/Pr[R] on."""
    if not 0 < near_duplicates <= 1:
        raise ValueError(
            f"near_duplicates must lie in (0, 1] (got {near_duplicates}): the probability that two draws are."
        )
    return sp.ceiling(1 / _term(near_duplicates))
