"""Points in general position on a sphere: a finite data law on which every point stands apart."""

import torch

from empirical.targets.finite import FiniteTarget, equal_weights


def sphere(points: int, dim: int, seed: int) -> FiniteTarget:
    """The uniform law on points drawn once, independently and uniformly, from the unit sphere of R^dim.

    A plane cuts any one of them off from all others, so discriminators of more neurons can single out more
    points, and how many they do single out is a matter of their capacity.

    Args:
        points: how many, at least 1.
        dim: of the space, at least 1.
        seed: of the draw; equal arguments give equal targets.

    Raises:
        ValueError: no point or no dimension.
    """
    if points < 1 or dim < 1:
        raise ValueError(
            f"a sphere target needs a point and a dimension (got points={points}, dim={dim}): pass 256 and 4."
        )
    normal = torch.randn(points, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    unit = normal / normal.norm(dim=1, keepdim=True)
    name = f"sphere of {points} points in {dim} dimensions"
    return FiniteTarget(name, tuple(tuple(row) for row in unit.tolist()), equal_weights(points))
