"""Which theorem rests on which, as DOT, Mermaid and SVG.

An arrow leads from a theorem to one that uses it. A box is an equality, a round node an inequality. The fill
is the grade; a red border marks what rests on a fact that is cited, not derived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from theory.kernel import Evidence, Grade
from theory.relation import Relation
from theory.statement import Theorem

FILLS = {
    Grade.EXACT: "#cfe8cf",
    Grade.CERTIFIED: "#cfdff2",
    Grade.STATISTICAL: "#f2ecc4",
    Grade.CITED: "#f6e3c5",
    Grade.UNCHECKED: "#eeeeee",
}
CITED, OWN = "#c0392b", "#555555"  # borders
WIDTH, HEIGHT, ACROSS, DOWN = 210, 26, 270, 36  # of a node, and from one to the next, in pixels


@dataclass(frozen=True)
class Node:
    """A theorem of the graph."""

    id: str
    is_equality: bool
    grade: Grade
    is_cited: bool

    @property
    def border(self) -> str:
        """The colour of the border."""
        return CITED if self.is_cited else OWN


@dataclass(frozen=True)
class Graph:
    """Theorems in reading order, and pairs (used, user)."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


def graph(theorems: Sequence[Theorem], evidence: Sequence[Evidence]) -> Graph:
    """The graph of these theorems, whose edges are read off the rules of their derivations."""
    nodes = tuple(
        Node(theorem.id, theorem.statement.relation is Relation.EQUALS, found.grade, bool(found.cited))
        for theorem, found in zip(theorems, evidence, strict=True)
    )
    known = {node.id for node in nodes}
    return Graph(nodes, tuple((used, t.id) for t in theorems for used in t.uses if used in known))


def to_dot(found: Graph) -> str:
    """The graph for Graphviz."""
    nodes = [
        f'  "{n.id}" [shape={"box" if n.is_equality else "ellipse"}, style=filled, '
        f'fillcolor="{FILLS[n.grade]}", color="{n.border}"];'
        for n in found.nodes
    ]
    edges = [f'  "{used}" -> "{user}";' for used, user in found.edges]
    return "\n".join(["digraph theorems {", "  rankdir=LR;", *nodes, *edges, "}"]) + "\n"


def to_mermaid(found: Graph) -> str:
    """The graph for Markdown that draws Mermaid."""
    lines = ["graph LR"]
    for node in found.nodes:
        left, right = ("[", "]") if node.is_equality else ("([", "])")
        lines.append(f"  {node.id}{left}{node.id}{right}")
        lines.append(f"  style {node.id} fill:{FILLS[node.grade]},stroke:{node.border},color:#222222")
    return "\n".join([*lines, *(f"  {used} --> {user}" for used, user in found.edges)]) + "\n"


def to_svg(found: Graph) -> str:
    """The graph as a picture: a theorem stands right of all that it rests on."""
    depths = _depths(found)
    rows: dict[int, int] = {}
    places: dict[str, tuple[int, int]] = {}
    for node in found.nodes:
        depth = depths[node.id]
        row = rows[depth] = rows.get(depth, -1) + 1
        places[node.id] = (10 + depth * ACROSS, 10 + row * DOWN)
    width = 20 + max(depths.values(), default=0) * ACROSS + WIDTH
    height = 20 + max(rows.values(), default=0) * DOWN + HEIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="sans-serif" font-size="12">',
        "<title>Which theorem rests on which</title>",
    ]
    for used, user in found.edges:
        (x, y), (to_x, to_y) = places[used], places[user]
        start, end, middle = x + WIDTH, to_x, (x + WIDTH + to_x) // 2
        y, to_y = y + HEIGHT // 2, to_y + HEIGHT // 2
        path = f"M{start} {y} C{middle} {y} {middle} {to_y} {end - 6} {to_y}"
        lines.append(f'<path d="{path}" fill="none" stroke="{OWN}"/>')
        lines.append(f'<path d="M{end} {to_y} l-7 -4 v8 z" fill="{OWN}"/>')
    for node in found.nodes:
        x, y = places[node.id]
        lines.append(
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{2 if node.is_equality else 12}" '
            f'fill="{FILLS[node.grade]}" stroke="{node.border}"/>'
        )
        lines.append(
            f'<text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 4}" text-anchor="middle" fill="#222222">'
            f"{escape(node.id)}</text>"
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def _depths(found: Graph) -> dict[str, int]:
    """How many uses lead up to each theorem, on the longest way; a theorem is listed after what it uses."""
    depths = dict.fromkeys((node.id for node in found.nodes), 0)
    for node in found.nodes:
        before = [depths[used] + 1 for used, user in found.edges if user == node.id]
        depths[node.id] = max(before, default=0)
    return depths
