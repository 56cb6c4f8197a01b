"""Capacity against support by training: a cell, all cells together, and where the truth is known."""
