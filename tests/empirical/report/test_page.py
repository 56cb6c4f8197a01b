"""The page: complete, self-contained, and a pure function of what is stored."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import sympy as sp

from empirical.report.page import page
from tests.empirical.report.stored import results, verdict
from theory.relation import Relation

HOLDS = verdict(Relation.EQUALS, sp.Rational(3, 5), 0.59, 0.6, 0.61)
FAILS = verdict(Relation.AT_MOST, sp.Rational(1, 20), 0.06, 0.07, 0.08)
UNDECIDED = verdict(Relation.AT_LEAST, sp.Integer(1), 0.5, 1.2, float("inf"))
VOID = {"meta", "img", "br", "link", "hr"}


class Reader(HTMLParser):
    """Collects what a browser would load or follow, and checks that each element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remembers links and anchors."""
        if tag not in VOID:
            self.open.append(tag)
        named = dict(attrs)
        self.links += [named[key] or "" for key in ("href", "src") if key in named]
        self.anchors += [named["id"] or ""] if "id" in named else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that closes itself opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        """What closes is what was opened last."""
        assert self.open.pop() == tag


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_the_page_is_well_formed_and_loads_nothing() -> None:
    """Every element is closed; every link stays inside the page; no script."""
    reader = read(page(results(HOLDS, FAILS, UNDECIDED)))

    assert reader.open == []
    assert all(link.startswith("data:") or link.removeprefix("#") in reader.anchors for link in reader.links)
    assert "<script" not in page(results(HOLDS))


def test_each_outcome_is_counted_apart() -> None:
    """The three counts are those of the verdicts; undecided is not among those that hold."""
    html = page(results(HOLDS, HOLDS, FAILS, UNDECIDED))

    found = re.findall(r'<li class="(holds|fails|undecided)"><b>(\d+)</b>', html)
    assert dict(found) == {"holds": "2", "fails": "1", "undecided": "1"}


def test_an_undecided_verdict_says_why() -> None:
    """The judge's sentence stands on the page where the comparison stayed open."""
    assert "has the predicted bound inside it" in page(results(UNDECIDED))
    assert "Undecided:" not in page(results(HOLDS))


def test_a_surviving_variant_is_alarming() -> None:
    """A control that survived turns its count into a failure's colour."""
    run = results(HOLDS)
    assert run.proofs is not None
    spoiled = replace(
        run,
        proofs={**run.proofs, "controls": {**run.proofs["controls"], "survived": ["a mutant", "another"]}},
    )

    assert '<li class=""><b>0</b><span>of them survived' in page(run)
    assert '<li class="fails"><b>2</b><span>of them survived' in page(spoiled)


def test_stored_text_is_text() -> None:
    """Markup in a stored sentence is shown, not obeyed."""
    assert "Invented &lt;for&gt; the test." in page(results(HOLDS))


def test_the_same_results_give_the_same_bytes() -> None:
    """The page is a function of the results: nothing of the moment enters it."""
    run = results(HOLDS, FAILS)

    assert page(run) == page(run)


def test_a_run_without_proofs_has_a_page() -> None:
    """Verdicts alone are shown, and the page says that nothing was proved in that run."""
    html = page(replace(results(HOLDS), proofs=None))

    assert "not proved here" in html
    assert "theorems proved" not in html
