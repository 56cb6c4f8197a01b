"""The name of a latent, by itself because torch need not be loaded to offer it."""

from enum import StrEnum


class LatentName(StrEnum):
    """What the generator is fed."""

    NORMAL = "normal"
    UNIFORM = "uniform"
