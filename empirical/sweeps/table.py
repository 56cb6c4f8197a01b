"""The results of a sweep as one table of comma-separated values."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from empirical.storage import Json, write_text


def write_table(path: Path, rows: Sequence[Mapping[str, Json]]) -> None:
    """Write rows under the names of the first one, whole or not at all; None is an empty field.

    Raises:
        ValueError: there is no row, or a row has other names.
    """
    if not rows:
        raise ValueError(f"a table needs at least one row: {path} was not written.")
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
