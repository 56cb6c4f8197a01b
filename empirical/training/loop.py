"""The alternating game, for many runs at once."""

import time
from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path

from empirical.streams import whole_seeds
from empirical.training.checkpoint import load_checkpoint, save_checkpoint
from empirical.training.engines import ENGINES, chosen_engine
from empirical.training.setting import Setting
from empirical.training.state import first_state
from empirical.training.trained import Trained, trained

BLOCK_SECONDS = 0.2  # about how long compiled code plays before progress is told, where a step is no longer


def train(
    setting: Setting,
    seeds: Sequence[int],
    *,
    steps: int,
    engine: str | None = None,
    checkpoint: Path | None = None,
    every: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> Trained:
    """Trains one run per seed, as one stack, for this many steps in all.

    Run i draws the same numbers as it would alone, in either engine. In the native engine it ends with the
    bits of the run alone; in torch it agrees with it to rounding, because torch multiplies stacks of
    different height in different order. A run whose loss or gradient stops being finite ends with a
    recorded reason, and the others go on.

    Where the checkpoint exists, training goes on from it, and ends with the same bits as one that was never
    interrupted, given the same machine, torch and number of threads. It is written whole or not at all: an
    interruption at any moment loses at most the steps since the last one.

    An interruption by Ctrl-C is seen after each step of the torch engine, and in the native engine between
    two runs, after about a fifth of a second or, if that takes longer, one run's step. What was done since
    the last checkpoint is dropped.

    Args:
        setting: the game.
        seeds: one whole number per run, all different.
        steps: steps to have done at the end, those of a checkpoint included.
        engine: "native" or "torch"; None for the native one where it can play this setting, else torch.
        checkpoint: a file to go on from and to write to.
        every: steps between two checkpoints.
        progress: called with (steps done, steps) after each step of the torch engine. The native engine does
            as many whole steps of all runs in one go as take about a fifth of a second, but at least one,
            however long that takes, and never past a checkpoint.

    Raises:
        ValueError: bad seeds or numbers, or a checkpoint that is damaged, foreign, of another training, or
            already past these steps; it is left as it was.
    """
    if not (isinstance(steps, Integral) and isinstance(every, Integral) and steps >= 0 and every >= 1):
        raise ValueError(
            f"steps and every are whole numbers, at least 0 and 1 (got {steps} and {every}): pass 1000 and "
            f"100, say."
        )
    seeds, engine = whole_seeds(seeds), chosen_engine(setting, engine)
    if checkpoint is not None and checkpoint.exists():
        state = load_checkpoint(checkpoint, setting, engine, seeds)
        if state.step > steps:
            raise ValueError(
                f"{checkpoint} is already at step {state.step}, past the {steps} asked for: nothing was "
                f"overwritten; pass steps={state.step} or more, or another path."
            )
    else:
        state = first_state(setting, seeds)
        if checkpoint is not None:
            save_checkpoint(checkpoint, setting, engine, state)
    block = 1
    while state.step < steps and state.alive:
        due = steps if checkpoint is None else min(steps, (state.step // every + 1) * every)
        began, before = time.perf_counter(), state.step
        ENGINES[engine](setting, state, min(block, due - before))
        if engine == "native":
            seconds = max(time.perf_counter() - began, 1e-9)
            block = max(1, min(2 * block, int(BLOCK_SECONDS * (state.step - before) / seconds)))
        if checkpoint is not None and (state.step % every == 0 or state.step == steps or not state.alive):
            save_checkpoint(checkpoint, setting, engine, state)
        if progress is not None:
            progress(state.step, steps)
    return trained(setting, state)
