"""Torch's losses on real labels are those of the exact laws, and wrong formulas would be seen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp
import torch

from empirical.experiments import likelihood_is_kl
from empirical.experiments.likelihood_is_kl import (
    LOSS,
    UNDERFLOW,
    Configuration,
    experiment,
    judged_loss,
    judged_order,
    judged_underflow,
)
from empirical.experiments.result import Progress
from empirical.judge import Outcome
from empirical.observables.likelihood import empirical_law
from empirical.targets import DIGITS
from theory.divergences import entropy, kullback_leibler
from theory.laws import FiniteLaw

SMALL = Configuration(checkpoints=(1, 20))
SAMPLE = empirical_law(DIGITS.labels, 10)


def logits(seed: int) -> torch.Tensor:
    """A model that is not the sample's law."""
    return torch.randn(10, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_losses_order_and_underflow_are_as_predicted(tmp_path: Path, watched: Progress) -> None:
    """On the labels and on all grey levels; the sum of logarithms is finite where the product is zero."""
    result = experiment("small", SMALL, tmp_path, watched)

    assert {verdict["outcome"] for verdict in result.verdicts} == {"HOLDS"}
    for part in result.data.values():
        assert part["underflow"]["product"] == 0.0
        # The product is zero from 2^-1075 on, and one factor less is not.
        assert -752 < part["underflow"]["sum_of_logarithms"] < -745


@pytest.mark.parametrize(
    "wrong",
    [
        kullback_leibler,
        lambda p, q: kullback_leibler(p, q) - entropy(p),
        lambda p, q: entropy(p) + kullback_leibler(q, p),
        lambda p, q: len(p) * (entropy(p) + kullback_leibler(p, q)),
    ],
)
def test_a_planted_wrong_formula_fails(
    wrong: Callable[[FiniteLaw, FiniteLaw], sp.Expr], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each near miss: entropy left out or of the wrong sign, the other divergence, a sum for the mean."""
    monkeypatch.setattr(likelihood_is_kl, "LOSS", replace(LOSS, formula=wrong))

    assert judged_loss(SAMPLE, DIGITS.labels, logits(0), {}).outcome is Outcome.FAILS


def test_a_model_without_weight_on_an_atom_decides_nothing() -> None:
    """Where q vanishes in float64 the theorem's hypothesis is broken, and is named."""
    vanishing = torch.tensor([0.0] * 9 + [-800.0], dtype=torch.float64)
    verdict = judged_loss(SAMPLE, DIGITS.labels, vanishing, {})

    assert verdict.outcome is Outcome.UNDECIDED
    assert "'q is positive on each of its atoms'" in verdict.sentence


def test_a_wrong_order_fails() -> None:
    """If torch's losses named another model than the exact laws do, the verdict would say so."""
    losses = [judged_loss(SAMPLE, DIGITS.labels, logits(seed), {}) for seed in range(3)]
    worst = max(losses, key=lambda loss: loss.measured.value)
    tampered = replace(worst, measured=replace(worst.measured, value=0.0, lower=0.0))

    assert judged_order(losses).outcome is Outcome.HOLDS
    swapped = [tampered if loss is worst else loss for loss in losses]
    assert judged_order(swapped).outcome is Outcome.FAILS


def test_an_underflow_predicted_one_factor_off_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of the sample at which the product vanishes is told exactly."""
    one_more = replace(UNDERFLOW, formula=lambda likelihood: UNDERFLOW.formula(likelihood=likelihood) + 1)
    monkeypatch.setattr(likelihood_is_kl, "UNDERFLOW", one_more)

    equal = torch.zeros(10, dtype=torch.float64)
    assert judged_underflow(equal, DIGITS.labels)[0].outcome is Outcome.FAILS


def test_unequal_likelihoods_decide_nothing_about_equal_ones() -> None:
    """The predicted underflow is that of equal likelihoods; others break its hypothesis."""
    verdict, _ = judged_underflow(logits(0), DIGITS.labels)

    assert verdict.outcome is Outcome.UNDECIDED
    assert "'each sample point has the same likelihood'" in verdict.sentence


def test_a_finished_result_is_read_again(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is trained: training is out of reach. Other checkpoints are refused."""
    first = experiment("small", SMALL, tmp_path, watched)
    monkeypatch.delattr(likelihood_is_kl, "maximum_likelihood")

    assert experiment("small", SMALL, tmp_path, watched) == first
    with pytest.raises(ValueError, match="another configuration"):
        experiment("small", replace(SMALL, checkpoints=(1, 2)), tmp_path, watched)
