"""Everything that decides how a run is trained, apart from its seed."""

import hashlib
from dataclasses import dataclass, field, fields

import torch

from empirical.networks import PLANE_DISCRIMINATOR, PLANE_GENERATOR, Atoms, Network
from empirical.targets import Digits, FiniteTarget, Target
from empirical.training.games import game
from empirical.training.optimizers import Adam, Optimizer
from empirical.training.regularization import Regularization

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One GAN's data, networks, game and optimisers.

    A step is ``discriminator_updates`` updates of the discriminator, then ``generator_updates`` of the
    generator, each on a fresh batch.

    Args:
        target: the data law.
        generator: a network on latent noise, or a table of Atoms, whose law enters exactly.
        discriminator: a network with one output, the logit.
        game: the name of one of ``GAMES``.
        batch: samples of each side in an update.
        exact: sum over all atoms of a finite target and of an Atoms generator, instead of batches.
        latent: "normal" for independent standard normals, "uniform" for the cube [-1, 1]^dim.
        discriminator_updates: updates of the discriminator in a step.
        generator_updates: updates of the generator in a step.
        discriminator_optimizer: the discriminator's optimiser.
        generator_optimizer: the generator's optimiser.
        regularization: what is added to the game, if anything.
        dtype: "float64" or "float32".

    Raises:
        ValueError: parts that do not fit each other, or a value out of its range.
    """

    target: Target
    generator: Network | Atoms
    discriminator: Network
    game: str = "non-saturating"
    batch: int = 500
    exact: bool = False
    latent: str = "normal"
    discriminator_updates: int = 1
    generator_updates: int = 1
    discriminator_optimizer: Optimizer = field(default_factory=Adam)
    generator_optimizer: Optimizer = field(default_factory=Adam)
    regularization: Regularization = field(default_factory=Regularization)
    dtype: str = "float64"

    def __post_init__(self) -> None:
        game(self.game)
        if not self.generator.out_dim == self.target.dim == self.discriminator.in_dim:
            raise ValueError(
                f"target, generator and discriminator must share one space (got dimensions "
                f"{self.target.dim}, {self.generator.out_dim} and {self.discriminator.in_dim}): change the "
                f"networks' widths."
            )
        if self.discriminator.out_dim != 1:
            raise ValueError(
                f"a discriminator has one output, its logit (got {self.discriminator.out_dim}): "
                f"end its widths with 1."
            )
        if self.exact and not (
            isinstance(self.generator, Atoms) and isinstance(self.target, FiniteTarget | Digits)
        ):
            raise ValueError(
                f"exact sums need a finite target and an Atoms generator (got {self.target.name} and "
                f"{type(self.generator).__name__}): pass exact=False."
            )
        for name in ("batch", "discriminator_updates", "generator_updates"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1 (got {getattr(self, name)}): pass 1 or more.")
        for name, allowed in (("latent", ("normal", "uniform")), ("dtype", tuple(DTYPES))):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {allowed} (got {getattr(self, name)!r}): pass one.")

    def described(self) -> dict[str, str]:
        """Every field in words, equal for equal settings only; a long one ends in its hash."""
        return {part.name: _shortened(repr(getattr(self, part.name))) for part in fields(self)}


def plane_setting(target: Target, game: str = "non-saturating", dtype: str = "float64") -> Setting:
    """The setting of the essay that the project started from, for a target in the plane.

    Batches of 500, ten updates of each network an epoch, Adam with learning rate 1e-5 and betas 0.9 and
    0.999, Gaussian noise of dimension 15. The essay does not name the generator's loss.
    """
    return Setting(
        target=target,
        generator=PLANE_GENERATOR,
        discriminator=PLANE_DISCRIMINATOR,
        game=game,
        batch=500,
        discriminator_updates=10,
        generator_updates=10,
        discriminator_optimizer=Adam(1e-5),
        generator_optimizer=Adam(1e-5),
        dtype=dtype,
    )


def _shortened(text: str) -> str:
    if len(text) <= 2000:
        return text
    return f"{text[:100]}... (sha256 {hashlib.sha256(text.encode()).hexdigest()})"
