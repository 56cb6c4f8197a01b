"""The section on trained generators: what a loss shows beside what is so, and nothing that was not stored."""

from math import log
from typing import Any

import numpy as np

from empirical.densities.maps.density_map import DensityMap, DiscriminatorMap, Window
from empirical.densities.maps.stored_maps import Maps
from empirical.report.density_section import density_section, trained_figure


def measured(value: float, half: float = 0.001) -> dict[str, Any]:
    return {"value": value, "lower": value - half, "upper": value + half}


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
        "high_quality": measured(0.9264),
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

    for words in ("[1.365, 1.367]", "0.009", "[0.2836, 0.2856]", "92.64 %", "98.89 %", f"{2 * log(2):.5g}"):
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
        "3x32-seed-0: the loss 1.366 (2 log 2 = 1.386) shows a divergence of 0.010 nats; it is 0.285 ± 0.001"
    )
