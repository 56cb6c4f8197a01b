"""Best responses and crowds in compiled code: the same trainings as in torch, whatever the company."""

import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from empirical import native
from empirical.networks import MLP, apply, flatten
from empirical.targets.finite import FiniteTarget, equal_weights
from empirical.targets.sphere import sphere
from empirical.training import Adam, best_response
from empirical.training.ascent import Stage, TwoLaws, ascend
from empirical.training.best_response import BestResponse
from empirical.training.crowd import Crowd, LearnedLaws, fool
from empirical.training.native_responses import SOURCE, chosen_engine
from empirical.training.sharp_response import sharp_response

HAS_LIBRARY = native.library(SOURCE, native.FUSED, "torch") is not None
compiled = pytest.mark.skipif(not HAS_LIBRARY, reason="this machine has no C++ compiler")

TARGET = sphere(43, 3, seed=0)  # no multiple of the samples that a processor takes at once
CLASSES = [MLP((3, 1)), MLP((3, 7, 1)), MLP((3, 9, 6, 1), negative_slope=0.0)]
# Twenty updates in two orders of summation. Adam divides by gradients' sizes, which lifts their roundings of
# 1e-16 to 1e-13 for the smallest of those met here; a move is of size 1e-3 to 1e-1.
ROUNDING = 1e-11


def drawn(runs: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    points = torch.randn(runs, count, 3, dtype=torch.float64, generator=generator)
    weights = torch.rand(runs, count, dtype=torch.float64, generator=generator)
    return points, weights / weights.sum(dim=1, keepdim=True)


def apart(one: LearnedLaws, other: LearnedLaws) -> float:
    return float(max((one.points - other.points).abs().max(), (one.weights - other.weights).abs().max()))


def parameters(discriminator: MLP, found: BestResponse) -> torch.Tensor:
    return flatten(discriminator, found.discriminator)


@compiled
@pytest.mark.parametrize("discriminator", CLASSES)
@pytest.mark.parametrize("game", ["minimax", "non-saturating", "linear"])
def test_both_engines_train_the_same_laws(discriminator: MLP, game: str) -> None:
    """Twenty steps against a crowd of three with four renewals agree to rounding, in every game.

    Controls: another renewal, and a learning rate that differs by a millionth, are seen.
    """
    crowd = Crowd(members=3, steps=20, renewal=4, game=game)
    compiled, by_torch = (
        fool(TARGET, 5, discriminator, (1, 2), crowd, engine=e) for e in ("native", "torch")
    )
    assert apart(compiled, by_torch) < ROUNDING
    other = fool(TARGET, 5, discriminator, (1, 2), replace(crowd, renewal=5), engine="native")
    assert apart(compiled, other) > 100 * ROUNDING
    faster = replace(crowd, generator_optimizer=Adam(2e-3 * (1 + 1e-6), (0.5, 0.99)))
    assert apart(compiled, fool(TARGET, 5, discriminator, (1, 2), faster, engine="native")) > 100 * ROUNDING


@compiled
@pytest.mark.parametrize("discriminator", CLASSES)
def test_both_engines_find_the_same_sharp_responses(discriminator: MLP) -> None:
    """Twelve steps on the log payoff and eight on the linear one agree to rounding; another rate is seen."""
    real = TARGET.atoms.expand(3, -1, -1), TARGET.probabilities.expand(3, -1)
    laws = TwoLaws(*real, *drawn(3, 6))
    one, other, faster = (
        ascend(
            discriminator,
            laws,
            (4, 5, 6),
            [Stage("minimax", 12, Adam(5e-2)), Stage("linear", 8, Adam(rate))],
            "linear",
            engine=engine,
        )
        for engine, rate in (("native", 2e-2), ("torch", 2e-2), ("native", 2e-2 * (1 + 1e-6)))
    )
    assert torch.allclose(one, other, rtol=0, atol=ROUNDING)
    assert float((one - faster).abs().max()) > 100 * ROUNDING


@compiled
@pytest.mark.parametrize("payoff", ["log", "linear"])
def test_both_engines_find_the_same_best_responses(payoff: str) -> None:
    """Twenty steps on either payoff agree to rounding, with the data's atoms shared or each run's own."""
    points, weights = drawn(2, 6)
    for real in ((TARGET.atoms, TARGET.probabilities), drawn(2, 9)):
        one, other = (
            best_response(CLASSES[1], *real, points, weights, (4, 5), payoff=payoff, steps=20, engine=engine)
            for engine in ("native", "torch")
        )
        assert torch.allclose(one.values, other.values, rtol=0, atol=ROUNDING)
        assert torch.allclose(
            parameters(CLASSES[1], one), parameters(CLASSES[1], other), rtol=0, atol=ROUNDING
        )


@compiled
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_run_has_the_bits_of_the_run_alone(dtype: str) -> None:
    """In compiled code the last of three runs ends as it does alone, to the bit: its law and its judge."""
    crowd, discriminator = Crowd(members=3, steps=40, renewal=6, dtype=dtype), CLASSES[2]
    together = fool(TARGET, 7, discriminator, (1, 2, 3), crowd, engine="native")
    alone = fool(TARGET, 7, discriminator, (3,), crowd, engine="native")
    assert torch.equal(together.points[2], alone.points[0])
    assert torch.equal(together.weights[2], alone.weights[0])

    judged = [
        sharp_response(
            discriminator,
            TARGET,
            laws.points,
            laws.weights,
            seeds,
            steps=(30, 10),
            engine="native",
            dtype=dtype,
        )
        for laws, seeds in ((together, (7, 8, 9)), (alone, (9,)))
    ]
    assert torch.equal(judged[0].values[2], judged[1].values[0])
    bits = [parameters(discriminator, found)[-1] for found in judged]
    assert torch.equal(*bits)


@compiled
def test_float32_stays_beside_float64() -> None:
    """A training in float32 draws the same numbers: over ten steps it stays within its own rounding.

    Tolerance: a hundred roundings of 6e-8, of numbers of size 1; the moves are a thousand times larger.
    """
    crowd = Crowd(members=3, steps=10, renewal=4)
    double, single = (
        fool(TARGET, 5, CLASSES[1], (1,), replace(crowd, dtype=dtype), engine="native")
        for dtype in ("float64", "float32")
    )
    assert 0 < apart(double, single) < 6e-6
    assert apart(double, fool(TARGET, 5, CLASSES[1], (1,), replace(crowd, steps=1), engine="native")) > 6e-3


def entropies(laws: LearnedLaws) -> np.ndarray:
    """Of each law's weights, nats."""
    return -(laws.weights * laws.weights.log()).sum(dim=1).numpy()


@compiled
def test_over_seeds_both_engines_train_one_law() -> None:
    """Where single runs differ in seeds and precision, the entropies of their weights have one law.

    Kolmogorov and Smirnov's test of 150 runs by torch in float64 against 1,000 others by compiled code in
    float32, at a false-alarm rate of 1e-6. The control, a learning rate three times as large, is rejected.
    """
    crowd = Crowd(members=4, steps=60, renewal=10)
    by_torch = fool(TARGET, 12, MLP((3, 2, 1)), range(150), crowd, engine="torch")
    single = replace(crowd, dtype="float32")
    compiled = fool(TARGET, 12, MLP((3, 2, 1)), range(1000, 2000), single, engine="native")
    assert kstest(entropies(by_torch), entropies(compiled)).pvalue > 1e-6
    faster = replace(single, generator_optimizer=Adam(6e-3, (0.5, 0.99)))
    control = fool(TARGET, 12, MLP((3, 2, 1)), range(1000, 2000), faster, engine="native")
    assert kstest(entropies(by_torch), entropies(control)).pvalue < 1e-6


@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_affine_discriminators_on_the_line_reach_the_largest_difference_of_distribution_functions(
    engine: str, dtype: str
) -> None:
    r"""Their outputs are monotone, so their supremum is :math:`\max_t |F_p(t) - F_q(t)|`, here 3/5.

    It is approached by ever steeper outputs and never passed, whoever trains. Up to a thousandth of it is
    given up for smaller parameters.
    """
    line = FiniteTarget("line", ((0.0,), (1.0,), (2.0,), (3.0,)), equal_weights(4))
    points = torch.tensor([[[0.5], [1.5], [2.5]]], dtype=torch.float64)
    weights = torch.tensor([[0.1, 0.05, 0.85]], dtype=torch.float64)
    # F_p - F_q after 0, 0.5, 1, 1.5, 2, 2.5, 3: 0.25, 0.15, 0.4, 0.35, 0.6, -0.25, 0.
    points, weights = points.expand(4, -1, -1), weights.expand(4, -1)
    found = sharp_response(
        MLP((1, 1)), line, points, weights, range(4), steps=(60, 60), engine=engine, dtype=dtype
    )
    assert 0.6 - 1e-3 - 1e-15 <= float(found.gaps.min())
    assert float(found.gaps.max()) <= 0.6 + 1e-15


@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_data_s_own_law_leaves_no_gap(engine: str, dtype: str) -> None:
    """Against the data's atoms in another order every discriminator's payoff is 0 but for rounding.

    Tolerance: two sums of 43 terms of size 1/43 in two orders; a training in float32 must not add to it.
    """
    order = torch.randperm(43, generator=torch.Generator().manual_seed(0))
    own = TARGET.atoms[order].expand(3, -1, -1), TARGET.probabilities[order].expand(3, -1)
    found = sharp_response(CLASSES[1], TARGET, *own, range(3), steps=(60, 30), engine=engine, dtype=dtype)
    assert float(found.gaps.max()) < 1e-14
    # Control: the same law with a hundredth of its weight moved is told apart.
    moved = own[1].clone()
    moved[:, 0] += 0.01
    moved[:, 1] -= 0.01
    found = sharp_response(
        CLASSES[1], TARGET, own[0], moved, range(3), steps=(60, 30), engine=engine, dtype=dtype
    )
    assert float(found.gaps.min()) > 1e-4


@compiled
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_gap_is_the_discriminator_s_payoff_in_float64(dtype: str) -> None:
    """Evaluated again at the parameters handed back, though the last step was not the best one."""
    points, weights = drawn(2, 6)
    found = sharp_response(
        CLASSES[1], TARGET, points, weights, (0, 1), steps=(9, 9), adams=(Adam(1.0), Adam(1.0)), dtype=dtype
    )
    stack = {name: tensor.double() for name, tensor in found.discriminator.items()}
    real = apply(CLASSES[1], stack, TARGET.atoms.expand(2, -1, -1))[..., 0].sigmoid().mean(dim=1)
    fake = (apply(CLASSES[1], stack, points)[..., 0].sigmoid() * weights).sum(dim=1)
    assert torch.allclose(real - fake, found.values, rtol=0, atol=1e-14)


@compiled
def test_the_engine_that_trains() -> None:
    """Compiled code where it can, torch where a game is beyond it or where torch is asked for."""
    assert chosen_engine(None, ["minimax", "linear"]) == "native"
    assert chosen_engine("torch", ["linear"]) == "torch"
    assert chosen_engine(None, ["wasserstein"]) == "torch"
    with pytest.raises(ValueError, match="no engine is called 'numpy'"):
        chosen_engine("numpy", ["linear"])


def test_without_a_compiler_torch_trains(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The same law to rounding, and one line of log where compiled code was asked for by name."""
    crowd = Crowd(members=2, steps=5, renewal=2)
    before = fool(TARGET, 4, CLASSES[1], (1,), crowd)
    monkeypatch.setenv(native.SWITCH, "0")
    with caplog.at_level(logging.WARNING):
        assert apart(fool(TARGET, 4, CLASSES[1], (1,), crowd), before) < ROUNDING
        assert not caplog.records
        fool(TARGET, 4, CLASSES[1], (1,), crowd, engine="native")
    assert [record.getMessage() for record in caplog.records] == [
        "torch trains instead of the native engine: responses.cpp is not compiled"
    ]


@pytest.mark.parametrize("engine", ["native", "torch"])
def test_a_law_that_stops_being_finite_is_refused(engine: str) -> None:
    """It must not be taken for one that fools: the sentence names the seed and what to change."""
    wild = Crowd(members=2, steps=5, generator_optimizer=Adam(1e308))
    with pytest.raises(ValueError, match="the law of seed 3 stopped being finite"):
        fool(TARGET, 4, CLASSES[1], (3,), wild, engine=engine)


@pytest.mark.parametrize("engine", ["native", "torch"])
def test_a_discriminator_without_a_finite_payoff_is_refused(engine: str) -> None:
    """Points at which its logits overflow give no payoff: that is not a gap of 0."""
    far = torch.full((1, 2, 3), 1.7e308, dtype=torch.float64)
    with pytest.raises(ValueError, match="seed 3 never had a finite payoff"):
        sharp_response(
            MLP((3, 64, 1)),
            TARGET,
            far,
            torch.full((1, 2), 0.5, dtype=torch.float64),
            (3,),
            steps=(2, 2),
            engine=engine,
        )


def test_a_crowd_is_renewed_in_turn_until_its_last_part() -> None:
    """Members 0, 1, 2, 0, ... every four steps from the fifth on, and none in the last fifth."""
    renewed = Crowd(members=3, steps=30, renewal=4).renewed
    assert {step: member for step, member in enumerate(renewed) if member is not None} == {
        4: 0,
        8: 1,
        12: 2,
        16: 0,
        20: 1,
    }
    assert len(renewed) == 30


def test_an_unknown_dtype_is_refused() -> None:
    """One sentence that names the two that there are."""
    with pytest.raises(ValueError, match="float32"):
        Crowd(dtype="float16")
    with pytest.raises(ValueError, match="float32"):
        sharp_response(CLASSES[1], TARGET, *drawn(1, 4), (0,), dtype="float16")


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize("widths", [(2, 4, 1), (4, 4, 1), (3, 4, 2)])
def test_a_discriminator_of_another_space_is_refused(engine: str, widths: tuple[int, ...]) -> None:
    """Compiled code would read beyond the points of a law in space 3, or take one of two outputs."""
    with pytest.raises(ValueError, match=r"has widths \(3, ..., 1\)"):
        fool(TARGET, 5, MLP(widths), (1,), Crowd(members=2, steps=3), engine=engine)
    with pytest.raises(ValueError, match=r"has widths \(3, ..., 1\)"):
        sharp_response(MLP(widths), TARGET, *drawn(1, 4), (1,), engine=engine)


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_sharp_response_to_too_few_or_many_weights_is_refused(engine: str, count: int) -> None:
    """Four points have four weights: one weight of 1, broadcast, would be a "law" of mass 4."""
    points, weights = drawn(2, 4)[0], torch.full((2, count), 1 / count, dtype=torch.float64)
    with pytest.raises(ValueError, match="fake points needs one weight"):
        sharp_response(CLASSES[1], TARGET, points, weights, (0, 1), engine=engine)


@pytest.mark.parametrize("steps", [(0, 0), (0, 5), (5, -1)])
def test_a_stage_without_steps_is_refused(steps: tuple[int, int]) -> None:
    """Each stage trains: what never moved would be called a response."""
    with pytest.raises(ValueError, match="at least one step"):
        sharp_response(CLASSES[1], TARGET, *drawn(1, 4), (0,), steps=steps)


WITHOUT_ROOM = """
import resource
import torch
from empirical.networks import MLP
from empirical.training import best_response

def law(count):
    points = torch.linspace(-1, 1, 2 * count, dtype=torch.float64).reshape(count, 2)
    return points, torch.full((count,), 1 / count, dtype=torch.float64)

torch.set_num_threads(1)
best_response(MLP((2, 4, 1)), *law(5), *law(6), (0,), steps=2, engine="native")
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 60 * 2**20,) * 2)
try:
    best_response(MLP((2, 2000, 1)), *law(3000), *law(3000), (0,), steps=2, engine="native")
except MemoryError as error:
    print(error)
"""


@compiled
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux limits what a process maps")
def test_a_lack_of_memory_is_python_s_exception() -> None:
    """With 60 MB to spare, 2,000 neurons at 6,000 atoms (96 MB) are refused, and the process lives on."""
    ran = subprocess.run([sys.executable, "-c", WITHOUT_ROOM], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert "no room to train a discriminator of widths (2, 2000, 1) on 3000 and 3000 atoms" in ran.stdout
