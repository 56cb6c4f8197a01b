"""An engine computes what the store lacks, once, and goes on after a kill at any moment."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from empirical.sweeps import Cell, Store, grid, one_by_one, open_store, sweep

CELLS = grid({}, number=list(range(6)))

SLOW_SWEEP = """
import time
from pathlib import Path
from empirical.sweeps import Cell, grid, one_by_one, open_store, sweep

def compute(cell: Cell) -> dict:
    time.sleep(0.05)
    return {"square": cell.configuration["number"] ** 2, "seed": cell.seed}

if __name__ == "__main__":
    print("begun", flush=True)
    cells = grid({}, number=list(range(20)))
    sweep(one_by_one(compute), cells, open_store(Path("sweep"), {}), workers=WORKERS)
"""


def square(cell: Cell) -> int:
    """Top-level, so that workers can import it."""
    return cell.configuration["number"] ** 2


def where(cell: Cell) -> list[int]:
    """The process that computed the cell and its torch threads."""
    import torch

    return [os.getpid(), torch.get_num_threads()]


def fail_at_three(cell: Cell) -> int:
    """A cell that breaks."""
    if cell.configuration["number"] == 3:
        raise ArithmeticError("cell three broke")
    return square(cell)


def test_results_come_in_the_order_of_the_cells(tmp_path: Path) -> None:
    """Whatever order they were computed in before."""
    store = open_store(tmp_path / "sweep", {})
    sweep(one_by_one(square), CELLS[3:], store, workers=1)

    assert sweep(one_by_one(square), CELLS, store, workers=1) == [0, 1, 4, 9, 16, 25]


def test_no_cell_is_computed_twice(tmp_path: Path) -> None:
    """Finished cells are read; only open ones are computed."""
    computed: list[int] = []

    def counted(cell: Cell) -> int:
        computed.append(cell.configuration["number"])
        return square(cell)

    store = open_store(tmp_path / "sweep", {})
    sweep(one_by_one(counted), CELLS[:4], store, workers=1)
    sweep(one_by_one(counted), CELLS, store, workers=1)

    assert computed == [0, 1, 2, 3, 4, 5]


def test_workers_are_processes_with_one_thread(tmp_path: Path) -> None:
    """Two workers share the cells, neither is this process, and torch does not oversubscribe the cores."""
    results = sweep(one_by_one(where), CELLS, open_store(tmp_path / "sweep", {}), workers=2)

    assert os.getpid() not in {process for process, _ in results}
    assert {threads for _, threads in results} == {1}


def test_progress_ends_at_one(tmp_path: Path) -> None:
    """Shares never fall, and a resumed sweep begins where it stands."""
    store = open_store(tmp_path / "sweep", {})
    seen: list[float] = []
    sweep(one_by_one(square), CELLS[:3], store, workers=1)
    sweep(one_by_one(square), CELLS, store, workers=1, progress=lambda _, share: seen.append(share))

    assert seen == sorted(seen)
    assert seen[0] == 0.5
    assert seen[-1] == 1.0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_cell_is_raised_and_the_others_are_kept(tmp_path: Path, workers: int) -> None:
    """The fault reaches the caller; what was finished before stays finished."""
    store = open_store(tmp_path / "sweep", {})

    with pytest.raises(ArithmeticError, match="cell three broke"):
        sweep(one_by_one(fail_at_three), CELLS, store, workers=workers)

    assert CELLS[3] not in store
    assert store.result(CELLS[0]) == 0


def test_a_missing_engine_is_one_sentence(tmp_path: Path) -> None:
    """Asking for a cluster says what to use instead, before anything is computed."""
    store = Store(tmp_path)
    with pytest.raises(ValueError, match=r"'dask' is not available.*use the engine 'local'"):
        sweep(one_by_one(square), CELLS, store, engine="dask")
    with pytest.raises(ValueError, match="at least one worker"):
        sweep(one_by_one(square), CELLS, store, workers=0)


def _results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_sweep_goes_on_to_the_same_results(tmp_path: Path, workers: int) -> None:
    """SIGKILL at random moments, then a run to the end: every file equals that of a sweep left alone."""
    script = tmp_path / "slow_sweep.py"
    script.write_text(SLOW_SWEEP.replace("WORKERS", str(workers)))
    killed, alone = tmp_path / "killed", tmp_path / "alone"
    killed.mkdir()
    alone.mkdir()
    moments = random.Random(workers)

    for _ in range(3 - workers):
        process = subprocess.Popen(
            [sys.executable, str(script)], cwd=killed, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(moments.uniform(0.1, 0.9) + 1.5 * (workers - 1))  # workers first import torch
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    for folder in (killed, alone):
        subprocess.run([sys.executable, str(script)], cwd=folder, check=True, capture_output=True)

    assert _results(killed / "sweep") == _results(alone / "sweep")
    assert len(_results(alone / "sweep")) == 20 + 1  # the cells and the configuration
