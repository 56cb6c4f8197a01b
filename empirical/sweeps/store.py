"""A folder that keeps the finished chunks of one sweep. Its files are the truth; the index only repeats them.

Only the process that holds the lock writes here; anyone may read at any time.
"""

import json
import logging
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np

from empirical.storage import CONFIGURATION, UNFINISHED, Json, claim_folder, room, write_json
from empirical.sweeps.cells import Cell, Configuration, canonical, plain
from empirical.sweeps.chunk_file import SUFFIX, Damaged, StoredChunk, chunk_arrays, read_chunk, write_chunk
from empirical.sweeps.chunks import Plan
from empirical.sweeps.work import Outcome

DEPENDENCIES = ("ganproof", "numpy", "scipy", "torch")
ASIDE = "damaged"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Store:
    """The finished chunks of one sweep.

    Args:
        folder: where they are.
        text: the canonical JSON of the sweep's configuration, with the versions.
    """

    folder: Path
    text: str

    @property
    def fingerprint(self) -> str:
        """What every file of the store names as its sweep."""
        return sha256(self.text.encode()).hexdigest()[:32]

    def keep(self, outcome: Outcome, *, plan: Plan, scheduling: str = "local") -> StoredChunk:
        """Store what came of a chunk, whole or not at all.

        Raises:
            ValueError: a result is no plain JSON.
            NoSpace: the file system is full.
        """
        return write_chunk(
            self.folder,
            outcome,
            sweep=self.fingerprint,
            plan=plan,
            scheduling=scheduling,
            versions=json.loads(self.text)["versions"],
        )

    def chunks(self) -> tuple[tuple[StoredChunk, ...], dict[Path, str]]:
        """All whole chunks in the order of their names, and each damaged file with its fault.

        A cell counts once: a second file that holds it is a damaged one.
        """
        whole: list[StoredChunk] = []
        faults: dict[Path, str] = {}
        seen: set[Cell] = set()
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            try:
                chunk = read_chunk(path, self.fingerprint)
            except Damaged as fault:
                faults[path] = str(fault)
                continue
            if seen.isdisjoint(chunk.cells):
                seen.update(chunk.cells)
                whole.append(chunk)
            else:
                faults[path] = "another file holds one of its cells"
        return tuple(whole), faults

    def mend(self) -> tuple[StoredChunk, ...]:
        """All whole chunks, after damaged files are set aside and what a killed writer left is removed.

        One line of log says how many; what is missing then is computed again.
        """
        for unfinished in self.folder.glob(f".*{UNFINISHED}"):
            if CONFIGURATION not in unfinished.name:  # which another process may be writing, to be refused
                unfinished.unlink(missing_ok=True)
        whole, faults = self.chunks()
        if faults:
            for path in faults:
                _set_aside(path)
            first = next(iter(faults))
            _log.warning(
                "%d damaged files of %s are set aside in its folder %r and computed again, first %s: %s",
                *(len(faults), self.folder, ASIDE, first.name, faults[first]),
            )
        return whole

    def results(self, cells: Sequence[Cell]) -> list[Json]:
        """The stored results in the order of the cells: a function of the files and of nothing else.

        Raises:
            ValueError: a cell is not stored.
        """
        return [held.chunk.results[held.number] for held in self._held(cells)]

    def arrays(self, cells: Sequence[Cell]) -> list[dict[str, np.ndarray]]:
        """The stored arrays in the order of the cells, by their names.

        Raises:
            ValueError: a cell is not stored.
        """
        held = self._held(cells)
        packed = {one.chunk.path: chunk_arrays(one.chunk) for one in held}
        return [packed[one.chunk.path][one.number] for one in held]

    def check(self) -> None:
        """Find that the folder is still this sweep's, for the writer that has just locked it.

        Raises:
            ValueError: another sweep has claimed it in between.
        """
        claim_folder(self.folder, json.loads(self.text))

    def _held(self, cells: Sequence[Cell]) -> list["_Held"]:
        whole, _ = self.chunks()
        held = {cell: _Held(chunk, number) for chunk in whole for number, cell in enumerate(chunk.cells)}
        missing = [cell for cell in cells if cell not in held]
        if missing:
            raise ValueError(
                f"{self.folder} lacks {len(missing)} of {len(cells)} cells, {missing[0].text} among them: "
                f"start the sweep again, to compute them."
            )
        return [held[cell] for cell in cells]


def _set_aside(path: Path) -> None:
    with room(path.parent / ASIDE):
        (path.parent / ASIDE).mkdir(exist_ok=True)
        path.replace(path.parent / ASIDE / path.name)


@dataclass(frozen=True)
class _Held:
    """Where a cell's result is."""

    chunk: StoredChunk
    number: int


def open_store(folder: Path, configuration: Configuration) -> Store:
    """The store of a sweep, in a new folder or in the one that the same sweep began.

    Results of other settings, or of other versions of what computes them, never join it. A configuration
    that was cut is written again if the chunks beside it are this sweep's.

    Raises:
        ValueError: the folder holds another sweep, and the sentence says what differs, or other files.
    """
    described = {**plain(configuration), "versions": versions()}
    store = Store(folder, canonical(described))
    _restore_configuration(store, described)
    claim_folder(folder, described)
    return store


def _restore_configuration(store: Store, described: Configuration) -> None:
    """Writes the configuration of a store again where it was cut and nothing speaks against this sweep."""
    path = store.folder / CONFIGURATION
    try:
        if path.exists():
            json.loads(path.read_bytes())
        return
    except ValueError:
        whole, faults = store.chunks()
    if faults and not whole:
        raise ValueError(
            f"{path} is damaged and no chunk in {store.folder} is of this sweep: choose another output "
            f"folder, or remove this one."
        )
    _log.warning("%s was damaged and is written again: the chunks beside it are this sweep's", path)
    write_json(path, dict(described))


def versions() -> dict[str, str]:
    """The versions on which a result depends."""
    return {"python": platform.python_version(), **{name: version(name) for name in DEPENDENCIES}}
