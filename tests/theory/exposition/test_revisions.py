"""The ledger of statements: no statement changes under a revision that stands."""

from dataclasses import replace
from pathlib import Path

import pytest

import theory
from theory.exposition import statement_digest
from theory.exposition.revisions import faults, read_ledger, with_new_lines
from theory.kernel import above_zero, positive
from theory.statement import Hypothesis
from theory.theorems.optimal_discriminator import THEOREM

LEDGER = Path(__file__).resolve().parents[3] / "docs" / "revisions.tsv"
ONE_LINE = with_new_lines([THEOREM], "")

CHANGED = {
    "statement": replace(THEOREM, statement=THEOREM.near_misses[0].claim),
    "sentence": replace(THEOREM, sentence=THEOREM.sentence + " Nearly."),
    "hypothesis": replace(THEOREM, hypotheses=(*THEOREM.hypotheses, Hypothesis("and more"))),
    "formal hypothesis": replace(
        THEOREM,
        hypotheses=(
            *THEOREM.hypotheses[:-1],
            Hypothesis(THEOREM.hypotheses[-1].sentence, (above_zero(positive("x")),)),
        ),
    ),
}


def test_every_statement_is_the_one_of_its_revision() -> None:
    """The ledger has each theorem, with the digest of what it says now."""
    assert faults(theory.catalog, LEDGER.read_text()) == []


def test_no_revision_is_lost() -> None:
    """Each theorem of the ledger is still in the catalogue: an id is never given up."""
    assert set(read_ledger(LEDGER.read_text())) <= {theorem.id for theorem in theory.catalog}


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_statement_needs_a_new_revision(change: str) -> None:
    """Whatever part of the statement changes, the old revision is refused and a raised one gets a line."""
    changed = CHANGED[change]

    assert faults([changed], ONE_LINE) == [
        f"{THEOREM.id} says something else than its revision 1: "
        f"raise its revision to 2 and run `make revisions`."
    ]
    with pytest.raises(ValueError, match="raise its revision to 2"):
        with_new_lines([changed], ONE_LINE)
    raised = replace(changed, revision=2)
    assert with_new_lines([raised], ONE_LINE) == ONE_LINE + f"{THEOREM.id}\t2\t{statement_digest(raised)}\n"
    assert faults([raised], with_new_lines([raised], ONE_LINE)) == []


def test_a_revision_does_not_go_back() -> None:
    """Not even to a statement that was once right."""
    raised = replace(CHANGED["sentence"], revision=2)

    assert "goes back to revision 1" in faults([THEOREM], with_new_lines([raised], ONE_LINE))[0]


def test_what_does_not_change_the_statement_needs_none() -> None:
    """Another proof, title or near miss is not another statement."""
    other = replace(THEOREM, title="The best discriminator", near_misses=THEOREM.near_misses[:1])

    assert with_new_lines([other], ONE_LINE) == ONE_LINE


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("one 1 abc", "between tabs"),
        ("one\tx\tabc", "between tabs"),
        ("one\t1\tabc\none\t3\tabc", "does not follow 1"),
    ],
)
def test_a_malformed_line_is_refused(line: str, message: str) -> None:
    """The sentence says what a line is."""
    with pytest.raises(ValueError, match=message):
        read_ledger(line)
