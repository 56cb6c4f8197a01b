"""A sweep computes what the store lacks, once, and tells how it goes."""

import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from empirical.sweeps import (
    Cell,
    Finished,
    Patience,
    Work,
    grid,
    one_by_one,
    open_store,
    status,
    sweep,
    writer,
)
from empirical.sweeps import engine as engine_module
from empirical.sweeps.work import Compute

CELLS = grid({}, number=list(range(6)))


def square(cell: Cell) -> int:
    """Top-level, so that workers can import it."""
    return cell.configuration["number"] ** 2


def said(result: int) -> str:
    return f"square {result}"


def where(cell: Cell) -> list[int]:
    """The process that computed the cell and its torch threads."""
    import torch

    return [os.getpid(), torch.get_num_threads()]


def fail_at_three(cell: Cell) -> int:
    """A cell that breaks."""
    if cell.configuration["number"] == 3:
        raise ArithmeticError("cell three broke")
    return square(cell)


def parity(cell: Cell) -> str:
    return "odd" if cell.configuration["number"] % 2 else "even"


def moment(cell: Cell) -> float:
    return 0.01


def little(cell: Cell) -> int:
    return 1


def together(cells: Sequence[Cell]) -> list[Finished]:
    """What each cell leaves tells its company, which no result of a true work may."""
    company = [cell.configuration["number"] for cell in cells]
    return [Finished([square(cell), company], engine="native") for cell in cells]


TOGETHER = Work(compute=together, shape=parity, seconds=moment, memory=little)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_cells(tmp_path: Path, workers: int) -> None:
    """Whatever order they were computed in; here in two chunks, of one shape each."""
    results = sweep(TOGETHER, CELLS, open_store(tmp_path / "sweep", {}), workers=workers)

    assert results == [[n**2, [0, 2, 4] if n % 2 == 0 else [1, 3, 5]] for n in range(6)]


def test_no_cell_is_computed_twice(tmp_path: Path) -> None:
    """Finished cells are read; only open ones are computed."""
    computed: list[int] = []

    def counted(cell: Cell) -> int:
        computed.append(cell.configuration["number"])
        return square(cell)

    store = open_store(tmp_path / "sweep", {})
    sweep(one_by_one(counted), CELLS[:4], store, workers=1)
    results = sweep(one_by_one(counted), CELLS, store, workers=1)

    assert computed == [0, 1, 2, 3, 4, 5]
    assert results == [0, 1, 4, 9, 16, 25]


def test_a_sweep_goes_on_with_its_own_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less memory than at the start changes no chunk: its results could differ in the last bits."""
    store = open_store(tmp_path / "sweep", {})
    alone = sweep(TOGETHER, CELLS, open_store(tmp_path / "alone", {}), workers=1)
    sweep(TOGETHER, CELLS[::2], store, workers=1)
    monkeypatch.setattr(engine_module, "available_memory", lambda: 3)  # two cells at once, and not three

    with pytest.raises(ValueError, match="of memory are needed at once"):
        sweep(TOGETHER, CELLS, store, workers=1)
    monkeypatch.undo()

    assert sweep(TOGETHER, CELLS, store, workers=1) == alone


def test_workers_are_processes_with_one_thread(tmp_path: Path) -> None:
    """Two workers share the cells, neither is this process, and torch does not oversubscribe the cores."""
    results = sweep(one_by_one(where), CELLS, open_store(tmp_path / "sweep", {}), workers=2)

    assert os.getpid() not in {process for process, _ in results}
    assert {threads for _, threads in results} == {1}


def test_this_process_has_one_thread_too(tmp_path: Path) -> None:
    """So that one worker and two give the same bits; afterwards it has as many as before."""
    import torch

    before = torch.get_num_threads()
    results = sweep(one_by_one(where), CELLS, open_store(tmp_path / "sweep", {}), workers=1)

    assert results == [[os.getpid(), 1]] * 6
    assert torch.get_num_threads() == before


def test_progress_ends_at_one(tmp_path: Path) -> None:
    """Shares never fall, a resumed sweep begins where it stands, and the last results are told."""
    store = open_store(tmp_path / "sweep", {})
    seen: list[tuple[str, float]] = []
    work = one_by_one(square, summary=said)
    sweep(work, CELLS[:3], store, workers=1)
    sweep(work, CELLS, store, workers=1, progress=lambda *told: seen.append(told))

    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.5, 1.0)
    assert seen[0][0].startswith("3 of 6 cells; square ")
    assert "cells/s" in seen[1][0]
    assert "0 s left; square 9" in seen[1][0]


def test_the_status_tells_the_end(tmp_path: Path) -> None:
    """The index holds what the progress said, who computed, and nobody writes any more."""
    sweep(one_by_one(square, summary=said), CELLS, open_store(tmp_path / "sweep", {}), workers=1)

    told = status(tmp_path / "sweep")

    assert (told.planned, told.done, told.lost, told.seconds_left) == (6, 6, 0, 0.0)
    assert told.recent == ("square 25", "square 16", "square 9")
    assert list(told.workers.values()) == [6]
    assert told.sentence.startswith("6 of 6 cells")
    assert writer(tmp_path / "sweep") is None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_cell_is_raised_and_the_others_are_kept(tmp_path: Path, workers: int) -> None:
    """The fault reaches the caller with its place; what was finished before stays finished."""
    store = open_store(tmp_path / "sweep", {})

    with pytest.raises(ArithmeticError, match="cell three broke") as caught:
        sweep(one_by_one(fail_at_three), CELLS, store, workers=workers)

    assert store.results(CELLS[:2]) == [0, 1]
    with pytest.raises(ValueError, match="lacks 1 of 1 cells"):
        store.results(CELLS[3:4])
    if workers == 2:
        assert "fail_at_three" in caught.value.__notes__[0]


def test_bad_sweeps_are_refused(tmp_path: Path) -> None:
    """Before anything is computed or written, with the call that fixes it."""
    store = open_store(tmp_path / "sweep", {})
    with pytest.raises(ValueError, match=r"'cloud' is not available.*'local'"):
        sweep(one_by_one(square), CELLS, store, engine="cloud")
    with pytest.raises(ValueError, match="at least one worker"):
        sweep(one_by_one(square), CELLS, store, workers=0)
    with pytest.raises(ValueError, match="grid is empty"):
        sweep(one_by_one(square), [], store)
    with pytest.raises(ValueError, match="duplicate cells"):
        sweep(one_by_one(square), (*CELLS, CELLS[2]), store)

    assert [path.name for path in store.folder.iterdir()] == ["configuration.json"]


def die(cells: Sequence[Cell]) -> list[Finished]:
    """A worker that ends itself at one cell, always."""
    if cells[0].configuration["number"] == 2:
        os._exit(7)
    return [Finished(square(cell)) for cell in cells]


def hang(cells: Sequence[Cell]) -> list[Finished]:
    """A worker that never answers at one cell."""
    if cells[0].configuration["number"] == 4:
        time.sleep(1000)
    return [Finished(square(cell)) for cell in cells]


def name(cell: Cell) -> str:
    return cell.name


@pytest.mark.parametrize(
    ("compute", "number", "reason"),
    [
        (die, 2, "the worker ended with code 7, 3 times"),
        (hang, 4, "the worker gave no answer in time, 3 times"),
    ],
)
def test_a_cell_that_always_fails_is_named_and_the_rest_is_stored(
    tmp_path: Path, compute: Compute, number: int, reason: str
) -> None:
    """Three workers die or hang over it, then it is given up, and one sentence says which."""
    store = open_store(tmp_path / "sweep", {})
    work = Work(compute=compute, shape=name, seconds=moment, memory=little)
    # 0.5 s for cells of microseconds, and 1 s and 2 s at the further tries: a good worker is not ended.
    patience = Patience(least=0.5, times=1.0)

    with pytest.raises(ChildProcessError, match=rf"1 of 6 cells .*{reason}.*\"number\":{number}") as caught:
        sweep(work, CELLS, store, workers=2, patience=patience)

    rest = [cell for cell in CELLS if cell.configuration["number"] != number]
    assert "the same command tries these again" in str(caught.value)
    assert store.results(rest) == [square(cell) for cell in rest]
    assert (status(store.folder).done, status(store.folder).lost) == (5, 1)
    assert sweep(one_by_one(square), CELLS, store, workers=1) == [0, 1, 4, 9, 16, 25]
    assert (status(store.folder).done, status(store.folder).lost) == (6, 0)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_chunks_of_another_processor_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, elsewhere: bool
) -> None:
    """A store that goes on with another kind of processor says so in one line, and goes on; else nothing."""
    store = open_store(tmp_path / "sweep", {})
    with monkeypatch.context() as patched:
        if elsewhere:
            patched.setattr("empirical.sweeps.work.processor", lambda: "abacus")
        sweep(TOGETHER, CELLS[::2], store, workers=1)

    with caplog.at_level(logging.WARNING):
        sweep(TOGETHER, CELLS, store, workers=1)

    told = [line for line in caplog.messages if "another processor (abacus) than this one (" in line]
    assert len(told) == elsewhere
    assert all(line.startswith("1 of 1 stored chunks") for line in told)
