"""The convex polyhedra on each of which a network with three inputs is affine."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.affine_layers import AffineLayer, apply_layers
from empirical.densities.enclosed import Enclosed, activated, exact, scaled, weighted
from empirical.densities.rational_network import RationalNetwork
from empirical.densities.space.polyhedra import OUTSIDE, box
from empirical.densities.space.rational_vertices import RationalVertices
from empirical.densities.space.tiling import Tiling

CHUNK = 1 << 21  # entries of affine maps in work at once: a few arrays of 16 MiB


@dataclass(frozen=True, eq=False)
class Subdivision:
    """The latent box, cut along every fold of the network.

    Args:
        layers: the network.
        half_width: the box is [-half_width, half_width]^3.
        tiling: the regions, with the outputs at the vertices.
        patterns: (regions, units), the sign of each unit with an activation inside each region, layer after
            layer; 0 where it vanishes on the region.
        maps: (regions, d, 4), on region r the network is ``maps[r, :, :3] @ z + maps[r, :, 3]``.
        planes: (faces, 4), a face lies where ``planes[f, :3] @ z + planes[f, 3]`` is 0; positive on the side
            of ``sides[f, 1]``.
    """

    layers: tuple[AffineLayer, ...]
    half_width: float
    tiling: Tiling
    patterns: Int[np.ndarray, "regions units"]
    maps: Enclosed
    planes: Enclosed

    def __len__(self) -> int:
        """The number of regions."""
        return len(self.patterns)

    def __call__(self, z: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n d"]:
        """The network at these latents, by its layers and not by its regions."""
        return apply_layers(self.layers, z)


def estimated_regions(layers: Sequence[AffineLayer]) -> int:
    r"""A guess of the number of regions, :math:`\sum_{i \le 3} \binom{N}{i}` for N folding units.

    One hidden layer cannot have more: its folds are N planes. For random deeper networks the number is of
    the order of N^3 whatever the depth, but no bound.

    Source: hanin2019surprisingly, for the order.
    """
    units = sum(int(np.count_nonzero(layer.negative_slope != 1)) for layer in layers)
    return sum(comb(units, i) for i in range(4))


def subdivide(layers: Sequence[AffineLayer], half_width: float, max_regions: int) -> Subdivision:
    """Cuts the box unit by unit, with every sign certain, and composes the affine map of each region.

    Raises:
        ValueError: not three inputs, or more regions than allowed, by the estimate or on the way.
    """
    if layers[0].weight.shape[1] != 3:
        raise ValueError(
            f"polyhedra need three latent dimensions (got {layers[0].weight.shape[1]}): begin with "
            f"torch.nn.Linear(3, ...)."
        )
    expected = estimated_regions(layers)
    if expected > max_regions:
        raise ValueError(
            f"about {expected} regions are expected, more than max_regions={max_regions}: pass a larger "
            f"max_regions (some 5 kB each), or a smaller network."
        )
    polyhedra, corners = box(-half_width, half_width)
    no_ends, no_levels = np.empty((0, 2), dtype=np.int64), np.empty(0)
    vertices = RationalVertices(RationalNetwork.of(layers), corners, no_ends, no_ends, no_levels)
    tiling = Tiling(polyhedra, vertices, exact(corners), exact(corners))
    patterns = np.empty((1, 0), dtype=np.int8)
    for number, layer in enumerate(layers):
        tiling = _with(tiling, _columns(layer, tiling.values))
        for unit in np.flatnonzero(layer.negative_slope != 1):
            tiling, pieces = tiling.cut(number, int(unit))
            patterns = np.column_stack([patterns[pieces.parent], pieces.signs.astype(np.int8)])
            if len(patterns) > max_regions:
                raise ValueError(
                    f"layer {number} of {len(layers)} brings more than max_regions={max_regions} regions "
                    f"(got {len(patterns)}): pass a larger max_regions, or a smaller network."
                )
        tiling = _with(tiling, activated(tiling.values, layer.negative_slope))
    maps, planes = _maps(layers, tiling, patterns, half_width)
    return Subdivision(tuple(layers), half_width, tiling, patterns, maps, planes)


def _with(tiling: Tiling, values: Enclosed) -> Tiling:
    return Tiling(tiling.polyhedra, tiling.vertices, tiling.positions, values, tiling.undecided)


def _columns(layer: AffineLayer, x: Enclosed) -> Enclosed:
    """The preactivations at each vertex, (v, in) to (v, out)."""
    out = weighted(layer.weight, Enclosed(x.value.T, x.error.T), exact(layer.bias[:, None]))
    return Enclosed(out.value.T.copy(), out.error.T.copy())


def _maps(
    layers: Sequence[AffineLayer],
    tiling: Tiling,
    patterns: Int[np.ndarray, "regions units"],
    half_width: float,
) -> tuple[Enclosed, Enclosed]:
    """The affine map of each region, and the affine function that vanishes on each face."""
    regions, polyhedra = len(patterns), tiling.polyhedra
    final = np.empty((2, regions, len(layers[-1].bias), 4))
    planes = np.zeros((2, len(polyhedra.sides), 4))
    sign = np.array([-1.0, 1.0])
    for face in np.flatnonzero(polyhedra.surfaces[:, 0] == OUTSIDE):
        axis, end = divmod(int(polyhedra.surfaces[face, 1]), 2)
        planes[0, face, [axis, 3]] = sign[end], -half_width
    order = np.argsort(polyhedra.sides[:, 0], kind="stable")
    first_region = polyhedra.sides[order, 0]
    step = max(1, CHUNK // (4 * max(len(layer.bias) for layer in layers)))
    for start in range(0, regions, step):
        chunk = patterns[start : start + step]
        here = order[np.searchsorted(first_region, start) : np.searchsorted(first_region, start + step)]
        current = exact(np.broadcast_to(np.eye(3, 4), (len(chunk), 3, 4)).copy())
        used = 0
        for number, layer in enumerate(layers):
            shift = np.zeros((len(layer.bias), 4))
            shift[:, 3] = layer.bias
            current = weighted(layer.weight, current, exact(shift))
            faces = here[polyhedra.surfaces[here, 0] == number]
            of = polyhedra.sides[faces, 0] - start, polyhedra.surfaces[faces, 1]
            planes[0, faces], planes[1, faces] = current.value[of], current.error[of]
            slopes = np.ones((len(chunk), len(layer.bias)))
            folding = np.flatnonzero(layer.negative_slope != 1)
            signs = chunk[:, used : used + len(folding)]
            slopes[:, folding] = np.where(signs > 0, 1.0, layer.negative_slope[folding])
            used += len(folding)
            current = scaled(current, slopes[..., None])
        final[:, start : start + step] = current.value, current.error
    return Enclosed(final[0], final[1]), Enclosed(planes[0], planes[1])
