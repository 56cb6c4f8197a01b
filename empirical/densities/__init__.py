"""The exact law of a generator: its density, atoms, cells, quantiles and samples."""

from empirical.densities.atomic_law import AtomicLaw
from empirical.densities.generator_law import exact_density
from empirical.densities.latents import Finite, Latent, Normal, Uniform
from empirical.densities.line_law import LineLaw
from empirical.densities.mass import Mass

__all__ = ["AtomicLaw", "Finite", "Latent", "LineLaw", "Mass", "Normal", "Uniform", "exact_density"]
