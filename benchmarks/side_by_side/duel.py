"""Two processes of one thread, each on a core of its own, that do the same at the same time."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

PROCESSES = 2
PATIENCE = 300.0  # seconds for the slowest answer: a kernel that is built, a stack that is drawn


@dataclass(frozen=True)
class Match:
    """Who works on what: the arguments of ``contestant``, the number of the process apart."""

    name: str
    workload: str = ""
    runs: int | None = None


@dataclass(frozen=True)
class Pair:
    """The two processes, waiting."""

    connections: tuple[Connection, ...]

    def prepare(self, match: Match) -> None:
        """Lets both build what the match needs, and work once."""
        self._both(("prepare", match, 0.0))

    def rate(self, match: Match, seconds: float) -> float:
        """GAN-steps per second of both together, from a common start until this time is over.

        Each finishes what it began, and its rate is what it did over the time that this took.
        """
        return sum(self._both(("work", match, seconds)))

    def forget(self) -> None:
        """Lets both release what they built."""
        self._both(("forget", Match(""), 0.0))

    def _both(self, order: tuple[str, Match, float]) -> list[float]:
        for connection in self.connections:
            connection.send(order)
        return [_answer(connection, order[1]) for connection in self.connections]


@contextmanager
def pair() -> Iterator[Pair]:
    """Two processes on the first two cores that this one may use; they end with the block."""
    os.environ["OMP_NUM_THREADS"] = "1"  # the processes inherit it before they load any library
    context = get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    ends = [context.Pipe() for _ in range(PROCESSES)]
    processes = [
        context.Process(target=_serve, args=(number, far, barrier), daemon=True)
        for number, (_, far) in enumerate(ends)
    ]
    for process in processes:
        process.start()
    for _, far in ends:
        far.close()
    try:
        yield Pair(tuple(near for near, _ in ends))
    finally:
        for process in processes:
            process.kill()
            process.join()


def _answer(connection: Connection, match: Match) -> float:
    if not connection.poll(PATIENCE):
        raise TimeoutError(f"{match} did not end within {PATIENCE:g} s.")
    try:
        return connection.recv()
    except EOFError:
        raise RuntimeError(f"a process failed at {match}; its own message is above.") from None


def _serve(number: int, connection: Connection, barrier: Barrier) -> None:
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})
    import torch

    from side_by_side.contestants import contestant

    torch.set_num_threads(1)
    prepared: dict[Match, Callable[[], int]] = {}
    while True:
        order, match, seconds = connection.recv()
        if order == "forget":
            prepared.clear()
        elif match not in prepared:
            prepared[match] = contestant(match.name, match.workload, number, match.runs)
            prepared[match]()
        connection.send(_rate(prepared[match], seconds, barrier) if order == "work" else 0.0)


def _rate(unit: Callable[[], int], seconds: float, barrier: Barrier) -> float:
    barrier.wait(PATIENCE)
    done, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or not done:
        done += unit()
    return done / elapsed
