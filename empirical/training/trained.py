"""What training leaves: every run's networks, its payoffs, and how it ended."""

from dataclasses import dataclass

import torch
from jaxtyping import Float

from empirical.networks import Atoms, Parameters, apply, atom_weights, single, unflatten
from empirical.training.batches import latents
from empirical.training.setting import DTYPES, Setting
from empirical.training.state import Ending, State
from empirical.training.streams import stream, stream_seed


@dataclass(frozen=True, eq=False)
class Trained:
    """Runs after training, in the order of their seeds.

    Args:
        setting: how they were trained.
        seeds: one per run.
        steps: steps done.
        generator: stacked parameters; those of a run that ended early are the last finite ones.
        discriminator: likewise.
        payoffs: the discriminator's payoff, before its last update of each step; NaN once a run has ended.
        endings: for each run, why it ended early, or None.
    """

    setting: Setting
    seeds: tuple[int, ...]
    steps: int
    generator: Parameters
    discriminator: Parameters
    payoffs: Float[torch.Tensor, "steps runs"]
    endings: tuple[Ending | None, ...]

    def generator_module(self, run: int) -> torch.nn.Sequential:
        """One run's generator as an ordinary torch module.

        Raises:
            TypeError: the generator is a table of Atoms, not a network.
        """
        if isinstance(self.setting.generator, Atoms):
            raise TypeError(
                "an Atoms generator is not a network: read its points with .generator_atoms(run)."
            )
        return single(self.setting.generator, self.generator, run)

    def generator_atoms(self, run: int) -> tuple[Float[torch.Tensor, "k d"], Float[torch.Tensor, " k"]]:
        """One run's learned points and weights.

        Raises:
            TypeError: the generator is a network.
        """
        if not isinstance(self.setting.generator, Atoms):
            raise TypeError("this generator is a network, not Atoms: export it with .generator_module(run).")
        return self.generator["points"][run], atom_weights(self.generator)[run]

    def discriminator_module(self, run: int) -> torch.nn.Sequential:
        """One run's discriminator as an ordinary torch module, whose output is the logit."""
        return single(self.setting.discriminator, self.discriminator, run)

    def sample(self, run: int, n: int, seed: int) -> Float[torch.Tensor, "n d"]:
        """Draws n points from one run's generator; equal seeds give equal points."""
        if isinstance(self.setting.generator, Atoms):
            points, weights = self.generator_atoms(run)
            return points[torch.multinomial(weights, n, replacement=True, generator=stream(seed, "sampling"))]
        one = {name: stacked[run : run + 1] for name, stacked in self.generator.items()}
        noise = latents(
            self.setting.latent,
            (stream_seed(seed, "sampling"),),
            "sample",
            0,
            n,
            self.setting.generator.in_dim,
        )
        return apply(self.setting.generator, one, noise.to(DTYPES[self.setting.dtype]))[0]


def trained(setting: Setting, state: State) -> Trained:
    """The result of this state: runs that ended early rejoin the others at their place."""
    row = {run: place for place, run in enumerate(state.alive)}

    def stacked(side: str) -> torch.Tensor:
        values = getattr(state, side).values
        return torch.stack(
            [
                values[row[run]] if run in row else getattr(state.endings[run], side)
                for run in range(len(state.seeds))
            ]
        )

    return Trained(
        setting=setting,
        seeds=state.seeds,
        steps=state.step,
        generator=unflatten(setting.generator, stacked("generator")),
        discriminator=unflatten(setting.discriminator, stacked("discriminator")),
        payoffs=torch.tensor(state.payoffs, dtype=torch.float64).reshape(-1, len(state.seeds)),
        endings=tuple(state.endings.get(run) for run in range(len(state.seeds))),
    )
