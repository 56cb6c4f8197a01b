r"""The Walsh-Hadamard transform in integers, and supports whose largest bias it computes exactly.

A point of :math:`\mathbb F_2^n` is an integer of n bits; the parity of y is
:math:`\chi_y(x) = (-1)^{\langle x, y \rangle}`.
"""

from collections.abc import Sequence
from fractions import Fraction


def transform(values: Sequence[int]) -> list[int]:
    r""":math:`\hat f(y) = \sum_x (-1)^{\langle x, y \rangle} f(x)` for all y, in n 2^n additions.

    Raises:
        ValueError: the number of values is not a power of two.
    """
    size = len(values)
    if size == 0 or size & (size - 1):
        raise ValueError(f"a transform takes 2^n values (got {size}): fill up with zeros.")
    result, half = list(values), 1
    while half < size:
        for start in range(0, size, 2 * half):
            for i in range(start, start + half):
                a, b = result[i], result[i + half]
                result[i], result[i + half] = a + b, a - b
        half *= 2
    return result


def largest_bias(bits: int, atoms: Sequence[int]) -> Fraction:
    r""":math:`\max_{y \ne 0} |\frac1m \sum_j \chi_y(x_j)|` of the uniform law on the atoms, with repeats.

    Raises:
        ValueError: there is no atom, no bit, or an atom has more bits than that.
    """
    if bits < 1 or not atoms or any(not 0 <= atom < 2**bits for atom in atoms):
        raise ValueError(f"atoms must be integers of {bits} >= 1 bits, at least one of them.")
    counts = [0] * 2**bits
    for atom in atoms:
        counts[atom] += 1
    return Fraction(max(map(abs, transform(counts)[1:])), len(atoms))


def cube_support(degree: int) -> list[int]:
    r"""The :math:`2^s` points :math:`(x, x^3)` of :math:`\mathbb F_{2^s}^2`, as integers of 2s bits.

    They are the code words of the dual of the double-error-correcting BCH code, read bit by bit.

    Source: macwilliams1977theory, chapter 15.
    """
    modulus = _irreducible(degree)
    return [x | _multiply(x, _multiply(x, x, modulus), modulus) << degree for x in range(2**degree)]


def _multiply(a: int, b: int, modulus: int) -> int:
    """The product of two polynomials over the field of two elements, modulo a third."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = a << 1, b >> 1
    return _remainder(product, modulus)


def _remainder(a: int, modulus: int) -> int:
    while a.bit_length() >= modulus.bit_length():
        a ^= modulus << (a.bit_length() - modulus.bit_length())
    return a


def _irreducible(degree: int) -> int:
    """The first polynomial of this degree that no polynomial of at most half its degree divides."""
    if degree < 1:
        raise ValueError(f"the degree of a field must be at least 1 (got {degree}).")
    return next(
        candidate
        for candidate in range(2**degree, 2 ** (degree + 1))
        if all(_remainder(candidate, divisor) for divisor in range(2, 2 ** (degree // 2 + 1)))
    )
