"""A second road for the smallest class: trained best responses of one neuron beside the exact maximum."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import torch

from empirical.experiments.capacity.supports import DIRECTIONS, crowd_of, judges_of
from empirical.networks import MLP
from empirical.observables.fooling.halfspaces import found_halfspace, halfspace_advantage
from empirical.storage import Json
from empirical.sweeps import Cell
from empirical.targets.sphere import sphere
from empirical.training.crowd import fool

KIND = "one-neuron"
POINTS = 30  # of the data: with 12 atoms 111,930 hyperplanes in four dimensions
SUPPORTS = (3, 6, 12)


def one_neuron(setting: Mapping[str, Json]) -> Json:
    """The exact maximum of one neuron against a trained law, and what training and search attain of it.

    Args:
        setting: a cell with ``support``, ``seed`` and the training of the ladder.
    """
    target = sphere(POINTS, setting["dim"], seed=setting["seed"])
    discriminator = MLP((setting["dim"], 1, 1))
    first = Cell.of({name: setting[name] for name in ("kind", "seed", "support")}).seed
    law = fool(target, setting["support"], discriminator, [first], crowd_of(setting))
    pair = target.atoms.numpy(), target.probabilities.numpy(), law.points[0].numpy(), law.weights[0].numpy()
    lower, upper = halfspace_advantage(*pair)
    restarts = 2 * setting["tries"]
    seeds = range(first + 1, first + 1 + restarts)
    with torch.no_grad():
        answers = judges_of(
            setting,
            discriminator,
            target,
            law.points.repeat(restarts, 1, 1),
            law.weights.repeat(restarts, 1),
            seeds,
        )
    return {
        "support": setting["support"],
        "seed": setting["seed"],
        "exact": [lower, upper],
        "trained": float(answers.gaps.max()),
        "restarts": answers.gaps.tolist(),
        "searched": found_halfspace(*pair, seed=first, directions=DIRECTIONS),
    }


def one_neuron_road(found: Sequence[Json]) -> Json:
    """All comparisons, and the shares of the exact maximum that were attained: none may exceed 1."""
    shares = {name: [one[name] / one["exact"][1] for one in found] for name in ("trained", "searched")}
    return {
        "points": POINTS,
        "found": list(found),
        "shares": {
            name: {"mean": fmean(values), "least": min(values), "most": max(values)}
            for name, values in shares.items()
        },
    }
