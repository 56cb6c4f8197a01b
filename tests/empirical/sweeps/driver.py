"""A sweep of small cells, run and killed by the fault tests: ``python -m tests.empirical.sweeps.driver``."""

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from empirical import storage
from empirical.sweeps import (
    Cell,
    Finished,
    Patience,
    Store,
    Work,
    chunk_file,
    grid,
    local_engine,
    lock,
    open_store,
    sweep,
)
from empirical.sweeps.chunk_file import SUFFIX
from empirical.sweeps.index import Index

LOG = "GANPROOF_FAULT_LOG"  # a file that gets a line for each cell that is computed
ONCE = "GANPROOF_FAULT_ONCE"  # a file that is made by the first worker that hangs
CLOCK = "GANPROOF_FAULT_CLOCK"  # how many readings of the clock until it is set back
SECONDS = "GANPROOF_FAULT_SECONDS"  # that a cell takes; its result does not depend on it
PLANT = "GANPROOF_FAULT_PLANT"  # which fault the store itself has
CELLS = grid({"kind": "fault"}, width=[1, 2, 3], seed=list(range(40)))
FEW = CELLS[38:42]  # of two shapes, so that there are two chunks
NAMED = {"sweep": "of faults"}
DAY = 86400.0


def compute(cells: Sequence[Cell]) -> list[Finished]:
    """Pseudo-random results that are a function of the cell, and an array."""
    set_clock_back()
    finished = [leave(cell) for cell in cells]
    once = os.environ.get(ONCE)
    if once and not os.path.exists(once):
        Path(once).touch()
        os.kill(os.getpid(), signal.SIGSTOP)  # it neither answers nor ends
    return finished


def leave(cell: Cell) -> Finished:
    """One cell's result, after a line in the log that says it is computed."""
    if LOG in os.environ:
        with open(os.environ[LOG], "a") as log:
            log.write(f"{cell.name}\n")
    time.sleep(float(os.environ.get(SECONDS, "0.001")))
    draws = random.Random(cell.seed)
    values = [draws.gauss(0, 1) for _ in range(8)]
    return Finished({"gap": values[0], "values": values}, {"curve": np.cumsum(values)})


def shape(cell: Cell) -> str:
    return str(cell.configuration["width"])


def seconds(cell: Cell) -> float:
    return 0.1  # ten times too long, for chunks of two or three cells


def memory(cell: Cell) -> int:
    return 1000


def summary(result: dict[str, float]) -> str:
    return f"gap {result['gap']:.2f}"


WORK = Work(compute=compute, shape=shape, seconds=seconds, memory=memory, summary=summary)


def plant() -> None:
    """Spoils the store of this process as the environment asks: the control of each fault test."""
    match os.environ.get(PLANT):
        case "in place":  # no temporary name: a kill leaves half a file
            storage.write_bytes = chunk_file.write_bytes = write_in_place
        case "forgetful":  # what is stored is not read, so it is computed again
            Store.mend = lambda self: ()
        case "unlocked":
            lock._locked = lambda descriptor: True
        case "wall clock":  # deadlines by the clock that anybody can set
            local_engine.time = SimpleNamespace(monotonic=lambda: time.time())
        case _:
            pass


def write_in_place(path: Path, content: bytes, *, new: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        os.fsync(file.fileno())
        file.write(content[len(content) // 2 :])


def set_clock_back() -> None:
    """From some reading on, the clock of this process is a day behind; later two days, and so on."""
    if CLOCK not in os.environ or getattr(time.time, "patched", False):
        return
    truth, readings, period = time.time, iter(range(10**9)), int(os.environ[CLOCK])

    def reading() -> float:
        return truth() - DAY * (next(readings) // period)

    reading.patched = True  # pyright: ignore[reportFunctionMemberAccess]
    time.time = reading


def table(folder: Path, workers: int = 1, cells: Sequence[Cell] = CELLS) -> str:
    """The results and arrays of the whole sweep as one text, to the bit."""
    store = open_store(folder, NAMED)
    patience = Patience(least=1.0, times=1.0)
    results = sweep(WORK, cells, store, workers=workers, patience=patience)
    arrays = [{name: array.tolist() for name, array in one.items()} for one in store.arrays(cells)]
    return json.dumps([results, arrays])


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Each stored chunk with what changes when it is written again: its inode and its time."""
    found = {path.name: path.stat() for path in folder.glob(f"*{SUFFIX}")}
    return {name: (at.st_ino, at.st_mtime_ns) for name, at in found.items()}


def stored(folder: Path) -> set[str]:
    """The names of all stored cells; a damaged file is an error."""
    whole, faults = open_store(folder, NAMED).chunks()
    if faults:
        raise ValueError(f"a kill left damaged files: {faults}")
    return {cell.name for chunk in whole for cell in chunk.cells}


def with_checksum(body: dict[str, object]) -> dict[str, object]:
    """A forged chunk: its checksum fits what it holds now."""
    rest = {name: value for name, value in body.items() if name != "checksum"}
    return {"checksum": chunk_file._checksum(rest), **rest}


def computed(log: Path) -> list[str]:
    """The names of the cells in the order in which they were computed, each as often as it was."""
    return log.read_text().split() if log.exists() else []


def child(run: Callable[[], object]) -> int:
    """Runs something in a process of its own, which shares nothing more with this one; its number."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            run()
            code = 0
        except Exception as error:
            print(f"{type(error).__name__}: {error}", flush=True)
        finally:
            os._exit(code)
    return process


def wait(log: Path, most: int, draws: random.Random) -> None:
    """Until some more cells are computed, and a random moment longer: so kills come amid the work."""
    target = len(computed(log)) + draws.randrange(most)
    deadline = time.monotonic() + 20
    while len(computed(log)) < target and time.monotonic() < deadline:
        time.sleep(0.005)  # half a cell
    time.sleep(draws.uniform(0.0, 0.03))


def kill_the_writer(folder: Path, log: Path, workers: int, kills: int, draws: random.Random) -> None:
    """Starts the sweep and kills it, again and again; nothing that was stored may be touched again."""
    for _ in range(kills):
        before, known = files(folder), len(computed(log))
        done = stored(folder) if before else set()
        process = child(lambda: table(folder, workers))
        wait(log, 16, draws)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        again = done & set(computed(log)[known:])
        if again or any(files(folder).get(name) != at for name, at in before.items()):
            raise ValueError(f"stored chunks were written again, or computed again: {sorted(again)}")
        print(json.dumps({"stored": len(stored(folder)) if folder.exists() else 0}), flush=True)


def kill_workers(folder: Path, log: Path, kills: int, draws: random.Random) -> None:
    """Runs the sweep to its end while its workers are killed at random moments."""
    done, process = 0, child(lambda: table(folder, 2))
    while len(stored(folder) if folder.exists() else ()) < len(CELLS):
        if os.waitpid(process, os.WNOHANG) != (0, 0):  # a chunk met three kills: as told, it is tried again
            process = child(lambda: table(folder, 2))
        if done < kills:
            wait(log, 6, draws)
            for worker in draws.sample(spawned(process), 1):
                os.kill(worker, signal.SIGKILL)
                done += 1
        else:
            time.sleep(0.05)
    print(json.dumps({"kills": done}), flush=True)
    os.waitpid(process, 0)


def spawned(process: int) -> list[int]:
    """The worker processes of a sweep."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def no_space() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def fails_at(folder: Path, number: int, fail: Callable[[], None], cells: Sequence[Cell]) -> bool:
    """Runs the sweep, which fails just before its n-th step of storing; whether it came so far."""
    calls = iter(range(number))

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            # A step that only reads is none of storing.
            if "r" not in arguments[1:] and (len(arguments) > 1 or function is not opened):
                if next(calls, None) is None:
                    fail()
            return function(*arguments, **named)

        return call

    def run() -> None:
        for name in ("replace", "link", "fsync", "ftruncate", "pwrite"):
            setattr(os, name, counted(getattr(os, name)))
        Path.open = counted(opened)  # pyright: ignore[reportAttributeAccessIssue]
        if fail is kill:
            Index._write = counted(Index._write)  # pyright: ignore[reportAttributeAccessIssue]
        table(folder, 1, cells)

    opened = Path.open
    return os.waitpid(child(run), 0)[1] != 0


def fill_the_disk(folder: Path, answers: Path) -> None:
    """Runs the sweep on a file system of 100 KiB, and again with 60 KiB more, until it ends."""
    folder.mkdir()
    limited = mount(folder, 100)
    for kibibytes in range(160, 2000, 60):
        try:
            answers.write_text(table(folder / "sweep", 1))
            return
        except OSError as error:
            print(json.dumps({"stored": len(stored(folder / "sweep")), "sentence": str(error)}), flush=True)
        limited(kibibytes)


def mount(folder: Path, kibibytes: int) -> Callable[[int], None]:
    """A small file system, or where that is not allowed a limit on the length of every file."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return lambda more: subprocess.run(
            ["mount", "-o", f"remount,size={more}k", str(folder)], check=True
        ).check_returncode()

    def limit(length: int) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (length * 20, most))

    limit(kibibytes)
    return limit


def main(what: str, folder: Path, *rest: str) -> None:
    """One job of a fault test, in a process that knows nothing of pytest."""
    set_clock_back()
    plant()
    match what:
        case "run":
            print("begun", flush=True)
            table(folder, int(rest[0]))
        case "kill-writer":
            log, workers, kills, seed = Path(os.environ[LOG]), *map(int, rest)
            kill_the_writer(folder, log, workers, kills, random.Random(seed))
        case "kill-workers":
            kill_workers(folder, Path(os.environ[LOG]), int(rest[0]), random.Random(int(rest[1])))
        case "fail-at-each-step":
            number, fail = 0, {"kill": kill, "no-space": no_space}[rest[0]]
            while fails_at(folder / str(number), number, fail, FEW):
                left = folder / str(number)
                print(json.dumps({"stored": len(stored(left)) if left.exists() else 0}), flush=True)
                print(table(left, 1, FEW), flush=True)
                number += 1
        case "fill-the-disk":
            fill_the_disk(folder, Path(rest[0]))
        case _:
            raise ValueError(f"no job is called {what}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
