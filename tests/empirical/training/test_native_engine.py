"""The native engine against torch's, update by update and in law; its bits; and what it does not play."""

import logging
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import Float
from scipy.stats import ks_2samp

from empirical import native
from empirical.networks import MLP, Atoms
from empirical.targets import CIRCLE, DIGITS, FOUR_POINTS, GRID, RING, Circle
from empirical.training import SGD, Adam, Regularization, Setting, native_engine, torch_engine, train
from empirical.training.checkpoint import save_checkpoint
from empirical.training.engines import chosen_engine
from empirical.training.state import State, first_state

FALSE_ALARM = 1e-6
SMALL = Setting(
    target=RING,
    generator=MLP((3, 12, 12, 2)),
    discriminator=MLP((2, 12, 12, 1)),
    batch=16,
    discriminator_updates=2,
)
TABLE = Setting(
    target=FOUR_POINTS,
    generator=Atoms(5, 2),
    discriminator=MLP((2, 16, 16, 1)),
    game="minimax",
    exact=True,
    discriminator_updates=3,
)
HAS_COMPILER = native_engine.obstacle(SMALL) is None
compiled = pytest.mark.skipif(not HAS_COMPILER, reason="this machine has no C++ compiler")


def after(setting: Setting, seeds: tuple[int, ...], steps: int, engine: str, threads: int = 1) -> State:
    """The state after these steps of one call of this engine."""
    state = first_state(setting, seeds)
    if engine == "native":
        native_engine.advance(setting, state, steps, threads)
    else:
        torch_engine.advance(setting, state, steps)
    return state


def rows(state: State) -> list[torch.Tensor]:
    """All numbers of the networks and of the optimisers."""
    players = (state.generator, state.discriminator)
    return [row for p in players for row in (p.values, p.moments.first, p.moments.second)]


def payoffs(state: State) -> Float[torch.Tensor, "steps runs"]:
    return torch.tensor(state.payoffs, dtype=torch.float64)


def distance(one: State, other: State) -> float:
    """The largest difference of a parameter or payoff."""
    pairs = [
        (one.generator.values, other.generator.values),
        (one.discriminator.values, other.discriminator.values),
        (payoffs(one), payoffs(other)),
    ]
    return max(float((a.double() - b.double()).abs().max()) for a, b in pairs)


def same_bits(one: State, other: State) -> bool:
    """Whether all numbers, payoffs and endings are equal to the bit."""
    return (
        all(torch.equal(a, b) for a, b in zip(rows(one), rows(other), strict=True))
        and torch.equal(payoffs(one).view(torch.int64), payoffs(other).view(torch.int64))
        and {run: (end.step, end.reason) for run, end in one.endings.items()}
        == {run: (end.step, end.reason) for run, end in other.endings.items()}
    )


SETTINGS = {
    **{game: replace(SMALL, game=game) for game in native_engine.GAMES},
    **{f"table {game}": replace(TABLE, game=game) for game in native_engine.GAMES},
    "table against batches": replace(TABLE, exact=False, batch=37),
    "circle": replace(SMALL, target=CIRCLE),
    "grid": replace(SMALL, target=GRID, batch=500),
    "finite law, uniform latents": replace(SMALL, target=FOUR_POINTS, latent="uniform", generator_updates=3),
    "digits": replace(TABLE, target=DIGITS, generator=Atoms(20, 64), discriminator=MLP((64, 30, 1))),
    "momentum": replace(SMALL, discriminator_optimizer=SGD(1e-2, 0.9), generator_optimizer=SGD(1e-2)),
    "betas": replace(
        SMALL, discriminator_optimizer=Adam(1e-3, (0.5, 0.9)), generator_optimizer=Adam(1e-3, (0.0, 0.9))
    ),
    "clipped, blurred": replace(SMALL, regularization=Regularization(clip=0.05, instance_noise=0.3)),
    "no hidden layer": replace(SMALL, generator=MLP((3, 2)), discriminator=MLP((2, 1))),
    # Too many samples for the second cache: they are taken a window after another.
    "windows": replace(
        SMALL,
        discriminator=MLP((2, 200, 150, 1)),
        batch=330,
        regularization=Regularization(instance_noise=0.3),
    ),
    "windows of atoms": replace(TABLE, generator=Atoms(400, 2), discriminator=MLP((2, 250, 150, 1))),
    "odd widths, ReLU": replace(
        SMALL,
        generator=MLP((7, 33, 58, 2)),
        discriminator=MLP((2, 130, 145, 1), negative_slope=0.0),
        batch=70,
    ),
}


@compiled
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_both_engines_make_the_same_updates(setting: Setting) -> None:
    """In float64, 20 steps of three runs end with the same parameters, moments and payoffs.

    Tolerance: both sum in their own order, so gradients differ by rounding, 1e-16 relative to their largest
    terms; Adam divides a gradient by its own size, so one that cancels to 1e-9 of its terms is off by 1e-7,
    times a rate of 1e-3 over some updates. 1e-9 is far above that and far below one update, 1e-3.
    """
    steps = 5 if setting.target is DIGITS else 20
    by_torch, natively = (after(setting, (3, 4, 2**63), steps, engine) for engine in ("torch", "native"))
    assert distance(by_torch, natively) < 1e-9
    for mine, other in zip(rows(natively), rows(by_torch), strict=True):
        assert torch.allclose(mine, other, rtol=1e-7, atol=1e-9)
    assert natively.step == by_torch.step == steps
    assert natively.generator.moments.updates == by_torch.generator.moments.updates


@compiled
@pytest.mark.parametrize(
    "other",
    [
        replace(SMALL, game="minimax"),
        replace(SMALL, target=CIRCLE),
        replace(SMALL, latent="uniform"),
        replace(SMALL, generator_updates=2),
        replace(SMALL, generator_optimizer=Adam(1e-3, (0.9, 0.99))),
        replace(SMALL, generator=MLP((3, 12, 12, 2), 0.1)),
        replace(SMALL, regularization=Regularization(instance_noise=0.01)),
        replace(SMALL, regularization=Regularization(clip=0.1)),
    ],
    ids=["game", "target", "latent", "updates", "betas", "slope", "noise", "clip"],
)
def test_the_comparison_sees_another_setting(other: Setting) -> None:
    """The control: against torch's training of a setting that differs in one part, it fails by far."""
    assert distance(after(other, (3,), 20, "torch"), after(SMALL, (3,), 20, "native")) > 1e-6


@compiled
def test_float32_is_as_accurate_as_torch_s() -> None:
    """After 400 updates of each side the move in float32 is off by about as much as torch's own.

    Both round each number to 24 bits; which of them is nearer is chance, so within a factor of 4 either way.
    """
    setting = replace(
        SMALL,
        batch=64,
        discriminator_updates=1,
        generator_optimizer=Adam(1e-4),
        discriminator_optimizer=Adam(1e-4),
    )
    single = replace(setting, dtype="float32")
    start, exact = first_state(setting, (0, 1, 2)), after(setting, (0, 1, 2), 400, "torch")

    def error(engine: str) -> float:
        found = after(single, (0, 1, 2), 400, engine)
        pairs = zip(rows(found)[::3], rows(exact)[::3], rows(start)[::3], strict=True)
        ratios = [(a.double() - b).norm() / (b - c).norm() for a, b, c in pairs]
        return float(torch.stack(ratios).max())

    natively, by_torch = error("native"), error("torch")
    assert natively < 4 * by_torch
    assert 1e-7 < natively < 1e-2  # float32 it is, and no worse


@compiled
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("setting", [SMALL, TABLE, SETTINGS["odd widths, ReLU"]], ids=["mlp", "table", "odd"])
def test_bits_depend_on_the_seed_alone(tmp_path: Path, setting: Setting, dtype: str) -> None:
    """A run has the same bits alone, among five, on two threads, in small blocks, and after a restart."""
    setting = replace(setting, dtype=dtype)
    five = after(setting, (0, 1, 2, 3, 4), 12, "native")
    assert same_bits(five, after(setting, (0, 1, 2, 3, 4), 12, "native", threads=2))
    alone = after(setting, (3,), 12, "native")
    for mine, all_of_them in zip(rows(alone), rows(five), strict=True):
        assert torch.equal(mine[0], all_of_them[3])
    assert torch.equal(payoffs(alone)[:, 0], payoffs(five)[:, 3])

    in_blocks = first_state(setting, (0, 1, 2, 3, 4))
    for steps in (1, 4, 7):
        native_engine.advance(setting, in_blocks, steps)
    assert same_bits(in_blocks, five)

    path = tmp_path / "checkpoint.safetensors"
    train(setting, (0, 1, 2, 3, 4), steps=5, engine="native", checkpoint=path)
    resumed = train(setting, (0, 1, 2, 3, 4), steps=12, engine="native", checkpoint=path)
    for name, value in train(setting, (3,), steps=12, engine="native").discriminator.items():
        assert torch.equal(value[0], resumed.discriminator[name][3])
    assert torch.equal(resumed.payoffs, payoffs(five))
    assert not same_bits(five, after(setting, (0, 1, 2, 3, 5), 12, "native"))  # the comparison can fail


def spoiled(setting: Setting, player: str, number: float) -> State:
    """Three runs, of which the second has one such number among its player's biases of the last layer."""
    state = first_state(setting, (5, 6, 7))
    getattr(state, player).values[1, -1] = number
    return state


@compiled
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("player", "game"), [("discriminator", "minimax"), ("generator", "minimax"), ("generator", "wasserstein")]
)
def test_a_number_that_is_not_finite_ends_its_run_alone(
    player: str, game: str, number: float, dtype: str
) -> None:
    """NaN and both infinities are seen in compiled code too: the run ends as in torch, the others go on.

    They end with the bits that they have without it.
    """
    setting = replace(SMALL, game=game, dtype=dtype)
    natively, by_torch = spoiled(setting, player, number), spoiled(setting, player, number)
    native_engine.advance(setting, natively, 10)
    torch_engine.advance(setting, by_torch, 10)
    assert natively.alive == by_torch.alive == [0, 2]
    assert natively.endings[1].step == by_torch.endings[1].step == 1
    assert natively.endings[1].reason == by_torch.endings[1].reason
    mine, other = natively.endings[1].generator, by_torch.endings[1].generator
    assert torch.equal(mine.isnan(), other.isnan())
    assert torch.equal(mine.nan_to_num(), other.nan_to_num())
    assert payoffs(natively)[:, 1].isnan().all()
    others = after(setting, (5, 7), 10, "native")
    for mine, without in zip(rows(natively), rows(others), strict=True):
        assert torch.equal(mine, without)
    assert torch.equal(payoffs(natively)[:, [0, 2]], payoffs(others))


@compiled
@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_a_run_that_overflows_ends_where_it_does_in_torch(side: str) -> None:
    """A rate that overflows: same step and reason, same last finite numbers and payoffs to rounding.

    A generator's failure leaves the step's payoff standing; a discriminator's does not.
    """
    setting = replace(SMALL, game="wasserstein", **{f"{side}_optimizer": SGD(1e3, 0.9)})
    natively, by_torch = (after(setting, (0, 1), 60, engine) for engine in ("native", "torch"))
    assert natively.alive == by_torch.alive == []
    assert natively.step == by_torch.step < 60
    for run in range(2):
        mine, other = natively.endings[run], by_torch.endings[run]
        assert (mine.step, mine.reason) == (other.step, other.reason)
        assert torch.allclose(mine.generator, other.generator, rtol=1e-6)
        assert torch.allclose(mine.discriminator, other.discriminator, rtol=1e-6)
    assert torch.equal(payoffs(natively).isnan(), payoffs(by_torch).isnan())
    assert torch.allclose(payoffs(natively), payoffs(by_torch), rtol=1e-6, equal_nan=True)


@compiled
@pytest.mark.parametrize("side", ["discriminator", "generator"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_whose_parameters_overflow_keeps_those_before(side: str, dtype: str) -> None:
    """From momenta at the end of the range and a rate beyond 1, a finite gradient leads out of it at once.

    The failing run keeps its numbers and the reason names them, in both engines.
    """
    setting = replace(SMALL, dtype=dtype, **{f"{side}_optimizer": SGD(4.0, 0.9)})
    ends = []
    for engine in (native_engine, torch_engine):
        state = first_state(setting, (5, 6, 7))
        player = getattr(state, side)
        player.moments.first[1] = torch.finfo(player.values.dtype).max / 2
        before = player.values[1].clone()
        engine.advance(setting, state, 3)
        assert state.alive == [0, 2]
        assert torch.equal(getattr(state.endings[1], side), before)
        ends.append((state.endings[1].step, state.endings[1].reason))
    assert ends == [(1, f"the {side}'s parameters stopped being finite")] * 2


def test_finite_numbers_whose_sum_overflows_end_no_run() -> None:
    """In torch as in compiled code each number is looked at: 3e38 twice is finite, infinity once is not."""
    setting = replace(SMALL, dtype="float32", discriminator_optimizer=SGD(1e-38))
    state = first_state(setting, (5, 6))
    gradient = torch.full_like(state.discriminator.values, 3e38)
    gradient[1, 0] = math.inf
    finite = state.descend("discriminator", torch.zeros(2), gradient)
    assert finite.tolist() == [True, False]
    assert state.alive == [0]


@compiled
def test_float32_trains_the_same_law_as_torch() -> None:
    """Over 32 seeds, after 300 steps, where trajectories have parted: two Kolmogorov-Smirnov tests.

    The final payoff and the mean distance of the generator's points from the origin have one law in both
    engines, at a false-alarm rate of 1e-6 each. The seeds are different ones, so the samples are independent.
    The control: torch at a third of the generator's rate is told apart.

    What it can see, by 1,000 simulated pairs of 32 normal numbers each: laws that lie two standard
    deviations apart are rejected in 90 %, 1.75 in 70 %, 1.5 in 37 %, and one in 4 %. Smaller differences are
    left to the comparison update by update.
    """
    fast = Adam(2e-3, (0.5, 0.9))
    setting = replace(
        SMALL, dtype="float32", discriminator_optimizer=fast, generator_optimizer=fast, batch=32
    )

    def judged(engine: str, first_seed: int, played: Setting) -> Float[np.ndarray, "seeds 2"]:
        result = train(played, range(first_seed, first_seed + 32), steps=300, engine=engine)
        radii = [float(result.sample(run, 200, seed=1).norm(dim=1).mean()) for run in range(32)]
        return np.stack((result.payoffs[-20:].mean(dim=0).numpy(), radii), axis=1)

    natively, by_torch = judged("native", 0, setting), judged("torch", 100, setting)
    slower = judged("torch", 100, replace(setting, generator_optimizer=Adam(2e-3 / 3, (0.5, 0.9))))
    for column in range(2):
        assert ks_2samp(natively[:, column], by_torch[:, column]).pvalue > FALSE_ALARM
    assert min(ks_2samp(natively[:, column], slower[:, column]).pvalue for column in range(2)) < FALSE_ALARM


@compiled
def test_a_state_of_other_networks_is_refused() -> None:
    """Compiled code would write ten times as many numbers as the rows have: one sentence, rows untouched."""
    wider = replace(SMALL, generator=MLP((3, 120, 120, 2)))
    state, same = first_state(SMALL, (1,)), first_state(SMALL, (1,))
    with pytest.raises(ValueError, match=r"rows of shape \(1, 15242\) \(got a state of \(1, 230\)\)"):
        native_engine.advance(wider, state, 1)
    state.discriminator.moments.second = state.discriminator.moments.second[:, :-1]
    with pytest.raises(ValueError, match="start from first_state"):
        native_engine.advance(SMALL, state, 1)
    assert torch.equal(state.generator.values, same.generator.values)


@compiled
def test_no_counter_runs_over() -> None:
    """After 2^32 updates, or with 2^34 numbers in a batch, draws would repeat: refused beforehand."""
    state = first_state(SMALL, (1,))
    state.step = 2**31 - 1  # of two updates each
    native_engine.advance(SMALL, state, 1)
    with pytest.raises(ValueError, match=r"random numbers for 2\^32 updates"):
        native_engine.advance(SMALL, state, 1)
    with pytest.raises(ValueError, match=r"2\^34 numbers in a batch"):
        native_engine.advance(replace(SMALL, batch=10**18), first_state(SMALL, (1,)), 1)


def interrupted_after(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    """Ctrl-C when compiled code has returned for the so-manieth time; each time it plays one run."""
    done = iter(range(calls))

    def finish(status: int, task: str) -> None:
        native.finish(status, task)
        if next(done, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(native_engine, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(native_engine, "finish", finish)


@compiled
def test_an_interruption_between_two_runs_leaves_nothing_to_go_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some runs are then further than others: such a state is neither played nor saved.

    The checkpoint before it stays, and training from there ends with the bits of one left alone.
    """
    path = tmp_path / "checkpoint.safetensors"
    train(SMALL, (0, 1, 2), steps=2, checkpoint=path, engine="native")
    before, state = path.read_bytes(), first_state(SMALL, (0, 1, 2))
    with monkeypatch.context() as patched:
        interrupted_after(patched, 1)
        with pytest.raises(KeyboardInterrupt):
            native_engine.advance(SMALL, state, 1)
        interrupted_after(patched, 4)
        with pytest.raises(KeyboardInterrupt):
            train(SMALL, (0, 1, 2), steps=9, checkpoint=path, engine="native", every=1000)
    with pytest.raises(ValueError, match="left torn by an interruption"):
        native_engine.advance(SMALL, state, 1)
    with pytest.raises(ValueError, match="left torn by an interruption"):
        save_checkpoint(path, SMALL, "native", state)
    assert path.read_bytes() == before
    resumed = train(SMALL, (0, 1, 2), steps=9, checkpoint=path, engine="native")
    assert torch.equal(resumed.payoffs, train(SMALL, (0, 1, 2), steps=9, engine="native").payoffs)


@compiled
def test_compiled_code_comes_back_between_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is over it begins no further run, so that Ctrl-C waits for one run at most.

    With no time at all it comes back once for each of seven runs; the bits do not know.
    """
    whole = after(SMALL, tuple(range(7)), 3, "native")
    calls = []
    monkeypatch.setattr(native_engine, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(native_engine, "finish", lambda status, _: calls.append(status))
    assert same_bits(after(SMALL, tuple(range(7)), 3, "native"), whole)
    assert calls == [0] * 7
    assert same_bits(after(SMALL, tuple(range(7)), 3, "native", threads=2), whole)


LITTLE_ROOM = """
import resource, sys
import torch
from empirical.networks import MLP
from empirical.targets import RING
from empirical.training import Setting, native_engine
from empirical.training.state import first_state

def setting(width, batch):
    return Setting(target=RING, generator=MLP((2, 4, 2)), discriminator=MLP((2, width, 1)), batch=batch)

torch.set_num_threads(1)
wide, narrow = setting(4, 4_000_000), setting(4, 8)
states = [first_state(wide, range(3)), first_state(narrow, range(100))]
before = states[0].discriminator.values.clone()
native_engine.advance(narrow, first_state(narrow, (0,)), 1)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 60 * 2**20,) * 2)
native_engine.advance(narrow, states[1], 2, threads=100)  # each wants 8 MB for its stack
print("played", states[1].step)
try:
    native_engine.advance(wide, states[0], 1, threads=2)
except MemoryError as error:
    print(error, torch.equal(states[0].discriminator.values, before), states[0].torn)
"""


@compiled
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux limits what a process maps")
def test_a_lack_of_memory_changes_nothing_and_ends_no_process() -> None:
    """With 60 MB to spare, a hundred threads cannot start: fewer play. 400 MB of points are refused.

    The refusal is Python's MemoryError, with every run where it was.
    """
    ran = subprocess.run([sys.executable, "-c", LITTLE_ROOM], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    played, refused = ran.stdout.splitlines()
    assert played == "played 2"
    assert refused.startswith("there is no room to play batches of 4000000 at these widths")
    assert refused.endswith("True False")


@pytest.fixture
def nothing_loaded() -> Iterator[None]:
    """A process that has loaded no library yet."""
    native._loaded.cache_clear()
    yield
    native._loaded.cache_clear()


@pytest.mark.usefixtures("nothing_loaded")
@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (native.SWITCH, "0", "GANPROOF_NATIVE=0 switches compiled code off"),
        ("CXX", "no-such-compiler", "no C++ compiler in PATH (looked for no-such-compiler)"),
    ],
)
def test_without_compiled_code_torch_trains(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variable: str,
    value: str,
    sentence: str,
) -> None:
    """Where it is switched off or cannot be compiled, torch trains the same, and the log says why."""
    monkeypatch.setenv(variable, value)
    with caplog.at_level(logging.WARNING):
        result = train(SMALL, (0,), steps=2, engine="native")
    assert sentence in caplog.text
    assert all("\n" not in record.getMessage() for record in caplog.records)
    assert torch.equal(result.payoffs, train(SMALL, (0,), steps=2, engine="torch").payoffs)


class Ellipse(Circle):
    """A circle that is drawn otherwise: compiled code would not know."""

    def place(
        self, choice: Float[torch.Tensor, "*runs n"], noise: Float[torch.Tensor, "*runs n 2"]
    ) -> Float[torch.Tensor, "*runs n 2"]:
        """Twice as wide as high."""
        return super().place(choice, noise) * torch.tensor([2.0, 1.0], dtype=torch.float64)


OUTSIDE = {
    "game": (replace(SMALL, game="f-gan pearson"), "the game f-gan pearson is outside its scope"),
    "penalty": (replace(SMALL, regularization=Regularization(r1=1.0)), "clipping and instance noise alone"),
    "target": (
        replace(SMALL, target=Ellipse("ellipse")),
        "ellipse is none of mixtures, finite laws and the circle",
    ),
}


@pytest.mark.parametrize(("setting", "reason"), OUTSIDE.values(), ids=OUTSIDE)
def test_what_is_outside_its_scope_is_played_by_torch(
    caplog: pytest.LogCaptureFixture, setting: Setting, reason: str
) -> None:
    """The reason is one clause of one line of log where the native engine was asked for; else no word."""
    with caplog.at_level(logging.WARNING):
        assert chosen_engine(setting) == "torch"
        assert caplog.records == []
        assert chosen_engine(setting, "native") == "torch"
    (record,) = caplog.records
    assert reason in record.getMessage()
    assert "torch trains instead of the native engine" in record.getMessage()
    with pytest.raises(ValueError, match="cannot play this setting"):
        native_engine.advance(setting, first_state(setting, (0,)), 1)
