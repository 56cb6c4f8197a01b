r"""A generator of few atoms against all discriminators of one cosine neuron, on the essay's circle.

The generator is the uniform law on m independent draws from the circle. The discriminators are
:math:`h_v(x) = (1 + \cos\langle v, x\rangle)/2` with v in a ball of the plane: p = 2 parameters, values in an
interval of length w = 1, and Lambda = 1/2, as derived where they are computed. The supremum over all v is
enclosed rigorously for each draw of the m atoms, so every trial is a success, a failure or, near epsilon,
undecided, which counts as a possible failure.

At the predicted m the failure probability must be at most delta. Then m runs up the powers of two: how
many atoms really suffice, and that far too few do not.
"""

from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import sympy as sp

import theory
from empirical.experiments.result import ExperimentResult, Part, Progress, Report, chosen, observed
from empirical.judge import HypothesisCheck, judge
from empirical.measurement import Measurement
from empirical.observables.cosine_neurons import LIPSCHITZ, RANGE_WIDTH, largest_advantage
from empirical.observables.frequency import frequency
from empirical.targets import CIRCLE
from empirical.training import stream
from theory.prediction import PredictedValue
from theory.relation import Relation

THEOREM = theory.theorem("small-support")
SUFFICIENT = THEOREM.predictions[0]
CONFIDENCE = Fraction(99, 100)  # of each of the two verdicts
TOLERANCE = Fraction(1, 50)  # of epsilon: how close to it a trial may stay undecided


@dataclass(frozen=True)
class Configuration:
    """What a preset computes; numbers as exact texts.

    Args:
        trials: independent draws of the atoms at each m.
        radius: of the ball of parameters.
        epsilon: the largest advantage that counts as fooled.
        failure_probability: delta.
        lipschitz: Lambda, as the prediction is told.
        seed: of all draws.
    """

    trials: int
    radius: str = "4"
    epsilon: str = "1/5"
    failure_probability: str = "1/10"
    lipschitz: str = str(LIPSCHITZ)
    seed: int = 0

    @property
    def predicted(self) -> PredictedValue:
        """The number of atoms that the theorem says suffice."""
        return SUFFICIENT.at(
            parameters=CIRCLE.dim,
            radius=self.radius,
            lipschitz=self.lipschitz,
            epsilon=self.epsilon,
            range_width=RANGE_WIDTH,
            failure_probability=self.failure_probability,
        )


PRESETS = {
    "quick": Configuration(trials=100),
    "standard": Configuration(trials=1_000),
    "full": Configuration(trials=1_000, epsilon="1/10"),
}


def run(preset: str, folder: Path, progress: Progress) -> ExperimentResult:
    """Draws the atoms, encloses the largest advantages and judges how often they exceed epsilon.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress
) -> ExperimentResult:
    """The experiment at this configuration; the errors are those of ``run``."""
    parts = {
        "predicted-atoms": partial(_predicted, configuration),
        "fewer-atoms": partial(_ladder, configuration),
    }
    return observed(THEOREM, preset, asdict(configuration), parts, folder, progress)


def _predicted(configuration: Configuration, report: Report) -> Part:
    atoms = int(configuration.predicted.exact)
    found = _trials(configuration, atoms, report)
    # What the theorem promises of this many atoms is one of its parameters.
    delta = sp.Rational(configuration.failure_probability)
    promised = PredictedValue("failure_probability", Relation.AT_MOST, delta, "probability")
    measured = _failure_probability(configuration, found, atoms, CONFIDENCE)
    return Part((judge(promised, measured, hypotheses=_hypotheses(configuration)),), _summary(found, atoms))


def _ladder(configuration: Configuration, report: Report) -> Part:
    predicted = configuration.predicted
    delta = Fraction(configuration.failure_probability)
    rungs = [2**power for power in range(1, int(predicted.exact).bit_length()) if 2**power < predicted.exact]
    each = 1 - (1 - CONFIDENCE) / len(rungs)  # so that the limits at all rungs hold together
    shown, possible, sufficient = [], [], []
    for number, atoms in enumerate(rungs):
        found = _trials(configuration, atoms, lambda done, at=number: report((at + done) / len(rungs)))
        measured = _failure_probability(configuration, found, atoms, each)
        limits = [measured.lower, measured.value, measured.upper]
        shown.append(_summary(found, atoms) | {"failure_probability": limits})
        possible += [atoms] if measured.lower <= delta else []
        sufficient += [atoms] if measured.upper <= delta else []
        if sufficient:
            break
    lower = float(possible[0] if possible else rungs[-1] + 1)
    upper = float(sufficient[0]) if sufficient else inf
    measured = Measurement(
        observable=predicted.observable,
        value=upper if sufficient else lower,
        lower=lower,
        upper=upper,
        confidence=float(CONFIDENCE),
        unit=predicted.unit,
        parameters=asdict(configuration),
        seed=configuration.seed,
        obtained=(
            f"first power of two at which the failure probability is at most delta, from "
            f"{configuration.trials} trials at each"
        ),
    )
    return Part((judge(predicted, measured, hypotheses=_hypotheses(configuration)),), {"rungs": shown})


def _trials(configuration: Configuration, atoms: int, report: Report) -> list[tuple[float, float]]:
    """Encloses the largest advantage against each of several independent draws of this many atoms."""
    epsilon = Fraction(configuration.epsilon)
    draws = stream(configuration.seed + atoms, "sampling")
    found = []
    for trial in range(configuration.trials):
        points = CIRCLE.sample(atoms, draws).numpy()
        radius, tolerance = float(Fraction(configuration.radius)), float(TOLERANCE * epsilon)
        found.append(largest_advantage(points, radius, float(epsilon), tolerance))
        report((trial + 1) / configuration.trials)
    return found


def _failure_probability(
    configuration: Configuration, found: list[tuple[float, float]], atoms: int, confidence: Fraction
) -> Measurement:
    epsilon = Fraction(configuration.epsilon)
    certain, possible = (sum(pair[end] > epsilon for pair in found) for end in (0, 1))
    return frequency(
        "failure_probability",
        (certain, possible),
        len(found),
        confidence,
        parameters={"atoms": atoms, **asdict(configuration)},
        seed=configuration.seed,
        obtained="draws of the atoms with an advantage above epsilon, each decided by a rigorous enclosure",
    )


def _hypotheses(configuration: Configuration) -> tuple[HypothesisCheck, ...]:
    told = Fraction(configuration.lipschitz)
    return (
        HypothesisCheck(
            "h_v is Lambda-Lipschitz in v at every point",
            told >= LIPSCHITZ,
            f"a neuron moves by up to {LIPSCHITZ} per unit of parameter, Lambda is {told}",
        ),
    )


def _summary(found: list[tuple[float, float]], atoms: int) -> dict[str, Any]:
    """The largest advantages that neurons attain, for figures."""
    return {"atoms": atoms, "advantages": [lower for lower, _ in found]}
