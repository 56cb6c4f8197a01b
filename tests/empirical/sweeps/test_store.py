"""A store keeps each finished chunk once, and only those of its own sweep."""

import logging
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from empirical.storage import Json, read_json
from empirical.sweeps import Cell, Chunk, Finished, Outcome, Plan, Store, open_store
from empirical.sweeps.chunk_file import SUFFIX, StoredChunk

CELL = Cell.of({"width": 4, "seed": 0})
OTHER = Cell.of({"width": 8, "seed": 0})
PLAN = Plan(seconds=4.0, memory=1000)


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def kept(store: Store, *cells: Cell, results: list[Json], **arrays: np.ndarray) -> StoredChunk:
    """A chunk that is stored as if it had been computed."""
    finished = tuple(Finished(result, arrays, engine="native", device="cpu") for result in results)
    return store.keep(Outcome(Chunk(cells, 1.0, 10), finished, 1.5, "here:1", "a processor"), plan=PLAN)


def test_a_kept_result_is_found_again(tmp_path: Path) -> None:
    """Also by another store of the same sweep, as after an interruption; a tuple is a list in JSON."""
    kept(open_store(tmp_path / "sweep", {"widths": (1, 2)}), CELL, results=[[1, {"gap": 0.1}]])

    again = open_store(tmp_path / "sweep", {"widths": (1, 2)})

    assert again.results([CELL]) == [[1, {"gap": 0.1}]]
    with pytest.raises(ValueError, match=r'lacks 1 of 2 cells, \{"seed":0,"width":8\}'):
        again.results([CELL, OTHER])


def test_results_come_in_the_asked_order(tmp_path: Path) -> None:
    """However they were computed together, and with their own arrays."""
    store = open_store(tmp_path / "sweep", {})
    kept(store, CELL, OTHER, results=["four", "eight"], gaps=np.array([0.25, 0.5]))

    assert store.results([OTHER, CELL]) == ["eight", "four"]
    assert [arrays["gaps"].tolist() for arrays in store.arrays([OTHER, CELL])] == [[0.25, 0.5]] * 2


def test_a_file_says_what_it_holds(tmp_path: Path) -> None:
    """Configuration, seed, versions, engine, device, worker and time stand beside the result."""
    store = open_store(tmp_path / "sweep", {})

    stored = read_json(kept(store, CELL, results=[7]).path)

    assert stored["cells"] == [
        {
            "configuration": CELL.configuration,
            "seed": CELL.seed,
            "engine": "native",
            "device": "cpu",
            "result": 7,
        }
    ]
    assert stored["plan"] == {"seconds": 4.0, "memory": 1000}
    assert (stored["scheduling"], stored["worker"], stored["seconds"]) == ("local", "here:1", 1.5)
    assert stored["processor"] == "a processor"
    assert "torch" in stored["versions"]


def test_another_sweep_is_refused(tmp_path: Path) -> None:
    """The sentence names what differs, and the folder stays as it was."""
    store = open_store(tmp_path / "sweep", {"preset": "quick", "epsilon": "1/10"})
    kept(store, CELL, results=[7])
    before = files(tmp_path / "sweep")

    with pytest.raises(ValueError, match="epsilon is '1/10', not '1/5'"):
        open_store(tmp_path / "sweep", {"preset": "quick", "epsilon": "1/5"})

    assert files(tmp_path / "sweep") == before


def test_other_versions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of two versions of torch never join one sweep."""
    open_store(tmp_path / "sweep", {})
    monkeypatch.setattr(
        "empirical.sweeps.store.version",
        lambda name: f"{name} of tomorrow" if name == "torch" else version(name),
    )

    with pytest.raises(ValueError, match="torch of tomorrow"):
        open_store(tmp_path / "sweep", {})


def test_files_of_unknown_origin_are_refused(tmp_path: Path) -> None:
    """Nothing is written among files that are no sweep's."""
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(ValueError, match="is not empty and ganproof did not make it"):
        open_store(tmp_path, {})

    assert files(tmp_path) == {"thesis.txt": "mine"}


def test_a_result_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    """NaN is no result: no part of a file is left."""
    store = open_store(tmp_path / "sweep", {})

    with pytest.raises(ValueError, match="not JSON compliant"):
        kept(store, CELL, results=[float("nan")])

    assert [path.name for path in store.folder.iterdir()] == ["configuration.json"]


def renamed(stored: StoredChunk, store: Store) -> None:
    stored.path.rename(stored.path.with_name(f"{OTHER.name}{SUFFIX}"))


def of_another_sweep(stored: StoredChunk, store: Store) -> None:
    other = open_store(store.folder.parent / "other", {"another": "sweep"})
    stored.path.write_bytes(kept(other, CELL, results=[7]).path.read_bytes())


def changed(stored: StoredChunk, store: Store) -> None:
    stored.path.write_text(stored.path.read_text().replace('"result": 7', '"result": 8'))


def cut_arrays(stored: StoredChunk, store: Store) -> None:
    assert stored.arrays is not None
    stored.arrays.write_bytes(stored.arrays.read_bytes()[:-1])


def another_type(stored: StoredChunk, store: Store) -> None:
    stored.path.write_text("[1]")


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (renamed, "other cells than its name says"),
        (of_another_sweep, "belongs to another sweep"),
        (changed, "not what its checksum says"),
        (cut_arrays, "arrays are not what its checksum says"),
        (another_type, "cannot be read"),
    ],
)
def test_a_damaged_file_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: object, fault: str
) -> None:
    """It does not count, one line says so, it is kept for whoever wants to look, and the rest stays."""
    store = open_store(tmp_path / "sweep", {})
    stored = kept(store, CELL, results=[7], gaps=np.zeros(2))
    safe = kept(store, Cell.of({"width": 2}), results=[5])
    assert callable(damage)
    damage(stored, store)

    with caplog.at_level(logging.WARNING):
        whole = store.mend()

    assert [chunk.path for chunk in whole] == [safe.path]
    assert len(caplog.messages) == 1
    assert "1 damaged files" in caplog.messages[0]
    assert fault in caplog.messages[0]
    assert len(list((store.folder / "damaged").iterdir())) == 1


def test_a_file_cut_anywhere_is_seen(tmp_path: Path) -> None:
    """Whatever its length, a shorter file never counts, but for the last line break, which says nothing."""
    store = open_store(tmp_path / "sweep", {})
    path = kept(store, CELL, results=[{"gap": 0.5}]).path
    whole = path.read_bytes()

    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        assert store.chunks()[0] == ()
    path.write_bytes(whole[:-1])

    assert store.results([CELL]) == [{"gap": 0.5}]


def test_a_cell_counts_once(tmp_path: Path) -> None:
    """A second file that holds a stored cell is a damaged one, whatever it says."""
    store = open_store(tmp_path / "sweep", {})
    kept(store, CELL, results=["alone"])
    kept(store, CELL, OTHER, results=["together", "other"])

    whole, faults = store.chunks()

    assert len(whole) == 1
    assert list(faults.values()) == ["another file holds one of its cells"]


@pytest.mark.parametrize("length", [0, 1, 40])
def test_a_cut_configuration_is_written_again(tmp_path: Path, length: int) -> None:
    """The chunks beside it say whose sweep this is; another sweep is refused as before."""
    store = open_store(tmp_path / "sweep", {"preset": "quick"})
    kept(store, CELL, results=[7])
    path = store.folder / "configuration.json"
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(ValueError, match=r"is damaged and no chunk in .* is of this sweep"):
        open_store(tmp_path / "sweep", {"preset": "full"})
    assert open_store(tmp_path / "sweep", {"preset": "quick"}).results([CELL]) == [7]
    with pytest.raises(ValueError, match="preset is 'quick', not 'full'"):
        open_store(tmp_path / "sweep", {"preset": "full"})
