"""The main job: one bar, one folder, and a second start that goes on where the first one stopped."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sympy as sp

from empirical import reproduce as job
from empirical.experiments import EXPERIMENTS
from empirical.reproduce import STAGES, Progress, Stage, check, reproduce
from empirical.storage import read_json, remembered
from tests.empirical.report.stored import verdict
from theory.relation import Relation

ROOT = Path(__file__).resolve().parents[2]


def experiment(calls: list[str]) -> Callable[[str, Path, Progress], object]:
    """A stage that stores one verdict, and remembers each time that it had to compute."""

    def run(preset: str, folder: Path, progress: Progress) -> object:
        def compute() -> object:
            calls.append(preset)
            return {"verdicts": [verdict(Relation.EQUALS, sp.Integer(1), 0.99, 1, 1.01)]}

        progress("half", 0.5)
        return remembered(folder / "result.json", compute)

    return run


def silent(stage: str, done: float) -> None:
    """Nobody watches."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One invented stage in the place of all; each computation is listed."""
    listed: list[str] = []
    stage = Stage("optimal-discriminator", "experiments/optimal_discriminator", 1, experiment(listed))
    monkeypatch.setattr(job, "STAGES", (stage, Stage("later", "later", 3, lambda *_: None)))
    monkeypatch.setattr(job, "CHECKS", (stage,))
    return listed


def test_the_page_and_the_verdicts_are_written(calls: list[str], tmp_path: Path) -> None:
    """One folder holds the page, the verdicts, and the configuration that made them."""
    results = reproduce("quick", tmp_path / "out", silent)

    assert (tmp_path / "out" / "index.html").read_text().startswith("<!doctype html>")
    assert read_json(tmp_path / "out" / "verdicts.json")["counts"] == {"HOLDS": 1, "FAILS": 0, "UNDECIDED": 0}
    assert read_json(tmp_path / "out" / "configuration.json")["preset"] == "quick"
    assert len(results.verdicts) == 1


def test_a_second_run_computes_nothing(calls: list[str], tmp_path: Path) -> None:
    """What is stored is found again, and the page has the same bytes."""
    reproduce("quick", tmp_path / "out", silent)
    first = (tmp_path / "out" / "index.html").read_bytes()

    reproduce("quick", tmp_path / "out", silent)

    assert calls == ["quick"]
    assert (tmp_path / "out" / "index.html").read_bytes() == first


def test_another_preset_is_refused_and_nothing_written(calls: list[str], tmp_path: Path) -> None:
    """The folder of another preset stays as it was."""
    reproduce("quick", tmp_path / "out", silent)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}

    with pytest.raises(ValueError, match="preset is 'quick', not 'full'"):
        reproduce("full", tmp_path / "out", silent)

    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


def test_a_check_and_a_reproduction_do_not_mix(calls: list[str], tmp_path: Path) -> None:
    """The two commands refuse each other's folders."""
    check(["optimal-discriminator"], "quick", tmp_path / "out", silent)

    with pytest.raises(ValueError, match="command is 'check', not 'reproduce'"):
        reproduce("quick", tmp_path / "out", silent)


def test_the_bar_never_runs_back(calls: list[str], tmp_path: Path) -> None:
    """Shares rise from 0 to 1 through all stages, each named."""
    seen: list[tuple[str, float]] = []

    reproduce("quick", tmp_path / "out", lambda stage, done: seen.append((stage, done)))

    shares = [done for _, done in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert any(stage.startswith("later") for stage, _ in seen)


def test_every_experiment_is_run_by_the_job() -> None:
    """The job has a stage for each experiment, and no two stages share a folder."""
    assert EXPERIMENTS.keys() <= {stage.name for stage in STAGES}
    assert len({stage.folder for stage in STAGES}) == len(STAGES)


# Two real stages, made small: one theorem, and a training that can be met in the middle.
KILLED = """
import sys
from pathlib import Path
import theory
theory.catalog = theory.catalog[:1]
from empirical import reproduce as job
job.STAGES = tuple(stage for stage in job.STAGES if stage.name in ("proofs", "support of the digits"))
from empirical.experiments import digits_support
digits_support.BUDGETS = {"quick": digits_support.Budget(runs=1, steps=6000, samples=800)}
job.reproduce("quick", Path(sys.argv[1]), lambda stage, done: print(stage, flush=True))
"""


def started(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", KILLED, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finished(folder: Path) -> dict[str, object]:
    """Runs to the end; what is stored, without the seconds that proofs took."""
    with started(folder) as alone:
        alone.communicate()
    assert alone.returncode == 0
    proofs = re.sub(r'"seconds": [-+.e\d]+', "", (folder / "proofs.json").read_text())
    return {"proofs": proofs, "digits": read_json(folder / "digits" / "result.json")}


def test_a_killed_job_goes_on_to_the_same_results(tmp_path: Path) -> None:
    """SIGKILL in the middle of training, then a second start: the same numbers as one left alone."""
    folder = tmp_path / "killed"
    with started(folder) as killed:
        assert killed.stdout is not None
        next(line for line in killed.stdout if re.search(r"step [1-5]\d*\b", line))
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    assert not (folder / "digits" / "result.json").exists()
    proofs_before = (folder / "proofs.json").stat().st_mtime_ns

    after = finished(folder)

    assert after == finished(tmp_path / "alone")
    assert (folder / "proofs.json").stat().st_mtime_ns == proofs_before
