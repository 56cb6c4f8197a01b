"""The exact capacity sweep: every computed support confirms its law, and a wrong law is seen."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from empirical.experiments import capacity_exact
from empirical.experiments.capacity_exact import PRESETS, Configuration, experiment
from empirical.storage import Json, read_json
from theory import fooling_support

SMALL = Configuration(
    span_sizes=(1, 3),
    span_supports=100,
    euclidean_sizes=(1, 4, 16),
    maximum_sizes=(1, 8),
    epsilons=("1/2", "1/4"),
    threshold_points=40,
)


def outcomes(record: Json) -> set[str]:
    return {found["verdict"]["outcome"] for one in record["series"] for found in one["found"]}


def ignore(sentence: str, share: float) -> None:
    """No progress bar."""


def test_every_computed_support_confirms_its_law(tmp_path: Path) -> None:
    """Each series with points has HOLDS alone, and each known law has a curve."""
    record = experiment("small", SMALL, tmp_path, ignore)

    assert outcomes(record) == {"HOLDS"}
    assert {one["law"] for one in record["series"]} == {
        law.name for law in fooling_support.LAWS if law.name != "caratheodory-with-constant"
    }
    assert record == read_json(tmp_path / capacity_exact.RESULT)


def test_points_lie_on_the_curves(tmp_path: Path) -> None:
    """What the figure draws as a line and as a point is the same number where both are drawn."""
    record = experiment("small", SMALL, tmp_path, ignore)

    compared = 0
    for one in record["series"]:
        curve = dict(zip(one["curve"]["at"], one["curve"]["support"], strict=True))
        for found in one["found"]:
            if found["at"] in curve:
                compared += 1
                assert found["verdict"]["measured"]["value"] == curve[found["at"]]
    assert compared >= 10


def test_the_table_has_a_line_for_each_point(tmp_path: Path) -> None:
    """CSV and JSON tell the same supports."""
    record = experiment("small", SMALL, tmp_path, ignore)
    with (tmp_path / "capacity_exact.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    measured = [found["verdict"]["measured"]["value"] for one in record["series"] for found in one["found"]]
    assert [float(row["at_most"]) for row in rows] == measured


@pytest.mark.parametrize("name", ["l2-ball", "linf-ball", "caratheodory", "thresholds"])
def test_a_law_that_is_off_by_one_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The planted mistake: one more atom in the formula of one law turns its points, and only those, red."""
    true = fooling_support.law(name)
    formula = true.prediction.formula
    false = replace(true, prediction=replace(true.prediction, formula=lambda **given: formula(**given) + 1))
    monkeypatch.setattr(
        capacity_exact, "law", lambda wanted: false if wanted == name else fooling_support.law(wanted)
    )

    record = experiment("small", SMALL, tmp_path, ignore)

    for one in record["series"]:
        assert {f["verdict"]["outcome"] for f in one["found"]} <= {"FAILS" if one["law"] == name else "HOLDS"}
    assert "FAILS" in outcomes(record)


def test_a_finished_sweep_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run computes nothing and gives the same record."""
    first = experiment("small", SMALL, tmp_path, ignore)
    monkeypatch.setattr(capacity_exact, "_measured", None)

    assert experiment("small", SMALL, tmp_path, ignore) == first


def test_a_folder_of_another_configuration_is_refused(tmp_path: Path) -> None:
    """The sentence says what differs."""
    experiment("small", SMALL, tmp_path, ignore)

    with pytest.raises(ValueError, match="threshold_points is 40, not 50"):
        experiment("small", replace(SMALL, threshold_points=50), tmp_path, ignore)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_is_inside_the_laws_domains(preset: str) -> None:
    """All predictions of a preset exist: no grid is too coarse, no tolerance without a law."""
    for one in capacity_exact.series(PRESETS[preset]):
        curve = one.curve()
        assert len(curve["at"]) == len(curve["support"])
        for cell in one.cells:
            assert capacity_exact.predicted(cell.configuration).identified


@pytest.mark.parametrize(
    ("preset", "engine", "fault"), [("fast", "local", "fast"), ("quick", "dask", "dask")]
)
def test_unknown_names_are_refused(tmp_path: Path, preset: str, engine: str, fault: str) -> None:
    """One sentence, and nothing is written."""
    with pytest.raises(ValueError, match=fault):
        capacity_exact.run(preset, tmp_path / "out", ignore, engine)

    assert not (tmp_path / "out").exists()
