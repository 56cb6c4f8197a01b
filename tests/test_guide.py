"""The theorem in the guide: plain pytest checks it as the guide says, and its false twin fails."""

import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "guide" / "add_a_theorem.md"


def plain_pytest(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Runs ``pytest my_theorems.py`` in a folder that holds nothing else."""
    (folder / "my_theorems.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "my_theorems.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def example() -> str:
    """The file that the guide shows."""
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return block


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
