"""A store keeps each finished cell once, and only those of its own sweep."""

from pathlib import Path

import pytest

from empirical.storage import read_json, write_json
from empirical.sweeps import Cell, open_store

CELL = Cell.of({"width": 4, "seed": 0})


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_kept_result_is_found_again(tmp_path: Path) -> None:
    """Also by another store of the same sweep, as after an interruption; a tuple is a list in JSON."""
    open_store(tmp_path / "sweep", {"widths": (1, 2)}).keep(CELL, [1, {"gap": 0.5}])

    again = open_store(tmp_path / "sweep", {"widths": (1, 2)})

    assert CELL in again
    assert Cell.of({"width": 8, "seed": 0}) not in again
    assert again.result(CELL) == [1, {"gap": 0.5}]


def test_a_kept_result_stays(tmp_path: Path) -> None:
    """A finished cell is never written twice."""
    store = open_store(tmp_path / "sweep", {})
    store.keep(CELL, "first")
    store.keep(CELL, "second")

    assert store.result(CELL) == "first"


def test_a_file_says_what_it_holds(tmp_path: Path) -> None:
    """Configuration, seed and versions stand beside the result."""
    store = open_store(tmp_path / "sweep", {})
    store.keep(CELL, 7)

    stored = read_json(tmp_path / "sweep" / f"{CELL.name}.json")

    assert stored["configuration"] == CELL.configuration
    assert stored["seed"] == CELL.seed
    assert stored["result"] == 7
    assert "torch" in stored["versions"]


def test_another_sweep_is_refused(tmp_path: Path) -> None:
    """The sentence names what differs, and the folder stays as it was."""
    open_store(tmp_path / "sweep", {"preset": "quick", "epsilon": "1/10"}).keep(CELL, 7)
    before = files(tmp_path / "sweep")

    with pytest.raises(ValueError, match="epsilon is '1/10', not '1/5'"):
        open_store(tmp_path / "sweep", {"preset": "quick", "epsilon": "1/5"})

    assert files(tmp_path / "sweep") == before


def test_other_versions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of two versions of torch never join one sweep."""
    open_store(tmp_path / "sweep", {})
    monkeypatch.setattr("empirical.sweeps.store.version", lambda name: f"{name} of tomorrow")

    with pytest.raises(ValueError, match="torch of tomorrow"):
        open_store(tmp_path / "sweep", {})


def test_files_of_unknown_origin_are_refused(tmp_path: Path) -> None:
    """Nothing is written among files that are no sweep's."""
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(ValueError, match="is not empty and ganproof did not make it"):
        open_store(tmp_path, {})

    assert files(tmp_path) == {"thesis.txt": "mine"}


def test_a_renamed_file_is_refused(tmp_path: Path) -> None:
    """A result counts for the configuration that it states, not for its file name."""
    store = open_store(tmp_path / "sweep", {})
    other = Cell.of({"width": 8, "seed": 0})
    store.keep(other, 7)
    (store.folder / f"{other.name}.json").rename(store.folder / f"{CELL.name}.json")

    with pytest.raises(ValueError, match="does not hold the cell"):
        store.result(CELL)


def test_a_missing_result_is_named(tmp_path: Path) -> None:
    """Asking for a cell that is not finished says which file lacks."""
    with pytest.raises(ValueError, match=CELL.name):
        open_store(tmp_path / "sweep", {}).result(CELL)


def test_a_result_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    """NaN is no result: the cell stays open and no part of a file is left."""
    store = open_store(tmp_path / "sweep", {})

    with pytest.raises(ValueError, match="not JSON compliant"):
        store.keep(CELL, float("nan"))

    assert CELL not in store
    write_json(tmp_path / "sweep" / "still.json", "writable")
