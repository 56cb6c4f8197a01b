"""The benchmark's opponent B plays the same game as the engines, else its speed would prove nothing."""

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
import torch

from empirical.networks import MLP, flatten
from empirical.training import Setting, train
from empirical.training.batches import latents, real_side

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch):
    """The benchmark's modules, which live outside the packages."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield tuple(import_module(f"side_by_side.{name}") for name in ("careful", "workloads"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "side_by_side"]:
        del sys.modules[name]


def generator_after(modules, setting: Setting, epochs: int) -> torch.Tensor:
    """B's generator as one row of numbers, trained on the points that the engines draw for seed 0."""
    assert isinstance(setting.generator, MLP)
    dim = setting.generator.widths[0]
    update = {"real": 0, "fake batch": 0, "generator's batch": 0}

    def real() -> torch.Tensor:
        update["real"] += 1
        return real_side(setting, [0], update["real"] - 1)[0][0]

    def noise() -> torch.Tensor:
        # B asks for latents without saying what for: within an epoch the discriminator's come first.
        ahead = update["generator's batch"] // setting.generator_updates
        purpose = (
            "fake batch"
            if update["fake batch"] < (ahead + 1) * setting.discriminator_updates
            else "generator's batch"
        )
        update[purpose] += 1
        return latents("normal", [0], purpose, update[purpose] - 1, setting.batch, dim)[0].float()

    gan = modules[0].CarefulGAN(setting, 0, real, noise)
    # A mean over real and fake points together is half of the sum of their means: Adam does not see the half
    # where its epsilon is halved, too.
    gan.of_discriminator.param_groups[0]["eps"] /= 2
    for _ in range(epochs):
        gan.epoch()
    rows = {name: tensor.detach()[None] for name, tensor in gan.generator.named_parameters()}
    return flatten(setting.generator, rows)


@pytest.mark.parametrize("name", ["batch64", "width16"])
def test_b_plays_the_game_of_the_engines(modules, name: str) -> None:
    """From the same weights and points, B's generator ends where the torch engine's does, to rounding.

    Its weights lie below 1/4, where float32 rounds each of the 20 updates by at most 1.5e-8, in both: that
    may add up to 6e-7. The gradients differ by rounding too, but far less than the updates of 1e-5.
    """
    setting = modules[1].WORKLOADS[name].settings[0]
    ours = train(setting, [0], steps=2, engine="torch")

    difference = generator_after(modules, setting, 2) - flatten(setting.generator, ours.generator)

    assert float(difference.abs().max()) <= 6e-7


def test_another_game_would_be_noticed(modules) -> None:
    """Where the engine plays minimax instead, the generators end further apart than that."""
    setting = modules[1].WORKLOADS["width16"].settings[0]
    other = train(replace(setting, game="minimax"), [0], steps=2, engine="torch")

    difference = generator_after(modules, setting, 2) - flatten(setting.generator, other.generator)

    assert float(difference.abs().max()) > 6e-7


def test_operations_are_those_of_the_products(modules) -> None:
    """At batch 500 the reference workload takes 94.25 million operations a GAN-step, as counted by hand.

    The discriminator's update has 54,450 multiply-adds a sample: 8,350 (fakes), 2 x 7,750 forward, as many
    for its weights and 2 x 7,550 for its inputs; the generator's 39,800: 8,350 + 7,750 forward, 7,750 back to
    its points, 8,350 for its weights and 7,600 for its inputs.
    """
    assert modules[1].WORKLOADS["reference"].operations == 2 * 500 * (54_450 + 39_800)
