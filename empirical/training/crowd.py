r"""Finite laws trained to fool a whole class of discriminators, rather than the one that they meet.

Against a single narrow discriminator there is nothing to converge to: it sees one feature at a time, the
generator answers that one, and the two chase each other. What the support theorems speak of is the best
opponent of the class, :math:`\min_\nu \max_D E_\mu D - E_\nu D`; a crowd of discriminators stands in for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float

from empirical.networks import MLP, Atoms, Parameters, apply, atom_weights, flatten, initial, unflatten
from empirical.streams import uniforms
from empirical.targets import FiniteTarget
from empirical.training.games import game
from empirical.training.optimizers import Adam, update, zero_moments

RENEWED = 0.8  # share of the steps after which nobody is renewed, so that the last opponents are well trained
_QUICK, _SLOW = Adam(5e-2, (0.5, 0.99)), Adam(2e-3, (0.5, 0.99))  # the crowd follows the generator


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """How a finite law is trained against a crowd.

    A step is one update of every discriminator, then one of the generator against all of them, full batch.
    The generator's learning rate falls linearly to 0.

    Args:
        members: discriminators that each generator faces.
        renewal: steps between two renewals; each time, the next member in turn starts afresh.
        steps: of the training.
        game: "minimax", "non-saturating" or "linear".
        discriminator_optimizer: the discriminators' optimiser.
        generator_optimizer: the generator's optimiser.

    Raises:
        ValueError: a count below 1, or an unknown game.
    """

    members: int = 8
    renewal: int = 25
    steps: int = 600
    game: str = "non-saturating"
    discriminator_optimizer: Adam = _QUICK
    generator_optimizer: Adam = _SLOW

    def __post_init__(self) -> None:
        game(self.game)
        for name in ("members", "renewal", "steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1 (got {getattr(self, name)}): pass 1 or more.")


@dataclass(frozen=True, eq=False)
class LearnedLaws:
    """One finite law a run: its atoms, and their weights of sum 1."""

    points: Float[torch.Tensor, "runs count dim"]
    weights: Float[torch.Tensor, "runs count"]


def fool(
    target: FiniteTarget, count: int, discriminator: MLP, seeds: Sequence[int], crowd: Crowd
) -> LearnedLaws:
    """Trains laws of ``count`` atoms, one per seed, to fool the discriminators' class on the target.

    The atoms start as independent draws from the target with equal weights, as in the proof that a small
    support suffices; points and weights are learned. Run i does not depend on the other runs.

    Args:
        target: the data law, whose atoms enter with their weights.
        count: atoms of each law.
        discriminator: the architecture of the class.
        seeds: one whole number per run.
        crowd: how to train.

    Raises:
        ValueError: no seed, or a count below 1.
    """
    generator, players = Atoms(count, target.dim), game(crowd.game)
    laws = _first_laws(target, generator, seeds)
    # The crowd of run i is the rows from i * members of one stack.
    rivals = torch.stack([_member(discriminator, seeds, turn) for turn in range(crowd.members)], dim=1)
    rivals = rivals.flatten(end_dim=1)
    law_moments, rival_moments = zero_moments(laws), zero_moments(rivals)
    real = target.atoms.expand(len(rivals), -1, -1)
    real_weights = target.probabilities.expand(len(rivals), -1)
    split = real.shape[1]

    for step in range(crowd.steps):
        if step % crowd.renewal == 0 and 0 < step < RENEWED * crowd.steps:
            renewals = step // crowd.renewal - 1
            rows = torch.arange(renewals % crowd.members, len(rivals), crowd.members)
            rivals[rows] = _member(discriminator, seeds, crowd.members + renewals)
            rival_moments.first[rows] = 0.0
            rival_moments.second[rows] = 0.0

        leaf = rivals.detach().requires_grad_()
        fake, fake_weights = _faced(unflatten(generator, laws), crowd.members)
        logits = apply(discriminator, unflatten(discriminator, leaf), torch.cat((real, fake), dim=1))[..., 0]
        payoffs = players.payoff(logits[:, :split], logits[:, split:], real_weights, fake_weights)
        (gradient,) = torch.autograd.grad(-payoffs.sum(), leaf)
        update(crowd.discriminator_optimizer, rivals, gradient, rival_moments)

        leaf = laws.detach().requires_grad_()
        fake, fake_weights = _faced(unflatten(generator, leaf), crowd.members)
        logits = apply(discriminator, unflatten(discriminator, rivals), fake)[..., 0]
        losses = players.generator_loss(logits, fake_weights) / crowd.members
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
        update(crowd.generator_optimizer, laws, gradient, law_moments, rate=1 - step / crowd.steps)

    learned = unflatten(generator, laws)
    return LearnedLaws(learned["points"], atom_weights(learned))


def _faced(
    laws: Parameters, members: int
) -> tuple[Float[torch.Tensor, "rivals count dim"], Float[torch.Tensor, "rivals count"]]:
    """Points and weights of each run's law, once for every member of its crowd."""
    return (
        laws["points"].repeat_interleave(members, dim=0),
        atom_weights(laws).repeat_interleave(members, dim=0),
    )


def _first_laws(
    target: FiniteTarget, generator: Atoms, seeds: Sequence[int]
) -> Float[torch.Tensor, "runs parameters"]:
    """Independent draws from the target, of equal weight."""
    drawn = initial(generator, seeds)
    choice = torch.from_numpy(uniforms(seeds, "data's choice", 0, generator.count))
    drawn["points"] = target.place(choice, torch.zeros_like(drawn["points"]))
    return flatten(generator, drawn)


def _member(discriminator: MLP, seeds: Sequence[int], number: int) -> Float[torch.Tensor, "runs parameters"]:
    """The crowd's discriminator of this number: first all members in turn, then the renewed ones.

    A stream of its own keeps them apart from the fresh discriminators that will judge a run of this seed.
    """
    return flatten(discriminator, initial(discriminator, seeds, purpose="renewal", update=number))
