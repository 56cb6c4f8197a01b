r"""By how much an invertible network of the plane stretches area, region by region, from two roads.

The first road differentiates the network at a point inside each region; the second reads the affine maps of
the mesh. The pieces that a theorem needs, each layer's determinant and how many of its units are negative,
are exact: rationals, and signs that the mesh decided.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import log

import numpy as np
import torch
from flint import fmpq, fmpq_mat
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.plane.subdivision import subdivide
from empirical.measurement import Measurement

# Products of a few matrices: some roundings of 2^-53 for each factor, enlarged by every layer's condition.
ROUNDING = 64 * 2.0**-53
BOX = 8.0  # a normal latent lies outside [-8, 8]^2 with probability 2.5e-15


@dataclass(frozen=True)
class LayerPiece:
    """What a layer does to area on one region.

    Args:
        determinant: of its weights, exact.
        slope: of its activation below 0, exact; 1 where there is none.
        negatives: how many of its units are negative.
    """

    determinant: Fraction
    slope: Fraction
    negatives: int


@dataclass(frozen=True)
class RegionStretch:
    """The layers of one region, and the logarithm of its stretch as it was observed."""

    layers: tuple[LayerPiece, ...]
    measured: Measurement


def region_stretches(generator: torch.nn.Sequential, seed: int) -> tuple[RegionStretch, ...]:
    r"""``log_determinant``, :math:`\log |\det Dg|` in nats, on each region of [-8, 8]^2.

    The interval is the hull of both roads, widened by their rounding.

    Args:
        generator: two coordinates in every layer, one slope for each activation.
        seed: of its training, kept with the measurements.

    Raises:
        TypeError: a layer is not affine or (leaky) ReLU.
        ValueError: a layer has another width, several slopes, or a slope or determinant of 0.
    """
    layers = affine_layers(generator)
    for number, layer in enumerate(layers):
        slopes = np.unique(layer.negative_slope)
        if layer.weight.shape != (2, 2) or len(slopes) > 1 or slopes[0] <= 0 or _determinant(layer) == 0:
            raise ValueError(
                f"a stretch of the plane needs invertible layers of two units with one positive slope "
                f"(got weights of shape {layer.weight.shape} and slopes {slopes.tolist()} in affine "
                f"layer {number}): train MLP((2, 2, 2), negative_slope=0.2), say."
            )
    subdivision = subdivide(layers, -BOX, BOX)
    mesh = subdivision.mesh
    creased = [layer.negative_slope[0] != 1 for layer in layers]
    slack = ROUNDING * float(np.prod([np.linalg.cond(a.weight) / a.negative_slope.min() for a in layers]))
    stretches = []
    for region, pattern in enumerate(subdivision.patterns):
        corners = mesh.corners[mesh.starts[region] : mesh.starts[region + 1]]
        by_network = _by_network(generator, mesh.vertices[corners].mean(axis=0))
        by_mesh = log(abs(mesh.determinants[region]))
        units = iter(pattern.reshape(-1, 2))
        negatives = [int((~next(units)).sum()) if crease else 0 for crease in creased]
        stretches.append(
            RegionStretch(
                tuple(
                    LayerPiece(_determinant(layer), Fraction(float(layer.negative_slope[0])), count)
                    for layer, count in zip(layers, negatives, strict=True)
                ),
                Measurement(
                    observable="log_determinant",
                    value=(by_network + by_mesh) / 2,
                    lower=min(by_network, by_mesh) - slack,
                    upper=max(by_network, by_mesh) + slack,
                    confidence=1.0,
                    unit="nats",
                    parameters={"region": region, "negatives": negatives},
                    seed=seed,
                    obtained="the Jacobian by automatic differentiation at a point of the region, and the "
                    "mesh's affine map there; the interval holds both and their rounding",
                ),
            )
        )
    return tuple(stretches)


def _determinant(layer: AffineLayer) -> Fraction:
    exact = [[Fraction(weight) for weight in row] for row in layer.weight.tolist()]
    found = fmpq_mat([[fmpq(w.numerator, w.denominator) for w in row] for row in exact]).det()
    return Fraction(int(found.p), int(found.q))


def _by_network(generator: torch.nn.Sequential, z: Float[np.ndarray, " 2"]) -> float:
    point = torch.from_numpy(z).requires_grad_()
    outputs = generator(point[None])[0]
    rows = [torch.autograd.grad(output, point, retain_graph=True)[0] for output in outputs]
    return float(torch.linalg.slogdet(torch.stack(rows))[1])
