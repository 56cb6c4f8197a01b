"""The order of the layers, and that each check of it can turn red."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
# Every module of theory, so that an import hidden in one of them cannot be missed. The plugin is for pytest.
IMPORT_THEORY = """
import importlib, pkgutil, sys, theory
for module in pkgutil.walk_packages(theory.__path__, "theory."):
    if module.name != "theory.pytest_plugin":
        importlib.import_module(module.name)
"""
FORBIDDEN = ("torch", "numpy", "scipy", "matplotlib", "empirical")


def contracts(root: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter in a folder that holds both packages and pyproject.toml."""
    return subprocess.run([sys.executable, "-c", LINT], cwd=root, capture_output=True, text=True, check=False)


def loaded_by(program: str) -> set[str]:
    """The forbidden packages that a program loads in an interpreter of its own."""
    check = f"{program}\nprint(*(name for name in {FORBIDDEN!r} if name in sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Both packages and the configuration, free to be spoiled."""
    for package in ("theory", "empirical"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    """Each layer imports only those below it; theory needs neither torch nor numpy."""
    result = contracts(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        (
            "theory/relation.py",
            "import empirical.measurement",
            "empirical may import theory, never the reverse",
        ),
        ("theory/relation.py", "import torch", "theory needs neither torch nor numpy"),
        ("empirical/measurement.py", "import empirical.judge", "empirical stages"),
        ("empirical/observables/__init__.py", "import empirical.training", "empirical stages"),
        ("empirical/drawer.py", "", "empirical stages"),
    ],
)
def test_a_planted_violation_is_found(copy: Path, module: str, statement: str, contract: str) -> None:
    """An import against the order, and a module without a place in it, break the contract that names them."""
    with (copy / module).open("a") as file:
        file.write(f"\n{statement}\n")

    result = contracts(copy)

    assert result.returncode != 0
    assert f"{contract} BROKEN" in result.stdout


def test_theory_loads_no_numerics() -> None:
    """Importing all of theory leaves torch, numpy and empirical unloaded."""
    assert loaded_by(IMPORT_THEORY) == set()


def test_the_loading_check_can_fail() -> None:
    """The same check sees a package that is loaded."""
    assert loaded_by(f"{IMPORT_THEORY}\nimport numpy") == {"numpy"}
