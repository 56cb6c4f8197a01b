"""An invented record of the trained sweep, for the tests of its figure and its section."""

from typing import Any

from empirical.observables.growth import growth_exponent
from empirical.observables.slope_tests import slope_difference, slope_test

EPSILONS = ("2/5", "1/5")
HIDDEN = ((1,), (2,), (4,), (2, 2))
PARAMETERS = (7, 13, 25, 19)


def measured(value: float, lower: float, upper: float) -> dict[str, Any]:
    """A stored interval."""
    return {"value": value, "lower": lower, "upper": upper, "confidence": 0.95}


def _class(hidden: tuple[int, ...], parameters: int) -> dict[str, Any]:
    supports = {
        epsilon: {
            "seeds": [factor * parameters, (factor + 2) * parameters],
            "censored": 0,
            "support": measured((factor + 1) * parameters, factor * parameters, (factor + 2) * parameters),
            "bound": 1000 * parameters,
            "judging": {"gain": 0.0123, "settled": 1, "doublings": 2, "data_points": 0.5},
        }
        for epsilon, factor in zip(EPSILONS, (1, 3), strict=True)
    }
    return {
        "hidden": list(hidden),
        "parameters": parameters,
        "radius": 12345,
        "lipschitz": 678.5,
        "runs": [{"updates": {"generator": 10, "crowd": 20, "judges": 30}}] * 2,
        "supports": {"known": supports, "trained": supports},
        "at_least": dict.fromkeys(EPSILONS, 2),
        "at_most": dict.fromkeys(EPSILONS, 200),
    }


def trained_record(*, sloped: bool = True) -> dict[str, Any]:
    """Two seeds, four classes, two epsilons, twice the steps on three classes; with or without slopes."""
    exponent = growth_exponent(PARAMETERS, [[p**0.9 for p in PARAMETERS], [p**1.1 for p in PARAMETERS]])
    slopes = exponent.parameters["slopes"]
    fitted = {
        "exponent": exponent.as_dict(),
        "sentence": "in proportion",
        "classes": [list(hidden) for hidden in HIDDEN],
        "within": 1.23,
        "tests": [slope_test(slopes, against).as_dict() for against in (0.0, 1.0)],
        "plateau": {"sentence": "no plateau is seen"},
    }
    growth = {
        "left_out": [],
        "near_ceiling": [[4]],
        "ceiling": 205,
        "parameters": fitted if sloped else None,
        "width": None,
    }
    paced = {
        "at": {"1": exponent.as_dict(), "2": exponent.as_dict()},
        "supports": {"1": [7.0, 25.0], "2": [8.0, 26.0]},
        "differences": {
            "2": slope_difference([1.0, 1.3], slopes).as_dict()
            | {"test": slope_test(slopes, 0.0).as_dict(), "verdict": "not shown to be equivalent"}
        },
        "not_settled": {"1": [[4]], "2": []},
    }
    by_epsilon = {"1/5": paced if sloped else None}
    known = {"seeds": [3, 3], "support": measured(3, 3, 3), "at_least": 2, "at_most": 5, "orthonormal": 4}
    return {
        "epsilons": list(EPSILONS),
        "points": 256,
        "dim": 4,
        "seeds": [0, 1],
        "laws": 1,
        "tries": 4,
        "doublings": 3,
        "least_gain": 0.02,
        "known_seeds": [0, 1],
        "response_steps": [200, 400],
        "response_rates": [0.1, 0.05],
        "crowd": {
            "steps": 600,
            "members": 8,
            "generator_optimizer": {"learning_rate": 0.002},
            "discriminator_optimizer": {"learning_rate": 0.05},
        },
        "classes": [_class(hidden, p) for hidden, p in zip(HIDDEN, PARAMETERS, strict=True)],
        "growth": {kind: dict.fromkeys(EPSILONS, growth) for kind in ("known", "trained")},
        "ablation": {
            "hidden": [[1], [2], [4]],
            "paces": ["1", "2"],
            "margin": 0.1,
            "slopes": {
                who: {kind: by_epsilon for kind in ("known", "trained")}
                for who in ("generator_pace", "judge_pace")
            },
        },
        "one_neuron": {
            "points": 30,
            "found": [{"exact": [0.5, 0.5], "restarts": [0.3, 0.4], "trained": 0.4, "searched": 0.5}],
            "shares": {
                "trained": {"mean": 0.8, "least": 0.75, "most": 0.85},
                "searched": {"mean": 0.99, "least": 0.98, "most": 1.0},
            },
        },
        "known": [
            {"kind": kind, "size": 2, "parameters": 4, "supports": dict.fromkeys(EPSILONS, known)}
            for kind in ("wave-ball", "cosine-neurons")
        ],
        "known_growth": {
            kind: dict.fromkeys(EPSILONS, measured(0.5, 0.4, 0.6)) for kind in ("wave-ball", "cosine-neurons")
        },
        "curves": {
            epsilon: {"parameters": [2, 8], "at_least": [2, 4], "at_most": [9, 70]} for epsilon in EPSILONS
        },
    }
