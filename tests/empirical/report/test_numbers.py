"""Numbers and intervals as a reader sees them."""

import pytest

from empirical.report.numbers import interval, number


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (-1.386294, "−1.3863"),
        (115260.0, "115\N{NARROW NO-BREAK SPACE}260"),
        (1.5e-7, "1.500×10⁻⁷"),
        (2.25e12, "2.250×10¹²"),
        (None, "∞"),
    ],
)
def test_numbers_are_written_for_a_reader(value: float | None, written: str) -> None:
    """Five digits, grouped thousands, powers of ten only where they help."""
    assert number(value) == written


def test_intervals_show_open_ends() -> None:
    """A closed end has a bracket, an open one a parenthesis at infinity."""
    assert interval({"lower": 1.0, "upper": None}) == "[1, ∞)"
    assert interval({"lower": None, "upper": 2.0}) == "(−∞, 2]"
    assert interval({"lower": 1.0, "upper": 2.0}) == "[1, 2]"


def test_intervals_too_narrow_to_see_show_their_width() -> None:
    """Ends that would be written alike become one number and half of the width; a point has no width."""
    assert interval({"lower": 0.6 - 3e-9, "upper": 0.6 + 3e-9}) == "0.6 ± 3×10⁻⁹"
    assert interval({"lower": 5.0, "upper": 5.0}) == "5"
