"""The front page of the theorems: how many are exact, each with its grade, and which rests on which."""

from collections import Counter
from collections.abc import Sequence

from theory.exposition.graph import graph, to_mermaid
from theory.kernel import Evidence, Grade
from theory.statement import Theorem


def to_index(theorems: Sequence[Theorem], evidence: Sequence[Evidence]) -> str:
    """The front page; the same theorems and evidence give the same bytes."""
    counts = Counter(found.grade for found in evidence)
    others = [
        f"{counts[g]} {g.name}" for g in sorted(Grade, reverse=True) if counts[g] and g is not Grade.EXACT
    ]
    rest = f", {', '.join(others)}" if others else ""
    lines = [
        "# Theorems",
        "",
        f"{counts[Grade.EXACT]} of {len(theorems)} theorems EXACT{rest}. "
        "A theorem has the lowest grade of its steps.",
        "",
        "| theorem | says | grade | cited facts | uses |",
        "|---|---|---|---|---|",
    ]
    for theorem, found in zip(theorems, evidence, strict=True):
        uses = ", ".join(link(used) for used in theorem.uses)
        title = theorem.title.replace("|", r"\|")
        lines.append(
            f"| {link(theorem.id)} | {title} | {found.grade.name} | {len(found.cited) or ''} | {uses} |"
        )
    picture = to_mermaid(graph(theorems, evidence)).rstrip()
    lines += [
        "",
        "An arrow leads to a theorem that uses the other. A box is an equality, a round node an inequality. "
        "The fill is the grade; a red border marks a cited fact.",
        "",
        f"```mermaid\n{picture}\n```",
        "",
        "Check all of it again: `ganproof prove --controls`.",
    ]
    return "\n".join(lines)


def link(identifier: str) -> str:
    """A link from one theorem's page to another's."""
    return f"[{identifier}]({identifier.replace('-', '_')}.md)"
