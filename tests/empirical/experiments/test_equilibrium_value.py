"""The value of the game against trained discriminators, and the controls of its verdicts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from empirical.experiments import equilibrium_value, optimal_discriminator
from empirical.experiments.equilibrium_value import LEAST, PAIRS, PLAYED, VALUE, Configuration, experiment
from empirical.experiments.result import Progress
from theory.divergences import jensen_shannon
from theory.laws import FiniteLaw

SMALL = Configuration(optimal_discriminator.Configuration(runs=2, steps=150), runs=2, steps=10, draws=30)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Keeps these pairs of laws and these targets, in the minimax game alone."""

    def keep(pairs: tuple[str, ...] = (), targets: tuple[str, ...] = ()) -> None:
        monkeypatch.setattr(equilibrium_value, "PAIRS", {name: PAIRS[name] for name in pairs})
        monkeypatch.setattr(equilibrium_value, "PLAYED", {name: PLAYED[name] for name in targets})
        monkeypatch.setattr(equilibrium_value, "GAMES", ("minimax",))

    return keep


def outcomes(verdicts: tuple[Any, ...]) -> dict[str, set[str]]:
    """The outcomes of each observable."""
    return {
        name: {v["outcome"] for v in verdicts if v["observable"] == name}
        for name in ("game_value", "jensen_shannon", "least_game_value")
    }


def test_values_are_those_of_the_formula(
    tmp_path: Path, watched: Progress, only: Callable[..., None]
) -> None:
    """From equal laws, at -log 4, to disjoint ones, at 0, value and divergence are as predicted."""
    only(pairs=tuple(PAIRS), targets=tuple(PLAYED))
    result = experiment("small", SMALL, tmp_path, watched)

    assert outcomes(result.verdicts) == {
        "game_value": {"HOLDS"},
        "jensen_shannon": {"HOLDS"},
        "least_game_value": {"HOLDS"},
    }
    assert result.data["two-points-minimax"]["shares"][-1]["step"] == SMALL.steps
    assert len(result.data["two-points-minimax"]["payoffs"][0]) == SMALL.runs


@pytest.mark.parametrize(
    "wrong",
    [
        lambda p, q: -sp.log(2) + 2 * jensen_shannon(p, q),
        lambda p, q: -sp.log(4) + jensen_shannon(p, q),
        lambda p, q: -sp.log(4) + 4 * jensen_shannon(p, q),
    ],
)
def test_a_planted_wrong_constant_fails(
    wrong: Callable[[FiniteLaw, FiniteLaw], sp.Expr],
    tmp_path: Path,
    watched: Progress,
    only: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another constant, or a divergence counted once or four times, is refuted even by close laws."""
    only(pairs=("close-laws",))
    monkeypatch.setattr(equilibrium_value, "VALUE", replace(VALUE, formula=wrong))
    result = experiment("small", SMALL, tmp_path, watched)

    assert outcomes(result.verdicts)["game_value"] == {"FAILS"}


def test_a_planted_lower_bound_that_is_too_high_fails(
    tmp_path: Path, watched: Progress, only: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No game has a value above 0, so a claim that all values are 0.1 or more is refuted."""
    only(targets=("two-points",))
    planted = replace(LEAST, formula=lambda: sp.Rational(1, 10))
    monkeypatch.setattr(equilibrium_value, "LEAST", planted)
    result = experiment("small", SMALL, tmp_path, watched)

    assert outcomes(result.verdicts)["least_game_value"] == {"FAILS"}


def test_an_undertrained_discriminator_decides_nothing(
    tmp_path: Path, watched: Progress, only: Callable[..., None]
) -> None:
    """After one step the slopes leave too much room: the hypothesis is named."""
    only(pairs=("close-laws",))
    poor = optimal_discriminator.Configuration(runs=2, steps=1, learning_rate=1e-4)
    result = experiment("small", replace(SMALL, response=poor), tmp_path, watched)

    for verdict in result.verdicts:
        assert verdict["outcome"] == "UNDECIDED"
        assert "'the discriminator is optimal at every point'" in verdict["sentence"]


def test_an_interrupted_training_goes_on_to_the_same_result(
    tmp_path: Path,
    watched: Progress,
    only: Callable[..., None],
    interrupted: Callable[[str, float], Progress],
) -> None:
    """Stopped in the middle of a training and started again, the result is that of one left alone."""
    only(targets=("four-points",))
    with pytest.raises(KeyboardInterrupt):
        experiment("small", SMALL, tmp_path / "stopped", interrupted("four-points-minimax", 0.4))
    resumed = experiment("small", SMALL, tmp_path / "stopped", watched)

    assert resumed == experiment("small", SMALL, tmp_path / "alone", watched)
