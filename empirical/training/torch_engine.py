"""Training by torch: the runs as stacked tensors, any game, any differentiable network."""

import math
from types import ModuleType

from empirical.training import differentiated, written_out
from empirical.training.parts import join, parts
from empirical.training.setting import Setting
from empirical.training.state import State


def advance(setting: Setting, state: State, steps: int) -> None:
    """Takes every run that goes on this many steps further, or until it ends.

    Leaky-ReLU MLPs without penalties have their gradients written out, a few runs at a time, as many as stay
    near the processor; all else is left to automatic differentiation. Both mean the same, to rounding.
    """
    if not written_out.possible(setting):
        play(differentiated, setting, state, steps)
        return
    pieces = parts(state, written_out.runs_at_once(setting))
    for piece in pieces:
        play(written_out, setting, piece, steps)
    join(state, pieces)


def play(updates: ModuleType, setting: Setting, state: State, steps: int) -> None:
    """Steps of all runs together, whose updates are made this way."""
    for _ in range(steps):
        if state.alive:
            one_step(updates, setting, state)


def one_step(updates: ModuleType, setting: Setting, state: State) -> None:
    """The discriminator's updates, then the generator's, of every run that goes on."""
    payoffs = {}
    for part in range(setting.discriminator_updates):
        if state.alive:
            payoff = updates.update_discriminator(
                setting, state, state.step * setting.discriminator_updates + part
            )
            payoffs = dict(zip(state.alive, payoff.tolist(), strict=True))
            if setting.regularization.clip is not None:
                state.discriminator.values.clamp_(-setting.regularization.clip, setting.regularization.clip)
    for part in range(setting.generator_updates):
        if state.alive:
            updates.update_generator(setting, state, state.step * setting.generator_updates + part)
    state.payoffs.append([payoffs.get(run, math.nan) for run in range(len(state.seeds))])
    state.step += 1
