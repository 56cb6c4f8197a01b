"""Compiled inner loops: built once, found again, and never needed."""

import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from empirical import native

ANSWER = 'extern "C" int answer() { return 42; }\n'
HAS_COMPILER = any(shutil.which(name) for name in native.COMPILERS)
compiled = pytest.mark.skipif(not HAS_COMPILER, reason="this machine has no C++ compiler")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder, and a process that has loaded nothing yet."""
    monkeypatch.setenv(native.FOLDER, str(tmp_path / "cache"))
    monkeypatch.delenv(native.SWITCH, raising=False)
    monkeypatch.delenv("CXX", raising=False)
    native._loaded.cache_clear()
    yield tmp_path / "cache"
    native._loaded.cache_clear()


def source(folder: Path, text: str = ANSWER) -> Path:
    path = folder / "answer.cpp"
    path.write_text(text)
    return path


def built(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def refusal(path: Path, caplog: pytest.LogCaptureFixture) -> str:
    """The one line that says why there is no library."""
    with caplog.at_level(logging.WARNING):
        assert native.library(path) is None
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    return record.getMessage()


@compiled
def test_a_source_is_built_and_called(tmp_path: Path, folder: Path) -> None:
    """The library computes what the source says, and the cache holds it alone."""
    library = native.library(source(tmp_path))

    assert library is not None
    assert library.answer() == 42
    assert [path.suffix for path in built(folder)] == [".so"]


@compiled
def test_another_source_is_another_library(tmp_path: Path, folder: Path) -> None:
    """A changed source is built anew: nothing stale is loaded."""
    native.library(source(tmp_path))
    native._loaded.cache_clear()

    changed = native.library(source(tmp_path, ANSWER.replace("42", "43")))

    assert changed is not None
    assert changed.answer() == 43
    assert len(built(folder)) == 2


@compiled
def test_a_second_process_builds_nothing(tmp_path: Path, folder: Path) -> None:
    """Another process finds the file, and leaves it as it is."""
    path = source(tmp_path)
    native.library(path)
    (first,) = built(folder)
    made = first.stat().st_mtime_ns
    program = (
        "import pathlib, sys, empirical.native as n; print(n.library(pathlib.Path(sys.argv[1])).answer())"
    )
    command = [sys.executable, "-c", program, str(path)]

    result = subprocess.run(command, check=True, capture_output=True, text=True)

    assert result.stdout == "42\n"
    assert built(folder) == [first]
    assert first.stat().st_mtime_ns == made


@compiled
def test_two_builds_at_once_are_both_whole(tmp_path: Path, folder: Path) -> None:
    """Whoever comes second replaces the file by its own; no reader sees a part, and nothing is left over."""
    path, found = source(tmp_path), []

    def build() -> None:
        found.append(native._build(path, native._key(path)))

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert all(native._file_name(native._key(path), made.read_bytes()) == made.name for made in found)
    assert set(built(folder)) == set(found)


@compiled
@pytest.mark.parametrize("kept", [0, 100, 5000], ids=["empty", "in the header", "in the middle"])
def test_a_torn_file_is_built_again(tmp_path: Path, folder: Path, kept: int) -> None:
    """A library cut short is never loaded, which could crash: its name holds the hash of its bytes."""
    path = source(tmp_path)
    key = native._key(path)
    whole = native._build(path, key)
    content = whole.read_bytes()
    assert kept < len(content)
    whole.write_bytes(content[:kept])

    library = native.library(path)

    assert library is not None
    assert library.answer() == 42
    assert whole.read_bytes() == content


@compiled
def test_products_and_sums_are_not_fused(tmp_path: Path) -> None:
    """a*b + c rounds twice, as numpy does: with a*b = 1 - 2**-60, one rounding would keep the -2**-60."""
    text = 'extern "C" double multiply_add(double a, double b, double c) { return a * b + c; }\n'
    library = native.library(source(tmp_path, text))
    assert library is not None
    double = native.ctypes.c_double
    library.multiply_add.argtypes, library.multiply_add.restype = [double] * 3, double

    assert library.multiply_add(1 + 2.0**-30, 1 - 2.0**-30, -1.0) == 0.0


@compiled
def test_a_caller_may_ask_for_fused_products_and_sums(tmp_path: Path) -> None:
    """Under FUSED the same source is another library; NaN and infinity keep their meaning there.

    That a*b + c is then rounded once holds where the processor can, and what it cannot it rounds twice.
    """
    text = (
        'extern "C" double multiply_add(double a, double b, double c) { return a * b + c; }\n'
        'extern "C" int is_nan(double a) { return a != a; }\n'
    )
    path = source(tmp_path, text)
    fused = native.library(path, native.FUSED)
    assert fused is not None
    assert fused is not native.library(path)
    double = native.ctypes.c_double
    fused.multiply_add.argtypes, fused.multiply_add.restype = [double] * 3, double
    fused.is_nan.argtypes = [double]

    assert fused.multiply_add(1 + 2.0**-30, 1 - 2.0**-30, -1.0) in (0.0, -(2.0**-60))
    assert fused.is_nan(float("nan")) == 1
    assert fused.is_nan(float("inf")) == 0


@compiled
def test_a_changed_header_is_another_library(tmp_path: Path, folder: Path) -> None:
    """Headers count like the source, also one that another includes, from its own folder."""
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "first.hpp").write_text('#include <vector>\n#include "../second.hpp"\n')
    path = source(tmp_path, '#include "deeper/first.hpp"\n' + ANSWER.replace("42", "NUMBER"))

    def answer(number: int) -> int:
        (tmp_path / "second.hpp").write_text(f"#pragma once\n#define NUMBER {number}\n")
        native._loaded.cache_clear()
        library = native.library(path)
        assert library is not None
        return library.answer()

    assert [answer(7), answer(8), answer(7)] == [7, 8, 7]
    assert len(built(folder)) == 2


@compiled
def test_a_missing_header_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A source that includes a file that is not there gives None and its name."""
    assert "missing.hpp" in refusal(source(tmp_path, '#include "missing.hpp"\n'), caplog)


@compiled
def test_the_line_of_log_says_who_does_the_work(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A caller whose substitute is not numpy names it."""
    with caplog.at_level(logging.WARNING):
        assert native.library(source(tmp_path, "int answer( {"), substitute="torch") is None

    assert "answer.cpp is not compiled, torch does its work more slowly" in caplog.text


@compiled
def test_arrays_are_handed_over(tmp_path: Path) -> None:
    """A C function reads and writes an array's numbers in place; integers and floats keep their values."""
    text = 'extern "C" void add(long n, double x, double* a) { for (long i = 0; i < n; ++i) a[i] += x; }\n'
    library = native.library(source(tmp_path, text))
    assert library is not None
    numbers = np.arange(4.0)

    library.add(*native.arguments(3, 0.5, numbers))

    assert numbers.tolist() == [0.5, 1.5, 2.5, 3.0]


@compiled
def test_what_is_only_read_may_be_read_only(tmp_path: Path) -> None:
    """A user's read-only array is handed over like any other."""
    library = native.library(source(tmp_path, 'extern "C" int first(const int* a) { return a[0]; }\n'))
    assert library is not None
    fixed = np.array([7, 8], dtype=np.int32)
    fixed.flags.writeable = False

    assert library.first(*native.arguments(fixed)) == 7


def test_an_array_with_gaps_is_refused() -> None:
    """A column of a matrix is no row of numbers: compiled code would read its neighbours."""
    with pytest.raises(ValueError, match=r"contiguous arrays only .* numpy.ascontiguousarray"):
        native.arguments(np.ones((3, 2))[:, 0])


def test_numbers_that_no_source_reads_are_refused() -> None:
    """Half as long numbers would be read two at a time: the type is named with the remedy."""
    for numbers in (np.ones(2, dtype=np.float16), np.ones(2, dtype=complex), np.array(["a"])):
        with pytest.raises(TypeError, match=r"compiled code takes arrays of float64.*astype"):
            native.arguments(numbers)


@compiled
def test_a_broken_source_is_refused(tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What does not compile gives None, the compiler's first error in one line, and no file."""
    sentence = refusal(source(tmp_path, "int answer( {"), caplog)

    assert "answer.cpp is not compiled, numpy does its work" in sentence
    assert "error" in sentence
    assert built(folder) == []


def test_no_compiler_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With nothing in PATH the answer is None and the line names the compilers that were looked for."""
    monkeypatch.setenv("PATH", "")

    assert "no C++ compiler in PATH (looked for c++, g++, clang++)" in refusal(source(tmp_path), caplog)


@compiled
def test_a_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the cache folder's name is taken by a file the answer is None."""
    (tmp_path / "file").touch()
    monkeypatch.setenv(native.FOLDER, str(tmp_path / "file" / "cache"))

    assert "Not a directory" in refusal(source(tmp_path), caplog)


def test_it_can_be_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """GANPROOF_NATIVE=0 gives None without a word: it was asked for."""
    monkeypatch.setenv(native.SWITCH, "0")

    assert native.library(source(tmp_path)) is None
    assert caplog.records == []


@compiled
def test_it_can_be_switched_off_and_on_after_its_first_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch is looked at on every call: what the process has loaded waits until it is on again."""
    path = source(tmp_path)
    loaded = native.library(path)
    assert loaded is not None

    monkeypatch.setenv(native.SWITCH, "0")
    assert native.library(path) is None

    monkeypatch.delenv(native.SWITCH)
    assert native.library(path) is loaded


@compiled
def test_the_compiler_s_name_may_have_words_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """CXX="env g++" runs g++ through env, as CXX="ccache g++" does; an open quotation is refused."""
    found = next(path for name in native.COMPILERS if (path := shutil.which(name)))
    monkeypatch.setenv("CXX", f"env '{found}' -DSPARE")
    library = native.library(source(tmp_path, ANSWER.replace("42", "\n#ifdef SPARE\n7\n#endif\n")))
    assert library is not None
    assert library.answer() == 7

    native._loaded.cache_clear()
    monkeypatch.setenv("CXX", "g++ 'more")
    assert "No closing quotation" in refusal(source(tmp_path), caplog)


@compiled
def test_a_user_without_a_home_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no cache folder can be named the answer is None, like where none can be made."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(native.FOLDER)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)

    assert "Could not determine home directory" in refusal(source(tmp_path), caplog)


@compiled
def test_no_exception_of_cpp_crosses_to_python(tmp_path: Path) -> None:
    """Out of memory, a length beyond any, anything else: statuses, which Python turns into its exceptions."""
    header = Path(native.__file__).with_name("status.hpp")
    text = f"""#include <cstdint>
#include <vector>
#include "{header}"
extern "C" std::int64_t run(std::int64_t way) {{
    return status_of([&] {{
        if (way == 1) throw std::bad_alloc();
        if (way == 2) std::vector<double>().reserve(-1);
        if (way == 3) throw way;
    }});
}}
"""
    library = native.library(source(tmp_path, text))
    assert library is not None
    native.finish(library.run(0), "do it: again")
    for way in (1, 2):
        with pytest.raises(MemoryError, match="no room to do it: again"):
            native.finish(library.run(way), "do it: again")
    with pytest.raises(RuntimeError, match="compiled code failed to do it: again"):
        native.finish(library.run(3), "do it: again")


def test_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder follows XDG_CACHE_HOME, else ~/.cache."""
    monkeypatch.delenv(native.FOLDER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert native.cache_folder() == tmp_path / "ganproof" / "native"

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert native.cache_folder() == tmp_path / ".cache" / "ganproof" / "native"
