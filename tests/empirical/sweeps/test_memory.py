"""Memory is estimated before anything starts: chunks and workers shrink to fit, or the sweep is refused."""

from pathlib import Path

import pytest

from empirical.sweeps import Cell, Finished, Work, chunks
from empirical.sweeps.memory import WORKER, available_memory, fitting_plan, fitting_workers

GIB = 1 << 30


def work(memory: int) -> Work:
    """Cells that need this much, of one shape, in no time."""
    return Work(
        lambda cells: [Finished(0)] * len(cells), lambda cell: "", lambda cell: 0.01, lambda cell: memory
    )


CELLS = [Cell.of({"number": number}) for number in range(10)]


def machine(root: Path, free: int, **files: str) -> Path:
    """A root folder that tells of a machine with this much free memory, and of control groups."""
    (root / "proc").mkdir()
    (root / "proc/meminfo").write_text(f"MemTotal: 99999999999 kB\nMemAvailable: {free >> 10} kB\n")
    groups = root / "sys/fs/cgroup"
    (groups / "memory").mkdir(parents=True)
    for name, text in files.items():
        (groups / name.replace("__", "/").replace("_DOT_", ".")).write_text(text)
    return root


def test_the_machine_limits(tmp_path: Path) -> None:
    """Without a control group, what the machine has free; here, less than it has in all."""
    assert available_memory(machine(tmp_path, 3 * GIB)) == 3 * GIB
    assert 0 < available_memory() < 1 << 50


@pytest.mark.parametrize(
    ("limit", "free"), [(str(2 * GIB), 2 * GIB - 700 + 200), ("max", 3 * GIB), (str(9 * GIB), 3 * GIB)]
)
def test_a_control_group_limits(tmp_path: Path, limit: str, free: int) -> None:
    """The limit less what is used, where idle pages of files do not count; "max" is none."""
    root = machine(
        tmp_path,
        3 * GIB,
        memory_DOT_max=limit,
        memory_DOT_current="700",
        memory_DOT_stat="anon 400\ninactive_file 200\n",
    )

    assert available_memory(root) == free


def test_a_control_group_of_version_one_limits(tmp_path: Path) -> None:
    """Under its other names."""
    root = machine(
        tmp_path,
        3 * GIB,
        memory__memory_DOT_limit_in_bytes=str(GIB),
        memory__memory_DOT_usage_in_bytes="700",
        memory__memory_DOT_stat="inactive_file 0\n",
    )

    assert available_memory(root) == GIB - 700


def test_chunks_shrink_to_fit() -> None:
    """Ten cells of 100 MiB for two workers: together in 4 GiB, a few at a time in 2 GiB."""
    hundred = work(100 << 20)
    sizes = {
        free: [
            len(chunk.cells) for chunk in chunks(CELLS, hundred, fitting_plan(CELLS, hundred, 2, free * GIB))
        ]
        for free in (2, 4)
    }

    assert sizes == {4: [10], 2: [4, 4, 2]}
    for free, of in sizes.items():
        assert 2 * (max(of) * (100 << 20) + WORKER) <= 0.8 * free * GIB


def test_workers_are_fewer_where_cells_are_large(caplog: pytest.LogCaptureFixture) -> None:
    """Two workers with 1 GiB each do not fit into 3 GiB, one does, and a line says so."""
    large = work(GIB)
    planned = chunks(CELLS, large, fitting_plan(CELLS, large, 2, 3 * GIB))

    assert fitting_workers(planned, 2, 3 * GIB) == 1
    assert fitting_workers(planned, 2, 4 * GIB) == 2
    assert caplog.messages == [
        "1 of 2 workers are used: each may need 1.39 GiB of memory and 3.00 GiB are free"
    ]


def test_a_cell_that_does_not_fit_is_refused_with_the_number() -> None:
    """Before anything starts; the same cell fits into a larger machine."""
    large = work(2 * GIB)
    plan = fitting_plan(CELLS, large, 2, 8 * GIB)

    with pytest.raises(ValueError, match=r"2.00 GiB of memory are needed at once and 2.00 GiB are free"):
        fitting_plan(CELLS, large, 2, 2 * GIB)
    with pytest.raises(ValueError, match=r"2.00 GiB of memory are needed at once and 1.00 GiB are free"):
        fitting_workers(chunks(CELLS, large, plan), 2, GIB)
