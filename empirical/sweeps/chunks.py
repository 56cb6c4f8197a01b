"""Chunks: cells of one shape, enough for a few seconds, as a fixed function of the grid.

What is already done has no part in it: a chunk that is interrupted is computed whole again, with the same
neighbours, so that even an engine whose last bits depend on the size of its stack gives the same bits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from empirical.sweeps.cells import Cell
from empirical.sweeps.work import Chunk, Work


@dataclass(frozen=True)
class Plan:
    """How much a chunk may be; every stored chunk tells it, so that a sweep goes on with the same chunks.

    Args:
        seconds: estimated; what a kill costs, and long beside the milliseconds of handing a chunk out.
        memory: bytes.
    """

    seconds: float = 4.0
    memory: int = 1 << 30


PLAN = Plan()
LEAST = 0.25  # s


def chunks(cells: Sequence[Cell], work: Work, plan: Plan = PLAN) -> tuple[Chunk, ...]:
    """The cells in groups of one shape, in the order of the grid, none longer or larger than the plan says.

    A cell that is by itself longer is a chunk.

    Args:
        cells: the grid.
        work: tells each cell's shape, time and memory.
        plan: how much a chunk may be.

    Raises:
        ValueError: there is no cell, a cell stands there twice, an estimate is no positive number, or one
            cell needs more memory than a chunk may.
    """
    check_grid(cells)
    groups: list[list[Cell]] = []
    costs: list[tuple[float, int]] = []
    filling: dict[str, int] = {}  # the shape and the number of its last group
    for cell in cells:
        shape, seconds, memory = work.shape(cell), *estimates(cell, work)
        if memory > plan.memory:
            raise ValueError(
                f"one cell needs {gibibytes(memory)} of memory and may use {gibibytes(plan.memory)} "
                f"({cell.text}): make the batch or the networks smaller, or take a larger machine."
            )
        at = filling.get(shape)
        if at is not None:
            seconds, memory = costs[at][0] + seconds, costs[at][1] + memory
        if at is None or seconds > plan.seconds or memory > plan.memory:
            filling[shape] = len(groups)
            groups.append([cell])
            costs.append(estimates(cell, work))
        else:
            groups[at].append(cell)
            costs[at] = (seconds, memory)
    return tuple(Chunk(tuple(group), *cost) for group, cost in zip(groups, costs, strict=True))


def chunk_seconds(cells: Sequence[Cell], work: Work) -> float:
    """How long a chunk of this grid may take: a few seconds, and less for a grid that soon is done.

    With 32 chunks, two workers end within about a sixteenth of the whole of each other.
    """
    return min(PLAN.seconds, max(LEAST, sum(estimates(cell, work)[0] for cell in cells) / 32))


def chunk_name(cells: Sequence[Cell]) -> str:
    """128 bits in hexadecimal: the cell's own name where there is one cell, else a hash of all names."""
    if len(cells) == 1:
        return cells[0].name
    return sha256("".join(cell.name for cell in cells).encode()).hexdigest()[:32]


def check_grid(cells: Sequence[Cell]) -> None:
    """Refuses a grid that cannot be swept.

    Raises:
        ValueError: there is no cell, or a cell stands there twice.
    """
    if not cells:
        raise ValueError("the grid is empty: give every axis at least one value.")
    seen: set[Cell] = set()
    for cell in cells:
        if cell in seen:
            raise ValueError(f"duplicate cells: {cell.text} is in the grid twice; give each cell once.")
        seen.add(cell)


def estimates(cell: Cell, work: Work) -> tuple[float, int]:
    """The seconds and bytes that a cell is thought to take.

    Raises:
        ValueError: they are no positive number of seconds and no number of bytes.
    """
    seconds, memory = float(work.seconds(cell)), int(work.memory(cell))
    if not (math.isfinite(seconds) and seconds > 0 and memory >= 0):
        raise ValueError(
            f"the estimate for the cell {cell.text} is {seconds} s and {memory} bytes: "
            f"seconds must be positive and memory at least 0."
        )
    return seconds, memory


def gibibytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 2**30:.2f} GiB"
