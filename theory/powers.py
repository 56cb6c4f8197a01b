"""Exact powers of rationals: written out while they are short, and as a power where they are not."""

from fractions import Fraction

import sympy as sp

WRITTEN_OUT = 13_000  # bits of a denominator; Python prints integers of up to 4,300 digits


def _is_short(base: Fraction, exponent: int) -> bool:
    return exponent * base.denominator.bit_length() <= WRITTEN_OUT


def scaled_power(scale: Fraction | int, base: Fraction, exponent: int, plus: int = 0) -> sp.Expr:
    """Plus + scale x base^exponent as a closed number."""
    if _is_short(base, exponent):
        value = plus + scale * base**exponent
        return sp.Rational(value.numerator, value.denominator)
    factor, number = (sp.Rational(Fraction(x).numerator, Fraction(x).denominator) for x in (scale, base))
    power = sp.Pow(number, exponent, evaluate=False)
    scaled = power if factor == 1 else sp.Mul(factor, power, evaluate=False)
    return sp.Add(plus, scaled, evaluate=False) if plus else scaled


def require_short(name: str, base: Fraction, exponent: int) -> None:
    """Refuse a sum of powers that would take thousands of digits.

    Raises:
        ValueError: it would.
    """
    if not _is_short(base, exponent):
        raise ValueError(
            f"{name} is too large for an exact sum over these masses (got {exponent}): the value would have "
            f"more than {WRITTEN_OUT} binary digits. Take fewer draws, or masses of smaller denominators."
        )
