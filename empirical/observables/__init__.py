"""What is measured on laws and samples: divergences, discriminator gaps, collisions, support."""

from empirical.observables.birthday import SupportEstimate, birthday_support
from empirical.observables.discriminator_gap import (
    discriminator_gap,
    discriminator_gap_at,
    optimal_discriminator,
)
from empirical.observables.divergences import jensen_shannon, kullback_leibler, total_variation
from empirical.observables.samples import load_samples

__all__ = [
    "SupportEstimate",
    "birthday_support",
    "discriminator_gap",
    "discriminator_gap_at",
    "jensen_shannon",
    "kullback_leibler",
    "load_samples",
    "optimal_discriminator",
    "total_variation",
]
