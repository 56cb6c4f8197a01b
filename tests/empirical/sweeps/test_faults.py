"""Whatever happens to a sweep: nothing stored is lost or doubled, and the table is the same to the bit."""

import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from empirical.sweeps import chunk_file, open_store, status, sweep, writer
from empirical.sweeps.chunk_file import SUFFIX
from empirical.sweeps.index import INDEX
from tests.empirical.sweeps import driver
from tests.empirical.sweeps.driver import CELLS, CLOCK, FEW, LOG, ONCE, PLANT, SECONDS

ROOT = Path(__file__).resolve().parents[3]


def job(*arguments: object, prefix: tuple[str, ...] = (), **environment: Any) -> subprocess.Popen[str]:
    """A job of the driver, in a process of its own."""
    command = [*prefix, sys.executable, "-m", "tests.empirical.sweeps.driver", *map(str, arguments)]
    told = os.environ | {name: str(value) for name, value in environment.items()}
    return subprocess.Popen(
        command, cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def lines(process: subprocess.Popen[str], seconds: float = 60.0) -> list[str]:
    """What a job says until it ends.

    Raises:
        RuntimeError: it failed; its last line of error says why.
    """
    out, err = process.communicate(timeout=seconds)
    if process.returncode:
        raise RuntimeError(err.strip().splitlines()[-1])
    return out.splitlines()


def told(said: list[str]) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in said if line.startswith("{")]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The table of a sweep that was left alone, and its store, which tests may copy."""
    folder = tmp_path_factory.mktemp("undisturbed") / "sweep"
    return driver.table(folder), folder


@pytest.fixture(scope="module")
def halfway(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the disk holds in the middle of a sweep: its store, copied while it grows."""
    folder = tmp_path_factory.mktemp("halfway")

    def copy(sentence: str, share: float) -> None:
        if share > 0.5 and not (folder / "copy").exists():
            shutil.copytree(folder / "sweep", folder / "copy")

    sweep(driver.WORK, CELLS, open_store(folder / "sweep", driver.NAMED), workers=1, progress=copy)
    return folder / "copy"


@pytest.mark.parametrize("workers", [1, 2])
def test_the_writer_is_killed_at_random_moments(
    tmp_path: Path, undisturbed: tuple[str, Path], workers: int
) -> None:
    """SIGKILL, ten times with one worker and ten with two.

    The driver checks after each that all stored chunks are whole, have not been written again, and were not
    computed again.
    """
    log = tmp_path / "log"
    said = told(lines(job("kill-writer", tmp_path / "sweep", workers, 10, 11, **{LOG: log, SECONDS: 0.01})))

    assert len(said) == 10
    assert len({count["stored"] for count in said}) >= 5  # the kills came amid the work
    assert said[-1]["stored"] < len(CELLS)
    assert driver.table(tmp_path / "sweep") == undisturbed[0]
    assert driver.stored(tmp_path / "sweep") == {cell.name for cell in CELLS}


def test_the_writer_is_killed_at_each_step_of_storing(tmp_path: Path) -> None:
    """Before every write, flush, rename and index update, one after another; then it ends as if alone."""
    alone = driver.table(tmp_path / "alone", 1, FEW)
    said = lines(job("fail-at-each-step", tmp_path, "kill"))

    tables = [line for line in said if line.startswith("[")]
    assert len(tables) >= 20
    assert set(tables) == {alone}
    assert {count["stored"] for count in told(said)} == {0, 2, 4}


@pytest.mark.parametrize(
    ("planted", "fault"), [("in place", "damaged files"), ("forgetful", "written again")]
)
def test_killing_finds_planted_faults(tmp_path: Path, planted: str, fault: str) -> None:
    """The control: a store that writes in place, or that forgets what it holds, turns the same jobs red."""
    environment = {PLANT: planted, LOG: tmp_path / "log"}
    if planted == "in place":
        process = job("fail-at-each-step", tmp_path, "kill", **environment)
    else:
        process = job("kill-writer", tmp_path / "sweep", 1, 10, 11, **environment)

    with pytest.raises(RuntimeError, match=fault):
        lines(process)


def test_workers_are_killed_at_random_moments(tmp_path: Path, undisturbed: tuple[str, Path]) -> None:
    """SIGKILL of 20 workers while the sweep runs: each is replaced and its chunk is given out again."""
    log = tmp_path / "log"
    said = told(lines(job("kill-workers", tmp_path / "sweep", 20, 3, **{LOG: log, SECONDS: 0.01})))

    assert said == [{"kills": 20}]
    assert driver.table(tmp_path / "sweep") == undisturbed[0]
    done = driver.computed(log)
    assert set(done) == {cell.name for cell in CELLS}
    assert len(done) > len(CELLS)  # what was killed in its chunk was computed once more
    assert len(driver.stored(tmp_path / "sweep")) == len(CELLS)


def test_a_table_with_a_changed_result_is_another(
    tmp_path: Path, undisturbed: tuple[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    """The control of every comparison: one last digit, with a checksum made to fit, changes the table.

    Without such a checksum the file is set aside and the cell computed again, to the same bit.
    """
    copy = tmp_path / "sweep"
    shutil.copytree(undisturbed[1], copy)
    path = sorted(copy.glob(f"*{SUFFIX}"))[0]
    body = json.loads(path.read_text())
    body["cells"][0]["result"]["gap"] *= 1 + 2**-52
    path.write_text(json.dumps(body))

    assert driver.table(copy) == undisturbed[0]
    assert "1 damaged files" in caplog.text

    path.write_text(json.dumps(driver.with_checksum(body)))
    assert driver.table(copy) != undisturbed[0]


def test_a_worker_that_hangs_is_replaced(
    tmp_path: Path, undisturbed: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped worker neither answers nor ends; after a second it is, and its chunk is given out again."""
    monkeypatch.setenv(ONCE, str(tmp_path / "hung"))

    assert driver.table(tmp_path / "sweep", 2) == undisturbed[0]
    assert (tmp_path / "hung").exists()


def test_the_clock_is_set_back(tmp_path: Path, undisturbed: tuple[str, Path]) -> None:
    """By a day at every third reading, in the writer and in the workers, one of which hangs.

    It is noticed as soon as ever, and no result depends on the time of day.
    """
    lines(job("run", tmp_path / "sweep", 2, **{CLOCK: 3, ONCE: tmp_path / "hung"}), seconds=30.0)

    assert (tmp_path / "hung").exists()
    assert driver.table(tmp_path / "sweep") == undisturbed[0]


def test_the_clock_matters_to_a_planted_fault(tmp_path: Path) -> None:
    """The control: with deadlines by the clock of the day, the same sweep waits for its hung worker."""
    process = job("run", tmp_path / "sweep", 2, **{CLOCK: 3, ONCE: tmp_path / "hung", PLANT: "wall clock"})
    deadline = time.monotonic() + 30
    while not (tmp_path / "hung").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=2.5)  # more than twice the patience
        assert 0 < len(driver.stored(tmp_path / "sweep")) < len(CELLS)
    finally:
        process.kill()
        process.communicate()


def private_mounts() -> tuple[str, ...]:
    """The command that allows a job to mount a file system which nobody else sees, where the system does."""
    for command in (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount")):
        if shutil.which("unshare") and not subprocess.run([*command, "true"], capture_output=True).returncode:
            return command
    return ()


def test_the_disk_is_full(tmp_path: Path, undisturbed: tuple[str, Path]) -> None:
    """A small tmpfs that grows until the sweep fits, or a limit on file lengths where none can be mounted.

    Each time one sentence, nothing lost, and the next start goes on.
    """
    process = job("fill-the-disk", tmp_path / "disk", tmp_path / "answer", prefix=private_mounts())
    said = told(lines(process))

    counts = [count["stored"] for count in said]
    assert len(said) >= 3
    assert counts == sorted(counts)
    assert all("no space is left to write" in str(count["sentence"]) for count in said)
    assert (tmp_path / "answer").read_text() == undisturbed[0]


def test_the_disk_is_full_at_each_step_of_storing(tmp_path: Path) -> None:
    """Every write, flush and rename fails once, one after another: one sentence, and it ends as if alone."""
    alone = driver.table(tmp_path / "alone", 1, FEW)
    said = lines(job("fail-at-each-step", tmp_path, "no-space"))

    sentences = [line for line in said if line.startswith("NoSpace")]
    tables = [line for line in said if line.startswith("[")]
    assert len(sentences) == len(tables) >= 15
    assert set(tables) == {alone}


@pytest.mark.parametrize("steps", [True, False])
def test_a_full_disk_finds_a_planted_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: bool
) -> None:
    """The control of both: a store that writes in place leaves half a file, and the same jobs turn red."""
    monkeypatch.setenv(PLANT, "in place")
    if steps:
        process = job("fail-at-each-step", tmp_path, "no-space")
    else:
        process = job("fill-the-disk", tmp_path / "disk", tmp_path / "answer", prefix=private_mounts())

    with pytest.raises(RuntimeError, match="damaged files"):
        lines(process)


def cuts(folder: Path) -> Iterator[Path]:
    """One file of each kind that a store holds."""
    chunks = sorted(folder.glob(f"*{SUFFIX}"))
    yield chunks[0]
    yield chunks[-1]
    yield sorted(folder.glob("*.npz"))[0]
    for name in ("configuration.json", "lock", INDEX, f"{INDEX}-wal", f"{INDEX}-shm"):
        yield folder / name


@pytest.mark.parametrize("seed", [0, 1])
def test_a_store_is_cut_at_random_bytes(
    tmp_path: Path, undisturbed: tuple[str, Path], halfway: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Each kind of file of a half-finished store is cut, one by one and all together.

    What was cut is computed or built again, with a line that says so, and the table is the same.
    """
    draws = random.Random(seed)
    kinds = len(list(cuts(halfway)))
    for number in (*range(kinds), None):
        copy = tmp_path / str(number)
        shutil.copytree(halfway, copy)
        (copy / f".{SUFFIX}.99.part").write_bytes(b"half a fi")
        paths = list(cuts(copy))
        for path in paths if number is None else [paths[number]]:
            assert path.stat().st_size, path
            os.truncate(path, draws.randrange(path.stat().st_size))
        caplog.clear()

        with caplog.at_level(logging.WARNING):
            assert driver.table(copy) == undisturbed[0]

        cut = paths[number].name if number is not None else "all"
        if cut.endswith((SUFFIX, ".npz")):
            assert "1 damaged files" in caplog.text
        if cut == INDEX:
            assert "is built again from the files" in caplog.text
        assert not list(copy.glob(".*.part"))
        assert status(copy).done == len(CELLS)


def test_cuts_matter_to_a_store_that_takes_them(
    tmp_path: Path, halfway: Path, undisturbed: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: where arrays are not compared with their checksum, a cut file ends in no table.

    The arrays of another chunk, whole but not its own, even end in a wrong one.
    """
    monkeypatch.setattr(chunk_file, "_check_arrays", lambda path, checksum: None)
    cut, exchanged = tmp_path / "cut", tmp_path / "exchanged"
    for copy in (cut, exchanged):
        shutil.copytree(halfway, copy)
    first, second, *_ = sorted(path.name for path in halfway.glob("*.npz"))
    os.truncate(cut / first, (cut / first).stat().st_size // 2)
    (exchanged / first).write_bytes((exchanged / second).read_bytes())

    with pytest.raises(chunk_file.Damaged, match="arrays cannot be read"):
        driver.table(cut)
    assert driver.table(exchanged) != undisturbed[0]


def test_an_index_that_lies_changes_nothing(
    tmp_path: Path, halfway: Path, undisturbed: tuple[str, Path]
) -> None:
    """Random bytes of it are changed: results come from the files alone."""
    for seed in range(3):
        copy = tmp_path / str(seed)
        shutil.copytree(halfway, copy)
        content = bytearray((copy / INDEX).read_bytes())
        for at in random.Random(seed).choices(range(len(content)), k=50):
            content[at] ^= 0xFF
        (copy / INDEX).write_bytes(content)

        assert driver.table(copy) == undisturbed[0]


def test_two_sweeps_on_one_store(tmp_path: Path, undisturbed: tuple[str, Path]) -> None:
    """The second is refused with the process of the first, which can be watched and ends as if alone."""
    log = tmp_path / "log"
    process = job("run", tmp_path / "sweep", 1, **{LOG: log, SECONDS: 0.01})
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    deadline = time.monotonic() + 30
    while writer(tmp_path / "sweep") is None and time.monotonic() < deadline:
        time.sleep(0.01)

    with pytest.raises(ValueError, match=rf"is being written by process {process.pid} on .*--watch"):
        driver.table(tmp_path / "sweep")
    assert 0 <= watched(tmp_path / "sweep") < len(CELLS)
    lines(process)

    assert driver.table(tmp_path / "sweep") == undisturbed[0]
    assert sorted(driver.computed(log)) == sorted(cell.name for cell in CELLS)


def watched(folder: Path) -> int:
    """How many cells are done, as soon as there is an index."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return status(folder).done
        except ValueError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


@pytest.mark.parametrize("planted", ["", "unlocked"])
def test_two_sweeps_started_at_once(tmp_path: Path, undisturbed: tuple[str, Path], planted: str) -> None:
    """On a folder that does not exist yet: one of them works.

    Without the lock, the control, both do, and cells are computed twice.
    """
    log = tmp_path / "log"
    both = [job("run", tmp_path / "sweep", 1, **{LOG: log, PLANT: planted, SECONDS: 0.02}) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]

    computed = driver.computed(log)
    if planted:
        assert len(computed) > len(CELLS)
    else:
        assert sorted(computed) == sorted(cell.name for cell in CELLS)
        refused = [err for process, (_, err) in zip(both, said, strict=True) if process.returncode]
        assert len(refused) <= 1  # none, if one of them began after the other had ended
        assert all("is being written by process" in err for err in refused)
        assert driver.table(tmp_path / "sweep") == undisturbed[0]


def test_ctrl_c_ends_all_processes(tmp_path: Path) -> None:
    """SIGINT to the whole group, as a terminal sends it: the sweep ends, and no worker is left."""
    process = job("run", tmp_path / "sweep", 2, prefix=("setsid",), **{SECONDS: 0.05})
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(f"sweep/*{SUFFIX}")) and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = driver.spawned(process.pid)

    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)

    assert len(workers) == 2
    assert "KeyboardInterrupt" in err
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
