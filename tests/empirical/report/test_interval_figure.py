"""The picture of a verdict: order on the line is order of the numbers."""

from xml.etree import ElementTree

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from empirical.report.interval_figure import WIDTH, interval, interval_figure, number
from tests.empirical.report.stored import verdict
from theory.relation import Relation

NUMBERS = st.floats(-1e6, 1e6)


def marks(figure: str) -> dict[str, ElementTree.Element]:
    """The elements of the picture by their class."""
    return {element.attrib["class"]: element for element in ElementTree.fromstring(figure)}


def place(element: ElementTree.Element, name: str) -> float:
    return float(element.attrib[name])


@given(st.lists(NUMBERS, min_size=3, max_size=3).map(sorted), NUMBERS.map(int))
def test_places_keep_the_order_of_the_numbers(ends: list[float], predicted: int) -> None:
    """From left to right lower <= value <= upper, the prediction on its side, all inside the picture."""
    lower, value, upper = ends
    found = marks(interval_figure(verdict(Relation.EQUALS, sp.Integer(predicted), lower, value, upper)))
    tick = place(found["predicted"], "x") if "x" in found["predicted"].attrib else 0.0
    left, middle, right = (
        place(found["interval"], "x1"),
        place(found["value"], "cx"),
        place(found["interval"], "x2"),
    )

    assert 0 <= left <= middle <= right <= WIDTH
    assert 0 <= tick <= WIDTH
    # One tenth of a unit is the precision of a place, so only clear gaps must show.
    if predicted > upper:
        assert tick >= right - 0.1
    if predicted < lower:
        assert tick <= left + 0.1


def test_the_shade_is_the_allowed_side() -> None:
    """AT_MOST shades from the left margin to the prediction, AT_LEAST from it to the right margin."""
    at_most = marks(interval_figure(verdict(Relation.AT_MOST, sp.Integer(2), 1, 1.5, 3)))
    at_least = marks(interval_figure(verdict(Relation.AT_LEAST, sp.Integer(2), 1, 1.5, 3)))

    tick = place(at_most["predicted"], "x")
    assert place(at_most["allowed"], "x") == 0
    assert place(at_most["allowed"], "width") == tick
    assert place(at_least["allowed"], "x") == tick
    assert place(at_least["allowed"], "x") + place(at_least["allowed"], "width") == WIDTH


def test_an_open_end_is_an_arrow() -> None:
    """An end that the data leave open is marked; a known end is not."""
    assert "open" in marks(interval_figure(verdict(Relation.AT_LEAST, sp.Integer(2), 1, 1.5, float("inf"))))
    assert "open" not in marks(interval_figure(verdict(Relation.AT_LEAST, sp.Integer(2), 1, 1.5, 3)))


def test_a_bound_that_is_not_identified_has_no_tick() -> None:
    """An infinite prediction leaves the line without a tick."""
    assert "predicted" not in marks(interval_figure(verdict(Relation.AT_MOST, sp.oo, 1, 1.5, 3)))


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
    """A closed end has a bracket, an open one a parenthesis at infinity, a point its braces."""
    assert interval({"lower": 1.0, "upper": None}) == "[1, ∞)"
    assert interval({"lower": None, "upper": 2.0}) == "(−∞, 2]"
    assert interval({"lower": 2.0, "upper": 2.0}) == "{2}"
