"""The exact law of a generator: its density, atoms, cells, quantiles and samples."""

from empirical.densities.atomic_law import AtomicLaw
from empirical.densities.certificate import Certificate, Check
from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.generator_law import GeneratorLaw, exact_density
from empirical.densities.latents import Finite, Latent, Normal, Uniform
from empirical.densities.line.line_law import LineLaw
from empirical.densities.mass import Mass
from empirical.densities.noisy.noisy_law import NoisyLaw
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.sheet.sheet_law import SheetLaw
from empirical.densities.space.space_law import SpaceLaw

__all__ = [
    "AtomicLaw",
    "Certificate",
    "Check",
    "Finite",
    "FlowLaw",
    "GeneratorLaw",
    "Latent",
    "LineLaw",
    "Mass",
    "NoisyLaw",
    "Normal",
    "PlaneLaw",
    "SheetLaw",
    "SpaceLaw",
    "Uniform",
    "exact_density",
]
