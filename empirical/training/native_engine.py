"""Training by compiled code: affine and leaky-ReLU networks, one run after another on its own numbers.

The same game as torch_engine's, update by update. A run's bits depend on its seed and setting alone: neither
on the other runs nor on the number of threads, since one thread plays a run from beginning to end.
"""

import ctypes
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64, Int64

from empirical.native import FUSED, SWITCH, finish, library
from empirical.networks import MLP, Atoms, parameter_count
from empirical.streams import PURPOSES, WORD
from empirical.targets import Circle, Digits, FiniteTarget, GaussianMixture, Target
from empirical.training.batches import DISCRIMINATOR, GENERATOR
from empirical.training.optimizers import Adam, Optimizer
from empirical.training.regularization import Regularization
from empirical.training.setting import DTYPES, Setting
from empirical.training.state import Ending, State

SOURCE = Path(__file__).with_suffix(".cpp")
GAMES = ("minimax", "non-saturating", "linear", "wasserstein", "least-squares")
REASONS = (
    "the discriminator's loss or its gradient stopped being finite",
    "the discriminator's parameters stopped being finite",
    "the generator's loss or its gradient stopped being finite",
    "the generator's parameters stopped being finite",
)
SLICE_SECONDS = 0.2  # after which compiled code begins no further run before Python has looked at signals
TARGETS = (GaussianMixture, FiniteTarget, Digits, Circle)

_WHOLE = (
    *("game", "batch", "exact", "uniform_latent", "discriminator_updates", "generator_updates"),
    *("generator_widths", "discriminator_widths", "atoms", "dim", "target_points"),
    *("step", "steps", "runs", "threads"),
    *("choice", "noise", "fake", "own", "real_instance", "fake_instance", "own_instance"),
    *("generator_moves", "discriminator_moves", "generator_adam", "discriminator_adam"),
)
_REAL = ("generator_slope", "discriminator_slope", "target_scale", "instance_noise", "clip")
_ROWS = ("generator", "generator_first", "generator_second")
_ROWS += ("discriminator", "discriminator_first", "discriminator_second")


class Plan(ctypes.Structure):
    """What one call plays; the mirror of the struct in the C++ source, field by field."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in _WHOLE),
        *((f"{side}_optimizer", ctypes.c_double * 4) for side in ("generator", "discriminator")),
        *((name, ctypes.c_double) for name in _REAL),
        *((name, ctypes.c_void_p) for name in ("widths", "points", "ends", "probabilities", "seeds")),
        *((name, ctypes.c_void_p) for name in (*_ROWS, "failed", "reasons", "payoffs")),
    )


@dataclass(frozen=True)
class Outcome:
    """What a call leaves beside the players' rows.

    Args:
        failed: for each run, at which step of the call it ended, from 1; 0 where it goes on.
        reasons: then the place of its reason in ``REASONS``.
        payoffs: NaN once a run has ended.
    """

    failed: Int64[np.ndarray, " runs"]
    reasons: Int64[np.ndarray, " runs"]
    payoffs: Float64[np.ndarray, "steps runs"]


def obstacle(setting: Setting) -> str | None:
    """Why this engine cannot play the setting on this machine, or None where it can."""
    if setting.game not in GAMES:
        return f"the game {setting.game} is outside its scope ({', '.join(GAMES)})"
    if type(setting.target) not in TARGETS:
        return f"the target {setting.target.name} is none of mixtures, finite laws and the circle"
    if type(setting.generator) not in (MLP, Atoms) or type(setting.discriminator) is not MLP:
        return "it plays networks of affine layers and leaky ReLUs, and atoms"
    asked = setting.regularization
    if asked != Regularization(clip=asked.clip, instance_noise=asked.instance_noise):
        return "of all regularization it knows clipping and instance noise alone"
    if os.environ.get(SWITCH) == "0":
        return f"{SWITCH}=0 switches compiled code off"
    if library(SOURCE, FUSED, "torch") is None:
        return f"{SOURCE.name} is not compiled on this machine"
    return None


def advance(setting: Setting, state: State, steps: int, threads: int = 1) -> None:
    """Takes every run that goes on this many steps further, or until it ends.

    Args:
        setting: one without an ``obstacle``.
        state: changed in place.
        steps: how many.
        threads: among which the runs are dealt out.

    Python looks at signals between runs, about every ``SLICE_SECONDS``. An exception there, as by Ctrl-C,
    leaves some runs further than others: such a state is ``torn``, and neither played on nor saved.

    Raises:
        ValueError: the engine cannot play the setting, or the state is torn, of other networks, or at the end
            of its random numbers.
        MemoryError: there is no room for the networks' values of a batch; unless the state is torn, nothing
            has changed.
    """
    compiled, reason = library(SOURCE, FUSED, "torch"), obstacle(setting)
    if compiled is None or reason is not None:
        raise ValueError(f"the native engine cannot play this setting: {reason}; pass engine='torch'.")
    if state.torn:
        raise ValueError(
            "this state was left torn by an interruption, some runs further than others: go on from the last "
            "checkpoint, or from first_state(setting, seeds)."
        )
    if not state.alive or not steps:
        return
    outcome = Outcome(
        failed=np.zeros(len(state.alive), dtype=np.int64),
        reasons=np.zeros(len(state.alive), dtype=np.int64),
        payoffs=np.full((steps, len(state.alive)), math.nan),
    )
    _check_counters(setting, state.step + steps)
    plan, kept = _plan(setting, state, steps, threads, outcome)
    play = compiled.play_float if setting.dtype == "float32" else compiled.play_double
    played = ctypes.c_int64(0)
    play.argtypes = [ctypes.POINTER(Plan), ctypes.c_double, ctypes.POINTER(ctypes.c_int64)]
    play.restype = ctypes.c_int64
    task = f"play batches of {setting.batch} at these widths on {threads} threads: lower one"
    while played.value < len(state.alive):
        state.torn = True
        status = play(ctypes.byref(plan), SLICE_SECONDS, ctypes.byref(played))
        state.torn = played.value > 0
        finish(status, task)
    del kept
    _record(setting, state, outcome)
    state.torn = False


def _check_counters(setting: Setting, steps: int) -> None:
    """Compiled code counts updates and numbers in the words of a counter, and would begin again unnoticed."""
    updates = steps * max(setting.discriminator_updates, setting.generator_updates)
    dim = setting.target.dim if isinstance(setting.generator, Atoms) else setting.generator.in_dim
    numbers = 0 if setting.exact else setting.batch * max(setting.target.dim, dim)
    if updates > WORD or numbers > 4 * WORD:
        raise ValueError(
            f"a run has random numbers for 2^32 updates of each side and 2^34 numbers in a batch (got "
            f"{updates} updates and {numbers} numbers): lower steps or batch."
        )


def _plan(
    setting: Setting, state: State, steps: int, threads: int, outcome: Outcome
) -> tuple[Plan, list[np.ndarray]]:
    """The call's plan, and the arrays that must live as long as it does."""
    g, d = _network(setting.generator), _network(setting.discriminator)
    widths = np.array([*g.widths, *d.widths], dtype=np.int64)
    points, probabilities, scale = _law(setting.target)
    ends = probabilities.cumsum()
    seeds = np.array(state.seeds_alive, dtype=np.uint64)
    plan = Plan(
        game=GAMES.index(setting.game),
        batch=setting.batch,
        exact=setting.exact,
        uniform_latent=setting.latent == "uniform",
        discriminator_updates=setting.discriminator_updates,
        generator_updates=setting.generator_updates,
        generator_widths=len(g.widths),
        discriminator_widths=len(d.widths),
        atoms=setting.generator.count if isinstance(setting.generator, Atoms) else 0,
        dim=setting.target.dim,
        target_points=len(points),
        step=state.step,
        steps=steps,
        runs=len(state.alive),
        threads=threads,
        choice=PURPOSES.index(DISCRIMINATOR.choice),
        noise=PURPOSES.index(DISCRIMINATOR.noise),
        fake=PURPOSES.index(DISCRIMINATOR.latents),
        own=PURPOSES.index(GENERATOR.latents),
        real_instance=PURPOSES.index(DISCRIMINATOR.real_instance),
        fake_instance=PURPOSES.index(DISCRIMINATOR.fake_instance),
        own_instance=PURPOSES.index(GENERATOR.fake_instance),
        generator_moves=state.generator.moments.updates,
        discriminator_moves=state.discriminator.moments.updates,
        generator_adam=isinstance(setting.generator_optimizer, Adam),
        discriminator_adam=isinstance(setting.discriminator_optimizer, Adam),
        generator_optimizer=_numbers(setting.generator_optimizer),
        discriminator_optimizer=_numbers(setting.discriminator_optimizer),
        generator_slope=g.negative_slope,
        discriminator_slope=d.negative_slope,
        target_scale=scale,
        instance_noise=setting.regularization.instance_noise,
        clip=setting.regularization.clip or 0,
        **dict(zip(_ROWS, _rows(setting, state), strict=True)),
    )
    kept = {
        **{"widths": widths, "points": points, "ends": ends, "probabilities": probabilities},
        **{"seeds": seeds, **vars(outcome)},
    }
    for name, array in kept.items():
        setattr(plan, name, array.ctypes.data)
    return plan, list(kept.values())


@dataclass(frozen=True)
class _NoNetwork:
    """What stands in the plan for a generator of atoms."""

    widths: tuple[int, ...] = ()
    negative_slope: float = 0.0


def _network(architecture: object) -> MLP | _NoNetwork:
    return architecture if isinstance(architecture, MLP) else _NoNetwork()


def _law(target: Target) -> tuple[np.ndarray, np.ndarray, float]:
    """Points, their probabilities, and the standard deviation around them; the circle has a radius alone."""
    if isinstance(target, GaussianMixture):
        return np.ascontiguousarray(target.modes), target.probabilities.numpy(), target.sigma
    if isinstance(target, FiniteTarget | Digits):
        return np.ascontiguousarray(target.atoms), target.probabilities.numpy(), 0.0
    if isinstance(target, Circle):
        return np.empty((0, 2)), np.empty(0), target.radius
    raise TypeError(f"the native engine draws from {TARGETS} (got {target.name}): pass engine='torch'.")


def _numbers(optimizer: Optimizer) -> tuple[float, float, float, float]:
    if isinstance(optimizer, Adam):
        return optimizer.learning_rate, *optimizer.betas, optimizer.epsilon
    return optimizer.learning_rate, optimizer.momentum, 0.0, 0.0


def _rows(setting: Setting, state: State) -> list[int]:
    """Where the players' rows begin: contiguous, so that the kernel changes them in place."""
    addresses = []
    sides = (setting.generator, state.generator), (setting.discriminator, state.discriminator)
    for architecture, player in sides:
        player.values = player.values.contiguous()
        player.moments.first = player.moments.first.contiguous()
        player.moments.second = player.moments.second.contiguous()
        rows = (player.values, player.moments.first, player.moments.second)
        if any(row.dtype != DTYPES[setting.dtype] or row.device.type != "cpu" for row in rows):
            raise TypeError(
                f"the native engine takes rows of {setting.dtype} on the CPU (got {rows[0].dtype} on "
                f"{rows[0].device}): start from first_state(setting, seeds)."
            )
        shape = (len(state.alive), parameter_count(architecture))
        if any(row.shape != shape for row in rows):
            raise ValueError(
                f"the setting's networks have rows of shape {shape} (got a state of {tuple(rows[0].shape)}): "
                f"start from first_state(setting, seeds)."
            )
        addresses += [row.data_ptr() for row in rows]
    return addresses


def _record(setting: Setting, state: State, outcome: Outcome) -> None:
    """Writes what the call left into the state: payoffs, endings, and how far it came."""
    ended = torch.from_numpy(outcome.failed != 0)
    steps = int(outcome.failed.max()) if ended.all() else len(outcome.payoffs)
    for row in ended.nonzero().flatten().tolist():
        state.endings[state.alive[row]] = Ending(
            state.step + int(outcome.failed[row]),
            REASONS[outcome.reasons[row]],
            state.generator.values[row].clone(),
            state.discriminator.values[row].clone(),
        )
    whole = np.full((steps, len(state.seeds)), math.nan)
    whole[:, state.alive] = outcome.payoffs[:steps]
    state.payoffs.extend(whole.tolist())
    state.step += steps
    players = (
        (state.generator, setting.generator_updates),
        (state.discriminator, setting.discriminator_updates),
    )
    for player, updates in players:
        player.moments.updates += steps * updates
        if ended.any():
            player.keep(~ended)
    state.alive = [run for run, end in zip(state.alive, ended.tolist(), strict=True) if not end]
