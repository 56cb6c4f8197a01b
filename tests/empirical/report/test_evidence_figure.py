"""The evidence figure: every estimate at its distance from the exact value, overestimates to the right."""

from typing import Any

import numpy as np
import pytest

from empirical.report.evidence_figure import evidence_figure
from empirical.report.evidence_section import evidence_section
from empirical.report.pictures import svg_of


def estimate(value: float, **parameters: float) -> dict[str, Any]:
    return {"value": value, "lower": value - 0.02, "upper": value + 0.03, "parameters": parameters}


def parts() -> dict[str, Any]:
    """Stored parts of an invented run, one of them without a panel."""
    panel = {
        "exact": {"value": -1.0, "parameters": {"points": 100, "regions": 528}},
        "evidence_lower_bound": estimate(-1.5),
        "importance_weighted_bound": [estimate(-1.2, samples=10), estimate(-1.01, samples=1000)],
        "annealed_importance_sampling": [estimate(-0.9, steps=25)],
        "parzen": [{"estimate": estimate(-1.3, samples=100), "limit": {"value": -1.25}}],
    }
    return {
        "linear": {"weight": 1.0},
        "one-latent": {**panel, "latents": 1},
        "two-latents": {**panel, "latents": 2},
    }


def test_marks_stand_at_the_distance_from_the_exact_value() -> None:
    """From the top down: bound, importance-weighted bounds, annealing, Parzen window and its limit."""
    for axes in evidence_figure(parts()).axes:
        marks = {
            (line.get_marker(), float(np.asarray(line.get_ydata())[0])): float(
                np.asarray(line.get_xdata())[0]
            )
            for line in axes.lines
            if line.get_marker() in ("o", "D")
        }
        assert [marks["o", row] for row in range(5)] == pytest.approx([-0.5, -0.2, -0.01, 0.1, -0.3])
        assert marks["D", 4] == pytest.approx(-0.25)


def test_bars_are_the_stored_intervals() -> None:
    """Each reaches from the lower to the upper end, on its estimator's row."""
    for axes in evidence_figure(parts()).axes:
        ends = np.array([line.get_xdata() for line in axes.lines if line.get_linewidth() == 2])
        assert ends[0] == pytest.approx([-0.52, -0.47])
        assert ends[:, 1] - ends[:, 0] == pytest.approx(np.full(5, 0.05))


def test_rows_are_named_once_and_the_numbers_are_printed() -> None:
    """The label of each row, the exact value over each panel, and every distance beside its row."""
    figure = evidence_figure(parts())
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [
        "ELBO",
        "IWAE, 10 latents",
        "IWAE, 1,000 latents",
        "AIS, 25 temperatures",
        "Parzen, 100 samples",
    ]
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "one latent: exact −1.0000 nats",
        "two latents: exact −1.0000 nats",
    ]
    printed = [text.get_text() for text in figure.axes[1].texts]
    minus = "\N{MINUS SIGN}"
    assert printed == [f"{minus}0.500", f"{minus}0.200", f"{minus}0.010", "+0.100", f"{minus}0.300"]


def test_zero_has_no_sign() -> None:
    """A distance that rounds to 0 is printed as 0."""
    tiny = parts()
    tiny["two-latents"]["evidence_lower_bound"] = estimate(-1.0 - 1e-5)

    assert evidence_figure(tiny).axes[1].texts[0].get_text() == "0.000"


def test_the_same_result_gives_the_same_bytes() -> None:
    """The figure is a function of the result."""
    assert svg_of(evidence_figure(parts())) == svg_of(evidence_figure(parts()))


def test_the_section_says_how_the_exact_value_was_found() -> None:
    """Regions, points and the command."""
    section = evidence_section(parts(), "quick")

    assert "a sum over the 528 regions" in section
    assert "for 100 points" in section
    assert "ganproof check evidence-lower-bound --preset quick" in section
