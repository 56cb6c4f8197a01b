"""What to paste into a bibliography: ganproof's own entry for a theorem, and the work it comes from."""

import re
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path

from theory.statement import Theorem


@cache
def _works() -> dict[str, str]:
    """The entries of references.bib by key."""
    text = references().read_text(encoding="utf-8")
    return {
        match.group(1): match.group(0)
        for match in re.finditer(r"@\w+\{([^,]+),.*?\n\}", text, flags=re.DOTALL)
    }


def references() -> Path:
    """The bibliography: inside the installed package, or docs/ of a checkout."""
    packaged = Path(str(resources.files("theory"))) / "references.bib"
    return packaged if packaged.exists() else Path(__file__).parents[2] / "docs" / "references.bib"


def entry(key: str) -> str:
    """The BibTeX entry of a work.

    Raises:
        ValueError: the bibliography has no such key.
    """
    if key not in _works():
        raise ValueError(f"the bibliography has no entry {key!r}: add it to docs/references.bib.")
    return _works()[key]


def bibtex(theorem: Theorem) -> str:
    """Two entries: the checked theorem, and the work that it comes from."""
    release = f"ganproof {version('ganproof')}"
    own = (
        f"@misc{{ganproof-{theorem.id},\n"
        f"  title = {{{theorem.title}}},\n"
        f"  author = {{{{The ganproof authors}}}},\n"
        f"  howpublished = {{{release}, theorem {theorem.id}, revision {theorem.revision}}},\n"
        f"  note = {{Checked with: ganproof prove {theorem.id} --controls}}\n"
        f"}}"
    )
    return f"{own}\n\n{entry(theorem.source.key)}\n"
