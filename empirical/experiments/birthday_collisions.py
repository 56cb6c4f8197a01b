"""Collisions in batches from planted laws, beside their exact probability and the bounds drawn from them.

The laws are known: uniform on 1,000 atoms; uniform on the 115,260 atoms at which a batch of 400 collides with
probability one half; uniform with half of the mass off all atoms; and uneven, with weights 1/i. For a uniform
law the predicted collision probability is attained, for the uneven one it is a lower bound. The bounds on
support and effective support only know how many batches collided, and must be on the right side of the truth.
"""

from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import theory
from empirical.experiments.result import ExperimentResult, Part, Progress, Report, chosen, observed
from empirical.judge import HypothesisCheck, Verdict, judge
from empirical.measurement import Measurement
from empirical.observables import SupportEstimate, birthday_support
from empirical.observables.birthday import one_sided_confidence
from empirical.targets.power_law import PowerLaw
from empirical.training import stream
from theory.relation import Relation

THEOREM = theory.theorem("birthday-collisions")
COLLISION, _, EFFECTIVE, SUPPORT = THEOREM.predictions
CONFIDENCE = Fraction(9999, 10000)  # of each estimate: so that a verdict fails by chance once in 10,000
RESOLUTION = 0.1  # of a probability near one half; the near miss "half at the square" is off by 0.107


@dataclass(frozen=True)
class Planted:
    """A known law, and how many draws make a batch."""

    law: PowerLaw
    batch: int


PLANTED = {
    "uniform": Planted(PowerLaw(1_000), batch=40),
    "uniform-115260": Planted(PowerLaw(115_260), batch=400),
    "half-off-atoms": Planted(PowerLaw(1_000, mass=Fraction(1, 2)), batch=60),
    "uneven": Planted(PowerLaw(1_000, exponent=1), batch=10),
}


@dataclass(frozen=True)
class Configuration:
    """What a preset computes.

    Args:
        batches: drawn from each law, to see how often one collides.
        tested: the first of these, so few as a user would draw, from which the supports are bounded.
        resolution: distance up to which two draws collide; the theorem is about 0.
        seed: of the draws.
    """

    batches: int
    tested: int = 40
    resolution: float = 0.0
    seed: int = 0


PRESETS = {
    "quick": Configuration(batches=2_000),
    "standard": Configuration(batches=10_000),
    "full": Configuration(batches=40_000),
}


def run(preset: str, folder: Path, progress: Progress) -> ExperimentResult:
    """Draws the batches, counts collisions and judges the bounds by the planted truth.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress
) -> ExperimentResult:
    """The experiment at this configuration; the errors are those of ``run``."""
    parts = {name: partial(_part, configuration, planted) for name, planted in PLANTED.items()}
    return observed(THEOREM, preset, asdict(configuration), parts, folder, progress)


def _part(configuration: Configuration, planted: Planted, report: Report) -> Part:
    law, batch = planted.law, planted.batch
    draws = law.sample(batch * configuration.batches, stream(configuration.seed, "sampling"))
    report(0.1)
    many, few = (
        birthday_support(
            draws[: batch * batches],
            batch=batch,
            resolution=configuration.resolution,
            confidence=float(CONFIDENCE),
        )
        for batches in (configuration.batches, configuration.tested)
    )
    exact = HypothesisCheck(
        "a collision is an exact repetition",
        configuration.resolution == 0,
        f"draws collide up to a distance of {configuration.resolution:g}",
    )
    return Part(
        (
            judged_collisions(planted, many, configuration.seed, exact),
            *judged_bounds(planted, few, configuration.seed, exact),
        ),
        {"law": law.described, "estimate": few.as_dict(), "collided": many.colliding_batches},
    )


def judged_collisions(
    planted: Planted, estimate: SupportEstimate, seed: int, exact: HypothesisCheck
) -> Verdict:
    """How often batches collide beside the exact probability, which a uniform law attains."""
    law = planted.law
    predicted = COLLISION.at(batch=planted.batch, support=law.support, mass=law.mass)
    if law.exponent == 0:
        predicted = replace(predicted, relation=Relation.EQUALS)
    measured = replace(estimate.measurements()[0], seed=seed)
    return judge(predicted, measured, resolution=RESOLUTION, hypotheses=(exact,))


def judged_bounds(
    planted: Planted, estimate: SupportEstimate, seed: int, exact: HypothesisCheck
) -> list[Verdict]:
    """The planted supports beside the bounds that follow from the count of colliding batches."""
    law = planted.law
    counted = {
        "batch": estimate.batch,
        "batches": estimate.batches,
        "collisions": estimate.colliding_batches,
        "confidence": one_sided_confidence(CONFIDENCE, estimate.batches),
    }
    truths = [(EFFECTIVE, float(law.effective_support))]
    if law.mass == 1:  # elsewhere the support is infinite, and no bound is near it
        truths.append((SUPPORT, float(law.support)))
    return [
        judge(prediction.at(**counted), _known(prediction.observable, truth, seed), hypotheses=(exact,))
        for prediction, truth in truths
    ]


def _known(observable: str, truth: float, seed: int) -> Measurement:
    """The planted number, in place of what nobody could observe of an unknown law."""
    return Measurement(
        observable=observable,
        value=truth,
        lower=truth,
        upper=truth,
        confidence=1.0,
        unit="atoms",
        seed=seed,
        obtained="known, because the law was planted; the bound saw only how many batches collided",
    )
