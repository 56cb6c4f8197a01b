"""Sweeps: what the store lacks is computed, stored once, and read in the order of the grid."""

import logging
import time
from collections.abc import Callable, Sequence, Set
from contextlib import closing
from dataclasses import dataclass

from empirical.storage import Json
from empirical.sweeps.cells import Cell
from empirical.sweeps.chunk_file import StoredChunk
from empirical.sweeps.chunks import PLAN, Plan, check_grid, chunk_seconds, chunks, estimates
from empirical.sweeps.greeting import check_greeting
from empirical.sweeps.index import Index, Row, index
from empirical.sweeps.local_engine import PATIENT, Patience, here, outcomes
from empirical.sweeps.lock import writing
from empirical.sweeps.memory import available_memory, fitting_plan, fitting_workers
from empirical.sweeps.pace import Pace
from empirical.sweeps.scheduler import Scheduler, check_installed
from empirical.sweeps.store import Store
from empirical.sweeps.work import Chunk, Lost, Outcome, Outcomes, Work, processor

ENGINES = ("local", "dask")
Engine = str | Scheduler
"""This machine, as "local", or a cluster."""
NAMED = 3  # cells that a refusal names

Progress = Callable[[str, float], None]

_log = logging.getLogger(__name__)


def sweep(
    work: Work,
    cells: Sequence[Cell],
    store: Store,
    *,
    engine: Engine = "local",
    workers: int = 2,
    progress: Progress | None = None,
    patience: Patience = PATIENT,
) -> list[Json]:
    """The results of the cells, in their order; what the store holds is not computed again.

    This process alone writes to the store, one file for each finished chunk, so that a sweep killed at any
    moment goes on from there and ends with the same results.

    Args:
        work: how cells are computed.
        cells: what to compute, each once.
        store: where results are kept.
        engine: ``"local"``, this machine, or where a Dask cluster is.
        workers: how many processes of this machine, each with one thread; with 1 it happens in this process,
            where nobody watches whether it hangs. A cluster has its own.
        progress: called with a sentence and the share of finished cells.
        patience: how long a worker may be silent.

    Raises:
        ValueError: the engine is unknown, there is no worker, the grid is empty or repeats a cell, another
            process writes to the store, there is not enough memory, or the cluster cannot be reached.
        NoSpace: the file system is full.
        ChildProcessError: the workers of some cells died or hung; all other cells are stored.
    """
    check_engine(engine)
    if workers < 1:
        raise ValueError(f"a sweep needs at least one worker (got {workers}): pass 1 for this process alone.")
    check_grid(cells)
    with writing(store.folder):
        store.check()
        held = store.mend()
        _tell_processors(held)
        plan = held[0].plan if held else _plan(work, cells, engine, workers)
        planned = chunks(cells, work, plan)
        rows = _rows(work, held, set(cells))
        waiting = _waiting(planned, {row.cell for row in rows})
        run = _outcomes(work, waiting, engine, workers, patience)
        with index(store.folder, store.text, planned, cells, rows) as told, closing(run):
            pace = Pace(len(cells), waiting, [row.summary for row in rows])
            scheduling = engine if isinstance(engine, str) else "dask"
            lost = _store(run, _Sink(work, store, plan, scheduling, told, pace, progress))
        if lost:
            raise ChildProcessError(_refusal(lost, len(cells)))
        return store.results(cells)


def check_engine(engine: Engine) -> None:
    """Refuses an engine that is not there, within seconds.

    Raises:
        ValueError: always then.
    """
    if isinstance(engine, Scheduler):
        check_installed()
        check_greeting(engine)
        from empirical.sweeps import dask_client  # here, because Dask need not be installed

        dask_client.reach(engine)
    elif engine != "local":
        raise ValueError(
            f"the engine {engine!r} is not available: use 'local', or Scheduler(ADDRESS) for a Dask cluster."
        )


def _plan(work: Work, cells: Sequence[Cell], engine: Engine, workers: int) -> Plan:
    """How much a chunk may be; the workers of a cluster have memory of their own, which is not measured."""
    if isinstance(engine, Scheduler):
        largest = max(estimates(cell, work)[1] for cell in cells)
        return Plan(chunk_seconds(cells, work), max(largest, PLAN.memory))
    return fitting_plan(cells, work, workers, available_memory())


def _outcomes(
    work: Work, waiting: Sequence[Chunk], engine: Engine, workers: int, patience: Patience
) -> Outcomes:
    if isinstance(engine, Scheduler):
        from empirical.sweeps import dask_engine  # here, because Dask need not be installed

        return dask_engine.outcomes(work, waiting, engine, patience)
    workers = fitting_workers(waiting, workers, available_memory())
    return here(work, waiting) if workers == 1 else outcomes(work, waiting, workers, patience)


@dataclass(frozen=True)
class _Sink:
    """Where the outcomes of a sweep go."""

    work: Work
    store: Store
    plan: Plan
    scheduling: str
    told: Index
    pace: Pace
    progress: Progress | None

    def report(self) -> None:
        pace = self.pace
        self.told.tell(
            pace.sentence,
            updated=time.time(),  # only shown
            cells_per_second=pace.cells_per_second,
            seconds_left=pace.seconds_left,
        )
        if self.progress:
            self.progress(pace.sentence, pace.share)

    def take(self, outcome: Outcome | Lost) -> None:
        if isinstance(outcome, Lost):
            self.told.lose(outcome.chunk.cells)
            return
        stored = self.store.keep(outcome, plan=self.plan, scheduling=self.scheduling)
        rows = _rows(self.work, [stored], set(stored.cells))
        self.told.finish(rows)
        self.pace.finish(outcome.chunk, [row.summary for row in rows])
        self.report()


def _store(run: Outcomes, sink: _Sink) -> list[Lost]:
    """Stores each outcome as it comes, and gives back what was lost."""
    lost: list[Lost] = []
    sink.report()
    for outcome in run:
        sink.take(outcome)
        if isinstance(outcome, Lost):
            _log.warning("%d cells were given up: %s", len(outcome.chunk.cells), outcome.reason)
            lost.append(outcome)
    return lost


def _tell_processors(held: Sequence[StoredChunk]) -> None:
    """One line of log where a store holds what another kind of processor computed."""
    own = processor()
    others = [chunk.processor for chunk in held if chunk.processor != own]
    if others:
        _log.warning(
            "%d of %d stored chunks are of another processor (%s) than this one (%s): the last bits of what "
            "both compute may differ",
            *(len(others), len(held), ", ".join(sorted(set(others))), own),
        )


def _waiting(planned: Sequence[Chunk], done: Set[Cell]) -> list[Chunk]:
    """What is left of the chunks, the longest first, so that no worker is left alone with one at the end.

    A chunk is stored whole, so it is left whole or not at all, unless the store was filled by another grid.
    """
    left: list[Chunk] = []
    for chunk in planned:
        cells = tuple(cell for cell in chunk.cells if cell not in done)
        share = len(cells) / len(chunk.cells)
        if cells:
            left.append(Chunk(cells, chunk.seconds * share, round(chunk.memory * share)))
    return sorted(left, key=lambda chunk: -chunk.seconds)


def _rows(work: Work, held: Sequence[StoredChunk], grid: Set[Cell]) -> list[Row]:
    """The finished cells of the grid as the index tells them, in the order of finishing."""
    return [
        Row(cell, chunk.finished, chunk.worker, work.summary(result) if work.summary else None)
        for chunk in sorted(held, key=lambda chunk: chunk.finished)
        for cell, result in zip(chunk.cells, chunk.results, strict=True)
        if cell in grid
    ]


def _refusal(lost: Sequence[Lost], planned: int) -> str:
    cells = [cell for one in lost for cell in one.chunk.cells]
    named = ", ".join(cell.text for cell in cells[:NAMED]) + (", ..." if len(cells) > NAMED else "")
    return (
        f"{len(cells)} of {planned} cells could not be computed ({lost[0].reason}): {named}; all others are "
        f"stored, and the same command tries these again."
    )
