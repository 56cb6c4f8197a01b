"""The trained capacity sweep, small: what it stores, what it never claims, and how it goes on."""

import csv
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from empirical.experiments import capacity_trained
from empirical.experiments.capacity_trained import PRESETS, Configuration, experiment
from empirical.storage import Json, read_json
from empirical.training.crowd import Crowd

SMALL = Configuration(
    seeds=(0, 1),
    most=24,
    hidden=((1,), (2,), (3,), (2, 2)),
    epsilons=("2/5", "3/10"),
    points=24,
    dim=3,
    laws=1,
    tries=2,
    response_steps=(10, 10),
    doublings=1,
    crowd=Crowd(members=2, steps=10, renewal=5, dtype="float32"),
    paces=("2",),
    paced_hidden=((1,), (2,), (3,)),
    paced_seeds=(0, 1),
    known_seeds=(0, 1),
    known_parameters=4,
    compared_seeds=(0,),
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


def test_the_bound_is_drawn_and_never_confirmed(record: Json) -> None:
    """Opponents found by search are not the best of their class, so the verdict is UNDECIDED and says why."""
    for one in record["classes"]:
        for epsilon in SMALL.epsilons:
            found = one["supports"]["trained"][epsilon]
            assert one["supports"]["known"][epsilon]["bound"] is None  # of weights without bound
            assert found["verdict"]["outcome"] == "UNDECIDED"
            assert "no discriminator of the class does better" in found["verdict"]["sentence"]
            assert found["bound"] > max(found["seeds"])


def test_supports_stay_below_the_ceiling_of_all_functions(record: Json) -> None:
    """N(1 - eps) distinct data points fool every function with values in [0, 1], trained or not.

    The ladder's next rung above that number is at most a quarter higher, and at least one atom.
    """
    for one in record["classes"]:
        for epsilon in SMALL.epsilons:
            assert one["at_most"][epsilon] == -(-24 * (1 - Fraction(epsilon)) // 1)
            highest = max(one["supports"]["known"][epsilon]["seeds"])
            assert highest <= 1.25 * one["at_most"][epsilon] + 1


def test_a_tighter_tolerance_needs_no_fewer_atoms(record: Json) -> None:
    """All epsilons share their gaps, so supports are ordered as the epsilons are."""
    for one in record["classes"]:
        for run in one["runs"]:
            loose, tight = (run["supports"]["known"][epsilon]["support"] for epsilon in SMALL.epsilons)
            assert loose <= tight


def test_growth_is_measured_with_tests_and_a_shape(record: Json) -> None:
    """A slope over parameters, p-values and a fit, of classes below half the ceiling, for each epsilon."""
    assert [one["parameters"] for one in record["classes"]] == [6, 11, 16, 17]
    for opponents in ("known", "trained"):
        for epsilon in SMALL.epsilons:
            grown = record["growth"][opponents][epsilon]
            high = [
                one["hidden"]
                for one in record["classes"]
                if 2 * one["supports"][opponents][epsilon]["support"]["value"] > one["at_most"][epsilon]
            ]
            assert grown["near_ceiling"] == high
            fitted = grown["parameters"]
            if len(high) > 1:
                assert fitted is None
                continue
            assert fitted["classes"] == [c["hidden"] for c in record["classes"] if c["hidden"] not in high]
            assert fitted["within"] >= 1
            exponent = fitted["exponent"]
            assert exponent["lower"] <= exponent["value"] <= exponent["upper"]
            assert [test["against"] for test in fitted["tests"]] == [0.0, 1.0]
            assert all(0 <= test["student"] <= 1 for test in fitted["tests"])


def test_training_time_is_compared_on_the_same_classes_and_seeds(record: Json) -> None:
    """At twice the steps the part of the ladder has its own slope; the difference is that of the slopes."""
    assert record["ablation"]["paces"] == ["1", "2"]
    for who in ("generator_pace", "judge_pace"):
        slopes = record["ablation"]["slopes"][who]["known"]["3/10"]
        assert slopes["hidden"] == [[1], [2], [3]]
        difference = slopes["at"]["2"]["value"] - slopes["at"]["1"]["value"]
        assert slopes["differences"]["2"]["value"] == pytest.approx(difference, abs=1e-12)
        verdict = slopes["differences"]["2"]["verdict"]
        assert "±0.1" in verdict or "changes" in verdict
        assert set(slopes["not_settled"]) == {"1", "2"}


def test_every_cell_tells_its_updates(record: Json) -> None:
    """Updates are the steps times the runs, for each m that was tried."""
    for one in record["classes"]:
        for run in one["runs"]:
            tried = len(run["tried"])
            assert run["updates"] == {
                "generator": 10 * tried,
                "crowd": 20 * tried,
                "judges": sum(one["judge_updates"] for one in run["tried"]),
            }
            for one in run["tried"]:
                doubled = one["judge_updates"] - 2 * 2 * 20  # two laws, two tries, ten steps twice
                assert doubled in (
                    0,
                    4 * 40,
                    2 * 4 * 40,
                )  # each law once at most: four tries, twice the steps


def test_classes_tell_how_well_their_laws_were_judged(record: Json) -> None:
    """The gain of the last doubling in the worst seed, how many are settled, and the share of data."""
    for one in record["classes"]:
        for epsilon in SMALL.epsilons:
            found = one["supports"]["known"][epsilon]
            counted = [
                met
                for run, support in zip(one["runs"], found["seeds"], strict=True)
                for met in run["tried"]
                if met["support"] == support
            ]
            gains = [met["gain"] for met in counted if met["gain"] is not None]
            assert found["judging"]["gain"] == max(gains, default=None)
            assert found["judging"]["settled"] == sum(gain < SMALL.least_gain for gain in gains)
            assert found["judging"]["data_points"] == sum(m["law"] == "data points" for m in counted) / 2


def test_the_second_road_never_exceeds_the_exact_maximum(record: Json) -> None:
    """One neuron: what training and search attain is attained, so at most the maximum over half-spaces."""
    shares = record["one_neuron"]["shares"]

    # Sums of some forty weights in float64.
    assert shares["trained"]["most"] <= 1 + 1e-9
    assert shares["searched"]["most"] <= 1 + 1e-9


def test_known_classes_lie_between_their_bounds(record: Json) -> None:
    """Both classes whose maximum is a formula are there, between what is needed and what is enough."""
    assert {one["kind"] for one in record["known"]} == {"wave-ball", "cosine-neurons"}
    for one in record["known"]:
        for found in one["supports"].values():
            assert len(found["seeds"]) == 2
            assert all(found["at_least"] <= seed <= found["at_most"] for seed in found["seeds"])
            assert found["support"]["lower"] <= found["support"]["value"] <= found["support"]["upper"]


def test_a_class_without_a_fooling_support_is_left_out_and_named(tmp_path: Path) -> None:
    """Where no law up to the most atoms fools, there is no support, no verdict and, here, no slope."""
    record = small(
        tmp_path,
        replace(
            SMALL,
            epsilons=("1/50",),
            paced_epsilons=(),
            most=2,
            hidden=SMALL.hidden[:3],
            paces=(),
            known_parameters=2,
        ),
    )

    for one in record["classes"]:
        found = one["supports"]["known"]["1/50"]
        assert (found["censored"], found["support"], found["verdict"]) == (2, None, None)
    assert record["growth"]["known"]["1/50"] == {
        "left_out": [[1], [2], [3]],
        "near_ceiling": [],
        "ceiling": 24,
        "parameters": None,
        "width": None,
    }


def test_an_interrupted_sweep_goes_on_to_the_same_record(folder: Path, tmp_path: Path) -> None:
    """With some of its chunks lost and its summary too, it ends with the same bytes."""
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    for chunk in sorted((copied / "cells").glob("*.chunk.json"))[:2]:
        chunk.unlink()
    (copied / capacity_trained.RESULT).unlink()

    small(copied)

    result = capacity_trained.RESULT
    assert (copied / result).read_bytes() == (folder / result).read_bytes()


def test_a_finished_sweep_trains_nothing(folder: Path, record: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored cells are read."""
    monkeypatch.setattr(capacity_trained, "smallest_supports", None)

    assert small(folder) == record


def test_the_table_has_a_line_for_each_run_and_epsilon(folder: Path, record: Json) -> None:
    """CSV and JSON tell the same supports."""
    with (folder / "capacity_trained.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert [int(row["support"]) for row in rows] == [
        run["supports"]["known"][epsilon]["support"]
        for one in record["classes"]
        for run in one["runs"]
        for epsilon in SMALL.epsilons
    ]


def test_a_folder_of_another_configuration_is_refused(folder: Path) -> None:
    """The sentence says what differs; nothing is overwritten."""
    before = (folder / capacity_trained.RESULT).read_bytes()

    with pytest.raises(ValueError, match="tries"):
        small(folder, replace(SMALL, tries=3))

    assert (folder / capacity_trained.RESULT).read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"epsilons": ("1/2",), "paced_epsilons": ()}, "below|between 0 and 1/2"),
        ({"paced_epsilons": ("1/7",)}, "a part of the ladder"),
        ({"paced_hidden": ((7,),)}, "a part of the ladder"),
        ({"paced_seeds": (5,)}, "a part of the ladder"),
        ({"seeds": ()}, "seed"),
        ({"hidden": ((1,), (1,)), "paces": ()}, "hidden|ladder"),
    ],
)
def test_configurations_without_meaning_are_refused(
    tmp_path: Path, changed: dict[str, object], fault: str
) -> None:
    """One sentence, before anything is trained or written."""
    with pytest.raises(ValueError, match=fault):
        small(tmp_path / "out", replace(SMALL, **changed))

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("preset", "engine", "fault"), [("fast", "local", "fast"), ("quick", "cloud", "cloud")]
)
def test_unknown_names_are_refused(tmp_path: Path, preset: str, engine: str, fault: str) -> None:
    """One sentence, and nothing is written."""
    with pytest.raises(ValueError, match=fault):
        capacity_trained.run(preset, tmp_path / "out", ignore, engine)

    assert not (tmp_path / "out").exists()


def test_presets_measure_enough() -> None:
    """At least ten capacities of width and depth and three epsilons; ten seeds from the standard one on."""
    for name, preset in PRESETS.items():
        assert len(preset.hidden) >= 10
        assert {len(hidden) for hidden in preset.hidden} == {1, 2, 3}
        assert len(preset.epsilons) == 3
        assert len(preset.seeds) >= (3 if name == "quick" else 10)
        assert {"1/2", "2"} <= set(preset.paces)
