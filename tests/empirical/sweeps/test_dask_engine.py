"""A cluster computes what this machine does, to the bit, whatever happens to its workers."""

import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

import pytest
from distributed.core import rpc

from empirical.storage import Json
from empirical.sweeps import (
    Cell,
    Patience,
    Scheduler,
    Store,
    Work,
    check_engine,
    chunks,
    grid,
    open_store,
    status,
    sweep,
)
from empirical.sweeps import dask_engine as engine_module
from empirical.sweeps.dask_engine import outcomes
from empirical.sweeps.work import Compute, Outcome
from tests.empirical.sweeps import cluster_work

ROOT = Path(__file__).resolve().parents[3]
CELLS = grid({}, number=list(range(30)))


def shape(cell: Cell) -> str:
    """Chunks of five cells at most; of a few cells, smaller ones."""
    return str(cell.configuration["number"] // 5)


def second(cell: Cell) -> float:
    """An estimate."""
    return 0.1


def nothing(cell: Cell) -> int:
    """No memory to speak of."""
    return 0


def work(compute: Compute) -> Work:
    """The work of a function of the module that the workers import."""
    return Work(compute, shape, second, nothing)


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of this machine."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        """One more process."""
        place = ("--host", "127.0.0.1", "--scheduler-file", str(self.folder / "scheduler.json"))
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", "--no-dashboard", *place, *options],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            cwd=self.folder,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        """One more worker, which nobody starts again."""
        return self.start(
            "dask_worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder)
        )

    def serve(self) -> None:
        """The scheduler."""
        self.start("dask_scheduler", "--port", "0")

    def keep(self, workers: int) -> None:
        """Starts workers until there are so many, and waits until the scheduler has heard of all."""
        while sum(process.poll() is None for process in self.processes[1:]) < workers:
            self.worker()
        for _ in range(1200):
            if len(asyncio.run(addresses(self.scheduler.address))) == workers:
                return
            time.sleep(0.05)
        raise TimeoutError("the workers did not join")

    @property
    def scheduler(self) -> Scheduler:
        """Where the scheduler is, once it has said so."""
        for _ in range(1200):
            try:
                return Scheduler(json.loads((self.folder / "scheduler.json").read_text())["address"])
            except (OSError, ValueError):
                time.sleep(0.05)
        raise TimeoutError("the scheduler did not start")

    def end(self) -> None:
        """Ends what is left."""
        for process in self.processes:
            process.kill()
            process.wait()


async def addresses(scheduler: str) -> list[str]:
    """Where the workers of a scheduler are."""
    async with rpc(scheduler) as server:
        return list(dict(await server.identity() or {})["workers"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler, for all tests."""
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        started.serve()
        yield started
    finally:
        started.end()


@pytest.fixture
def cluster(whole: Cluster) -> Cluster:
    """A scheduler with two workers, whatever the last test did to them."""
    whole.keep(2)
    return whole


def bits(store: Store, cells: tuple[Cell, ...]) -> list[tuple[Json, bytes]]:
    """The table of a store: each result and its array, every bit."""
    stored = zip(store.results(cells), store.arrays(cells), strict=True)
    return [(result, arrays["numbers"].tobytes()) for result, arrays in stored]


def test_a_lost_worker_and_a_new_one_change_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """One worker is killed and another joins mid-sweep: the store holds the bits of an undisturbed one.

    Each cell is stored once, and the worker that joined took part.
    """
    cells = grid({}, number=list(range(150)))
    there, alone = (open_store(tmp_path / name, {}) for name in ("there", "alone"))
    scheduler, joined = cluster.scheduler, []

    def disturb(sentence: str, share: float) -> None:
        if share > 0.1 and not joined:
            victim = next(process for process in cluster.processes[1:] if process.poll() is None)
            victim.kill()
            victim.wait()
            cluster.keep(2)
            joined.append(cluster.processes[-1])

    sweep(work(cluster_work.draw), cells, there, engine=scheduler, progress=disturb)
    sweep(work(cluster_work.draw), cells, alone, workers=1)

    assert bits(there, cells) == bits(alone, cells)
    stored, faults = there.chunks()
    assert not faults
    assert sorted(cell.text for chunk in stored for cell in chunk.cells) == sorted(
        cell.text for cell in cells
    )
    assert f"{platform.node()}:{joined[0].pid}" in status(there.folder).workers


def test_the_comparison_notices_who_computed(cluster: Cluster, tmp_path: Path) -> None:
    """The control of the test above: where a result depends on its worker, the tables differ."""
    there = sweep(work(cluster_work.who), CELLS, open_store(tmp_path / "there", {}), engine=cluster.scheduler)
    alone = sweep(work(cluster_work.who), CELLS, open_store(tmp_path / "alone", {}), workers=1)

    assert there != alone


def test_workers_that_end_and_hang_cost_nothing_but_time(cluster: Cluster, tmp_path: Path) -> None:
    """One worker ends itself at a cell, one hangs and ends itself when the patience is over: all is computed.

    A third worker stays. The exit code of the hung one says why it ended.
    """
    cluster.keep(3)
    before = {process.pid for process in cluster.processes if process.poll() is not None}
    cells = grid({"folder": str(tmp_path)}, number=list(range(30)))
    results = sweep(
        work(cluster_work.die_or_hang_once),
        cells,
        open_store(tmp_path / "there", {}),
        engine=cluster.scheduler,
        patience=Patience(least=1.0),
    )

    assert results == [cluster_work.drawn(cell).result for cell in cells]
    ended = [process for process in cluster.processes if process.poll() and process.pid not in before]
    assert sorted(process.returncode for process in ended) == [1, engine_module.HUNG]


def test_a_lost_scheduler_is_a_sentence_and_the_sweep_goes_on_later(tmp_path: Path) -> None:
    """What was finished stays, and another engine ends the sweep with the same results."""
    store = open_store(tmp_path / "there", {})
    cluster = Cluster(tmp_path)
    shares: list[float] = []

    def end_scheduler(sentence: str, share: float) -> None:
        shares.append(share)
        if share > 0:
            cluster.processes[0].kill()

    try:
        cluster.serve()
        cluster.keep(1)
        with pytest.raises(ValueError, match="was lost; finished cells are stored"):
            sweep(work(cluster_work.draw), CELLS, store, engine=cluster.scheduler, progress=end_scheduler)
    finally:
        cluster.end()

    assert 0 < shares[-1] < 1
    results = sweep(work(cluster_work.draw), CELLS, store, workers=1)
    assert results == [cluster_work.drawn(cell).result for cell in CELLS]


def test_a_chunk_that_ends_every_worker_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All others are stored, and the sweep ends with the names of the cells that are not.

    Here the scheduler gives up a chunk at its worker's first loss, and a nanny starts the worker again. What
    it had finished and not handed over is lost with it, and computed again.
    """
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    store, cluster = open_store(tmp_path / "there", {}), Cluster(tmp_path)
    try:
        cluster.serve()
        cluster.start("dask_worker", "--nthreads", "1", "--local-directory", str(tmp_path))
        with pytest.raises(ChildProcessError, match=r'2 of 10 cells .* \{"number":2\}, \{"number":3\};'):
            sweep(work(cluster_work.die_at_two), CELLS[:10], store, engine=cluster.scheduler)
    finally:
        cluster.end()

    others = CELLS[:2] + CELLS[4:10]
    assert store.results(others) == [cluster_work.drawn(cell).result for cell in others]


def test_other_versions_and_bad_cells_are_refused(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker says which version differs, and what a cell's own refusal was."""
    with pytest.raises(ValueError, match="is no good number"):
        sweep(work(cluster_work.fail), CELLS, open_store(tmp_path / "a", {}), engine=cluster.scheduler)
    installed = engine_module.versions()
    monkeypatch.setattr(engine_module, "versions", lambda: {**installed, "torch": "0.4"})
    with pytest.raises(ValueError, match=r"other versions \(torch is 2.* there and 0.4 here"):
        sweep(work(cluster_work.draw), CELLS, open_store(tmp_path / "b", {}), engine=cluster.scheduler)


def test_a_cluster_without_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line of log says how to start a worker; the sweep waits, and goes on with the first that comes."""
    monkeypatch.setattr(engine_module, "ALONE", 0.5)
    planned = chunks(CELLS[:5], work(cluster_work.draw))
    cluster = Cluster(tmp_path)
    late = Timer(2.0, cluster.worker)
    try:
        cluster.serve()
        scheduler = cluster.scheduler
        late.start()
        found = list(outcomes(work(cluster_work.draw), planned, scheduler))
    finally:
        late.join()
        cluster.end()

    assert [type(outcome) for outcome in found] == [Outcome]
    assert [record.getMessage() for record in caplog.records] == [
        f"{scheduler.address} has no worker; the sweep waits for one: "
        f"dask worker {scheduler.address} --nthreads 1"
    ]


@pytest.mark.parametrize("stranger", [False, True])
def test_an_unreachable_scheduler_is_refused_in_seconds(stranger: bool) -> None:
    """Nobody listens, or somebody who never answers: 3 s, and as much again for a busy machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if stranger:
            listener.listen()
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        said = "does not answer as a Dask scheduler does" if stranger else "no scheduler can be reached"
        began = time.monotonic()
        with pytest.raises(ValueError, match=said):
            check_engine(Scheduler(address))

    assert time.monotonic() - began < 6


def test_an_unreachable_scheduler_is_refused_before_libraries_are_loaded() -> None:
    """The command says so within 10 s on any machine, because neither torch nor Dask is loaded before."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        program = (
            "import sys\nfrom empirical.cli import main\n"
            "try:\n    main(sys.argv[1:])\nfinally:\n"
            "    print(sorted({'torch', 'dask', 'distributed', 'scipy'} & set(sys.modules)))"
        )
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        command = ["capacity", "trained", "--engine", "dask", "--scheduler", address]
        ended = subprocess.run(
            [sys.executable, "-c", program, *command], cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"ganproof: what listens at {address} does not answer as a Dask")
    assert len(ended.stderr.splitlines()) == 1
    assert "(" not in ended.stderr  # names of classes say nothing to a user
    assert ended.stdout == "[]\n"


def test_a_worker_is_no_scheduler(cluster: Cluster) -> None:
    """It greets as every Dask server does, and is refused by what it says it is."""
    worker = asyncio.run(addresses(cluster.scheduler.address))[0]

    with pytest.raises(ValueError, match=f"{worker} is a Dask worker, no scheduler: check the port"):
        check_engine(Scheduler(worker))
    check_engine(cluster.scheduler)


def test_dask_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, asking for a cluster is refused with the command that installs it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(ValueError, match=r"pip install 'ganproof\[cluster\]'"):
        check_engine(Scheduler())
