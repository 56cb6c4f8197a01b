"""The section on trained generators: what a loss shows beside what is so, and nothing that was not stored."""

from math import log
from typing import Any

import numpy as np

from empirical.densities.maps.density_map import DensityMap, DiscriminatorMap, Window
from empirical.densities.maps.stored_maps import Maps
from empirical.report.density_section import density_section, trained_figure


def measured(value: float, half: float = 0.001, confidence: float = 0.999) -> dict[str, Any]:
    return {"value": value, "lower": value - half, "upper": value + half, "confidence": confidence}


def record(**changed: object) -> dict[str, Any]:
    """A stored result about one generator."""
    found = {
        "regions": 6004,
        "certificate": {"checks": [{"name": "euler", "holds": True}, {"name": "density", "holds": True}]},
        "payoff": measured(-1.366),
        "shown": measured(0.01),
        "excess": measured(0.55),
        "jensen_shannon": measured(0.2846),
        "total_variation": measured(0.6),
        "high_quality": measured(0.9264, 0.00001, 1.0),
    }
    return {
        "target": {"sigma": 0.1, "high_quality_ceiling": 0.98889},
        "generators": {"3x32-seed-0": found | changed},
    }


def maps() -> Maps:
    window = Window(-1.0, 1.0, -1.0, 1.0)
    drawn = DensityMap(window, np.zeros((4, 4)))
    return Maps(drawn, drawn, DiscriminatorMap(np.full((4, 4), 0.5), np.full((4, 4), 0.5)))


def test_the_loss_stands_beside_the_divergence() -> None:
    """The loss is minus the payoff; what it shows is the lower end; the exact divergence is beside it."""
    html = density_section(record(), {}, "quick")

    for words in (
        "[1.365, 1.367]",
        "0.009",
        "[0.2836, 0.2856]",
        "92.63 to 92.65 %",
        "98.89 %",
        f"{2 * log(2):.5g}",
    ):
        assert words in html
    assert "2 checks hold" in html
    assert "<figure>" not in html


def test_a_failed_check_is_named() -> None:
    """A certificate that fails is not counted among those that hold."""
    failing = {"checks": [{"name": "euler", "holds": True}, {"name": "density", "holds": False}]}
    html = density_section(record(certificate=failing), {}, "quick")

    assert "fails: density" in html
    assert "checks hold" not in html


def test_a_payoff_that_shows_nothing_shows_zero() -> None:
    """A discriminator worse than a coin shows no negative divergence."""
    html = density_section(record(shown=measured(-0.02)), {}, "quick")

    assert '<td class="number">0</td>' in html


def test_the_figure_says_what_its_command_is() -> None:
    """The picture is inside the page, with the command that draws it again."""
    html = density_section(record(), {"3x32-seed-0": maps()}, "quick")

    assert html.count("<figure>") == 1
    assert "ganproof density reproduction/density/3x32-seed-0/generator.safetensors" in html
    title = trained_figure(record(), "3x32-seed-0", maps()).get_suptitle()
    assert title == (
        "3x32-seed-0: the loss 1.366 (2 log 2 = 1.386) shows a divergence of at least 0.009 nats; "
        "it is 0.283 to 0.286"
    )


def test_the_title_and_the_table_tell_the_same_story() -> None:
    """A lower end below 0 shows nothing, in the title too, however large the estimate."""
    title = trained_figure(record(shown=measured(0.002, 0.003)), "3x32-seed-0", maps()).get_suptitle()

    assert "at least 0 nats; it is" in title


def test_each_column_of_intervals_says_how_sure_they_are() -> None:
    """The least confidence of the column; an enclosure is certain."""
    html = density_section(record(total_variation=measured(0.6, confidence=0.95)), {}, "quick")

    assert "JS of the exact laws<br>99.9 %" in html
    assert "TV of the exact laws<br>95 %" in html
    assert "near a mode<br>certain" in html
    assert "0.283 to 0.286" in html  # the text gives an interval, not a number
