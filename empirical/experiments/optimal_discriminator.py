"""Discriminators trained against two fixed finite laws, beside the data's share of the weight at each atom.

The discriminator of the essay that the project started from (two coordinates, hidden layers of 100, 50 and
50) is trained alone, several seeds at once, on the essay's two and four points. The first pair of laws is the
essay's example: a point where the data have weight 3/10 and the generator only 2/10.
"""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

import theory
from empirical.experiments.result import ExperimentResult, Part, Progress, Report, chosen, observed
from empirical.judge import HypothesisCheck, judge
from empirical.networks import PLANE_DISCRIMINATOR, apply
from empirical.observables.game_value import best_outputs, payoffs
from empirical.targets import FOUR_POINTS, TWO_POINTS, FiniteTarget
from empirical.training import Adam, best_response
from theory.laws import FiniteLaw

THEOREM = theory.theorem("optimal-discriminator")
OUTPUT = THEOREM.predictions[0]
VALUE = theory.theorem("equilibrium-value").predictions[0]  # the exact maximum of the payoff

RESOLUTION = 1e-3  # width of an output's interval; every near miss is 0.03 or more away at some atom
# Nats below the exact maximum. By the identity of the proof the loss is at least 2 (p + q) (D - D*)^2: at the
# atoms below, where p + q >= 3/8, an output is within 1.2e-3 of the optimum.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Pair:
    """Two laws on the same atoms in the plane."""

    atoms: FiniteTarget
    p: FiniteLaw
    q: FiniteLaw


PAIRS = {
    "the-essay": Pair(TWO_POINTS, FiniteLaw(("3/10", "7/10")), FiniteLaw(("1/5", "4/5"))),
    "two-points": Pair(TWO_POINTS, TWO_POINTS.weights, FiniteLaw(("9/10", "1/10"))),
    "four-points": Pair(FOUR_POINTS, FOUR_POINTS.weights, FiniteLaw(("1/2", "1/4", "1/8", "1/8"))),
    "equal-laws": Pair(FOUR_POINTS, FOUR_POINTS.weights, FOUR_POINTS.weights),
}


@dataclass(frozen=True)
class Configuration:
    """What a preset computes.

    Args:
        runs: discriminators trained for each pair of laws.
        steps: of training, each on all atoms with their exact weights.
        learning_rate: Adam's, falling linearly to 0.
    """

    runs: int
    steps: int
    learning_rate: float = 1e-2


PRESETS = {
    "quick": Configuration(runs=6, steps=300),
    "standard": Configuration(runs=40, steps=1_000),
    "full": Configuration(runs=200, steps=2_000),
}


def run(preset: str, folder: Path, progress: Progress) -> ExperimentResult:
    """Trains the discriminators and judges their outputs at every atom.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress
) -> ExperimentResult:
    """The experiment at this configuration; the errors are those of ``run``."""
    parts = {name: partial(_part, configuration, pair) for name, pair in PAIRS.items()}
    return observed(THEOREM, preset, asdict(configuration), parts, folder, progress)


def responses(pair: Pair, configuration: Configuration) -> Float[np.ndarray, "runs atoms"]:
    """The logits, at the atoms, of discriminators trained against these two laws."""
    points = pair.atoms.atoms
    p, q = (torch.tensor([float(w) for w in law.weights], dtype=points.dtype) for law in (pair.p, pair.q))
    found = best_response(
        PLANE_DISCRIMINATOR,
        points,
        p,
        points,
        q,
        range(configuration.runs),
        steps=configuration.steps,
        adam=Adam(configuration.learning_rate),
    )
    at_atoms = points.expand(configuration.runs, *points.shape)
    return apply(PLANE_DISCRIMINATOR, found.discriminator, at_atoms)[..., 0].detach().numpy()


def _part(configuration: Configuration, pair: Pair, report: Report) -> Part:
    logits = responses(pair, configuration)
    loss = float(VALUE.at(p=pair.p, q=pair.q)) - float(payoffs(pair.p, pair.q, logits).min())
    optimal = HypothesisCheck(
        "the discriminator is optimal",
        loss <= TOLERANCE,
        f"the worst run is {max(loss, 0):.2g} nats below the exact maximum, {TOLERANCE:g} are allowed",
    )
    measured = best_outputs(pair.p, pair.q, logits, asdict(configuration), seed=0)
    verdicts = tuple(
        judge(OUTPUT.at(p=p, q=q), output, resolution=RESOLUTION, hypotheses=(optimal,))
        for p, q, output in zip(pair.p.weights, pair.q.weights, measured, strict=True)
    )
    return Part(
        verdicts,
        {
            "atoms": pair.atoms.atoms.tolist(),
            "p": [str(weight) for weight in pair.p.weights],
            "q": [str(weight) for weight in pair.q.weights],
            "logits": logits.tolist(),
            "loss": loss,
        },
    )
