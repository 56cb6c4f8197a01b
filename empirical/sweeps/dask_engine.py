"""A Dask cluster as an engine: the same chunks, computed by workers that may come and go.

The cluster decides who computes what, and gives the chunks of a lost worker to another. This process hands
out a few chunks more than there are threads, so that nobody waits, and alone receives what came of them.
"""

import json
import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError
from queue import Empty, SimpleQueue
from threading import Timer
from typing import NoReturn

from distributed import Client, Future, KilledWorker

from empirical.storage import Json
from empirical.sweeps.dask_client import CONNECT, connected
from empirical.sweeps.local_engine import PATIENT, Patience, one_thread
from empirical.sweeps.scheduler import Scheduler
from empirical.sweeps.store import versions
from empirical.sweeps.wire import (
    chunk_of,
    named_function,
    order,
    outcome_of,
    packed,
    packed_outcome,
    unpacked,
)
from empirical.sweeps.work import Chunk, Lost, Outcome, Outcomes, Work, compute_chunk

AHEAD = 2  # chunks for each thread of the cluster: one that is computed, and one that waits
ASK = 1.0  # s, between two looks at the cluster
PAUSE = 0.1  # s, before a result is asked for again
ALONE = 10.0  # s without a worker, after which one line says so
TRIES = 2  # submissions of a chunk; the cluster itself gives up after four lost workers each time
HUNG = 3  # exit code of a worker that ended itself
FAULTS = {"ValueError": ValueError, "TypeError": TypeError}

_log = logging.getLogger(__name__)


def outcomes(
    work: Work, waiting: Sequence[Chunk], scheduler: Scheduler, patience: Patience = PATIENT
) -> Outcomes:
    """Computes the chunks on a cluster, and tells what came of each, in the order of finishing.

    A chunk whose worker is lost is computed by another; its result comes once. A worker that computes a chunk
    for longer than the patience allows ends itself, and is lost like that.

    Args:
        work: how cells are computed; ``compute`` is importable by the workers.
        waiting: the chunks.
        scheduler: where the cluster is.
        patience: how long a worker may compute.

    Raises:
        ValueError: the scheduler cannot be reached or is lost, a worker has other versions, or ``compute``
            raised one.
        RuntimeError: ``compute`` raised something else.
    """
    with connected(scheduler) as client:
        yield from _Cluster(work, waiting, scheduler, patience, client).outcomes()


def run_chunk(told: str) -> bytes:
    """What a worker does with an order; every answer is plain, so that nothing but bytes comes back."""
    order_ = json.loads(told)
    own = versions()
    differences = [
        f"{name} is {own.get(name)} there and {wanted} here"
        for name, wanted in order_["versions"].items()
        if own.get(name) != wanted
    ]
    if differences:
        return packed({"refused": "; ".join(differences)}, {})
    # A hung worker would be waited for, for ever: the cluster cannot stop a thread, but it can lose a worker.
    watch = Timer(order_["limit"], os._exit, (HUNG,))
    watch.daemon = True
    watch.start()
    try:
        with one_thread():
            work = Work(named_function(order_["compute"]), _unused, _unused, _unused)
            return packed_outcome(compute_chunk(work, chunk_of(order_)))
    except Exception as error:
        return packed({"fault": type(error).__name__, "sentence": str(error)}, {})
    finally:
        watch.cancel()


class _Cluster:
    """The chunks of one sweep, seen from the process that hands them out."""

    def __init__(
        self, work: Work, waiting: Sequence[Chunk], scheduler: Scheduler, patience: Patience, client: Client
    ) -> None:
        self._work = work
        self._patience = patience
        self._scheduler = scheduler
        self._client = client
        self._waiting = list(reversed(waiting))
        self._given: dict[object, tuple[Future, Chunk, int]] = {}
        self._done: SimpleQueue[Future] = SimpleQueue()
        self._versions = versions()
        self._seen = time.monotonic()  # of the last worker
        self._said = False

    def outcomes(self) -> Outcomes:
        threads, asked = self._threads(), time.monotonic()
        while self._waiting or self._given:
            while self._waiting and len(self._given) < max(AHEAD, AHEAD * threads):
                self._give(self._waiting.pop(), 1)
            try:
                future = self._done.get(timeout=ASK)
            except Empty:
                future = None
            if time.monotonic() - asked >= ASK:
                threads, asked = self._threads(), time.monotonic()
            if future is not None and (answer := self._taken(future)) is not None:
                yield answer

    def _give(self, chunk: Chunk, number: int) -> None:
        limit = max(self._patience.least, self._patience.times * chunk.seconds) * 2 ** (number - 1)
        told = order(self._work.compute, chunk, self._versions, limit)
        future = self._client.submit(run_chunk, told, pure=False)
        self._given[future.key] = (future, chunk, number)
        future.add_done_callback(self._done.put)

    def _taken(self, future: Future) -> Outcome | Lost | None:
        """What came of a chunk; None where it is waited for once more."""
        if future.status == "cancelled":  # its scheduler is another, or gone
            raise self._lost()
        content, error = b"", None
        try:
            if future.status == "error":
                error = future.exception(CONNECT)
            else:
                content = future.result(CONNECT)
        except (OSError, CancelledError):
            # A result lies with its worker until it is fetched: if that one is lost meanwhile, it is computed
            # again, and the future will be done again.
            if self._client.status != "running":
                raise self._lost() from None
            time.sleep(PAUSE)
            future.add_done_callback(self._done.put)
            return None
        _, chunk, number = self._given.pop(future.key)
        if error is None:
            record, arrays = unpacked(content)
            if "finished" not in record:
                raise self._fault(record)
            return outcome_of(chunk, record, arrays)
        if not isinstance(error, KilledWorker):
            raise ValueError(
                f"a worker of {self._scheduler.address} cannot compute ({error}): "
                f"install the same ganproof there."
            )
        if number < TRIES:
            self._give(chunk, number + 1)
            return None
        return Lost(chunk, "every worker that computed it was lost, again and again")

    def _fault(self, record: Json) -> Exception:
        """What went wrong in a worker, as an exception here."""
        if "refused" in record:
            return ValueError(
                f"a worker of {self._scheduler.address} has other versions ({record['refused']}): "
                f"its bits would differ; install the same versions on all machines."
            )
        fault = FAULTS.get(record["fault"])
        if fault is not None:
            return fault(record["sentence"])
        return RuntimeError(f"in a worker: {record['fault']}: {record['sentence']}")

    def _threads(self) -> int:
        """How many threads the cluster has now; one line of log where it has had none for a while."""
        try:
            threads = sum(dict(self._client.nthreads()).values())  # pyright: ignore
        except (OSError, CancelledError):
            if self._client.status != "running":
                raise self._lost() from None
            return 0  # too busy to answer
        now = time.monotonic()
        if threads:
            self._seen, self._said = now, False
        elif now - self._seen > ALONE and not self._said:
            self._said = True
            _log.warning(
                "%s has no worker; the sweep waits for one: dask worker %s --nthreads 1",
                *(self._scheduler.address,) * 2,
            )
        return threads

    def _lost(self) -> ValueError:
        return ValueError(
            f"the scheduler {self._scheduler.address} was lost; finished cells are stored: "
            f"start it again and run the same command, which goes on from there."
        )


def _unused(*_: object) -> NoReturn:
    raise RuntimeError("a worker only computes")
