"""Exact probability laws: finitely many atoms with rational weights."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class FiniteLaw:
    r"""A law on atoms 0, ..., n - 1 with exact rational weights, :math:`\sum_i w_i = 1`.

    Args:
        weights: one nonnegative rational per atom. Floats are refused: they are not exact.

    Raises:
        TypeError: a weight is neither an integer nor a fraction.
        ValueError: a weight is negative, or the weights do not sum to one.
    """

    weights: tuple[Fraction, ...]

    def __init__(self, weights: Iterable[Fraction | int | str]) -> None:
        exact = []
        for weight in weights:
            if isinstance(weight, float):
                raise TypeError(
                    f"a weight of an exact law must be a rational (got the float {weight!r}): "
                    f"write it as a fraction, for example Fraction(3, 10)."
                )
            exact.append(Fraction(weight))
        negative = [w for w in exact if w < 0]
        if negative:
            raise ValueError(f"weights must be nonnegative (got {negative[0]}): pass probabilities.")
        total = sum(exact, Fraction(0))
        if total != 1:
            raise ValueError(
                f"weights must sum to one (got {total}): divide each by {total}."
                if total
                else "weights must sum to one (got nothing but zeros): pass probabilities."
            )
        object.__setattr__(self, "weights", tuple(exact))

    def __len__(self) -> int:
        return len(self.weights)
