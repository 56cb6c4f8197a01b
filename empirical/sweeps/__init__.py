"""Sweeps: a grid of cells, a store that keeps each finished cell, and an engine that computes the rest."""

from empirical.sweeps.cells import Cell, Configuration, canonical, grid, plain
from empirical.sweeps.engine import ENGINES, check_engine, sweep
from empirical.sweeps.store import Store, open_store, versions
from empirical.sweeps.table import write_table

__all__ = [
    "ENGINES",
    "Cell",
    "Configuration",
    "Store",
    "canonical",
    "check_engine",
    "grid",
    "open_store",
    "plain",
    "sweep",
    "versions",
    "write_table",
]
