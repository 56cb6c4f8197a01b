"""One cell: how few atoms fool a class of discriminators, as far as the best known opponents tell."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    crowd = crowd_of(setting).steps
    return {
        "supports": found,
        "tried": [tried[support] for support in sorted(tried)],
        "radius": max(one["radius"] for one in tried.values()),
        "updates": {
            "generator": len(tried) * setting["laws"] * crowd,
            "crowd": len(tried) * setting["laws"] * crowd * setting["crowd"]["members"],
            "judges": sum(one["judge_updates"] for one in tried.values()),
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


@dataclass(eq=False)
class _Judged:
    """One law and what its judges attained so far, from one doubling of their steps to the next."""

    points: Float[torch.Tensor, "one m d"]
    weights: Float[torch.Tensor, "one m"]
    constructed: Mapping[str, float]
    attained: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)  # of the last doubling, each restart
    radius: float = 0.0
    updates: int = 0

    @property
    def trained(self) -> float:
        return self.attained[-1]

    @property
    def gap(self) -> float:
        return max(self.trained, *self.constructed.values())

    @property
    def gain(self) -> float | None:
        """Of the last doubling; None before the first."""
        return self.attained[-1] - self.attained[-2] if len(self.attained) > 1 else None

    def settled(self, least_gain: float) -> bool:
        return self.gain is not None and self.gain < least_gain

    def done(self, setting: Mapping[str, Json]) -> bool:
        """Told apart at every epsilon, or no more to be gained, or the last doubling that is paid for."""
        told_apart = self.trained > max(float(Fraction(epsilon)) for epsilon in setting["epsilons"])
        return told_apart or self.settled(setting["least_gain"]) or len(self.attained) > setting["doublings"]


def best_gap(setting: Mapping[str, Json], support: int) -> Json:
    """The gap of the best law of this many atoms, against everything that is known to tell it apart.

    Laws compete: some trained against a crowd, and as many equal weights on distinct data points, since draws
    from the data are what proves that a small support suffices. Trained judges, half-spaces and slabs face
    them all. The law with the smallest gap then faces fresh judges, twice as many, of twice as many steps,
    and again, until a doubling gains less than ``least_gain``, or the judges tell the law apart at the
    largest epsilon, or ``doublings`` were made; whenever another law's gap is smaller by then, that one is
    judged in the same way. So a law is not taken for good because its judges were weak.

    Args:
        setting: a cell's configuration.
        support: m.
    """
    discriminator = MLP((setting["dim"], *setting["hidden"], 1))
    # The same draws at every pace and epsilon: what differs is the training alone.
    first = Cell.of({name: setting[name] for name in ("hidden", "seed")} | {"support": support}).seed
    target = sphere(setting["points"], setting["dim"], seed=setting["seed"])
    count = setting["laws"]
    numbers = itertools.count(first)  # no seed is used twice

    def seeds(wanted: int) -> list[int]:
        return list(itertools.islice(numbers, wanted))

    trained = fool(target, support, discriminator, seeds(count), crowd_of(setting))
    laws = _with(trained, _drawn(target, support, seeds(count)))

    def face(law: _Judged) -> None:
        doubled = len(law.attained)
        each = setting["tries"] * (2 if doubled else 1)
        points, weights = law.points.repeat(each, 1, 1), law.weights.repeat(each, 1)
        answers = judges_of(setting, discriminator, target, points, weights, seeds(each), factor=2**doubled)
        law.last = answers.gaps.tolist()
        law.attained.append(max(*law.last, *law.attained))
        law.radius = max(law.radius, float(flatten(discriminator, answers.discriminator).norm(dim=1).max()))
        law.updates += each * 2**doubled * sum(_response_steps(setting))

    contest = [
        _Judged(laws.points[law, None], laws.weights[law, None], constructed)
        for law in range(2 * count)
        for constructed in [_constructed(setting["hidden"], target, laws, law, first)]
    ]
    for law in contest:
        face(law)
    while not (best := min(contest, key=lambda law: law.gap)).done(setting):
        face(best)
    return {
        "support": support,
        "gap": best.gap,
        "trained": best.trained,
        **best.constructed,
        "law": "data points" if contest.index(best) >= count else "trained",
        "laws": [law.gap for law in contest],
        "attained": best.attained,
        "gain": best.gain,
        "settled": best.settled(setting["least_gain"]),
        "restarts": restarts(best.last).as_dict(),
        "radius": max(law.radius for law in contest),
        "judge_updates": sum(law.updates for law in contest),
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
    """The crowd that a cell describes, its schedule stretched by the generators' pace."""
    described, pace = setting["crowd"], Fraction(setting["generator_pace"])
    adams = {name: _adam(described[name]) for name in ("discriminator_optimizer", "generator_optimizer")}
    crowd = Crowd(**described | adams)
    return replace(crowd, steps=_paced(crowd.steps, pace), renewal=_paced(crowd.renewal, pace))


def _response_steps(setting: Mapping[str, Json]) -> tuple[int, int]:
    """The judges' first steps in both stages, stretched by their pace."""
    log, linear = (_paced(steps, Fraction(setting["judge_pace"])) for steps in setting["response_steps"])
    return log, linear


def judges_of(
    setting: Mapping[str, Json],
    discriminator: MLP,
    target: FiniteTarget,
    points: Float[torch.Tensor, "runs m d"],
    weights: Float[torch.Tensor, "runs m"],
    seeds: Sequence[int],
    *,
    factor: int = 1,
) -> BestResponse:
    """Fresh discriminators, each trained to its best response to one law as a cell describes.

    Args:
        setting: the cell's configuration.
        discriminator: the class.
        target: the data law.
        points: the law that each run faces.
        weights: of its atoms.
        seeds: one per run.
        factor: of the steps.
    """
    log, linear = _response_steps(setting)
    one, other = (Adam(rate) for rate in setting["response_rates"])
    return sharp_response(
        discriminator,
        target,
        points,
        weights,
        seeds,
        steps=(factor * log, factor * linear),
        adams=(one, other),
        dtype=setting["crowd"]["dtype"],
    )


def _adam(described: Mapping[str, Json]) -> Adam:
    return Adam(described["learning_rate"], tuple(described["betas"]), described["epsilon"])
