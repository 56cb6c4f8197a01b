"""How cells are computed: together where they have one shape, in any process, with one meaning."""

import os
import platform
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from empirical.storage import Json
from empirical.sweeps.cells import Cell


@dataclass(frozen=True, eq=False)
class Finished:
    """What a cell leaves.

    Args:
        result: plain JSON; ``sweep`` returns it.
        arrays: kept in a file beside the result, if there are any.
        engine: what computed it, as "native" or "torch".
        device: where, as "cpu" or the name of a GPU.
    """

    result: Json
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    engine: str = "python"
    device: str = "cpu"


Compute = Callable[[Sequence[Cell]], Sequence[Finished]]


@dataclass(frozen=True)
class Work:
    """How the cells of a sweep are computed.

    Every function stands at the top level of a module, because other processes import it by name.

    Args:
        compute: maps cells of one shape to what each leaves, in their order; a function of the cells alone.
        shape: cells with equal answers may be computed together.
        seconds: a rough estimate of one cell's time, from which chunks of a few seconds are made, and above
            which, twentyfold, a worker counts as hung.
        memory: bytes that one cell needs while it is computed.
        summary: one phrase of a result, for the progress of the sweep.
    """

    compute: Compute
    shape: Callable[[Cell], str]
    seconds: Callable[[Cell], float]
    memory: Callable[[Cell], int]
    summary: Callable[[Json], str] | None = None


@dataclass(frozen=True)
class Chunk:
    """Cells that are computed together and stored together.

    Args:
        cells: of one shape.
        seconds: the estimate of their time.
        memory: the estimate of the bytes that they need.
    """

    cells: tuple[Cell, ...]
    seconds: float
    memory: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a chunk.

    Args:
        chunk: what was computed.
        finished: what its cells leave, in their order.
        seconds: how long it took.
        worker: who computed it, as "host:process".
        processor: on what kind of processor, because the last bits of a sum may depend on it.
    """

    chunk: Chunk
    finished: tuple[Finished, ...]
    seconds: float
    worker: str
    processor: str


@dataclass(frozen=True)
class Lost:
    """A chunk that no worker could finish, and why."""

    chunk: Chunk
    reason: str


# What an engine gives, in the order of finishing; closing it ends its workers.
Outcomes = Generator[Outcome | Lost, None, None]


def compute_chunk(work: Work, chunk: Chunk) -> Outcome:
    """Computes a chunk where it is called, in whatever process an engine chose.

    Raises:
        ValueError: the work gave another number of results than there are cells.
    """
    began = time.perf_counter()
    finished = tuple(work.compute(chunk.cells))
    if len(finished) != len(chunk.cells):
        raise ValueError(
            f"{len(chunk.cells)} cells were computed together and left {len(finished)} results: "
            f"compute must return one Finished for each cell, in their order."
        )
    return Outcome(
        chunk=chunk,
        finished=finished,
        seconds=time.perf_counter() - began,
        worker=f"{platform.node()}:{os.getpid()}",
        processor=processor(),
    )


def one_by_one(
    compute: Callable[[Cell], Json],
    *,
    seconds: float = 60.0,
    memory: int = 0,
    summary: Callable[[Json], str] | None = None,
) -> Work:
    """The work of computing each cell by itself, in a chunk of its own.

    Args:
        compute: maps a cell to plain JSON, deterministically; a function at the top level of a module.
        seconds: a rough estimate of one cell's time; a worker that is silent for twenty times as long, or
            for a minute if that is more, counts as hung.
        memory: bytes that one cell needs.
        summary: one phrase of a result.
    """
    return Work(
        compute=partial(_one_by_one, compute),
        shape=_name,
        seconds=partial(_same_seconds, seconds),
        memory=partial(_same_memory, memory),
        summary=summary,
    )


def processor() -> str:
    """The kind of processor of this machine, as the system names it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = (line.partition(":")[2].strip() for line in file if line.startswith("model name"))
            return next(names, platform.machine())
    except OSError:
        return platform.processor() or platform.machine()


def _one_by_one(compute: Callable[[Cell], Json], cells: Sequence[Cell]) -> list[Finished]:
    return [Finished(compute(cell)) for cell in cells]


def _name(cell: Cell) -> str:
    return cell.name


def _same_seconds(seconds: float, cell: Cell) -> float:
    return seconds


def _same_memory(memory: int, cell: Cell) -> int:
    return memory
