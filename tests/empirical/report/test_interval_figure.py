"""The picture of a verdict: order on the line is order of the numbers."""

from xml.etree import ElementTree

import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from empirical.report.interval_figure import WIDTH, interval_figure
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
    tick = place(found["predicted"], "x1")
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

    tick = place(at_most["predicted"], "x1")
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
