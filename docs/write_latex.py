"""Writes all theorems and their derivations as one LaTeX document into the folder that is named."""

import sys
from pathlib import Path

import theory
from theory.exposition import to_document


def main() -> None:
    """Write theorems.tex."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    evidence = [theory.prove(theorem) for theorem in theory.catalog]
    (folder / "theorems.tex").write_text(to_document(theory.catalog, evidence), encoding="utf-8")


if __name__ == "__main__":
    main()
