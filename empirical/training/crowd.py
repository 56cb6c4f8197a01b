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
from empirical.streams import uniforms, whole_seeds
from empirical.targets import FiniteTarget
from empirical.training import native_responses
from empirical.training.ascent import check_widths
from empirical.training.games import game
from empirical.training.optimizers import Adam, update, zero_moments
from empirical.training.setting import DTYPES

RENEWED = 0.8  # share of the steps after which nobody is renewed, so that the last opponents are well trained
_QUICK, _SLOW = Adam(5e-2, (0.5, 0.99)), Adam(2e-3, (0.5, 0.99))  # the crowd follows the generator


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """How a finite law is trained against a crowd.

    A step is one update of every discriminator, then one of the generator against all of them, full batch.
    The generator's learning rate falls linearly to 0. A renewed member's moments start afresh with it.

    Args:
        members: discriminators that each generator faces.
        renewal: steps between two renewals; each time, the next member in turn starts afresh.
        steps: of the training.
        game: the name of one of ``GAMES``; compiled code plays "minimax", "non-saturating" and "linear".
        discriminator_optimizer: the discriminators' optimiser.
        generator_optimizer: the generator's optimiser.
        dtype: of the training, "float64" or "float32".

    Raises:
        ValueError: a count below 1, or an unknown game or dtype.
    """

    members: int = 8
    renewal: int = 25
    steps: int = 600
    game: str = "non-saturating"
    discriminator_optimizer: Adam = _QUICK
    generator_optimizer: Adam = _SLOW
    dtype: str = "float64"

    def __post_init__(self) -> None:
        game(self.game)
        for name in ("members", "renewal", "steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1 (got {getattr(self, name)}): pass 1 or more.")
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype must be one of {tuple(DTYPES)} (got {self.dtype!r}): pass one.")

    @property
    def renewed(self) -> tuple[int | None, ...]:
        """For each step, which member starts afresh before it, if any."""
        turns = range(self.renewal, self.steps, self.renewal)
        members = {
            step: number % self.members for number, step in enumerate(turns) if step < RENEWED * self.steps
        }
        return tuple(members.get(step) for step in range(self.steps))


@dataclass(frozen=True, eq=False)
class LearnedLaws:
    """One finite law a run: its atoms, and their weights of sum 1."""

    points: Float[torch.Tensor, "runs count dim"]
    weights: Float[torch.Tensor, "runs count"]


def fool(
    target: FiniteTarget,
    count: int,
    discriminator: MLP,
    seeds: Sequence[int],
    crowd: Crowd,
    *,
    engine: str | None = None,
) -> LearnedLaws:
    """Trains laws of ``count`` atoms, one per seed, to fool the discriminators' class on the target.

    The atoms start as independent draws from the target with equal weights, as in the proof that a small
    support suffices; points and weights are learned. Run i does not depend on the other runs: in the native
    engine to the bit, in torch to rounding.

    Args:
        target: the data law, whose atoms enter with their weights.
        count: atoms of each law.
        discriminator: the architecture of the class.
        seeds: one whole number per run.
        crowd: how to train.
        engine: "native" or "torch"; None for the native one where it can.

    Raises:
        ValueError: no seed, a count below 1, a discriminator of another input or output width, an unknown
            engine, or a law that stopped being finite.
    """
    seeds = whole_seeds(seeds)
    check_widths(discriminator, target.dim)
    generator, dtype = Atoms(count, target.dim), DTYPES[crowd.dtype]
    laws = _first_laws(target, generator, seeds).to(dtype)
    if native_responses.chosen_engine(engine, [crowd.game]) == "native":
        learned = _native(target, discriminator, laws, seeds, crowd)
    else:
        learned = _torch(target, generator, discriminator, laws, seeds, crowd)
    finite = learned.isfinite().all(dim=1)
    if not finite.all():
        raise ValueError(
            f"the law of seed {seeds[int((~finite).nonzero()[0])]} stopped being finite: train with smaller "
            f"learning rates than {crowd.generator_optimizer.learning_rate:g} and "
            f"{crowd.discriminator_optimizer.learning_rate:g}."
        )
    parameters = unflatten(generator, learned.double())
    return LearnedLaws(parameters["points"], atom_weights(parameters))


def _native(
    target: FiniteTarget,
    discriminator: MLP,
    laws: Float[torch.Tensor, "runs numbers"],
    seeds: Sequence[int],
    crowd: Crowd,
) -> Float[torch.Tensor, "runs numbers"]:
    numbers = range(crowd.members + sum(turn is not None for turn in crowd.renewed))
    drawn = torch.stack([_member(discriminator, seeds, number) for number in numbers], dim=1)
    learned = [
        native_responses.fool(
            discriminator,
            native_responses.Side(target.atoms, target.probabilities),
            start,
            members,
            crowd.renewed,
            crowd.game,
            (crowd.discriminator_optimizer, crowd.generator_optimizer),
        )
        for start, members in zip(laws, drawn, strict=True)
    ]
    return torch.stack(learned)


def _torch(
    target: FiniteTarget,
    generator: Atoms,
    discriminator: MLP,
    laws: Float[torch.Tensor, "runs numbers"],
    seeds: Sequence[int],
    crowd: Crowd,
) -> Float[torch.Tensor, "runs numbers"]:
    players, dtype = game(crowd.game), laws.dtype
    # Member j of run i is row j * runs + i of one stack, so that one member of all runs is one piece of it.
    rivals = torch.stack([_member(discriminator, seeds, j) for j in range(crowd.members)]).to(dtype)
    law_moments, moments = zero_moments(laws), [zero_moments(member) for member in rivals]
    stack = crowd.members * len(seeds)
    real = target.atoms.to(dtype).expand(stack, -1, -1)
    real_weights = target.probabilities.to(dtype).expand(stack, -1)
    split, next_member = real.shape[1], crowd.members

    for step, renewed in enumerate(crowd.renewed):
        if renewed is not None:
            rivals[renewed] = _member(discriminator, seeds, next_member).to(dtype)
            moments[renewed] = zero_moments(rivals[renewed])
            next_member += 1

        leaf = rivals.detach().requires_grad_()
        fake, fake_weights = _faced(unflatten(generator, laws), crowd.members)
        parameters = unflatten(discriminator, leaf.flatten(end_dim=1))
        logits = apply(discriminator, parameters, torch.cat((real, fake), dim=1))[..., 0]
        payoffs = players.payoff(logits[:, :split], logits[:, split:], real_weights, fake_weights)
        (gradient,) = torch.autograd.grad(-payoffs.sum(), leaf)
        for member, slope, of_member in zip(rivals, gradient, moments, strict=True):
            update(crowd.discriminator_optimizer, member, slope, of_member)

        leaf = laws.detach().requires_grad_()
        fake, fake_weights = _faced(unflatten(generator, leaf), crowd.members)
        logits = apply(discriminator, unflatten(discriminator, rivals.flatten(end_dim=1)), fake)[..., 0]
        losses = players.generator_loss(logits, fake_weights) / crowd.members
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
        update(crowd.generator_optimizer, laws, gradient, law_moments, rate=1 - step / crowd.steps)
    return laws


def _faced(
    laws: Parameters, members: int
) -> tuple[Float[torch.Tensor, "rivals count dim"], Float[torch.Tensor, "rivals count"]]:
    """Points and weights of each run's law, once for every member of its crowd."""
    return laws["points"].repeat(members, 1, 1), atom_weights(laws).repeat(members, 1)


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
