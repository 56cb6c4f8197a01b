"""The game of accusations: a generator emits one mode of the data, a discriminator accuses one mode."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement

import sympy as sp

Payoffs = tuple[tuple[sp.Expr, ...], ...]


def payoffs(data: Sequence[Fraction], reached: int) -> Payoffs:
    r"""Accuracy :math:`(P_{data}[x \ne i] + P_j[x = i]) / 2`: a row per mode i, a column per j."""
    shares = [sp.Rational(share.numerator, share.denominator) for share in data]
    return tuple(
        tuple((1 - share + int(i == j)) / 2 for j in range(reached)) for i, share in enumerate(shares)
    )


def concedes(game: Payoffs, generators: Sequence[int]) -> list[sp.Expr]:
    """The accuracy of each discriminator against the uniform mixture of these generators."""
    return [sp.Add(*(row[j] for j in generators)) / len(generators) for row in game]


def fewest(game: Payoffs, most: sp.Expr) -> tuple[int, ...]:
    """The shortest multiset of generators whose uniform mixture concedes at most this much.

    Args:
        game: the payoffs.
        most: above the game's value; otherwise the search need not end.
    """
    size = 1
    while True:
        mixtures = combinations_with_replacement(range(len(game[0])), size)
        best = min(mixtures, key=lambda mixture: max(concedes(game, mixture)))
        if max(concedes(game, best)) <= most:
            return best
        size += 1
