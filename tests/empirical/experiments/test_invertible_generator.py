"""Stretches and log ratios are as predicted on trained networks, and wrong formulas would be seen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp

from empirical.experiments import invertible_generator
from empirical.experiments.invertible_generator import (
    DISTANCE,
    LOG_DETERMINANT,
    OBJECTIVES,
    SYMMETRIC_DIVERGENCE,
    Configuration,
    experiment,
    judged_distance,
    judged_divergence,
    judged_stretch,
)
from empirical.experiments.result import ExperimentResult, Progress
from empirical.judge import Outcome
from empirical.networks import MLP, initial, single
from empirical.observables.flow_likelihood import common_cells
from empirical.observables.sides import mixture_side
from empirical.observables.stretch import region_stretches
from empirical.targets.ring import ring
from theory.divergences import kullback_leibler
from theory.laws import FiniteLaw

SMALL = Configuration(
    steps=20,
    checkpoints=2,
    held_out=200,
    samples=40_000,
    square_runs=1,
    square_steps=20,
    flow_runs=1,
    map_side=6,
)
MODEL, DATA = ring(8, radius=1.6, sigma=0.4), ring(8, radius=2.0, sigma=0.2)
CELLS = common_cells(mixture_side(MODEL), mixture_side(DATA), invertible_generator.EDGES)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExperimentResult]:
    """A small experiment and its folder."""
    folder = tmp_path_factory.mktemp("invertible")
    return folder, experiment("small", SMALL, folder, lambda stage, done: None)


def test_all_that_is_predicted_is_observed(finished: tuple[Path, ExperimentResult]) -> None:
    """On barely trained networks too; every part leaves what the figure needs, and a certified law."""
    _, result = finished

    assert {verdict["outcome"] for verdict in result.verdicts} == {"HOLDS"}
    assert result.data["square-layers"]["regions"] > 1
    for objective in OBJECTIVES:
        part = result.data[f"{objective}-0"]
        assert [point["parameters"]["step"] for point in part["log_likelihood"]] == [0, 10, 20]
        assert part["certificate"]["holds"]
        assert len(part["maps"]["model"]) == len(part["maps"]["data"][0]) == 6
    starts = [result.data[f"{objective}-0"]["log_likelihood"][0]["value"] for objective in OBJECTIVES]
    assert starts == starts[:1] * 3


def stretches() -> list[Outcome]:
    """How the stretches of a network's regions are judged."""
    architecture = MLP((2, 2, 2))
    generator = single(architecture, initial(architecture, (0,)), 0)
    return [judged_stretch(region).outcome for region in region_stretches(generator, 0)]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda layers, weight, leak, negatives: sp.log(abs(sp.Rational(weight))),
        lambda layers, weight, leak, negatives: (
            sp.Rational(weight) + LOG_DETERMINANT.formula(1, sp.S.One, leak, negatives)
        ),
        lambda layers, weight, leak, negatives: -LOG_DETERMINANT.formula(1, weight, leak, negatives),
    ],
    ids=["no activation", "no logarithm", "flipped sign"],
)
def test_a_wrong_stretch_fails(wrong: Callable[..., sp.Expr], monkeypatch: pytest.MonkeyPatch) -> None:
    """The units forgotten, the determinant for its logarithm, the sign of flows' classic bug."""
    assert set(stretches()) == {Outcome.HOLDS}
    monkeypatch.setattr(invertible_generator, "LOG_DETERMINANT", replace(LOG_DETERMINANT, formula=wrong))
    assert Outcome.FAILS in stretches()


def divergence() -> Outcome:
    """How samples of the two laws are judged."""
    draws = (mixture_side(MODEL).draw(100_000, 1).points, mixture_side(DATA).draw(100_000, 2).points)
    return judged_divergence(CELLS, draws, {}, 0).outcome


@pytest.mark.parametrize(
    "wrong",
    [
        kullback_leibler,
        lambda p, q: kullback_leibler(p, q) - kullback_leibler(q, p),
        lambda p, q: 2 * (kullback_leibler(p, q) + kullback_leibler(q, p)),
    ],
)
def test_a_wrong_divergence_fails(
    wrong: Callable[[FiniteLaw, FiniteLaw], sp.Expr], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One divergence alone, their difference, twice their sum."""
    assert divergence() is Outcome.HOLDS
    monkeypatch.setattr(
        invertible_generator, "SYMMETRIC_DIVERGENCE", replace(SYMMETRIC_DIVERGENCE, formula=wrong)
    )
    assert divergence() is Outcome.FAILS


def test_a_distance_beyond_the_symmetric_divergence_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trained discriminator does not reach a bound that is raised by 2 epsilon TV and a little."""
    assert judged_distance(CELLS, {}, 0).outcome is Outcome.HOLDS

    def raised(p: FiniteLaw, q: FiniteLaw, epsilon: sp.Rational) -> sp.Expr:
        return DISTANCE.formula(p, q, 0) + 2 * sp.Rational(str(epsilon)) + sp.Rational(1, 100)

    monkeypatch.setattr(invertible_generator, "DISTANCE", replace(DISTANCE, formula=raised))
    assert judged_distance(CELLS, {}, 0).outcome is Outcome.FAILS


def test_an_empty_cell_decides_nothing() -> None:
    """Where a law has no weight the log ratio is infinite: the hypothesis is named."""
    # Joined cells are never empty and the prediction refuses empty ones, so the check is shown by itself.
    broken = replace(CELLS, p=FiniteLaw([0, *[1] + [0] * 14]))
    assert not invertible_generator._positive(broken).holds
    assert invertible_generator._positive(CELLS).holds


def test_a_finished_result_is_read_again(
    finished: tuple[Path, ExperimentResult], watched: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is trained: training is out of reach. Another size is refused."""
    folder, first = finished
    monkeypatch.delattr(invertible_generator, "train_flow")

    assert experiment("small", SMALL, folder, watched) == first
    with pytest.raises(ValueError, match="another configuration"):
        experiment("small", replace(SMALL, held_out=201), folder, watched)
