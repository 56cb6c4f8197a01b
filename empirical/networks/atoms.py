"""The tabular generator: a finite law whose points and weights are learned."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float

from empirical.networks.parameters import Parameters
from empirical.streams import normals


@dataclass(frozen=True)
class Atoms:
    r"""The law :math:`\sum_i w_i \delta_{x_i}` with learned points, and :math:`w = \mathrm{softmax}(l)`.

    Args:
        count: number of atoms.
        dim: coordinates of each.
        spread: standard deviation of the initial points around 0; initial weights are equal.

    Raises:
        ValueError: count or dim below 1, or a spread that is not positive.
    """

    count: int
    dim: int
    spread: float = 1.0

    def __post_init__(self) -> None:
        if self.count < 1 or self.dim < 1:
            raise ValueError(
                f"a finite law needs at least one atom of at least one coordinate (got count={self.count}, "
                f"dim={self.dim}): pass Atoms(count=4, dim=2), say."
            )
        if not self.spread > 0:
            raise ValueError(f"the spread must be positive (got {self.spread}): atoms must start apart.")

    @property
    def out_dim(self) -> int:
        """Coordinates of a point, as of a network's output."""
        return self.dim

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The points (count, dim) and the logits of the weights (count)."""
        return {"points": (self.count, self.dim), "logits": (self.count,)}

    def draw(self, seeds: Sequence[int], purpose: str, update: int) -> Parameters:
        """Normal points around 0, of equal weight."""
        points = torch.from_numpy(normals(seeds, purpose, update, self.count * self.dim))
        return {
            "points": self.spread * points.view(len(seeds), self.count, self.dim),
            "logits": torch.zeros(len(seeds), self.count, dtype=torch.float64),
        }


def atom_weights(parameters: Parameters) -> Float[torch.Tensor, "runs count"]:
    """The weights of each run's atoms: nonnegative, each row of sum 1."""
    return parameters["logits"].softmax(dim=1)
