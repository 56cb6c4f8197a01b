"""Laws on finitely many points of the space."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import torch
from jaxtyping import Float, Int

from theory.laws import FiniteLaw

Points = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class FiniteTarget:
    r"""The law :math:`\sum_i w_i \delta_{a_i}` on finitely many atoms.

    Args:
        name: how reports call it.
        points: the atoms, one tuple of coordinates each.
        weights: one exact probability per atom.

    Raises:
        ValueError: no atom, ragged or non-finite coordinates, or another number of weights than of atoms.
    """

    name: str
    points: Points
    weights: FiniteLaw

    def __post_init__(self) -> None:
        check_points(self.points, "atoms")
        if len(self.weights) != len(self.points):
            raise ValueError(
                f"each atom needs one weight (got {len(self.points)} atoms and {len(self.weights)} weights): "
                f"pass a FiniteLaw of length {len(self.points)}."
            )

    @property
    def dim(self) -> int:
        """Number of coordinates of an atom."""
        return len(self.points[0])

    @cached_property
    def atoms(self) -> Float[torch.Tensor, "k d"]:
        """The atoms as rows."""
        return torch.tensor(self.points, dtype=torch.float64)

    @cached_property
    def probabilities(self) -> Float[torch.Tensor, " k"]:
        """The weights, each rounded once to float64."""
        return torch.tensor([float(weight) for weight in self.weights.weights], dtype=torch.float64)

    def sample(self, n: int, generator: torch.Generator) -> Float[torch.Tensor, "n d"]:
        """Draws n independent atoms."""
        return self.atoms[torch.multinomial(self.probabilities, n, replacement=True, generator=generator)]

    def place(
        self, choice: Float[torch.Tensor, "*runs n"], noise: Float[torch.Tensor, "*runs n d"]
    ) -> Float[torch.Tensor, "*runs n d"]:
        """The atom at each quantile; the normal numbers are not used."""
        return self.atoms[quantile(self.probabilities, choice)]

    def log_density(self, x: Float[torch.Tensor, "n d"]) -> Float[torch.Tensor, " n"]:
        """Refuses: atoms have no Lebesgue density.

        Raises:
            TypeError: always; it says what to use instead.
        """
        raise TypeError(
            f"the target {self.name} has no density: its mass sits on {len(self.points)} atoms; "
            f"use its .atoms and .weights."
        )


def equal_weights(count: int) -> FiniteLaw:
    """The uniform law on this many atoms, each of weight 1/count."""
    return FiniteLaw([Fraction(1, count)] * count)


def quantile(
    probabilities: Float[torch.Tensor, " k"], choice: Float[torch.Tensor, "*shape"]
) -> Int[torch.Tensor, "*shape"]:
    """The first index whose cumulated probability exceeds the number in (0, 1)."""
    ends = probabilities.cumsum(0)
    # Rounding can leave the last end below 1.
    return torch.searchsorted(ends, choice.double().contiguous(), right=True).clamp(max=len(ends) - 1)


def check_points(points: Sequence[Sequence[float]], noun: str) -> None:
    """Refuses an empty, ragged or non-finite list of points.

    Raises:
        ValueError: with the first fault found.
    """
    if not points or not points[0]:
        raise ValueError(f"a target needs {noun} with at least one coordinate (got {points!r}): pass some.")
    for index, point in enumerate(points):
        if len(point) != len(points[0]):
            raise ValueError(
                f"all {noun} must have the same number of coordinates (number {index} has {len(point)}, "
                f"number 0 has {len(points[0])}): pass points of one dimension."
            )
        if not all(math.isfinite(coordinate) for coordinate in point):
            raise ValueError(f"{noun} must be finite (number {index} is {point}): remove NaN and infinity.")


TWO_POINTS = FiniteTarget("two-points", ((-1.0, 0.0), (1.0, 0.0)), equal_weights(2))
FOUR_POINTS = FiniteTarget(
    "four-points", ((-1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, -1.0)), equal_weights(4)
)
