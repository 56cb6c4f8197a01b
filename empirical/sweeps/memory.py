"""How much memory a sweep may use, told before it begins."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from empirical.sweeps.cells import Cell
from empirical.sweeps.chunks import PLAN, Plan, chunk_seconds, estimates, gibibytes
from empirical.sweeps.work import Chunk, Work

# Bytes of a worker that has loaded the libraries: 366 MB were measured, most of them torch.
WORKER = 400 << 20
SHARE = 0.8  # of what is free, because other programs grow, too

_log = logging.getLogger(__name__)


def available_memory(root: Path = Path("/")) -> int:
    """Bytes that a program can still take: of the machine, or of the control group that confines it.

    Args:
        root: where ``proc`` and ``sys`` are.
    """
    limits = [_of_machine(root), *_of_groups(root)]
    return max(0, min(limits))


def fitting_plan(cells: Sequence[Cell], work: Work, workers: int, available: int) -> Plan:
    """The plan under which a new sweep's chunks fit into memory, with fewer workers where they must be.

    Raises:
        ValueError: one cell does not fit, even alone.
    """
    needed = max(estimates(cell, work)[1] for cell in cells)
    for count in range(workers, 0, -1):
        room = int(SHARE * available) // count - _own(count)
        if room >= needed:
            return Plan(chunk_seconds(cells, work), max(needed, min(room, PLAN.memory)))
    raise ValueError(_refusal(needed, available))


def fitting_workers(planned: Sequence[Chunk], workers: int, available: int) -> int:
    """How many of the workers fit into memory, each with the largest chunk; one line of log if not all do.

    Raises:
        ValueError: not even one chunk does.
    """
    needed = max((chunk.memory for chunk in planned), default=0)
    for count in range(workers, 0, -1):
        if count * (needed + _own(count)) <= SHARE * available:
            if count < workers:
                _log.warning(
                    "%d of %d workers are used: each may need %s of memory and %s are free",
                    *(count, workers, gibibytes(needed + _own(workers)), gibibytes(available)),
                )
            return count
    raise ValueError(_refusal(needed, available))


def _own(workers: int) -> int:
    """What a worker takes for itself: nothing where this process is the only one."""
    return WORKER if workers > 1 else 0


def _refusal(needed: int, available: int) -> str:
    return (
        f"{gibibytes(needed)} of memory are needed at once and {gibibytes(available)} are free, of which a "
        f"sweep takes {SHARE:.0%}: make the batch or the networks smaller, or take a larger machine."
    )


def _of_machine(root: Path) -> int:
    try:
        for line in (root / "proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_groups(root: Path) -> list[int]:
    """What the limits of version 1 and version 2 control groups leave; nothing where there is none.

    Pages of files that nobody uses count as used there, but are given back when they are needed.
    """
    found: list[int] = []
    for folder, limit, used in (
        ("sys/fs/cgroup", "memory.max", "memory.current"),
        ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        try:
            statistics = dict(
                line.split() for line in (root / folder / "memory.stat").read_text().splitlines()
            )
            idle = int(statistics.get("inactive_file", 0))
            most = int((root / folder / limit).read_text())  # "max" where there is no limit
            found.append(most - int((root / folder / used).read_text()) + idle)
        except (OSError, ValueError):
            continue
    return found
