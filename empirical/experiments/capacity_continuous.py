r"""Capacity against modes for generators with a continuous law, against the ladder of discriminators.

A network of two latent coordinates is trained against discriminators of growing capacity on a grid of 25
Gaussian modes. Its law is then written out exactly, as far as float64 goes: the probability of each mode's
disc, and from them the modes that 2,500 samples hit, the modes that are covered and the effective number of
modes, and its Jensen-Shannon divergence from the data. Updates, batch and learning rates are the same at
every capacity; the same runs at an earlier step say how much of a slope is training time.

The support of such a law is uncountable, so no theorem on a number of atoms is judged here.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from empirical.densities import Normal, exact_density
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.experiments.result import Progress, chosen
from empirical.measurement import Measurement
from empirical.networks import MLP, parameter_count
from empirical.observables import Effort, jensen_shannon
from empirical.observables.captured_modes import score
from empirical.observables.features import expected_modes, high_quality_share, mode_probabilities
from empirical.observables.growth import (
    geometric_mean_over_seeds,
    growth,
    growth_exponent,
    mean_over_seeds,
)
from empirical.observables.mode_coverage import covered_modes, effective_modes
from empirical.observables.plateau import FEWEST, shape
from empirical.observables.slope_tests import slope_difference, slope_test
from empirical.storage import Json, claim_folder, write_json
from empirical.sweeps import (
    Cell,
    Engine,
    Finished,
    Work,
    check_engine,
    grid,
    open_store,
    plain,
    sweep,
    versions,
    write_table,
)
from empirical.targets.grid import grid as modes_on_a_grid
from empirical.training import Adam, Setting, Trained, train
from empirical.training.engines import chosen_engine

RESULT = "capacity_continuous.json"
CONFIDENCE = 0.95
MARGIN = 0.1  # slopes that differ by less say the same in words: no outcome of a growth law is that fine
NUMBERS = ("hit", "covered", "effective")  # of modes: what grows
SHOWN = (*NUMBERS, "high_quality", "jensen_shannon")

LADDER = (
    *((width,) for width in (1, 2, 4, 8, 16, 32, 64)),
    *((width, width) for width in (4, 8, 16, 32)),
    *((width, width, width) for width in (8, 16)),
)


@dataclass(frozen=True)
class Configuration:
    """What a preset trains; the same for every capacity.

    Args:
        seeds: repetitions, each with its own start, data and latents.
        steps: of training; each updates both players once.
        earlier: the step at which the same runs are measured before.
        draws: of each law behind a divergence.
        ladder: hidden widths of the discriminators.
        generator: hidden widths of the generator.
        sigma: of the modes, which are 2 apart: wide enough that a discriminator of 2,000 parameters learns
            something of them in some thousand steps. The benchmark's 0.05 needs a hundred times as many.
        batch: real and generated samples in an update.
        learning_rate: of both players' Adam.
        betas: of both players' Adam.
        samples: of the customary count of modes.
        sides: of the polygons for a mode's disc: 32 enclose its probability to 1 %, far less than seeds
            differ.

    Raises:
        ValueError: the earlier step is not between the first and the last.
    """

    seeds: tuple[int, ...]
    steps: int
    earlier: int
    draws: int
    ladder: tuple[tuple[int, ...], ...] = LADDER
    generator: tuple[int, ...] = (32, 32)
    sigma: float = 0.2
    batch: int = 128
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.5, 0.999)
    samples: int = 2_500
    sides: int = 32

    def __post_init__(self) -> None:
        if not 1 <= self.earlier < self.steps:
            raise ValueError(
                f"the earlier step must lie in [1, {self.steps - 1}], before the last (got {self.earlier}): "
                f"pass a smaller one."
            )


PRESETS = {
    "quick": Configuration(seeds=(0, 1, 2, 3), steps=4_000, earlier=1_000, draws=20_000),
    "standard": Configuration(seeds=tuple(range(10)), steps=50_000, earlier=12_500, draws=100_000),
    "full": Configuration(seeds=tuple(range(20)), steps=1_000_000, earlier=250_000, draws=1_000_000),
}


def run(preset: str, folder: Path, progress: Progress, engine: Engine = "local", workers: int = 2) -> Json:
    """Trains, measures and stores: ``capacity_continuous.json`` and ``.csv`` in the folder.

    Returns:
        the record that the JSON file holds.

    Raises:
        ValueError: the preset or the engine is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress, engine, workers)


def experiment(
    preset: str,
    configuration: Configuration,
    folder: Path,
    progress: Progress,
    engine: Engine = "local",
    workers: int = 2,
) -> Json:
    """The experiment at this configuration; the errors are those of ``run``."""
    described = plain({"experiment": "capacity-continuous", "preset": preset} | asdict(configuration))
    fixed = {name: described[name] for name in described if name not in ("preset", "ladder", "seeds")}
    # The largest first: they take longest, and no worker is left alone with one at the end. A cell holds the
    # whole setting in words, so that no other is served its results; widths that are none are refused here.
    cells = [
        cell
        for hidden in described["ladder"][::-1]
        for cell in grid(
            {**fixed, "setting": setting_of({**fixed, "hidden": hidden}).described()},
            hidden=[hidden],
            seed=configuration.seeds,
        )
    ]
    check_engine(engine)
    claim_folder(folder, described | {"versions": versions()})
    store = open_store(folder / "cells", described)
    results = sweep(WORK, cells, store, engine=engine, workers=workers, progress=progress)
    runs = [
        {name: cell.configuration[name] for name in ("hidden", "seed")} | result
        for cell, result in zip(cells, results, strict=True)
    ]
    target = modes_on_a_grid(sigma=configuration.sigma)
    record = {
        **described,
        "confidence": CONFIDENCE,
        "margin": MARGIN,
        "versions": versions(),
        "data": {
            "modes": len(target.centres),
            "hit": target.expected_modes(configuration.samples),
            "high_quality": target.high_quality_ceiling(),
        },
        "classes": [_class(hidden, runs) for hidden in described["ladder"]],
    }
    record["growth"] = {name: _growth(record["classes"], name) for name in NUMBERS}
    write_json(folder / RESULT, record)
    write_table((folder / RESULT).with_suffix(".csv"), _rows(record))
    return record


def setting_of(described: Mapping[str, Json]) -> Setting:
    """How the runs of a cell are trained."""
    adam = Adam(described["learning_rate"], tuple(described["betas"]))
    return Setting(
        target=modes_on_a_grid(sigma=described["sigma"]),
        generator=MLP((2, *described["generator"], 2)),
        discriminator=MLP((2, *described["hidden"], 1)),
        game="non-saturating",
        batch=described["batch"],
        discriminator_optimizer=adam,
        generator_optimizer=adam,
        dtype="float32",
    )


def measured(cells: Sequence[Cell]) -> list[Finished]:
    """Trains the cells, which differ in their seeds only, as one stack, and writes each law out."""
    described = cells[0].configuration
    setting = setting_of(described)
    seeds = [cell.configuration["seed"] for cell in cells]
    with tempfile.TemporaryDirectory() as folder:  # goes on from the earlier step instead of beginning again
        checkpoint = Path(folder) / "runs.safetensors"
        before, after = (
            train(setting, seeds, steps=steps, checkpoint=checkpoint, every=steps)
            for steps in (described["earlier"], described["steps"])
        )
    return [
        Finished(_result(before, after, run, described), engine=chosen_engine(setting))
        for run in range(len(seeds))
    ]


def _result(before: Trained, after: Trained, run: int, described: Mapping[str, Json]) -> Json:
    """What one run leaves: a run that ended early, with the last finite numbers of its generator."""
    target = modes_on_a_grid(sigma=described["sigma"])
    law = _law(after, run)
    seed = after.seeds[run]
    divergence = jensen_shannon(law, target, effort=Effort(samples=described["draws"], seed=seed))
    found = {**_modes(law, described), "jensen_shannon": divergence}
    ending = after.endings[run]
    counted = score(after.sample(run, described["samples"], seed).double().numpy(), target)
    return {
        **{name: measurement.as_dict() for name, measurement in found.items()},
        "earlier": {name: value.as_dict() for name, value in _modes(_law(before, run), described).items()},
        # The customary protocol, by samples: beside its exact expectation.
        "sampled": {"hit": counted.modes, "high_quality": counted.high_quality},
        "regions": len(law.mesh),
        "ending": ending and ending.reason,
    }


def _law(trained: Trained, run: int) -> PlaneLaw:
    # Two latent coordinates, two outputs: a law of the plane.
    return cast(PlaneLaw, exact_density(trained.generator_module(run), Normal(2)))


def _modes(law: PlaneLaw, described: Mapping[str, Json]) -> dict[str, Measurement]:
    """The numbers of modes that a law makes, and the probability of a good sample."""
    target = modes_on_a_grid(sigma=described["sigma"])
    modes = mode_probabilities(law.mesh, law.latent, target, sides=described["sides"])
    return {
        "hit": expected_modes(modes, described["samples"]),
        "covered": covered_modes(modes, target.mode_masses().numpy()),
        "effective": effective_modes(modes),
        "high_quality": high_quality_share(modes),
    }


def _hidden(cell: Cell) -> str:
    return repr(cell.configuration["hidden"])


def _seconds(cell: Cell) -> float:
    """A twentieth of a microsecond for each parameter and step, and seconds for a law, on a busy core."""
    described = cell.configuration
    setting = setting_of(described)
    learned = parameter_count(setting.generator) + parameter_count(setting.discriminator)
    return 5e-8 * learned * described["steps"] + 1e-5 * described["draws"] + 1.5


def _memory(cell: Cell) -> int:
    """A few dozen arrays of the draws beside the libraries: 470 MB were seen with 100,000 draws."""
    return (256 << 20) + 2_000 * cell.configuration["draws"]


def _summary(result: Json) -> str:
    return f"{result['covered']['value']:.1f} modes covered"


WORK = Work(compute=measured, shape=_hidden, seconds=_seconds, memory=_memory, summary=_summary)


def _class(hidden: Sequence[int], runs: Sequence[Json]) -> Json:
    """All seeds of one class, and each number's mean over them."""
    found = [run for run in runs if run["hidden"] == hidden]
    return {
        "hidden": hidden,
        "parameters": parameter_count(MLP((2, *hidden, 1))),
        "runs": found,
        **{name: _mean(name, found) for name in SHOWN},
    }


def _mean(name: str, runs: Sequence[Json]) -> Json:
    """A number's mean over seeds: of logarithms for modes, where no seed has none at all; else None."""
    values = [run[name]["value"] for run in runs]
    if name not in NUMBERS:
        return mean_over_seeds(name, values, confidence=CONFIDENCE).as_dict()
    if min(values) <= 0:
        return None
    return geometric_mean_over_seeds(name, values, confidence=CONFIDENCE).as_dict()


def _growth(classes: Sequence[Json], name: str) -> Json:
    """Slopes of the logarithm of a number of modes: over all classes, and over those of one hidden layer."""
    axes = {
        "parameters": [(one["parameters"], one) for one in classes],
        "width": [(one["hidden"][0], one) for one in classes if len(one["hidden"]) == 1],
    }
    return {axis: _slopes(used, name) for axis, used in axes.items()}


def _slopes(used: Sequence[tuple[int, Json]], name: str) -> Json:
    """The slope with its tests, the plateau with its criterion, and the slope at the earlier step.

    A class in which some seed makes no mode at all has no logarithm, and is left out by name; what remains
    may be too few for a slope.
    """
    late, sizes, left_out = _table(used, lambda run: run[name]["value"])
    found: dict[str, Json] = {"left_out": left_out}
    if len(set(sizes)) < FEWEST:
        return found | {"exponent": None}
    exponent, levels = growth_exponent(sizes, late, confidence=CONFIDENCE), shape(sizes, late)
    says = growth(exponent)
    return {
        **found,
        "exponent": exponent.as_dict(),
        "outcome": says.name,
        "sentence": says.value.replace("the support", "the number of modes"),
        "tests": [slope_test(exponent.parameters["slopes"], at).as_dict() for at in (0.0, 1.0)],
        "plateau": {
            "chosen": levels.plateau,
            "gain": levels.gain.as_dict(),
            "level": levels.level.as_dict() | {"unit": "1"},
            "errors": list(levels.errors),
        },
        "earlier": _earlier(used, name),
    }


def _earlier(used: Sequence[tuple[int, Json]], name: str) -> Json:
    """The slopes at both steps over the classes that have one at both, and their paired difference.

    The verdict on training time is one of equivalence: a difference that is only not significant proves
    nothing about a slope.
    """
    early, sizes, left_out = _table(used, lambda run: run["earlier"][name]["value"])
    kept = [(size, one) for size, one in used if one["hidden"] not in left_out]
    late, late_sizes, _ = _table(kept, lambda run: run[name]["value"])
    if len(set(sizes)) < 2 or late_sizes != sizes:
        return {"left_out": left_out, "difference": None, "verdict": None}
    before, after = (growth_exponent(sizes, rows, confidence=CONFIDENCE) for rows in (early, late))
    slopes = after.parameters["slopes"], before.parameters["slopes"]
    difference = slope_difference(*slopes, confidence=CONFIDENCE)
    return {
        "left_out": left_out,
        "exponent": before.as_dict(),
        "exponent_after": after.as_dict(),
        "difference": difference.as_dict(),
        "verdict": training_time(difference),
    }


def training_time(difference: Measurement) -> str:
    """Whether a slope is steady in training time, as the interval of the difference of two slopes tells.

    Returns:
        "steady": all of the interval lies within ``MARGIN`` of 0. "changes": all of it lies on one side of 0,
        and some of it beyond the margin. "open": neither is shown.
    """
    if -MARGIN <= difference.lower and difference.upper <= MARGIN:
        return "steady"
    return "changes" if difference.lower > 0 or difference.upper < 0 else "open"


def _table(
    used: Sequence[tuple[int, Json]], value: Callable[[Json], float]
) -> tuple[list[list[float]], list[int], list[list[int]]]:
    """A row for each seed over the classes in which every seed has a positive value; the others' widths."""
    columns = [(size, one["hidden"], [value(run) for run in one["runs"]]) for size, one in used]
    kept = [(size, column) for size, _, column in columns if min(column) > 0]
    rows = [list(row) for row in zip(*(column for _, column in kept), strict=True)]
    return rows, [size for size, _ in kept], [hidden for _, hidden, column in columns if min(column) <= 0]


def _rows(record: Json) -> list[dict[str, Json]]:
    return [
        {
            "hidden": "x".join(map(str, one["hidden"])),
            "parameters": one["parameters"],
            "seed": run["seed"],
            # Four digits are more than seeds tell; the JSON has them all, with intervals and samples.
            **{name: round(run[name]["value"], 4) for name in SHOWN},
            "updates": record["steps"],
            "batch": record["batch"],
            "learning_rate": record["learning_rate"],
            "ending": run["ending"],
        }
        for one in record["classes"]
        for run in one["runs"]
    ]
