"""Trained autoencoders obey the theorem, and wrong bounds, formulas and laws would be seen."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch

from empirical.densities import Normal
from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.noisy.joint_cells import IntervalCells
from empirical.densities.noisy.noisy_law import noisy_law
from empirical.experiments import evidence_lower_bound
from empirical.experiments.evidence_lower_bound import (
    BEST_BOUND,
    GAP,
    POSTERIOR_MEAN,
    POSTERIOR_VARIANCE,
    Configuration,
    experiment,
    judged_bound,
    judged_gap,
    judged_linear,
    law_of,
    model_of,
    trained,
)
from empirical.experiments.result import Progress
from empirical.judge import Outcome
from empirical.observables.evidence import LatentModel, exact_log_likelihood
from empirical.observables.evidence import evidence_lower_bound as estimated_bound
from empirical.observables.evidence.model import Guess
from theory.divergences import kullback_leibler
from theory.prediction import Prediction

SMALL = Configuration(steps=150, hidden=8, points=30, weighted=(10,), annealed=(20,), windows=(100,))
LATENTS = torch.linspace(-2, 2, 8, dtype=torch.float64)[:, None]
POINT = torch.tensor([[0.7, 0.6]], dtype=torch.float64)


def linear(weight: list[list[float]], bias: list[float]) -> torch.nn.Sequential:
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return torch.nn.Sequential(layer)


# The decoder z + 1/8 with sigma = 1/2, whose posterior is N(4/5 (x - 1/8), 1/5), and an encoder close to it.
DECODER = linear([[1.0]], [0.125])
ENCODER = linear([[0.8], [0.0]], [-0.1, float(np.log(0.2)) + 1e-3])
LAW = noisy_law(affine_layers(DECODER), Normal(1), 0.5)


@cache
def small_autoencoder() -> tuple[LatentModel, torch.nn.Sequential]:
    autoencoders = trained(SMALL, 1, lambda _: None)
    return model_of(autoencoders), autoencoders.encoder(0)


def outcomes(law_noise: float = 0.5) -> list[Outcome]:
    """The verdicts on the linear model at a point, with the law of a decoder of this noise."""
    law = noisy_law(LAW.layers, LAW.latent, law_noise)
    return [verdict.outcome for verdict in judged_linear(law, ENCODER, 0.75)]


def test_every_prediction_holds(tmp_path: Path, watched: Progress) -> None:
    """On all parts; what is stored for the figure is a measurement of each estimator."""
    result = experiment("small", SMALL, tmp_path, watched)

    assert {verdict["outcome"] for verdict in result.verdicts} == {"HOLDS"}
    assert {verdict["observable"] for verdict in result.verdicts} == {
        "best_lower_bound",
        "posterior_mean",
        "posterior_variance",
        "evidence_gap",
        "evidence_lower_bound",
    }
    for part in ("one-latent", "two-latents"):
        found = result.data[part]
        assert found["exact"]["confidence"] == 1
        assert len(found["importance_weighted_bound"]) == len(SMALL.weighted)
        assert found["parzen"][0]["limit"]["confidence"] == 1


# --- the linear model -------------------------------------------------------------------------------------


def test_the_linear_model_is_as_predicted() -> None:
    """Evidence, best bound, posterior mean and variance, of a decoder with a bias."""
    assert outcomes() == [Outcome.HOLDS] * 4


@pytest.mark.parametrize(
    ("prediction", "name", "wrong"),
    [
        (BEST_BOUND, "BEST_BOUND", lambda x, weight, noise: -(x**2) / (2 * (weight**2 + 1))),
        (BEST_BOUND, "BEST_BOUND", lambda x, weight, noise: BEST_BOUND.formula(x=x, weight=weight, noise=1)),
        (POSTERIOR_MEAN, "POSTERIOR_MEAN", lambda x, weight, noise: sp.Rational(x * weight / noise)),
        (POSTERIOR_VARIANCE, "POSTERIOR_VARIANCE", lambda weight, noise: sp.S.One),
    ],
)
def test_a_planted_wrong_formula_fails(
    prediction: Prediction, name: str, wrong: Callable[..., sp.Expr], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The theorem's near misses: evidence without noise or with another, no shrinkage, no update."""
    monkeypatch.setattr(evidence_lower_bound, name, replace(prediction, formula=wrong))

    assert Outcome.FAILS in outcomes()


def test_a_law_with_another_noise_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault of a sigma that is off by 1e-6, while the prediction is told the true one."""

    def wrong(law, x):
        return exact_log_likelihood(noisy_law(law.layers, law.latent, law.noise + 1e-6), x)

    monkeypatch.setattr(evidence_lower_bound, "exact_log_likelihood", wrong)
    assert outcomes()[0] is Outcome.FAILS


def test_a_poor_encoder_decides_nothing() -> None:
    """A wide gap encloses the best bound too loosely: UNDECIDED, not a pass."""
    prior = linear([[0.0], [0.0]], [0.0, 0.0])
    found = [verdict.outcome for verdict in judged_linear(LAW, prior, 0.75)]

    assert found == [Outcome.HOLDS] + [Outcome.UNDECIDED] * 3


# --- finite latents ---------------------------------------------------------------------------------------


def test_the_gap_is_the_divergence() -> None:
    """For a trained decoder and encoder on eight latents."""
    model, encoder = small_autoencoder()
    assert judged_gap(model, encoder, POINT, LATENTS).outcome is Outcome.HOLDS


def test_the_divergence_the_other_way_round_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """KL(posterior || q) is another number."""
    turned = replace(GAP, formula=lambda q, posterior: kullback_leibler(posterior, q))
    monkeypatch.setattr(evidence_lower_bound, "GAP", turned)
    model, encoder = small_autoencoder()

    assert judged_gap(model, encoder, POINT, LATENTS).outcome is Outcome.FAILS


def test_a_posterior_that_vanishes_decides_nothing() -> None:
    """Where p(x, z) underflows the theorem's hypothesis is broken, and is named."""
    model, encoder = small_autoencoder()
    sharp = replace(model, noise=1e-3)
    verdict = judged_gap(sharp, encoder, POINT, LATENTS)

    assert verdict.outcome is Outcome.UNDECIDED
    assert "'p(x, z) > 0 at every latent'" in verdict.sentence


# --- the bound of a trained autoencoder -------------------------------------------------------------------


def test_a_divergence_of_the_wrong_sign_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: the bound plus twice the divergence lies above the log evidence."""
    divergence = Guess.divergence.fget
    assert divergence is not None
    monkeypatch.setattr(Guess, "divergence", property(lambda said: -divergence(said)))

    assert judged_on_the_line(LAW).outcome is Outcome.FAILS


def test_a_dropped_part_of_the_law_fails() -> None:
    """The planted fault of a region that is missing: the law of half the latents is below the bound."""
    halved = AffineLayer(np.array([[1.0], [-1.0]]), np.zeros(2), np.zeros(2))
    sums = AffineLayer(np.array([[1.0, -1.0]]), np.array([0.125]), np.ones(1))
    whole = noisy_law((halved, sums), Normal(1), 0.5)
    assert isinstance(whole.cells, IntervalCells)
    curve = whole.cells.curve
    half = replace(
        whole.cells,
        curve=replace(curve, edges=curve.edges[:2], linear=curve.linear[:1], offset=curve.offset[:1]),
    )

    assert judged_on_the_line(whole).outcome is not Outcome.FAILS
    assert judged_on_the_line(replace(whole, cells=half)).outcome is Outcome.FAILS


def judged_on_the_line(law):
    x = LAW.sample(200, seed=0)
    bound = estimated_bound(LatentModel(DECODER, 1, 0.5), ENCODER, torch.from_numpy(x), samples=500, seed=0)
    return judged_bound(exact_log_likelihood(law, x), bound)


def test_the_law_is_that_of_the_decoder() -> None:
    """Its outputs are the trained module's, and its noise the setting's."""
    autoencoders = trained(SMALL, 2, lambda _: None)
    law = law_of(autoencoders)

    assert law.noise == pytest.approx(0.1, rel=1e-15)
    assert law.dim == 2
    assert law.latent == Normal(2)
