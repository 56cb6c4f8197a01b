"""Continuous generators against the ladder, small: each number beside its second road, computed once."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from empirical.experiments import capacity_continuous
from empirical.experiments.capacity_continuous import (
    HIT,
    LADDER,
    PRESETS,
    WORK,
    Configuration,
    experiment,
    setting_of,
)
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
    cells = [
        Cell.of({**fixed, "steps": 2, "earlier": 1, "draws": 1_000, "hidden": hidden, "seed": seed})
        for hidden in ([1], [2])
        for seed in (0, 1)
    ]

    planned = chunks(cells, WORK)

    assert {len({repr(cell.configuration["hidden"]) for cell in chunk.cells}) for chunk in planned} == {1}
    done = compute_chunk(WORK, planned[0])
    assert all(finished.engine in ("native", "torch") for finished in done.finished)
    assert WORK.summary is not None
    assert "modes covered" in WORK.summary(done.finished[0].result)
    assert HIT == 2_500
