"""A theorem as Markdown, LaTeX, BibTeX and JSON: pure functions of the object and its evidence."""

from theory.exposition.bibliography import bibtex, entry
from theory.exposition.claims import claims_record, claims_text, statement_digest
from theory.exposition.graph import graph, to_dot, to_mermaid, to_svg
from theory.exposition.index import to_index
from theory.exposition.latex import claim_as_latex, to_document, to_latex
from theory.exposition.markdown import to_markdown
from theory.exposition.record import citation_record, controls_record, prediction_record, theorem_record

__all__ = [
    "bibtex",
    "citation_record",
    "claim_as_latex",
    "claims_record",
    "claims_text",
    "controls_record",
    "entry",
    "graph",
    "prediction_record",
    "statement_digest",
    "theorem_record",
    "to_document",
    "to_dot",
    "to_index",
    "to_latex",
    "to_markdown",
    "to_mermaid",
    "to_svg",
]
