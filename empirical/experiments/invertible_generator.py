"""Invertible generators: their stretch on each region, and one flow trained by likelihood and by games.

GANs whose layers are square are trained, and the stretch of every region of their latents is held against
the theorem's. Then one flow is trained on one data law by maximum likelihood and by two games, from the same
start on the same batches with as many updates. Each has an exact density: its held-out likelihood along
training, and its divergences from the data, are what the experiment leaves for the figure. Judged is what the
theorem says of the log ratio on cells of the plane: that its means differ by the symmetric divergence, seen
in samples of both laws, and that a discriminator trained on the cells tells them apart as far as its error
allows.
"""

from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
import torch
from jaxtyping import Float

import theory
from empirical.densities.flow.flow_law import flow_law
from empirical.experiments.result import ExperimentResult, Part, Progress, Report, chosen, observed
from empirical.judge import HypothesisCheck, Verdict, judge
from empirical.networks import MLP, PLANE_DISCRIMINATOR, apply
from empirical.networks.flows import FlowArchitecture
from empirical.observables.flow_likelihood import (
    Cells,
    common_cells,
    discriminator_distance,
    log_density_map,
    mean_log_likelihood,
    quality,
    sampled_divergence,
)
from empirical.observables.plane_divergences import Effort, measure
from empirical.observables.sides import generator_side, mixture_side
from empirical.observables.stretch import RegionStretch, region_stretches
from empirical.targets.ring import ring
from empirical.training import Adam, Setting, best_response, train
from empirical.training.flow_game import FlowSetting, train_flow
from theory.prediction import PredictedValue
from theory.relation import Relation

THEOREM = theory.theorem("invertible-generator")
LOG_DETERMINANT, SYMMETRIC_DIVERGENCE, DISTANCE = THEOREM.predictions

TARGET = ring(8, radius=2.0, sigma=0.2)  # wide enough that a flow learns it in seconds
OBJECTIVES = ("likelihood", "non-saturating", "minimax")
FLOWS = FlowSetting(
    target=TARGET,
    architecture=FlowArchitecture("coupling", dim=2, transforms=3),
    discriminator=MLP((2, 64, 64, 1)),
    flow_adam=Adam(1e-3, (0.5, 0.9)),
    discriminator_optimizer=Adam(1e-3, (0.5, 0.9)),
)
SQUARE = Setting(
    target=TARGET,
    generator=MLP((2, 2, 2, 2)),
    discriminator=MLP((2, 32, 32, 1)),
    batch=128,
    generator_optimizer=Adam(1e-2, (0.5, 0.9)),
    discriminator_optimizer=Adam(1e-2, (0.5, 0.9)),
)
# The diagonal modes sit on corners and the others on edges: every cell has its share of the data.
EDGE = np.array([-np.inf, -(2**0.5), 0.0, 2**0.5, np.inf])
EDGES = EDGE, EDGE
CENTRES = torch.cartesian_prod(*2 * [torch.tensor([-2.0, -0.7, 0.7, 2.0], dtype=torch.float64)])
CONFIDENCE = 1 - 1e-6  # of each statistical interval: all of them fail less often than once in 10^5
STRETCH_RESOLUTION = 1e-8  # nats; the least that a unit's sign changes is log 5
DIVERGENCE_RESOLUTION = 0.25  # nats; one of the two divergences alone is off by half of their sum
SIDE = 3.0  # the maps show [-3, 3]^2, which holds all modes within 5 standard deviations


@dataclass(frozen=True)
class Configuration:
    """What a preset computes.

    Args:
        steps: updates of the flow.
        checkpoints: how many of them are looked at, evenly spaced, beside the first flow.
        held_out: points at which the likelihood is evaluated.
        samples: of each law, for divergences.
        square_runs: GANs with square layers.
        square_steps: their training.
        map_side: cells a side of the maps of the densities.
        flow_runs: seeds of each objective.
    """

    steps: int
    checkpoints: int
    held_out: int
    samples: int
    square_runs: int
    square_steps: int
    flow_runs: int
    map_side: int = 96


PRESETS = {
    "quick": Configuration(600, 12, 4_000, 25_000, square_runs=4, square_steps=200, flow_runs=1),
    "standard": Configuration(3_000, 30, 20_000, 200_000, square_runs=16, square_steps=1_000, flow_runs=5),
    "full": Configuration(20_000, 50, 50_000, 500_000, square_runs=64, square_steps=5_000, flow_runs=10),
}


def run(preset: str, folder: Path, progress: Progress) -> ExperimentResult:
    """Trains, evaluates and judges.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress
) -> ExperimentResult:
    """The experiment at this configuration; the errors are those of ``run``."""
    parts = {"square-layers": partial(_square_part, configuration)} | {
        f"{objective}-{seed}": partial(_flow_part, configuration, objective, seed)
        for seed in range(configuration.flow_runs)
        for objective in OBJECTIVES
    }
    return observed(THEOREM, preset, asdict(configuration), parts, folder, progress)


def _square_part(configuration: Configuration, report: Report) -> Part:
    trained = train(
        SQUARE,
        range(configuration.square_runs),
        steps=configuration.square_steps,
        progress=lambda done, steps: report(0.9 * done / steps),
    )
    verdicts = [
        judged_stretch(region)
        for run in range(configuration.square_runs)
        for region in region_stretches(trained.generator_module(run), run)
    ]
    return Part(
        tuple(verdicts),
        {
            "regions": len(verdicts),
            "ended_early": sum(ending is not None for ending in trained.endings),
            "steps": trained.steps,
        },
    )


def judged_stretch(region: RegionStretch) -> Verdict:
    """The observed stretch of one region beside the sum of its layers' predictions."""
    layers = [
        LOG_DETERMINANT.at(layers=1, weight=layer.determinant, leak=layer.slope, negatives=layer.negatives)
        for layer in region.layers
    ]
    # The prediction is for equal layers; different ones add up layer by layer.
    exact = sp.Add(*(layer.exact for layer in layers))
    predicted = PredictedValue("log_determinant", Relation.EQUALS, exact, "nats")
    return judge(predicted, region.measured, resolution=STRETCH_RESOLUTION)


def _flow_part(configuration: Configuration, objective: str, run: int, report: Report) -> Part:
    seed = 5 * run  # and the four after it: held-out data, samples of both laws, divergences
    checkpoints = np.linspace(0, configuration.steps, configuration.checkpoints + 1).round().astype(int)
    trained = train_flow(
        FLOWS, objective, seed, checkpoints=checkpoints.tolist(), progress=lambda done: report(0.7 * done)
    )
    named = {"objective": objective}
    held_out = TARGET.sample(configuration.held_out, torch.Generator().manual_seed(seed + 1)).numpy()
    curve = [
        mean_log_likelihood(generator_side(flow_law(flow)), held_out, 0.95, named | {"step": step}, seed + 1)
        for step, flow in zip(trained.steps, trained.flows, strict=True)
    ]
    report(0.75)
    law, data = flow_law(trained.flows[-1]), mixture_side(TARGET)
    model = generator_side(law)
    cells = common_cells(model, data, EDGES)
    draws = (
        model.draw(configuration.samples, seed + 2).points,
        data.draw(configuration.samples, seed + 3).points,
    )
    verdicts = (judged_divergence(cells, draws, named, seed + 2), judged_distance(cells, named, seed))
    report(0.85)
    effort = Effort(configuration.samples, bins=16, seed=seed + 4)
    return Part(
        verdicts,
        {
            "objective": objective,
            "seed": seed,
            "ended": trained.ended,
            "log_likelihood": [measured.as_dict() for measured in curve],
            "data_log_likelihood": mean_log_likelihood(data, held_out, 0.95, {}, seed + 1).as_dict(),
            "jensen_shannon": measure("jensen_shannon", model, data, effort).as_dict(),
            "kullback_leibler_from_data": measure("kullback_leibler", data, model, effort).as_dict(),
            "kullback_leibler_from_model": measure("kullback_leibler", model, data, effort).as_dict(),
            "quality": quality(draws[0], TARGET, Fraction("0.95"), named, seed + 2).as_dict(),
            "certificate": law.certificate.as_dict(),
            "maps": {
                name: log_density_map(side, SIDE, configuration.map_side)
                for name, side in (("model", model), ("data", data))
            },
        },
    )


def judged_divergence(
    cells: Cells,
    draws: tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, "m 2"]],
    parameters: dict[str, Any],
    seed: int,
) -> Verdict:
    """The means of the cells' log ratio under samples of both laws, beside the cells' exact divergence."""
    return judge(
        SYMMETRIC_DIVERGENCE.at(p=cells.p, q=cells.q),
        sampled_divergence(cells, draws, CONFIDENCE, parameters, seed),
        resolution=DIVERGENCE_RESOLUTION,
        hypotheses=(_positive(cells),),
    )


def judged_distance(cells: Cells, parameters: dict[str, Any], seed: int) -> Verdict:
    """What a discriminator trained on the cells tells apart, beside the least that its error allows."""
    data, model = (
        torch.tensor([float(weight) for weight in law.weights], dtype=torch.float64)
        for law in (cells.q, cells.p)
    )
    points = CENTRES[[cells.group.tolist().index(part) for part in range(len(cells.p))]]
    found = best_response(
        PLANE_DISCRIMINATOR, points, data / data.sum(), points, model / model.sum(), (seed,), steps=60
    )
    logits = apply(PLANE_DISCRIMINATOR, found.discriminator, points[None])[0, :, 0]
    # At the optimum the logit is log(data/model): f is its negative.
    measured, epsilon = discriminator_distance(cells, -logits.detach().numpy(), parameters, seed)
    return judge(DISTANCE.at(p=cells.p, q=cells.q, epsilon=epsilon), measured, hypotheses=(_positive(cells),))


def _positive(cells: Cells) -> HypothesisCheck:
    least = min(*cells.p.weights, *cells.q.weights)
    return HypothesisCheck(
        "p and q are positive on every cell", least > 0, f"the least weight is {float(least):g}"
    )
