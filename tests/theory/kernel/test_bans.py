"""What the kernel must not use, read from its syntax trees, and that each ban can turn red."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
KERNEL = ROOT / "theory" / "kernel"
# SymPy's own judgement: wrong on open issues, or numeric without a bound on the error.
ORACLES = frozenset(
    "integrate limit solve solveset nsolve simplify nsimplify refine ask equals is_constant".split()
    + "evalf n N lambdify mpmath series summation".split()
)
EVIDENCE = frozenset(("Evidence", "StepEvidence", "NearMissEvidence"))
NUMERICS = frozenset(("numpy", "torch", "scipy", "matplotlib"))


def oracles(tree: ast.Module) -> Iterator[str]:
    """Each banned attribute, name or import of a module; a variable called N or n is no call of SymPy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ORACLES:
            yield node.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ORACLES:
            yield node.func.id
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [part for alias in node.names for part in alias.name.split(".")]
            source = (getattr(node, "module", None) or "").split(".")
            yield from (name for name in (*names, *source) if name in ORACLES)


def makers_of_evidence(tree: ast.Module) -> Iterator[str]:
    """Each call that constructs evidence, or that copies it with other fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in EVIDENCE:
                yield name


def numerics(tree: ast.Module) -> Iterator[str]:
    """Each import of a package that computes in floating point."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in NUMERICS)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in NUMERICS:
            yield node.module or ""


def found(ban: Callable[[ast.Module], Iterator[str]], files: Iterator[Path]) -> dict[str, list[str]]:
    """What a ban finds in each file."""
    named = {str(path.relative_to(ROOT)): list(ban(ast.parse(path.read_text()))) for path in files}
    return {path: names for path, names in named.items() if names}


def test_there_is_a_kernel_to_read() -> None:
    """The tests below run over more than a handful of files."""
    assert len(list(KERNEL.glob("*.py"))) >= 10
    assert len(list((ROOT / "theory").rglob("*.py"))) >= 25


def test_the_kernel_uses_no_oracle() -> None:
    """SymPy integrates, solves and simplifies for authors, never for the kernel."""
    assert found(oracles, KERNEL.glob("*.py")) == {}


def test_only_the_kernel_makes_evidence() -> None:
    """Evidence is constructed in theory/kernel/proof.py and nowhere else in either package."""
    files = [path for package in ("theory", "empirical") for path in (ROOT / package).rglob("*.py")]

    assert set(found(makers_of_evidence, iter(files))) == {"theory/kernel/proof.py"}


def test_theory_imports_no_numerics() -> None:
    """What is claimed does not depend on floating point."""
    assert found(numerics, (ROOT / "theory").rglob("*.py")) == {}


@pytest.mark.parametrize(
    ("ban", "planted", "name"),
    [
        (oracles, "import sympy as sp\nsp.integrate(1)", "integrate"),
        (oracles, "from sympy import simplify", "simplify"),
        (oracles, "from sympy import nsimplify as exact", "nsimplify"),
        (oracles, "term.equals(0)", "equals"),
        (oracles, "value = (term).evalf()", "evalf"),
        (oracles, "sp.N(term)", "N"),
        (oracles, "judge = term.refine", "refine"),
        (oracles, "import mpmath", "mpmath"),
        (oracles, "from mpmath import mpf", "mpmath"),
        (oracles, "def f(limit): return limit(1)", "limit"),
        (makers_of_evidence, "Evidence('forged')", "Evidence"),
        (makers_of_evidence, "kernel.StepEvidence('forged')", "StepEvidence"),
        (numerics, "import numpy as np", "numpy"),
        (numerics, "from torch.nn import Module", "torch.nn"),
    ],
)
def test_a_planted_violation_is_found(ban: Callable, planted: str, name: str) -> None:
    """Each ban sees the name however it comes in."""
    assert name in list(ban(ast.parse(planted)))


@pytest.mark.parametrize("ban", [oracles, makers_of_evidence, numerics])
def test_what_is_allowed_is_not_found(ban: Callable) -> None:
    """Variables that share a letter, the trusted part of SymPy, and evidence that is read pass."""
    allowed = "import sympy as sp\nN = 3\nn = N + 1\nsp.factor(sp.cancel(sp.together(x)))\nevidence.outcome"

    assert list(ban(ast.parse(allowed))) == []
