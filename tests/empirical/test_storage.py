"""Stored results: whole or absent, and never another configuration's."""

import os
from pathlib import Path

import numpy as np
import pytest

from empirical.storage import (
    claim_folder,
    read_arrays,
    read_json,
    remembered,
    write_arrays,
    write_json,
    write_text,
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Reading gives back what was written, in folders that did not exist."""
    write_json(tmp_path / "a" / "b.json", {"x": [1, None, "é"]})

    assert read_json(tmp_path / "a" / "b.json") == {"x": [1, None, "é"]}


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """A value without a JSON form raises and the file stays as it was, with nothing beside it."""
    path = tmp_path / "a.json"
    write_json(path, 1)

    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, float("nan"))

    assert read_json(path) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_result_is_computed_once(tmp_path: Path) -> None:
    """A stored result is reused; it is not computed again."""
    calls: list[int] = []

    def compute() -> int:
        calls.append(1)
        return 7

    results = [remembered(tmp_path / "a.json", compute) for _ in range(2)]

    assert results == [7, 7]
    assert len(calls) == 1


def test_a_folder_is_taken_up_by_its_own_configuration(tmp_path: Path) -> None:
    """The same configuration finds its folder and leaves it alone."""
    claim_folder(tmp_path / "out", {"preset": "quick"})
    before = (tmp_path / "out" / "configuration.json").stat().st_mtime_ns

    claim_folder(tmp_path / "out", {"preset": "quick"})

    assert (tmp_path / "out" / "configuration.json").stat().st_mtime_ns == before


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    """The sentence names what differs, and nothing is written."""
    claim_folder(tmp_path, {"preset": "quick"})

    with pytest.raises(ValueError, match="preset is 'quick', not 'full'"):
        claim_folder(tmp_path, {"preset": "full"})

    assert read_json(tmp_path / "configuration.json") == {"preset": "quick"}


def test_a_folder_of_unknown_origin_is_refused(tmp_path: Path) -> None:
    """Files that ganproof did not write are never joined by its own."""
    write_text(tmp_path / "thesis.txt", "mine")

    with pytest.raises(ValueError, match="is not empty and ganproof did not make it"):
        claim_folder(tmp_path, {"preset": "quick"})

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_claims_at_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process is faster between the look and the write: the same sweep joins, another is refused."""
    link = os.link

    def overtaken(source: Path, target: Path) -> None:
        if not Path(target).exists():
            Path(target).write_text('{"preset": "full"}')
        link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    claim_folder(tmp_path / "same", {"preset": "full"})
    with pytest.raises(ValueError, match="preset is 'full', not 'quick'"):
        claim_folder(tmp_path / "other", {"preset": "quick"})

    assert [path.name for path in (tmp_path / "other").iterdir()] == ["configuration.json"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """An output folder that is a file is refused in one sentence."""
    write_text(tmp_path / "out", "mine")

    with pytest.raises(ValueError, match="is a file"):
        claim_folder(tmp_path / "out", {"preset": "quick"})


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """What is not JSON raises with the path."""
    write_text(tmp_path / "a.json", "{")

    with pytest.raises(ValueError, match=r"a\.json cannot be read as JSON"):
        read_json(tmp_path / "a.json")


def test_arrays_come_back(tmp_path: Path) -> None:
    """Values and types are those that were written, and no part of a file is left beside it."""
    arrays = {"a": np.array([0.5, -np.inf]), "b": np.array([[True], [False]])}

    write_arrays(tmp_path / "x" / "arrays.npz", arrays)
    found = read_arrays(tmp_path / "x" / "arrays.npz")

    assert {name: (value.dtype, value.tolist()) for name, value in found.items()} == {
        name: (value.dtype, value.tolist()) for name, value in arrays.items()
    }
    assert len(list((tmp_path / "x").iterdir())) == 1


def test_objects_are_no_arrays(tmp_path: Path) -> None:
    """What only a pickle could hold is neither written nor read."""
    with pytest.raises(TypeError, match="Python objects"):
        write_arrays(tmp_path / "a.npz", {"a": np.array([{}], dtype=object)})
    np.savez(tmp_path / "b.npz", b=np.array([{}], dtype=object))

    assert not (tmp_path / "a.npz").exists()
    with pytest.raises(ValueError, match="cannot be read as arrays"):
        read_arrays(tmp_path / "b.npz")


def test_a_refusal_names_the_first_leaves_that_differ(tmp_path: Path) -> None:
    """Three of them, inside objects and lists, too; what is equal beside them is not told."""
    wide = {"train": {"steps": 3, "rate": 0.5}, "widths": [4, 8], "gone": 1, "same": list(range(999))}
    claim_folder(tmp_path / "run", wide)

    with pytest.raises(ValueError) as refused:
        claim_folder(
            tmp_path / "run", {**wide, "train": {"steps": 4, "rate": 0.5}, "widths": [4, 16], "new": None}
        )
    assert "(train.steps is 3, not 4; widths[1] is 8, not 16; new is not there, and None is wanted)" in str(
        refused.value
    )

    with pytest.raises(ValueError, match=r"0 is 0, not 1; .*2 is 0, not 1; 7 more\)"):
        claim_folder(tmp_path / "ten", dict.fromkeys(map(str, range(10)), 0))
        claim_folder(tmp_path / "ten", dict.fromkeys(map(str, range(10)), 1))
