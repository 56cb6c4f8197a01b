"""Trained discriminators tell the data's share of the weight, and would tell a wrong share from it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp

from empirical.experiments import optimal_discriminator
from empirical.experiments.optimal_discriminator import OUTPUT, PAIRS, Configuration, experiment
from empirical.experiments.result import Progress

SMALL = Configuration(runs=2, steps=150)


def test_every_output_is_the_data_share(tmp_path: Path, watched: Progress) -> None:
    """At each atom of each pair of laws the prediction p/(p+q) holds; the essay's 0.3 and 0.2 give 3/5."""
    result = experiment("small", SMALL, tmp_path, watched)

    assert {verdict["outcome"] for verdict in result.verdicts} == {"HOLDS"}
    assert len(result.verdicts) == sum(len(pair.p) for pair in PAIRS.values())
    assert result.verdicts[0]["predicted"]["exact"] == "3/5"


@pytest.mark.parametrize("part", ["the-essay", "two-points", "four-points"])
@pytest.mark.parametrize(
    "wrong", [lambda p, q: p / (p + 2 * q), lambda p, q: q / (p + q), lambda p, q: Fraction(1, 2)]
)
def test_a_planted_wrong_share_fails(
    part: str, wrong: object, tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each near miss of the theorem is refuted at an atom of every pair of different laws."""

    def formula(p: Fraction, q: Fraction) -> sp.Expr:
        share = wrong(p, q)  # type: ignore[operator] - chosen by the parametrisation
        return sp.Rational(share.numerator, share.denominator)

    monkeypatch.setattr(optimal_discriminator, "OUTPUT", replace(OUTPUT, formula=formula))
    monkeypatch.setattr(optimal_discriminator, "PAIRS", {part: PAIRS[part]})
    result = experiment("small", SMALL, tmp_path, watched)

    assert "FAILS" in {verdict["outcome"] for verdict in result.verdicts}


def test_an_undertrained_discriminator_decides_nothing(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps of training break the hypothesis of an optimal discriminator: nothing fails or holds."""
    monkeypatch.setattr(optimal_discriminator, "PAIRS", {"the-essay": PAIRS["the-essay"]})
    result = experiment("small", Configuration(runs=2, steps=2), tmp_path, watched)

    for verdict in result.verdicts:
        assert verdict["outcome"] == "UNDECIDED"
        assert "'the discriminator is optimal'" in verdict["sentence"]


def test_a_finished_result_is_read_again(
    tmp_path: Path, watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is trained: training is out of reach."""
    monkeypatch.setattr(optimal_discriminator, "PAIRS", {"the-essay": PAIRS["the-essay"]})
    first = experiment("small", Configuration(runs=1, steps=2), tmp_path, watched)
    monkeypatch.delattr(optimal_discriminator, "best_response")

    assert experiment("small", Configuration(runs=1, steps=2), tmp_path, watched) == first
    with pytest.raises(ValueError, match="another configuration"):
        experiment("small", SMALL, tmp_path, watched)
