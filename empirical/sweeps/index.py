"""An index of a store, in SQLite: what is planned, what is finished, how fast it goes.

It repeats what the files of the store hold, so that a sweep of 100,000 cells can be watched without reading
them. Losing it loses nothing: it is built again from the files, and one line of log says so. Its journal is a
write-ahead log, because a reader then sees the last whole state at any moment and the writer never waits for
it; the log is not forced to the disk at each cell, because a state that is behind is built again.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from empirical.storage import NoSpace
from empirical.sweeps.cells import Cell
from empirical.sweeps.chunks import chunk_name
from empirical.sweeps.work import Chunk

INDEX = "index.sqlite"
OPEN, DONE, LOST = "open", "done", "lost"
PATIENCE = 10.0  # s, for another process that has the index locked
RECENT = 3  # summaries that a status tells

SCHEMA = """
CREATE TABLE sweep (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE cells (
    position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, chunk TEXT NOT NULL, state TEXT NOT NULL,
    turn INTEGER, finished TEXT, worker TEXT, summary TEXT
);
CREATE INDEX cells_by_state ON cells (state);
CREATE INDEX cells_by_turn ON cells (turn);
CREATE TABLE progress (
    row INTEGER PRIMARY KEY CHECK (row = 1), updated REAL NOT NULL, cells_per_second REAL,
    seconds_left REAL, sentence TEXT NOT NULL
);
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """A finished cell as the index tells it.

    Args:
        cell: which.
        finished: when, by the clock of the writer.
        worker: who computed it.
        summary: one phrase of its result, or None.
    """

    cell: Cell
    finished: str
    worker: str
    summary: str | None


@dataclass(frozen=True)
class Status:
    """Where a sweep stands.

    Args:
        planned: cells.
        done: finished ones.
        lost: those that no worker could finish.
        cells_per_second: since the writer started; None before the first finished chunk.
        seconds_left: None before that, too.
        updated: seconds since the epoch, by the clock of the writer.
        sentence: what the writer's own progress said last.
        recent: the last summaries, the newest first.
        workers: who finished how many cells.
    """

    planned: int
    done: int
    lost: int
    cells_per_second: float | None
    seconds_left: float | None
    updated: float | None
    sentence: str
    recent: tuple[str, ...]
    workers: dict[str, int]


class Index:
    """The index of a store, open for its only writer."""

    def __init__(self, folder: Path, connection: sqlite3.Connection | None) -> None:
        self._folder = folder
        self._connection = connection

    def finish(self, rows: Sequence[Row]) -> None:
        """Tell finished cells, all at once."""

        def write(db: sqlite3.Connection) -> None:
            (turn,) = db.execute("SELECT coalesce(max(turn), 0) FROM cells").fetchone()
            db.executemany(
                "UPDATE cells SET state = ?, turn = ?, finished = ?, worker = ?, summary = ? WHERE name = ?",
                [
                    (DONE, turn + number, row.finished, row.worker, row.summary, row.cell.name)
                    for number, row in enumerate(rows, 1)
                ],
            )

        self._write(write)

    def lose(self, cells: Sequence[Cell]) -> None:
        """Tell cells that no worker could finish."""
        names = [(LOST, cell.name) for cell in cells]
        self._write(lambda db: db.executemany("UPDATE cells SET state = ? WHERE name = ?", names))

    def tell(
        self, sentence: str, *, updated: float, cells_per_second: float | None, seconds_left: float | None
    ) -> None:
        """Tell the progress of the sweep."""
        row = (updated, cells_per_second, seconds_left, sentence)
        self._write(lambda db: db.execute("INSERT OR REPLACE INTO progress VALUES (1, ?, ?, ?, ?)", row))

    def _write(self, write: Callable[[sqlite3.Connection], object]) -> None:
        """One transaction. An index that cannot be written is given up, never the sweep."""
        if self._connection is None:
            return
        try:
            with self._connection:
                write(self._connection)
        except sqlite3.Error as fault:
            if _is_full(fault):
                raise NoSpace(self._folder / INDEX) from None
            _give_up(self._folder, fault)
            self._connection = None


@contextmanager
def index(
    folder: Path, configuration: str, planned: Sequence[Chunk], cells: Sequence[Cell], rows: Sequence[Row]
) -> Iterator[Index]:
    """The index of a store, made to tell what its files hold.

    Args:
        folder: of the store.
        configuration: of the sweep, as JSON.
        planned: its chunks.
        cells: its grid.
        rows: every finished cell of the grid.

    Raises:
        NoSpace: the file system is full.
    """
    path = folder / INDEX
    connection = None
    try:
        fault = _fault(path, configuration, planned, cells, rows)
        if fault is not None:
            if rows:
                _log.warning("the index %s %s and is built again from the files of the store", path, fault)
            _build(path, configuration, planned, cells, rows)
        connection = _connected(path)
        with connection:
            connection.execute("UPDATE cells SET state = ? WHERE state = ?", (OPEN, LOST))
    except sqlite3.Error as fault:
        if _is_full(fault):
            raise NoSpace(path) from None
        _give_up(folder, fault)
    with closing(connection) if connection else nullcontext():
        yield Index(folder, connection)


def status(folder: Path) -> Status:
    """Where a sweep stands, read from its index alone; nothing is written, also while the sweep runs.

    Raises:
        ValueError: there is no index that can be read.
    """
    path = folder / INDEX
    if not path.exists():
        raise ValueError(f"{folder} holds no index of a sweep: start the sweep, or give the folder of one.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as db:
            db.execute("BEGIN")  # one state for all questions
            (planned,) = db.execute("SELECT value FROM sweep WHERE name = 'planned'").fetchone()
            counts = dict(db.execute("SELECT state, count(*) FROM cells GROUP BY state"))
            told = db.execute("SELECT updated, cells_per_second, seconds_left, sentence FROM progress")
            updated, rate, left, sentence = told.fetchone() or (None, None, None, "")
            recent = db.execute(
                "SELECT summary FROM cells WHERE turn IS NOT NULL AND summary IS NOT NULL "
                "ORDER BY turn DESC LIMIT ?",
                (RECENT,),
            ).fetchall()
            workers = dict(
                db.execute("SELECT worker, count(*) FROM cells WHERE state = ? GROUP BY worker", (DONE,))
            )
    except (sqlite3.Error, TypeError, ValueError) as fault:
        raise ValueError(
            f"{path} cannot be read ({fault}): start the sweep again, which builds it from the files."
        ) from None
    return Status(
        planned=int(planned),
        done=counts.get(DONE, 0),
        lost=counts.get(LOST, 0),
        cells_per_second=rate,
        seconds_left=left,
        updated=updated,
        sentence=sentence,
        recent=tuple(summary for (summary,) in recent),
        workers=workers,
    )


def _fault(
    path: Path, configuration: str, planned: Sequence[Chunk], cells: Sequence[Cell], rows: Sequence[Row]
) -> str | None:
    """Why an index does not tell what the files hold, or None."""
    if not path.exists():
        return "was missing"
    try:
        with closing(_connected(path)) as db:
            if db.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                return "was damaged"
            told = dict(db.execute("SELECT name, value FROM sweep"))
            named = db.execute("SELECT name, chunk FROM cells ORDER BY position").fetchall()
            done = {name for (name,) in db.execute("SELECT name FROM cells WHERE state = ?", (DONE,))}
    except sqlite3.DatabaseError as fault:
        if _is_full(fault):
            raise
        return f"was damaged ({fault})"
    if told != _told(configuration, cells) or named != _named(planned, cells):
        return "told another grid"
    stored = {row.cell.name for row in rows}
    if done != stored:
        return f"was {len(done ^ stored)} cells behind"
    return None


def _build(
    path: Path, configuration: str, planned: Sequence[Chunk], cells: Sequence[Cell], rows: Sequence[Row]
) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    finished = {
        row.cell: (DONE, turn, row.finished, row.worker, row.summary) for turn, row in enumerate(rows, 1)
    }
    unfinished = (OPEN, None, None, None, None)
    with closing(_connected(path)) as db:
        db.executescript(SCHEMA)
        with db:
            db.executemany("INSERT INTO sweep VALUES (?, ?)", _told(configuration, cells).items())
            db.executemany(
                "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (position, name, chunk, *finished.get(cell, unfinished))
                    for position, (cell, (name, chunk)) in enumerate(
                        zip(cells, _named(planned, cells), strict=True)
                    )
                ),
            )


def _told(configuration: str, cells: Sequence[Cell]) -> dict[str, str]:
    return {"configuration": configuration, "planned": str(len(cells))}


def _named(planned: Sequence[Chunk], cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """Each cell's name and its chunk's, in the order of the grid."""
    chunk_of = {cell: name for chunk in planned for name in [chunk_name(chunk.cells)] for cell in chunk.cells}
    return [(cell.name, chunk_of[cell]) for cell in cells]


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _give_up(folder: Path, fault: sqlite3.Error) -> None:
    _log.warning(
        "the index of %s cannot be written (%s): the sweep goes on without, the next one builds it again",
        *(folder, fault),
    )


def _is_full(fault: sqlite3.Error) -> bool:
    return fault.sqlite_errorcode in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
    )
