"""A density in the plane on a grid of pixels, with what is drawn over it: creases, segments and atoms."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from empirical.densities.plane.creases import Creases
from empirical.densities.plane.plane_law import PlaneLaw

ROWS_AT_ONCE = 1 << 16  # pixels asked for between two calls of the progress bar


@runtime_checkable
class PlaneDensity(Protocol):
    """A law in the plane with a log density."""

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log density at each point, nats."""
        ...


@dataclass(frozen=True)
class Window:
    """A rectangle of the data plane, its sides parallel to the axes.

    Raises:
        ValueError: it is empty, or an end is not finite.
    """

    left: float
    right: float
    bottom: float
    top: float

    def __post_init__(self) -> None:
        ends = (self.left, self.right, self.bottom, self.top)
        if not (np.isfinite(ends).all() and self.left < self.right and self.bottom < self.top):
            raise ValueError(
                f"a window runs from left to right and from bottom to top (got {ends}): pass left < right "
                f"and bottom < top."
            )

    def pixels(self, columns: int) -> Float[np.ndarray, "rows columns 2"]:
        """The centres of square pixels, the bottom row first; as many rows as come nearest."""
        rows = max(1, round(columns * (self.top - self.bottom) / (self.right - self.left)))
        x = self.left + (np.arange(columns) + 0.5) * (self.right - self.left) / columns
        y = self.bottom + (np.arange(rows) + 0.5) * (self.top - self.bottom) / rows
        return np.stack(np.meshgrid(x, y), axis=-1)

    def meets(self, segments: Float[np.ndarray, "s 2 2"]) -> Bool[np.ndarray, " s"]:
        """Which segments have a bounding box that meets the window: all that cross it, and a few more."""
        low, high = segments.min(axis=1), segments.max(axis=1)
        inside = (high >= (self.left, self.bottom)) & (low <= (self.right, self.top))
        return inside.all(axis=1)


def window_of(points: Float[np.ndarray, "n 2"], share: float = 0.998, margin: float = 0.08) -> Window:
    """The square window around the middle share of the points in each coordinate, with a margin.

    Where these points are a single one, the window reaches 1 to each side of it.

    Args:
        points: a sample of what is to be seen.
        share: of the points in each coordinate, without the outermost on both sides.
        margin: on each side, as a share of the width.
    """
    ends = np.quantile(points, [(1 - share) / 2, (1 + share) / 2], axis=0)
    centre = ends.mean(axis=0)
    width = float((ends[1] - ends[0]).max())
    # A width of rounding is none.
    half = width * (0.5 + margin) if width > 1e-9 * max(1.0, float(np.abs(ends).max())) else 1.0
    return Window(centre[0] - half, centre[0] + half, centre[1] - half, centre[1] + half)


def _none(*shape: int) -> Callable[[], np.ndarray]:
    return lambda: np.empty(shape)


@dataclass(frozen=True, eq=False)
class DensityMap:
    """What a figure of a law in the plane needs.

    Args:
        window: what is shown.
        log_density: (rows, columns), at the pixels' centres, nats, the bottom row first; -inf off the
            support.
        creases: (e, 2, 2), the images of the edges between regions.
        fold: whether the plane is turned over at each of them.
        segments: (k, 2, 2), on which mass lies without a density in the plane.
        segment_masses: the mass of each.
        atoms: (m, 2), the points that have mass.
        atom_masses: the mass of each.
    """

    window: Window
    log_density: Float[np.ndarray, "rows columns"]
    creases: Float[np.ndarray, "e 2 2"] = field(default_factory=_none(0, 2, 2))
    fold: Bool[np.ndarray, " e"] = field(default_factory=lambda: np.empty(0, dtype=bool))
    segments: Float[np.ndarray, "k 2 2"] = field(default_factory=_none(0, 2, 2))
    segment_masses: Float[np.ndarray, " k"] = field(default_factory=_none(0))
    atoms: Float[np.ndarray, "m 2"] = field(default_factory=_none(0, 2))
    atom_masses: Float[np.ndarray, " m"] = field(default_factory=_none(0))


@dataclass(frozen=True, eq=False)
class DiscriminatorMap:
    """A trained discriminator's outputs and the optimal ones, pixel by pixel of one window.

    Args:
        trained: D, in [0, 1].
        optimal: D* = p/(p + q); NaN where both densities are too small to matter.
    """

    trained: Float[np.ndarray, "rows columns"]
    optimal: Float[np.ndarray, "rows columns"]


def rendered(
    law: PlaneDensity,
    window: Window,
    columns: int,
    progress: Callable[[float], None] = lambda done: None,
) -> Float[np.ndarray, "rows columns"]:
    """The log density of a law at the pixels' centres, nats, the bottom row first.

    Args:
        law: with a log density in the plane.
        window: what is shown.
        columns: of square pixels.
        progress: called with the share that is done.
    """
    pixels = window.pixels(columns)
    points = pixels.reshape(-1, 2)
    values = np.empty(len(points))
    for start in range(0, len(points), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        values[part] = law.log_prob(points[part])
        progress(min(1.0, (start + ROWS_AT_ONCE) / len(points)))
    return values.reshape(pixels.shape[:2])


def densest(log_density: Float[np.ndarray, "rows columns"], window: Window, share: float = 1 / 7) -> Window:
    """The part of a window, of this share of its sides, that holds the most mass by its pixels.

    Where no pixel has a density, that is the window's middle.
    """
    rows, columns = log_density.shape
    height, width = max(1, round(share * rows)), max(1, round(share * columns))
    finite = np.where(np.isfinite(log_density), log_density, -np.inf)
    above = np.pad(np.exp(finite - finite.max(initial=0.0)).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    held = (
        above[height:, width:] - above[:-height, width:] - above[height:, :-width] + above[:-height, :-width]
    )
    best = np.unravel_index(int(held.argmax()), held.shape) if held.any() else (np.array(held.shape) - 1) // 2
    row, column = best
    x, y = (window.right - window.left) / columns, (window.top - window.bottom) / rows
    return Window(
        window.left + float(column) * x,
        window.left + float(column + width) * x,
        window.bottom + float(row) * y,
        window.bottom + float(row + height) * y,
    )


def density_map(
    law: PlaneLaw,
    found: Creases,
    window: Window,
    columns: int,
    progress: Callable[[float], None] = lambda done: None,
) -> DensityMap:
    """The density of a law over a window, with all creases, segments and atoms that meet it.

    Args:
        law: of a generator from the plane to the plane.
        found: its creases.
        window: what is shown.
        columns: of square pixels.
        progress: called with the share that is done.
    """
    seen, lines = window.meets(found.image), window.meets(law.segments.ends)
    atoms = window.meets(law.atoms[:, None, :].repeat(2, axis=1))
    return DensityMap(
        window,
        rendered(law, window, columns, progress),
        found.image[seen],
        found.fold[seen],
        law.segments.ends[lines],
        law.segments.masses[lines],
        law.atoms[atoms],
        law.atom_probabilities[atoms],
    )
