"""The digits' figure: each estimate at its place on the line, and only those that the data give."""

from typing import Any
from xml.etree import ElementTree

from empirical.report.digits_figure import digits_figure
from empirical.report.pictures import svg_of

IMAGE = [i / 64 for i in range(64)]


def result(upper: float | None) -> dict[str, Any]:
    """A stored result of two samples."""
    estimate = {
        "support_at_least": 100,
        "effective_support_at_most": upper,
        "effective_support_estimate": 300.0,
    }
    images = {"some": [IMAGE, IMAGE], "closest_pair": [IMAGE, IMAGE]}
    return {
        "estimates": {"real digits": estimate, "generator, seed 0": estimate},
        "images": {"real digits": images, "generator, seed 0": images},
    }


def svg(record: dict[str, Any]) -> str:
    return svg_of(digits_figure(record))


def pictures(svg: str) -> int:
    return len(ElementTree.fromstring(svg).findall(".//{http://www.w3.org/2000/svg}image"))


def test_every_image_is_shown() -> None:
    """Two samples and a closest pair of each kind: eight pictures."""
    assert pictures(svg(result(1000.0))) == 8


def test_a_bound_that_is_not_identified_is_not_drawn() -> None:
    """Without an upper bound the figure has fewer marks, and is still drawn."""
    assert svg(result(None)).count("<use") < svg(result(1000.0)).count("<use")


def test_the_same_result_gives_the_same_bytes() -> None:
    """The figure is a function of the result: no date, no random name."""
    assert svg(result(1000.0)) == svg(result(1000.0))
