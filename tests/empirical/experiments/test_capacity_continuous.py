"""Continuous generators against the ladder, small: each number beside its second road, computed once."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from empirical.experiments import capacity_continuous
from empirical.experiments.capacity_continuous import (
    LADDER,
    PRESETS,
    WORK,
    Configuration,
    experiment,
    setting_of,
    training_time,
)
from empirical.measurement import Measurement
from empirical.networks import MLP, parameter_count
from empirical.storage import Json, read_json
from empirical.sweeps import Cell, compute_chunk
from empirical.sweeps.chunks import chunks
from empirical.targets import GaussianMixture
from empirical.training import train

SMALL = Configuration(
    seeds=(0, 1),
    steps=30,
    earlier=10,
    draws=2_000,
    ladder=((1,), (2, 2)),
    generator=(4,),
    batch=32,
    sides=16,
)
FIVE = replace(SMALL, ladder=((1,), (2,), (4,), (2, 2), (3, 3)))  # enough for a slope


def ignore(sentence: str, share: float) -> None:
    """No progress bar."""


def small(folder: Path, configuration: Configuration = SMALL) -> Json:
    return experiment("small", configuration, folder, ignore, workers=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one finished sweep, which tests may read but not change."""
    path = tmp_path_factory.mktemp("continuous")
    small(path)
    return path


@pytest.fixture(scope="module")
def record(folder: Path) -> Json:
    """What that sweep stored."""
    return read_json(folder / capacity_continuous.RESULT)


def test_the_ladder_is_the_issues_ladder() -> None:
    """Thirteen classes, from 5 parameters to 1,185: at least ten different parameter counts."""
    counts = {parameter_count(MLP((2, *hidden, 1))) for hidden in LADDER}

    assert len(LADDER) == len(counts) == 13
    assert (min(counts), max(counts)) == (5, 1185)
    assert all(preset.ladder == LADDER for preset in PRESETS.values())


def test_exact_numbers_are_those_of_samples(record: Json) -> None:
    """Second road: the share of 20,000 samples of the same run trained again, up to five deviations.

    A network that is hardly trained has its mass between the modes; the shares are not all zero.
    """
    shares = []
    for one in record["classes"]:
        described = record | {"hidden": one["hidden"]}
        setting = setting_of(described)
        assert isinstance(setting.target, GaussianMixture)
        trained = train(setting, SMALL.seeds, steps=SMALL.steps)
        for run in one["runs"]:
            samples = trained.sample(run["seed"], 20_000, 7).double().numpy()
            distances = np.linalg.norm(samples[:, None] - setting.target.modes.numpy(), axis=2).min(axis=1)
            share = (distances <= 3 * setting.target.sigma).mean()
            exact = run["high_quality"]["value"]
            assert abs(share - exact) <= 5 * np.sqrt(max(exact * (1 - exact), 1e-4) / 20_000)
            shares.append(exact)
    assert max(shares) > 0.01


def test_the_earlier_step_is_the_same_run(record: Json, tmp_path: Path) -> None:
    """A sweep that ends there finds to the bit what this one found on its way."""
    short = small(tmp_path, replace(SMALL, ladder=SMALL.ladder[:1], steps=10, earlier=5))

    for run, stopped in zip(record["classes"][0]["runs"], short["classes"][0]["runs"], strict=True):
        for name, measured in run["earlier"].items():
            assert measured["value"] == stopped[name]["value"]


def test_every_class_has_the_same_budget(record: Json, folder: Path) -> None:
    """One number of updates, one batch, one learning rate, on every line of the table."""
    with (folder / "capacity_continuous.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == len(SMALL.ladder) * len(SMALL.seeds)
    assert {(row["updates"], row["batch"], row["learning_rate"]) for row in rows} == {("30", "32", "0.002")}
    assert [int(row["parameters"]) for row in rows[::2]] == [one["parameters"] for one in record["classes"]]


def planted(monkeypatch: pytest.MonkeyPatch, modes: dict[int, float]) -> None:
    """Every law makes as many modes as planted for the parameters of its discriminator, whatever it is."""

    def result(before: object, after: object, run: int, described: Json) -> Json:
        count = parameter_count(MLP((2, *described["hidden"], 1)))
        value = modes[count] * count ** (0.01 * described["seed"])
        found = {name: {"value": value} for name in capacity_continuous.SHOWN}
        return {**found, "earlier": found, "sampled": {"hit": 0, "high_quality": 0.0}, "ending": None}

    monkeypatch.setattr(capacity_continuous, "_result", result)


COUNTS = [parameter_count(MLP((2, *hidden, 1))) for hidden in FIVE.ladder]


@pytest.mark.parametrize(
    ("power", "outcome"), [(0.0, "NONE"), (0.5, "SLOWER"), (1.0, "PROPORTIONAL"), (1.5, "FASTER")]
)
def test_a_planted_power_is_found(
    power: float, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modes that are a power of the parameters give that power, its outcome and no plateau."""
    planted(monkeypatch, {count: count**power for count in COUNTS})

    found = small(tmp_path, FIVE)["growth"]["covered"]["parameters"]

    # The slopes of the two seeds are the planted power and 0.01 more; Student's factor is 12.7.
    assert found["exponent"]["value"] == pytest.approx(power + 0.005, abs=1e-9)
    assert found["exponent"]["upper"] == pytest.approx(power + 0.005 + 0.0635, abs=1e-4)
    assert found["outcome"] == outcome
    assert not found["plateau"]["chosen"]
    assert found["earlier"]["difference"]["value"] == pytest.approx(0.0, abs=1e-9)


def test_a_class_without_any_mode_is_left_out_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No logarithm, no mean, and too few classes for a slope: said, not guessed."""
    planted(monkeypatch, {count: float(count > 5) for count in COUNTS})

    result = small(tmp_path, FIVE)

    assert result["growth"]["covered"]["parameters"] == {"left_out": [[1]], "exponent": None}
    assert result["classes"][0]["covered"] is None
    assert result["classes"][1]["covered"]["lower"] > 0


def test_an_interrupted_sweep_goes_on_to_the_same_record(folder: Path, tmp_path: Path) -> None:
    """With some of its cells lost and its summary too, it ends with the same bytes."""
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    (copied / capacity_continuous.RESULT).unlink()

    small(copied)

    result = capacity_continuous.RESULT
    assert (copied / result).read_bytes() == (folder / result).read_bytes()


def test_cells_of_one_class_are_one_shape() -> None:
    """A chunk never mixes discriminators, and says what trained it."""
    fixed = {"generator": [4], "sigma": 0.2, "batch": 8, "learning_rate": 1e-3, "betas": [0.5, 0.999]}
    measured = {"draws": 1_000, "samples": 100, "sides": 8}
    cells = [
        Cell.of({**fixed, **measured, "steps": 2, "earlier": 1, "hidden": hidden, "seed": seed})
        for hidden in ([1], [2])
        for seed in (0, 1)
    ]

    planned = chunks(cells, WORK)

    assert {len({repr(cell.configuration["hidden"]) for cell in chunk.cells}) for chunk in planned} == {1}
    done = compute_chunk(WORK, planned[0])
    assert all(finished.engine in ("native", "torch") for finished in done.finished)
    assert WORK.summary is not None
    assert "modes covered" in WORK.summary(done.finished[0].result)


def test_a_cell_holds_all_that_its_result_depends_on(folder: Path) -> None:
    """Network, target, game, type and constants are in what names a cell: none is served another's result."""
    (chunk, *_) = sorted((folder / "cells").glob("*.chunk.json"))
    found = read_json(chunk)["cells"][0]["configuration"]

    assert (found["samples"], found["sides"]) == (2_500, 16)
    assert found["setting"] == setting_of(found).described()
    assert set(found["setting"]) > {"target", "generator", "discriminator", "game", "dtype"}


@pytest.mark.parametrize(
    "changed",
    [{"ladder": ((-1,),)}, {"ladder": ((2, 0),)}, {"earlier": 30}, {"earlier": 0}, {"seeds": (1, 1)}],
)
def test_a_bad_configuration_claims_no_folder(changed: dict[str, object], tmp_path: Path) -> None:
    """Refused with a sentence before anything is written."""
    with pytest.raises(ValueError, match="got"):
        small(tmp_path / "out", replace(SMALL, **changed))

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (-0.1, 0.1, "steady"),
        (0.01, 0.09, "steady"),
        (-0.47, -0.27, "changes"),
        (0.04, 0.23, "changes"),
        (-0.23, 0.09, "open"),
        (-0.01, 0.17, "open"),
    ],
)
def test_a_slope_is_steady_only_where_that_is_shown(lower: float, upper: float, verdict: str) -> None:
    """Equivalence within the margin; an interval that is merely wide shows nothing."""
    difference = Measurement(
        observable="slope_difference",
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        confidence=0.95,
        unit="1",
        obtained="planted",
    )

    assert training_time(difference) == verdict


def test_a_planted_slope_that_training_makes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power of 1 early and of 1/4 late: the difference is -3/4 and the verdict that it changes."""
    powers = {"earlier": 1.0, "later": 0.25}

    def result(before: object, after: object, run: int, described: Json) -> Json:
        count = parameter_count(MLP((2, *described["hidden"], 1)))
        early, late = (
            {
                name: {"value": count ** (power + 0.01 * described["seed"])}
                for name in capacity_continuous.SHOWN
            }
            for power in powers.values()
        )
        return {**late, "earlier": early, "sampled": {"hit": 0, "high_quality": 0.0}, "ending": None}

    monkeypatch.setattr(capacity_continuous, "_result", result)

    for name in capacity_continuous.NUMBERS:
        found = small(tmp_path, FIVE)["growth"][name]["parameters"]["earlier"]
        assert found["verdict"] == "changes"
        assert found["difference"]["value"] == pytest.approx(-0.75, abs=1e-9)
