"""A sweep is seen from outside while it runs, and the watching ends with it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from empirical.sweeps import Cell, grid, one_by_one, open_store, sweep
from empirical.sweeps.watch import look, watch

ROOT = Path(__file__).resolve().parents[3]
SWEEP = """
import sys
from pathlib import Path
from empirical.sweeps import grid, one_by_one, open_store, sweep
from tests.empirical.sweeps.test_watch import slow, said

cells = grid({}, number=list(range(30)))
sweep(one_by_one(slow, summary=said), cells, open_store(Path(sys.argv[1]), {}), workers=1)
"""


def slow(cell: Cell) -> int:
    """A cell that takes its time."""
    time.sleep(0.1)
    return cell.configuration["number"]


def said(result: int) -> str:
    """One phrase of a result."""
    return f"number {result}"


def test_a_running_sweep_is_watched_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From another process, by the folder of its experiment.

    Its writer is named, finished cells only grow in number, and the last look finds all and no writer.
    """
    monkeypatch.setattr("empirical.sweeps.watch.GRACE", 0.2)
    running = subprocess.Popen([sys.executable, "-c", SWEEP, str(tmp_path / "cells")], cwd=ROOT)
    try:
        while not list(tmp_path.glob("*/index.sqlite")):
            time.sleep(0.02)
        time.sleep(0.2)
        seen = list(watch(tmp_path, pause=0.1))
    finally:
        assert running.wait(60) == 0

    done = [each.status.done for each in seen]
    assert done == sorted(done)
    assert done[0] < done[-1] == 30
    assert f"process {running.pid} on " in (seen[0].writer or "")
    assert seen[-1].writer is None and seen[-1].finished
    assert seen[-1].status.recent[0] == "number 29"


def test_of_several_sweeps_the_newest_is_shown(tmp_path: Path) -> None:
    """An experiment may keep several stores; without a writer the last one written counts."""
    for name in ("b", "a"):
        sweep(one_by_one(slow), grid({}, number=[1]), open_store(tmp_path / name, {}), workers=1)

    assert look(tmp_path).store.name == "a"


def test_a_folder_without_a_sweep_is_refused(tmp_path: Path) -> None:
    """It may not exist, or hold other things."""
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ValueError, match="holds no sweep: give --out"):
            look(folder)
