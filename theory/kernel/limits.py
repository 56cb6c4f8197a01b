"""A limit on the time that one check may take: beyond it nothing is decided, which fails."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60.0  # for one step, its rule and its attack together


class TimedOut(BaseException):
    """The limit has passed. Not an Exception, so that nothing on the way takes it for a failed attempt."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block after this many seconds; an outer limit stays in force.

    The interruption is a signal, which reaches the main thread alone: elsewhere there is no limit.

    Raises:
        TimedOut: the block took longer.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _interrupt)
    remaining, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    if remaining:
        signal.setitimer(signal.ITIMER_REAL, min(seconds, remaining))
    try:
        yield
    finally:
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if remaining:
            # What the block used counts against the outer limit as well.
            used = min(seconds, remaining) - left
            signal.setitimer(signal.ITIMER_REAL, max(remaining - used, 1e-6))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise TimedOut
