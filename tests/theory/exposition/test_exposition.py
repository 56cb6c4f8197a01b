"""Pages, formulas and entries are pure functions of the objects, and well formed."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

import theory
from theory.exposition import (
    bibtex,
    citation_record,
    claim_as_latex,
    controls_record,
    entry,
    graph,
    prediction_record,
    statement_digest,
    theorem_record,
    to_document,
    to_dot,
    to_index,
    to_latex,
    to_markdown,
    to_mermaid,
    to_svg,
)
from theory.exposition.graph import CITED, Graph
from theory.exposition.latex import _escaped

CATALOG = pytest.mark.parametrize("theorem", theory.catalog, ids=lambda theorem: theorem.id)
EVIDENCE = {theorem.id: theory.prove(theorem) for theorem in theory.catalog}


def faults(latex: str) -> list[str]:
    """Braces, environments, delimiters of growing size, and dollars that do not pair."""
    bare = re.sub(r"\\[{}$%&#_]", "", latex)
    found = []
    if bare.count("{") != bare.count("}"):
        found.append("braces")
    if sorted(re.findall(r"\\begin\{(\w+)\}", latex)) != sorted(re.findall(r"\\end\{(\w+)\}", latex)):
        found.append("environments")
    if len(re.findall(r"\\left\b", latex)) != len(re.findall(r"\\right\b", latex)):
        found.append("delimiters")
    if bare.count("$") % 2:
        found.append("dollars")
    return found


@CATALOG
def test_latex_is_balanced(theorem: theory.Theorem) -> None:
    """The theorem, its statement and every step are formulas that LaTeX can read."""
    claims = [theorem.statement, *(step.claim for part in theorem.derivation for step in part.steps)]

    assert [faults(claim_as_latex(claim)) for claim in claims] == [[]] * len(claims)
    assert faults(to_latex(theorem, EVIDENCE[theorem.id])) == []
    assert rf"\label{{ganproof:{theorem.id}}}" in to_latex(theorem, EVIDENCE[theorem.id])


DOCUMENT = to_document(theory.catalog, list(EVIDENCE.values()))


def test_the_document_is_balanced() -> None:
    """Theorems, derivations and the frame around them pair; the preamble knows each environment."""
    known = {"document", "theorem", "proof", "description", "itemize", "pmatrix", "matrix", "cases"}

    assert faults(DOCUMENT) == []
    assert set(re.findall(r"\\begin\{(\w+)\}", DOCUMENT)) <= known
    assert all(rf"\label{{ganproof:{theorem.id}}}" in DOCUMENT for theorem in theory.catalog)
    assert DOCUMENT.isascii()


def compiled(document: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What pdflatex says of a document."""
    (folder / "theorems.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "theorems.tex"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is missing: nothing was compiled")
def test_the_document_compiles(tmp_path: Path) -> None:
    """Pdflatex makes a PDF of all theorems and derivations, and stops at an undefined command."""
    result = compiled(DOCUMENT, tmp_path)

    assert result.returncode == 0, result.stdout[-2000:]
    assert (tmp_path / "theorems.pdf").stat().st_size > 10_000
    assert compiled(DOCUMENT.replace(r"\begin{theorem}", r"\nosuchcommand", 1), tmp_path).returncode != 0


@pytest.mark.parametrize("broken", ["{", r"\begin{a}", r"\left(", "$x", r"\begin{a}\end{b}"])
def test_unbalanced_latex_is_found(broken: str) -> None:
    """The check sees each way to be unbalanced; escaped signs do not count."""
    assert faults(broken) != []
    assert faults(r"\{ \$ \left(x\right) $y$ \begin{a}\end{a}") == []


@pytest.mark.parametrize("character", "&%$#_{}<>^")
def test_text_is_escaped(character: str) -> None:
    """What LaTeX reads as a command, or prints as another sign, is written so that it prints as itself."""
    plain = re.sub(r"\\[&%$#_{}^]|\$[<>]\$|\{\}", "", _escaped(f"a {character} b"))

    assert character not in plain


def drawn() -> Graph:
    """The graph of the catalogue."""
    return graph(theory.catalog, list(EVIDENCE.values()))


def test_the_graph_has_every_theorem_and_every_use() -> None:
    """Its edges are what the derivations use; in each form there is a node for each theorem."""
    edges = {(used, theorem.id) for theorem in theory.catalog for used in theorem.uses}

    assert set(drawn().edges) == edges
    assert edges
    for theorem in theory.catalog:
        assert f'"{theorem.id}" [shape=' in to_dot(drawn())
        assert re.search(rf"^  {theorem.id}[\[(]", to_mermaid(drawn()), re.MULTILINE)
        assert f">{theorem.id}</text>" in to_svg(drawn())
    for used, user in edges:
        assert f'"{used}" -> "{user}";' in to_dot(drawn())
        assert f"{used} --> {user}" in to_mermaid(drawn())


def test_a_theorem_stands_right_of_what_it_uses() -> None:
    """The picture is well-formed XML in which every arrow leads to the right."""
    root = ElementTree.fromstring(to_svg(drawn()))
    space = "{http://www.w3.org/2000/svg}"
    boxes = zip(root.iter(f"{space}rect"), root.iter(f"{space}text"), strict=True)
    places = {text.text: int(box.get("x", "")) for box, text in boxes}

    assert set(places) == {theorem.id for theorem in theory.catalog}
    assert all(places[used] < places[user] for used, user in drawn().edges)


def test_a_cited_fact_makes_the_border_red() -> None:
    """And only that: the fill is the grade, the shape the kind of statement."""
    for theorem, node in zip(theory.catalog, drawn().nodes, strict=True):
        assert (node.border == CITED) == bool(EVIDENCE[theorem.id].cited)
        assert node.grade == EVIDENCE[theorem.id].grade
        assert node.is_equality == (theorem.statement.relation is theory.Relation.EQUALS)


def test_the_front_page_counts_the_grades() -> None:
    """It says how many theorems are exact, and links to the page of each."""
    page = to_index(theory.catalog, list(EVIDENCE.values()))
    exact = sum(found.grade is theory.Grade.EXACT for found in EVIDENCE.values())

    assert f"{exact} of {len(theory.catalog)} theorems EXACT" in page
    assert all(f"[{t.id}]({t.id.replace('-', '_')}.md)" in page for t in theory.catalog)


@CATALOG
def test_a_citation_is_json(theorem: theory.Theorem) -> None:
    """Statement, hypotheses, grade, cited facts and BibTeX survive a round trip."""
    record = citation_record(theorem, EVIDENCE[theorem.id])

    assert json.loads(json.dumps(record)) == record
    assert record["digest"] == statement_digest(theorem)
    assert record["hypotheses"] == [hypothesis.sentence for hypothesis in theorem.hypotheses]
    assert record["grade"] == EVIDENCE[theorem.id].grade.name


@CATALOG
def test_writing_twice_gives_the_same_bytes(theorem: theory.Theorem) -> None:
    """From evidence that was found twice, all but the seconds are the same."""
    again, misses = theory.prove(theorem), theory.near_misses(theorem)
    first = EVIDENCE[theorem.id]

    assert to_markdown(theorem, first, misses) == to_markdown(theorem, again, theory.near_misses(theorem))
    assert to_latex(theorem, first) == to_latex(theorem, again)
    assert bibtex(theorem) == bibtex(theorem)


@CATALOG
def test_a_page_shows_what_the_kernel_checks(theorem: theory.Theorem) -> None:
    """Every step's claim, every near miss with its witness, every cited fact, and the grade."""
    misses = theory.near_misses(theorem)
    page = to_markdown(theorem, EVIDENCE[theorem.id], misses)

    for step in (step for part in theorem.derivation for step in part.steps):
        assert claim_as_latex(step.claim) in page
    assert all(str(miss.witness) in page for miss in misses)
    assert all(fact.sentence in page for fact in EVIDENCE[theorem.id].cited)
    assert f"grade {EVIDENCE[theorem.id].grade.name}" in page
    assert all(f"`{used}`" in page for used in theorem.uses)
    assert "logarithm: natural" in page
    assert f"ganproof prove {theorem.id} --controls" in page


@CATALOG
def test_every_source_has_an_entry(theorem: theory.Theorem) -> None:
    """The citation is the theorem's own entry and that of the work that it comes from."""
    text = bibtex(theorem)

    assert f"@misc{{ganproof-{theorem.id}," in text
    assert theorem.source.key in entry(theorem.source.key)
    assert entry(theorem.source.key) in text
    assert faults(text) == []


def test_an_unknown_key_is_refused() -> None:
    """The sentence says where to add it."""
    with pytest.raises(ValueError, match=r"add it to docs/references.bib"):
        entry("nobody2000nothing")


@CATALOG
def test_records_are_json(theorem: theory.Theorem) -> None:
    """Evidence and controls become plain values that survive a round trip."""
    record = theorem_record(EVIDENCE[theorem.id])
    controls = controls_record(theory.controls(theorem), theory.near_misses(theorem))

    assert json.loads(json.dumps(record)) == record
    assert json.loads(json.dumps(controls)) == controls
    assert record["outcome"] == "HOLDS"
    assert [step["name"] for step in record["steps"]] == [s.name for s in EVIDENCE[theorem.id].steps]
    assert controls["survived"] == []
    assert all(miss["refuted"] and miss["witness"] for miss in controls["near_misses"])


def test_an_infinite_bound_is_null() -> None:
    """JSON has no infinity: the value is null and not identified."""
    (_, _, effective, _) = theory.theorem("birthday-collisions").predictions
    record = prediction_record(effective.at(batch=400, batches=1, collisions=0, confidence="19/20"))

    assert record["value"] is None
    assert record["identified"] is False
    assert json.loads(json.dumps(record)) == record
