"""Trained GANs' exact laws: every number beside its second road, computed once."""

from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from empirical.densities import Normal, exact_density
from empirical.densities.maps.stored_maps import read_maps
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.experiments import trained_density
from empirical.experiments.trained_density import TARGET, Budget, run
from empirical.networks import MLP, load_module
from empirical.observables import Effort

SMALL = Budget(runs=2, steps=20, draws=2_000, columns=40)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of ten units that are hardly trained."""
    setting = replace(trained_density.SETTINGS["3x32"], generator=MLP((2, 10, 10, 2)))
    monkeypatch.setattr(trained_density, "SETTINGS", {"2x10": setting})
    monkeypatch.setattr(trained_density, "BUDGETS", {"quick": SMALL, "full": replace(SMALL, runs=1)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests that only read."""
    return tmp_path_factory.mktemp("trained")


def silent(stage: str, done: float) -> None:
    """Nobody watches."""


def generators(folder: Path) -> dict[str, Any]:
    return run("quick", folder, silent)["generators"]


def test_the_record_is_that_of_the_saved_generator(folder: Path) -> None:
    """Second road: the law of the saved network, written out again, has these regions and this mass."""
    for name, record in generators(folder).items():
        law = exact_density(load_module(folder / name / "generator.safetensors"), Normal(2))

        assert isinstance(law, PlaneLaw)
        assert record["regions"] == len(law.mesh)
        assert sum(record["mass"].values()) == pytest.approx(1, abs=1e-9)
        assert record["certificate"]["holds"]


def test_modes_are_those_of_samples(folder: Path) -> None:
    """The exact share near a mode lies where 20,000 samples put it, up to five standard errors."""
    name, record = next(iter(generators(folder).items()))
    law = exact_density(load_module(folder / name / "generator.safetensors"), Normal(2))
    distances = np.linalg.norm(law.sample(20_000, 7)[:, None] - TARGET.modes.numpy(), axis=2)

    share = (distances.min(axis=1) <= 3 * TARGET.sigma).mean()

    exact = record["high_quality"]["value"]
    assert abs(share - exact) <= 5 * np.sqrt(max(exact * (1 - exact), 1e-4) / 20_000)


def test_the_theorem_is_judged(folder: Path) -> None:
    """One verdict a generator; the excess is the difference of the stored divergence and payoff."""
    result = run("quick", folder, silent)

    assert len(result["verdicts"]) == len(result["generators"])
    assert {verdict["theorem"] for verdict in result["verdicts"]} == {"equilibrium-value"}
    assert {verdict["outcome"] for verdict in result["verdicts"]} <= {"HOLDS", "UNDECIDED"}
    for record in result["generators"].values():
        best = 2 * record["jensen_shannon"]["value"] - log(4)
        assert record["excess"]["value"] == pytest.approx(best - record["payoff"]["value"], abs=1e-12)
        # Two roads to one number, each with its interval.
        assert record["excess"]["lower"] <= record["excess_by_point"]["upper"]
        assert record["excess_by_point"]["lower"] <= record["excess"]["upper"]


def test_a_divergence_too_small_fails(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted fault: with no divergence at all, a trained discriminator would earn more than the best."""
    true = trained_density.jensen_shannon

    def nothing(law: PlaneLaw, target: object, effort: Effort) -> object:
        assert target is TARGET
        return replace(true(law, TARGET, effort=effort), value=0.0, lower=0.0, upper=0.0)

    monkeypatch.setattr(trained_density, "jensen_shannon", nothing)
    monkeypatch.setattr(trained_density, "BUDGETS", {"quick": replace(SMALL, runs=1, steps=40, draws=20_000)})

    assert "FAILS" in {verdict["outcome"] for verdict in run("quick", tmp_path / "x", silent)["verdicts"]}


def test_the_first_of_each_architecture_has_maps(folder: Path) -> None:
    """Maps of 40 pixels a side, in the window and in its densest part, with the discriminator's outputs."""
    assert [(folder / name / "maps.npz").exists() for name in generators(folder)] == [True, False]
    maps = read_maps(folder / next(iter(generators(folder))) / "maps.npz")

    assert maps.whole.log_density.shape == maps.detail.log_density.shape == (40, 40)
    assert maps.outputs is not None
    assert 0 <= maps.outputs.trained.min() <= maps.outputs.trained.max() <= 1


def test_a_finished_result_is_read_again(folder: Path, tmp_path: Path) -> None:
    """A second run gives what is stored; another preset is refused; an unknown one writes nothing."""
    stored = run("quick", folder, silent)

    assert run("quick", folder, silent) == stored
    with pytest.raises(ValueError, match="another configuration"):
        run("full", folder, silent)
    with pytest.raises(ValueError, match="no preset 'slow': use one of quick, full"):
        run("slow", tmp_path / "none", silent)
    assert not (tmp_path / "none").exists()
