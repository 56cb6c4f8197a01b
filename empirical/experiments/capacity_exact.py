"""Capacity against support where it is known exactly: computed fooling supports beside the laws.

For each law of ``theory.fooling_support`` the smallest supports are found by computation on a grid of class
sizes and tolerances, certified in rationals, and judged against the law. The curves of the laws are stored
beside them, and so is the bound of the small-support theorem for the Euclidean ball, where the exact number
is known too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from empirical.experiments.result import Progress, chosen
from empirical.judge import judge
from empirical.measurement import Measurement
from empirical.observables.fooling import (
    Norm,
    ball_support,
    random_features,
    span_support,
    threshold_support,
)
from empirical.storage import Json, claim_folder, write_json
from empirical.sweeps import (
    Cell,
    Engine,
    check_engine,
    one_by_one,
    open_store,
    plain,
    sweep,
    versions,
    write_table,
)
from empirical.targets import equal_weights
from theory.fooling_support import (
    CARATHEODORY,
    L2_BALL,
    LINF_BALL,
    SMALL_SUPPORT,
    THRESHOLDS,
    FoolingLaw,
    law,
)
from theory.prediction import PredictedValue

RESULT = "capacity_exact.json"
RESOLUTION = 1.0  # atoms: an enclosure of one integer confirms it
MOST_POINTS = 64  # of the random features: more points than atoms, so that pivoting has work
# The Euclidean ball as a case of the small-support theorem: |v| <= 1, features of norm at most 1, values in
# [-1, 1]. Any failure probability below 1 leaves a law that fools.
BALL = {"radius": 1, "lipschitz": 1, "range_width": 2, "failure_probability": "99/100"}


@dataclass(frozen=True)
class Configuration:
    """What a preset computes; tolerances as exact texts.

    Args:
        span_sizes: numbers n of random functions whose span is to be fooled.
        span_supports: the most supports to rule out one by one at each n.
        euclidean_sizes: numbers n of points under the Euclidean ball, at ``euclidean_epsilons``.
        maximum_sizes: numbers n of points under the maximum norm, at ``maximum_epsilon``.
        epsilons: tolerances of the thresholds, and of the Euclidean ball on its largest n.
        threshold_points: equal points on the line.
        seed: of the random functions.
    """

    span_sizes: tuple[int, ...]
    span_supports: int
    euclidean_sizes: tuple[int, ...]
    maximum_sizes: tuple[int, ...]
    epsilons: tuple[str, ...]
    threshold_points: int
    euclidean_epsilons: tuple[str, ...] = ("1/4", "1/10", "1/32")
    maximum_epsilon: str = "1/2"
    seed: int = 0


@dataclass(frozen=True)
class Series:
    """One law along one of its parameters, the others fixed.

    Args:
        law: the law.
        axis: the parameter that varies, ``"functions"`` or ``"epsilon"``.
        found: its values at which supports are computed; none where only the curve is shown.
        drawn: its values at which the curve is drawn.
        fixed: what else a cell is told, some of it for the computation only.
    """

    law: FoolingLaw
    axis: str
    found: Sequence[int | str]
    drawn: Sequence[int | Fraction]
    fixed: Mapping[str, int | str]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """One cell for each computed support."""
        return tuple(Cell.of({"law": self.law.name, self.axis: at, **self.fixed}) for at in self.found)

    def curve(self) -> dict[str, list[float]]:
        """The law at the drawn values, as plain numbers."""
        known = {parameter.name for parameter in self.law.prediction.parameters}
        fixed = {name: value for name, value in self.fixed.items() if name in known}
        if "largest_atom" in known:
            fixed["largest_atom"] = 0
        axis = "parameters" if self.axis == "functions" and "parameters" in known else self.axis
        supports = [float(self.law.prediction.at(**fixed, **{axis: at})) for at in self.drawn]
        return {"at": [float(at) for at in self.drawn], "support": supports}


def _powers(last: int) -> tuple[int, ...]:
    return tuple(2**k for k in range(last + 1))


PRESETS = {
    "quick": Configuration(
        span_sizes=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32),
        span_supports=5_000,
        euclidean_sizes=_powers(12),
        maximum_sizes=_powers(8),
        epsilons=("1/2", "1/4", "1/6", "1/10", "1/16", "1/24", "1/40", "1/64", "1/100"),
        threshold_points=20_000,
    ),
    "standard": Configuration(
        span_sizes=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64),
        span_supports=50_000,
        euclidean_sizes=_powers(13),
        maximum_sizes=_powers(10),
        epsilons=(
            "1/2",
            "1/3",
            "1/4",
            "1/6",
            "1/8",
            "1/10",
            "1/16",
            "1/24",
            "1/40",
            "1/64",
            "1/100",
            "1/160",
        ),
        threshold_points=60_000,
    ),
    "full": Configuration(
        span_sizes=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128),
        span_supports=200_000,
        euclidean_sizes=_powers(14),
        maximum_sizes=_powers(11),
        epsilons=(
            "1/2",
            "1/3",
            "1/4",
            "1/6",
            "1/8",
            "1/10",
            "1/16",
            "1/24",
            "1/40",
            "1/64",
            "1/100",
            "1/250",
        ),
        threshold_points=150_000,
    ),
}


def run(preset: str, folder: Path, progress: Progress, engine: Engine = "local") -> Json:
    """Finds, judges and stores all supports: ``capacity_exact.json`` and ``.csv`` in the folder.

    Returns:
        the record that the JSON file holds.

    Raises:
        ValueError: the preset or the engine is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress, engine)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress, engine: Engine = "local"
) -> Json:
    """The experiment at this configuration; the errors are those of ``run``."""
    check_engine(engine)
    described = plain({"experiment": "capacity-exact", "preset": preset} | asdict(configuration))
    claim_folder(folder, described | {"versions": versions()})
    every = series(configuration)
    cells = tuple(dict.fromkeys(cell for one in every for cell in one.cells))  # two series may share one
    store = open_store(folder / "cells", described)
    results = sweep(one_by_one(find), cells, store, engine=engine, workers=1, progress=progress)
    verdicts = dict(zip(cells, results, strict=True))
    record = {
        "experiment": "capacity-exact",
        "preset": preset,
        "versions": versions(),
        "series": [_recorded(one, verdicts) for one in every],
    }
    write_json(folder / RESULT, record)
    write_table((folder / RESULT).with_suffix(".csv"), _rows(record))
    return record


def series(configuration: Configuration) -> tuple[Series, ...]:
    """Everything that a preset computes and draws."""
    largest = configuration.euclidean_sizes[-1]
    sizes = _up_to(largest)
    tolerances = [
        1 / Fraction(inverse) for inverse in _up_to(max(_inverse(e) for e in configuration.epsilons))
    ]
    searched = {"supports": configuration.span_supports, "seed": configuration.seed}
    bound = BALL | {"epsilon": configuration.euclidean_epsilons[1]}
    return (
        Series(CARATHEODORY, "functions", configuration.span_sizes, sizes, searched),
        Series(
            LINF_BALL,
            "functions",
            configuration.maximum_sizes,
            sizes,
            {"epsilon": configuration.maximum_epsilon},
        ),
        *(
            Series(L2_BALL, "functions", configuration.euclidean_sizes, sizes, {"epsilon": epsilon})
            for epsilon in configuration.euclidean_epsilons
        ),
        Series(SMALL_SUPPORT, "functions", (), sizes, bound),
        Series(
            THRESHOLDS,
            "epsilon",
            configuration.epsilons,
            tolerances,
            {"points": configuration.threshold_points},
        ),
        Series(L2_BALL, "epsilon", configuration.epsilons, tolerances, {"functions": largest}),
        Series(SMALL_SUPPORT, "epsilon", (), tolerances, BALL | {"parameters": largest}),
    )


def find(cell: Cell) -> Json:
    """The verdict on one law, with one class and tolerance."""
    setting = cell.configuration
    return judge(predicted(setting), _measured(setting), resolution=RESOLUTION).as_dict()


def predicted(setting: Mapping[str, Json]) -> PredictedValue:
    """What the law of a cell says there."""
    given = {name: setting[name] for name in ("functions", "epsilon") if name in setting}
    if "points" in setting:
        given["largest_atom"] = f"1/{setting['points']}"
    return law(setting["law"]).prediction.at(**given)


def _measured(setting: Mapping[str, Json]) -> Measurement:
    match setting["law"]:
        case CARATHEODORY.name:
            features = random_features(
                setting["functions"],
                supports=setting["supports"],
                most_points=MOST_POINTS,
                seed=setting["seed"],
            )
            return span_support(features, equal_weights(len(features)))
        case THRESHOLDS.name:
            return threshold_support(equal_weights(setting["points"]), Fraction(setting["epsilon"]))
        case name:
            law_of_points = equal_weights(setting["functions"])
            return ball_support(law_of_points, Fraction(setting["epsilon"]), Norm(name))


def _recorded(one: Series, verdicts: Mapping[Cell, Json]) -> Json:
    return {
        "law": one.law.name,
        "discriminators": one.law.discriminators,
        "data": one.law.data,
        "relation": one.law.prediction.relation.value,
        "formula": one.law.prediction.display,
        "source": str(one.law.source),
        "axis": one.axis,
        "fixed": dict(one.fixed),
        "curve": one.curve(),
        "found": [
            {"at": float(Fraction(at)), "verdict": verdicts[cell]}
            for at, cell in zip(one.found, one.cells, strict=True)
        ],
    }


def _rows(record: Json) -> list[dict[str, Json]]:
    return [
        {
            "law": one["law"],
            "axis": one["axis"],
            "at": found["at"],
            "epsilon": found["at"] if one["axis"] == "epsilon" else one["fixed"].get("epsilon"),
            "at_least": int(found["verdict"]["measured"]["lower"]),
            "at_most": int(found["verdict"]["measured"]["upper"]),
            "law_says": int(found["verdict"]["predicted"]["value"]),
            "outcome": found["verdict"]["outcome"],
            "obtained": found["verdict"]["measured"]["obtained"],
        }
        for one in record["series"]
        for found in one["found"]
    ]


def _inverse(epsilon: str) -> int:
    return int(1 / Fraction(epsilon))


def _up_to(last: int) -> list[int]:
    """Every integer at first, then forty an octave: steps show, and a curve stays short."""
    return sorted({min(last, round(2 ** (k / 40))) for k in range(40 * last.bit_length() + 1)})
