"""Which engine plays a setting: both draw the same numbers and mean the same game."""

import logging
from collections.abc import Callable

from empirical.training import native_engine, torch_engine
from empirical.training.setting import Setting
from empirical.training.state import State

Advance = Callable[[Setting, State, int], None]

ENGINES: dict[str, Advance] = {"native": native_engine.advance, "torch": torch_engine.advance}

_log = logging.getLogger(__name__)


def chosen_engine(setting: Setting, wanted: str | None = None) -> str:
    """The engine that will play: the one wanted where it can, else torch, and one line of log says why.

    Args:
        setting: the game.
        wanted: "native" or "torch"; None takes the native one where it can play, without a word if not.

    Raises:
        ValueError: there is no such engine.
    """
    if wanted is not None and wanted not in ENGINES:
        raise ValueError(f"no engine is called {wanted!r}: pass 'native' or 'torch', or None for the best.")
    if wanted == "torch":
        return "torch"
    obstacle = native_engine.obstacle(setting)
    if obstacle is None:
        return "native"
    if wanted == "native":
        _log.warning("torch trains instead of the native engine: %s", obstacle)
    return "torch"
