"""How the mass of a law divides between density, singular part and atoms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mass:
    """The three parts of a law's mass by Lebesgue's decomposition; they sum to 1.

    Args:
        absolutely_continuous: the part with a density.
        singular: the part on sets of volume 0 without being on points, such as curves in the plane.
        atoms: the part on points.
    """

    absolutely_continuous: float
    singular: float
    atoms: float
