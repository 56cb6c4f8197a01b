"""One file for each finished chunk, which proves by a checksum that it is whole.

A file is JSON, ``{"checksum", "sweep", "plan", "versions", "scheduling", "worker", "processor", "seconds",
"finished", "cells": [{"configuration", "seed", "engine", "device", "result"}, ...]}``. Arrays of the cells
stand in an ``.npz`` beside it, written before it, whose own checksum the JSON holds: so there is never a
chunk with half of its arrays.
"""

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from empirical.storage import Json, write_bytes, write_json
from empirical.sweeps.cells import Cell
from empirical.sweeps.chunks import Plan, chunk_name
from empirical.sweeps.work import Outcome

SUFFIX = ".chunk.json"
ARRAYS = ".npz"


class Damaged(ValueError):
    """A file that does not hold what was written to it, and why."""


@dataclass(frozen=True)
class StoredChunk:
    """What a chunk's file holds.

    Args:
        path: the file.
        cells: in the order in which they were computed.
        results: plain JSON, one for each cell.
        plan: the limits under which the grid was cut.
        worker: who computed it.
        processor: on what kind.
        finished: when, by the clock of the writer; only shown.
        arrays: the file of the cells' arrays, or None.
    """

    path: Path
    cells: tuple[Cell, ...]
    results: tuple[Json, ...]
    plan: Plan
    worker: str
    processor: str
    finished: str
    arrays: Path | None


def write_chunk(
    folder: Path, outcome: Outcome, *, sweep: str, plan: Plan, scheduling: str, versions: Mapping[str, str]
) -> StoredChunk:
    """Write what came of a chunk, whole or not at all, and read it back from what was written.

    Args:
        folder: of the store.
        outcome: what was computed.
        sweep: the fingerprint of the sweep's configuration.
        plan: the limits under which the grid was cut.
        scheduling: the engine that gave out the chunk.
        versions: what the results depend on.

    Raises:
        ValueError: a result is no plain JSON, or holds NaN or an infinity.
        NoSpace: the file system is full; nothing of the chunk is left that counts.
    """
    name = chunk_name(outcome.chunk.cells)
    body: dict[str, Json] = {
        "sweep": sweep,
        "plan": {"seconds": plan.seconds, "memory": plan.memory},
        "versions": dict(versions),
        "scheduling": scheduling,
        "worker": outcome.worker,
        "processor": outcome.processor,
        "seconds": outcome.seconds,
        "finished": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds"),
        "cells": [
            {
                "configuration": cell.configuration,
                "seed": cell.seed,
                "engine": finished.engine,
                "device": finished.device,
                "result": finished.result,
            }
            for cell, finished in zip(outcome.chunk.cells, outcome.finished, strict=True)
        ],
    }
    arrays = _packed(outcome)
    if arrays:
        body["arrays"] = sha256(arrays).hexdigest()
    try:
        checksum = _checksum(body)
    except (TypeError, ValueError) as fault:
        raise ValueError(
            f"the chunk {name} left a result that is not plain JSON ({fault}): compute must return numbers, "
            f"text, lists and objects, and None for what is not finite."
        ) from None
    if arrays:
        write_bytes(folder / f"{name}{ARRAYS}", arrays)
    path = folder / f"{name}{SUFFIX}"
    write_json(path, {"checksum": checksum, **body})
    return read_chunk(path, sweep)


def read_chunk(path: Path, sweep: str) -> StoredChunk:
    """What a chunk's file holds, if it is whole and of this sweep.

    Raises:
        Damaged: it is cut, changed, renamed or of another sweep, or its arrays are.
    """
    try:
        body = json.loads(path.read_bytes())
        checksum = body.pop("checksum")
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as fault:
        raise Damaged(f"it cannot be read ({type(fault).__name__}: {fault})") from None
    if checksum != _checksum(body):
        raise Damaged("its content is not what its checksum says")
    if body["sweep"] != sweep:
        raise Damaged("it belongs to another sweep")
    cells = tuple(Cell.of(one["configuration"]) for one in body["cells"])
    if path.name != f"{chunk_name(cells)}{SUFFIX}":
        raise Damaged("it holds other cells than its name says")
    arrays = path.with_name(path.name.removesuffix(SUFFIX) + ARRAYS) if "arrays" in body else None
    if arrays is not None:
        _check_arrays(arrays, body["arrays"])
    return StoredChunk(
        path=path,
        cells=cells,
        results=tuple(one["result"] for one in body["cells"]),
        plan=Plan(**body["plan"]),
        worker=body["worker"],
        processor=body["processor"],
        finished=body["finished"],
        arrays=arrays,
    )


def chunk_arrays(stored: StoredChunk) -> tuple[dict[str, np.ndarray], ...]:
    """The arrays of a chunk's cells, by their names, one mapping for each cell.

    Raises:
        Damaged: the file cannot be read.
    """
    found: tuple[dict[str, np.ndarray], ...] = tuple({} for _ in stored.cells)
    if stored.arrays is not None:
        try:
            # From bytes, because numpy leaves a file open whose content it cannot read.
            with np.load(io.BytesIO(stored.arrays.read_bytes()), allow_pickle=False) as packed:
                for key in packed.files:
                    number, _, name = key.partition(".")
                    found[int(number)][name] = packed[key]
        except (OSError, ValueError, zipfile.BadZipFile) as fault:
            raise Damaged(f"its arrays cannot be read ({fault})") from None
    return found


def _packed(outcome: Outcome) -> bytes:
    """All arrays of a chunk as one ``.npz``, each under the number of its cell and its own name."""
    every = {
        f"{number}.{name}": array
        for number, finished in enumerate(outcome.finished)
        for name, array in finished.arrays.items()
    }
    for name, array in every.items():
        if array.dtype.hasobject:
            raise ValueError(f"the array {name} holds Python objects ({array.dtype}): pass numbers.")
    if not every:
        return b""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **every)  # pyright: ignore[reportArgumentType]
    return file.getvalue()


def _check_arrays(path: Path, checksum: str) -> None:
    try:
        found = sha256(path.read_bytes()).hexdigest()
    except OSError as fault:
        raise Damaged(f"its arrays cannot be read ({fault})") from None
    if found != checksum:
        raise Damaged("its arrays are not what its checksum says")


def _checksum(body: Mapping[str, Json]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()
