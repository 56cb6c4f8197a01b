"""Chunks: cells of one shape, enough for a few seconds, as a fixed function of the grid.

What is already done has no part in it: a chunk that is interrupted is computed whole again, with the same
neighbours, so that even an engine whose last bits depend on the size of its stack gives the same bits.
"""

import math
from collections.abc import Sequence
from hashlib import sha256

from empirical.sweeps.cells import Cell
from empirical.sweeps.work import Chunk, Work

SECONDS = 4.0  # of a chunk: what a kill costs, and long beside the milliseconds of handing it out
MEMORY = 1 << 30  # bytes of a chunk


def chunks(
    cells: Sequence[Cell], work: Work, *, seconds: float = SECONDS, memory: int = MEMORY
) -> tuple[Chunk, ...]:
    """The cells in groups of one shape, in the order of the grid, none longer or larger than it may be.

    A cell that is by itself longer than ``seconds`` is a chunk.

    Args:
        cells: the grid.
        work: tells each cell's shape, time and memory.
        seconds: the estimated time that a chunk may take.
        memory: the bytes that a chunk may need.

    Raises:
        ValueError: there is no cell, a cell stands there twice, an estimate is no positive number, or one
            cell needs more memory than a chunk may.
    """
    check_grid(cells)
    made: list[Chunk] = []
    filling: dict[str, int] = {}  # the shape and its last chunk's number
    for cell in cells:
        shape, time, size = work.shape(cell), *_estimates(cell, work, memory)
        at = filling.get(shape)
        if at is None or made[at].seconds + time > seconds or made[at].memory + size > memory:
            filling[shape] = len(made)
            made.append(Chunk((cell,), time, size))
        else:
            made[at] = Chunk((*made[at].cells, cell), made[at].seconds + time, made[at].memory + size)
    return tuple(made)


def chunk_name(chunk: Chunk) -> str:
    """128 bits in hexadecimal: the cell's own name where there is one cell, else a hash of all names."""
    if len(chunk.cells) == 1:
        return chunk.cells[0].name
    return sha256("".join(cell.name for cell in chunk.cells).encode()).hexdigest()[:32]


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


def _estimates(cell: Cell, work: Work, memory: int) -> tuple[float, int]:
    time, size = float(work.seconds(cell)), int(work.memory(cell))
    if not (math.isfinite(time) and time > 0 and size >= 0):
        raise ValueError(
            f"the estimate for the cell {cell.text} is {time} s and {size} bytes: "
            f"seconds must be positive and memory at least 0."
        )
    if size > memory:
        raise ValueError(
            f"one cell needs {gigabytes(size)} of memory and may use {gigabytes(memory)} ({cell.text}): "
            f"make the batch or the networks smaller, use fewer workers, or a machine with more memory."
        )
    return time, size


def gigabytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 2**30:.2f} GiB"
