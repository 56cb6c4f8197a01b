"""Where a sweep runs and how it is watched, from the command line."""

import socket
from pathlib import Path

import pytest

from empirical.sweeps import Cell, grid, one_by_one, open_store, sweep
from tests.empirical.cli.command import Command


def number(cell: Cell) -> int:
    """A cell's result."""
    return cell.configuration["number"]


def said(result: int) -> str:
    """One phrase of it."""
    return f"number {result}"


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep without a writer has ended at once."""
    monkeypatch.setattr("empirical.sweeps.watch.GRACE", 0.0)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The folder of a sweep that has ended."""
    work = one_by_one(number, summary=said)
    sweep(work, grid({}, number=[1, 2]), open_store(tmp_path / "cells", {}), workers=1)
    return tmp_path


def test_a_sweep_is_watched(ganproof: Command, finished: Path) -> None:
    """A line for each change where there is no terminal, and one object with --json."""
    assert ganproof("capacity", "--watch", "--out", finished).out.startswith("2 of 2 cells")

    told = ganproof("capacity", "--watch", "--out", finished, "--json").json
    assert (told["planned"], told["done"], told["lost"], told["writer"]) == (2, 2, 0, None)
    assert told["recent"] == ["number 2", "number 1"]


def test_a_sweep_that_nobody_computes_is_told(ganproof: Command, tmp_path: Path) -> None:
    """It was interrupted: the watching ends with what to do."""

    def fail(cell: Cell) -> int:
        if cell.configuration["number"] == 2:
            raise KeyboardInterrupt
        return number(cell)

    with pytest.raises(KeyboardInterrupt):
        sweep(one_by_one(fail), grid({}, number=[1, 2]), open_store(tmp_path, {}), workers=1)

    lines = ganproof("capacity", "--watch", "--out", tmp_path).out.splitlines()
    assert lines[0].startswith("1 of 2 cells")
    assert lines[-1].startswith("Nobody computes the rest")


def test_bad_options_are_refused(ganproof: Command, tmp_path: Path) -> None:
    """One sentence each, and nothing is written."""
    out = ("--out", tmp_path / "out")
    assert "which plot?" in ganproof.refused("capacity", *out)
    assert "holds no sweep" in ganproof.refused("capacity", "--watch", *out)
    assert "no engine 'ray': use local or dask" in ganproof.refused(
        "capacity", "trained", "--engine", "ray", *out
    )
    assert "add --engine dask" in ganproof.refused("capacity", "trained", "--scheduler", "tcp://h:1", *out)
    dask = ("capacity", "trained", "--engine", "dask", *out)
    assert "tcp://HOST:PORT" in ganproof.refused(*dask, "--scheduler", "localhost")
    assert "TLS needs three files" in ganproof.refused(*dask, "--scheduler", "tls://localhost:8786")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{reserved.getsockname()[1]}"
        assert f"can be reached at {address}" in ganproof.refused(*dask, "--scheduler", address)
    assert not (tmp_path / "out").exists()
