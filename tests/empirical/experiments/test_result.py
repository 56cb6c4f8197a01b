"""Results part by part: each part is computed once, in a folder of one configuration."""

from pathlib import Path

import pytest
import sympy as sp

import theory
from empirical.experiments import EXPERIMENTS
from empirical.experiments.result import Part, Progress, Report, observed
from empirical.judge import judge
from empirical.measurement import Measurement
from empirical.storage import read_json
from theory.prediction import PredictedValue
from theory.relation import Relation

from .conftest import Watched

THEOREM = theory.catalog[0]


def part(value: float) -> Part:
    """A part that saw this number where 1/2 is predicted."""
    predicted = PredictedValue("number", Relation.EQUALS, sp.Rational(1, 2), "1")
    measured = Measurement(
        observable="number", value=value, lower=value, upper=value, confidence=1.0, unit="1", obtained="told"
    )
    return Part((judge(predicted, measured, resolution=0.1),), {"told": value})


class Counted:
    """A part that counts how often it is computed, and may fail."""

    def __init__(self, value: float, fails: bool = False) -> None:
        self.value, self.fails, self.calls = value, fails, 0

    def __call__(self, report: Report) -> Part:
        """The part, if it does not fail."""
        self.calls += 1
        report(0.5)
        if self.fails:
            raise KeyboardInterrupt
        return part(self.value)


def test_verdicts_carry_theorem_and_part(tmp_path: Path, watched: Progress) -> None:
    """Every verdict says which claim and which part it is about; what is stored is what is returned."""
    parts = {"right": Counted(0.5), "wrong": Counted(0.7)}
    result = observed(THEOREM, "quick", {"steps": 3}, parts, tmp_path, watched)

    assert [(v["theorem"], v["part"], v["outcome"]) for v in result.verdicts] == [
        (THEOREM.id, "right", "HOLDS"),
        (THEOREM.id, "wrong", "FAILS"),
    ]
    assert result.data == {"right": {"told": 0.5}, "wrong": {"told": 0.7}}
    assert read_json(tmp_path / "result.json") == result.as_dict()


def test_progress_runs_from_nothing_to_all(tmp_path: Path, watched: Watched) -> None:
    """Shares never fall, each part begins where the one before it ended, and the last share is 1."""
    observed(THEOREM, "quick", {}, {"first": Counted(0.5), "second": Counted(0.5)}, tmp_path, watched)

    assert list(watched) == [
        ("first", 0.0),
        ("first", 0.25),
        ("second", 0.5),
        ("second", 0.75),
        ("done", 1.0),
    ]


def test_an_interrupted_experiment_goes_on(tmp_path: Path, watched: Progress) -> None:
    """A part that was finished before the interruption is not computed again."""
    first = Counted(0.5)
    with pytest.raises(KeyboardInterrupt):
        observed(
            THEOREM, "quick", {}, {"first": first, "second": Counted(0.7, fails=True)}, tmp_path, watched
        )
    second = Counted(0.7)
    result = observed(THEOREM, "quick", {}, {"first": first, "second": second}, tmp_path, watched)

    assert (first.calls, second.calls) == (1, 1)
    assert len(result.verdicts) == 2


def test_a_configuration_with_tuples_is_recognised(tmp_path: Path, watched: Progress) -> None:
    """A tuple is stored as a list, and is the same configuration when it comes again."""
    for _ in range(2):
        observed(THEOREM, "quick", {"rates": (0.1, 0.2)}, {}, tmp_path, watched)


def test_another_configuration_is_refused(tmp_path: Path, watched: Progress) -> None:
    """The sentence says what differs, and nothing in the folder changes."""
    observed(THEOREM, "quick", {"steps": 3}, {"only": Counted(0.5)}, tmp_path, watched)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(ValueError, match=r"another configuration \(steps is 3, not 4\)"):
        observed(THEOREM, "quick", {"steps": 4}, {"only": Counted(0.5)}, tmp_path, watched)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_experiments_follow_the_catalogue() -> None:
    """Each experiment is on a theorem, in reading order."""
    assert list(EXPERIMENTS) == [theorem.id for theorem in theory.catalog if theorem.id in EXPERIMENTS]
    assert len(EXPERIMENTS) == 7


@pytest.mark.parametrize("identifier", EXPERIMENTS)
def test_a_folder_of_unknown_origin_is_refused(identifier: str, tmp_path: Path, watched: Progress) -> None:
    """No experiment writes beside files that it did not make."""
    (tmp_path / "letter.txt").write_text("mine")

    with pytest.raises(ValueError, match="ganproof did not make it"):
        EXPERIMENTS[identifier]("quick", tmp_path, watched)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("identifier", EXPERIMENTS)
def test_an_unknown_preset_is_refused(identifier: str, tmp_path: Path, watched: Progress) -> None:
    """The sentence names the presets, and nothing is written."""
    with pytest.raises(ValueError, match="no preset 'slow': use one of quick, standard, full"):
        EXPERIMENTS[identifier]("slow", tmp_path, watched)
    assert list(tmp_path.iterdir()) == []
