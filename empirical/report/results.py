"""What a page shows: the claims, and everything stored about them in one folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import theory
from empirical.densities.maps.stored_maps import Maps, read_maps
from empirical.storage import CONFIGURATION, Json, read_json

Record = Mapping[str, Any]

# Where the stages of a run store, inside its folder.
PROOFS = "proofs.json"
EXPERIMENTS = "experiments"
CAPACITY = "capacity"
DIGITS = "digits"
DENSITY = "density"
PUBLISHED = "published"
FLOWS = f"{EXPERIMENTS}/invertible_generator"
AUTOENCODERS = f"{EXPERIMENTS}/evidence_lower_bound"
KINDS = ("exact", "trained", "continuous")  # of capacity sweeps

OUTCOMES = ("HOLDS", "FAILS", "UNDECIDED")


@dataclass(frozen=True)
class Results:
    """Everything stored about one run.

    Args:
        version: of ganproof, when the run was made.
        preset: of the run.
        theorems: the claims, in reading order.
        proofs: what ``ganproof prove --controls --json`` gave; None if the run has not proved them.
        verdicts: stored verdicts, each with the ids of its theorem and part.
        capacity: the stored records of the capacity sweeps that the run has made, by kind.
        digits: the stored result of the birthday test on the digits; None if the run has not made it.
        density: the stored result about the exact laws of trained generators; None if the run has none.
        density_maps: what their figures show, by the generator's name; not every generator has one.
        flows: the stored parts about one flow under several objectives; None if the run has none.
        evidence: the stored parts about trained autoencoders; None if the run has none.
        published: the stored comparison with published settings; None if the run has none.
    """

    version: str
    preset: str
    theorems: tuple[theory.Theorem, ...]
    proofs: Record | None
    verdicts: tuple[Record, ...]
    capacity: Mapping[str, Record]
    digits: Record | None
    density: Record | None
    density_maps: Mapping[str, Maps]
    flows: Record | None
    evidence: Record | None
    published: Record | None

    @property
    def failures(self) -> int:
        """How many proofs, controls and predictions fail; undecided ones do not count, nor do they pass."""
        proofs = self.proofs or {"theorems": (), "controls": {"survived": (), "near_misses": ()}}
        return (
            sum(evidence["outcome"] != "HOLDS" for evidence in proofs["theorems"])
            + len(proofs["controls"]["survived"])
            + sum(not miss["refuted"] for miss in proofs["controls"]["near_misses"])
            + counted([*self.verdicts, *self.computed_supports])["FAILS"]
        )

    @property
    def computed_supports(self) -> tuple[Record, ...]:
        """The verdicts of the exact capacity sweep: each computed support beside its law."""
        series = self.capacity["exact"]["series"] if "exact" in self.capacity else ()
        return tuple(found["verdict"] for one in series for found in one["found"])


def counted(verdicts: Sequence[Record]) -> dict[str, int]:
    """How many verdicts have each outcome; the three are never added up."""
    return {outcome: sum(verdict["outcome"] == outcome for verdict in verdicts) for outcome in OUTCOMES}


def read_results(folder: Path) -> Results:
    """What is stored in a folder that ``ganproof reproduce`` or ``ganproof check`` wrote.

    Raises:
        ValueError: the folder is not one of theirs, or a file in it cannot be read.
    """
    if not (folder / CONFIGURATION).exists():
        raise ValueError(
            f"{folder} holds no results of ganproof: give the folder that `ganproof reproduce` or "
            f"`ganproof check` wrote."
        )
    configuration = read_json(folder / CONFIGURATION)
    if not isinstance(configuration, dict) or configuration.get("command") not in ("reproduce", "check"):
        raise ValueError(
            f"{folder} holds one stage of a run, not a run: give the folder that `ganproof reproduce` or "
            f"`ganproof check` wrote."
        )
    stored = [
        folder / EXPERIMENTS / theorem.id.replace("-", "_") / "result.json" for theorem in theory.catalog
    ]
    density = _if_stored(folder / DENSITY / "result.json")
    invertible = _if_stored(folder / FLOWS / "result.json")
    autoencoders = _if_stored(folder / AUTOENCODERS / "result.json")
    named = density["generators"] if density else ()
    maps = {name: folder / DENSITY / name / "maps.npz" for name in named}
    return Results(
        version=configuration["versions"]["ganproof"],
        preset=configuration["preset"],
        theorems=theory.catalog,
        proofs=_if_stored(folder / PROOFS),
        verdicts=(
            *(verdict for path in stored if path.exists() for verdict in read_json(path)["verdicts"]),
            *(density["verdicts"] if density else ()),
        ),
        capacity={kind: record for kind in KINDS if (record := _if_stored(capacity_record(folder, kind)))},
        digits=_if_stored(folder / DIGITS / "result.json"),
        density=density,
        density_maps={name: read_maps(path) for name, path in maps.items() if path.exists()},
        flows=invertible["data"] if invertible else None,
        evidence=autoencoders["data"] if autoencoders else None,
        published=_if_stored(folder / PUBLISHED / "published_settings.json"),
    )


def _if_stored(path: Path) -> Json:
    return read_json(path) if path.exists() else None


def capacity_record(folder: Path, kind: str) -> Path:
    """Where a run stores the record of a capacity sweep."""
    return folder / CAPACITY / kind / f"capacity_{kind}.json"
