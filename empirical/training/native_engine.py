"""Training by compiled code: affine and leaky-ReLU networks under Adam, one run after another."""

from empirical.training.setting import Setting
from empirical.training.state import State


def obstacle(setting: Setting) -> str | None:
    """Why this engine cannot play the setting on this machine, or None where it can."""
    return "the kernel is not built yet"


def advance(setting: Setting, state: State, steps: int) -> None:
    """Takes every run that goes on this many steps further, or until it ends."""
    raise NotImplementedError
