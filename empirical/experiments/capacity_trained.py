r"""Capacity against support by training: the fewest atoms that fool discriminators of growing width.

The data law is uniform on points of a sphere. For each width and seed, laws of m atoms are trained to fool
the class of discriminators with one hidden layer of that width, and then face fresh discriminators of that
width, trained to their best response. The gap is the largest :math:`E_\mu D - E_\nu D` that any of those
attained; the support is the smallest m on a fixed ladder at which it is at most epsilon.

Both sides are found, not certified: a better generator would need fewer atoms, a better discriminator would
ask for more. So nothing here confirms the bound of the small-support theorem, which is drawn beside it; its
verdict stays UNDECIDED. Steps, learning rates and tries are the same at every width.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

import torch

from empirical.experiments.result import Progress, chosen
from empirical.judge import HypothesisCheck, judge
from empirical.networks import MLP, flatten, parameter_count
from empirical.networks.lipschitz import parameter_lipschitz
from empirical.observables.growth import geometric_mean_over_seeds, growth, growth_exponent
from empirical.storage import Json, claim_folder, write_json
from empirical.sweeps import (
    Cell,
    check_engine,
    grid,
    one_by_one,
    open_store,
    plain,
    sweep,
    versions,
    write_table,
)
from empirical.targets.sphere import sphere
from empirical.training import Adam
from empirical.training.crowd import Crowd, LearnedLaws, fool
from empirical.training.sharp_response import sharp_response
from theory.fooling_support import SMALL_SUPPORT

RESULT = "capacity_trained.json"
CONFIDENCE = 0.95


def ladder(last: int, seed: int) -> tuple[int, ...]:
    """Supports to try: every number at first, then four an octave, up to ``last``.

    Each seed has its rungs at other places, so that what rounding up to a rung does to a support is part of
    the spread over seeds, and of its interval.
    """
    shift = seed * (math.sqrt(5) - 1) / 2 % 1  # seeds spread evenly over a rung
    rungs = (round(2 ** ((k + shift) / 4)) for k in range(4 * last.bit_length()))
    return tuple(sorted({1, last, *(rung for rung in rungs if rung < last)}))


@dataclass(frozen=True)
class Configuration:
    """What a preset trains; the same for every width.

    Args:
        widths: neurons of the discriminators' hidden layer.
        seeds: repetitions, each with its own draws of everything but the data.
        epsilon: the largest payoff advantage that counts as fooled, as exact text.
        points: of the data law.
        dim: of the space.
        most: the largest m that is tried.
        laws: generators trained at each m; the best one counts.
        tries: fresh discriminators that each of them faces; twice as many face the best one.
        response_steps: their steps on the log payoff, then on the linear payoff.
        crowd: how generators are trained.
    """

    widths: tuple[int, ...]
    seeds: tuple[int, ...]
    most: int
    epsilon: str = "3/10"
    points: int = 256
    dim: int = 4
    laws: int = 2
    tries: int = 4
    response_steps: tuple[int, int] = (400, 200)
    crowd: Crowd = field(default_factory=Crowd)


PRESETS = {
    "quick": Configuration(widths=(1, 2, 4, 6, 10, 16), seeds=(0, 1, 2, 3), most=128),
    "standard": Configuration(
        widths=(1, 2, 4, 8, 16, 32),
        seeds=(0, 1, 2, 3, 4, 5, 6, 7),
        most=512,
        points=1024,
        laws=4,
        tries=8,
        response_steps=(1500, 500),
        crowd=Crowd(steps=1600, renewal=50),
    ),
    "full": Configuration(
        widths=(1, 2, 4, 8, 16, 32, 64, 128),
        seeds=tuple(range(16)),
        most=2048,
        points=4096,
        laws=8,
        tries=16,
        response_steps=(4000, 1000),
        crowd=Crowd(steps=4000, renewal=100, members=16),
    ),
}


def run(preset: str, folder: Path, progress: Progress, engine: str = "local") -> Json:
    """Trains, measures and stores all supports: ``capacity_trained.json`` and ``.csv`` in the folder.

    Returns:
        the record that the JSON file holds.

    Raises:
        ValueError: the preset or the engine is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress, engine)


def experiment(
    preset: str,
    configuration: Configuration,
    folder: Path,
    progress: Progress,
    engine: str = "local",
    workers: int = 2,
) -> Json:
    """The experiment at this configuration; the errors are those of ``run``."""
    described = plain({"experiment": "capacity-trained", "preset": preset} | asdict(configuration))
    fixed = {name: described[name] for name in described if name not in ("preset", "widths", "seeds")}
    # The widest first: they take longest, and no worker is left alone with one at the end.
    cells = grid(fixed, width=configuration.widths[::-1], seed=configuration.seeds)
    check_engine(engine)
    claim_folder(folder, described | {"versions": versions()})
    store = open_store(folder / "cells", described)
    results = sweep(
        one_by_one(smallest_support), cells, store, engine=engine, workers=workers, progress=progress
    )
    runs = [
        {"width": cell.configuration["width"], "seed": cell.configuration["seed"]} | result
        for cell, result in zip(cells, results, strict=True)
    ]
    record = {
        **described,
        "versions": versions(),
        "classes": [_class(configuration, width, runs) for width in configuration.widths],
    }
    record["growth"] = _growth(configuration, record["classes"])
    write_json(folder / RESULT, record)
    write_table((folder / RESULT).with_suffix(".csv"), _rows(record))
    return record


def smallest_support(cell: Cell) -> Json:
    """The first rung of the ladder whose gap is at most epsilon, found by bisection, and all rungs tried.

    A law of m atoms is one of m + 1 atoms too, so the best gap falls with m, which is what bisection uses.
    """
    setting = cell.configuration
    epsilon = float(Fraction(setting["epsilon"]))
    tried: dict[int, Json] = {}

    def fooled(support: int) -> bool:
        tried[support] = best_gap(cell, support)
        return tried[support]["gap"] <= epsilon

    supports = ladder(setting["most"], setting["seed"])
    rung = bisect_left(supports, True, key=fooled)
    return {
        "support": supports[rung] if rung < len(supports) else None,
        "told_apart": supports[rung - 1] if rung else 0,
        "tried": [tried[support] for support in sorted(tried)],
        "radius": max(one["radius"] for one in tried.values()),
    }


def best_gap(cell: Cell, support: int) -> Json:
    """The gap that fresh discriminators attain against the best law of this many atoms.

    One set of discriminators chooses the law and another, fresh and twice as large, faces it before it
    counts, so that a law is not taken for good because its judges were weak.
    """
    setting = cell.configuration
    target = sphere(setting["points"], setting["dim"], seed=0)
    discriminator = MLP((setting["dim"], setting["width"], 1))
    first = Cell.of(setting | {"support": support}).seed
    count, tries, steps = setting["laws"], setting["tries"], tuple(setting["response_steps"])

    laws = fool(target, support, discriminator, range(first, first + count), _crowd(setting["crowd"]))
    judges = range(first, first + count * tries)
    faced = sharp_response(discriminator, target, *_repeated(laws, tries), judges, steps=steps)
    gaps = faced.gaps.view(count, tries).amax(dim=1)
    best = int(gaps.argmin())
    chosen_law = LearnedLaws(laws.points[best, None], laws.weights[best, None])
    fresh = range(judges.stop, judges.stop + 2 * tries)
    again = sharp_response(discriminator, target, *_repeated(chosen_law, 2 * tries), fresh, steps=steps)
    norms = [flatten(discriminator, met.discriminator).norm(dim=1).max() for met in (faced, again)]
    return {
        "support": support,
        "gap": float(max(gaps[best], again.gaps.max())),
        "weakest": float(again.gaps.min()),
        "laws": gaps.tolist(),
        "radius": float(max(norms)),
    }


def _crowd(described: Mapping[str, Json]) -> Crowd:
    """A crowd from its stored description."""
    return Crowd(
        members=described["members"],
        renewal=described["renewal"],
        steps=described["steps"],
        game=described["game"],
        discriminator_optimizer=_adam(described["discriminator_optimizer"]),
        generator_optimizer=_adam(described["generator_optimizer"]),
    )


def _adam(described: Mapping[str, Json]) -> Adam:
    return Adam(described["learning_rate"], tuple(described["betas"]), described["epsilon"])


def _repeated(laws: LearnedLaws, times: int) -> tuple[torch.Tensor, torch.Tensor]:
    return laws.points.repeat_interleave(times, dim=0), laws.weights.repeat_interleave(times, dim=0)


def _class(configuration: Configuration, width: int, runs: Sequence[Json]) -> Json:
    """All seeds of one width, their support with its interval, and the bound beside it."""
    found = [run for run in runs if run["width"] == width]
    supports = [run["support"] for run in found if run["support"] is not None]
    parameters = parameter_count(MLP((configuration.dim, width, 1)))
    radius = math.ceil(max(run["radius"] for run in found))
    # Rounded up, it is still a Lipschitz constant; data points have norm 1.
    lipschitz = Fraction(math.ceil(1000 * parameter_lipschitz(float(radius), 1.0)), 1000)
    bound = SMALL_SUPPORT.prediction.at(
        parameters=parameters,
        radius=radius,
        lipschitz=lipschitz,
        epsilon=configuration.epsilon,
        range_width=1,
        failure_probability="99/100",  # any below 1 leaves a law that fools
    )
    support = verdict = None
    if len(supports) == len(found):
        support = geometric_mean_over_seeds(
            bound.observable, supports, confidence=CONFIDENCE, unit=bound.unit
        )
        verdict = judge(bound, support, hypotheses=(_best_of_class(configuration, found),)).as_dict()
    return {
        "width": width,
        "parameters": parameters,
        "runs": found,
        "censored": len(found) - len(supports),
        "support": support and support.as_dict(),
        "bound": {"support": int(bound.exact), "radius": radius, "lipschitz": float(lipschitz)},
        "verdict": verdict,
    }


def _best_of_class(configuration: Configuration, found: Sequence[Json]) -> HypothesisCheck:
    """Training finds good discriminators, and never shows that no better one exists."""
    met = [one for run in found for one in run["tried"] if one["support"] == run["support"]]
    spread = max(one["gap"] - one["weakest"] for one in met)
    return HypothesisCheck(
        "no discriminator of the class does better than those that were met",
        holds=False,
        detail=f"found by training; the gaps of {2 * configuration.tries} tries differ by up to {spread:.2f}",
    )


def _growth(configuration: Configuration, classes: Sequence[Json]) -> Json:
    """Slopes of log support over the widths at which every seed found a support."""
    used = [one for one in classes if not one["censored"]]
    left_out = [one["width"] for one in classes if one["censored"]]
    found: dict[str, Json] = {"left_out": left_out}
    for axis in ("parameters", "width"):
        found[axis] = None
        if len(used) >= 3:
            rows = [[one["runs"][i]["support"] for one in used] for i in range(len(configuration.seeds))]
            exponent = growth_exponent([one[axis] for one in used], rows, confidence=CONFIDENCE)
            says = growth(exponent)
            found[axis] = {"exponent": exponent.as_dict(), "outcome": says.name, "sentence": says.value}
    return found


def _rows(record: Json) -> list[dict[str, Json]]:
    return [
        {
            "width": one["width"],
            "parameters": one["parameters"],
            "seed": run["seed"],
            "support": run["support"],
            "told_apart": run["told_apart"],
            "gap": met["gap"] if met else None,
            "weakest": met["weakest"] if met else None,
            "bound": one["bound"]["support"],
        }
        for one in record["classes"]
        for run in one["runs"]
        for met in [next((t for t in run["tried"] if t["support"] == run["support"]), None)]
    ]
