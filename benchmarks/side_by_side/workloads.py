"""The GANs that are trained side by side, and what one of their steps costs."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from empirical.networks import MLP
from empirical.targets import RING
from empirical.training import Adam, Setting

# The ten hidden widths of a sweep of capacities, equally many steps each. Padded to the widest they would
# cost 4.0 times as much.
WIDTHS = (4, 8, 16, 32, 50, 64, 100, 128, 160, 200)
ADAM = Adam(1e-5)


@dataclass(frozen=True)
class Workload:
    """GANs of one or several shapes, trained for equally many steps each.

    Args:
        hidden: the hidden widths of generator and discriminator of each shape.
        batch: samples of each side in an update.
        updates: of the discriminator in an epoch, and then of the generator.
        epochs: at a time.
        runs: how many of a shape each engine stacks, what suits it best as measured on two cores with 2 MiB
            of L2 each; B trains one after another.
    """

    hidden: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    batch: int
    updates: int
    epochs: int
    runs: dict[str, int]

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """What the engines train, one for each shape: the ring of eight Gaussians, float32."""
        return tuple(
            Setting(
                target=RING,
                generator=MLP((15, *generator, 2)),
                discriminator=MLP((2, *discriminator, 1)),
                batch=self.batch,
                discriminator_updates=self.updates,
                generator_updates=self.updates,
                discriminator_optimizer=ADAM,
                generator_optimizer=ADAM,
                dtype="float32",
            )
            for generator, discriminator in self.hidden
        )

    def gan_steps(self, runs: int) -> int:
        """One update of each network of one GAN is a GAN-step: how many happen at a time."""
        return len(self.hidden) * self.updates * self.epochs * runs

    @property
    def operations(self) -> float:
        """Floating-point operations of the matrix products in a GAN-step, the mean over the shapes."""
        return sum(map(_operations, self.settings)) / len(self.hidden)


def networks(setting: Setting) -> tuple[MLP, MLP]:
    """Generator and discriminator.

    Raises:
        TypeError: one is no MLP, which no workload here has.
    """
    if isinstance(setting.generator, MLP) and isinstance(setting.discriminator, MLP):
        return setting.generator, setting.discriminator
    raise TypeError(f"workloads have MLPs only (got {setting}): pass one of theirs.")


def _operations(setting: Setting) -> int:
    """2 for each multiply-add: the least that the two updates need.

    The discriminator's update: its batch of fakes forward; real and fake points forward, back to its weights
    and, but for the first layer, to its inputs. The generator's: forward through both, back through the
    discriminator to its inputs, back to the generator's weights and, but for the first layer, inputs.
    """
    g_widths, d_widths = (network.widths for network in networks(setting))
    g, d = (sum(a * b for a, b in pairwise(widths)) for widths in (g_widths, d_widths))
    of_discriminator = g + 3 * 2 * d - 2 * d_widths[0] * d_widths[1]
    of_generator = 3 * g + 2 * d - g_widths[0] * g_widths[1]
    return 2 * setting.batch * (of_discriminator + of_generator)


def _both(width: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (width,) * 4, (width,) * 3


_PLANE = ((50,) * 4, (100, 50, 50))
_SWEEP = tuple(map(_both, WIDTHS))

WORKLOADS = {
    "reference": Workload((_PLANE,), batch=500, updates=10, epochs=1, runs={"native": 2, "torch": 4}),
    "batch64": Workload((_PLANE,), batch=64, updates=10, epochs=1, runs={"native": 16, "torch": 16}),
    "width16": Workload((_both(16),), batch=64, updates=10, epochs=1, runs={"native": 64, "torch": 64}),
    "sweep500": Workload(_SWEEP, batch=500, updates=10, epochs=1, runs={"native": 1, "torch": 2}),
    "sweep64": Workload(_SWEEP, batch=64, updates=10, epochs=1, runs={"native": 8, "torch": 16}),
    "width512": Workload((_both(512),), batch=500, updates=1, epochs=1, runs={"native": 1, "torch": 1}),
}
