"""The section on published settings says what the record says, escaped."""

from typing import Any

from empirical.report.published_section import published_section


def record(**changed: object) -> dict[str, Any]:
    """A stored record of one setting and one number."""
    row = {
        "observable": "modes",
        "published": "1 & 6.3",
        "lower": 1.0,
        "upper": 7.3,
        "why": "two papers <differ>",
        "measured": {"value": 8.0, "lower": 7.5, "upper": 8.5, "confidence": 0.95},
        "outcome": "outside",
        "possible": ["inside", "across its edge", "outside"],
    }
    setting = {
        "name": "ring, small networks",
        "source": "a table",
        "protocol": "four layers",
        "changes": ["two layers"],
        "steps": 10_000,
        "published_steps": 400_000,
        "runs": [{"ending": None}, {"ending": "stopped being finite"}],
        "numbers": [row],
    }
    return {"settings": [setting | changed]}


def test_each_number_stands_beside_the_published_one() -> None:
    """Published value, band, measured interval and where it lies."""
    section = published_section(record(), "quick")

    for text in ("1 &amp; 6.3", "[1, 7.3]", "8 in [7.5, 8.5]", "<td>outside</td>"):
        assert text in section
    assert "of 1 intervals that could lie outside their bands, 0 lie inside, 1 outside" in section


def test_a_band_that_cannot_be_missed_is_called_no_test() -> None:
    """It is not counted, and what it could have said stands there."""
    stored = record()
    stored["settings"][0]["numbers"][0] |= {"possible": ["inside", "across its edge"], "outcome": "inside"}

    section = published_section(stored, "quick")

    assert "not a test with 2 runs, which can lie inside or across its edge only: inside" in section
    assert "of 0 intervals" in section


def test_the_budget_and_the_changes_are_told() -> None:
    """Steps of the published ones, what was changed, why the band, and which runs ended early."""
    section = published_section(record(), "quick")

    assert "2 runs of 10\N{NARROW NO-BREAK SPACE}000 steps, of the published 400" in section
    assert "Changed here: two layers. Ended early: stopped being finite." in section
    assert "two papers &lt;differ&gt;" in section
    assert "is not told" in published_section(record(published_steps=None), "quick")
