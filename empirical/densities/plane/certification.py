"""Why a density in the plane is to be trusted: checks of its values and preimages, not of the mesh."""

from collections.abc import Callable, Sequence
from math import inf, log, pi, sqrt

import numpy as np
from jaxtyping import Float, Int
from scipy.special import erfc, logsumexp

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.certificate import Check
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.clipping import mesh_polygons
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.quadrature import Density, Rectangle, rectangle
from empirical.densities.plane.rational import RationalNetwork

PIECES = 40  # parts of sheets over a rectangle: tens of thousands of nodes
# Quadrature errs by 1e-10 of the mass. Rounding may put a node on the wrong side of a crease that is as near
# as 1e-13 of the rectangle: that happens only in intervals that are about as narrow.
TOLERANCE = 1e-7
# Of a density from float64 preimages. Where a sheet is thin, a rounding of x moves its preimage by many.
RELATIVE = 1e-9

Preimages = Callable[[Float[np.ndarray, " 2"]], Float[np.ndarray, "k 2"]]


def tail_check(
    latent: Normal | Uniform, low: Float[np.ndarray, " 2"], high: Float[np.ndarray, " 2"]
) -> Check:
    r"""The latent mass outside the rectangle of the mesh is 0 in float64.

    Of a normal latent it is at most the sum over the four half-planes outside, each of the mass
    :math:`\mathrm{erfc}(c / \sqrt 2) / 2 \le e^{-c^2/2} / (c \sqrt{2 \pi})` at the distance c.

    Args:
        latent: two coordinates.
        low: lower left corner of the rectangle.
        high: its upper right corner.
    """
    match latent:
        case Uniform():
            outside = float(not ((low <= -1).all() and (high >= 1).all()))
            bound = f"{outside:g}"
        case Normal():
            levels = np.concatenate([-low, high])
            outside = float(erfc(levels / sqrt(2)).sum() / 2)
            nearest = float(levels.min())
            digits = (log(4 / nearest / sqrt(2 * pi)) - nearest**2 / 2) / log(10) if nearest > 0 else 0.0
            bound = f"at most 10^{digits:.1f}, {outside:.2g} in float64"
    return Check(
        "tail",
        outside == 0,
        f"the latent mass outside [{low[0]:g}, {high[0]:g}] x [{low[1]:g}, {high[1]:g}] is {bound}",
    )


def density_check(
    mesh: Mesh,
    regions: Int[np.ndarray, " n"],
    latent: Normal | Uniform,
    density: Density,
    draws: Float[np.ndarray, "k 2"],
) -> Check:
    """Around each draw, the density integrates to the exact mass of a rectangle, which is found without it.

    If the density is wrong on a set of probability f, independent draws all miss that set with probability
    (1 - f)^k.

    Args:
        mesh: of the generator.
        regions: that the generator does not collapse.
        latent: two coordinates.
        density: of the outputs of these regions, 1/area.
        draws: outputs of these regions.
    """
    errors, total, nodes = [], 0.0, 0
    for x in draws:
        cell = _around(mesh, regions, x)
        expected = cell.probability(latent)
        found, count = cell.integral(density, latent)
        errors.append(abs(found - expected) / expected)
        total, nodes = total + expected, nodes + count
    wrong = sum(not error <= TOLERANCE for error in errors)
    return Check(
        "density",
        wrong == 0,
        f"over {len(errors)} rectangles around draws, of mass {total:.2g} together, {nodes} values of the "
        f"density integrate to the exact masses within {max(errors, default=0.0):.2g} of them; {wrong} miss "
        f"by more than {TOLERANCE:g}",
    )


def _around(mesh: Mesh, regions: Int[np.ndarray, " n"], x: Float[np.ndarray, " 2"]) -> Rectangle:
    """A square around a point, halved until few sheets are over it, or twenty times where many fold there."""
    images = mesh_polygons(mesh, regions)
    gap = np.zeros(len(images))
    for axis in range(2):
        low, high = images.extent(images.points[:, 2 + axis])
        gap = np.maximum(gap, np.maximum(low - x[axis], x[axis] - high))
    half = float(np.sort(gap)[: 4 * PIECES].max()) or float(np.median(gap)) or 1.0
    cell = rectangle(mesh, regions, x - half, x + half)
    for _ in range(20):
        if len(cell.pieces) <= PIECES:
            break
        half /= 2
        cell = rectangle(mesh, regions, x - half, x + half)
    return cell


def preimage_check(
    layers: Sequence[AffineLayer],
    latent: Normal | Uniform,
    log_density: Density,
    preimages: Preimages,
    draws: Float[np.ndarray, "k 2"],
) -> Check:
    """Each preimage that was found is real, and the density is their sum, both by rational arithmetic.

    Near each preimage the network is written out in rationals and G(z) = x is solved exactly. A solution
    that lies in the piece it was solved for is a preimage without any doubt. That none is missing is shown by
    the other checks only.

    Args:
        layers: of the network.
        latent: two coordinates.
        log_density: of the outputs, nats.
        preimages: the latents that were found for a point.
        draws: outputs.
    """
    network = RationalNetwork(layers)
    count = unreal = 0
    farthest = worst = 0.0
    for x in draws:
        terms = []
        for guess in preimages(x):
            solved = network.preimage(guess, x)
            count += 1
            if solved is None or not solved.inside:
                unreal += 1
                continue
            farthest = max(farthest, solved.distance(guess))
            exact = np.array([float(entry) for entry in solved.point.entries()])
            terms.append(latent.log_density(exact).sum() - log(abs(float(solved.determinant))))
        difference = abs(float(log_density(x[None])[0]) - float(logsumexp(terms))) if terms else inf
        worst = max(worst, difference)
    return Check(
        "preimages",
        unreal == 0 and worst <= RELATIVE,
        f"of {count} preimages of {len(draws)} draws {count - unreal} are real in rational arithmetic, at "
        f"most {farthest:.2g} away; the log density is the one they give within {worst:.2g}",
    )
