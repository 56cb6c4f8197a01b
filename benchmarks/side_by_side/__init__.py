"""What the benchmark of training compares, and how: see ``benchmarks/training.py``."""
