"""The data laws: samplers with exact log densities, ceilings and supports where these exist.

| name | law | density |
|---|---|---|
| two-points, four-points | equal atoms in the plane | none: ``.atoms`` and ``.weights`` |
| circle | uniform on the unit circle | none in the plane: ``.log_arc_density`` |
| ring, grid | 8 and 25 equal Gaussians in the plane | ``.log_density`` |
| digits | 1,797 real images of 64 pixels | none: ``.atoms`` and ``.weights`` |
"""

from difflib import get_close_matches

from empirical.targets.circle import CIRCLE, Circle
from empirical.targets.digits import DIGITS, Digits
from empirical.targets.finite import FOUR_POINTS, TWO_POINTS, FiniteTarget, equal_weights
from empirical.targets.grid import GRID
from empirical.targets.mixture import GaussianMixture
from empirical.targets.protocol import Target
from empirical.targets.ring import RING

__all__ = [
    "CIRCLE",
    "DIGITS",
    "FOUR_POINTS",
    "GRID",
    "RING",
    "TARGETS",
    "TWO_POINTS",
    "Circle",
    "Digits",
    "FiniteTarget",
    "GaussianMixture",
    "Target",
    "equal_weights",
    "target",
]

TARGETS: dict[str, Target] = {
    "two-points": TWO_POINTS,
    "four-points": FOUR_POINTS,
    "circle": CIRCLE,
    "ring": RING,
    "grid": GRID,
    "digits": DIGITS,
}


def target(name: str) -> Target:
    """The target of this name.

    Raises:
        ValueError: there is none; the nearest name is suggested.
    """
    if name in TARGETS:
        return TARGETS[name]
    nearest = get_close_matches(name, TARGETS, n=1, cutoff=0)[0]
    raise ValueError(
        f"no target is called {name!r}: did you mean {nearest!r}? There are {', '.join(TARGETS)}."
    )
