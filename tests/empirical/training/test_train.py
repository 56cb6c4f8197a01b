"""The training loop: a second implementation, the same run alone, interruptions, and runs that fail."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from jaxtyping import Float

from empirical.networks import MLP, Atoms, initial, single
from empirical.streams import uniforms
from empirical.targets import CIRCLE, FOUR_POINTS, RING, TWO_POINTS
from empirical.training import Adam, Setting, Trained, loop, plane_setting, train
from empirical.training.batches import latents, real_side
from empirical.training.streams import stream_seed

SMALL = Setting(
    target=RING,
    generator=MLP((3, 12, 12, 2)),
    discriminator=MLP((2, 12, 12, 1)),
    batch=16,
    discriminator_updates=2,
    generator_updates=1,
)
TABLE = Setting(
    target=FOUR_POINTS,
    generator=Atoms(4, 2),
    discriminator=MLP((2, 16, 16, 1)),
    game="minimax",
    exact=True,
    discriminator_updates=5,
)


def same_bits(one: Trained, other: Trained) -> bool:
    """Whether every parameter, payoff and ending is equal to the bit."""
    return (
        all(torch.equal(one.generator[name], other.generator[name]) for name in one.generator)
        and all(torch.equal(one.discriminator[name], other.discriminator[name]) for name in one.discriminator)
        and torch.equal(one.payoffs.view(torch.int64), other.payoffs.view(torch.int64))
        and [e and (e.step, e.reason) for e in one.endings]
        == [e and (e.step, e.reason) for e in other.endings]
    )


def tutorial(setting: Setting, seed: int, steps: int) -> tuple[torch.nn.Sequential, torch.nn.Sequential]:
    """The same run as a tutorial writes it: modules, BCE with logits, torch's Adam, one run."""
    assert isinstance(setting.generator, MLP)
    g = single(setting.generator, initial(setting.generator, (seed,)), 0)
    d = single(
        setting.discriminator, initial(setting.discriminator, (seed,), purpose="discriminator's start"), 0
    )
    g_adam, d_adam = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())
    bce = torch.nn.BCEWithLogitsLoss()
    ones, zeros = (make(setting.batch, 1, dtype=torch.float64) for make in (torch.ones, torch.zeros))

    def noise(purpose: str, update: int) -> torch.Tensor:
        assert isinstance(setting.generator, MLP)
        return latents("normal", (seed,), purpose, update, setting.batch, setting.generator.widths[0])[0]

    for step in range(steps):
        for update in range(step * setting.discriminator_updates, (step + 1) * setting.discriminator_updates):
            real = real_side(setting, (seed,), update)[0][0]
            d_adam.zero_grad()
            (bce(d(real), ones) + bce(d(g(noise("fake batch", update)).detach()), zeros)).backward()
            d_adam.step()
        g_adam.zero_grad()
        fake = d(g(noise("generator's batch", step)))
        (bce(fake, ones) if setting.game == "non-saturating" else -bce(fake, zeros)).backward()
        g_adam.step()
    return g, d


@pytest.mark.parametrize("engine", ["torch", "native"])
@pytest.mark.parametrize("rule", ["minimax", "non-saturating"])
def test_each_run_of_a_stack_is_the_run_that_a_tutorial_loop_trains(rule: str, engine: str) -> None:
    """From the same weights and draws, 20 steps of three stacked runs equal three ordinary torch trainings.

    Tolerance: 60 updates of size 1e-3 by gradients that differ by rounding; Adam divides small gradients by
    their own size, which amplifies rounding, but not to 1e-9 in so few steps.
    """
    setting = replace(SMALL, game=rule)
    stack = train(setting, (3, 4, 5), steps=20, engine=engine)
    for run, seed in enumerate((3, 4, 5)):
        g, d = tutorial(setting, seed, 20)
        for name, value in g.state_dict().items():
            assert torch.allclose(stack.generator[name][run], value, rtol=0, atol=1e-9)
        for name, value in d.state_dict().items():
            assert torch.allclose(stack.discriminator[name][run], value, rtol=0, atol=1e-9)


def test_the_comparison_sees_the_other_game() -> None:
    """The control: the tutorial of the other game ends far outside that tolerance."""
    stack = train(replace(SMALL, game="minimax"), (3,), steps=20)
    g, _ = tutorial(replace(SMALL, game="non-saturating"), 3, 20)
    assert float((stack.generator["0.weight"][0] - g.state_dict()["0.weight"]).abs().max()) > 1e-4


@pytest.mark.parametrize("setting", [SMALL, TABLE], ids=["networks", "table"])
def test_a_run_in_a_stack_is_the_run_alone(setting: Setting) -> None:
    """Run i of four equals the run of seed i trained alone, to rounding; see the tutorial's tolerance."""
    stack = train(setting, (0, 1, 2, 3), steps=20)
    for run in range(4):
        alone = train(setting, (run,), steps=20)
        for name in stack.generator:
            assert torch.allclose(stack.generator[name][run], alone.generator[name][0], rtol=0, atol=1e-9)
        assert torch.allclose(stack.payoffs[:, run], alone.payoffs[:, 0], rtol=0, atol=1e-9)


def test_a_run_draws_the_same_numbers_in_every_company() -> None:
    """The data and the latents of run 7 are the same bits alone and beside others, at every update."""
    for update in range(5):
        alone, beside = (real_side(SMALL, seeds, update)[0] for seeds in ((7,), (6, 7, 8)))
        assert torch.equal(alone[0], beside[1])
        assert not torch.equal(beside[0], beside[1])
        alone, beside = (latents("normal", seeds, "fake batch", update, 16, 3) for seeds in ((7,), (6, 7, 8)))
        assert torch.equal(alone[0], beside[1])


@pytest.mark.parametrize("engine", ["torch", "native"])
@pytest.mark.parametrize("setting", [SMALL, TABLE], ids=["networks", "table"])
def test_an_interrupted_training_ends_with_the_bits_of_one_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: Setting, engine: str
) -> None:
    """Ctrl-C at step 17, with checkpoints every 5, loses the steps since 15 and nothing else.

    The native engine is given no time for more than one step in one go; the run left alone has it.
    """
    path = tmp_path / "checkpoint.safetensors"
    steps_seen: list[int] = []

    def interrupt(step: int, steps: int) -> None:
        if step == 17:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(loop, "BLOCK_SECONDS", 0.0)
        train(setting, (0, 1), steps=30, engine=engine, checkpoint=path, every=5, progress=interrupt)
    resumed = train(
        setting,
        (0, 1),
        steps=30,
        engine=engine,
        checkpoint=path,
        every=5,
        progress=lambda step, _: steps_seen.append(step),
    )
    if engine == "torch":
        assert steps_seen == list(range(16, 31))
    assert steps_seen[0] > 15 and {20, 25, 30} <= set(steps_seen)
    assert same_bits(resumed, train(setting, (0, 1), steps=30, engine=engine))
    # Finished, the checkpoint answers at once; asked for more, it goes on.
    assert same_bits(train(setting, (0, 1), steps=30, engine=engine, checkpoint=path), resumed)
    longer = train(setting, (0, 1), steps=32, engine=engine, checkpoint=path)
    assert same_bits(longer, train(setting, (0, 1), steps=32, engine=engine))
    assert not same_bits(longer, train(setting, (0, 2), steps=32, engine=engine))  # the comparison can fail


@dataclass(frozen=True)
class Failing:
    """The circle, whose samples are infinite in a batch whose first number exceeds the bound."""

    bound: float
    name: str = "failing"
    dim: int = 2

    def sample(self, n: int, generator: torch.Generator) -> Float[torch.Tensor, "n 2"]:
        """Uniform points of the circle."""
        return CIRCLE.sample(n, generator)

    def place(
        self, choice: Float[torch.Tensor, "*runs n"], noise: Float[torch.Tensor, "*runs n 2"]
    ) -> Float[torch.Tensor, "*runs n 2"]:
        """Points of the circle, or infinity."""
        doomed = choice[..., :1, None] > self.bound
        return torch.where(doomed, math.inf, CIRCLE.place(choice, noise))

    def log_density(self, x: Float[torch.Tensor, "n 2"]) -> Float[torch.Tensor, " n"]:
        """Refuses, as the circle does."""
        return CIRCLE.log_density(x)


def doomed_once(seeds: tuple[int, int, int]) -> Failing:
    """A target that fails the second run alone, within 120 discriminator updates."""
    first = [
        max(float(uniforms((seed,), "data's choice", update, 16)[0, 0]) for update in range(120))
        for seed in seeds
    ]
    others = max(first[0], first[2])
    assert first[1] > others
    return Failing((first[1] + others) / 2)


def test_a_run_that_fails_ends_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    """The failing run keeps its last finite numbers; the others end where they would without it, to rounding.

    A training resumed after the failure ends with the same bits too.
    """
    setting = replace(SMALL, target=doomed_once((1, 3, 4)))
    path = tmp_path / "checkpoint.safetensors"
    result = train(setting, (1, 3, 4), steps=60)
    ending = result.endings[1]
    assert ending is not None and 1 <= ending.step < 50
    assert "discriminator's loss or its gradient stopped being finite" in ending.reason
    assert result.endings[0] is None and result.endings[2] is None
    assert all(
        value.isfinite().all() for value in (*result.generator.values(), *result.discriminator.values())
    )
    assert result.payoffs[: ending.step - 1].isfinite().all()
    assert result.payoffs[ending.step - 1 :, 1].isnan().all()
    assert result.payoffs[:, [0, 2]].isfinite().all()
    without = train(setting, (1, 4), steps=30)
    first = train(setting, (1, 3, 4), steps=30)
    assert torch.allclose(first.payoffs[:, [0, 2]], without.payoffs, rtol=0, atol=1e-7)

    train(setting, (1, 3, 4), steps=ending.step + 2, checkpoint=path)
    assert same_bits(train(setting, (1, 3, 4), steps=60, checkpoint=path), result)


def test_when_every_run_has_failed_training_stops() -> None:
    """A learning rate that overflows ends all runs; the result says so instead of returning NaN."""
    setting = replace(SMALL, discriminator_optimizer=Adam(1e300), generator_optimizer=Adam(1e300))
    result = train(setting, (0, 1), steps=50)
    assert all(ending is not None for ending in result.endings)
    assert result.steps < 50
    assert all(value.isfinite().all() for value in result.generator.values())


def test_float32_runs_start_beside_their_float64_twins() -> None:
    """The same initial numbers, rounded: trained parameters are float32 and finite."""
    result = train(replace(SMALL, dtype="float32"), (0,), steps=3)
    assert result.generator["0.weight"].dtype == torch.float32
    start = train(replace(SMALL, dtype="float32"), (0,), steps=0).generator["0.weight"]
    assert torch.equal(start, train(SMALL, (0,), steps=0).generator["0.weight"].float())


def nearest(points: torch.Tensor, atoms: torch.Tensor) -> float:
    return float(torch.cdist(points, atoms).min(dim=1).values.mean())


def test_a_generator_moves_towards_its_data() -> None:
    """Trained on two points, samples end much nearer to them than they began."""
    setting = Setting(
        target=TWO_POINTS,
        generator=MLP((2, 24, 24, 2)),
        discriminator=MLP((2, 24, 24, 1)),
        batch=64,
        discriminator_optimizer=Adam(2e-3, (0.5, 0.9)),
        generator_optimizer=Adam(1e-3, (0.5, 0.9)),
    )
    before, after = (train(setting, (0, 1), steps=steps) for steps in (0, 600))
    for run in range(2):
        distance = nearest(after.sample(run, 500, seed=1), TWO_POINTS.atoms)
        assert distance < 0.3 * nearest(before.sample(run, 500, seed=1), TWO_POINTS.atoms)
    assert torch.equal(after.sample(1, 5, seed=3), after.sample(1, 5, seed=3))
    assert not torch.equal(after.sample(1, 5, seed=3), after.sample(1, 5, seed=4))
    exported = after.generator_module(1)
    noise = latents("normal", (stream_seed(3, "sampling"),), "sample", 0, 5, 2)[0]
    assert torch.allclose(exported(noise), after.sample(1, 5, seed=3), rtol=1e-12, atol=1e-14)


def test_the_linear_payoff_s_generator_pushes_mass_to_where_the_discriminator_is_high() -> None:
    """One generator update of a two-atom table raises the weight of the atom with the larger output."""
    setting = replace(TABLE, game="linear", generator=Atoms(2, 2), discriminator_updates=1)
    result = train(setting, (0,), steps=1)
    _, weights = result.generator_atoms(0)
    start, _ = train(setting, (0,), steps=0).generator_atoms(0)
    output = result.discriminator_module(0)(start)[:, 0].detach()
    assert bool((weights[0] > weights[1]) == (output[0] > output[1]))
    assert math.isclose(float(weights.sum()), 1, rel_tol=1e-12)


def test_a_generator_is_read_by_its_kind() -> None:
    """Atoms are not exported as a network, nor a network read as atoms: the error names the other way."""
    table, network = train(TABLE, (0,), steps=0), train(SMALL, (0,), steps=0)
    with pytest.raises(TypeError, match="generator_atoms"):
        table.generator_module(0)
    with pytest.raises(TypeError, match="generator_module"):
        network.generator_atoms(0)
    drawn = table.sample(0, 50, seed=1)
    assert all((table.generator["points"][0] == point).all(dim=1).any() for point in drawn)


def changed(**fields: object) -> Callable[[], Setting]:
    return lambda: replace(SMALL, **fields)


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (changed(game="mini-max"), "did you mean 'minimax'"),
        (changed(generator=MLP((3, 4))), "must share one space"),
        (changed(discriminator=MLP((2, 4, 2))), "has one output"),
        (changed(exact=True), "exact sums need a finite target"),
        (changed(batch=0), "batch must be at least 1"),
        (changed(latent="gaussian"), "latent must be one of"),
        (changed(dtype="float16"), "dtype must be one of"),
        (lambda: train(SMALL, (), steps=1), "needs its own seed"),
        (lambda: train(SMALL, (1, 1), steps=1), "needs its own seed"),
        (lambda: train(SMALL, (-1,), steps=1), "a seed is a whole number from 0"),
        (lambda: train(SMALL, (0,), steps=-1), "steps and every are whole numbers, at least 0 and 1"),
    ],
)
def test_faulty_settings_are_refused(faulty: Callable[[], object], message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        faulty()


def test_the_plane_setting_is_the_essay_s() -> None:
    """Batches of 500, ten updates each, learning rate 1e-5, betas 0.9 and 0.999, 15-dimensional noise."""
    setting = plane_setting(TWO_POINTS)
    assert (setting.batch, setting.discriminator_updates, setting.generator_updates) == (500, 10, 10)
    assert setting.discriminator_optimizer == setting.generator_optimizer == Adam(1e-5, (0.9, 0.999))
    assert setting.generator == MLP((15, 50, 50, 50, 50, 2))
    assert setting.discriminator == MLP((2, 100, 50, 50, 1))
    assert train(setting, (0,), steps=1).payoffs.shape == (1, 1)
