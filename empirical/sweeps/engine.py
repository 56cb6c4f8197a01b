"""Sweeps: what the store lacks is computed, stored once, and read in the order of the grid."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from threading import Thread

from empirical.storage import Json
from empirical.sweeps.cells import Cell
from empirical.sweeps.chunks import chunks
from empirical.sweeps.store import Store
from empirical.sweeps.work import Chunk, Lost, Outcome, Work, compute_chunk

ENGINES = ("local",)

Progress = Callable[[str, float], None]


def sweep(
    work: Work,
    cells: Sequence[Cell],
    store: Store,
    *,
    engine: str = "local",
    workers: int = 2,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[Json]:
    """The results of the cells, in their order; what the store holds is not computed again.

    Each finished chunk is stored at once by this process, so that a sweep killed at any moment goes on from
    there and ends with the same results.

    Args:
        work: how cells are computed.
        cells: what to compute, each once.
        store: where results are kept.
        engine: ``"local"``, this machine.
        workers: how many processes, each with one thread; with 1 it happens in this process.
        scheduler: the address of a cluster's scheduler, for an engine that has one.
        progress: called with a sentence and the share of finished cells.

    Raises:
        ValueError: the engine is unknown, there is no worker, or the grid is empty or repeats a cell.
    """
    check_engine(engine)
    if workers < 1:
        raise ValueError(f"a sweep needs at least one worker (got {workers}): pass 1 for this process alone.")
    planned = chunks(cells, work)
    waiting = [chunk for chunk in planned if any(cell not in store for cell in chunk.cells)]
    done = len(cells) - sum(len(chunk.cells) for chunk in waiting)

    def report() -> None:
        if progress:
            progress(f"{done} of {len(cells)} cells", done / len(cells))

    report()
    outcomes = _here(work, waiting) if workers == 1 else _in_processes(work, waiting, workers)
    for outcome in outcomes:
        if isinstance(outcome, Outcome):
            for cell, finished in zip(outcome.chunk.cells, outcome.finished, strict=True):
                store.keep(cell, finished.result)
            done += len(outcome.finished)
            report()
    return [store.result(cell) for cell in cells]


def check_engine(engine: str) -> None:
    """Refuses an engine that this version lacks.

    Raises:
        ValueError: always then.
    """
    if engine not in ENGINES:
        raise ValueError(
            f"the engine {engine!r} is not available: this version of ganproof sweeps on this machine only, "
            f"use the engine 'local'."
        )


def _here(work: Work, waiting: Sequence[Chunk]) -> Iterator[Outcome | Lost]:
    for chunk in waiting:
        yield compute_chunk(work, chunk)


def _in_processes(work: Work, waiting: Sequence[Chunk], workers: int) -> Iterator[Outcome | Lost]:
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare_worker)
    try:
        for future in as_completed([pool.submit(compute_chunk, work, chunk) for chunk in waiting]):
            yield future.result()
    finally:
        # After a failed cell or Ctrl-C the waiting cells are dropped; the finished ones are in the store.
        pool.shutdown(cancel_futures=True)


def _prepare_worker() -> None:
    import torch  # here, because the process that hands out cells does without it

    torch.set_num_threads(1)
    # A worker whose parent was killed would wait for work for ever.
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
