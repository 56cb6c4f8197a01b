"""Sweeps: a grid of cells, a store that keeps each finished cell, and an engine that computes the rest."""

from empirical.sweeps.cells import Cell, Configuration, canonical, grid
from empirical.sweeps.engine import ENGINES, sweep
from empirical.sweeps.store import Store, open_store

__all__ = ["ENGINES", "Cell", "Configuration", "Store", "canonical", "grid", "open_store", "sweep"]
