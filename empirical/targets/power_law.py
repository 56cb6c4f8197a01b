"""Laws on whole numbers whose weights fall as a power, some of their mass perhaps off all atoms."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import torch
from jaxtyping import Float


@dataclass(frozen=True)
class PowerLaw:
    r"""Mass :math:`\rho` on atoms 1, ..., N with weights proportional to :math:`i^{-a}`, the rest on (-1, 0].

    The rest is uniform there: it has no atom, so two draws of it never collide, but for the 2^-53 of a float.

    Args:
        support: N.
        exponent: a, a whole number; 0 makes the atoms equal.
        mass: rho, the probability of the atoms.

    Raises:
        ValueError: no atom, a negative exponent, or a mass outside [0, 1].
    """

    support: int
    exponent: int = 0
    mass: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.support < 1 or self.exponent < 0 or not 0 <= self.mass <= 1:
            raise ValueError(
                f"a power law needs at least one atom, an exponent from 0 up and a mass in [0, 1] (got "
                f"{self.support}, {self.exponent} and {self.mass}): pass PowerLaw(1000, exponent=1), say."
            )

    @property
    def described(self) -> dict[str, str]:
        """Every field in words."""
        return {"support": str(self.support), "exponent": str(self.exponent), "mass": str(self.mass)}

    @cached_property
    def pair_probability(self) -> Fraction:
        r"""The probability that two draws are equal, :math:`\sum_i p_i^2`, exactly."""
        powers = [Fraction(1, number**self.exponent) for number in range(1, self.support + 1)]
        return self.mass**2 * sum(power**2 for power in powers) / sum(powers) ** 2

    @property
    def effective_support(self) -> Fraction:
        r"""The Renyi-2 support, :math:`1/\sum_i p_i^2`, exactly.

        Raises:
            ZeroDivisionError: the atoms have no mass.
        """
        return 1 / self.pair_probability

    def sample(self, n: int, generator: torch.Generator) -> Float[torch.Tensor, "n 1"]:
        """Draws n independent numbers, as points of one coordinate."""
        powers = torch.arange(1, self.support + 1, dtype=torch.float64) ** -self.exponent
        ends = powers.cumsum(0) / powers.sum()
        on_atoms, place = torch.rand(2, n, dtype=torch.float64, generator=generator)
        # Rounding can leave the last end below 1 by 2^-53 of a sum.
        atom = torch.searchsorted(ends, place, right=True).clamp(max=self.support - 1) + 1
        return torch.where(on_atoms < float(self.mass), atom, -place)[:, None]
