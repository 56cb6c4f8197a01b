"""The uniform law on a circle in the plane."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float


@dataclass(frozen=True)
class Circle:
    r"""The uniform law on the circle of this radius around 0, of arc density :math:`1/(2\pi r)`.

    Args:
        name: how reports call it.
        radius: a positive length.

    Raises:
        ValueError: the radius is not positive and finite.
    """

    name: str = "circle"
    radius: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.radius) and self.radius > 0):
            raise ValueError(
                f"the radius of a circle must be positive (got {self.radius}): pass 1.0 for the unit circle."
            )

    @property
    def dim(self) -> int:
        """A curve in the plane: its points have two coordinates."""
        return 2

    @property
    def log_arc_density(self) -> float:
        r"""Log density with respect to arc length, nats: :math:`-\log 2\pi r` all round."""
        return -math.log(2 * math.pi * self.radius)

    def sample(self, n: int, generator: torch.Generator) -> Float[torch.Tensor, "n 2"]:
        """Draws n independent points at uniform angles."""
        angle = 2 * math.pi * torch.rand(n, dtype=torch.float64, generator=generator)
        return self.radius * torch.stack((angle.cos(), angle.sin()), dim=1)

    def place(
        self, choice: Float[torch.Tensor, "*runs n"], noise: Float[torch.Tensor, "*runs n 2"]
    ) -> Float[torch.Tensor, "*runs n 2"]:
        """The points at this share of the way round; the normal numbers are not used."""
        angle = 2 * math.pi * choice
        return self.radius * torch.stack((angle.cos(), angle.sin()), dim=-1)

    def log_density(self, x: Float[torch.Tensor, "n 2"]) -> Float[torch.Tensor, " n"]:
        """Refuses: a curve has area zero, so its law has no density in the plane.

        Raises:
            TypeError: always; it says what to use instead.
        """
        raise TypeError(
            f"the target {self.name} has no density in the plane: its mass sits on a curve of area zero; "
            f"use .log_arc_density, with respect to arc length."
        )


CIRCLE = Circle()
