"""The index repeats the files of a store for whoever watches; it is never needed, and never believed."""

import logging
import sqlite3
from pathlib import Path
from threading import Thread

import pytest

from empirical.storage import NoSpace
from empirical.sweeps import Cell, Chunk, grid, status
from empirical.sweeps.index import INDEX, Row, index

CELLS = grid({}, number=list(range(100)))
CHUNKS = [Chunk(CELLS[start : start + 10], 1.0, 0) for start in range(0, 100, 10)]


def rows(cells: tuple[Cell, ...]) -> list[Row]:
    return [Row(cell, "2020-01-01", "here:1", f"cell {cell.configuration['number']}") for cell in cells]


def test_a_reader_sees_whole_states_while_it_grows(tmp_path: Path) -> None:
    """A chunk's cells appear together, and the writer is never kept waiting."""
    seen: list[int] = []
    ended = False

    def read() -> None:
        while not ended:
            seen.append(status(tmp_path).done)

    with index(tmp_path, "{}", CHUNKS, CELLS, []) as told:
        reader = Thread(target=read)
        reader.start()
        for number, chunk in enumerate(CHUNKS):
            while len(seen) < 2 * number:  # some readings between any two writings
                pass
            told.finish(rows(chunk.cells))
        ended = True
        reader.join()

    assert seen == sorted(seen)
    assert all(done % 10 == 0 for done in seen)
    assert len(set(seen)) > 2
    assert status(tmp_path).recent == ("cell 99", "cell 98", "cell 97")


def test_a_status_writes_nothing(tmp_path: Path) -> None:
    """Reading leaves the index as it is, to the bit."""
    with index(tmp_path, "{}", CHUNKS, CELLS, rows(CELLS[:5])):
        pass
    before = (tmp_path / INDEX).read_bytes()

    assert (status(tmp_path).planned, status(tmp_path).done) == (100, 5)
    assert (tmp_path / INDEX).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database", None])
def test_an_index_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty or foreign: one sentence says what to do."""
    if content is not None:
        (tmp_path / INDEX).write_bytes(content)

    with pytest.raises(ValueError, match="start the sweep"):
        status(tmp_path)


@pytest.mark.parametrize(
    ("known", "cells", "line"),
    [
        (CELLS[:5], CELLS, None),
        (CELLS[:15], CELLS, "was 10 cells behind"),
        (CELLS[:5], CELLS[:50], "told another grid"),
    ],
)
def test_an_index_is_built_again_unless_it_agrees(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    known: tuple[Cell, ...],
    cells: tuple[Cell, ...],
    line: str | None,
) -> None:
    """With what the files hold, of the same grid; one line says why."""
    with index(tmp_path, "{}", CHUNKS, CELLS, rows(CELLS[:5])):
        pass
    caplog.clear()

    with caplog.at_level(logging.WARNING), index(tmp_path, "{}", CHUNKS, cells, rows(known)):
        pass

    assert (status(tmp_path).planned, status(tmp_path).done) == (len(cells), len(known))
    assert len(caplog.messages) == (line is not None)
    assert line is None or line in caplog.messages[0]


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    """SQLite's own word for it, here forced by a limit on its pages."""
    with index(tmp_path, "{}", CHUNKS, CELLS, []) as told:
        connection = told._connection
        assert connection is not None
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        long = [Row(cell, "2020-01-01", "here:1", "long " * 1000) for cell in CELLS]

        with pytest.raises(NoSpace, match=r"no space is left to write .*index.sqlite"):
            told.finish(long)

    assert status(tmp_path).done == 0


def test_an_index_that_cannot_be_written_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked for too long by another program: the sweep goes on without, and a line says so once."""
    monkeypatch.setattr("empirical.sweeps.index.PATIENCE", 0.05)
    with index(tmp_path, "{}", CHUNKS, CELLS, []) as told:
        other = sqlite3.connect(tmp_path / INDEX, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.WARNING):
            told.finish(rows(CELLS[:10]))
            told.finish(rows(CELLS[10:20]))
        other.close()

    assert len(caplog.messages) == 1
    assert "cannot be written" in caplog.messages[0]
    assert status(tmp_path).done == 0
