"""One file per claim; theory/catalog.py lists them in reading order."""
