"""What every target offers, whatever its law."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float


@runtime_checkable
class Target(Protocol):
    """A data law: a name, a dimension, a sampler, and a log density where it has one."""

    @property
    def name(self) -> str:
        """The name under which the table of targets knows it."""
        ...

    @property
    def dim(self) -> int:
        """Dimension of the space in which its samples lie."""
        ...

    def sample(self, n: int, generator: torch.Generator) -> Float[torch.Tensor, "n d"]:
        """Draws n independent points, float64, from this generator alone."""
        ...

    def place(
        self, choice: Float[torch.Tensor, "*runs n"], noise: Float[torch.Tensor, "*runs n d"]
    ) -> Float[torch.Tensor, "*runs n d"]:
        """The law's points as a function of numbers uniform on (0, 1) and standard normal ones."""
        ...

    def log_density(self, x: Float[torch.Tensor, "n d"]) -> Float[torch.Tensor, " n"]:
        """Log density at each row, nats; TypeError where the law has no Lebesgue density."""
        ...
