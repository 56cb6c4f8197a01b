"""The ledger of statements: which digest each revision of a theorem has. It only grows.

A cited statement must stay what it was. When the formal statement, a hypothesis or the sentence changes, the
theorem's revision is raised and the ledger gets a new line; a line that stands is never altered.
"""

from collections.abc import Iterable

from theory.exposition.claims import statement_digest
from theory.statement import Theorem

Lines = dict[str, list[tuple[int, str]]]


def read_ledger(text: str) -> Lines:
    """The revisions of each theorem with their digests, in order.

    Raises:
        ValueError: a line is malformed, or a theorem's revisions do not follow each other.
    """
    lines: Lines = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 3 or not parts[1].isdigit():
            raise ValueError(f"a line of the ledger is id, revision and digest between tabs (got {line!r}).")
        identifier, revision, digest = parts
        before = lines.setdefault(identifier, [])
        if before and int(revision) != before[-1][0] + 1:
            raise ValueError(f"revision {revision} of {identifier} does not follow {before[-1][0]}.")
        before.append((int(revision), digest))
    return lines


def faults(theorems: Iterable[Theorem], text: str) -> list[str]:
    """A sentence for each theorem that does not say what the ledger has for its revision."""
    lines, found = read_ledger(text), []
    for theorem in theorems:
        known = lines.get(theorem.id, [])
        if not known:
            found.append(f"{theorem.id} is not in the ledger: run `make revisions`.")
        elif (theorem.revision, statement_digest(theorem)) not in known:
            found.append(
                f"{theorem.id} says something else than its revision {known[-1][0]}: "
                f"raise its revision to {known[-1][0] + 1} and run `make revisions`."
            )
        elif theorem.revision != known[-1][0]:
            found.append(f"{theorem.id} goes back to revision {theorem.revision}: raise it above all others.")
    return found


def with_new_lines(theorems: Iterable[Theorem], text: str) -> str:
    """The ledger with a line for each theorem that is new, or whose revision was raised by one.

    Raises:
        ValueError: a statement changed and its revision did not.
    """
    lines = read_ledger(text)
    for theorem in theorems:
        known = lines.get(theorem.id, [])
        if not known or theorem.revision == known[-1][0] + 1:
            text += f"{theorem.id}\t{theorem.revision}\t{statement_digest(theorem)}\n"
    remaining = faults(theorems, text)
    if remaining:
        raise ValueError(remaining[0])
    return text
