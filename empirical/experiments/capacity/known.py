"""Two classes on the same axes whose best discriminator is a formula: only the law is searched for."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from empirical.observables.fooling.waves import (
    ball_support,
    ball_support_at_most,
    cosine_support,
    cosine_support_at_most,
    wave_numbers,
)
from empirical.observables.growth import geometric_mean_over_seeds, growth_exponent
from empirical.storage import Json
from empirical.targets.sphere import sphere
from theory.fooling_support import L2_BALL
from theory.small_bias import cosine_support_at_least

BALL, COSINES = "wave-ball", "cosine-neurons"
SCALE = 6.0  # of the wave numbers: neighbouring data points, some 0.3 apart, are several radians apart
CONFIDENCE = 0.95
LEAST = 3  # sizes that a slope needs
MOST = 400  # frequencies that are enumerated


def known_support(setting: Mapping[str, Json]) -> Json:
    """The fewest atoms that a search finds for one of the classes at every epsilon, and the theorems' bounds.

    Args:
        setting: a cell with ``kind``, ``size`` (waves of the ball, or the torus' dimension), ``epsilons`` and
            what describes the data.
    """
    size, epsilons = setting["size"], [Fraction(epsilon) for epsilon in setting["epsilons"]]
    one = _ball if setting["kind"] == BALL else _cosines
    return {
        "kind": setting["kind"],
        "size": size,
        "parameters": 2 * size if setting["kind"] == BALL else size + 1,
        "supports": {str(epsilon): one(setting, size, epsilon) for epsilon in epsilons},
    }


def known_sizes(most_parameters: int) -> dict[str, tuple[int, ...]]:
    """Sizes of both classes up to this many parameters, as far as all their frequencies can be enumerated."""
    doubling = tuple(2**k for k in range(most_parameters.bit_length()) if 2 * 2**k <= most_parameters)
    dimensions = tuple(p for p in range(1, most_parameters) if (3**p - 1) // 2 <= MOST)
    return {BALL: doubling, COSINES: dimensions}


def cosine_curves(parameters: Sequence[int], epsilon: str) -> Json:
    """The theorem's bounds for cosine neurons of frequency 1, where no enumeration reaches."""
    tolerance = Fraction(epsilon)
    return {
        "parameters": list(parameters),
        "at_least": [int(cosine_support_at_least(p - 1, 1, tolerance)) for p in parameters],
        "at_most": [cosine_support_at_most(p - 1, 1, tolerance) for p in parameters],
    }


def _ball(setting: Mapping[str, Json], size: int, epsilon: Fraction) -> Json:
    """The ball over this many random waves, against the ladder's data of its first seed."""
    data = sphere(setting["points"], setting["dim"], seed=setting["seed"]).atoms.numpy()
    waves = wave_numbers(size, setting["dim"], SCALE, setting["seed"])
    mean_square = float((np.abs(np.exp(1j * data @ waves.T).mean(axis=0)) ** 2).mean())
    at_most = ball_support_at_most(2 * size, epsilon, mean_square)
    return {
        "support": ball_support(waves, data, float(epsilon), setting["seed"], at_most),
        "at_least": 1,
        "at_most": at_most,
        # The advantage here is half of that of the law's ball, whose values lie in [-1, 1].
        "orthonormal": int(L2_BALL.prediction.at(functions=2 * size, epsilon=2 * epsilon).exact),
    }


def _cosines(setting: Mapping[str, Json], size: int, epsilon: Fraction) -> Json:
    at_most = cosine_support_at_most(size, 1, epsilon)
    at_least = int(cosine_support_at_least(size, 1, epsilon))
    return {
        "support": cosine_support(size, 1, float(epsilon), setting["seed"], at_most),
        "at_least": at_least,
        "at_most": at_most,
    }


def known_classes(found: Sequence[Json]) -> list[Json]:
    """Each class once, with the geometric mean of its supports over seeds and the theorems' bounds.

    The bounds depend on the seed's data at most in their last atoms; the largest stands for all.
    """
    together: dict[tuple[str, int], list[Json]] = {}
    for one in found:
        together.setdefault((one["kind"], one["size"]), []).append(one)
    return [
        {
            **{name: ones[0][name] for name in ("kind", "size", "parameters")},
            "supports": {
                epsilon: _over_seeds([one["supports"][epsilon] for one in ones])
                for epsilon in ones[0]["supports"]
            },
        }
        for ones in together.values()
    ]


def known_growths(classes: Sequence[Json]) -> Json:
    """The slope of each kind at each epsilon; None where fewer than three sizes need more than one atom."""
    kinds = dict.fromkeys(one["kind"] for one in classes)
    return {
        kind: {
            epsilon: _slope([one for one in classes if one["kind"] == kind], epsilon)
            for epsilon in classes[0]["supports"]
        }
        for kind in kinds
    }


def _over_seeds(found: Sequence[Json]) -> Json:
    supports = [one["support"] for one in found]
    bounds = {name: max(one[name] for one in found) for name in found[0] if name != "support"}
    mean = geometric_mean_over_seeds("fooling_support", supports, confidence=CONFIDENCE, unit="atoms")
    return {"seeds": supports, "support": mean.as_dict()} | bounds


def _slope(classes: Sequence[Json], epsilon: str) -> Json:
    used = [one for one in classes if max(one["supports"][epsilon]["seeds"]) > 1]
    if len(used) < LEAST:
        return None
    rows = list(zip(*(one["supports"][epsilon]["seeds"] for one in used), strict=True))
    return growth_exponent([one["parameters"] for one in used], rows, confidence=CONFIDENCE).as_dict()
