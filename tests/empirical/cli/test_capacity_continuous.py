"""``ganproof capacity continuous``: one small sweep, its table and plot; a second start trains nothing."""

from pathlib import Path

import pytest

from empirical.experiments import capacity_continuous
from empirical.experiments.capacity_continuous import Configuration
from tests.empirical.cli.command import Command

SMALL = Configuration(
    seeds=(0, 1), steps=4, earlier=2, draws=1_000, ladder=((1,), (2,)), generator=(3,), batch=8, sides=8
)


def test_the_command_writes_numbers_and_plot(
    ganproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CSV and JSON beside PNG, SVG and PDF; started again it reads what is stored, to the same answer."""
    monkeypatch.setitem(capacity_continuous.PRESETS, "quick", SMALL)
    command = ("capacity", "continuous", "--workers", 1, "--out", tmp_path / "out")

    assert ganproof(*command).code == 0

    assert (tmp_path / "out" / "capacity_continuous.csv").read_text().count("\n") == 5
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {f"capacity_continuous.{end}" for end in ("csv", "json", "pdf", "png", "svg")} <= names
    monkeypatch.setattr(capacity_continuous, "train", None)
    assert [one["parameters"] for one in ganproof(*command, "--json").json["classes"]] == [5, 9]
