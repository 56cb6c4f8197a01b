"""What is measured on laws and samples: divergences, discriminator gaps, collisions, support."""

from empirical.observables.bin_bounds import RoadsDisagree
from empirical.observables.birthday import SupportEstimate, birthday_support
from empirical.observables.discriminator_excess import discriminator_excess
from empirical.observables.discriminator_gap import (
    discriminator_gap,
    discriminator_gap_at,
    optimal_discriminator,
)
from empirical.observables.distances import kolmogorov_smirnov, wasserstein
from empirical.observables.divergences import jensen_shannon, kullback_leibler, total_variation
from empirical.observables.entropy import entropy
from empirical.observables.histogram import Histogram, histogram
from empirical.observables.samples import load_samples
from empirical.observables.shares import Effort

__all__ = [
    "Effort",
    "Histogram",
    "RoadsDisagree",
    "SupportEstimate",
    "birthday_support",
    "discriminator_excess",
    "discriminator_gap",
    "discriminator_gap_at",
    "entropy",
    "histogram",
    "jensen_shannon",
    "kolmogorov_smirnov",
    "kullback_leibler",
    "load_samples",
    "optimal_discriminator",
    "total_variation",
    "wasserstein",
]
