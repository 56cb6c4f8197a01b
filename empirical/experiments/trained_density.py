"""What trained GANs really learned: the exact law of their generators, beside what their losses say.

Generators of the plane are trained on a ring of eight modes until the discriminator's loss on fresh samples
is near 2 log 2, the loss at equilibrium. The law of each is then written out exactly: its divergences from
the data, the probability of each mode, and the best discriminator against it, beside the trained one.

One prediction of ``equilibrium-value`` is judged on each: no discriminator earns more than 2 JSD - log 4. A
density that is too near the data's, such as by a wrong determinant, makes it fail.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import cast

import sympy as sp
import torch

import theory
from empirical.densities import Normal, exact_density
from empirical.densities.maps.density_map import Window, densest, density_map
from empirical.densities.maps.stored_maps import Maps, write_maps
from empirical.densities.plane.creases import creases
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.judge import judge
from empirical.networks import MLP, load_module, save_module
from empirical.observables import (
    Effort,
    discriminator_excess,
    entropy,
    jensen_shannon,
    kullback_leibler,
    total_variation,
)
from empirical.observables.discriminator_map import discriminator_map
from empirical.observables.features import expected_modes, high_quality_share, mode_probabilities
from empirical.observables.payoff import discriminator_payoff, least_jensen_shannon, payoff_excess
from empirical.storage import Json, claim_folder, remembered
from empirical.targets.ring import ring
from empirical.training import Adam, Setting, stream, train
from theory.prediction import PredictedValue
from theory.relation import Relation

THEOREM = theory.theorem("equilibrium-value")
# The theorem's bound on every payoff, V(D) <= 2 JSD - log 4, as what is left between the two.
EXCESS = PredictedValue("discriminator_excess", Relation.AT_LEAST, sp.Integer(0), "nats")

# Wide enough that a small network finds every mode in thousands of steps: neighbours are 7.7 sigma apart.
TARGET = ring(8, radius=1.0, sigma=0.1)
WINDOW = Window(-1.6, 1.6, -1.6, 1.6)
HIT = 2_500  # samples of the customary count of modes

ADAM = Adam(5e-4, (0.5, 0.999))
SETTINGS = {
    name: Setting(
        target=TARGET,
        generator=MLP(widths),
        discriminator=MLP((2, 100, 50, 50, 1)),
        game="non-saturating",
        batch=256,
        discriminator_optimizer=ADAM,
        generator_optimizer=ADAM,
    )
    for name, widths in {"3x32": (2, 32, 32, 32, 2), "4x50": (2, 50, 50, 50, 50, 2)}.items()
}


@dataclass(frozen=True)
class Budget:
    """What a preset computes.

    Args:
        runs: GANs of each architecture, each with its own seed.
        steps: of training.
        draws: fresh samples of each law behind a measurement.
        columns: pixels of a map's side.
    """

    runs: int
    steps: int
    draws: int
    columns: int


BUDGETS = {
    "quick": Budget(runs=1, steps=2_500, draws=100_000, columns=400),
    "standard": Budget(runs=5, steps=20_000, draws=1_000_000, columns=700),
    "full": Budget(runs=20, steps=100_000, draws=1_000_000, columns=700),
}


def run(preset: str, folder: Path, progress: Callable[[str, float], None]) -> Json:
    """Trains, writes the laws out and judges; what is stored in the folder is not computed again.

    Writes for each GAN ``NAME/generator.safetensors`` and ``NAME/discriminator.safetensors``, and for the
    first of each architecture the arrays of its figure, ``NAME/maps.npz``.

    Returns:
        ``target``: what the data's own samples achieve; ``generators``: one record a GAN, by name;
        ``verdicts``: each prediction beside its measurement.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    if preset not in BUDGETS:
        raise ValueError(f"there is no preset {preset!r}: use one of {', '.join(BUDGETS)}.")
    budget = BUDGETS[preset]
    described = {name: setting.described() for name, setting in SETTINGS.items()}
    claim_folder(folder, {"experiment": "trained-density", **asdict(budget)} | described)
    return remembered(folder / "result.json", lambda: _result(budget, folder, progress))


def _result(budget: Budget, folder: Path, progress: Callable[[str, float], None]) -> Json:
    generators: dict[str, Json] = {}
    share = 1 / len(SETTINGS)
    for number, architecture in enumerate(SETTINGS):
        names = [f"{architecture}-seed-{seed}" for seed in range(budget.runs)]
        _train(
            architecture,
            names,
            budget,
            folder,
            lambda done, place=number, of=architecture: progress(
                f"training {of}", share * (place + 0.6 * done)
            ),
        )
        for seed, name in enumerate(names):
            progress(f"the law of {name}", share * (number + 0.6 + 0.4 * seed / budget.runs))
            generators[name] = remembered(
                folder / name / "law.json",
                partial(_law, architecture, seed, budget, folder / name),
            )
    return {
        "target": {
            "name": TARGET.name,
            "sigma": TARGET.sigma,
            "mode_masses": TARGET.mode_masses().tolist(),
            "high_quality_ceiling": TARGET.high_quality_ceiling(),
            "expected_modes": TARGET.expected_modes(HIT),
        },
        "generators": generators,
        "verdicts": [verdict for record in generators.values() for verdict in record["verdicts"]],
    }


def _train(
    architecture: str,
    names: list[str],
    budget: Budget,
    folder: Path,
    report: Callable[[float], None],
) -> None:
    """Trains all seeds of an architecture at once, and saves their networks."""
    trained = train(
        SETTINGS[architecture],
        range(budget.runs),
        steps=budget.steps,
        checkpoint=folder / f"{architecture}.safetensors",
        every=500,
        progress=lambda done, steps: report(done / steps),
    )
    for seed, name in enumerate(names):
        save_module(trained.generator_module(seed), folder / name / "generator.safetensors")
        save_module(trained.discriminator_module(seed), folder / name / "discriminator.safetensors")


def _law(architecture: str, seed: int, budget: Budget, folder: Path) -> Json:
    """Everything that is said of one GAN, from its saved networks."""
    discriminator = load_module(folder / "discriminator.safetensors")
    # Two latent coordinates, two outputs: a law of the plane.
    law = cast(PlaneLaw, exact_density(load_module(folder / "generator.safetensors"), Normal(2)))
    parameters = {"architecture": architecture, "seed": seed, "steps": budget.steps, "sigma": TARGET.sigma}
    draws = stream(seed, "sampling")
    payoff = discriminator_payoff(
        discriminator,
        TARGET.sample(budget.draws, draws).numpy(),
        law.sample(budget.draws, seed),
        parameters,
        seed,
    )
    effort = Effort(samples=budget.draws, seed=seed)
    divergence = jensen_shannon(law, TARGET, effort=effort)
    excess = payoff_excess(divergence, payoff)
    modes = mode_probabilities(law.mesh, law.latent, TARGET)
    if seed == 0:
        write_maps(folder / "maps.npz", _maps(law, discriminator, budget.columns))
    measured = {
        "payoff": payoff,
        "shown": least_jensen_shannon(payoff),
        "excess": excess,
        "excess_by_point": discriminator_excess(discriminator, TARGET, law, effort=effort),
        "entropy": entropy(law, effort=effort),
        "jensen_shannon": divergence,
        "total_variation": total_variation(law, TARGET, effort=effort),
        "kullback_leibler": kullback_leibler(law, TARGET, effort=effort),
        "high_quality": high_quality_share(modes),
        "expected_modes": expected_modes(modes, HIT),
    }
    return {
        "regions": len(law.mesh),
        "mass": asdict(law.mass),
        "certificate": law.certificate.as_dict(),
        "modes": [mode.as_dict() for mode in modes],
        **{name: measurement.as_dict() for name, measurement in measured.items()},
        "verdicts": [
            {"theorem": THEOREM.id, "part": f"exact law of {folder.name}"} | judge(EXCESS, excess).as_dict()
        ],
    }


def _maps(law: PlaneLaw, discriminator: torch.nn.Module, columns: int) -> Maps:
    """The density in the window and in its densest part, the creases of both, and the discriminator."""
    found = creases(law.mesh)
    whole = density_map(law, found, WINDOW, columns)
    return Maps(
        whole,
        density_map(law, found, densest(whole.log_density, WINDOW), columns),
        discriminator_map(discriminator, TARGET, whole.log_density, WINDOW),
    )
