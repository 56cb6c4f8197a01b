"""How often atoms occur in a sample, exactly: spectra, missing mass, and limits from further draws."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod

import sympy as sp

from theory.collisions import binomial_limits
from theory.kernel import ExactFunction
from theory.laws import FiniteLaw
from theory.powers import require_short, scaled_power


def _samples(draws: int, masses: list[Fraction]) -> Iterator[tuple[Counter, Fraction]]:
    """How often each atom occurs, and the probability, of every sample."""
    for sample in product(range(len(masses)), repeat=draws):
        yield Counter(sample), prod((masses[atom] for atom in sample), start=Fraction(1))


def _masses(weights: tuple[sp.Expr, ...]) -> list[Fraction] | None:
    if not all(w.is_Integer for w in weights):
        return None
    return [Fraction(int(w), int(sum(weights))) for w in weights]


class ListedSpectrum(ExactFunction):
    """E f_j of s draws from atoms with integer weights, by listing all samples."""

    @classmethod
    def eval(cls, times: sp.Expr, draws: sp.Expr, *weights: sp.Expr) -> sp.Expr | None:
        """The sum over samples of the number of atoms that occur j times."""
        masses = _masses(weights)
        if masses is None or not (times.is_Integer and draws.is_Integer):
            return None
        total = sum(
            (
                sum(counts[atom] == times for atom in range(len(masses))) * probability
                for counts, probability in _samples(int(draws), masses)
            ),
            start=Fraction(0),
        )
        return _term(total)


class ListedMissingMass(ExactFunction):
    """E M_0 of s draws from atoms with integer weights, by listing all samples."""

    @classmethod
    def eval(cls, draws: sp.Expr, *weights: sp.Expr) -> sp.Expr | None:
        """The sum over samples of the mass of the atoms that do not occur."""
        masses = _masses(weights)
        if masses is None or not draws.is_Integer:
            return None
        total = sum(
            (
                sum((m for atom, m in enumerate(masses) if atom not in counts), start=Fraction(0))
                * probability
                for counts, probability in _samples(int(draws), masses)
            ),
            start=Fraction(0),
        )
        return _term(total)


def _term(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _at_least_two(draws: int) -> None:
    if draws < 2:
        raise ValueError(f"draws must be at least 2 (got {draws}): one draw is seen once, and says no more.")


def expected_missing_mass(law: FiniteLaw, draws: int) -> sp.Expr:
    """Sum of p (1 - p)^n."""
    _at_least_two(draws)
    require_short("draws", max(law.weights, key=lambda w: w.denominator), draws)
    return _term(sum((w * (1 - w) ** draws for w in law.weights), start=Fraction(0)))


def bias(law: FiniteLaw, draws: int) -> sp.Expr:
    """Sum of p^2 (1 - p)^(n-1), which E f_1 / n exceeds E M_0 by."""
    _at_least_two(draws)
    require_short("draws", max(law.weights, key=lambda w: w.denominator), draws)
    return _term(sum((w**2 * (1 - w) ** (draws - 1) for w in law.weights), start=Fraction(0)))


def bias_at_most(draws: int) -> sp.Expr:
    """(1/n) (1 - 1/n)^(n-1)."""
    _at_least_two(draws)
    return scaled_power(Fraction(1, draws), Fraction(draws - 1, draws), draws - 1)


def missing_mass_at_most(draws: int, support: int) -> sp.Expr:
    """The largest E M_0 of N atoms where N >= n or N = 1, and a bound of it elsewhere."""
    _at_least_two(draws)
    if support < 1:
        raise ValueError(f"support must be at least 1 (got {support}): it counts the atoms.")
    if support >= draws:
        return scaled_power(1, Fraction(support - 1, support), draws)
    if support == 1:
        return sp.S.Zero
    return scaled_power(Fraction(support, draws + 1), Fraction(draws, draws + 1), draws)


def unseen_at_least(draws: int, singletons: Fraction, doubletons: Fraction) -> sp.Expr:
    """(n-1)/n (E f_1)^2 / (2 E f_2)."""
    _at_least_two(draws)
    if singletons < 0 or doubletons <= 0:
        raise ValueError(
            f"singletons must be at least 0 and doubletons above 0 (got {singletons} and {doubletons}): they "
            f"are expected numbers of atoms, and the bound divides by the second."
        )
    return _term(Fraction(draws - 1, draws) * singletons**2 / (2 * doubletons))


def _limits(fresh: int, unseen: int, confidence: Fraction) -> tuple[Fraction, Fraction]:
    if fresh < 1 or not 0 <= unseen <= fresh:
        raise ValueError(
            f"unseen must lie between 0 and fresh (got {unseen} of {fresh}): count the fresh draws that the "
            f"sample does not hold."
        )
    return binomial_limits(fresh, unseen, confidence)


def unseen_mass_at_least(fresh: int, unseen: int, confidence: Fraction) -> sp.Expr:
    """The lower limit of M_0 given the sample; above 0 it certifies that the support is not exhausted."""
    return _term(_limits(fresh, unseen, confidence)[0])


def unseen_mass_at_most(fresh: int, unseen: int, confidence: Fraction) -> sp.Expr:
    """The upper limit of M_0 given the sample."""
    return _term(_limits(fresh, unseen, confidence)[1])
