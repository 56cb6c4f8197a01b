"""What all cells say together: supports with intervals, slopes with tests, plateaus, and training time."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from empirical.experiments.capacity.supports import OPPONENTS
from empirical.judge import HypothesisCheck, judge
from empirical.networks import MLP, parameter_count
from empirical.networks.lipschitz import parameter_lipschitz
from empirical.observables.fooling.slabs import slab_support_at_least
from empirical.observables.growth import (
    geometric_mean_over_seeds,
    growth,
    growth_exponent,
    lack_of_fit,
)
from empirical.observables.plateau import FEWEST, shape
from empirical.observables.slope_tests import equivalence, slope_difference, slope_test
from empirical.storage import Json
from theory.fooling_support import LINF_BALL, SMALL_SUPPORT

CONFIDENCE = 0.95
BASE = "1"  # the pace of the sweep itself
MARGIN = 0.1  # of a slope, within which two ways of training count as equivalent
PACES = ("generator_pace", "judge_pace")
LEAST = 3  # capacities that a slope needs

Described = Mapping[str, Json]


def classes(described: Described, runs: Sequence[Json]) -> list[Json]:
    """Every class of the ladder at the sweep's own pace: its runs, supports, and the bounds beside them."""
    own = [run for run in runs if _paces(run) == (BASE, BASE)]
    return [
        _class(described, hidden, [run for run in own if run["hidden"] == hidden])
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
        "at_most": _ceilings(described),
        "at_least": {
            epsilon: slab_support_at_least(hidden, described["dim"], described["points"], Fraction(epsilon))
            for epsilon in described["epsilons"]
        },
    }


def _ceilings(described: Described) -> dict[str, int]:
    """N (1 - epsilon) of N points: no function with values in [0, 1] tells so many of them from all."""
    return {
        epsilon: int(
            LINF_BALL.prediction.at(functions=described["points"], epsilon=2 * Fraction(epsilon)).exact
        )
        for epsilon in described["epsilons"]
    }


def _paces(run: Json) -> tuple[str, str]:
    generators, judges = (run[name] for name in PACES)
    return generators, judges


def _supports(
    described: Described,
    runs: Sequence[Json],
    opponents: str,
    epsilon: str,
    bound: Mapping[str, int | str | Fraction],
) -> Json:
    """The supports of all seeds, their geometric mean, and how well the laws that count were judged.

    The sufficient support is for trained opponents alone: half-spaces and slabs have weights without bound.
    """
    found = [run["supports"][opponents][epsilon]["support"] for run in runs]
    result: dict[str, Json] = {
        "seeds": found,
        "censored": found.count(None),
        "support": None,
        "judging": None,
        "bound": None,
        "verdict": None,
    }
    predicted = SMALL_SUPPORT.prediction.at(epsilon=epsilon, **bound)
    if opponents == "trained":
        result["bound"] = int(predicted.exact)
    if not result["censored"]:
        support = geometric_mean_over_seeds(
            predicted.observable, found, confidence=CONFIDENCE, unit=predicted.unit
        )
        met = _counted(runs, found)
        result["support"] = support.as_dict()
        result["judging"] = {
            # None where slabs or half-spaces told the law apart, or no doubling was paid for.
            "gain": max((one["gain"] for one in met if one["gain"] is not None), default=None),
            "settled": sum(one["settled"] for one in met),
            "doublings": max(len(one["attained"]) for one in met) - 1,
            "data_points": sum(one["law"] == "data points" for one in met) / len(met),
        }
        if opponents == "trained":
            best = _best_of_class(met, OPPONENTS[opponents])
            result["verdict"] = judge(predicted, support, hypotheses=(best,)).as_dict()
    return result


def _counted(runs: Sequence[Json], found: Sequence[int]) -> list[Json]:
    """What was met at the support of each seed."""
    return [
        one
        for run, support in zip(runs, found, strict=True)
        for one in run["tried"]
        if one["support"] == support
    ]


def _best_of_class(met: Sequence[Json], name: str) -> HypothesisCheck:
    """Search finds good discriminators, and never shows that no better one exists."""
    beaten = max(one["restarts"]["one_more"] for one in met)
    spread = max(one[name] - one["restarts"]["weakest"] for one in met)
    return HypothesisCheck(
        "no discriminator of the class does better than those that were met",
        holds=False,
        detail=f"found by search: one more restart does better with probability at most {beaten:.2f}; the "
        f"weakest restart is up to {spread:.2f} below the best opponent",
    )


def growths(described: Described, found: Sequence[Json]) -> Json:
    """For both kinds of opponents and each epsilon, how support grows: over all classes, and with width.

    Left out are classes without a support in some seed, and classes with a support above half of N(1 - eps):
    N(1 - eps) data points fool all functions, so that supports level off there whatever the class.
    """
    return {
        opponents: {
            epsilon: {
                "left_out": [
                    one["hidden"] for one in found if one["supports"][opponents][epsilon]["censored"]
                ],
                "near_ceiling": [
                    one["hidden"]
                    for one in found
                    if not one["supports"][opponents][epsilon]["censored"]
                    and not _below_ceiling(one, opponents, epsilon)
                ],
                "ceiling": ceiling,
                "parameters": _slopes(found, opponents, epsilon, "parameters"),
                "width": _slopes(
                    [one for one in found if len(one["hidden"]) == 1], opponents, epsilon, "width"
                ),
            }
            for epsilon, ceiling in _ceilings(described).items()
        }
        for opponents in OPPONENTS
    }


def _below_ceiling(one: Json, opponents: str, epsilon: str) -> bool:
    support = one["supports"][opponents][epsilon]["support"]
    return support is not None and 2 * support["value"] <= one["at_most"][epsilon]


def _slopes(found: Sequence[Json], opponents: str, epsilon: str, axis: str) -> Json:
    """The slope with its interval and tests, and the plateau against the line; None for too few classes."""
    used = [one for one in found if _below_ceiling(one, opponents, epsilon)]
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
        "classes": [one["hidden"] for one in used],
        "within": lack_of_fit(sizes, rows),
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
    """How the slope changes where generators alone, or judges alone, take other numbers of steps.

    A capacity counts only where all paces found a support in every seed, so that slopes are compared on the
    same classes and seeds. The ceiling leaves no class out here: what is asked for is a difference on the
    same classes, the largest one among them.
    """
    by_place = {(tuple(run["hidden"]), run["seed"], *_paces(run)): run for run in runs}
    return {
        "hidden": described["paced_hidden"],
        "paces": sorted({BASE, *described["paces"]}, key=Fraction),
        "margin": MARGIN,
        "slopes": {
            who: {
                opponents: {
                    epsilon: _paced_slopes(described, by_place, who, opponents, epsilon)
                    for epsilon in described["paced_epsilons"]
                }
                for opponents in OPPONENTS
            }
            for who in PACES
        },
    }


def _paced_slopes(
    described: Described,
    runs: Mapping[tuple[tuple[int, ...], int, str, str], Json],
    who: str,
    opponents: str,
    epsilon: str,
) -> Json:
    paces = sorted({BASE, *described["paces"]}, key=Fraction)

    def run(hidden: Sequence[int], seed: int, pace: str) -> Json:
        generators, judges = (pace if name == who else BASE for name in PACES)
        return runs[tuple(hidden), seed, generators, judges]

    def support(hidden: Sequence[int], seed: int, pace: str) -> int | None:
        return run(hidden, seed, pace)["supports"][opponents][epsilon]["support"]

    seeds = described["paced_seeds"]
    used = [
        hidden
        for hidden in described["paced_hidden"]
        if all(support(hidden, seed, pace) is not None for seed in seeds for pace in paces)
    ]
    if len(used) < LEAST or len(seeds) < 2 or len(paces) < 2:
        return None
    sizes = [parameter_count(MLP((described["dim"], *hidden, 1))) for hidden in used]
    rows = {pace: [[support(hidden, seed, pace) or 0 for hidden in used] for seed in seeds] for pace in paces}
    at = {pace: growth_exponent(sizes, found, confidence=CONFIDENCE) for pace, found in rows.items()}
    base = at[BASE].parameters["slopes"]
    changes = {
        pace: slope_difference(exponent.parameters["slopes"], base, confidence=CONFIDENCE)
        for pace, exponent in at.items()
        if pace != BASE
    }
    return {
        "hidden": [list(hidden) for hidden in used],
        "at": {pace: exponent.as_dict() for pace, exponent in at.items()},
        "supports": {
            pace: [
                geometric_mean_over_seeds(
                    "fooling_support", column, confidence=CONFIDENCE, unit="atoms"
                ).value
                for column in zip(*found, strict=True)
            ]
            for pace, found in rows.items()
        },
        "not_settled": {
            pace: [
                list(hidden)
                for hidden in used
                if not all(
                    one["settled"]
                    for seed in seeds
                    for one in _counted([run(hidden, seed, pace)], [support(hidden, seed, pace) or 0])
                )
            ]
            for pace in paces
        },
        "differences": {
            pace: change.as_dict()
            | {
                "test": slope_test(change.parameters["differences"], 0.0).as_dict(),
                "verdict": equivalence(change, MARGIN),
            }
            for pace, change in changes.items()
        },
    }
