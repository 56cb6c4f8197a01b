"""Collects every module-level Theorem: one item per step, per step's mutants and per near miss.

A file ``my_theorems.py`` that defines a Theorem is run by ``pytest my_theorems.py``, or with all others by
``pytest``; ``-k optimal-discriminator`` selects one theorem, ``-k near-miss`` its near misses. With
``--ganproof-claims FILE`` the derivations of the theorems of which every item ran are written as JSON, which
``python -m theory.recheck FILE`` checks again.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from theory.exposition import claims_record
from theory.exposition.claims import SCHEMA
from theory.kernel import Outcome, Step, Witness, check, check_step, control, reject
from theory.statement import NearMiss, Theorem

THEOREM_FILES = ("*_theorem.py", "*_theorems.py")


class ClaimFailed(AssertionError):
    """A claim that was not shown, a mutant that survived, or a near miss that was not refuted."""


PROPERTY = "ganproof"  # of a report: which check of which theorem it is about


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names the file for the claims."""
    group = parser.getgroup("ganproof")
    group.addoption(
        "--ganproof-claims",
        metavar="FILE",
        help="write the derivations of theorems of which every check ran as JSON, the same bytes each time",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let a run without arguments collect files of theorems beside those of tests."""
    for pattern in THEOREM_FILES:
        config.addinivalue_line("python_files", pattern)
    # The workers of a parallel run only report; the process that hears them all writes.
    file = config.getoption("--ganproof-claims")
    if file is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(ClaimsFile(Path(str(file))))


class ClaimsFile:
    """Hears the reports of all checks and writes the claims of which none is missing.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: dict[str, list[dict[str, Any]]] = {}
        self._expected: dict[str, set[str]] = {}
        self._outcomes: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one check; that of the statement carries the theorem's record."""
        for name, value in report.user_properties:
            if name == PROPERTY and report.when == "call":
                heard: Any = value
                self._outcomes.setdefault(heard["theorem"], {})[heard["check"]] = report.outcome
                if "records" in heard:
                    self._records[heard["theorem"]] = heard["records"]
                    self._expected[heard["theorem"]] = set(heard["checks"])

    def pytest_sessionfinish(self) -> None:
        """Write the theorems, each after those that it rests on."""
        records: dict[str, dict[str, Any]] = {}
        for identifier in sorted(self._records):
            outcomes = self._outcomes[identifier]
            if outcomes.keys() != self._expected[identifier]:
                continue
            for record in self._records[identifier]:
                if record["id"] == identifier:
                    records[identifier] = {**record, "checks": dict(sorted(outcomes.items()))}
                else:
                    records.setdefault(record["id"], record)
        text = json.dumps({"schema": SCHEMA, "theorems": list(records.values())}, sort_keys=True, indent=1)
        self._path.write_text(text + "\n", encoding="utf-8")


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> "TheoremCollector | None":
    """Turn a module-level Theorem into a collector of its checks."""
    if (
        isinstance(obj, Theorem)
        and isinstance(collector, pytest.Module)
        and _is_defined_here(collector, obj, name)
    ):
        return TheoremCollector.from_parent(collector, name=obj.id, theorem=obj)
    return None


def _is_defined_here(collector: pytest.Module, theorem: Theorem, name: str) -> bool:
    """Skip a second name of one theorem inside a module."""
    same = [key for key, value in vars(collector.obj).items() if value is theorem]
    return same[0] == name


class TheoremCollector(pytest.Collector):
    """The checks of one theorem."""

    def __init__(self, *, theorem: Theorem, **arguments: Any) -> None:  # noqa: ANN401 - pytest's own constructor arguments
        super().__init__(**arguments)
        self.theorem = theorem

    def collect(self) -> Iterator[pytest.Item]:
        """Statement, steps, mutants of each step, near misses."""
        items: list[ClaimItem] = [StatementItem.from_parent(self, name="statement", theorem=self.theorem)]
        for step in (step for part in self.theorem.derivation for step in part.steps):
            items.append(StepItem.from_parent(self, name=step.name, step=step))
            items.append(MutantsItem.from_parent(self, name=f"{step.name}-mutants", step=step))
        for miss in self.theorem.near_misses:
            items.append(NearMissItem.from_parent(self, name=f"near-miss-{miss.name}", miss=miss))
        for item in items:
            heard: dict[str, Any] = {"theorem": self.theorem.id, "check": item.name}
            if item is items[0] and self.config.getoption("--ganproof-claims"):
                heard["records"] = claims_record([self.theorem])["theorems"]
                heard["checks"] = [other.name for other in items]
            item.user_properties.append((PROPERTY, heard))
        yield from items


class ClaimItem(pytest.Item):
    """A check whose failure is told by its message alone."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override] - pytest's own type for it is private
        """The claim and the witness instead of a traceback."""
        if isinstance(excinfo.value, ClaimFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the theorem stands, and the name of the check."""
        return self.path, None, f"{self.parent.name if self.parent else ''}::{self.name}"


def shown(witness: Witness | None) -> list[str]:
    """The witness and the ball that excludes the claim there, one line each."""
    if witness is None:
        return []
    return [f"  witness {witness}", *([f"  ball {witness.ball}"] if witness.ball else [])]


class StatementItem(ClaimItem):
    """The derivation arrives at the statement."""

    def __init__(self, *, theorem: Theorem, **arguments: Any) -> None:  # noqa: ANN401 - pytest's own constructor arguments
        super().__init__(**arguments)
        self.theorem = theorem

    def runtest(self) -> None:
        """Prove the whole theorem."""
        evidence = check(self.theorem.id, self.theorem.statement, self.theorem.derivation)
        if evidence.outcome is not Outcome.HOLDS:
            wrong = [
                f"  {s.name}: {s.outcome.name}" for s in evidence.steps if s.outcome is not Outcome.HOLDS
            ]
            missing = ["  no part of the derivation concludes the statement"] if not wrong else []
            witness = shown(evidence.witness)
            said = f"{self.theorem.id} is not proved: {self.theorem.statement}"
            raise ClaimFailed("\n".join([said, *wrong, *(witness or missing)]))


class StepItem(ClaimItem):
    """One step holds."""

    def __init__(self, *, step: Step, **arguments: Any) -> None:  # noqa: ANN401 - pytest's own constructor arguments
        super().__init__(**arguments)
        self.step = step

    def runtest(self) -> None:
        """Check the step's obligations and attack its claim."""
        evidence = check_step(self.step)
        if evidence.outcome is not Outcome.HOLDS:
            lines = [f"{evidence.outcome.name}: {evidence.claim}", f"  {evidence.outcome.value}"]
            lines += shown(evidence.witness)
            lines += [f"  not shown: {sentence}" for sentence in evidence.open]
            raise ClaimFailed("\n".join(lines))


class MutantsItem(ClaimItem):
    """No mutant of a step survives."""

    def __init__(self, *, step: Step, **arguments: Any) -> None:  # noqa: ANN401 - pytest's own constructor arguments
        super().__init__(**arguments)
        self.step = step

    def runtest(self) -> None:
        """Attack every mutant."""
        found = control(self.step)
        if found.survived:
            raise ClaimFailed(
                "\n".join(["these mutants are not rejected:", *(f"  {s}" for s in found.survived)])
            )


class NearMissItem(ClaimItem):
    """A near miss is refuted."""

    def __init__(self, *, miss: NearMiss, **arguments: Any) -> None:  # noqa: ANN401 - pytest's own constructor arguments
        super().__init__(**arguments)
        self.miss = miss

    def runtest(self) -> None:
        """Refute the near miss."""
        found = reject(self.miss.name, self.miss.claim, self.miss.at)
        if not found.is_refuted:
            raise ClaimFailed(f"the near miss {self.miss.name} is not refuted: {found.claim}")
