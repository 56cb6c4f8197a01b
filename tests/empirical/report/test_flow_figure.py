"""The flows' figure: a line and a map for each objective, the same bytes for the same record."""

from typing import Any
from xml.etree import ElementTree

from empirical.report.flow_figure import flow_figure
from empirical.report.flow_section import flow_section
from empirical.report.pictures import svg_of


def measured(value: float, half: float) -> dict[str, Any]:
    return {"value": value, "lower": value - half, "upper": value + half, "confidence": 0.95}


def flow(objective: str, *values: float) -> dict[str, Any]:
    """The stored part of a run whose held-out likelihood took these values."""
    curve = [measured(value, 0.1) | {"parameters": {"step": 100 * i}} for i, value in enumerate(values)]
    return {
        "objective": objective,
        "log_likelihood": curve,
        "data_log_likelihood": measured(-1.7, 0.1),
        "jensen_shannon": measured(0.2, 0.1),
        "kullback_leibler_from_data": measured(0.8, 0.1),
        "kullback_leibler_from_model": measured(2.5, 0.1),
        "certificate": {"holds": True, "checks": [{"name": "inverse", "holds": values[-1] > -50}]},
        "quality": measured(0.7, 0.01) | {"parameters": {"ceiling": 0.99}},
        "maps": {"model": [[-5.0, -1.0], [-9.0, -2.0]], "data": [[-3.0, -1.0], [-4.0, -2.0]]},
    }


PARTS = {
    "square-layers": {"regions": 9},
    "likelihood-0": flow("likelihood", -4.0, -2.5),
    "minimax-0": flow("minimax", -4.0, -7.5),
}


def svg(parts: dict[str, Any]) -> str:
    return svg_of(flow_figure(parts))


def pictures(svg: str) -> int:
    return len(ElementTree.fromstring(svg).findall(".//{http://www.w3.org/2000/svg}image"))


def test_each_objective_has_a_map_beside_the_data() -> None:
    """Data, two flows and the colours' bar; a second seed adds a line and no map."""
    more = PARTS | {"minimax-1": flow("minimax", -4.0, -3.0)}
    # The bar of colours is an image too.
    assert pictures(svg(PARTS)) == pictures(svg(more)) == 4
    assert len(svg(more)) > len(svg(PARTS))


def test_the_title_says_what_the_first_seeds_say() -> None:
    """The numbers of the sentence are those of the last updates."""
    (title,) = [flow_figure(PARTS).get_suptitle()]
    assert title == (
        "Seed 0, 100 updates: held-out nats −2.50 by maximum likelihood, −7.50 by the minimax game"
    )


def test_the_title_has_the_order_of_the_maps() -> None:
    """Whatever the order of the stored parts, and with the seed that is shown."""
    parts = {"minimax-3": flow("minimax", -4.0, -7.5), "non-saturating-3": flow("non-saturating", -4.0, -5.6)}
    title = flow_figure(parts | {"likelihood-3": flow("likelihood", -4.0, -2.5)}).get_suptitle()
    assert title.startswith("Seed 3")
    assert title.index("−2.50") < title.index("−5.60") < title.index("−7.50")


def test_the_section_has_a_row_for_each_flow_and_names_what_fails() -> None:
    """The page shows every seed's numbers; a certificate that fails says which check did."""
    html = flow_section(PARTS | {"minimax-1": flow("minimax", -4.0, -60.0)}, "quick")

    assert html.count("<tr>") == 4
    assert "minimax game, 1" in html
    assert "Jensen-Shannon, nats<br>95 %" in html
    assert html.count("1 checks hold") == 2
    assert html.count("fails: inverse") == 1
    assert "ganproof check invertible-generator --preset quick" in html


def test_the_same_record_gives_the_same_bytes() -> None:
    """The figure is a function of what is stored; a very low likelihood changes its scale."""
    assert svg(PARTS) == svg(PARTS)
    assert svg(PARTS) != svg(PARTS | {"minimax-0": flow("minimax", -4.0, -75.0)})
