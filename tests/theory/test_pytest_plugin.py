"""A user's own theorems under plain pytest: false ones fail with a witness, true ones pass."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from theory.recheck import recheck

pytest_plugins = ["pytester"]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

THEOREM = """
from theory import Hypothesis, NearMiss, Source, Theorem
from theory.kernel import Step, at_least, at_least_zero, at_most, certificate, log_gap, positive, real, square
import sympy as sp

t, x, y = positive("t"), real("x"), real("y")
STATEMENT = {statement}
THEOREM = Theorem(
    id="a-tangent", title="A tangent", sentence="A tangent.", hypotheses={hypotheses}, statement=STATEMENT,
    derivation=({step},), predictions=(), near_misses=({near_miss}),
    source=Source("nobody2000nothing", "page 1"),
)
"""
TRUE = {
    "statement": "at_most(sp.log(t), t - 1)",
    "hypotheses": "()",
    "step": 'Step("tangent", STATEMENT, certificate((1, log_gap(t))))',
    "near_miss": 'NearMiss("half", at_most(sp.log(t), t / 2 - 1), "Too low at one."),',
}


def as_a_user(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Plain pytest, as a user types it, in a folder without configuration."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def run(pytester: pytest.Pytester, *arguments: str) -> tuple[int, str]:
    """Exit code and output of pytest in the test's own folder, in this process, which is quicker."""
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)
    return int(result.ret), result.stdout.str()


def write(folder: Path, name: str, **changed: str) -> None:
    """A file with one theorem, true but for what is changed."""
    (folder / name).write_text(THEOREM.format(**(TRUE | changed)))


def test_the_true_example_passes(tmp_path: Path) -> None:
    """Each step, its mutants, the statement and each near miss is one item, collected once."""
    result = as_a_user(tmp_path, str(EXAMPLES / "my_theorem.py"), "-v")

    assert result.returncode == 0, result.stdout
    for item in ("statement", "jensen", "jensen-mutants", "near-miss-no-spread", "near-miss-twice"):
        assert len(re.findall(rf"my_theorem.py::second-moment::{item} PASSED", result.stdout)) == 1
    assert "5 passed" in result.stdout


def test_the_false_example_fails_with_its_witness(tmp_path: Path) -> None:
    """The message is the claim, a law under which it is false, and no traceback of the kernel."""
    result = as_a_user(tmp_path, str(EXAMPLES / "my_false_theorem.py"))

    assert result.returncode == 1
    assert "REFUTED: E[1/x] <= 1/mean" in result.stdout
    assert re.search(
        r"witness at mean = \S+: rhs - lhs = -\S+,.*under E with weight \S+ at x = ", result.stdout
    )
    assert re.search(r"ball rhs - lhs in \[-\S+ \+/- \S+\]", result.stdout)
    assert "Traceback" not in result.stdout
    assert "theory/kernel" not in result.stdout


def test_a_run_without_arguments_finds_files_of_theorems(pytester: pytest.Pytester) -> None:
    """The true theorem and its false twin are both collected beside ordinary tests, and only one fails."""
    write(pytester.path, "true_theorem.py")
    write(pytester.path, "false_theorems.py", statement="at_most(sp.log(t), t - 2)")
    write(pytester.path, "unrelated.py", statement="at_most(sp.log(t), t - 2)")
    (pytester.path / "test_other.py").write_text("def test_other(): pass\n")

    code, output = run(pytester, "-v")

    assert code == 1
    assert "true_theorem.py::a-tangent::tangent PASSED" in output
    assert "false_theorems.py::a-tangent::tangent FAILED" in output
    assert "test_other.py::test_other PASSED" in output
    assert "unrelated.py" not in output


def test_a_theorem_inside_a_test_file_is_collected(pytester: pytest.Pytester) -> None:
    """A theorem may stand between tests; a second name of it is not checked again."""
    write(pytester.path, "test_mine.py")
    with (pytester.path / "test_mine.py").open("a") as file:
        file.write("SAME = THEOREM\ndef test_beside(): pass\n")

    assert "5 passed" in run(pytester)[1]


@pytest.mark.parametrize(
    ("expression", "passed"),
    [("a-tangent", 4), ("near-miss", 1), ("mutants", 1), ("half", 1)],
)
def test_items_are_selected_by_name(pytester: pytest.Pytester, expression: str, passed: int) -> None:
    """``-k`` takes the id of a theorem, the name of a step or of a near miss, and the kind of check."""
    write(pytester.path, "my_theorems.py")

    assert f"{passed} passed" in run(pytester, "my_theorems.py", "-k", expression)[1]


def claims(pytester: pytest.Pytester, *arguments: str) -> str:
    """What a run in a process of its own writes as its claims."""
    file = pytester.path / "claims.json"
    file.unlink(missing_ok=True)
    as_a_user(pytester.path, f"--ganproof-claims={file}", *arguments)
    return file.read_text()


def test_the_claims_are_written_the_same_each_time(pytester: pytest.Pytester) -> None:
    """One process or two, the bytes are the same, and the second checker agrees with every step."""
    write(pytester.path, "my_theorems.py")
    write(pytester.path, "other_theorem.py")
    other = pytester.path / "other_theorem.py"
    other.write_text(other.read_text().replace("a-tangent", "b-tangent"))

    alone = claims(pytester)

    assert claims(pytester) == alone
    assert claims(pytester, "--numprocesses=2") == alone
    record = json.loads(alone)
    assert [theorem["id"] for theorem in record["theorems"]] == ["a-tangent", "b-tangent"]
    assert record["theorems"][0]["checks"] == {
        "near-miss-half": "passed",
        "statement": "passed",
        "tangent": "passed",
        "tangent-mutants": "passed",
    }
    assert {verdict.finding for verdict in recheck(record)} == {"agree"}


def test_a_partial_run_writes_no_claim(pytester: pytest.Pytester) -> None:
    """A theorem of which a check did not run is left out: its record would look complete."""
    write(pytester.path, "my_theorems.py")

    assert json.loads(claims(pytester, "-k", "near-miss or statement"))["theorems"] == []


def test_a_false_theorem_is_written_as_failed(pytester: pytest.Pytester) -> None:
    """The record says which checks failed; the second checker disagrees with the step too."""
    write(pytester.path, "my_theorems.py", statement="at_most(sp.log(t), t - 2)")

    record = json.loads(claims(pytester))

    assert record["theorems"][0]["checks"]["tangent"] == "failed"
    assert [verdict.step for verdict in recheck(record) if verdict.disagrees] == ["tangent"]


WRONG_PROOF = 'Step("tangent", STATEMENT, certificate((2, log_gap(t))))'
ELSEWHERE = 'Step("other", at_least(x**2, 0), certificate((1, square(x))))'
REAL = 'Step("tangent", STATEMENT, certificate((1, log_gap(x))))'
TRUE_MISS = 'NearMiss("true", at_most(sp.log(t), t), "Not false at all."),'
GIVEN = "at_most(sp.log(t), t - 1, at_least_zero(x))"
SAID = "(Hypothesis('x is not negative', (at_least_zero(x),)),)"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"step": WRONG_PROOF}, "not shown: the gap is the certificate"),
        ({"step": ELSEWHERE}, "concludes the statement"),
        ({"near_miss": TRUE_MISS}, "near miss true is not refuted"),
        ({"statement": "at_most(sp.log(x), x - 1)", "step": REAL}, "ILL_DEFINED"),
        ({"statement": "at_most(sp.log(t), t - 1.0)"}, "is not exact: write a rational"),
        ({"statement": GIVEN, "hypotheses": SAID}, "the hypothesis x >= 0 is dropped"),
        ({"statement": GIVEN}, "assumes x >= 0 without saying so"),
    ],
)
def test_each_way_to_fail_says_what_is_wrong(
    pytester: pytest.Pytester, changed: dict[str, str], message: str
) -> None:
    """One sentence names the fault."""
    write(pytester.path, "my_theorems.py", **changed)

    code, output = run(pytester, "my_theorems.py")

    assert code != 0
    assert message in output
