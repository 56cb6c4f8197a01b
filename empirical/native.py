"""Inner loops in C++, built on first use by the machine's own compiler; never needed, only faster.

A module that has a C++ source beside it asks for ``library(source)`` and keeps its numpy version for the
answer None: both give the same bits, because ``FLAGS`` let the compiler neither fuse nor reorder arithmetic.
Training asks for ``FUSED``, under which a product and a sum are rounded once instead of twice: faster, as
accurate, and not the bits of numpy.
"""

import ctypes
import hashlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

SWITCH = "GANPROOF_NATIVE"  # "0" turns compiled code off
FOLDER = "GANPROOF_NATIVE_CACHE"  # where libraries are kept, instead of the user's cache folder
COMPILERS = ("c++", "g++", "clang++")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-fno-fast-math", "-ffp-contract=off", "-shared", "-fPIC")
# Sums keep their order and NaN its meaning: only errno, which nothing here reads, is given up.
FUSED = (*FLAGS, "-ffp-contract=fast", "-fno-math-errno", "-pthread")
# The types of numbers that functions here read; which of them, each one knows.
READ = tuple(map(np.dtype, (np.float64, np.float32, np.int64, np.int32, np.int8, np.uint8, np.bool_)))
SECONDS = 600.0  # for one call of the compiler; a source here takes a few on an idle machine

_Numbers = ctypes.c_char * 0  # of any length: ctypes hands an array over as its address
Argument = ctypes.Array[ctypes.c_char] | ctypes.c_void_p | ctypes.c_int64 | ctypes.c_double

_log = logging.getLogger(__name__)


def library(source: Path, flags: tuple[str, ...] = FLAGS, substitute: str = "numpy") -> ctypes.CDLL | None:
    """The functions of a C++ source, or None where they cannot be had, with one line of log that says why.

    The library is built once for a source, the headers it includes, compiler, processor and flags, and found
    again by later processes. Set ``GANPROOF_NATIVE=0`` to do without, at any time; ``CXX``, before the first
    use, to choose the compiler, with words before or behind it if need be ("ccache g++").

    Args:
        source: a C++17 file that includes only the standard library and files of this project, by paths
            in quotes from its own folder, and exports ``extern "C"`` functions.
        flags: the compiler's, ``FLAGS`` or ``FUSED``.
        substitute: who does the work where the answer is None, for the line of log.
    """
    return None if os.environ.get(SWITCH) == "0" else _loaded(source, flags, substitute)


@cache
def _loaded(source: Path, flags: tuple[str, ...], substitute: str) -> ctypes.CDLL | None:
    """What this process has once loaded, or has once failed to: the log says so only then."""
    try:
        key = _key(source, flags)
        path = _built_before(key) or _build(source, key, flags)
        return ctypes.CDLL(str(path))
    # RuntimeError: there is no home folder. ValueError: CXX opens a quotation that it does not close.
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        _log.warning(
            "%s is not compiled, %s does its work more slowly: %s", source.name, substitute, _reason(error)
        )
        return None


def arguments(*values: np.ndarray | int | float) -> list[Argument]:
    """What a C function is called with: each array's numbers, where they are, and int64 and double.

    Raises:
        TypeError: an array of numbers that no C function here reads.
        ValueError: an array's numbers do not lie in one row, one after another.
    """
    converted: list[Argument] = []
    for value in values:
        if isinstance(value, int):
            converted.append(ctypes.c_int64(value))
        elif isinstance(value, float):
            converted.append(ctypes.c_double(value))
        else:
            converted.append(_numbers(value))
    return converted


def finish(status: int, task: str) -> None:
    """Turns the status that a C++ function returns into Python's exceptions; see status.hpp.

    Args:
        status: 0 for done, 1 for a lack of memory, else another failure.
        task: what was to be done, with the remedy; ends the sentence.

    Raises:
        MemoryError: there was no room.
        RuntimeError: something else went wrong.
    """
    if status == 1:
        raise MemoryError(f"there is no room to {task}.")
    if status:
        raise RuntimeError(f"compiled code failed to {task}.")


def _numbers(array: np.ndarray) -> Argument:
    if array.dtype not in READ:
        raise TypeError(
            f"compiled code takes arrays of {', '.join(map(str, READ))} (got {array.dtype}): convert with "
            f"array.astype(numpy.float64)."
        )
    try:
        return _Numbers.from_buffer(array.data)  # in a third of the time of array.ctypes
    except TypeError:  # read-only, which C respects, or not in one row
        if array.flags.c_contiguous:
            return ctypes.c_void_p(array.ctypes.data)
    raise ValueError(
        f"compiled code takes contiguous arrays only (got shape {array.shape}, strides {array.strides}): "
        f"pass numpy.ascontiguousarray(...)."
    )


def cache_folder() -> Path:
    """Where built libraries are kept: ``$GANPROOF_NATIVE_CACHE``, or ganproof in the user's cache folder."""
    if chosen := os.environ.get(FOLDER):
        return Path(chosen)
    user = os.environ.get("XDG_CACHE_HOME")
    return (Path(user) if user else Path.home() / ".cache") / "ganproof" / "native"


def _compiler() -> list[str]:
    """The compiler and what stands around it in ``CXX``, word by word."""
    chosen = shlex.split(os.environ.get("CXX", ""))
    names = chosen[:1] or COMPILERS
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise FileNotFoundError(f"no C++ compiler in PATH (looked for {', '.join(names)})")
    return [found, *chosen[1:]]


def _included(source: Path) -> list[Path]:
    """The source and every file of this project that it includes, itself or through another, each once."""
    found = [source.resolve()]
    for path in found:  # grows on the way
        for name in re.findall(r'^#include "(.+)"', path.read_text(), flags=re.MULTILINE):
            if (header := (path.parent / name).resolve()) not in found:
                found.append(header)
    return found


def _key(source: Path, flags: tuple[str, ...] = FLAGS) -> str:
    """One name for all that decides what the machine code may be.

    The macros that a compiler predefines under the flags hold its version and the instruction sets of this
    processor: what is built with -march=native for one processor may be illegal on another.
    """
    macros = subprocess.run(
        [*_compiler(), *flags, "-dM", "-E", "-x", "c++", "-"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=SECONDS,
    )
    parts = (*(path.read_bytes() for path in _included(source)), macros.stdout, " ".join(flags).encode())
    digests = b"".join(hashlib.sha256(part).digest() for part in parts)
    return f"{source.stem}-{hashlib.sha256(digests).hexdigest()[:20]}"


def _built_before(key: str) -> Path | None:
    """The library of this name, where its bytes are the ones that were built: a torn file could crash."""
    for path in cache_folder().glob(f"{key}-*.so"):
        if path.name == _file_name(key, path.read_bytes()):
            return path
    return None


def _file_name(key: str, content: bytes) -> str:
    return f"{key}-{hashlib.sha256(content).hexdigest()[:20]}.so"


def _build(source: Path, key: str, flags: tuple[str, ...] = FLAGS) -> Path:
    """Compile under a temporary name, then rename: another process sees a whole library or none."""
    folder = cache_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as workplace:
        made = Path(workplace) / "library.so"
        subprocess.run(
            [*_compiler(), *flags, "-o", str(made), str(source)],
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
        target = folder / _file_name(key, made.read_bytes())
        os.replace(made, target)
    return target


def _reason(error: Exception) -> str:
    """One line: what the compiler said first, or what the system says."""
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode(errors="replace").splitlines()
        return next(
            (line for line in said if "error" in line), f"the compiler stopped with {error.returncode}"
        )
    return str(error).splitlines()[0]
