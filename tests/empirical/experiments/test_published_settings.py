"""Published settings, small: planted samples give planted numbers, and no band is forced."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from empirical.experiments import published_settings
from empirical.experiments.published_protocols import ON_GRID, ON_RING, ROUND, TWO, Band, Protocol
from empirical.experiments.published_settings import (
    ACROSS,
    INSIDE,
    OUTSIDE,
    PLAYED,
    PRESETS,
    Budget,
    experiment,
    observed,
    over_seeds,
    place,
    possible,
)
from empirical.measurement import Measurement
from empirical.networks import parameter_count
from empirical.storage import Json, read_json
from empirical.training import Adam, train


def ignore(sentence: str, share: float) -> None:
    """No progress bar."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Two settings, hardly trained."""
    budgets = {"two points": Budget(1, 2), "ring, small networks": Budget(3, 2)}
    return experiment("small", budgets, tmp_path_factory.mktemp("published"), ignore, workers=1)


def test_both_points_are_seen() -> None:
    """Equal shares at the atoms: all near, half at the lesser one."""
    samples = np.repeat(np.array([[-1.0, 0.0], [1.0, 0.0]]), 50, axis=0)

    assert observed(TWO, samples) == {"near_a_point": 1.0, "lesser_point": 0.5, "both_points": 1.0}


def test_a_collapse_to_one_point_is_told() -> None:
    """The control: all samples at one point are near it, and no success."""
    assert observed(TWO, np.array([[1.0, 0.0]] * 10)) == {
        "near_a_point": 1.0,
        "lesser_point": 0.0,
        "both_points": 0.0,
    }


def test_a_segment_between_the_points_is_told() -> None:
    """Uniform samples between the points: a quarter of them is near one."""
    samples = np.stack((np.linspace(-1, 1, 8_001), np.zeros(8_001)), axis=1)

    found = observed(TWO, samples)

    assert found["near_a_point"] == pytest.approx(0.25, abs=1e-3)
    assert found["both_points"] == 0


@pytest.mark.parametrize(("arc", "whole"), [(1.0, 1.0), (0.5, 0.0)])
def test_half_a_circle_is_no_circle(arc: float, whole: float) -> None:
    """All of the circle is a success, one half of it is not."""
    angles = 2 * np.pi * arc * (np.arange(800) + 0.5) / 800

    found = observed(ROUND, np.stack((np.cos(angles), np.sin(angles)), axis=1))

    assert found["whole_circle"] == whole
    assert found["radius_error"] == pytest.approx(0.0, abs=1e-12)
    assert found["angle_distance"] == pytest.approx(1 - arc, abs=1e-12)


@pytest.mark.parametrize("chosen", [ON_RING, ON_GRID])
def test_planted_modes_are_counted(chosen: Protocol) -> None:
    """Samples at three centres: three modes, all of high quality."""
    samples = chosen.target.modes.numpy()[:3]  # pyright: ignore[reportAttributeAccessIssue]

    assert observed(chosen, samples) == {"modes": 3.0, "high_quality": 1.0}


def measured(lower: float, upper: float) -> Measurement:
    middle = (lower + upper) / 2
    return Measurement(
        observable="m", value=middle, lower=lower, upper=upper, confidence=0.95, unit="1", obtained="planted"
    )


@pytest.mark.parametrize(
    ("ends", "where"),
    [((0.2, 0.8), INSIDE), ((-0.1, 0.5), ACROSS), ((1.1, 1.2), OUTSIDE), ((-2.0, -1.0), OUTSIDE)],
)
def test_an_interval_is_placed(ends: tuple[float, float], where: str) -> None:
    """Inside only where all of it is, outside only where none of it is."""
    assert place(Band("m", "0.5", 0.0, 1.0, "planted"), measured(*ends)) == where


def of(protocol: Protocol, observable: str) -> Band:
    """The first band of this number."""
    return next(band for band in protocol.bands if band.observable == observable)


def test_two_papers_have_two_bands() -> None:
    """1 and 6.3 ± 0.5 of 8 modes: [0, 2] and [5.3, 7.3]; all modes are outside both, and 4 as well."""
    bands = [band for band in ON_RING.bands if band.observable == "modes"]

    assert [(band.lower, band.upper) for band in bands] == [(0.0, 2.0), (5.3, 7.3)]
    for modes in (8.0, 4.0):
        assert [place(band, over_seeds(band, [modes] * 3)) for band in bands] == [OUTSIDE, OUTSIDE]
    assert [place(band, over_seeds(band, [6.0] * 3)) for band in bands] == [OUTSIDE, INSIDE]


@pytest.mark.parametrize("protocol", [ON_RING, ON_GRID, TWO, ROUND])
def test_every_band_of_a_mean_can_be_missed(protocol: Protocol) -> None:
    """Runs that agree on a value in the band are inside, and on one end of the range outside."""
    for band in protocol.bands:
        if band.observable in ("both_points", "whole_circle"):
            continue
        most = 100.0 if band.most is None else band.most
        ends = {place(band, over_seeds(band, [value] * 3)) for value in (0.0, most)}
        middle = (band.lower + band.upper) / 2

        assert possible(band, 3) == [INSIDE, ACROSS, OUTSIDE]
        assert OUTSIDE in ends
        assert place(band, over_seeds(band, [middle] * 3)) == INSIDE


def test_a_band_that_few_runs_cannot_miss_is_known() -> None:
    """Frequencies above 0.05: no success among n is outside where 1 - 0.025^(1/n) < 0.05, from n = 72 on."""
    band = of(TWO, "both_points")

    assert possible(band, 3) == possible(band, 20) == [INSIDE, ACROSS]
    assert possible(band, 71) == [INSIDE, ACROSS]
    assert possible(band, 72) == [INSIDE, ACROSS, OUTSIDE]
    assert possible(Band("high_quality", "any", 0.0, 1.0, "planted", 1.0), 3) == [INSIDE]


def test_an_edited_setting_is_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell holds the setting: with another learning rate, the folder of the first is refused, unchanged."""
    name = "ring, small networks"
    budgets = {name: Budget(1, 2)}
    experiment("small", budgets, tmp_path, ignore, workers=1)
    (chunk, *_) = (tmp_path / "cells").glob("*.chunk.json")
    one = PLAYED[name]
    cell = read_json(chunk)["cells"][0]["configuration"]

    assert set(cell) == {"name", "steps", "seed", *one.described()}
    assert cell["setting"] == one.setting.described()

    edited = replace(one, setting=replace(one.setting, generator_optimizer=Adam(0.5)))
    monkeypatch.setattr(published_settings, "PLAYED", {name: edited})
    with pytest.raises(ValueError, match="another configuration"):
        experiment("small", budgets, tmp_path, ignore, workers=1)


def test_successes_are_counted_with_exact_limits() -> None:
    """Three of four runs: Clopper-Pearson, 0.194 to 0.994 at 95 %."""
    found = over_seeds(of(TWO, "both_points"), [1.0, 1.0, 1.0, 0.0])

    assert found.value == 0.75
    assert found.lower == pytest.approx(0.19412, abs=1e-4)
    assert found.upper == pytest.approx(0.99369, abs=1e-4)


def test_an_interval_stays_in_its_numbers_range() -> None:
    """Student's interval of 0, 0 and 0.5 reaches from -0.55 to 0.88; a lesser share lies in [0, 1/2]."""
    found = over_seeds(of(TWO, "lesser_point"), [0.0, 0.0, 0.5])

    assert (found.lower, found.upper) == (0.0, 0.5)
    assert found.value == pytest.approx(1 / 6)


def test_the_record_says_what_was_changed(record: Json) -> None:
    """Every number has its published one and its band's reason; every setting its budget and its changes."""
    assert [one["name"] for one in record["settings"]] == ["two points", "ring, small networks"]
    for one in record["settings"]:
        assert one["changes"]
        assert len(one["runs"]) == 2
        for row in one["numbers"]:
            assert row["published"]
            assert row["why"]
            assert row["outcome"] in (INSIDE, OUTSIDE, ACROSS)
            values = [run["numbers"][row["observable"]] for run in one["runs"]]
            assert row["measured"]["value"] == pytest.approx(np.mean(values))
    assert record["settings"][1]["published_steps"] == 400_000


def test_every_preset_plays_settings_that_exist() -> None:
    """Names agree, and each band's observable is one that is measured."""
    assert {name for budgets in PRESETS.values() for name in budgets} == set(PLAYED)
    for one in PLAYED.values():
        numbers = observed(one.protocol, np.zeros((4, 2)))
        assert {band.observable for band in one.protocol.bands} == set(numbers)


def test_the_published_networks_train() -> None:
    """Batch normalisation, maxout and tanh: a step of each moves both players, and nothing ends."""
    for name in ("ring, as published", "ring, demo"):
        trained = train(PLAYED[name].setting, (0,), steps=1)

        assert trained.endings == (None,)
        assert np.isfinite(trained.sample(0, 50, 0).numpy()).all()
    published = PLAYED["ring, as published"].setting
    # Maxout of 5 pieces: five affine maps of (2, 200), (200, 200), (200, 200), and one output of 201.
    assert parameter_count(published.discriminator) == 5 * (3 * 200 + 2 * 201 * 200) + 201
