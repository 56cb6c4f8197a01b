"""Training one flow by two objectives: alike where they must be, and to be repeated to the bit."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from empirical.networks import MLP
from empirical.networks.flows import FlowArchitecture
from empirical.targets import GaussianMixture
from empirical.targets.finite import equal_weights
from empirical.targets.ring import ring
from empirical.training import GAMES, Adam, flow_game
from empirical.training.flow_game import OBJECTIVES, FlowSetting, train_flow

SETTING = FlowSetting(
    target=ring(4, radius=1.0, sigma=0.4),
    architecture=FlowArchitecture("coupling", dim=2, transforms=2, hidden=(8,)),
    discriminator=MLP((2, 8, 1)),
    batch=32,
    flow_adam=Adam(3e-3, (0.5, 0.9)),
    discriminator_optimizer=Adam(1e-2, (0.5, 0.9)),
)
POINTS = torch.linspace(-2, 2, 40, dtype=torch.float64).reshape(20, 2)


def densities(objective: str, seed: int, checkpoints: tuple[int, ...]) -> list[torch.Tensor]:
    """The log density at some points along a training."""
    trained = train_flow(SETTING, objective, seed, checkpoints=checkpoints)
    assert trained.steps == checkpoints
    assert trained.ended is None
    return [flow().log_prob(POINTS) for flow in trained.flows]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_training_is_repeatable_and_checkpoints_change_nothing(objective: str) -> None:
    """Equal seeds give equal bits, wherever the flow is looked at in between; another seed does not."""
    first, _, last = densities(objective, 0, (0, 3, 10))

    assert torch.equal(last, densities(objective, 0, (10,))[0])
    assert not torch.equal(first, last)
    assert not torch.equal(last, densities(objective, 1, (10,))[0])


class Watched:
    """The same data law, which keeps all that it was asked for."""

    name, dim = "watched", 2

    def __init__(self) -> None:
        self.batches: list[torch.Tensor] = []

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        """A batch."""
        self.batches.append(SETTING.target.sample(n, generator))
        return self.batches[-1]

    def place(self, choice: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """The data law's points."""
        return SETTING.target.place(choice, noise)

    def log_density(self, x: torch.Tensor) -> torch.Tensor:
        """Of the data law."""
        return SETTING.target.log_density(x)


def test_all_objectives_start_from_one_flow_and_see_the_same_data() -> None:
    """The first flow and every batch of data are the same to the bit."""
    targets = [Watched() for _ in OBJECTIVES]
    starts = [
        train_flow(replace(SETTING, target=target), objective, 3, checkpoints=(0, 5)).flows[0]
        for target, objective in zip(targets, OBJECTIVES, strict=True)
    ]
    for one, other in pairwise(targets):
        assert len(one.batches) == 5
        assert all(torch.equal(a, b) for a, b in zip(one.batches, other.batches, strict=True))
    assert all(torch.equal(start().log_prob(POINTS), starts[0]().log_prob(POINTS)) for start in starts)


AWAY = replace(SETTING, target=GaussianMixture("away", ((2.0, 0.0),), 0.5, equal_weights(1)))


def test_likelihood_training_raises_the_likelihood() -> None:
    """On held-out data, by more than a nat from a random flow far away."""
    held_out = AWAY.target.sample(2000, torch.Generator().manual_seed(99))
    before, after = train_flow(AWAY, "likelihood", 0, checkpoints=(0, 300)).flows
    assert after().log_prob(held_out).mean() > before().log_prob(held_out).mean() + 1


@pytest.mark.parametrize("objective", ["minimax", "non-saturating"])
def test_the_game_moves_the_samples_to_the_data(objective: str) -> None:
    """The mean of the samples comes to less than half the distance from the data's."""
    trained = train_flow(AWAY, objective, 0, checkpoints=(0, 300))
    z = torch.randn(500, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    means = [flow().transform.inv(z).mean(dim=0) for flow in trained.flows]
    far, near = (float((mean - torch.tensor([2.0, 0.0])).norm()) for mean in means)
    assert near < far / 2


def test_a_loss_that_is_not_finite_ends_training_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flows kept so far remain."""
    rules = replace(GAMES["minimax"], generator_loss=lambda fake: fake.sum(dim=1) * torch.nan)
    monkeypatch.setattr(flow_game, "game", lambda name: rules)
    trained = train_flow(SETTING, "minimax", 0, checkpoints=(0, 5))

    assert trained.steps == (0,)
    assert trained.ended == "a loss or its gradient stopped being finite at update 1"


def test_impossible_settings_are_refused() -> None:
    """Dimensions that differ, an empty batch, an unknown objective, checkpoints that fall."""
    with pytest.raises(ValueError, match="share one space"):
        replace(SETTING, discriminator=MLP((3, 8, 1)))
    with pytest.raises(ValueError, match="at least one point"):
        replace(SETTING, batch=0)
    with pytest.raises(ValueError, match="no game is called"):
        train_flow(SETTING, "likelyhood", 0, checkpoints=(1,))
    with pytest.raises(ValueError, match="increase from 0 on"):
        train_flow(SETTING, "likelihood", 0, checkpoints=(5, 5))
