"""Sweeps: a grid of cells, a store that keeps each finished cell, and an engine that computes the rest."""

from empirical.sweeps.cells import Cell, Configuration, canonical, grid, plain
from empirical.sweeps.chunks import Plan, chunks
from empirical.sweeps.engine import ENGINES, Engine, check_engine, sweep
from empirical.sweeps.index import Status, status
from empirical.sweeps.local_engine import Patience
from empirical.sweeps.lock import writer
from empirical.sweeps.scheduler import Scheduler
from empirical.sweeps.store import Store, open_store, versions
from empirical.sweeps.table import write_table
from empirical.sweeps.work import Chunk, Finished, Lost, Outcome, Work, compute_chunk, one_by_one

__all__ = [
    "ENGINES",
    "Cell",
    "Chunk",
    "Configuration",
    "Engine",
    "Finished",
    "Lost",
    "Outcome",
    "Patience",
    "Plan",
    "Scheduler",
    "Status",
    "Store",
    "Work",
    "canonical",
    "check_engine",
    "chunks",
    "compute_chunk",
    "grid",
    "one_by_one",
    "open_store",
    "plain",
    "status",
    "sweep",
    "versions",
    "write_table",
    "writer",
]
