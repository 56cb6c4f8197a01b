"""The trained capacity sweep, small: what it stores, what it never claims, and how it goes on."""

import csv
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from empirical.experiments import capacity_trained
from empirical.experiments.capacity_trained import PRESETS, Configuration, experiment, ladder
from empirical.storage import Json, read_json
from empirical.training.crowd import Crowd

SMALL = Configuration(
    widths=(1, 2, 4),
    seeds=(0, 1),
    most=24,
    epsilon="1/2",
    points=32,
    dim=3,
    laws=1,
    tries=2,
    response_steps=(40, 20),
    crowd=Crowd(members=2, steps=20, renewal=5),
)


def ignore(sentence: str, share: float) -> None:
    """No progress bar."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one finished sweep, which tests may read but not change."""
    path = tmp_path_factory.mktemp("trained")
    small(path)
    return path


@pytest.fixture(scope="module")
def record(folder: Path) -> Json:
    """What that sweep stored."""
    return read_json(folder / capacity_trained.RESULT)


def small(folder: Path, configuration: Configuration = SMALL) -> Json:
    return experiment("small", configuration, folder, ignore, workers=1)


def test_the_support_is_the_first_rung_that_fools(record: Json) -> None:
    """Its gap is at most epsilon, and that of the rung below, which was tried too, is not."""
    for one in record["classes"]:
        for run in one["runs"]:
            gaps = {tried["support"]: tried["gap"] for tried in run["tried"]}
            assert gaps[run["support"]] <= 0.5
            assert run["told_apart"] == 0 or gaps[run["told_apart"]] > 0.5


def test_a_gap_is_the_best_of_all_tries(record: Json) -> None:
    """The weakest fresh discriminator never stands for the class, and no law for its own judges alone."""
    for one in record["classes"]:
        for tried in (tried for run in one["runs"] for tried in run["tried"]):
            assert 0 <= tried["weakest"] <= tried["gap"] <= 1
            assert tried["gap"] >= min(tried["laws"])


def test_the_bound_is_drawn_and_never_confirmed(record: Json) -> None:
    """A trained discriminator is not the best of its class, so the verdict is UNDECIDED and says why."""
    for one in record["classes"]:
        assert one["verdict"]["outcome"] == "UNDECIDED"
        assert "no discriminator of the class does better" in one["verdict"]["sentence"]
        assert one["bound"]["support"] > max(run["support"] for run in one["runs"])


def test_growth_is_measured_on_both_axes(record: Json) -> None:
    """A slope and its sentence against parameters, p = (dim + 2) width + 1, and against width."""
    assert [one["parameters"] for one in record["classes"]] == [6, 11, 21]
    for axis in ("parameters", "width"):
        exponent = record["growth"][axis]["exponent"]
        assert exponent["lower"] <= exponent["value"] <= exponent["upper"]
        assert record["growth"][axis]["sentence"]


def test_a_width_without_a_fooling_support_is_left_out_and_named(tmp_path: Path) -> None:
    """Where no law up to the most atoms fools, there is no support, no verdict and, here, no slope."""
    record = small(tmp_path, replace(SMALL, epsilon="1/1000", most=2))

    assert [one["censored"] for one in record["classes"]] == [2, 2, 2]
    assert [one["support"] for one in record["classes"]] == [None, None, None]
    assert record["growth"] == {"left_out": [1, 2, 4], "parameters": None, "width": None}
    assert all(run["told_apart"] == 2 for one in record["classes"] for run in one["runs"])


def test_an_interrupted_sweep_goes_on_to_the_same_record(folder: Path, tmp_path: Path) -> None:
    """With some of its cells lost and its summary too, it ends with the same bytes."""
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    for cell in sorted(path for path in (copied / "cells").glob("*.json") if len(path.stem) == 32)[:2]:
        cell.unlink()
    (copied / capacity_trained.RESULT).unlink()

    small(copied)

    result = capacity_trained.RESULT
    assert (copied / result).read_bytes() == (folder / result).read_bytes()


def test_a_finished_sweep_trains_nothing(folder: Path, record: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored cells are read."""
    monkeypatch.setattr(capacity_trained, "fool", None)

    assert small(folder) == record


def test_the_table_has_a_line_for_each_run(folder: Path, record: Json) -> None:
    """CSV and JSON tell the same supports."""
    with (folder / "capacity_trained.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert [int(row["support"]) for row in rows] == [
        run["support"] for one in record["classes"] for run in one["runs"]
    ]


def test_a_folder_of_another_configuration_is_refused(folder: Path) -> None:
    """The sentence says what differs; nothing is overwritten."""
    before = (folder / capacity_trained.RESULT).read_bytes()

    with pytest.raises(ValueError, match="epsilon is '1/2', not '1/3'"):
        small(folder, replace(SMALL, epsilon="1/3"))

    assert (folder / capacity_trained.RESULT).read_bytes() == before


@pytest.mark.parametrize(
    ("preset", "engine", "fault"), [("fast", "local", "fast"), ("quick", "dask", "dask")]
)
def test_unknown_names_are_refused(tmp_path: Path, preset: str, engine: str, fault: str) -> None:
    """One sentence, and nothing is written."""
    with pytest.raises(ValueError, match=fault):
        capacity_trained.run(preset, tmp_path / "out", ignore, engine)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("seed", range(4))
def test_ladders_rise_by_a_quarter_at_most(seed: int) -> None:
    """From 1 to the last, rising; above 8 no step is above a quarter, which is what a support is known to."""
    rungs = ladder(128, seed)

    assert rungs[0] == 1
    assert rungs[-1] == 128
    assert all(low < high <= max(low + 2, 1.25 * low) for low, high in pairwise(rungs))


def test_presets_measure_at_six_widths_and_several_seeds() -> None:
    """No preset is too small to tell a slope from none."""
    assert all(len(one.widths) >= 6 and len(one.seeds) >= 3 for one in PRESETS.values())
