"""The caption says what the record says, and nothing where there is no slope."""

from empirical.report.continuous_caption import continuous_caption
from tests.empirical.report.continuous_record import measured, record


def test_the_slope_and_its_tests_are_told() -> None:
    """Power, interval, both tests and the budget."""
    caption = continuous_caption(record())

    assert "power 0.40 [0.30, 0.50], a 95 % interval, after these updates" in caption
    assert "Student's p is 0.01 against 0 and 0.02 against 1" in caption
    assert "batches of 128 and learning rate 0.002" in caption
    assert "No plateau is told from a line" in caption


def test_a_plateau_is_told_where_there_is_one() -> None:
    """The level that the criterion chose."""
    plateau = {"chosen": True, "level": measured(9.04), "errors": [0.63, 0.31]}

    assert "levels off near 9 modes" in continuous_caption(record(plateau=plateau))


def test_training_time_is_told_of_all_three_numbers() -> None:
    """The ablations that fail stand beside the one that passes, with the classes that were left out."""
    caption = continuous_caption(record())

    assert "slope of the modes covered goes from 0.40 to 0.40" in caption
    assert (
        "slope of the modes that samples hit without the classes 1, 2 goes from 0.51 to 0.14, a difference "
        "of −0.37 [−0.47, −0.27]. Depends on training time: it falls" in caption
    )
    assert "effective number of modes goes from 0.30 to 0.35" in caption
    assert (
        caption.count("Steady:") == caption.count("Depends on training time:") == caption.count("Open:") == 1
    )


def test_no_slope_is_no_claim() -> None:
    """Too few classes: said. No record: only what the plot shows."""
    assert "power" not in continuous_caption(record(exponent=None))
    assert "Too few classes" in continuous_caption(record(exponent=None))
    assert "updates" not in continuous_caption({})
