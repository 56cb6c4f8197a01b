"""Keeps the result of each finished cell in its own file, written once and whole."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from empirical.storage import Json, claim_folder, read_json, write_json
from empirical.sweeps.cells import Cell, Configuration, plain

DEPENDENCIES = ("ganproof", "numpy", "scipy", "torch")


@dataclass(frozen=True)
class Store:
    """The finished cells of one sweep: ``NAME.json`` holds a cell's configuration, seed and result."""

    folder: Path

    def __contains__(self, cell: Cell) -> bool:
        return self._path(cell).exists()

    def result(self, cell: Cell) -> Json:
        """The stored result of a finished cell.

        Raises:
            ValueError: its file is missing, unreadable, or holds another cell.
        """
        stored = read_json(self._path(cell))
        if not isinstance(stored, dict) or stored.get("configuration") != cell.configuration:
            raise ValueError(
                f"{self._path(cell)} does not hold the cell that its name says: remove it, to compute it."
            )
        return stored["result"]

    def keep(self, cell: Cell, result: Json) -> None:
        """Store the result of a finished cell; one that is stored already stays."""
        if cell not in self:
            write_json(
                self._path(cell),
                {
                    "configuration": cell.configuration,
                    "seed": cell.seed,
                    "versions": versions(),
                    "result": result,
                },
            )

    def _path(self, cell: Cell) -> Path:
        return self.folder / f"{cell.name}.json"


def open_store(folder: Path, configuration: Configuration) -> Store:
    """The store of a sweep, in a new folder or in the one that the same sweep began.

    Results of other settings, or of other versions of what computes them, never join it.

    Raises:
        ValueError: the folder holds another sweep, and the sentence says what differs, or other files.
    """
    claim_folder(folder, {**plain(configuration), "versions": versions()})
    return Store(folder)


def versions() -> dict[str, str]:
    """The versions on which a result depends."""
    return {"python": platform.python_version(), **{name: version(name) for name in DEPENDENCIES}}
