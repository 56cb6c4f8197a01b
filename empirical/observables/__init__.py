"""What is measured on laws and samples: divergences, discriminator gaps, collisions, support."""

from empirical.observables.birthday import SupportEstimate, birthday_support
from empirical.observables.samples import load_samples

__all__ = ["SupportEstimate", "birthday_support", "load_samples"]
