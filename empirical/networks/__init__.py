"""Generators and discriminators, many runs at once: the first axis of every tensor is the run."""

from empirical.networks.architectures import (
    DIGITS_DISCRIMINATOR,
    DIGITS_GENERATOR,
    PLANE_DISCRIMINATOR,
    PLANE_GENERATOR,
)
from empirical.networks.atoms import Atoms, atom_weights
from empirical.networks.mlp import MLP, apply, single
from empirical.networks.parameters import (
    Architecture,
    Parameters,
    flatten,
    initial,
    parameter_count,
    unflatten,
)
from empirical.networks.saved import load_module, save_module

__all__ = [
    "DIGITS_DISCRIMINATOR",
    "DIGITS_GENERATOR",
    "MLP",
    "PLANE_DISCRIMINATOR",
    "PLANE_GENERATOR",
    "Architecture",
    "Atoms",
    "Parameters",
    "apply",
    "atom_weights",
    "flatten",
    "initial",
    "load_module",
    "parameter_count",
    "save_module",
    "single",
    "unflatten",
]
