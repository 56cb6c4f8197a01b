"""Engines compute the cells that a store lacks."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from threading import Thread

from empirical.storage import Json
from empirical.sweeps.cells import Cell
from empirical.sweeps.store import Store

ENGINES = ("local",)

Compute = Callable[[Cell], Json]
Progress = Callable[[str, float], None]


def sweep(
    compute: Compute,
    cells: Sequence[Cell],
    store: Store,
    *,
    engine: str = "local",
    workers: int = 2,
    progress: Progress | None = None,
) -> list[Json]:
    """The results of the cells, in their order; what the store holds is not computed again.

    Each finished cell is stored at once by the process that computed it, so that a sweep killed at any moment
    goes on from there and ends with the same results.

    Args:
        compute: maps a cell to plain JSON, deterministically; a function at the top level of a module,
            because the workers import it by name.
        cells: what to compute.
        store: where results are kept.
        engine: ``"local"``, this machine.
        workers: how many processes, each with one torch thread; with 1 it happens in this process.
        progress: called with a sentence and the share of finished cells.

    Raises:
        ValueError: the engine is unknown, or there is no worker.
    """
    check_engine(engine)
    if workers < 1:
        raise ValueError(f"a sweep needs at least one worker (got {workers}): pass 1 for this process alone.")
    different = tuple(dict.fromkeys(cells))
    open_cells = [cell for cell in different if cell not in store]

    def report(finished: int) -> None:
        if progress:
            done = len(different) - len(open_cells) + finished
            progress(f"{done} of {len(different)} cells", done / len(different))

    report(0)
    if workers == 1:
        for count, cell in enumerate(open_cells, 1):
            _finish(compute, cell, store)
            report(count)
    elif open_cells:
        _in_processes(compute, open_cells, store, min(workers, len(open_cells)), report)
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


def _in_processes(
    compute: Compute, cells: Sequence[Cell], store: Store, workers: int, report: Callable[[int], None]
) -> None:
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare_worker)
    try:
        futures = [pool.submit(_finish, compute, cell, store) for cell in cells]
        for count, future in enumerate(as_completed(futures), 1):
            future.result()
            report(count)
    finally:
        # After a failed cell or Ctrl-C the waiting cells are dropped; the finished ones are in the store.
        pool.shutdown(cancel_futures=True)


def _finish(compute: Compute, cell: Cell, store: Store) -> None:
    store.keep(cell, compute(cell))


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
