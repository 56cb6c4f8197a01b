"""What all cells say together: supports with intervals, slopes with tests, plateaus, and training time."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from empirical.experiments.capacity.supports import OPPONENTS
from empirical.judge import HypothesisCheck, judge
from empirical.networks import MLP, parameter_count
from empirical.networks.lipschitz import parameter_lipschitz
from empirical.observables.fooling.slabs import slab_support_at_least
from empirical.observables.growth import geometric_mean_over_seeds, growth, growth_exponent
from empirical.observables.plateau import FEWEST, shape
from empirical.observables.slope_tests import slope_difference, slope_test
from empirical.storage import Json
from theory.fooling_support import LINF_BALL, SMALL_SUPPORT

CONFIDENCE = 0.95
BASE = "1"  # the pace of the sweep itself
LEAST = 3  # capacities that a slope needs

Described = Mapping[str, Json]


def classes(described: Described, runs: Sequence[Json]) -> list[Json]:
    """Every class of the ladder at the sweep's own pace: its runs, supports, and the bounds beside them."""
    return [
        _class(described, hidden, [run for run in runs if run["hidden"] == hidden and run["pace"] == BASE])
        for hidden in described["hidden"]
    ]


def _class(described: Described, hidden: Sequence[int], runs: Sequence[Json]) -> Json:
    network = MLP((described["dim"], *hidden, 1))
    # Rounded up, both are still valid for all discriminators that were met; data points have norm 1.
    radius = math.ceil(max(run["radius"] for run in runs))
    constant = parameter_lipschitz(float(radius), 1.0, layers=len(hidden) + 1)
    lipschitz = Fraction(math.ceil(1000 * constant), 1000)
    bound: dict[str, int | str | Fraction] = {
        "parameters": parameter_count(network),
        "radius": radius,
        "lipschitz": lipschitz,
        "range_width": 1,
        "failure_probability": "99/100",  # any below 1 leaves a law that fools
    }
    return {
        "hidden": list(hidden),
        "parameters": parameter_count(network),
        "radius": radius,
        "lipschitz": float(lipschitz),
        "runs": list(runs),
        "supports": {
            opponents: {
                epsilon: _supports(described, runs, opponents, epsilon, bound)
                for epsilon in described["epsilons"]
            }
            for opponents in OPPONENTS
        },
        # On N points no function with values in [0, 1] tells N (1 - epsilon) of them from all.
        "at_most": {
            epsilon: int(
                LINF_BALL.prediction.at(functions=described["points"], epsilon=2 * Fraction(epsilon)).exact
            )
            for epsilon in described["epsilons"]
        },
        "at_least": {
            epsilon: slab_support_at_least(hidden, described["dim"], described["points"], Fraction(epsilon))
            for epsilon in described["epsilons"]
        },
    }


def _supports(
    described: Described,
    runs: Sequence[Json],
    opponents: str,
    epsilon: str,
    bound: Mapping[str, int | str | Fraction],
) -> Json:
    """The supports of all seeds, their geometric mean, and the verdict on the sufficient support."""
    found = [run["supports"][opponents][epsilon]["support"] for run in runs]
    predicted = SMALL_SUPPORT.prediction.at(epsilon=epsilon, **bound)
    result: dict[str, Json] = {
        "seeds": found,
        "censored": found.count(None),
        "support": None,
        "bound": int(predicted.exact),
        "verdict": None,
    }
    if not result["censored"]:
        support = geometric_mean_over_seeds(
            predicted.observable, found, confidence=CONFIDENCE, unit=predicted.unit
        )
        result["support"] = support.as_dict()
        result["verdict"] = judge(
            predicted, support, hypotheses=(_best_of_class(runs, found, OPPONENTS[opponents]),)
        ).as_dict()
    return result


def _best_of_class(runs: Sequence[Json], found: Sequence[int], name: str) -> HypothesisCheck:
    """Search finds good discriminators, and never shows that no better one exists."""
    met = [
        one
        for run, support in zip(runs, found, strict=True)
        for one in run["tried"]
        if one["support"] == support
    ]
    beaten = max(one["restarts"]["one_more"] for one in met)
    spread = max(one[name] - one["restarts"]["weakest"] for one in met)
    return HypothesisCheck(
        "no discriminator of the class does better than those that were met",
        holds=False,
        detail=f"found by search: one more restart does better with probability at most {beaten:.2f}; the "
        f"weakest restart is up to {spread:.2f} below the best opponent",
    )


def growths(described: Described, found: Sequence[Json]) -> Json:
    """For both kinds of opponents and each epsilon, how support grows: over all classes, and with width."""
    return {
        opponents: {
            epsilon: {
                "left_out": [
                    one["hidden"] for one in found if one["supports"][opponents][epsilon]["censored"]
                ],
                "parameters": _slopes(found, opponents, epsilon, "parameters"),
                "width": _slopes(
                    [one for one in found if len(one["hidden"]) == 1], opponents, epsilon, "width"
                ),
            }
            for epsilon in described["epsilons"]
        }
        for opponents in OPPONENTS
    }


def _slopes(found: Sequence[Json], opponents: str, epsilon: str, axis: str) -> Json:
    """The slope with its interval and tests, and the plateau against the line; None for too few classes."""
    used = [one for one in found if not one["supports"][opponents][epsilon]["censored"]]
    sizes = [one["parameters"] if axis == "parameters" else one["hidden"][0] for one in used]
    if len(set(sizes)) < LEAST:
        return None
    columns = [one["supports"][opponents][epsilon]["seeds"] for one in used]
    rows = [list(row) for row in zip(*columns, strict=True)]
    exponent = growth_exponent(sizes, rows, confidence=CONFIDENCE)
    says = growth(exponent)
    slopes = exponent.parameters["slopes"]
    result: dict[str, Json] = {
        "exponent": exponent.as_dict(),
        "outcome": says.name,
        "sentence": says.value,
        "tests": [slope_test(slopes, against).as_dict() for against in (0.0, 1.0)],
        "plateau": None,
    }
    if len(set(sizes)) >= FEWEST:
        found_shape = shape(sizes, rows, confidence=CONFIDENCE)
        result["plateau"] = {
            "chosen": found_shape.plateau,
            "sentence": found_shape.sentence,
            "gain": found_shape.gain.as_dict(),
            "level": found_shape.level.as_dict(),
            "errors": list(found_shape.errors),
        }
    return result


def ablation(described: Described, runs: Sequence[Json]) -> Json:
    """The slope at each pace of training, on the part of the ladder that all paces share, and differences.

    A capacity or seed counts only where all paces found a support, so that slopes are compared on the same
    classes and seeds. Slower paces have all their steps multiplied, generators and judges alike.
    """
    paces = sorted({BASE, *described["paces"]}, key=Fraction)
    ladder = described["paced_hidden"]
    by_place = {(tuple(run["hidden"]), run["seed"], run["pace"]): run for run in runs}
    return {
        "hidden": ladder,
        "paces": paces,
        "steps": {
            pace: {
                "crowd": round(described["crowd"]["steps"] * Fraction(pace)),
                "response": [round(steps * Fraction(pace)) for steps in described["response_steps"]],
            }
            for pace in paces
        },
        "slopes": {
            opponents: {
                epsilon: _paced_slopes(described, by_place, paces, opponents, epsilon)
                for epsilon in described["epsilons"]
            }
            for opponents in OPPONENTS
        },
    }


def _paced_slopes(
    described: Described,
    runs: Mapping[tuple[tuple[int, ...], int, str], Json],
    paces: Sequence[str],
    opponents: str,
    epsilon: str,
) -> Json:
    def support(hidden: Sequence[int], seed: int, pace: str) -> int | None:
        return runs[tuple(hidden), seed, pace]["supports"][opponents][epsilon]["support"]

    seeds = described["paced_seeds"]
    used = [
        hidden
        for hidden in described["paced_hidden"]
        if all(support(hidden, seed, pace) is not None for seed in seeds for pace in paces)
    ]
    if len(used) < LEAST or len(seeds) < 2:
        return None
    sizes = [parameter_count(MLP((described["dim"], *hidden, 1))) for hidden in used]
    at = {
        pace: growth_exponent(
            sizes,
            [[support(hidden, seed, pace) or 0 for hidden in used] for seed in seeds],
            confidence=CONFIDENCE,
        )
        for pace in paces
    }
    base = at[BASE].parameters["slopes"]
    return {
        "hidden": [list(hidden) for hidden in used],
        "at": {pace: exponent.as_dict() for pace, exponent in at.items()},
        "supports": {
            pace: [
                geometric_mean_over_seeds(
                    "fooling_support",
                    [support(hidden, seed, pace) or 0 for seed in seeds],
                    confidence=CONFIDENCE,
                    unit="atoms",
                ).value
                for hidden in used
            ]
            for pace in paces
        },
        "differences": {
            pace: slope_difference(exponent.parameters["slopes"], base, confidence=CONFIDENCE).as_dict()
            | {
                "test": slope_test(
                    [a - b for a, b in zip(exponent.parameters["slopes"], base, strict=True)], 0.0
                ).as_dict()
            }
            for pace, exponent in at.items()
            if pace != BASE
        },
    }
