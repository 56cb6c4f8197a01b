"""A decoder with Gaussian noise as a joint density of data and latent, and an encoder's guess of it."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float

LOG_TWO_PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class LatentModel:
    r"""The density :math:`p(x, z) = N(x; G(z), \sigma^2 I)\, N(z; 0, I)`.

    Args:
        decoder: G, maps latents (..., k) to points (..., d).
        latent_dim: k.
        noise: sigma.

    Raises:
        ValueError: the noise is not positive.
    """

    decoder: torch.nn.Module
    latent_dim: int
    noise: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.noise) and self.noise > 0):
            raise ValueError(
                f"the noise must be positive (got {self.noise}): pass each coordinate's standard deviation."
            )

    def log_likelihood(
        self, x: Float[torch.Tensor, "n d"], z: Float[torch.Tensor, "s n k"]
    ) -> Float[torch.Tensor, "s n"]:
        """Log p(x | z) of each point at each of its s latents, nats."""
        squares = (x - self.decoder(z)).square().sum(dim=-1)
        return -squares / (2 * self.noise**2) - x.shape[1] * (math.log(self.noise) + LOG_TWO_PI / 2)

    def log_prior(self, z: Float[torch.Tensor, "s n k"]) -> Float[torch.Tensor, "s n"]:
        """Log N(z; 0, I), nats."""
        return -(z.square() + LOG_TWO_PI).sum(dim=-1) / 2


@dataclass(frozen=True, eq=False)
class Guess:
    """An encoder's normal law of the latent of each point, with independent coordinates.

    Args:
        mean: (n, k).
        log_variance: (n, k).
    """

    mean: Float[torch.Tensor, "n k"]
    log_variance: Float[torch.Tensor, "n k"]

    def sample(self, count: int, random: torch.Generator) -> Float[torch.Tensor, "count n k"]:
        """Draws this many latents of each point."""
        normal = torch.randn(count, *self.mean.shape, dtype=torch.float64, generator=random)
        return self.mean + (self.log_variance / 2).exp() * normal

    def log_density(self, z: Float[torch.Tensor, "s n k"]) -> Float[torch.Tensor, "s n"]:
        """The log density of each latent, nats."""
        squares = (z - self.mean).square() * (-self.log_variance).exp()
        return -(squares + self.log_variance + LOG_TWO_PI).sum(dim=-1) / 2

    @property
    def divergence(self) -> Float[torch.Tensor, " n"]:
        """KL(q || N(0, I)) at each point, nats."""
        return (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance).sum(dim=-1) / 2


def guess(encoder: torch.nn.Module, x: Float[torch.Tensor, "n d"]) -> Guess:
    """What an encoder, whose outputs are means and then log variances, says of each point.

    Raises:
        ValueError: an odd number of outputs, or outputs that are not finite.
    """
    with torch.no_grad():
        outputs = encoder(x)
    if outputs.shape[1] % 2 or not torch.isfinite(outputs).all():
        raise ValueError(
            f"an encoder gives a finite mean and log variance of each latent coordinate (got outputs of "
            f"shape {tuple(outputs.shape)}): end it with twice as many outputs as there are coordinates."
        )
    mean, log_variance = outputs.chunk(2, dim=1)
    return Guess(mean, log_variance)
