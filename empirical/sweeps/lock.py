"""One writer for a store: a lock that the kernel releases when its holder ends, however it ends.

The lock is ``flock`` on a file of the store. On a network file system this assumes that locks reach the other
machines, as NFS since Linux 2.6.12 does; where they do not, run one sweep on a store from one machine only.
"""

import fcntl
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from empirical.storage import room

LOCK = "lock"
TRIES = 5
PAUSE = 0.05  # s


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Holds the lock of a store.

    Raises:
        ValueError: another process holds it.
        NoSpace: the file system has no room for the name of the holder.
    """
    descriptor = _file(folder)
    try:
        if not _locked(descriptor):
            raise ValueError(
                f"{folder} is being written by {_holder(descriptor)}: wait for it to end, or watch it with "
                f"`ganproof capacity --watch --out {folder}`."
            )
        _sign(descriptor, folder)
        yield
    finally:
        os.close(descriptor)  # and so released


def _file(folder: Path) -> int:
    """The lock's file, not truncated: until the lock is ours, it tells who holds it."""
    with room(folder / LOCK):
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)


def _sign(descriptor: int, folder: Path) -> None:
    with room(folder / LOCK):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"host": platform.node(), "process": os.getpid()}).encode(), 0)


def _locked(descriptor: int) -> bool:
    """Whether the lock is ours; tried for a moment, because ``writer`` holds it for a few microseconds."""
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(PAUSE)
    return False


def writer(folder: Path) -> str | None:
    """The process that writes to a store now, as "process 12 on host", or None."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(descriptor)
    finally:
        os.close(descriptor)
    return None


def _holder(descriptor: int) -> str:
    try:
        told = json.loads(os.pread(descriptor, 1000, 0))
        return f"process {told['process']} on {told['host']}"
    except (ValueError, TypeError, KeyError):
        return "a process that has just begun"
