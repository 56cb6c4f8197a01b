"""What the command line shows: results on standard output, progress and refusals on standard error."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)
SECONDS_BETWEEN_LINES = 5.0


def show_json(value: dict[str, Any]) -> None:
    """Print JSON and nothing else; an infinite number has been replaced by None before."""
    OUT.file.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def table(*columns: str) -> Table:
    """A table with these columns, without a frame; an id stays on one line, to be copied."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column == "id")
    return made


def refuse(sentence: str) -> int:
    """Say in one sentence what is wrong with the input; the exit code of bad input."""
    ERR.print(f"ganproof: {' '.join(sentence.split())}", style="red", markup=False, soft_wrap=True)
    return 2


KEPT = "Interrupted. What is finished is kept: the same command goes on from there."


@contextmanager
def progress(interrupted: str = KEPT) -> Iterator[Callable[[str, float], None]]:
    """One bar for long work: call it with the name of the stage and the share of the whole that is done.

    Where standard error is no terminal, there is a line every few seconds instead.

    Args:
        interrupted: what is said where the user interrupts the work.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal) as bar:
        task = bar.add_task("starting", total=1.0)
        printed = float("-inf")

        def report(stage: str, done: float) -> None:
            nonlocal printed
            bar.update(task, description=stage, completed=done)
            now = time.monotonic()
            if not ERR.is_terminal and now - printed >= SECONDS_BETWEEN_LINES:
                ERR.print(f"{100 * done:3.0f} %  {stage}", markup=False)
                printed = now

        try:
            yield report
        except KeyboardInterrupt:
            ERR.print(interrupted, soft_wrap=True)
            raise
