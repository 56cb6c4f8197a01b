"""A running sweep, seen from another process: read from its index, which nothing here writes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from empirical.sweeps.index import INDEX, Status, status
from empirical.sweeps.lock import writer

GRACE = 3.0  # s without a writer, after which a sweep has ended: an experiment may have several in turn


@dataclass(frozen=True)
class Watched:
    """A sweep at one moment.

    Args:
        store: its folder.
        status: where it stands.
        writer: the process that writes to it, or None.
    """

    store: Path
    status: Status
    writer: str | None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to compute."""
        return self.status.done == self.status.planned


def look(folder: Path) -> Watched:
    """The sweep in a folder: of several the one that is written, or else the one that was last.

    Raises:
        ValueError: neither the folder nor one in it holds a sweep.
    """
    stores = [path.parent for path in (folder / INDEX, *sorted(folder.glob(f"*/{INDEX}"))) if path.exists()]
    if not stores:
        raise ValueError(
            f"{folder} holds no sweep: give --out the folder of a `ganproof capacity` that has begun."
        )
    found = [Watched(store, status(store), writer(store)) for store in stores]
    return max(found, key=lambda each: (each.writer is not None, each.status.updated or 0.0))


def watch(folder: Path, pause: float = 1.0) -> Iterator[Watched]:
    """The sweep in a folder, again and again until nobody has written to it for three seconds.

    Args:
        folder: of the sweep, or of the experiment that it belongs to.
        pause: seconds between two looks.

    Raises:
        ValueError: the folder holds no sweep.
    """
    alone_since: float | None = None
    while True:
        seen = look(folder)
        yield seen
        now = time.monotonic()
        if seen.writer is not None:
            alone_since = None
        elif alone_since is None:
            alone_since = now
        if alone_since is not None and now - alone_since >= GRACE:
            return
        time.sleep(pause)
