"""How many different digits a trained generator draws, beside the real ones, by the birthday test.

A random half of the real digits chooses the distance up to which two images count as one, so that one pair of
real images in ten thousand does; the other half is estimated at that distance beside the generators.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from empirical.networks import DIGITS_DISCRIMINATOR, DIGITS_GENERATOR
from empirical.observables import birthday_support
from empirical.observables.collisions import closest_pairs
from empirical.storage import Json, claim_folder, remembered
from empirical.targets import DIGITS
from empirical.training import Adam, Setting, train

REAL = "real digits"
SHOWN = 8  # images of each kind in the figure


@dataclass(frozen=True)
class Budget:
    """What a preset computes.

    Args:
        runs: generators, each with its own seed.
        steps: of training.
        samples: drawn from each generator.
    """

    runs: int
    steps: int
    samples: int


BUDGETS = {
    "quick": Budget(runs=3, steps=2000, samples=8000),
    "standard": Budget(runs=10, steps=20000, samples=20000),
    "full": Budget(runs=30, steps=100000, samples=40000),
}
BATCH = 40  # small enough that not every batch of a poor generator collides, nor none of the real digits

SETTING = Setting(
    target=DIGITS,
    generator=DIGITS_GENERATOR,
    discriminator=DIGITS_DISCRIMINATOR,
    game="non-saturating",
    batch=64,
    discriminator_optimizer=Adam(5e-4, (0.5, 0.999)),
    generator_optimizer=Adam(5e-4, (0.5, 0.999)),
)


def run(preset: str, folder: Path, progress: Callable[[str, float], None]) -> Json:
    """Trains, samples and estimates; what is stored in the folder is not computed again.

    Returns:
        ``estimates``: every field of a SupportEstimate, for the real digits and for each generator;
        ``images``: some images of each and the closest pair of all, as rows of 64 pixels.

    Raises:
        ValueError: the preset is unknown, or the folder holds another configuration.
    """
    if preset not in BUDGETS:
        raise ValueError(f"there is no preset {preset!r}: use one of {', '.join(BUDGETS)}.")
    budget = BUDGETS[preset]
    claim_folder(
        folder, {"experiment": "digits-support", **asdict(budget), "batch": BATCH} | SETTING.described()
    )
    return remembered(folder / "result.json", lambda: _result(budget, folder, progress))


def _result(budget: Budget, folder: Path, progress: Callable[[str, float], None]) -> Json:
    # Training is nearly all of the work; a tenth of the bar is left for the test.
    trained = train(
        SETTING,
        range(budget.runs),
        steps=budget.steps,
        checkpoint=folder / "training.safetensors",
        every=200,
        progress=lambda done, steps: progress(f"training on the digits, step {done}", 0.9 * done / steps),
    )
    real = DIGITS.data.numpy()
    estimates: dict[str, Json] = {}
    images = {REAL: _shown(real)}
    for seed in range(budget.runs):
        progress(f"birthday test, generator {seed}", 0.9 + 0.1 * seed / budget.runs)
        samples = trained.sample(seed, budget.samples, seed=seed).numpy()
        estimate = birthday_support(samples, batch=BATCH, reference=real).as_dict()
        estimates[REAL] = estimate.pop("reference")
        name = f"generator, seed {seed}"
        ending = trained.endings[seed]
        estimates[name] = estimate | {"ended_early": None if ending is None else ending.reason}
        images[name] = _shown(samples)
    return {"estimates": estimates, "images": images}


def _shown(samples: Float[np.ndarray, "n 64"]) -> Json:
    """Some samples, evenly spaced, and the closest pair of all, rounded to what a screen shows."""
    pairs, _ = closest_pairs(samples, 1)
    return {
        "some": samples[:: len(samples) // SHOWN][:SHOWN].round(3).tolist(),
        "closest_pair": samples[pairs[0]].round(3).tolist(),
    }
