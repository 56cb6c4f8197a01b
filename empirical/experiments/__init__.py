"""One file per claim: the setting, the observable and the prediction, wired together; no arithmetic."""

from collections.abc import Callable, Mapping
from pathlib import Path

from empirical.experiments import (
    birthday_collisions,
    equilibrium_value,
    evidence_lower_bound,
    invertible_generator,
    likelihood_is_kl,
    optimal_discriminator,
    small_support,
)
from empirical.experiments.result import ExperimentResult, Part, Progress

__all__ = ["EXPERIMENTS", "ExperimentResult", "Part", "Progress"]

EXPERIMENTS: Mapping[str, Callable[[str, Path, Progress], ExperimentResult]] = {
    module.THEOREM.id: module.run
    for module in (
        optimal_discriminator,
        equilibrium_value,
        likelihood_is_kl,
        evidence_lower_bound,
        small_support,
        birthday_collisions,
        invertible_generator,
    )
}
"""What runs the experiment on each theorem, by its id, in reading order."""
