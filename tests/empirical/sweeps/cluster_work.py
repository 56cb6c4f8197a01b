"""What the workers of the tests' clusters compute; they import it by name."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from empirical.sweeps import Cell
from empirical.sweeps.work import Finished


def draw(cells: Sequence[Cell]) -> list[Finished]:
    """Numbers of which every bit counts: sums of draws from each cell's own seed."""
    time.sleep(0.05)
    return [drawn(cell) for cell in cells]


def drawn(cell: Cell) -> Finished:
    """A number and an array."""
    numbers = np.random.default_rng(cell.seed).normal(size=100)
    return Finished({"mean": float(numbers.mean())}, {"numbers": numbers})


def who(cells: Sequence[Cell]) -> list[Finished]:
    """The planted fault: a result that depends on the process that computed it."""
    time.sleep(0.05)
    return [Finished(os.getpid()) for _ in cells]


def die_or_hang_once(cells: Sequence[Cell]) -> list[Finished]:
    """The first worker that sees the cell numbered 1 ends, the first that sees number 2 hangs."""
    for cell in cells:
        number, folder = cell.configuration["number"], Path(cell.configuration["folder"])
        if number in (1, 2) and _first(folder / f"seen {number}"):
            if number == 1:
                os._exit(1)
            time.sleep(600)
    return [drawn(cell) for cell in cells]


def die_at_two(cells: Sequence[Cell]) -> list[Finished]:
    """A cell that ends every worker."""
    if any(cell.configuration["number"] == 2 for cell in cells):
        os._exit(1)
    return [drawn(cell) for cell in cells]


def fail(cells: Sequence[Cell]) -> list[Finished]:
    """A cell that is refused."""
    raise ValueError(f"{cells[0].configuration['number']} is no good number")


def _first(path: Path) -> bool:
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
