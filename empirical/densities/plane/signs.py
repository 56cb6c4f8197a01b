r"""Checks that no crease runs through a region: the signs of all units, computed again on the finished mesh.

On a region where the units of the earlier layers keep their signs, a unit is affine. If it is not negative at
any corner, it is not negative anywhere on the region. So the signs at the corners, layer after layer, prove
that no crease was missed, by more than rounding: a corner that lies on a crease does so up to rounding only.
The bound is a running error analysis: a sum of n products errs by at most :math:`\gamma_n \sum |w||a|`,
:math:`\gamma_n = nu / (1 - nu)` with the unit roundoff u (higham2002accuracy, section 3.1).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.certificate import Check
from empirical.densities.plane.rational import RationalNetwork, column
from empirical.densities.plane.subdivision import Subdivision

ROUNDOFF = 2.0**-53
CHUNK = 1 << 23  # signs compared at once: 8 MiB
ROWS = 1 << 11  # points traced at once: their values stay in the processor's cache
# Regions whose signs are decided in rational arithmetic, milliseconds each, before we stop. What is then left
# open was not checked, and the check does not hold.
RATIONAL = 256


def sign_checks(subdivision: Subdivision, layers: Sequence[AffineLayer]) -> tuple[Check, Check]:
    """The checks ``signs``, at all corners, and ``patterns``, at a point inside each region."""
    return _corners(subdivision, layers), _inside(subdivision, layers)


def _corners(subdivision: Subdivision, layers: Sequence[AffineLayer]) -> Check:
    """No unit has at a corner a sign, beyond rounding, that it has not on the region."""
    mesh, patterns = subdivision.mesh, subdivision.patterns
    # A vertex comes from the ends of an edge, which may be as far as the corners of the mesh; it is off by a
    # few roundings of them, in each of the two directions in which edges cross there.
    positive, decided = signs_at(layers, mesh.vertices, 16 * ROUNDOFF * float(np.abs(mesh.vertices).max()))
    wrong = 0
    step = max(1, CHUNK // max(1, patterns.shape[1]))
    for begin in range(0, len(mesh.corners), step):
        corners, region = mesh.corners[begin : begin + step], mesh.region[begin : begin + step]
        against = (positive[corners] != patterns[region]) & decided[corners]
        wrong += int(against.any(axis=1).sum())
    floats = subdivision.signs - subdivision.rational
    return Check(
        "signs",
        wrong == 0,
        f"the mesh was cut by {subdivision.signs} signs at vertices, {floats} decided by floats with an "
        f"error bound and {subdivision.rational} in rational arithmetic, none left open; on the finished "
        f"mesh {wrong} of {len(mesh.corners)} corners have a unit on the wrong side",
    )


def _inside(subdivision: Subdivision, layers: Sequence[AffineLayer]) -> Check:
    """Each unit's sign at a point inside each region is the region's; rational where floats do not decide."""
    mesh, patterns = subdivision.mesh, subdivision.patterns
    sizes = np.diff(mesh.starts)
    inside = np.add.reduceat(mesh.vertices[mesh.corners], mesh.starts[:-1], axis=0) / sizes[:, None]
    found, decided = signs_at(layers, inside)
    wrong = decided & (found != patterns)
    open_regions = np.flatnonzero(~decided.all(axis=1))
    network = RationalNetwork(layers)
    contradicted = wrong.any(axis=1)
    for region in open_regions[:RATIONAL]:
        exact = np.array(network.piece(column(inside[region])).pattern, dtype=bool)
        contradicted[region] |= bool((exact != patterns[region]).any())
    checked = min(len(open_regions), RATIONAL)
    return Check(
        "patterns",
        not contradicted.any() and checked == len(open_regions),
        f"at a point inside each of {len(mesh)} regions the signs of the units are computed again: "
        f"{len(mesh) - len(open_regions)} regions by floats, {checked} in rational arithmetic, "
        f"{len(open_regions) - checked} left open in part; {int(contradicted.sum())} are contradicted",
    )


def signs_at(
    layers: Sequence[AffineLayer], points: Float[np.ndarray, "r 2"], error: float = 0.0
) -> tuple[Bool[np.ndarray, "r units"], Bool[np.ndarray, "r units"]]:
    """Which units with a crease are positive at each point, and which of these signs are certain.

    Args:
        layers: of the network.
        points: of the latent plane.
        error: by which each coordinate may be off.
    """
    units = sum(int((layer.negative_slope != 1).sum()) for layer in layers)
    positive, decided = (np.empty((len(points), units), dtype=bool) for _ in range(2))
    for begin in range(0, len(points), ROWS):
        part = slice(begin, begin + ROWS)
        positive[part], decided[part] = _signs_of_rows(layers, points[part], error)
    return positive, decided


def _signs_of_rows(
    layers: Sequence[AffineLayer], points: Float[np.ndarray, "r 2"], error: float
) -> tuple[Bool[np.ndarray, "r units"], Bool[np.ndarray, "r units"]]:
    values, errors = points, np.full_like(points, error)
    positive, decided = [np.empty((len(points), 0), dtype=bool)], [np.empty((len(points), 0), dtype=bool)]
    for layer in layers:
        relative = gamma(layer.weight.shape[1] + 2)
        magnitude = np.abs(layer.weight).T
        errors = (errors + relative * (np.abs(values) + errors)) @ magnitude + relative * np.abs(layer.bias)
        errors *= 1 + 1e-9  # the bound is rounded, too
        values = values @ layer.weight.T + layer.bias
        creased = layer.negative_slope != 1
        positive.append(values[:, creased] > 0)
        # A value that is zero and exact is certain: it is not positive.
        decided.append((np.abs(values) > errors)[:, creased] | (errors == 0)[:, creased])
        errors = errors * np.maximum(np.abs(layer.negative_slope), 1) * (1 + 4 * ROUNDOFF)
        errors += ROUNDOFF * np.abs(layer.negative_slope) * np.abs(values) * creased
        values = np.where(values > 0, values, layer.negative_slope * values)
    return np.concatenate(positive, axis=1), np.concatenate(decided, axis=1)


def gamma(terms: int) -> float:
    """The relative error of a sum of so many products, in any order."""
    return terms * ROUNDOFF / (1 - terms * ROUNDOFF)
