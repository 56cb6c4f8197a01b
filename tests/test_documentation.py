"""What the documentation shows works: its commands run, and its theorem is checked as it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from empirical.cli import density_work
from empirical.networks import load_module
from tests.empirical.cli.command import Command

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDE = ROOT / "docs" / "guide" / "add_a_theorem.md"
DENSITIES = ROOT / "docs" / "guide" / "exact_densities.md"
LIKELIHOODS = ROOT / "docs" / "guide" / "exact_likelihoods.md"
SWEEPS = ROOT / "docs" / "guide" / "sweeps.md"
# The other commands train, take all proofs, or need files of the user's own.
QUICK = ("ganproof list", "ganproof predict", "ganproof cite", "ganproof prove optimal-discriminator")


def shown_commands() -> list[str]:
    """Every line of a shell block that calls ganproof, without its comment."""
    blocks = [
        block for page in PAGES for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("ganproof ")]


def plain_pytest(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Runs ``pytest my_theorems.py`` in a folder that holds nothing else."""
    (folder / "my_theorems.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "my_theorems.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def example() -> str:
    """The file that the guide shows."""
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return block


def test_the_documentation_shows_commands() -> None:
    """The lists that the next tests run over are not empty, and each quick command is shown."""
    assert all(any(line.startswith(quick) for line in shown_commands()) for quick in QUICK)
    assert any(not line.startswith(QUICK) for line in shown_commands())


@pytest.mark.parametrize("line", sorted({line for line in shown_commands() if line.startswith(QUICK)}))
def test_a_shown_command_runs(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Each quick command of the documentation succeeds as it stands there."""
    answer = Command(capsys)(*shlex.split(line)[1:])

    assert answer.code == 0, answer.err


@pytest.mark.parametrize("line", sorted({line for line in shown_commands() if not line.startswith(QUICK)}))
def test_a_shown_command_exists(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Each longer command of the documentation has the options that are shown with it."""
    words = shlex.split(line)
    explained = Command(capsys)(words[1], "--help")

    assert explained.code == 0
    assert all(word in explained.out for word in words if word.startswith("--"))


def test_the_readmes_program_runs(tmp_path: Path) -> None:
    """The program for a law of one's own runs in an empty folder and saves a generator that loads."""
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    command = [sys.executable, "-c", f"{program}\nprint(law.certificate.holds)"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert result.stdout == "True\n", result.stderr
    assert load_module(tmp_path / "generator.safetensors")[0].in_features == 2


@pytest.mark.parametrize("number", [0, 1])
def test_the_programs_on_likelihoods_run(tmp_path: Path, number: int) -> None:
    """Each program of the guide to likelihoods runs by itself in an empty folder."""
    program = re.findall(r"```python\n(.*?)```", LIKELIHOODS.read_text(), re.DOTALL)[number]
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert "nats beside" in result.stdout or "True" in result.stdout


def test_the_guides_sweep_runs_twice(tmp_path: Path) -> None:
    """The second run says the same; in between one file is cut, which a line of it tells."""
    (program,) = re.findall(r"```python\n(.*?)```", SWEEPS.read_text(), re.DOTALL)
    (tmp_path / "sweep.py").write_text(program)
    said = []
    for _ in range(2):
        result = subprocess.run(
            [sys.executable, "sweep.py"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        said.append((result.stdout, "set aside" in result.stderr))
        stored = min((tmp_path / "sums").glob("*.chunk.json"))
        stored.write_bytes(stored.read_bytes()[:-100])

    assert said[0][0] == said[1][0]
    assert said[0][0].endswith(" 60\n")
    assert [aside for _, aside in said] == [False, True]


def test_the_guides_theorem_passes(tmp_path: Path) -> None:
    """Statement, step, altered steps and near miss: every check of the example passes."""
    result = plain_pytest(tmp_path, example())

    assert result.returncode == 0, result.stdout
    assert "4 passed" in result.stdout


def test_its_false_twin_fails_with_a_witness(tmp_path: Path) -> None:
    """With a third in the place of the half, pytest fails and names a point of the domain."""
    true = "STATEMENT = at_most(a * b, (a**2 + b**2) / 2)"
    assert true in example()

    result = plain_pytest(tmp_path, example().replace(true, true.replace("/ 2", "/ 3")))

    assert result.returncode == 1
    assert re.search(r"witness at a = \S+, b = \S+", result.stdout)


def test_the_guide_to_densities_works(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Python saves a generator, points and features; each command on these files then succeeds."""
    page = DENSITIES.read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    commands = re.findall(r"^ganproof (density generator\.safetensors .*)$", page, re.MULTILINE)
    assert len(commands) == 2
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(density_work, "COLUMNS", 60)  # small pictures are as good here

    exec(compile(block, str(DENSITIES), "exec"), {})
    assert "True" in capsys.readouterr().out.splitlines()

    for line in commands:
        answer = Command(capsys)(*shlex.split(line))
        assert answer.code == 0, answer.err
    for file in ("picture/density.svg", "more/log_density.npz", "more/bin_masses.npz"):
        assert (tmp_path / file).exists()
