"""One random generator per run and purpose, so that a run draws the same numbers in every company."""

import numpy as np
import torch

PURPOSES = ("generator", "discriminator", "training", "sampling", "encoder")


def stream_seed(seed: int, purpose: str) -> int:
    """A seed for one purpose of one run, hashed so that neighbours and purposes are unrelated.

    torch's generator on the CPU keeps 32 bits of it: among n streams, two coincide with probability about
    n^2 / 2^33, which is 6e-7 for 70 and 1 % for 10,000.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(PURPOSES.index(purpose),))
    return int(sequence.generate_state(1, np.uint64)[0])


def stream(seed: int, purpose: str) -> torch.Generator:
    """The random generator of this run for this purpose."""
    return torch.Generator().manual_seed(stream_seed(seed, purpose))
