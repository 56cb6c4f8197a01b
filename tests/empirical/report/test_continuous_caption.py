"""The caption says what the record says, and nothing where there is no slope."""

from typing import Any

from empirical.report.continuous_caption import continuous_caption


def measured(value: float) -> dict[str, Any]:
    """A stored interval."""
    return {"value": value, "lower": value - 0.1, "upper": value + 0.1, "confidence": 0.95}


def record(*, chosen: bool = False, slope: bool = True) -> dict[str, Any]:
    """A stored record with one slope."""
    slopes = {
        "exponent": measured(0.4) if slope else None,
        "sentence": "the number of modes grows: told",
        "tests": [{"student": 0.01}, {"student": 0.02}],
        "plateau": {"chosen": chosen, "level": measured(9.04), "errors": [0.63, 0.31]},
        "earlier": {"difference": measured(-0.3) if chosen else None},
    }
    fixed = {"steps": 2_000, "earlier": 500, "batch": 128, "learning_rate": 0.002}
    return fixed | {"growth": {"covered": {"parameters": slopes}}}


def test_the_slope_and_its_tests_are_told() -> None:
    """Power, interval, both tests and the budget."""
    caption = continuous_caption(record())

    assert (
        "power 0.40, 95 % interval [0.30, 0.50]; Student's p is 0.01 against 0 and 0.02 against 1" in caption
    )
    assert "batches of 128 and learning rate 0.002" in caption
    assert "No plateau is told from a line" in caption
    assert "at step" not in caption


def test_a_plateau_and_the_earlier_step_are_told_where_they_are() -> None:
    """The level that the criterion chose, and the difference of the slopes."""
    caption = continuous_caption(record(chosen=True))

    assert "levels off near 9 modes" in caption
    assert "is −0.30" in caption.replace("-", "−")


def test_no_slope_is_no_claim() -> None:
    """Too few classes: said. No record: only what the plot shows."""
    assert "power" not in continuous_caption(record(slope=False))
    assert "Too few classes" in continuous_caption(record(slope=False))
    assert "updates" not in continuous_caption({})
