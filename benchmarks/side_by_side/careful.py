"""B: the loop of a PyTorch user who knows what costs time; one GAN, one process, one thread."""

from collections.abc import Callable

import torch

from empirical.networks import single
from empirical.targets import RING
from empirical.training import Setting
from empirical.training.state import first_state
from side_by_side.workloads import ADAM, networks

Draw = Callable[[], torch.Tensor]


class CarefulGAN:
    """A GAN of ordinary modules in float32.

    Fused Adam; fakes without a graph in the discriminator's update; one pass of the discriminator over real
    and fake points together; losses from the logits; and a discriminator that is frozen while the generator
    learns, so that no gradient of its weights is computed.

    Args:
        setting: the networks, batch and updates of a workload; it says the rest, too: the ring, Adam, the
            non-saturating game.
        seed: of the weights.
        real: draws a batch of data; by default torch draws it, and the latents.
        noise: draws a batch of latents.
    """

    def __init__(
        self, setting: Setting, seed: int, real: Draw | None = None, noise: Draw | None = None
    ) -> None:
        self.setting = setting
        start = first_state(setting, [seed])
        generator, discriminator = networks(setting)
        self.generator = single(generator, start.generator.parameters(), 0)
        self.discriminator = single(discriminator, start.discriminator.parameters(), 0)
        self.of_generator = _adam(self.generator)
        self.of_discriminator = _adam(self.discriminator)
        self.real = real or ring(setting)
        self.noise = noise or normal(setting)
        ones = torch.ones(setting.batch, 1)
        self.labels = torch.cat((ones, torch.zeros(setting.batch, 1)))
        self.loss = torch.nn.BCEWithLogitsLoss()

    def epoch(self) -> None:
        """The discriminator's updates, then the generator's."""
        for _ in range(self.setting.discriminator_updates):
            with torch.no_grad():
                fake = self.generator(self.noise())
            loss = self.loss(self.discriminator(torch.cat((self.real(), fake))), self.labels)
            self.of_discriminator.zero_grad()
            loss.backward()
            self.of_discriminator.step()
        self.discriminator.requires_grad_(False)
        for _ in range(self.setting.generator_updates):
            logits = self.discriminator(self.generator(self.noise()))
            loss = self.loss(logits, self.labels[: self.setting.batch])
            self.of_generator.zero_grad()
            loss.backward()
            self.of_generator.step()
        self.discriminator.requires_grad_(True)


def ring(setting: Setting) -> Draw:
    """Batches of the ring of eight equal Gaussians."""
    modes = RING.modes.float()

    def draw() -> torch.Tensor:
        points = torch.randn(setting.batch, RING.dim).mul_(RING.sigma)
        return points.add_(modes[torch.randint(len(modes), (setting.batch,))])

    return draw


def normal(setting: Setting) -> Draw:
    """Batches of standard normal latents."""
    dim = networks(setting)[0].widths[0]
    return lambda: torch.randn(setting.batch, dim)


def _adam(module: torch.nn.Module) -> torch.optim.Adam:
    return torch.optim.Adam(
        module.parameters(), lr=ADAM.learning_rate, betas=ADAM.betas, eps=ADAM.epsilon, fused=True
    )
