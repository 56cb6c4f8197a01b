"""Gradients written out against automatic differentiation, and parts of a stack against the whole."""

from dataclasses import replace
from types import ModuleType

import pytest
import torch

from empirical.networks import MLP, Atoms, fully_connected
from empirical.targets import RING, TWO_POINTS
from empirical.training import (
    GAMES,
    SGD,
    Adam,
    Regularization,
    Setting,
    differentiated,
    torch_engine,
    written_out,
)
from empirical.training.parts import join, parts
from empirical.training.state import State, first_state

SMALL = Setting(
    target=RING,
    generator=MLP((3, 12, 7, 2)),
    discriminator=MLP((2, 9, 12, 1), negative_slope=0.1),
    batch=16,
    discriminator_updates=2,
    generator_updates=1,
)


def played(setting: Setting, updates: ModuleType, runs: int = 3, steps: int = 3) -> State:
    state = first_state(setting, range(runs))
    torch_engine.play(updates, setting, state, steps)
    return state


def apart(one: State, other: State) -> float:
    """The largest difference of any parameter or payoff."""
    return max(
        float((one.generator.values - other.generator.values).abs().max()),
        float((one.discriminator.values - other.discriminator.values).abs().max()),
        float((torch.tensor(one.payoffs) - torch.tensor(other.payoffs)).abs().max()),
    )


@pytest.mark.parametrize("name", GAMES)
def test_written_out_gradients_are_the_differentiated_ones(name: str) -> None:
    """Nine updates of every game, clipped and noisy, end where automatic differentiation ends.

    Tolerance: Adam's first steps divide a gradient by its own size, and keep its relative rounding, 1e-16
    times the number of terms summed. The Wasserstein discriminator's last bias has the gradient 0: Adam then
    divides rounding by rounding, which the epsilon of 1e-4 damps to 1e-12.
    """
    setting = replace(
        SMALL,
        game=name,
        regularization=Regularization(clip=0.3, instance_noise=0.2),
        discriminator_optimizer=Adam(epsilon=1e-4),
    )
    assert apart(played(setting, written_out), played(setting, differentiated)) < 1e-11


def test_the_comparison_sees_another_slope() -> None:
    """The control: a discriminator whose leaky ReLU has slope 0.11 in place of 0.1 ends elsewhere."""
    other = replace(SMALL, discriminator=MLP((2, 9, 12, 1), negative_slope=0.11))
    assert apart(played(SMALL, written_out), played(other, differentiated)) > 1e-6


@pytest.mark.parametrize("widths", [(2, 1), (2, 1, 1), (2, 40, 1)])
def test_every_depth_is_written_out(widths: tuple[int, ...]) -> None:
    """Affine discriminators, single units, uniform latents and one point a batch, against differentiation."""
    setting = replace(SMALL, discriminator=MLP(widths), latent="uniform", batch=1, game="minimax")
    assert apart(played(setting, written_out), played(setting, differentiated)) < 1e-11


def test_what_is_written_out() -> None:
    """MLPs, clipped or noisy; not penalties, consensus, atoms or other networks."""
    assert written_out.possible(SMALL)
    assert written_out.possible(replace(SMALL, regularization=Regularization(clip=0.1, instance_noise=1.0)))
    for change in (
        {"regularization": Regularization(r1=1.0)},
        {"regularization": Regularization(gradient_penalty=1.0)},
        {"regularization": Regularization(consensus=1.0)},
        {"generator": Atoms(3, 2)},
        {"discriminator": fully_connected((2, 5, 1))},
    ):
        assert not written_out.possible(replace(SMALL, **change))


@pytest.mark.parametrize("doomed", [(), (1,), (0, 3), (4,), (0, 1, 2, 3, 4)])
def test_parts_joined_are_the_whole(doomed: tuple[int, ...]) -> None:
    """Five runs in parts of two, some ended by an infinite weight, leave the state that one stack leaves.

    Tolerance: stacks of another height are multiplied in another order; see above.
    """
    whole, divided = (first_state(SMALL, range(5)) for _ in range(2))
    for state in (whole, divided):
        torch_engine.play(differentiated, SMALL, state, 1)
        for run in doomed:
            state.generator.values[run, 0] = torch.inf
    torch_engine.play(written_out, SMALL, whole, 2)
    pieces = parts(divided, 2)
    assert [len(piece.seeds) for piece in pieces] == [2, 2, 1]
    for piece in pieces:
        torch_engine.play(written_out, SMALL, piece, 2)
    join(divided, pieces)
    assert divided.alive == whole.alive == [run for run in range(5) if run not in doomed]
    assert divided.step == whole.step
    assert {run: (e.step, e.reason) for run, e in divided.endings.items()} == {
        run: (e.step, e.reason) for run, e in whole.endings.items()
    }
    assert torch.allclose(
        torch.tensor(divided.payoffs), torch.tensor(whole.payoffs), rtol=0, atol=1e-12, equal_nan=True
    )
    for name in ("generator", "discriminator"):
        one, other = getattr(divided, name), getattr(whole, name)
        assert one.moments.updates == other.moments.updates
        for mine, theirs in (
            (one.values, other.values),
            (one.moments.first, other.moments.first),
            (one.moments.second, other.moments.second),
        ):
            assert mine.shape == theirs.shape
            assert torch.allclose(mine, theirs, rtol=0, atol=1e-11)


def test_a_run_whose_parameters_overflow_keeps_those_from_before() -> None:
    """A finite gradient times 1.7e308 overflows: the run ends, and nothing that it keeps is infinite."""
    setting = replace(
        SMALL, target=TWO_POINTS, game="wasserstein", discriminator_optimizer=SGD(1.7e308), dtype="float64"
    )
    state = first_state(setting, (0, 1))
    state.generator.values.mul_(1e3)
    torch_engine.advance(setting, state, 3)
    assert set(state.endings) == {0, 1}
    for ending in state.endings.values():
        assert ending.reason.endswith("parameters stopped being finite")
        assert ending.discriminator.isfinite().all()
