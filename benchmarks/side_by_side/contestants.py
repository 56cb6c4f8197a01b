"""Who trains a workload: each in one thread of one process, prepared before its time is taken."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from empirical.native import arguments, library
from empirical.training.engines import ENGINES, chosen_engine
from empirical.training.state import first_state
from side_by_side.careful import CarefulGAN
from side_by_side.workloads import WORKLOADS

PEAK = "peak"
ROUNDS = 1_000_000
Unit = Callable[[], int]


def contestant(name: str, workload: str, process: int, runs: int | None = None) -> Unit:
    """A piece of work that can be repeated, and says how many GAN-steps it took.

    Args:
        name: "B", "torch", "default" for the best engine that can, or "peak", which multiplies and adds only
            and counts operations.
        workload: a key of WORKLOADS; the peak needs none.
        process: each has its own seeds.
        runs: how many an engine stacks, if not what suits it best.
    """
    if name == PEAK:
        return _multiply_adds()
    work = WORKLOADS[workload]
    if name == "B":
        gans = [CarefulGAN(setting, process) for setting in work.settings]

        def one_after_another() -> int:
            for gan in gans:
                for _ in range(work.epochs):
                    gan.epoch()
            return work.gan_steps(1)

        return one_after_another
    engine = chosen_engine(work.settings[0], None if name == "default" else name)
    stacked = runs or work.runs[engine]
    seeds = range(process * stacked, (process + 1) * stacked)
    states = [first_state(setting, seeds) for setting in work.settings]

    def in_stacks() -> int:
        for setting, state in zip(work.settings, states, strict=True):
            ENGINES[engine](setting, state, work.epochs)
        return work.gan_steps(stacked)

    return in_stacks


def _multiply_adds() -> Unit:
    """The processor's own limit, measured like a contestant.

    Raises:
        RuntimeError: there is no compiler.
    """
    code = library(Path(__file__).with_name("peak.cpp"))
    if code is None:
        raise RuntimeError("the peak needs a C++ compiler: install one, or leave the shares out.")
    last = np.zeros(1, np.float32)
    return lambda: int(code.multiply_add(*arguments(ROUNDS, last)))
