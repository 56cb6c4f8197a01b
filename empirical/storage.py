"""Results are data: plain JSON in a folder, written whole or not at all, and taken up again where it stands.

A folder belongs to one configuration, which it holds in ``configuration.json``. Work in another one's folder
is refused before anything is written.
"""

import errno
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

CONFIGURATION = "configuration.json"
NAMED = 3  # differences of two configurations that a refusal tells
SHOWN = 60  # characters of a value in it
UNFINISHED = ".part"

Json = Any  # what a JSON file holds: None, a bool, a number, a text, a list or a dict of these


class NoSpace(OSError):
    """The file system is full; everything that was written before is whole."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"no space is left to write {path}: what is stored is whole; make room, and start the same "
            f"command again to go on from there."
        )


@contextmanager
def room(path: Path) -> Iterator[None]:
    """Says in a sentence where the file system is full.

    Raises:
        NoSpace: then.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoSpace(path) from None
        raise


def write_bytes(path: Path, content: bytes, *, new: bool = False) -> None:
    """Write under a temporary name, then rename: a reader sees the old file or the new one, never a part.

    When it returns, the file and its name have reached the disk, as far as the system can tell.

    Args:
        path: the file.
        content: what it will hold.
        new: whether a file that is there already stays, also one that another process makes at this moment.

    Raises:
        FileExistsError: there is a file, and it should be a new one.
        NoSpace: the file system is full; nothing of the file is left.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    with room(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if new:
                _rename_to_new(temporary, path)
            else:
                os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _rename_to_new(temporary: Path, path: Path) -> None:
    """A second name and then no first one, because a renaming would replace a file that is there."""
    try:
        os.link(temporary, path)
        temporary.unlink()
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        os.replace(temporary, path)  # a file system without second names, as a memory stick's


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut: the name is an entry of the folder, which is written by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Json) -> None:
    """Write ``value`` as JSON that a person can read.

    Raises:
        NoSpace: the file system is full.
        ValueError: a number is NaN or infinite, which JSON has no word for.
    """
    write_text(path, _json(value))


def _json(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> Json:
    """The value that a JSON file holds.

    Raises:
        ValueError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read as JSON ({error}): give a file that ganproof wrote."
        ) from None


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as a compressed ``.npz``, whole or not at all.

    Raises:
        TypeError: an array holds Python objects, which only a pickle could hold.
    """
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds Python objects ({array.dtype}): pass an array of numbers.")
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)  # pyright: ignore[reportArgumentType]
    write_bytes(path, file.getvalue())


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` file; nothing is unpickled.

    Raises:
        ValueError: the file is missing or holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} cannot be read as arrays ({error}): give a file that ganproof wrote."
        ) from None


def claim_folder(folder: Path, configuration: Mapping[str, Any]) -> None:
    """Make the folder this configuration's own, or find that it is already.

    Raises:
        ValueError: the folder holds another configuration's results, or files of unknown origin.
    """
    path = folder / CONFIGURATION
    foreign = folder.is_dir() and any(file.suffix != UNFINISHED for file in folder.iterdir())
    if path.exists():  # asked after the list was made: another process may claim the folder at this moment
        found = read_json(path)
        if found != dict(configuration):
            raise ValueError(
                f"{folder} holds the results of another configuration ({_difference(found, configuration)}): "
                f"choose another output folder, or remove this one."
            )
    elif folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: choose another output folder.")
    elif foreign:
        raise ValueError(
            f"{folder} is not empty and ganproof did not make it: choose another output folder, "
            f"or remove this one."
        )
    else:
        try:
            write_bytes(path, _json(dict(configuration)).encode(), new=True)
        except FileExistsError:  # another process was faster: perhaps with the same configuration
            claim_folder(folder, configuration)


def remembered(path: Path, compute: Callable[[], Json]) -> Json:
    """The stored result where there is one; else what ``compute`` gives, stored first.

    The caller has claimed the folder, so what is stored there belongs to the same configuration.
    """
    if not path.exists():
        write_json(path, compute())
    return read_json(path)


def _difference(found: object, wanted: Mapping[str, Any]) -> str:
    """The first differences and how many more there are."""
    if not isinstance(found, dict):
        return "its configuration is unreadable"
    every = list(_differences("", found, dict(wanted)))
    more = [f"{len(every) - NAMED} more"] if len(every) > NAMED else []
    return "; ".join([*every[:NAMED], *more])


def _differences(place: str, found: object, wanted: object) -> Iterator[str]:
    """One phrase for each leaf that differs: where it is, what was found and what was wanted."""
    if isinstance(found, dict) and isinstance(wanted, Mapping):
        for key in {**found, **wanted}:
            inner = f"{place}.{key}" if place else str(key)
            if key in found and key in wanted:
                yield from _differences(inner, found[key], wanted[key])
            elif key in found:
                yield f"{inner} is {_shortened(found[key])}, and is not wanted"
            else:
                yield f"{inner} is not there, and {_shortened(wanted[key])} is wanted"
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from _differences(f"{place}[{number}]", one, other)
    elif found != wanted:
        yield f"{place} is {_shortened(found)}, not {_shortened(wanted)}"


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 4]} ..."
