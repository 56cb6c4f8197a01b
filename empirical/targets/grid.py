"""Equally likely Gaussians on a square grid."""

from empirical.targets.finite import equal_weights
from empirical.targets.mixture import GaussianMixture


def grid(side: int = 5, spacing: float = 2.0, sigma: float = 0.05) -> GaussianMixture:
    """Modes on a square grid centred at 0; by default the 25 points of {-4, -2, 0, 2, 4} squared.

    Raises:
        ValueError: fewer than one mode a side, or a sigma that is not positive.

    Source:
        lin2018pacgan, Table 1.
    """
    if side < 1:
        raise ValueError(f"a grid needs at least one mode a side (got {side}): pass 5 for the usual one.")
    ticks = [spacing * (i - (side - 1) / 2) for i in range(side)]
    centres = tuple((x, y) for x in ticks for y in ticks)
    return GaussianMixture("grid", centres, sigma, equal_weights(side**2))


GRID = grid()
