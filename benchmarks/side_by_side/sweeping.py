"""What sweeps cost beside the training: the store to 100,000 cells, and a cluster against the local pool."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from empirical.sweeps import Cell, Engine, Finished, Scheduler, Work, chunks, grid, open_store, status, sweep
from empirical.training import train
from side_by_side.duel import PROCESSES
from side_by_side.workloads import WORKLOADS

SIZES = (1_000, 10_000, 100_000)
CELLS = 1_000
EPOCHS = 30  # of a cell: some 20 ms of the native engine at width 16
SECONDS = 0.02
STARTING = 60.0  # s, for a scheduler to write its file


@dataclass(frozen=True)
class Bookkeeping:
    """Microseconds a cell, for so many cells that cost nothing to compute.

    Args:
        cells: of the grid.
        plan: to make chunks.
        run: to sweep: compute nothing, store every chunk and tell the index.
        reopen: to sweep again, where all is stored: read the files, check the index, give the results.
        status: to ask the index where the sweep stands, seconds in all.
        mebibytes: of the folder.
    """

    cells: int
    plan: float
    run: float
    reopen: float
    status: float
    mebibytes: float


@dataclass(frozen=True)
class Swept:
    """One sweep of real training.

    Args:
        seconds: from the call to the results; the local pool starts its workers in them.
        steady: from the first finished chunk to the last.
        busy: the share of that time in which a worker computed: what a scheduler leaves of it. Other work on
            the machine slows both alike.
    """

    seconds: float
    steady: float
    busy: float


@dataclass(frozen=True)
class Overhead:
    """1,000 cells on two Dask workers and on two local ones; medians over the rounds.

    Args:
        local: the pool of this machine.
        dask: the cluster, which runs already.
        wall: steady time of the cluster over the pool's, less 1, in the same round.
        idle: busy share of the pool over the cluster's, less 1, in the same round.
    """

    local: Swept
    dask: Swept
    wall: float
    idle: float


def bookkeeping(size: int) -> Bookkeeping:
    """Sweeps that many cells of no work."""
    work = Work(_nothing, _one_shape, _estimate, _no_memory)
    cells = grid({"width": 16}, seed=list(range(size)))
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "cells", {})
        plan = _seconds(lambda: chunks(cells, work))
        run = _seconds(lambda: sweep(work, cells, store, workers=1))
        reopen = _seconds(lambda: sweep(work, cells, store, workers=1))
        asked = _seconds(lambda: status(store.folder))
        used = sum(path.stat().st_size for path in store.folder.rglob("*") if path.is_file())
    microseconds = 1e6 / size
    return Bookkeeping(
        size, plan * microseconds, run * microseconds, reopen * microseconds, asked, used / (1 << 20)
    )


def overhead(rounds: int) -> Overhead:
    """Sweeps 1,000 cells on each, in turns; a small sweep first lets the cluster load what it needs."""
    with cluster() as scheduler:
        _swept(scheduler, grid({"warm": True}, seed=list(range(2 * 25))))
        local, dask = [], []
        for turn in range(rounds):
            cells = grid({"turn": turn}, seed=list(range(CELLS)))
            local.append(_swept("local", cells))
            dask.append(_swept(scheduler, cells))
    pairs = list(zip(local, dask, strict=True))
    return Overhead(
        local=_median(local),
        dask=_median(dask),
        wall=median(there.steady / here.steady - 1 for here, there in pairs),
        idle=median(here.busy / there.busy - 1 for here, there in pairs),
    )


@contextmanager
def cluster() -> Iterator[Scheduler]:
    """A scheduler on the loopback interface and two workers of one thread."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        common = ("--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard")
        worker = ("dask_worker", *common, "--nthreads", "1", "--no-nanny", "--local-directory", folder)
        programs = (("dask_scheduler", *common, "--port", "0"), *(worker,) * PROCESSES)
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{name}", *options],
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"},
                stderr=subprocess.DEVNULL,
            )
            for name, *options in programs
        ]
        try:
            yield Scheduler(_address(file))
        finally:
            for process in processes:
                process.kill()
                process.wait()


def train_cells(cells: Sequence[Cell]) -> list[Finished]:
    """Trains the cells' GANs of width 16 as one stack; what each leaves is its last payoff."""
    setting = WORKLOADS["width16"].settings[0]
    trained = train(setting, [cell.configuration["seed"] for cell in cells], steps=EPOCHS)
    return [Finished(float(payoff)) for payoff in trained.payoffs[-1]]


def _swept(engine: Engine, cells: Sequence[Cell]) -> Swept:
    work = Work(train_cells, _one_shape, _estimate, _no_memory)
    told: list[float] = []
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "cells", {})
        began = time.perf_counter()
        sweep(
            work,
            cells,
            store,
            engine=engine,
            workers=PROCESSES,
            progress=lambda sentence, share: told.append(time.perf_counter()),
        )
        ended = time.perf_counter()
        chunk_seconds = [json.loads(chunk.path.read_bytes())["seconds"] for chunk in store.chunks()[0]]
    steady = told[-1] - told[1]  # the first is told before any chunk
    outside = (PROCESSES + 1) / 2  # the first chunk, and of those begun beside it a half each
    within = sum(chunk_seconds) * (1 - outside / len(chunk_seconds))
    return Swept(ended - began, steady, within / (PROCESSES * steady))


def _median(sweeps: Sequence[Swept]) -> Swept:
    return Swept(*(median(getattr(one, part.name) for one in sweeps) for part in fields(Swept)))


def _address(file: Path) -> str:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        try:
            return json.loads(file.read_text())["address"]
        except (OSError, ValueError):
            time.sleep(0.1)
    raise TimeoutError("the scheduler of the benchmark did not start.")


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _nothing(cells: Sequence[Cell]) -> list[Finished]:
    return [Finished({"gap": 0.125, "atoms": 16}) for _ in cells]


def _one_shape(cell: Cell) -> str:
    return "width 16"


def _estimate(cell: Cell) -> float:
    return SECONDS


def _no_memory(cell: Cell) -> int:
    return 1 << 20
