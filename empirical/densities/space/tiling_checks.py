"""Reasons to trust the regions of a subdivision, each with what it found."""

from math import erfc, sqrt

import numpy as np
from jaxtyping import Int

from empirical.densities.certificate import Check
from empirical.densities.latents import Normal, Uniform
from empirical.densities.rational_network import rational
from empirical.densities.space.polyhedra import OUTSIDE
from empirical.densities.space.subdivision import Subdivision

# What is rounded a few dozen times errs by some 1e-15 of the size of its terms: a hundred times that passes.
TOLERANCE = 1e-13
TINY = 1e-307


def tiling_checks(
    subdivision: Subdivision, latent: Normal | Uniform, draws: int, seed: int
) -> tuple[Check, ...]:
    """Whether the regions are a conforming tiling of the box, complete, with the right affine maps."""
    return (
        _euler(subdivision),
        _borders(subdivision),
        _volumes(subdivision),
        _rationals(subdivision, seed),
        _patterns(subdivision, latent, draws, seed),
        _maps(subdivision),
        _tail(subdivision, latent),
    )


def _euler(subdivision: Subdivision) -> Check:
    """V - E + F - C = 1 of the tiling, and V - E + F = 2 of each cell."""
    polyhedra = subdivision.tiling.polyhedra
    vertices, edges = len(np.unique(polyhedra.corners)), len(polyhedra.edges())
    total = vertices - edges + len(polyhedra.sides) - polyhedra.cells
    # Of one cell: each edge is counted by the two faces that it joins.
    cell, face, _ = polyhedra.bounds
    sides = np.diff(polyhedra.starts)
    corners = np.repeat(cell, sides[face]), _loops(subdivision)
    distinct = np.unique(corners[0] * (polyhedra.corners.max() + 1) + corners[1])
    of_cell = np.bincount(distinct // (polyhedra.corners.max() + 1), minlength=polyhedra.cells)
    characteristic = 2 * of_cell - np.bincount(cell, sides[face]) + 2 * np.bincount(cell)
    wrong = int((characteristic != 4).sum())
    unused = len(subdivision.tiling.positions.value) - vertices
    return Check(
        "euler",
        total == 1 and wrong == 0 and unused == 0,
        f"V - E + F - C = {vertices} - {edges} + {len(polyhedra.sides)} - {polyhedra.cells} = {total}; "
        f"{wrong} cells with V - E + F other than 2; {unused} vertices of no face.",
    )


def _loops(subdivision: Subdivision) -> Int[np.ndarray, " c"]:
    """The corners of the faces of each cell, cell after cell."""
    polyhedra = subdivision.tiling.polyhedra
    _, face, _ = polyhedra.bounds
    sides = np.diff(polyhedra.starts)[face]
    within = np.arange(sides.sum()) - np.repeat(np.cumsum(sides) - sides, sides)
    return polyhedra.corners[np.repeat(polyhedra.starts[face], sides) + within]


def _borders(subdivision: Subdivision) -> Check:
    """Around each cell every edge runs once each way; faces with one cell make up the surface of the box."""
    polyhedra, half_width = subdivision.tiling.polyhedra, subdivision.half_width
    count = int(polyhedra.corners.max()) + 1
    runs = []
    for side, reverse in ((0, False), (1, True)):
        cell = polyhedra.sides[polyhedra.face, side]
        first, second = polyhedra.corners, polyhedra.following
        first, second = (second, first) if reverse else (first, second)
        inner = cell != OUTSIDE
        runs.append(np.column_stack([cell, first, second])[inner])
    forth = np.concatenate(runs)
    key = (forth[:, 0] * count + forth[:, 1]) * count + forth[:, 2]
    back = (forth[:, 0] * count + forth[:, 2]) * count + forth[:, 1]
    open_edges = int(np.count_nonzero(~np.isin(key, back))) + len(key) - len(np.unique(key))
    same = int((polyhedra.sides[:, 0] == polyhedra.sides[:, 1]).sum())
    outer = polyhedra.sides[:, 1] == OUTSIDE
    area = np.sqrt((polyhedra.vector_areas(subdivision.tiling.positions.value)[outer] ** 2).sum(axis=1)).sum()
    surface = 24 * half_width**2
    return Check(
        "borders",
        open_edges == 0 and same == 0 and bool(abs(area / surface - 1) < TOLERANCE),
        f"{open_edges} edges of cells do not run once each way; {same} faces with one cell on both sides; "
        f"the outer faces have {area / surface:.15g} of the box's surface.",
    )


def _volumes(subdivision: Subdivision) -> Check:
    """Every region has positive volume, and together they fill the box."""
    volumes = subdivision.tiling.polyhedra.volumes(subdivision.tiling.positions.value)
    share = float(volumes.sum()) / (2 * subdivision.half_width) ** 3
    return Check(
        "volumes",
        bool(volumes.min() > 0 and abs(share - 1) < TOLERANCE),
        f"{len(volumes)} volumes, the least {volumes.min():.3g}, fill {share:.15g} of the box.",
    )


def _rationals(subdivision: Subdivision, seed: int, vertices: int = 30) -> Check:
    """Positions and outputs at some vertices, in rational numbers, lie within the stated bounds."""
    tiling = subdivision.tiling
    count = len(tiling.positions.value)
    chosen = np.random.default_rng(seed).choice(count, min(vertices, count), replace=False)
    wrong = 0
    for vertex in chosen.tolist():
        for numbers, floats in (
            (tiling.vertices.position(vertex), tiling.positions),
            (tiling.vertices.values(vertex, len(subdivision.layers)), tiling.values),
        ):
            wrong += sum(
                abs(number - rational(value)) > rational(bound)
                for number, value, bound in zip(
                    numbers, floats.value[vertex], floats.error[vertex], strict=True
                )
            )
    return Check(
        "rationals",
        wrong == 0,
        f"{wrong} coordinates of {len(chosen)} vertices and their images beyond their bounds, of which the "
        f"largest is {max(tiling.positions.error.max(), tiling.values.error.max()):.2g}; {tiling.undecided} "
        f"signs were decided by rationals.",
    )


def patterns_at(
    subdivision: Subdivision, latents: np.ndarray
) -> tuple[Int[np.ndarray, "n units"], Int[np.ndarray, " n"]]:
    """The signs of the folding units at each latent, and the region with these signs; -1 for none."""
    signs, z = [np.empty((len(latents), 0))], latents
    for layer in subdivision.layers:
        h = z @ layer.weight.T + layer.bias
        signs.append(np.sign(h)[:, layer.negative_slope != 1])
        z = np.where(h > 0, h, layer.negative_slope * h)
    found = np.concatenate(signs, axis=1).astype(np.int8)
    number = {pattern.tobytes(): region for region, pattern in enumerate(subdivision.patterns)}
    region = np.array([number.get(pattern.tobytes(), -1) for pattern in found])
    for sample in np.flatnonzero(region < 0):
        # A unit that vanishes on a region vanishes there up to rounding, with any sign.
        same = (subdivision.patterns == found[sample]) | (subdivision.patterns == 0)
        region[sample] = np.flatnonzero(same.all(axis=1))[0] if same.all(axis=1).any() else -1
    return found, region


def _patterns(subdivision: Subdivision, latent: Normal | Uniform, draws: int, seed: int) -> Check:
    """The signs of the units at random latents are those of a region."""
    _, region = patterns_at(subdivision, latent.sample(draws, np.random.default_rng(seed)))
    missing = int((region < 0).sum())
    return Check(
        "patterns",
        missing == 0,
        f"{missing} of {draws} latents have signs of no region; a missing mass of {14 / draws:.2g} "
        f"would be met but for a probability of 1e-6.",  # (1 - m)^n < exp(-n m)
    )


def _maps(subdivision: Subdivision) -> Check:
    """The region's affine map at its corners gives what the layers give there."""
    polyhedra, positions = subdivision.tiling.polyhedra, subdivision.tiling.positions.value
    outputs = subdivision(positions)
    cell, face, _ = polyhedra.bounds
    region, corner = np.repeat(cell, np.diff(polyhedra.starts)[face]), _loops(subdivision)
    worst = 0.0
    for start in range(0, len(corner), 1 << 16):
        here, at = region[start : start + (1 << 16)], corner[start : start + (1 << 16)]
        maps = subdivision.maps.value[here]
        by_map = np.einsum("kij,kj->ki", maps[:, :, :3], positions[at]) + maps[:, :, 3]
        size = 1 + np.abs(maps).sum(axis=2) * subdivision.half_width
        worst = max(worst, float((np.abs(by_map - outputs[at]) / size).max()))
    return Check(
        "maps",
        worst < TOLERANCE,
        f"affine maps and layers differ by at most {worst:.2g} of the size of their terms at the corners.",
    )


def _tail(subdivision: Subdivision, latent: Normal | Uniform) -> Check:
    r"""The mass outside of the box, at most :math:`3\,\mathrm{erfc}(R / \sqrt 2)` for normal latents."""
    half_width = subdivision.half_width
    if isinstance(latent, Normal):
        outside = max(3 * erfc(half_width / sqrt(2)), TINY)  # erfc underflows beyond 38
    else:
        outside = float(half_width < 1)
    return Check(
        "tail",
        outside < 2.0**-53,
        f"a mass of at most {outside:.2g} lies outside [-{half_width}, {half_width}]^3.",
    )
