"""The tables of predicted beside observed: every verdict once, and each fact at one place."""

from typing import Any

import sympy as sp

from empirical.report.comparisons import comparisons, sentence
from tests.empirical.report.stored import verdict
from theory.relation import Relation

HOLDS = verdict(Relation.EQUALS, sp.Integer(3), 2.97, 3, 3.03)
FAILS = verdict(Relation.AT_MOST, sp.Integer(1), 2.0, 3, 4.0)


def with_measured(record: dict[str, Any], **changed: object) -> dict[str, Any]:
    """The record with changed fields of its measurement."""
    return record | {"measured": record["measured"] | changed}


def test_every_verdict_is_a_row() -> None:
    """Each verdict has one picture and one coloured word, in its observable's table."""
    other = HOLDS | {"observable": "support", "predicted": HOLDS["predicted"] | {"unit": "atoms"}}

    html = comparisons([HOLDS, other, FAILS])

    assert html.count("<table") == 2
    assert html.count("<svg") == 3
    assert html.count('class="outcome holds"') == 2
    assert "<h4>support, atoms</h4>" in html


def test_a_failure_gives_its_reason() -> None:
    """The judge's sentence stands below what does not hold, and nowhere else."""
    assert "exceeds the predicted maximum" in comparisons([FAILS])
    assert 'class="why"' not in comparisons([HOLDS])


def test_what_all_rows_share_is_said_once() -> None:
    """A parameter that is equal in all rows moves below the table; one that differs stays in its row."""
    first = with_measured(HOLDS, parameters={"seeds": 5, "atom": 0})
    second = with_measured(HOLDS, parameters={"seeds": 5, "atom": 1})

    html = comparisons([first, second])

    assert html.count("seeds 5") == 1
    assert "In all rows: seeds 5." in html
    assert "<small>atom 0</small>" in html
    assert "<small>atom 1</small>" in html


def test_how_numbers_were_obtained_is_never_lost() -> None:
    """One way for all rows stands below the table; three different ones stand in their rows."""
    ways = ["counted", "enclosed", "fitted"]

    html = comparisons([with_measured(HOLDS, obtained=way) for way in ways])

    assert all(f"<small>{way}</small>" in html for way in ways)
    assert '<p class="note">Invented &lt;for&gt; the test.' in comparisons([HOLDS, HOLDS])


def test_a_long_exact_value_gives_way_to_its_decimal() -> None:
    """A short exact value is shown beside the decimal; one that would burst the table is not."""
    short = verdict(Relation.EQUALS, sp.Integer(3), 2.9, 3, 3.05)
    short["predicted"] = {"exact": "log(2)", "value": 0.5, "unit": "nats"}
    long = short | {"predicted": {"exact": "log(2) + 12345678/87654321", "value": 0.5, "unit": "nats"}}

    assert "= log(2) = 0.5" in comparisons([short])
    assert "12345678" not in comparisons([long])


def test_sentences_begin_and_end_as_sentences() -> None:
    """A capital at the start, one full stop at the end."""
    assert sentence("as it is") == "As it is."
    assert sentence("Done.") == "Done."
