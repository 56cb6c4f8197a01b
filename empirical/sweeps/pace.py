"""How fast a sweep goes: cells done, cells per second, time left, and what the last ones say."""

import time
from collections import deque
from collections.abc import Sequence

from empirical.sweeps.work import Chunk

RECENT = 2  # summaries in a sentence


class Pace:
    """Counts what is finished, by the monotonic clock, which nobody can set.

    Args:
        planned: cells of the grid.
        waiting: the chunks that are not finished yet.
        summaries: of the finished cells, the last one last.
    """

    def __init__(self, planned: int, waiting: Sequence[Chunk], summaries: Sequence[str | None]) -> None:
        self._planned = planned
        self._done_before = planned - sum(len(chunk.cells) for chunk in waiting)
        self._done = self._done_before
        # The time left is told by estimates, because the cells of a grid take very different times.
        self._estimate_done = 0.0
        self._estimate_left = sum(chunk.seconds for chunk in waiting)
        self._recent = deque((summary for summary in summaries if summary), maxlen=RECENT)
        self._began = time.monotonic()

    def finish(self, chunk: Chunk, summaries: Sequence[str | None]) -> None:
        """Count a finished chunk."""
        self._done += len(chunk.cells)
        self._estimate_done += chunk.seconds
        self._estimate_left -= chunk.seconds
        self._recent.extend(summary for summary in summaries if summary)

    @property
    def share(self) -> float:
        """Of the cells that are finished."""
        return self._done / self._planned

    @property
    def cells_per_second(self) -> float | None:
        """Since the start of this process; None before its first chunk."""
        return (self._done - self._done_before) / self._seconds if self._estimate_done else None

    @property
    def seconds_left(self) -> float | None:
        """What is left of the estimates, by the time that the finished ones took."""
        return (
            self._seconds * max(0.0, self._estimate_left) / self._estimate_done
            if self._estimate_done
            else None
        )

    @property
    def sentence(self) -> str:
        """All of it as a person reads it."""
        said = [f"{self._done} of {self._planned} cells"]
        rate, left = self.cells_per_second, self.seconds_left
        if rate is not None and left is not None:
            said.append(f"{rate:.3g} cells/s")
            if self._done < self._planned:
                said.append(f"{duration(left)} left")
        return "; ".join([", ".join(said), *reversed(self._recent)])

    @property
    def _seconds(self) -> float:
        return max(time.monotonic() - self._began, 1e-9)


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 3 min, 2 h 5 min."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
