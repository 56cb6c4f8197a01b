"""Average losses that torch minimises on real labels, beside entropy plus divergence of the exact laws.

Two samples of the real digits: the 1,797 labels, and the 115,008 grey levels of all pixels. A softmax is
trained on each by maximum likelihood with several learning rates; at each checkpoint torch's loss must equal
H(p_hat) + KL(p_hat || q) of the exact laws, and of all these models the one of largest likelihood must be the
one of least divergence. Before training all labels are equally likely: their product of likelihoods
underflows at the predicted size of the sample, where the sum of logarithms is an ordinary number.
"""

from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import sympy as sp
import torch
from jaxtyping import Float, Int

import theory
from empirical.experiments.result import ExperimentResult, Part, Progress, Report, chosen, observed
from empirical.judge import HypothesisCheck, Verdict, judge
from empirical.measurement import Measurement
from empirical.observables.likelihood import (
    average_loss,
    empirical_law,
    model_law,
    underflow_sample_size,
)
from empirical.targets import DIGITS
from empirical.training import Adam
from empirical.training.maximum_likelihood import maximum_likelihood
from theory.laws import FiniteLaw
from theory.prediction import PredictedValue
from theory.relation import Relation

THEOREM = theory.theorem("likelihood-is-kl")
LOSS, UNDERFLOW = THEOREM.predictions
RESOLUTION = 1e-8  # nats: a hundred times the rounding of a sum of 115,008 terms


@dataclass(frozen=True)
class Configuration:
    """What a preset computes.

    Args:
        checkpoints: increasing steps of training at which a model is judged, for each learning rate.
        rates: learning rates of Adam.
        batch: labels in a batch.
        seed: of the batches.
    """

    checkpoints: tuple[int, ...]
    rates: tuple[float, ...] = (0.1, 0.02)
    batch: int = 200
    seed: int = 0


PRESETS = {
    "quick": Configuration(checkpoints=(10, 60, 300)),
    "standard": Configuration(checkpoints=(10, 60, 300, 3_000)),
    "full": Configuration(checkpoints=(10, 60, 300, 3_000, 30_000)),
}


def run(preset: str, folder: Path, progress: Progress) -> ExperimentResult:
    """Trains the models, judges their losses and shows the underflow.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress
) -> ExperimentResult:
    """The experiment at this configuration; the errors are those of ``run``."""
    levels = (DIGITS.data * 16).round().long().flatten()
    parts = {
        "labels": partial(_part, configuration, DIGITS.labels, 10),
        "grey-levels": partial(_part, configuration, levels, 17),
    }
    return observed(THEOREM, preset, asdict(configuration), parts, folder, progress)


def _part(configuration: Configuration, labels: Int[torch.Tensor, " m"], atoms: int, report: Report) -> Part:
    models = [
        (rate, step, logits)
        for number, rate in enumerate(configuration.rates)
        for step, logits in zip(
            configuration.checkpoints,
            maximum_likelihood(
                labels,
                atoms,
                configuration.seed,
                checkpoints=configuration.checkpoints,
                batch=configuration.batch,
                adam=Adam(rate),
                progress=lambda done, first=number: report((first + done) / len(configuration.rates)),
            ),
            strict=True,
        )
    ]
    sample = empirical_law(labels, atoms)
    losses = [
        judged_loss(sample, labels, logits, {"learning_rate": rate, "step": step})
        for rate, step, logits in models
    ]
    underflow, shown = judged_underflow(torch.zeros(atoms, dtype=torch.float64), labels)
    curve = [
        {"learning_rate": rate, "step": step, "average_loss": loss.measured.value}
        for (rate, step, _), loss in zip(models, losses, strict=True)
    ]
    return Part((*losses, judged_order(losses), underflow), {"models": curve, "underflow": shown})


def judged_loss(
    sample: FiniteLaw,
    labels: Int[torch.Tensor, " m"],
    logits: Float[torch.Tensor, " k"],
    parameters: dict[str, float],
) -> Verdict:
    """Torch's loss beside the exact entropy plus divergence."""
    model = model_law(logits)
    least = min(model.weights)
    positive = HypothesisCheck(
        "q is positive on each of its atoms", least > 0, f"its least weight is {float(least):g}"
    )
    predicted = LOSS.at(p=sample, q=model)
    return judge(
        predicted,
        average_loss(logits, labels, parameters),
        resolution=RESOLUTION,
        hypotheses=(positive,),
    )


def judged_order(losses: list[Verdict]) -> Verdict:
    """Whether the model of largest likelihood is the one of least divergence from the sample.

    The sample's entropy is the same for all models: the exact loss orders them as the divergence does.
    """
    exact = [sp.N(loss.predicted.exact, 30) for loss in losses]
    by_divergence = min(range(len(exact)), key=exact.__getitem__)
    by_likelihood = float(np.argmin([loss.measured.value for loss in losses]))
    predicted = PredictedValue("best_model", Relation.EQUALS, sp.Integer(by_divergence), "1")
    measured = Measurement(
        observable="best_model",
        value=by_likelihood,
        lower=by_likelihood,
        upper=by_likelihood,
        confidence=1.0,
        unit="1",
        parameters={"models": len(losses)},
        obtained="number of the model whose average loss in torch is least, counted from 0",
    )
    return judge(predicted, measured, resolution=1.0)


def judged_underflow(
    logits: Float[torch.Tensor, " k"], labels: Int[torch.Tensor, " m"]
) -> tuple[Verdict, dict[str, float]]:
    """Where the product of equal likelihoods is zero, and what the sum of their logarithms is there."""
    likelihoods = logits.softmax(dim=0)[labels].numpy()
    each = float(likelihoods[0])
    measured = underflow_sample_size(likelihoods, {"likelihood": each, "sample_size": len(labels)})
    first = likelihoods[: int(measured.value)]
    equal = HypothesisCheck(
        "each sample point has the same likelihood",
        bool((likelihoods == each).all()),
        f"they lie between {likelihoods.min():g} and {likelihoods.max():g}",
    )
    verdict = judge(UNDERFLOW.at(likelihood=Fraction(each)), measured, resolution=1.0, hypotheses=(equal,))
    return verdict, {
        "factors": measured.value,
        "product": float(np.prod(first)),
        "sum_of_logarithms": float(np.log(first).sum()),
    }
