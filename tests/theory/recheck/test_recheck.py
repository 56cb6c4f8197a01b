"""The second checker agrees with the kernel, shares no code with it, and notices tampering."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import theory
from tests.theory.kernel.falsehoods import CORPUS, Pair
from theory.exposition import claims_record, claims_text
from theory.exposition.claims import part_record
from theory.kernel import Enclosed, Outcome, Step
from theory.recheck import Verdict, recheck, summary
from theory.recheck.checker import Checker
from theory.recheck.terms import Disagrees, NotCovered

ROOT = Path(__file__).resolve().parents[3]
CATALOG = pytest.mark.parametrize("theorem", theory.catalog, ids=lambda theorem: theorem.id)
RECORD = claims_record(theory.catalog)
ALLOWED = {"flint"} | set(sys.stdlib_module_names)


def of(record: dict[str, Any], identifier: str) -> dict[str, Any]:
    """The record of one theorem."""
    return next(theorem for theorem in record["theorems"] if theorem["id"] == identifier)


@cache
def verdicts() -> tuple[Verdict, ...]:
    """What the second checker says of the whole catalogue."""
    return recheck(RECORD)


def test_the_two_checkers_agree() -> None:
    """No step of the catalogue is disbelieved, and what is not covered says why."""
    found = summary(verdicts())

    assert found["disagree"] == []
    assert found["agree"] + len(found["not_covered"]) == found["steps"]
    steps = sum(len(part.steps) for theorem in theory.catalog for part in theorem.derivation)
    assert found["steps"] >= steps


def test_only_the_literature_and_enclosures_are_not_covered() -> None:
    """A cited fact has no proof, and this checker has no integrals in balls; all else is checked again."""
    reasons = {verdict.reason for verdict in verdicts() if verdict.finding == "not covered"}

    assert all(re.search(r"from the literature|Enclosed", reason) for reason in reasons), reasons


def enumerations(record: Any) -> Iterator[dict[str, Any]]:
    """Every enumeration of a record that has a table of values."""
    if isinstance(record, dict):
        if record.get("kind") == "Enumeration" and record.get("values"):
            yield record
        record = list(record.values())
    if isinstance(record, list):
        for item in record:
            yield from enumerations(item)


@pytest.mark.parametrize("change", ["raised", "lost"])
def test_a_table_that_is_tampered_with_is_noticed(change: str) -> None:
    """One value of a theorem's own function that is another, or missing, and the case is false or unread."""
    spoiled = deepcopy(RECORD)
    tables = [by["values"] for by in enumerations(of(spoiled, "birthday-collisions"))]
    assert tables
    for table in tables:
        call = next(iter(table))
        value = table.pop(call)
        table |= {call: f"(+ 1 {value})"} if change == "raised" else {}
    found = [v for v in recheck({**spoiled, "theorems": [of(spoiled, "birthday-collisions")]})]

    findings = [v.finding for v in found if v.finding != "agree"]
    assert len(findings) == len(tables)
    assert set(findings) == {"disagree" if change == "raised" else "not covered"}


def imports(path: Path) -> Iterator[str]:
    """The top-level packages that a file imports; a relative import is of its own package."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level > 1:
            yield "." * node.level


def test_it_shares_no_code_with_the_kernel() -> None:
    """Each of its files imports the standard library, python-flint and its own package, and nothing else."""
    files = sorted((ROOT / "theory/recheck").glob("*.py"))

    assert len(files) > 5
    assert {package for path in files for package in imports(path)} <= ALLOWED


@pytest.mark.parametrize(
    "line", ["import sympy", "from theory.kernel import check", "from ..kernel import check"]
)
def test_a_planted_import_is_found(tmp_path: Path, line: str) -> None:
    """The kernel, SymPy, and the package above."""
    (tmp_path / "spoiled.py").write_text(line)

    assert not set(imports(tmp_path / "spoiled.py")) <= ALLOWED


def test_it_runs_alone(tmp_path: Path) -> None:
    """From inside theory/ it is a program of its own: neither SymPy nor the kernel is loaded."""
    (tmp_path / "claims.json").write_text(claims_text(theory.catalog[:1]))
    program = (
        "import runpy, sys; sys.argv = ['recheck', sys.argv[1]]\n"
        "try: runpy.run_module('recheck', run_name='__main__')\n"
        "finally: print([m for m in sys.modules if m.split('.')[0] in ('sympy', 'theory', 'kernel')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "claims.json")],
        cwd=ROOT / "theory",
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert '"disagree": []' in result.stdout
    assert result.stdout.rstrip().endswith("[]")


def test_the_command_fails_on_a_disagreement(tmp_path: Path) -> None:
    """Exit code 1, and the step and the reason in the output."""
    record = claims_record(theory.catalog[:1])
    record["theorems"][0]["derivation"][0]["by"]["terms"][0][0] = "2"
    (tmp_path / "claims.json").write_text(json.dumps(record))

    result = subprocess.run(
        [sys.executable, "-m", "theory.recheck", str(tmp_path / "claims.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "the gap is not the certificate" in result.stdout


# --- Tampering ------------------------------------------------------------------------------------


NO_TERMS = ("kind", "base", "relation", "id", "over", "variable", "supposing", "parts")


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Where the terms of a step stand."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in (
                "because",
                "name",
                "kind",
                "base",
                "relation",
                "id",
                "over",
                "variable",
                "supposing",
            ):
                yield from places(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))
    elif isinstance(value, str) and re.search(r"[\d(\[\]]", value):
        yield path


def _next_number(text: str) -> str:
    """The term with its last constant raised by one."""
    numbers = list(re.finditer(r"(?<![\w@\[\],/.])-?\d+(?![\w/,\]\[])", text))
    if not numbers:
        return text
    last = numbers[-1]
    return f"{text[: last.start()]}{int(last.group()) + 1}{text[last.end() :]}"


CHANGES = (lambda text: f"(* -1 {text})", lambda text: f"(+ 1/3 {text})", _next_number)


def tampered(step: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The step with one of its terms changed."""
    for path in places({key: step[key] for key in ("claim", "by")}):
        *before, last = path
        for change in CHANGES:
            spoiled = deepcopy(step)
            found = spoiled
            for key in before:
                found = found[key]
            text = change(found[last])
            if text != found[last]:
                found[last] = text
                yield f"{step['name']} {path}: {text}", spoiled


def verdict(checker: Checker, identifier: str, step: dict[str, Any]) -> str:
    """What the checker says of one step."""
    try:
        checker.step(identifier, step)
    except Disagrees as error:
        return f"disagrees: {error}"
    except NotCovered as error:
        return f"not covered: {error}"
    return "agrees"


@CATALOG
def test_tampering_is_caught_in_every_theorem(theorem: theory.Theorem) -> None:
    """Of the changed signs, multipliers and constants of a theorem's steps, most are disbelieved.

    A change may say the same in other words, weaken a claim, or stand in a step that is not covered; but the
    greater part is caught in every theorem, and no change makes the checker fail without a verdict.
    """
    checker = Checker(RECORD["theorems"])
    parts = of(RECORD, theorem.id)["derivation"]
    steps = [step for part in parts for step in part.get("steps", [part])]
    covered = [step for step in steps if verdict(checker, theorem.id, step) == "agrees"]
    attempts = [attempt for step in covered for attempt in tampered(step)]
    chosen = attempts[:: max(1, len(attempts) // 8)]
    found = [(name, verdict(checker, theorem.id, spoiled)) for name, spoiled in chosen]

    assert sum("disagrees" in said for _, said in found) > len(found) / 2, found


# --- The kernel's own falsehoods ------------------------------------------------------------------


def judged(step: Step) -> Verdict:
    """What the second checker says of a step that stands alone."""
    record = json.loads(json.dumps(part_record("alone", step.claim, (step,))))
    return recheck({"theorems": [record]})[0]


@pytest.mark.parametrize("pair", CORPUS, ids=lambda pair: pair.name)
def test_it_tells_falsehoods_from_their_twins(pair: Pair) -> None:
    """No falsehood that the kernel refuses is agreed to, and no true twin is disbelieved.

    Enclosures by balls are no exact steps, and hypotheses that exclude each other leave no point: these are
    not covered, which is not agreement.
    """
    false, true = judged(pair.false), judged(pair.true)

    assert false.finding in ("disagree", "not covered"), false
    assert true.finding in ("agree", "not covered"), true
    by_balls = isinstance(pair.true.by, Enclosed)
    assert by_balls or true.finding == "agree", true
    assert by_balls or pair.outcome is Outcome.VACUOUS or false.finding == "disagree", false
