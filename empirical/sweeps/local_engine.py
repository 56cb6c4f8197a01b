"""This machine as an engine: worker processes of one thread, each replaced when it dies or hangs.

The pool of the standard library neither survives a killed worker nor ends a hung one. Here each worker has a
pipe and a thread that waits at it, so that neither a stopped worker nor half a message stops the sweep. Time
is measured by the monotonic clock: setting the clock of the machine changes nothing.
"""

import ctypes
import os
import pickle
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import Empty, SimpleQueue
from threading import Thread

from empirical.sweeps.work import Chunk, Lost, Outcome, Outcomes, Work, compute_chunk

TRIES = 3  # of a chunk whose worker died or hung
STARTS = 5  # workers in a row that may die before they are ready
LEAST_PATIENCE = 60.0  # s
PATIENCE = 20.0  # times the estimate
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
READY = "ready"
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
LONGEST_PAUSE = 1.0  # s


@dataclass(frozen=True)
class Patience:
    """How long a worker may be silent before it counts as hung; twice as long at each further try.

    Args:
        start: seconds for a worker to load its libraries.
        least: seconds for a chunk.
        times: the estimate of a chunk, and the ratio of the slowest one until then to its estimate.
    """

    start: float = 120.0
    least: float = LEAST_PATIENCE
    times: float = PATIENCE


PATIENT = Patience()


@dataclass(frozen=True)
class _Fault:
    """What went wrong in a worker, which is well itself."""

    error: Exception


@dataclass(frozen=True)
class _Ended:
    """A worker that will not answer any more."""


@dataclass(frozen=True)
class _Try:
    """A chunk, and how often it has been given out with this time."""

    chunk: Chunk
    number: int


@dataclass(eq=False)
class _Worker:
    """A process, what it does, and until when."""

    process: SpawnProcess
    deadline: float
    orders: "SimpleQueue[Chunk | None]" = field(default_factory=SimpleQueue)
    ready: bool = False
    doing: _Try | None = None
    hung: bool = False


def here(work: Work, waiting: Sequence[Chunk]) -> Outcomes:
    """Computes the chunks in this process, with one thread; it cannot outlive a fault of its own."""
    with one_thread():
        for chunk in waiting:
            yield compute_chunk(work, chunk)


def outcomes(work: Work, waiting: Sequence[Chunk], workers: int, patience: Patience = PATIENT) -> Outcomes:
    """Computes the chunks in worker processes, and tells what came of each, in the order of finishing.

    A worker that dies or hangs is replaced and its chunk is given out again, up to three times in all.

    Args:
        work: how cells are computed.
        waiting: the chunks.
        workers: how many processes.
        patience: how long they may be silent.

    Raises:
        Exception: what ``compute`` raised in a worker.
        ChildProcessError: workers do not start.
    """
    with one_thread():
        pool = _Pool(work, waiting, patience)
        try:
            yield from pool.outcomes(min(workers, len(waiting)))
        finally:
            pool.end()


class _Pool:
    """The workers of one sweep, seen from the process that hands out chunks."""

    def __init__(self, work: Work, waiting: Sequence[Chunk], patience: Patience) -> None:
        self._work = work
        self._patience = patience
        self._waiting = deque(_Try(chunk, 1) for chunk in waiting)
        self._left = len(waiting)
        self._slowness = 1.0  # the largest seen ratio of a chunk's time to its estimate
        self._failed_starts = 0
        self._workers: list[_Worker] = []
        self._answers: SimpleQueue[tuple[_Worker, object]] = SimpleQueue()

    def outcomes(self, workers: int) -> Iterator[Outcome | Lost]:
        for _ in range(workers):
            self._start()
        while self._left:
            try:
                worker, answer = self._answers.get(timeout=self._pause())
            except Empty:
                self._end_hung()
                continue
            if isinstance(answer, _Fault):
                raise answer.error
            if isinstance(answer, _Ended):
                lost = self._replace(worker)
                if lost is not None:
                    self._left -= 1
                    yield lost
                continue
            worker.ready = True
            self._failed_starts = 0
            self._give(worker)
            if isinstance(answer, Outcome):
                self._left -= 1
                self._slowness = max(self._slowness, answer.seconds / answer.chunk.seconds)
                yield answer

    def end(self) -> None:
        """Ends all workers; what they compute now is of no use to anyone."""
        for worker in self._workers:
            worker.process.kill()
            worker.orders.put(None)
        for worker in self._workers:
            worker.process.join()

    def _start(self) -> None:
        ours, theirs = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=_work, args=(theirs, self._work), daemon=True)
        process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        worker = _Worker(process, deadline=time.monotonic() + self._patience.start)
        self._workers.append(worker)
        Thread(target=_serve, args=(worker, ours, self._answers), daemon=True).start()

    def _give(self, worker: _Worker) -> None:
        worker.doing = self._waiting.popleft() if self._waiting else None
        worker.deadline = float("inf")
        if worker.doing is not None:
            chunk, number = worker.doing.chunk, worker.doing.number
            patience = max(self._patience.least, self._patience.times * self._slowness * chunk.seconds)
            worker.deadline = time.monotonic() + patience * 2 ** (number - 1)
            worker.orders.put(chunk)

    def _pause(self) -> float:
        """Seconds until some worker may count as hung; an answer ends the pause."""
        first = min((worker.deadline for worker in self._workers), default=0.0)
        return min(max(0.0, first - time.monotonic()), LONGEST_PAUSE)

    def _end_hung(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            if worker.deadline < now:
                worker.hung = True
                worker.deadline = float("inf")
                worker.process.kill()  # the end of its pipe is the answer that replaces it

    def _replace(self, worker: _Worker) -> Lost | None:
        """Starts another worker in the place of one that ended; a chunk that ended three is lost."""
        worker.process.join()
        self._workers.remove(worker)
        end = _end(worker)
        lost = None
        if worker.doing is not None:
            if worker.doing.number < TRIES:
                self._waiting.append(_Try(worker.doing.chunk, worker.doing.number + 1))
            else:
                lost = Lost(worker.doing.chunk, f"the worker {end}, {TRIES} times in all")
        if not worker.ready:
            self._failed_starts += 1
            # A killed worker is replaced; one that ends by itself would do so for ever.
            if (worker.process.exitcode or 0) > 0 or self._failed_starts >= STARTS:
                raise ChildProcessError(
                    f"the worker {end} before it began: run the sweep from a file whose own work is under "
                    f"`if __name__ == '__main__'`, or pass 1 worker for this process alone."
                )
        if self._waiting:
            self._start()
        return lost


def _end(worker: _Worker) -> str:
    code = worker.process.exitcode
    if worker.hung:
        return "gave no answer in time"
    if code is not None and code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _serve(worker: _Worker, pipe: Connection, answers: "SimpleQueue[tuple[_Worker, object]]") -> None:
    """Carries chunks to a worker and answers from it; a thread, because a stopped worker stops a pipe."""
    try:
        answers.put((worker, pipe.recv()))
        for chunk in iter(worker.orders.get, None):
            pipe.send(chunk)
            answers.put((worker, pipe.recv()))
    except (EOFError, OSError):
        answers.put((worker, _Ended()))
    except Exception as error:
        answers.put((worker, _Fault(error)))
    finally:
        pipe.close()


def _work(pipe: Connection, work: Work) -> None:
    """A worker: answers chunks until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent ends this one
    _die_with_parent()
    pipe.send(READY)
    while True:
        try:
            chunk = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(compute_chunk(work, chunk))
        except Exception as error:
            error.add_note(f"in a worker:\n{traceback.format_exc()}")
            pipe.send(_Fault(_portable(error)))


def _portable(error: Exception) -> Exception:
    """The error itself where another process can have it, else what it says."""
    try:
        return pickle.loads(pickle.dumps(error))  # nothing from outside: it was made here
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _die_with_parent() -> None:
    """A worker that is busy, or stopped, when its parent is killed would stay for nobody."""
    if sys.platform == "linux":  # the kernel does it, whatever this process is busy with
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for each process: for torch where it is loaded, and for what is loaded from here on."""
    before = {name: os.environ.get(name) for name in THREADS}
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 1
    os.environ.update(dict.fromkeys(THREADS, "1"))
    if torch:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(threads)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
