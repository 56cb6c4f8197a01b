"""The capacity plots: each found support at its place, laws as lines, files of fixed bytes."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from empirical.report.capacity_figure import capacity_figure
from empirical.report.pictures import save_figure, svg_of
from tests.empirical.report.trained_record import trained_record


def measured(value: float, lower: float, upper: float) -> dict[str, Any]:
    """A stored interval."""
    return {"value": value, "lower": lower, "upper": upper, "confidence": 0.95}


def exact() -> dict[str, Any]:
    """A stored record of two computed supports of one class, on either axis."""
    found = [
        {"at": at, "verdict": {"outcome": "HOLDS", "measured": measured(n, n, n)}}
        for at, n in ((0.5, 4.0), (0.25, 16.0))
    ]
    law = {"law": "l2-ball", "relation": "=", "fixed": {"functions": 4096}}
    curve = {"at": [1.0, 0.25], "support": [1.0, 16.0]}
    return {
        "series": [
            law | {"axis": "epsilon", "curve": curve, "found": found},
            law | {"axis": "functions", "curve": {"at": [1.0, 9.0], "support": [1.0, 3.0]}, "found": []},
        ]
    }


def points(figure: Figure) -> set[tuple[float, float]]:
    """Every drawn point of every axis, to three digits."""
    return {
        (float(f"{x:.3g}"), float(f"{y:.3g}"))
        for axes in figure.axes
        for line in axes.get_lines()
        for x, y in np.asarray(line.get_xydata()).tolist()
    }


def test_computed_supports_stand_at_the_inverse_tolerance() -> None:
    """A support found at epsilon is drawn at 1/epsilon, where its law's line passes through it."""
    figure = capacity_figure("exact", exact())

    assert {(2.0, 4.0), (4.0, 16.0)} <= points(figure)


@pytest.mark.parametrize(("kind", "record"), [("exact", exact()), ("trained", trained_record())])
def test_a_plot_is_three_files_of_fixed_bytes(kind: str, record: dict[str, Any], tmp_path: Path) -> None:
    """PNG, SVG and PDF are written, each begins as its format does, and a second time the same bytes."""
    first = [path.read_bytes() for path in save_figure(capacity_figure(kind, record), tmp_path, "plot")]
    second = [path.read_bytes() for path in save_figure(capacity_figure(kind, record), tmp_path, "plot")]

    assert first == second
    assert [content[:5] for content in first] == [b"\x89PNG\r", b"<?xml", b"%PDF-"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plot.pdf", "plot.png", "plot.svg"]


def test_the_svg_is_well_formed() -> None:
    """A page can hold it."""
    assert ElementTree.fromstring(svg_of(capacity_figure("exact", exact()))).tag.endswith("svg")
