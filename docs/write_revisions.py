"""Appends to docs/revisions.tsv the digest of each statement that is new or has a new revision."""

import sys
from pathlib import Path

import theory
from theory.exposition.revisions import with_new_lines

LEDGER = Path(__file__).resolve().parent / "revisions.tsv"
HEADER = "# id, revision, SHA-256 of the statement, its hypotheses and its sentence. Lines are only added.\n"


def main() -> int:
    """Write the ledger; a changed statement of an old revision is an error."""
    old = LEDGER.read_text(encoding="utf-8") if LEDGER.exists() else HEADER
    try:
        new = with_new_lines(theory.catalog, old)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    LEDGER.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
