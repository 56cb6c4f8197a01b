"""The main job: proves, trains, measures and judges into one folder, and goes on where it was stopped."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

import theory
from empirical.experiments import (
    EXPERIMENTS,
    capacity_continuous,
    capacity_exact,
    capacity_trained,
    digits_support,
    published_settings,
    trained_density,
)
from empirical.report import results as place
from empirical.report.proofs import prove_all
from empirical.report.results import Results
from empirical.report.written import write_report
from empirical.storage import claim_folder, remembered
from empirical.sweeps import versions

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Stage:
    """One part of the job.

    Args:
        name: what the progress bar says.
        folder: where it stores, inside the output folder.
        seconds: how long it takes with the quick preset on two cores; its share of the bar.
        run: computes what its folder lacks; called with preset, folder and progress.
    """

    name: str
    folder: str
    seconds: int
    run: Callable[[str, Path, Progress], object]


def _prove(preset: str, folder: Path, progress: Progress) -> object:
    """All proofs with every control, whatever the preset."""
    return remembered(
        folder / place.PROOFS, lambda: prove_all(theory.catalog, controls=True, progress=progress).record()
    )


CHECKS = tuple(
    Stage(identifier, f"{place.EXPERIMENTS}/{identifier.replace('-', '_')}", 30, run)
    for identifier, run in EXPERIMENTS.items()
)
STAGES = (
    Stage("proofs", ".", 30, _prove),
    *CHECKS,
    Stage("exact capacity", f"{place.CAPACITY}/exact", 30, capacity_exact.run),
    Stage("trained capacity", f"{place.CAPACITY}/trained", 180, capacity_trained.run),
    Stage("continuous capacity", f"{place.CAPACITY}/continuous", 60, capacity_continuous.run),
    Stage("support of the digits", place.DIGITS, 30, digits_support.run),
    Stage("exact laws of trained GANs", place.DENSITY, 40, trained_density.run),
    Stage("published settings", place.PUBLISHED, 40, published_settings.run),
)


def reproduce(preset: str, folder: Path, progress: Progress) -> Results:
    """Everything, into one folder; each stage stores its results as it goes and finds them again.

    Raises:
        ValueError: the folder holds another configuration or something else; nothing is overwritten.
    """
    return _run("reproduce", STAGES, preset, folder, progress)


def check(identifiers: Collection[str], preset: str, folder: Path, progress: Progress) -> Results:
    """The experiments on these theorems alone, into one folder.

    Raises:
        ValueError: the folder holds another configuration or something else; nothing is overwritten.
    """
    stages = [stage for stage in CHECKS if stage.name in identifiers]
    return _run("check", stages, preset, folder, progress)


def _run(command: str, stages: Sequence[Stage], preset: str, folder: Path, progress: Progress) -> Results:
    revisions = {theorem.id: theorem.revision for theorem in theory.catalog}
    claim_folder(
        folder, {"command": command, "preset": preset, "revisions": revisions, "versions": versions()}
    )
    torch.set_num_threads(1)  # as in a sweep's workers: no result depends on how many cores there are
    total, done = sum(stage.seconds for stage in stages), 0
    for stage in stages:

        def within(sentence: str, share: float, stage: Stage = stage, done: int = done) -> None:
            progress(f"{stage.name}: {sentence}", (done + stage.seconds * share) / total)

        within("starting", 0.0)
        stage.run(preset, folder / stage.folder, within)
        done += stage.seconds
    progress("writing the page", 1.0)
    return write_report(folder)
