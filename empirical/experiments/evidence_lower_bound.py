"""Trained variational autoencoders, their bounds and every usual estimate beside the exact log evidence.

A linear autoencoder is trained on normal data: its exact log evidence is the predicted one, and its encoder
encloses the best bound and the posterior. On a latent of finitely many values the gap between evidence and
bound is the divergence of the guess from the posterior, both in rationals. Then autoencoders with one and
with two latents are trained on a ring of Gaussians. Their decoders are piecewise affine, so that the log
evidence of held-out data is known exactly; the bound must not exceed it, and importance-weighted bounds,
annealed importance sampling and the Parzen window are stored beside it.
"""

from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from math import hypot
from pathlib import Path

import numpy as np
import sympy as sp
import torch
from jaxtyping import Float

import theory
from empirical.densities import Normal
from empirical.densities.affine_layers import affine_layers
from empirical.densities.noisy.noisy_law import NoisyLaw, noisy_law
from empirical.experiments.result import ExperimentResult, Part, Progress, Report, chosen, observed
from empirical.judge import HypothesisCheck, Verdict, judge
from empirical.measurement import Measurement
from empirical.networks import MLP
from empirical.observables.evidence import (
    LatentModel,
    annealed_importance_sampling,
    best_bandwidth,
    evidence_lower_bound,
    exact_log_likelihood,
    importance_weighted_bound,
    parzen,
)
from empirical.observables.evidence.finite_gap import finite_gap
from empirical.observables.evidence.linear_posterior import linear_posterior
from empirical.targets import GaussianMixture, equal_weights
from empirical.targets.ring import ring
from empirical.training import Adam, stream
from empirical.training.variational import Autoencoders, VariationalSetting, train_autoencoders
from theory.prediction import PredictedValue
from theory.relation import Relation

THEOREM = theory.theorem("evidence-lower-bound")
GAP, BEST_BOUND, POSTERIOR_MEAN, POSTERIOR_VARIANCE = THEOREM.predictions

LINE = GaussianMixture("normal", ((0.0,),), 1.0, equal_weights(1))
RING = ring(8, radius=1.0, sigma=0.1)
OBSERVED = (-1.5, 0.0, 0.5, 2.0)  # points of the line at which the linear model is judged
BANDWIDTHS = tuple(np.logspace(-2, 0, 11).tolist())
# The gap of a trained linear encoder is below 1e-3 nats; a prior's variance in the place of a posterior's
# costs 0.3. By the gap the posterior's mean is known to sqrt(2e-3), its variance to about as much of itself.
BOUND_RESOLUTION, MOMENT_RESOLUTION = 2e-3, 0.15
EXACT_RESOLUTION = 1e-9  # nats: a thousand roundings of both roads
GAP_RESOLUTION = 1e-9


@dataclass(frozen=True)
class Configuration:
    """What a preset computes.

    Args:
        steps: of training, for each autoencoder.
        hidden: width of the two hidden layers of a decoder; an encoder's are twice as wide.
        points: held-out points on the ring.
        weighted: sizes of the averages of importance weights.
        annealed: numbers of temperatures.
        windows: numbers of samples of a Parzen window.
        repetitions: of each estimate but the Parzen window's, which has 8.
        seed: of data, training and estimates.
    """

    steps: int
    hidden: int = 16
    points: int = 100
    weighted: tuple[int, ...] = (10, 100, 1000)
    annealed: tuple[int, ...] = (30, 100, 300)
    windows: tuple[int, ...] = (100, 1000, 10_000)
    repetitions: int = 16
    seed: int = 0


PRESETS = {
    "quick": Configuration(steps=1200, annealed=(20, 60, 150)),
    "standard": Configuration(steps=6000, points=300, annealed=(30, 100, 300, 1000)),
    "full": Configuration(
        steps=30_000,
        hidden=32,
        points=1000,
        weighted=(10, 100, 1000, 10_000),
        annealed=(30, 100, 300, 1000, 3000),
        windows=(100, 1000, 10_000, 100_000),
    ),
}


def run(preset: str, folder: Path, progress: Progress) -> ExperimentResult:
    """Trains the autoencoders and judges their bounds.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    return experiment(preset, chosen(PRESETS, preset), folder, progress)


def experiment(
    preset: str, configuration: Configuration, folder: Path, progress: Progress
) -> ExperimentResult:
    """The experiment at this configuration; the errors are those of ``run``."""
    parts = {
        "linear": partial(_linear, configuration),
        "finite-latent": partial(_finite, configuration),
        "one-latent": partial(_ring, configuration, 1),
        "two-latents": partial(_ring, configuration, 2),
    }
    return observed(THEOREM, preset, asdict(configuration), parts, folder, progress)


def trained(configuration: Configuration, latent_dim: int, report: Report) -> Autoencoders:
    """An autoencoder of the ring with this many latents."""
    width = configuration.hidden
    setting = VariationalSetting(
        target=RING,
        encoder=MLP((2, 2 * width, 2 * width, 2 * latent_dim)),
        decoder=MLP((latent_dim, width, width, 2)),
        noise=0.1,
        batch=128,
    )
    return train_autoencoders(setting, (configuration.seed,), steps=configuration.steps, progress=report)


def law_of(autoencoders: Autoencoders) -> NoisyLaw:
    """The exact law of the first decoder with its noise."""
    decoder = autoencoders.decoder(0)
    return noisy_law(
        affine_layers(decoder), Normal(autoencoders.setting.decoder.widths[0]), autoencoders.noise(0)
    )


def model_of(autoencoders: Autoencoders) -> LatentModel:
    """The same decoder for estimates."""
    return LatentModel(autoencoders.decoder(0), autoencoders.setting.decoder.widths[0], autoencoders.noise(0))


# --- the linear model -------------------------------------------------------------------------------------


def _linear(configuration: Configuration, report: Report) -> Part:
    setting = VariationalSetting(LINE, MLP((1, 2)), MLP((1, 1)), noise=0.5, adam=Adam(2e-2))
    autoencoders = train_autoencoders(setting, (configuration.seed,), steps=1500, progress=report)
    law, encoder = law_of(autoencoders), autoencoders.encoder(0)
    verdicts = [verdict for x in OBSERVED for verdict in judged_linear(law, encoder, x)]
    weight, bias = law.layers[0].weight.item(), law.layers[0].bias.item()
    return Part(tuple(verdicts), {"weight": weight, "bias": bias, "noise": law.noise})


def judged_linear(law: NoisyLaw, encoder: torch.nn.Module, x: float) -> list[Verdict]:
    """The exact log evidence, the best bound and the posterior's moments at x, beside the predictions.

    The theorem's model has no bias: the observation is what is left of x.
    """
    layer = law.layers[0]
    model = {"weight": Fraction(layer.weight.item()), "noise": Fraction(law.noise) ** 2}
    seen = {"x": Fraction(x) - Fraction(layer.bias.item()), **model}
    said = linear_posterior(law, encoder, x)
    best = BEST_BOUND.at(**seen)
    exact = exact_log_likelihood(law, np.array([[x]]))
    return [
        judge(best, _as_best_bound(exact), resolution=EXACT_RESOLUTION),
        judge(best, said.bound, resolution=BOUND_RESOLUTION),
        judge(POSTERIOR_MEAN.at(**seen), said.mean, resolution=MOMENT_RESOLUTION),
        judge(POSTERIOR_VARIANCE.at(**model), said.variance, resolution=MOMENT_RESOLUTION),
    ]


def _as_best_bound(exact: Measurement) -> Measurement:
    """The log evidence as what the best bound must equal."""
    fields = {name: value for name, value in vars(exact).items() if name != "observable"}
    return Measurement(observable="best_lower_bound", **fields)


# --- a latent of finitely many values ---------------------------------------------------------------------


def _finite(configuration: Configuration, report: Report) -> Part:
    autoencoders = trained(configuration, 1, report)
    points = RING.sample(4, stream(configuration.seed, "sampling"))
    latents = torch.linspace(-2, 2, 24, dtype=torch.float64)[:, None]
    verdicts = [
        judged_gap(model_of(autoencoders), autoencoders.encoder(0), point[None], latents) for point in points
    ]
    gaps = [verdict.measured.value for verdict in verdicts]
    return Part(tuple(verdicts), {"points": points.tolist(), "gaps": gaps})


def judged_gap(
    model: LatentModel,
    encoder: torch.nn.Module,
    x: Float[torch.Tensor, "1 d"],
    latents: Float[torch.Tensor, "m k"],
) -> Verdict:
    """The measured gap beside the divergence of the guess from the posterior."""
    found = finite_gap(model, encoder, x, latents)
    positive = HypothesisCheck(
        "p(x, z) > 0 at every latent",
        min(found.posterior.weights) > 0,
        f"the least weight of the posterior is {float(min(found.posterior.weights)):g}",
    )
    predicted = GAP.at(q=found.guess, posterior=found.posterior)
    return judge(predicted, found.gap, resolution=GAP_RESOLUTION, hypotheses=(positive,))


# --- trained on the ring ----------------------------------------------------------------------------------


def _ring(configuration: Configuration, latent_dim: int, report: Report) -> Part:
    autoencoders = trained(configuration, latent_dim, lambda done: report(done / 2))
    draws = stream(configuration.seed, "sampling")
    held_out, x = RING.sample(configuration.points, draws), RING.sample(configuration.points, draws)
    law = law_of(autoencoders)
    exact = exact_log_likelihood(law, x.numpy())
    model, encoder, seed = model_of(autoencoders), autoencoders.encoder(0), configuration.seed
    bound = evidence_lower_bound(model, encoder, x, samples=1000, seed=seed)
    report(0.55)
    weighted = [
        importance_weighted_bound(
            model, encoder, x, samples=k, repetitions=configuration.repetitions, seed=seed
        )
        for k in configuration.weighted
    ]
    report(0.65)
    annealed = [
        annealed_importance_sampling(
            model, x, steps=steps, chains=16, repetitions=configuration.repetitions // 4, seed=seed
        )
        for steps in configuration.annealed
    ]
    report(0.95)
    windows = [_window(law, held_out.numpy(), x.numpy(), samples, seed) for samples in configuration.windows]
    data = {
        "latents": latent_dim,
        "exact": exact.as_dict(),
        "evidence_lower_bound": bound.as_dict(),
        "importance_weighted_bound": [each.as_dict() for each in weighted],
        "annealed_importance_sampling": [each.as_dict() for each in annealed],
        "parzen": [{"estimate": each.as_dict(), "limit": limit.as_dict()} for each, limit in windows],
        "data": float(RING.log_density(x).mean()),
    }
    return Part((judged_bound(exact, bound),), data)


def _window(
    law: NoisyLaw, held_out: Float[np.ndarray, "n d"], x: Float[np.ndarray, "n d"], samples: int, seed: int
) -> tuple[Measurement, Measurement]:
    """The Parzen window's estimate, and the exact value that it approaches from below with more samples."""
    bandwidth = best_bandwidth(law, held_out, BANDWIDTHS, samples=samples, seed=seed)
    estimate = parzen(law, x, bandwidth, samples=samples, repetitions=8, seed=seed + 1)
    return estimate, exact_log_likelihood(noisy_law(law.layers, law.latent, hypot(law.noise, bandwidth)), x)


def judged_bound(exact: Measurement, bound: Measurement) -> Verdict:
    """Whether the bound lies below the exact log evidence, both averaged over the same points."""
    predicted = PredictedValue(
        "evidence_lower_bound", Relation.AT_MOST, sp.Rational(str(Fraction(exact.lower))), "nats"
    )
    return judge(predicted, bound)
