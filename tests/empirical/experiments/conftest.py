"""A progress bar that remembers what it was told."""

from collections.abc import Callable

import pytest


class Watched(list[tuple[str, float]]):
    """All calls of a progress bar, in order."""

    def __call__(self, stage: str, done: float) -> None:
        """Remembers one call."""
        self.append((stage, done))


@pytest.fixture
def watched() -> Watched:
    """A progress bar to pass to an experiment and to look at afterwards."""
    return Watched()


@pytest.fixture
def interrupted() -> Callable[[str, float], Callable[[str, float], None]]:
    """Makes a progress bar that interrupts the work in a stage, once that much of the whole is done."""

    def at(stage: str, share: float) -> Callable[[str, float], None]:
        def progress(name: str, done: float) -> None:
            if name == stage and done >= share:
                raise KeyboardInterrupt

        return progress

    return at
