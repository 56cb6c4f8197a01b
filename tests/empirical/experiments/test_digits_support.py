"""The digits' support: every generator beside the real digits, computed once."""

from pathlib import Path

import numpy as np
import pytest

from empirical.experiments import digits_support
from empirical.experiments.digits_support import REAL, Budget, run
from empirical.observables import birthday_support
from empirical.targets import DIGITS


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two presets that take a second."""
    budgets = {
        "quick": Budget(runs=2, steps=3, samples=800),
        "full": Budget(runs=1, steps=3, samples=800),
    }
    monkeypatch.setattr(digits_support, "BUDGETS", budgets)


def silent(stage: str, done: float) -> None:
    """Nobody watches."""


def test_each_generator_stands_beside_the_real_digits(tmp_path: Path) -> None:
    """One estimate a seed, all at the resolution that the real digits chose; second road: a direct call."""
    result = run("quick", tmp_path, silent)
    direct = birthday_support(DIGITS.data.numpy()[:800], batch=40, reference=DIGITS.data.numpy())

    assert list(result["estimates"]) == [REAL, "generator, seed 0", "generator, seed 1"]
    assert {estimate["resolution"] for estimate in result["estimates"].values()} == {direct.resolution}
    assert direct.reference is not None
    assert result["estimates"][REAL] == direct.reference.as_dict()


def test_the_images_are_the_digits(tmp_path: Path) -> None:
    """The images shown as real are rows of the data, and so is their closest pair."""
    shown = run("quick", tmp_path, silent)["images"][REAL]
    data = {tuple(row) for row in DIGITS.data.numpy().round(3).tolist()}

    assert all(tuple(image) in data for image in [*shown["some"], *shown["closest_pair"]])
    assert np.shape(shown["some"]) == (8, 64)


def test_a_finished_result_is_read_again(tmp_path: Path) -> None:
    """A second run gives the stored result, whatever it says, and trains nothing."""
    run("quick", tmp_path, silent)
    path = tmp_path / "result.json"
    path.write_text(path.read_text().replace("generator, seed 1", "generator, marked"))

    assert "generator, marked" in run("quick", tmp_path, silent)["estimates"]


def test_another_preset_is_refused(tmp_path: Path) -> None:
    """A folder of another preset is left alone."""
    run("quick", tmp_path, silent)

    with pytest.raises(ValueError, match="another configuration"):
        run("full", tmp_path, silent)


def test_an_unknown_preset_is_refused(tmp_path: Path) -> None:
    """The sentence names the presets, and nothing is written."""
    with pytest.raises(ValueError, match="no preset 'slow': use one of quick, full"):
        run("slow", tmp_path, silent)

    assert list(tmp_path.iterdir()) == []
