"""ganproof birthday: the user's own samples, with limits that the anchors of theory fix."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from empirical.observables import SupportEstimate
from tests.empirical.cli.command import Command


def saved(folder: Path, samples: np.ndarray, name: str = "samples.npy") -> Path:
    """The samples as a file."""
    np.save(folder / name, samples)
    return folder / name


def colliding(batches: int, hits: int, batch: int = 400) -> np.ndarray:
    """Different numbers in a column, with one pair equal in each of the first ``hits`` batches."""
    values = np.arange(batches * batch, dtype=float)
    for hit in range(hits):
        values[hit * batch] = values[hit * batch + 1]
    return values.reshape(-1, 1)


def test_every_field_is_reported(ganproof: Command, tmp_path: Path) -> None:
    """The JSON has exactly the fields of SupportEstimate."""
    answer = ganproof("birthday", saved(tmp_path, colliding(20, 12)), "--json")

    assert answer.code == 0
    assert set(answer.json) == {field.name for field in fields(SupportEstimate)}


def test_twelve_of_twenty_batches(ganproof: Command, tmp_path: Path) -> None:
    """12 of 20 batches of 400: effective support at most 2.2e5, support at least 4.8e4, each at 97.5 %."""
    found = ganproof("birthday", saved(tmp_path, colliding(20, 12)), "--batch", 400, "--json").json

    assert found["colliding_batches"] == 12
    assert found["one_sided_confidence"] == 0.975
    assert 2.2e5 <= found["effective_support_at_most"] < 2.25e5
    assert 4.8e4 <= found["support_at_least"] < 4.85e4
    assert found["identified"] is True


def test_one_batch_without_a_collision(ganproof: Command, tmp_path: Path) -> None:
    """No collision in 400: a support of at least 26,772 at 95 %, and no upper bound, in words and in JSON."""
    path = saved(tmp_path, colliding(1, 0))
    found = ganproof("birthday", path, "--batch", 400, "--json").json
    shown = ganproof("birthday", path, "--batch", 400).out

    assert found["support_at_least"] == 26772
    assert found["effective_support_at_most"] is None
    assert found["identified"] is False
    assert "no upper bound" in shown


def test_the_reference_stands_beside(ganproof: Command, tmp_path: Path) -> None:
    """With real samples, both are estimated at one resolution."""
    random = np.random.default_rng(0)
    real = saved(tmp_path, random.normal(size=(400, 2)), "real.npy")
    samples = saved(tmp_path, random.normal(size=(400, 2)))

    found = ganproof("birthday", samples, "--reference", real, "--batch", 20, "--json").json

    assert found["resolution_from"] == "reference"
    assert found["reference"]["resolution"] == found["resolution"]
    assert "real.npy" in ganproof("birthday", samples, "--reference", real, "--batch", 20).out


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_refused(ganproof: Command, tmp_path: Path, value: float) -> None:
    """NaN and infinity are named."""
    assert "finite" in ganproof.refused("birthday", saved(tmp_path, np.array([[1.0], [value], [2.0]])))


def test_a_batch_larger_than_the_sample_is_refused(ganproof: Command, tmp_path: Path) -> None:
    """The sentence names both sizes."""
    sentence = ganproof.refused("birthday", saved(tmp_path, colliding(1, 0, batch=10)), "--batch", 11)

    assert "11" in sentence
    assert "10" in sentence


def test_a_file_that_is_not_there_is_refused(ganproof: Command, tmp_path: Path) -> None:
    """The sentence names the path."""
    assert "missing.npy" in ganproof.refused("birthday", tmp_path / "missing.npy")
