"""The table of slopes at two steps: every number, both axes, and no verdict that the record does not hold."""

from empirical.report.continuous_table import continuous_table
from tests.empirical.report.continuous_record import record


def row(number: str, over: str) -> list[str]:
    """The cells of one row."""
    (found,) = [
        line.removesuffix("</td></tr>").split("</td><td>")
        for line in continuous_table(record()).replace(' style="min-width: 15em"', "").split("<tr><td>")[1:]
        if line.startswith(f"{number}</td><td>{over}")
    ]
    return [cell.split("</td>")[0] for cell in found]


def test_a_slope_that_training_makes_is_called_so() -> None:
    """Both slopes, the difference, the classes that are missing, and the direction."""
    cells = row("modes that samples hit", "parameters")

    assert cells[2:7] == [
        "0.40 [0.30, 0.50]",
        "0.51 [0.41, 0.61]",
        "0.14 [0.04, 0.24]",
        "−0.37 [−0.47, −0.27]",
        "1, 2",
    ]
    assert cells[7].startswith("Depends on training time: it falls")
    assert "it rises" in row("modes that samples hit", "width")[7]


def test_only_what_is_shown_to_be_steady_is_called_so() -> None:
    """Steady, open and no slope are three different sentences."""
    assert row("modes covered", "parameters")[7] == "Steady: between the two steps it moves by less than 0.1."
    assert row("effective number of modes", "parameters")[7].startswith("Open:")
    assert row("effective number of modes", "width")[6:] == [
        "4",
        "Too few classes have a mode in every seed at both steps: training time is not told apart.",
    ]
    assert row("modes covered", "width")[2] == "too few classes"
    assert row("modes covered", "width")[6:] == ["1", "No slope."]


def test_no_record_is_no_table() -> None:
    """A page without this sweep has none."""
    assert continuous_table({}) == ""
