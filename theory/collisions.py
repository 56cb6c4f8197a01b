"""Exact collision probabilities of independent draws, and what they certify, in integers and rationals."""

from collections.abc import Callable
from fractions import Fraction
from math import comb, prod

import flint
import sympy as sp

from theory.kernel.balls import precision


def falling(N: int, k: int) -> int:
    """N (N - 1) ... (N - k + 1)."""
    return prod(range(N - k + 1, N + 1))


def no_collision(batch: int, support: int, mass: Fraction) -> Fraction:
    """q(M, N, rho): the largest probability of no collision, exactly."""
    M, N, rho = batch, support, Fraction(mass)
    if rho == 1:
        return Fraction(falling(N, M), N**M) if M <= N else Fraction(0)
    inside, outside = rho.numerator, rho.denominator - rho.numerator
    # The terms over the common denominator (rho.denominator N)^M, each from the one before: all are integers.
    term = total = (outside * N) ** M
    for k in range(min(M, N)):
        term = term * (M - k) * inside * (N - k) // ((k + 1) * outside * N)
        total += term
    return Fraction(total, (rho.denominator * N) ** M)


def _batch(batch: int) -> None:
    if batch < 2:
        raise ValueError(f"batch must be at least 2 (got {batch}): one draw cannot collide.")


def _probability(name: str, value: Fraction) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1 (got {value}): for example {name}=1/2.")


def collision_probability(batch: int, support: int, mass: Fraction) -> sp.Expr:
    """1 - q(M, N, rho), the least probability of a collision, exactly."""
    _batch(batch)
    if support < 1 or not 0 <= mass <= 1:
        raise ValueError(
            f"support must be at least 1 and mass lie in [0, 1] (got support = {support}, mass = {mass}): "
            f"mass is the probability of the atoms."
        )
    value = 1 - no_collision(batch, support, mass)
    return sp.Rational(value.numerator, value.denominator)


def _collides_at_least(batch: int, support: int, probability: Fraction) -> bool:
    """Whether the uniform law on the support collides with at least this probability, in integers."""
    if support < batch:
        return True
    missed = (1 - probability) * support**batch
    return falling(support, batch) <= missed


def _largest(batch: int, probability: Fraction) -> int:
    """The largest N whose uniform law collides with at least this probability: bisection, exact at each N."""
    below, above = 1, batch
    while _collides_at_least(batch, above, probability):
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        if _collides_at_least(batch, middle, probability):
            below = middle
        else:
            above = middle
    return below


def largest_support(batch: int, probability: Fraction) -> sp.Expr:
    """The largest uniform support at which a batch collides with at least this probability."""
    _batch(batch)
    _probability("probability", probability)
    return sp.Integer(_largest(batch, probability))


LIMIT_BITS = 64  # a limit on gamma is rounded outward to a multiple of 2^-64


def _tail_exceeds(trials: int, hits: int, chance: Fraction, level: Fraction) -> bool:
    """Whether Pr[Bin(trials, chance) >= hits] > level: by balls, and in rationals where they touch."""
    for bits in (128, 256, 512, 1024):
        with precision(bits):
            p = flint.arb(flint.fmpq(chance.numerator, chance.denominator))
            term = flint.arb(comb(trials, hits)) * p**hits * (1 - p) ** (trials - hits)
            distance = term - flint.arb(flint.fmpq(level.numerator, level.denominator))
            for k in range(hits, trials):
                term *= p / (1 - p) * (trials - k) / (k + 1)
                distance += term
            if distance > 0 or distance < 0:
                return bool(distance > 0)
    exactly = (comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits, trials + 1))
    return sum(exactly, Fraction(0)) > level


def _limits(batches: int, collisions: int, confidence: Fraction) -> tuple[Fraction, Fraction]:
    if batches < 1 or not 0 <= collisions <= batches:
        raise ValueError(
            f"collisions must lie between 0 and batches (got {collisions} of {batches}): count the batches "
            f"that hold at least one pair."
        )
    return binomial_limits(batches, collisions, confidence)


def binomial_limits(trials: int, hits: int, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """Clopper-Pearson limits on a probability, one-sided at this confidence, rounded outward.

    Raises:
        ValueError: the confidence is not a probability strictly between 0 and 1.
    """
    _probability("confidence", confidence)
    error, unit = 1 - confidence, Fraction(1, 2**LIMIT_BITS)

    def bisect(is_below: Callable[[Fraction], bool]) -> int:
        low, high = 0, 2**LIMIT_BITS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if is_below(middle * unit) else (low, middle)
        return low

    lower = bisect(lambda g: not _tail_exceeds(trials, hits, g, error)) * unit if hits else Fraction(0)
    upper = (
        (bisect(lambda g: not _tail_exceeds(trials, hits + 1, g, confidence)) + 1) * unit
        if hits < trials
        else Fraction(1)
    )
    return lower, upper


def effective_support_at_most(batch: int, batches: int, collisions: int, confidence: Fraction) -> sp.Expr:
    """M(M-1)/(2 gamma) at the lower limit of gamma; infinite without a collision."""
    _batch(batch)
    lower, _ = _limits(batches, collisions, confidence)
    if lower == 0:
        return sp.oo
    value = Fraction(batch * (batch - 1), 2) / lower
    return sp.Integer(-((-value.numerator) // value.denominator))


def support_at_least(batch: int, batches: int, collisions: int, confidence: Fraction) -> sp.Expr:
    """The smallest N whose uniform law collides with at most the upper limit of gamma."""
    _batch(batch)
    _, upper = _limits(batches, collisions, confidence)
    if upper >= 1:
        return sp.S.One
    if upper == 0:
        return sp.oo
    largest = _largest(batch, upper)
    exactly = no_collision(batch, largest, Fraction(1)) == 1 - upper
    return sp.Integer(largest if exactly else largest + 1)
