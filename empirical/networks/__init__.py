"""Generators and discriminators, many runs at once: the first axis of every tensor is the run."""

from empirical.networks.architectures import (
    DIGITS_DISCRIMINATOR,
    DIGITS_GENERATOR,
    PLANE_DISCRIMINATOR,
    PLANE_GENERATOR,
)
from empirical.networks.atoms import Atoms, atom_weights
from empirical.networks.fully_connected import Maxout, fully_connected
from empirical.networks.mlp import MLP
from empirical.networks.module_network import ModuleNetwork
from empirical.networks.network import Network, apply, single
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
    "Maxout",
    "ModuleNetwork",
    "Network",
    "Parameters",
    "apply",
    "atom_weights",
    "flatten",
    "fully_connected",
    "initial",
    "load_module",
    "parameter_count",
    "save_module",
    "single",
    "unflatten",
]
