"""Best responses and crowds by compiled code, one run after another: bits that know no other run."""

import ctypes
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from empirical.native import FUSED, arguments, finish, library
from empirical.networks import MLP
from empirical.training.optimizers import Adam

SOURCE = Path(__file__).with_name("responses.cpp")
# The numbers by which the source knows what a discriminator maximises, and what a finite law minimises.
PAYOFFS = {"minimax": 0, "non-saturating": 0, "linear": 1}
LOSSES = {"minimax": 0, "non-saturating": 1, "linear": 2}
_NUMBERS = {torch.float64: "double", torch.float32: "float"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Side:
    """The atoms of one law and their weights."""

    points: Float[torch.Tensor, "count dim"]
    weights: Float[torch.Tensor, " count"]


def chosen_engine(
    wanted: str | None,
    games: Iterable[str],
    device: torch.device = torch.device("cpu"),  # noqa: B008
) -> str:
    """The engine that will train: the one wanted where it can, else torch, and one line of log says why.

    Args:
        wanted: "native" or "torch"; None takes the native one where it can train, without a word if not.
        games: the names of all games that are played.
        device: where the laws are.

    Raises:
        ValueError: there is no such engine.
    """
    if wanted not in ("native", "torch", None):
        raise ValueError(f"no engine is called {wanted!r}: pass 'native' or 'torch', or None for the best.")
    if wanted == "torch":
        return "torch"
    unknown = sorted(set(games) - set(PAYOFFS))
    if unknown:
        obstacle = f"its source does not know the game {unknown[0]!r}"
    elif device.type != "cpu":
        obstacle = f"the points are on {device}"
    elif _library() is None:
        obstacle = f"{SOURCE.name} is not compiled"
    else:
        return "native"
    if wanted == "native":
        _log.warning("torch trains instead of the native engine: %s", obstacle)
    return "torch"


def respond(
    discriminator: MLP,
    real: Side,
    fake: Side,
    start: Float[torch.Tensor, " parameters"],
    stages: Sequence[tuple[str, int, Adam]],
    tracked: str,
) -> Float[torch.Tensor, " parameters"]:
    """The parameters of the highest payoff ``tracked`` that one run meets, in the precision of its start.

    Raises:
        MemoryError: there is no room for the network's values at all atoms.
    """
    goals = np.array([PAYOFFS[payoff] for payoff, _, _ in stages])
    steps = np.array([count for _, count, _ in stages])
    adams = np.array([_row(adam) for _, _, adam in stages])
    values = start.double().numpy().copy()
    _call(
        f"respond_{_NUMBERS[start.dtype]}",
        f"train a discriminator of widths {discriminator.widths} on {len(real.points)} and "
        f"{len(fake.points)} atoms: lower one",
        *_network(discriminator),
        *_numbers(real),
        *_numbers(fake),
        len(stages),
        goals,
        steps,
        adams,
        PAYOFFS[tracked],
        values,
    )
    return torch.from_numpy(values).to(start.dtype)


def fool(
    discriminator: MLP,
    real: Side,
    start: Float[torch.Tensor, " numbers"],
    members: Float[torch.Tensor, "drawn parameters"],
    renewed: Sequence[int | None],
    game: str,
    adams: tuple[Adam, Adam],
) -> Float[torch.Tensor, " numbers"]:
    """One run's law, points and then logits of weights, after its training, in the precision of its start.

    Args:
        discriminator: the architecture of the class.
        real: the data law.
        start: the law's numbers before.
        members: the crowd's first discriminators, then the renewed ones in turn.
        renewed: for each step, which member starts afresh before it, if any.
        game: a name that ``LOSSES`` knows.
        adams: the discriminators' optimiser and the law's.

    Raises:
        MemoryError: there is no room for the network's values at all atoms.
    """
    values = start.double().numpy().copy()
    turns = np.array([-1 if turn is None else turn for turn in renewed])
    first = len(members) - int((turns >= 0).sum())
    rows = members.double().numpy()
    _call(
        f"fool_{_NUMBERS[start.dtype]}",
        f"train a law against {first} discriminators of widths {discriminator.widths} on "
        f"{len(real.points)} atoms: lower one",
        *_network(discriminator),
        *_numbers(real),
        len(values) // (discriminator.widths[0] + 1),
        values,
        PAYOFFS[game],
        LOSSES[game],
        np.array([_row(adam) for adam in adams]),
        first,
        rows,
        len(turns),
        turns,
    )
    return torch.from_numpy(values).to(start.dtype)


def _library() -> ctypes.CDLL | None:
    return library(SOURCE, FUSED, "torch")


def _call(name: str, task: str, *values: np.ndarray | int | float) -> None:
    built = _library()
    if built is None:
        raise RuntimeError(f"{SOURCE.name} is not compiled: ask chosen_engine first.")
    function = built[name]
    function.restype = ctypes.c_int64
    finish(function(*arguments(*values)), task)


def _network(discriminator: MLP) -> tuple[int, np.ndarray, float]:
    widths = np.array(discriminator.widths)
    return len(widths), widths, float(discriminator.negative_slope)


def _numbers(side: Side) -> tuple[int, np.ndarray, np.ndarray]:
    points, weights = (part.double().contiguous().numpy() for part in (side.points, side.weights))
    return len(points), points, weights


def _row(adam: Adam) -> tuple[float, float, float, float]:
    return adam.learning_rate, *adam.betas, adam.epsilon
