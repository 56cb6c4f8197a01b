"""A chunk and what came of it as plain text and numbers, for engines whose workers are not this machine's.

A function travels as its name, so that the worker calls its own copy; versions travel along, so that it is
the same copy.
"""

import io
import json
from collections.abc import Callable, Mapping
from functools import partial, reduce
from importlib import import_module
from typing import Any

import numpy as np

from empirical.storage import Json
from empirical.sweeps.cells import Cell
from empirical.sweeps.work import Chunk, Finished, Outcome

RECORD = "record"


def function_name(function: Callable[..., Any]) -> Json:
    """A function at the top level of a module, or a ``functools.partial`` of one, in plain JSON.

    Raises:
        ValueError: it is none, so that no other process could import it.
    """
    if isinstance(function, partial):
        if function.keywords:
            raise ValueError(f"{function} has named arguments: give partial positional ones only.")
        return [function_name(function.func), *(_argument(value) for value in function.args)]
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    if module in (None, "__main__") or "<" in name:
        raise ValueError(
            f"a worker elsewhere cannot import {name or function!r} of {module}: put the function at the top "
            f"level of an installed module."
        )
    return f"{module}:{name}"


def named_function(name: Json) -> Callable[..., Any]:
    """The function that ``function_name`` described."""
    if isinstance(name, list):
        return partial(named_function(name[0]), *(_value(argument) for argument in name[1:]))
    module, _, path = name.partition(":")
    return reduce(getattr, path.split("."), import_module(module))


def packed(record: Json, arrays: Mapping[str, np.ndarray]) -> bytes:
    """JSON and arrays in one piece, without pickles."""
    file = io.BytesIO()
    text = np.frombuffer(json.dumps(record, allow_nan=False).encode(), np.uint8)
    np.savez(file, allow_pickle=False, **{RECORD: text}, **arrays)  # pyright: ignore[reportArgumentType]
    return file.getvalue()


def unpacked(content: bytes) -> tuple[Json, dict[str, np.ndarray]]:
    """The JSON and the arrays; nothing is unpickled."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return json.loads(arrays.pop(RECORD).tobytes()), arrays


def packed_outcome(outcome: Outcome) -> bytes:
    """All that came of a chunk, except the chunk, which the one who sent it has."""
    record = {
        "finished": [
            {"result": each.result, "engine": each.engine, "device": each.device} for each in outcome.finished
        ],
        "seconds": outcome.seconds,
        "worker": outcome.worker,
        "processor": outcome.processor,
    }
    arrays = {
        f"{number}/{name}": array
        for number, each in enumerate(outcome.finished)
        for name, array in each.arrays.items()
    }
    return packed(record, arrays)


def outcome_of(chunk: Chunk, record: Json, arrays: Mapping[str, np.ndarray]) -> Outcome:
    """The outcome as it was where the chunk was computed."""
    finished = []
    for number, each in enumerate(record["finished"]):
        own = {
            name.partition("/")[2]: array for name, array in arrays.items() if name.startswith(f"{number}/")
        }
        finished.append(Finished(each["result"], own, each["engine"], each["device"]))
    return Outcome(chunk, tuple(finished), record["seconds"], record["worker"], record["processor"])


def order(compute: Callable[..., Any], chunk: Chunk, versions: Mapping[str, str], limit: float) -> str:
    """What a worker is told: what to call, on which cells, under which versions, for how long at most."""
    return json.dumps(
        {
            "compute": function_name(compute),
            "cells": [cell.text for cell in chunk.cells],
            "seconds": chunk.seconds,
            "memory": chunk.memory,
            "versions": dict(versions),
            "limit": limit,
        }
    )


def chunk_of(told: Json) -> Chunk:
    """The chunk of an order."""
    return Chunk(tuple(map(Cell, told["cells"])), told["seconds"], told["memory"])


def _argument(value: object) -> Json:
    """A function is told from a value by its name being the value of "function"."""
    return {"function": function_name(value)} if callable(value) else {"value": value}


def _value(argument: Json) -> object:
    return named_function(argument["function"]) if "function" in argument else argument["value"]
