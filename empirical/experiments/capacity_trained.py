r"""Capacity against support by search: the fewest atoms that fool networks of growing width and depth.

The data law is uniform on points of a sphere, another draw for each seed. For each class of networks and each
seed, laws of m atoms are trained against a crowd or taken from the data, and face fresh discriminators
trained to their best response, from several starts; a law that seems to fool faces judges of twice the steps,
again and again, until a doubling gains little. The gap is the largest :math:`E_\mu D - E_\nu D` that any of
them attained; half-spaces and slabs, which every such class has, stand in where training is too weak. The
support is the smallest m on a ladder at which the gap is at most epsilon; it is given for all opponents that
are known, and for the trained ones alone.

Both sides are found, not certified: a better generator would need fewer atoms, a better discriminator would
ask for more. So nothing here confirms the bound of the small-support theorem, which is drawn beside it; its
verdict stays UNDECIDED. Steps, learning rates, batch and restarts are the same for every class; only how
often the judges' steps are doubled is not. A part of the ladder is computed again with other numbers of steps
of the generators alone and of the judges alone, which shows what of a slope is training time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

from empirical.experiments.capacity.known import (
    BALL,
    COSINES,
    cosine_curves,
    known_classes,
    known_growths,
    known_sizes,
    known_support,
)
from empirical.experiments.capacity.one_neuron import KIND as ONE_NEURON
from empirical.experiments.capacity.one_neuron import POINTS, SUPPORTS, one_neuron, one_neuron_road
from empirical.experiments.capacity.summary import BASE, PACES, ablation, classes, growths
from empirical.experiments.capacity.supports import engine_of, smallest_supports
from empirical.experiments.result import Progress, chosen
from empirical.networks import MLP, parameter_count
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
from empirical.training.crowd import Crowd

RESULT = "capacity_trained.json"
LADDER_KIND = "ladder"
LADDER = (
    *((width,) for width in (1, 2, 4, 8, 16, 32, 64)),
    *((width, width) for width in (4, 8, 16, 32)),
    *((width, width, width) for width in (8, 16)),
)
SUBSET = ((1,), (4,), (16,), (64,), (32, 32))


@dataclass(frozen=True)
class Configuration:
    """What a preset computes; the same for every class of networks.

    Args:
        seeds: repetitions, each with its own data and its own draws of everything.
        most: the largest m that is tried.
        hidden: hidden widths of each class, the ladder.
        epsilons: the payoff advantages that count as fooled, as exact texts; below 1/2.
        points: of the data law.
        dim: of the space.
        laws: generators trained at each m, and as many draws from the data; the best one counts.
        tries: fresh discriminators that each law faces; twice as many face the best one at each doubling.
        response_steps: their first steps on the log payoff, then on the linear payoff.
        doublings: of these steps at most, against a law that seems to fool.
        least_gain: of the gap, below which no further doubling is made.
        response_rates: their learning rates in these stages, each falling to 0.
        crowd: how generators are trained, full batch as the judges.
        paces: factors of the steps, of generators alone and of judges alone, at which a part of the ladder is
            computed again.
        paced_hidden: that part.
        paced_seeds: its seeds.
        paced_epsilons: its epsilons.
        known_parameters: how far the classes with a known best response go.
        known_seeds: their repetitions.
        compared_seeds: laws at which one trained neuron is compared with its exact best response.
    """

    seeds: tuple[int, ...]
    most: int
    hidden: tuple[tuple[int, ...], ...] = LADDER
    epsilons: tuple[str, ...] = ("2/5", "3/10", "1/5")
    points: int = 2048
    dim: int = 4
    laws: int = 2
    tries: int = 6
    response_steps: tuple[int, int] = (500, 1000)
    response_rates: tuple[float, float] = (1e-1, 5e-2)
    doublings: int = 4
    least_gain: float = 0.02
    crowd: Crowd = field(default_factory=lambda: Crowd(dtype="float32"))
    paces: tuple[str, ...] = ("1/2", "2")
    paced_hidden: tuple[tuple[int, ...], ...] = SUBSET
    paced_seeds: tuple[int, ...] = ()
    paced_epsilons: tuple[str, ...] = ("3/10",)
    known_parameters: int = 256
    known_seeds: tuple[int, ...] = (0, 1, 2)
    compared_seeds: tuple[int, ...] = (0, 1, 2)


PRESETS = {
    "quick": Configuration(
        seeds=(0, 1, 2),
        most=512,
        hidden=((1,), (2,), (3,), (4,), (6,), (8,), (12,), (16,), (3, 3), (4, 4), (3, 3, 3)),
        points=512,
        laws=1,
        tries=4,
        response_steps=(200, 400),
        crowd=Crowd(members=4, steps=200, renewal=25, dtype="float32"),
        doublings=3,
        paced_hidden=((1,), (4,), (16,)),
        paced_seeds=(0, 1, 2),
        known_parameters=64,
    ),
    "standard": Configuration(
        seeds=tuple(range(10)),
        most=1024,
        points=1024,
        laws=1,
        tries=4,
        response_steps=(250, 500),
        crowd=Crowd(members=4, steps=300, renewal=25, dtype="float32"),
        paced_seeds=tuple(range(4)),
        compared_seeds=tuple(range(6)),
    ),
    "full": Configuration(
        seeds=tuple(range(20)),
        most=2048,
        hidden=(*LADDER, (128,), (32, 32, 32)),
        points=2048,
        laws=1,
        tries=4,
        response_steps=(400, 800),
        crowd=Crowd(steps=600, renewal=50, dtype="float32"),
        paced_hidden=(*SUBSET, (32, 32, 32)),
        paced_seeds=tuple(range(10)),
        known_parameters=1024,
        known_seeds=tuple(range(10)),
        compared_seeds=tuple(range(10)),
    ),
}


def run(preset: str, folder: Path, progress: Progress, engine: Engine = "local", workers: int = 2) -> Json:
    """Trains, measures and stores all supports: ``capacity_trained.json`` and ``.csv`` in the folder.

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
    described = plain({"experiment": "capacity-trained", "preset": preset} | asdict(configuration))
    check_engine(engine)
    cells = cells_of(described)
    claim_folder(folder, described | {"versions": versions()})
    store = open_store(folder / "cells", described)
    results = sweep(WORK, cells, store, engine=engine, workers=workers, progress=progress)
    record = {**described, "versions": versions(), **summary(described, cells, results)}
    write_json(folder / RESULT, record)
    write_table((folder / RESULT).with_suffix(".csv"), _rows(record))
    return record


def cells_of(described: Mapping[str, Json]) -> tuple[Cell, ...]:
    """The ladder, its part at other paces, the comparisons with one neuron, and the known classes."""
    named = (
        "points",
        "dim",
        "epsilons",
        "most",
        "laws",
        "tries",
        "response_steps",
        "response_rates",
        "doublings",
        "least_gain",
        "crowd",
    )
    fixed = {name: described[name] for name in named}
    # The largest first: they take longest, and no worker is left alone with one at the end.
    ladder = sorted(described["hidden"], key=lambda hidden: -_parameters(described["dim"], hidden))
    part = sorted(described["paced_hidden"], key=lambda hidden: -_parameters(described["dim"], hidden))
    missing = [hidden for hidden in part if hidden not in ladder]
    if (
        missing
        or not set(described["paced_seeds"]) <= set(described["seeds"])
        or not set(described["paced_epsilons"]) <= set(described["epsilons"])
    ):
        raise ValueError(
            f"other paces are compared on a part of the ladder, of its seeds and of its epsilons (got "
            f"{missing}, {described['paced_seeds']} and {described['paced_epsilons']}): add these to hidden, "
            f"seeds and epsilons."
        )
    if not all(0 < Fraction(epsilon) < Fraction(1, 2) for epsilon in described["epsilons"]):
        raise ValueError(
            f"the epsilons must lie strictly between 0 and 1/2 (got {described['epsilons']}): one atom fools "
            f"a cosine neuron up to 1/2; pass '3/10', say."
        )
    based = dict.fromkeys(PACES, BASE)
    made = list(grid(fixed | {"kind": LADDER_KIND} | based, hidden=ladder, seed=described["seeds"]))
    if described["paces"] and described["paced_seeds"]:
        paced = fixed | {"kind": LADDER_KIND, "epsilons": described["paced_epsilons"]}
        for who in PACES:
            factors = {who: described["paces"], "hidden": part, "seed": described["paced_seeds"]}
            made += grid({name: value for name, value in (paced | based).items() if name != who}, **factors)
    trained = {name: fixed[name] for name in named if name not in ("points", "epsilons", "most", "laws")}
    made += grid(trained | {"kind": ONE_NEURON} | based, support=SUPPORTS, seed=described["compared_seeds"])
    searched = {name: fixed[name] for name in ("points", "dim", "epsilons")}
    for kind, sizes in known_sizes(described["known_parameters"]).items():
        made += grid(searched | {"kind": kind}, size=sizes, seed=described["known_seeds"])
    return tuple(made)


def _parameters(dim: int, hidden: Sequence[int]) -> int:
    return parameter_count(MLP((dim, *hidden, 1)))


def computed(cells: Sequence[Cell]) -> list[Finished]:
    """What each cell leaves, according to its kind."""
    return [_computed(cell.configuration) for cell in cells]


def _computed(setting: Mapping[str, Json]) -> Finished:
    if setting["kind"] == LADDER_KIND:
        return Finished(smallest_supports(setting), engine=engine_of(setting))
    if setting["kind"] == ONE_NEURON:
        return Finished(one_neuron(setting), engine=engine_of(setting))
    return Finished(known_support(setting))


def _seconds(cell: Cell) -> float:
    """A rough time on one core of the reference machine."""
    setting = cell.configuration
    if setting["kind"] not in (LADDER_KIND, ONE_NEURON):
        return 0.5
    hidden, laws = setting.get("hidden", [1]), setting.get("laws", 1)
    # Half of 12 supports seem to fool, and most of these are settled by the second doubling: 2 (2 + 4).
    judged = (2 * laws + 6) * setting["tries"] * sum(setting["response_steps"])
    crowd = laws * setting["crowd"]["steps"] * setting["crowd"]["members"]
    steps = judged * Fraction(setting["judge_pace"]) + crowd * Fraction(setting["generator_pace"])
    atoms = setting.get("points", POINTS) + setting.get("most", SUPPORTS[-1]) / 4
    # Six operations for each parameter and atom, of some 0.02 ns with overheads.
    work = 12 * float(steps) * atoms * 6 * (_parameters(setting["dim"], hidden) + 20)
    return 0.2 + 2e-11 * work


def _shape(cell: Cell) -> str:
    """Each cell trains by itself; cells of one class are as long as each other."""
    return f"{cell.configuration['kind']} {cell.configuration.get('hidden')}"


def _memory(cell: Cell) -> int:
    """Blocks of half-spaces' sides, and stacks of judges: far below a quarter of a gibibyte."""
    return 1 << 28


def _summary(result: Json) -> str:
    if "updates" not in result:
        return f"{result.get('kind', ONE_NEURON)} compared"
    return ", ".join(
        f"ε = {epsilon}: {found['support'] or 'none'}"
        for epsilon, found in result["supports"]["known"].items()
    )


WORK = Work(compute=computed, shape=_shape, seconds=_seconds, memory=_memory, summary=_summary)


def summary(described: Mapping[str, Json], cells: Sequence[Cell], results: Sequence[Json]) -> Json:
    """What all cells say together."""
    pairs = [(cell.configuration, result) for cell, result in zip(cells, results, strict=True)]
    runs = [
        {name: setting[name] for name in ("hidden", "seed", *PACES)} | result
        for setting, result in pairs
        if setting["kind"] == LADDER_KIND
    ]
    found = classes(described, runs)
    known = known_classes([result for setting, result in pairs if setting["kind"] in (BALL, COSINES)])
    largest = max(one["parameters"] for one in found)
    return {
        "classes": found,
        "growth": growths(described, found),
        "ablation": ablation(described, runs),
        "one_neuron": one_neuron_road([result for setting, result in pairs if setting["kind"] == ONE_NEURON]),
        "known": known,
        "known_growth": known_growths(known),
        "curves": {
            epsilon: cosine_curves([2**k for k in range(1, largest.bit_length() + 1)], epsilon)
            for epsilon in described["epsilons"]
        },
    }


def _rows(record: Json) -> list[dict[str, Json]]:
    """One line for each class, seed and epsilon of the ladder, and of its part at other paces."""
    return [
        {
            "hidden": "-".join(map(str, one["hidden"])),
            "parameters": one["parameters"],
            "seed": run["seed"],
            "epsilon": epsilon,
            "support": run["supports"]["known"][epsilon]["support"],
            "told_apart": run["supports"]["known"][epsilon]["told_apart"],
            "support_trained": run["supports"]["trained"][epsilon]["support"],
            "gap": met["gap"] if met else None,
            "gain": met["gain"] if met else None,
            "settled": met["settled"] if met else None,
            "law": met["law"] if met else None,
            "one_more": met["restarts"]["one_more"] if met else None,
            "at_least": one["at_least"][epsilon],
            "bound": one["supports"]["trained"][epsilon]["bound"],
            "generator_updates": run["updates"]["generator"],
            "judge_updates": run["updates"]["judges"],
        }
        for one in record["classes"]
        for run in one["runs"]
        for epsilon in record["epsilons"]
        for support in [run["supports"]["known"][epsilon]["support"]]
        for met in [next((t for t in run["tried"] if t["support"] == support), None)]
    ]
