"""The value of the game against trained discriminators, for laws that are equal, close, far and disjoint.

For fixed pairs of finite laws, discriminators trained as in ``optimal_discriminator`` enclose the value of
the game, which must be -log 4 + 2 JSD.

For the two points, the four points and the circle of the essay that the project started from, its whole GAN
is trained, in both games, at a larger learning rate than its 1e-5, so that a few hundred steps get somewhere.
Then each generator is frozen to a sample, and a fresh discriminator is trained against it: the value of that
game must not be below -log 4. The payoff during training may be: its discriminator is not optimal.
"""

from dataclasses import asdict, dataclass, replace
from functools import partial
from math import isnan, pi
from pathlib import Path

import torch

import theory
from empirical.experiments import optimal_discriminator
from empirical.experiments.optimal_discriminator import Pair, responses
from empirical.experiments.result import ExperimentResult, Part, Progress, Report, chosen, observed
from empirical.judge import HypothesisCheck, judge
from empirical.measurement import Measurement
from empirical.networks import PLANE_DISCRIMINATOR, apply
from empirical.observables.game_value import game_value, jensen_shannon_from
from empirical.observables.occupancy import occupancy
from empirical.storage import Json, remembered
from empirical.targets import CIRCLE, FOUR_POINTS, TWO_POINTS, FiniteTarget, Target, equal_weights
from empirical.training import Adam, Trained, best_response, plane_setting, stream, train
from theory.laws import FiniteLaw

THEOREM = theory.theorem("equilibrium-value")
VALUE, DIVERGENCE, LEAST = THEOREM.predictions
RESOLUTION = 1e-3  # nats; where the laws below differ, every near miss is 0.01 nats or more away

PAIRS = {
    "equal-laws": Pair(FOUR_POINTS, FOUR_POINTS.weights, FOUR_POINTS.weights),
    "close-laws": Pair(TWO_POINTS, FiniteLaw(("3/10", "7/10")), FiniteLaw(("1/5", "4/5"))),
    "far-laws": Pair(FOUR_POINTS, FOUR_POINTS.weights, FiniteLaw(("1/2", "1/4", "1/4", "0"))),
    "disjoint-laws": Pair(TWO_POINTS, FiniteLaw(("1", "0")), FiniteLaw(("0", "1"))),
}


@dataclass(frozen=True)
class Places:
    """A target, the places whose shares of the samples are recorded, and how far each reaches."""

    target: Target
    centres: torch.Tensor
    radius: float


EIGHTHS = torch.arange(8, dtype=torch.float64) * pi / 4  # of the circle
PLAYED = {
    "two-points": Places(TWO_POINTS, TWO_POINTS.atoms, 0.25),
    "four-points": Places(FOUR_POINTS, FOUR_POINTS.atoms, 0.25),
    "circle": Places(CIRCLE, torch.stack((EIGHTHS.cos(), EIGHTHS.sin()), dim=1), 0.4),
}
GAMES = ("minimax", "non-saturating")
BETAS = (0.5, 0.999)  # with the essay's 0.9, four hundred steps at this rate end far from the data
SNAPSHOTS = 10  # times at which the shares of the samples are recorded
SHOWN = 100  # payoffs of the trajectory that are kept


@dataclass(frozen=True)
class Configuration:
    """What a preset computes.

    Args:
        response: how discriminators are trained against fixed laws, generators' samples included.
        runs: whole GANs trained for each target and game.
        steps: of training; each updates both players once.
        draws: samples that a generator is frozen to.
        learning_rate: of both players.
        batch: real and generated samples in an update.
    """

    response: optimal_discriminator.Configuration
    runs: int
    steps: int
    draws: int = 100
    learning_rate: float = 1e-3
    batch: int = 64


PRESETS = {
    "quick": Configuration(optimal_discriminator.Configuration(runs=4, steps=200), runs=3, steps=400),
    "standard": Configuration(optimal_discriminator.Configuration(runs=20, steps=500), runs=5, steps=5_000),
    "full": Configuration(optimal_discriminator.Configuration(runs=100, steps=500), runs=10, steps=25_000),
}


def run(preset: str, folder: Path, progress: Progress) -> ExperimentResult:
    """Trains against fixed laws and whole GANs, and judges the values of their games.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress
) -> ExperimentResult:
    """The experiment at this configuration; the errors are those of ``run``."""
    fixed = {name: partial(_fixed, configuration, pair) for name, pair in PAIRS.items()}
    played = {
        f"{name}-{game}": partial(_played, configuration, places, game, folder)
        for name, places in PLAYED.items()
        for game in GAMES
    }
    return observed(THEOREM, preset, asdict(configuration), fixed | played, folder, progress)


def _fixed(configuration: Configuration, pair: Pair, report: Report) -> Part:
    logits = responses(pair, configuration.response)
    value = game_value(pair.p, pair.q, logits, asdict(configuration.response), seed=0)
    loss = value.upper - value.lower
    optimal = HypothesisCheck(
        "the discriminator is optimal at every point",
        loss <= RESOLUTION,
        f"by its payoff's slopes it may be {loss:.2g} nats below the optimum, {RESOLUTION:g} are allowed",
    )
    verdicts = tuple(
        judge(prediction.at(p=pair.p, q=pair.q), measured, resolution=RESOLUTION, hypotheses=(optimal,))
        for prediction, measured in ((VALUE, value), (DIVERGENCE, jensen_shannon_from(value)))
    )
    return Part(verdicts, {"logits": logits.tolist()})


def _played(configuration: Configuration, places: Places, game: str, folder: Path, report: Report) -> Part:
    name = f"{places.target.name}-{game}"
    adam = Adam(configuration.learning_rate, BETAS)
    setting = replace(
        plane_setting(places.target, game),
        batch=configuration.batch,
        discriminator_updates=1,
        generator_updates=1,
        discriminator_optimizer=adam,
        generator_optimizer=adam,
    )

    def trained(steps: int) -> Trained:
        return train(
            setting,
            range(configuration.runs),
            steps=steps,
            checkpoint=folder / f"{name}.safetensors",
            every=1_000,
            progress=lambda done, _: report(0.8 * done / configuration.steps),
        )

    shares = {
        steps: remembered(
            folder / f"{name}-{steps}.json",
            lambda steps=steps: _shares(trained(steps), places, configuration.draws),
        )
        for steps in (configuration.steps * part // SNAPSHOTS for part in range(1, SNAPSHOTS + 1))
    }
    players = trained(configuration.steps)
    values = _values_against_samples(players, places, configuration)
    worst = min(values, key=lambda value: value.lower)
    kept = players.payoffs[:: max(1, configuration.steps // SHOWN)]
    return Part(
        (judge(LEAST.at(), worst),),
        {
            "values": [value.value for value in values],
            # None once a run has ended early.
            "payoffs": [[None if isnan(value) else value for value in row] for row in kept.tolist()],
            "shares": [{"step": steps, "of_runs": share} for steps, share in shares.items()],
            "samples": [players.sample(seed, configuration.draws, seed).tolist() for seed in players.seeds],
            "endings": [ending and ending.reason for ending in players.endings],
        },
    )


def _shares(players: Trained, places: Places, draws: int) -> Json:
    """For each run and centre: the share of the samples there, with its limits."""
    return [
        [
            [share.lower, share.value, share.upper]
            for share in occupancy(
                players.sample(seed, draws, seed).numpy(),
                places.centres.numpy(),
                places.radius,
                {"steps": players.steps},
                seed,
            )
        ]
        for seed in players.seeds
    ]


def _values_against_samples(
    players: Trained, places: Places, configuration: Configuration
) -> list[Measurement]:
    """For each run, the value of the game of the data's atoms, or a sample, and the generator's sample."""
    draws, target = configuration.draws, places.target
    if isinstance(target, FiniteTarget):
        real, weights = target.atoms, target.weights
    else:
        real, weights = target.sample(draws, stream(0, "sampling")), equal_weights(draws)
    fake = torch.stack([players.sample(seed, draws, seed) for seed in players.seeds])
    found = best_response(
        PLANE_DISCRIMINATOR,
        real,
        torch.tensor([float(weight) for weight in weights.weights], dtype=real.dtype),
        fake,
        torch.full(fake.shape[:2], 1 / draws, dtype=real.dtype),
        players.seeds,
        steps=configuration.response.steps,
        adam=Adam(configuration.response.learning_rate),
    )
    points = torch.cat((real.expand(len(fake), *real.shape), fake), dim=1)
    logits = apply(PLANE_DISCRIMINATOR, found.discriminator, points)[..., 0].detach().numpy()
    p = FiniteLaw((*weights.weights, *[0] * draws))
    q = FiniteLaw((*[0] * len(weights), *equal_weights(draws).weights))
    setting = {"target": target.name, "game": players.setting.game, "steps": players.steps, "draws": draws}
    return [
        _least(game_value(p, q, logits[run : run + 1], {**setting, "run": run}, seed))
        for run, seed in enumerate(players.seeds)
    ]


def _least(value: Measurement) -> Measurement:
    """The value as the number that is bounded from below; its weights are many and say little."""
    parameters = {name: entry for name, entry in value.parameters.items() if name not in ("p", "q")}
    return replace(value, observable="least_game_value", parameters=parameters)
