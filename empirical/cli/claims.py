"""The commands about what is claimed: list, prove, predict, cite."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

import theory
from empirical.cli.console import OUT, progress, show_json, table
from empirical.report.proofs import Proofs, prove_all
from theory.exposition import (
    bibtex,
    citation_record,
    graph,
    prediction_record,
    to_document,
    to_dot,
    to_latex,
    to_markdown,
    to_mermaid,
    to_svg,
)
from theory.prediction import PredictedValue
from theory.recheck import summary

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
Identifier = Annotated[str, typer.Argument(metavar="ID", help="A theorem, as `ganproof list` names it.")]
Identifiers = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help="Theorems, as `ganproof list` names them; all if none is given."),
]


class Picture(StrEnum):
    """How to draw which theorem rests on which."""

    DOT = "dot"
    MERMAID = "mermaid"
    SVG = "svg"


LONGEST = 120  # characters of an exact value in a table


class Format(StrEnum):
    """What to paste into a write-up."""

    BIBTEX = "bibtex"
    JSON = "json"
    LATEX = "latex"
    MARKDOWN = "markdown"


def chosen(identifiers: Sequence[str] | None) -> list[theory.Theorem]:
    """The theorems of these ids, or all of them.

    Raises:
        ValueError: an id is unknown; the sentence names the nearest one.
    """
    return [theory.theorem(identifier) for identifier in identifiers] if identifiers else list(theory.catalog)


def list_theorems(
    as_json: AsJson = False,
    picture: Annotated[
        Picture | None, typer.Option("--graph", help="Print which theorem rests on which instead.")
    ] = None,
) -> None:
    """Show what is claimed: id, title, grade and source of each theorem.

    The grade is found by checking the derivation now. For example:

        ganproof list
        ganproof list --graph svg
    """
    claims = [(theorem, theory.prove(theorem)) for theorem in theory.catalog]
    if picture is not None:
        drawn = {Picture.DOT: to_dot, Picture.MERMAID: to_mermaid, Picture.SVG: to_svg}
        OUT.file.write(drawn[picture](graph(*zip(*claims, strict=True))))
        return
    if as_json:
        show_json(
            {
                "theorems": [
                    {
                        "id": theorem.id,
                        "title": theorem.title,
                        "revision": theorem.revision,
                        "grade": evidence.grade.name,
                        "source": str(theorem.source),
                    }
                    for theorem, evidence in claims
                ]
            }
        )
        return
    rows = table("id", "title", "grade", "source")
    for theorem, evidence in claims:
        rows.add_row(theorem.id, theorem.title, evidence.grade.name, str(theorem.source))
    OUT.print(rows)


def prove(
    identifiers: Identifiers = None,
    controls: Annotated[
        bool,
        typer.Option("--controls", help="Also alter each claim in every small way: all must be rejected."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check derivations from scratch; with --controls also that every altered claim is told apart.

    With --controls a second program reads the exported derivations alone and checks each step again. Exit
    code 1 if a derivation does not hold, an altered claim survives, or the second program disagrees.
    For example:

        ganproof prove
        ganproof prove optimal-discriminator --controls
    """
    with progress() as report:
        proofs = prove_all(chosen(identifiers), controls=controls, progress=report)
    if as_json:
        show_json(proofs.record())
    else:
        _show(proofs)
    if proofs.failures:
        raise typer.Exit(1)


def _show(proofs: Proofs) -> None:
    rows = table("id", "outcome", "grade", "steps", "seconds", "cited")
    for evidence in proofs.evidence:
        cited = "; ".join(fact.sentence for fact in evidence.cited)
        steps, seconds = str(len(evidence.steps)), f"{evidence.seconds:.2f}"
        rows.add_row(evidence.id, evidence.outcome.name, evidence.grade.name, steps, seconds, cited)
    OUT.print(rows)
    if proofs.controls is not None:
        tried = proofs.controls
        refuted = sum(miss.is_refuted for miss in proofs.near_misses)
        OUT.print(
            f"\n{tried.mutants} altered claims: {tried.rejected} rejected by a witness, {tried.proved_equal} "
            f"proved equal to a truth, {len(tried.survived)} survived.\n"
            f"{len(proofs.near_misses)} near misses: {refuted} refuted by a witness."
        )
    if proofs.rechecked is not None:
        again = summary(proofs.rechecked)
        OUT.print(
            f"{again['steps']} steps checked again from their exported text alone: {again['agree']} agree, "
            f"{len(again['not_covered'])} are not covered, {len(again['disagree'])} disagree."
        )
    for failure in proofs.failures:
        OUT.print(f"FAILS: {failure}", markup=False, style="red")


def predict(
    identifier: Identifier,
    assignments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE", help="Exact values: p=3/10, batch=400, or a law's weights p=1/2,1/4,1/4."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The exact values that a theorem predicts at these parameters.

    A theorem's predictions may take different parameters: those are shown whose parameters are all given.
    For example:

        ganproof predict optimal-discriminator p=3/10 q=1/5
    """
    values = predicted(theory.theorem(identifier), parsed(assignments or []))
    if as_json:
        show_json({"id": identifier, "predictions": {n: prediction_record(v) for n, v in values.items()}})
        return
    rows = table("observable", "", "exact", "decimal", "unit")
    for name, value in values.items():
        exact, decimal = ("no finite bound", "")
        if value.identified:
            exact, decimal = _shortened(str(value.exact)), f"{float(value):.10g}"
        rows.add_row(name, value.relation.value, exact, decimal, value.unit)
    OUT.print(rows)


def _shortened(exact: str) -> str:
    """An exact value as a table can hold it; --json prints all of it."""
    return exact if len(exact) <= LONGEST else f"{exact[:20]}... ({len(exact)} characters, all with --json)"


def parsed(assignments: Sequence[str]) -> dict[str, str]:
    """Names and values from what was typed as name=value.

    Raises:
        ValueError: one has no equals sign, or a name is given twice.
    """
    values: dict[str, str] = {}
    for assignment in assignments:
        name, sign, value = assignment.partition("=")
        if not (name and sign and value):
            raise ValueError(f"a parameter is given as name=value, such as p=3/10 (got {assignment!r}).")
        if name in values:
            raise ValueError(f"{name} is given twice ({values[name]!r} and {value!r}): give it once.")
        values[name] = value
    return values


def predicted(theorem: theory.Theorem, values: dict[str, str]) -> dict[str, PredictedValue]:
    """The predictions of a theorem whose parameters are all among ``values``.

    Raises:
        ValueError: no prediction takes these parameters, or one of them is not used.
    """
    needs = {p.observable: {parameter.name for parameter in p.parameters} for p in theorem.predictions}
    ready = [p for p in theorem.predictions if needs[p.observable] <= values.keys()]
    used = set().union(*(needs[prediction.observable] for prediction in ready))
    if not ready or used != values.keys():
        options = "; ".join(
            f"{name} takes {', '.join(sorted(names)) or 'nothing'}" for name, names in needs.items()
        )
        raise ValueError(
            f"{theorem.id} predicts nothing from {', '.join(values) or 'no parameters'}: {options}. "
            f"For example: ganproof predict {theorem.id} "
            + " ".join(f"{parameter.name}=..." for parameter in theorem.predictions[0].parameters)
        )
    return {p.observable: p.at(**{name: values[name] for name in needs[p.observable]}) for p in ready}


def cite(
    identifier: Identifier,
    form: Annotated[Format, typer.Option("--format", help="The form to print.")] = Format.BIBTEX,
    document: Annotated[
        bool, typer.Option("--document", help="With --format latex: a whole document, with the derivation.")
    ] = False,
) -> None:
    r"""Print what to paste into a write-up: the source's BibTeX entry, or the statement with its grade.

    For example:

        ganproof cite small-support --format latex
    """
    theorem = theory.theorem(identifier)
    if document and form is not Format.LATEX:
        raise ValueError(f"only LaTeX is written as a document (got --format {form}): add --format latex.")
    match form:
        case Format.BIBTEX:
            text = bibtex(theorem)
        case Format.JSON:
            text = json.dumps(citation_record(theorem, theory.prove(theorem)), indent=2, ensure_ascii=False)
        case Format.LATEX:
            evidence = theory.prove(theorem)
            text = to_document([theorem], [evidence]) if document else to_latex(theorem, evidence)
        case Format.MARKDOWN:
            text = to_markdown(theorem, theory.prove(theorem), theory.near_misses(theorem))
    OUT.file.write(text.rstrip() + "\n")
