"""Writes what the pages share with the code into them; the prose around it is left as it is.

That is each theorem's statement and derivation and the front page in docs/theorems, and the table of
docs/conventions.md.
"""

from collections.abc import Iterator
from pathlib import Path

import theory
from theory.conventions import CONVENTIONS
from theory.exposition import to_index, to_markdown

DOCS = Path(__file__).resolve().parent
BEGIN = "<!-- Written by `make docs` from the code: change it there. -->"
END = "<!-- End of what `make docs` writes. -->"


def written() -> Iterator[tuple[Path, str]]:
    """Each page and the text that the code gives it."""
    rows = "\n".join(f"| {name} | {meaning} |" for name, meaning in CONVENTIONS)
    yield DOCS / "conventions.md", f"| of | convention |\n|---|---|\n{rows}"
    evidence = [theory.prove(theorem) for theorem in theory.catalog]
    yield DOCS / "theorems" / "index.md", to_index(theory.catalog, evidence)
    for theorem, found in zip(theory.catalog, evidence, strict=True):
        used_by = tuple(other.id for other in theory.catalog if theorem.id in other.uses)
        text = to_markdown(theorem, found, theory.near_misses(theorem), used_by)
        yield DOCS / "theorems" / f"{theorem.id.replace('-', '_')}.md", text.strip()


def updated(page: str, text: str) -> str:
    """The page with this text between its two marks; a new page is the text alone.

    Raises:
        ValueError: the page has lost one of the marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if page and not (begin and end):
        raise ValueError(f"the page {page[:40]!r}... has lost a mark: put back {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{text}\n{END}{after or chr(10)}"


def main() -> None:
    """Write every page that does not say what the code says."""
    for path, text in written():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = updated(old, text)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(f"wrote {path.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()
