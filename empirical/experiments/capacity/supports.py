"""One cell: how few atoms fool a class of discriminators, as far as the best known opponents tell."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import torch
from jaxtyping import Float

from empirical.networks import MLP, flatten
from empirical.observables.fooling.halfspaces import found_halfspace
from empirical.observables.fooling.slabs import slab_advantage
from empirical.observables.restarts import restarts
from empirical.storage import Json
from empirical.streams import uniforms
from empirical.sweeps import Cell
from empirical.targets import FiniteTarget
from empirical.targets.sphere import sphere
from empirical.training import Adam, native_responses
from empirical.training.best_response import BestResponse
from empirical.training.crowd import Crowd, LearnedLaws, fool
from empirical.training.sharp_response import sharp_response

# Who counts as an opponent: all that are known, or only those that training found.
OPPONENTS = {"known": "gap", "trained": "trained"}
DIRECTIONS = 500  # of half-spaces, and as many turned ones: within a few per cent of 4,000 of them

Gap = Mapping[str, Any]


def engine_of(setting: Mapping[str, Json]) -> str:
    """What trains a cell here: compiled code where there is any."""
    return native_responses.chosen_engine(None, [setting["crowd"]["game"], "minimax", "linear"])


def smallest_supports(setting: Mapping[str, Json]) -> Json:
    """The smallest support for every epsilon and kind of opponents, and each m that was tried.

    Args:
        setting: a cell's configuration.
    """
    tried: dict[int, Gap] = {}

    def measured(support: int) -> Gap:
        if support not in tried:
            tried[support] = best_gap(setting, support)
        return tried[support]

    rungs = ladder(setting["most"], setting["seed"])
    found = {
        opponents: {
            epsilon: first_rung(rungs, float(Fraction(epsilon)), name, tried, measured)
            for epsilon in setting["epsilons"]
        }
        for opponents, name in OPPONENTS.items()
    }
    pace = Fraction(setting["pace"])
    crowd = _paced(setting["crowd"]["steps"], pace)
    response = sum(_paced(steps, pace) for steps in setting["response_steps"])
    judges = (2 * setting["laws"] + 2) * setting["tries"]
    return {
        "supports": found,
        "tried": [tried[support] for support in sorted(tried)],
        "radius": max(one["radius"] for one in tried.values()),
        "updates": {
            "generator": len(tried) * setting["laws"] * crowd,
            "crowd": len(tried) * setting["laws"] * crowd * setting["crowd"]["members"],
            "judges": len(tried) * judges * response,
        },
    }


def ladder(last: int, seed: int) -> tuple[int, ...]:
    """Supports to try: every number at first, then four an octave, up to ``last``.

    Each seed has its rungs at other places, so that what rounding up to a rung does to a support is part of
    the spread over seeds, and of its interval.
    """
    shift = seed * (5**0.5 - 1) / 2 % 1  # seeds spread evenly over a rung
    rungs = (round(2 ** ((k + shift) / 4)) for k in range(4 * last.bit_length()))
    return tuple(sorted({1, last, *(rung for rung in rungs if rung < last)}))


def first_rung(
    rungs: Sequence[int],
    epsilon: float,
    name: str,
    tried: Mapping[int, Gap],
    measured: Callable[[int], Gap],
) -> dict[str, int | None]:
    """The first rung with a gap of at most epsilon whose lower neighbour has more, found by bisection.

    A law of m atoms is one of m + 1 too, so the best gap falls with m, which is what bisection uses; gaps
    that were measured for another epsilon narrow it from the start.

    Args:
        rungs: supports, rising.
        epsilon: the largest gap that counts as fooled.
        name: which gap.
        tried: what was measured so far.
        measured: measures a support, or finds it again.
    """
    fooled = [at for at, rung in enumerate(rungs) if rung in tried and tried[rung][name] <= epsilon]
    high = min(fooled, default=len(rungs))
    told = [at for at in range(high) if rungs[at] in tried and tried[rungs[at]][name] > epsilon]
    low = max(told, default=-1)
    while high - low > 1:
        middle = (low + high) // 2
        if measured(rungs[middle])[name] <= epsilon:
            high = middle
        else:
            low = middle
    return {
        "support": rungs[high] if high < len(rungs) else None,
        "told_apart": rungs[low] if low >= 0 else 0,
    }


def best_gap(setting: Mapping[str, Json], support: int) -> Json:
    """The gap of the best law of this many atoms, against everything that is known to tell it apart.

    Laws compete: some trained against a crowd, and as many equal weights on distinct data points, since draws
    from the data are what proves that a small support suffices. One set of trained judges, half-spaces and
    slabs choose the best; another set, fresh and twice as large, faces it before it counts. So a law is not
    taken for good because its judges were weak.

    Args:
        setting: a cell's configuration.
        support: m.
    """
    discriminator = MLP((setting["dim"], *setting["hidden"], 1))
    # The same draws at every pace and epsilon: what differs is the training alone.
    first = Cell.of({name: setting[name] for name in ("hidden", "seed")} | {"support": support}).seed
    target = sphere(setting["points"], setting["dim"], seed=setting["seed"])
    count, tries = setting["laws"], setting["tries"]
    numbers = itertools.count(first)  # no seed is used twice

    def seeds(wanted: int) -> list[int]:
        return list(itertools.islice(numbers, wanted))

    trained = fool(target, support, discriminator, seeds(count), crowd_of(setting))
    laws = _with(trained, _drawn(target, support, seeds(count)))

    def faced(faced_laws: LearnedLaws, each: int) -> tuple[torch.Tensor, float]:
        answers = judges_of(
            setting,
            discriminator,
            target,
            faced_laws.points.repeat_interleave(each, dim=0),
            faced_laws.weights.repeat_interleave(each, dim=0),
            seeds(len(faced_laws.points) * each),
        )
        return answers.gaps.view(-1, each), float(
            flatten(discriminator, answers.discriminator).norm(dim=1).max()
        )

    judged, radius = faced(laws, tries)
    other = [_constructed(setting["hidden"], target, laws, law, first) for law in range(2 * count)]
    gaps = [max(float(judged[law].max()), *other[law].values()) for law in range(2 * count)]
    best = min(range(2 * count), key=gaps.__getitem__)
    fresh, again = faced(LearnedLaws(laws.points[best, None], laws.weights[best, None]), 2 * tries)
    attained = max(float(judged[best].max()), float(fresh.max()))
    return {
        "support": support,
        "gap": max(attained, *other[best].values()),
        "trained": attained,
        **other[best],
        "law": "trained" if best < count else "data points",
        "laws": gaps,
        "restarts": restarts(fresh[0].tolist()).as_dict(),
        "radius": max(radius, again),
    }


def _drawn(target: FiniteTarget, support: int, seeds: Sequence[int]) -> LearnedLaws:
    """Equal weights on distinct data points, as many laws as seeds."""
    order = uniforms(seeds, "data's choice", 0, len(target.atoms)).argsort(axis=1)[:, :support]
    points = target.atoms[torch.from_numpy(order)]
    return LearnedLaws(points, torch.full(points.shape[:2], 1 / support, dtype=points.dtype))


def _with(one: LearnedLaws, other: LearnedLaws) -> LearnedLaws:
    return LearnedLaws(
        torch.cat([one.points.to(other.points), other.points]),
        torch.cat([one.weights.to(other.weights), other.weights]),
    )


def _constructed(
    hidden: Sequence[int], target: FiniteTarget, laws: LearnedLaws, law: int, seed: int
) -> dict[str, float]:
    """What discriminators of the class attain that no training found: half-spaces, and slabs."""
    pair = (
        target.atoms.numpy(),
        target.probabilities.numpy(),
        laws.points[law].numpy(),
        laws.weights[law].numpy(),
    )
    return {
        "halfspaces": found_halfspace(*pair, seed=seed, directions=DIRECTIONS),
        "slabs": slab_advantage(hidden, *pair),
    }


def _paced(steps: int, pace: Fraction) -> int:
    return max(1, round(steps * pace))


def crowd_of(setting: Mapping[str, Json]) -> Crowd:
    """The crowd that a cell describes, its schedule stretched by the pace."""
    described, pace = setting["crowd"], Fraction(setting["pace"])
    adams = {name: _adam(described[name]) for name in ("discriminator_optimizer", "generator_optimizer")}
    crowd = Crowd(**described | adams)
    return replace(crowd, steps=_paced(crowd.steps, pace), renewal=_paced(crowd.renewal, pace))


def judges_of(
    setting: Mapping[str, Json],
    discriminator: MLP,
    target: FiniteTarget,
    points: Float[torch.Tensor, "runs m d"],
    weights: Float[torch.Tensor, "runs m"],
    seeds: Sequence[int],
) -> BestResponse:
    """Fresh discriminators, each trained to its best response to one law as a cell describes."""
    pace = Fraction(setting["pace"])
    log, linear = (_paced(steps, pace) for steps in setting["response_steps"])
    one, other = (Adam(rate) for rate in setting["response_rates"])
    return sharp_response(
        discriminator,
        target,
        points,
        weights,
        seeds,
        steps=(log, linear),
        adams=(one, other),
        dtype=setting["crowd"]["dtype"],
    )


def _adam(described: Mapping[str, Json]) -> Adam:
    return Adam(described["learning_rate"], tuple(described["betas"]), described["epsilon"])
