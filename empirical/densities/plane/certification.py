"""Checks of a law in the plane: its tail, its preimages and its density."""

from collections.abc import Callable, Sequence
from math import inf, log, pi, sqrt

import numpy as np
from jaxtyping import Float, Int
from scipy.special import erfc, logsumexp

from empirical.densities.affine_layers import AffineLayer, apply_layers
from empirical.densities.certificate import Check
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.clipping import mesh_polygons
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.quadrature import Density, Rectangle, rectangle
from empirical.densities.plane.rational import RationalNetwork

FIRST = 1 / 78  # of all images, where one sheet covers them: of a normal latent one standard deviation
PIECES = 40  # parts of sheets over a rectangle: ten thousands of nodes
# Quadrature errs by 1e-10 of the mass. Rounding may put a node on the wrong side of a crease that is as near
# as 1e-13 of the rectangle: that happens only in intervals that are about as narrow.
TOLERANCE = 1e-7
# Of a density from float64 preimages. Where a sheet is thin, a rounding of x moves its preimage by many.
RELATIVE = 1e-9
NEAR = 1e-6  # far above the error of a preimage, far below the distance of two

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
        cell = _around(mesh, regions, latent, x)
        expected = cell.probability
        found, count = cell.integral(density)
        errors.append(abs(found - expected) / expected if expected > 0 else inf)
        total, nodes = total + expected, nodes + count
    wrong = sum(not error <= TOLERANCE for error in errors)
    return Check(
        "density",
        wrong == 0,
        f"over {len(errors)} rectangles around draws, of mass {total:.2g} together, {nodes} values of the "
        f"density integrate to the exact masses within {max(errors, default=0.0):.2g} of them; {wrong} miss "
        f"by more than {TOLERANCE:g}",
    )


def _around(
    mesh: Mesh, regions: Int[np.ndarray, " n"], latent: Normal | Uniform, x: Float[np.ndarray, " 2"]
) -> Rectangle:
    """A rectangle around a point, halved until few sheets are over it, or twenty times where many fold there.

    Its sides are in proportion to those of the box around all images: the outputs may have different units.
    """
    images = mesh_polygons(mesh, regions)
    unit = np.ptp(images.points[:, 2:], axis=0)
    gap = np.zeros(len(images))
    for axis in range(2):
        low, high = images.extent(images.points[:, 2 + axis])
        gap = np.maximum(gap, np.maximum(low - x[axis], x[axis] - high) / unit[axis])
    half = float(np.sort(gap)[: 4 * PIECES].max()) or float(np.median(gap)) or FIRST
    cell = rectangle(mesh, regions, latent, x - half * unit, x + half * unit)
    for _ in range(20):
        if len(cell.pieces) <= PIECES:
            break
        half /= 2
        cell = rectangle(mesh, regions, latent, x - half * unit, x + half * unit)
    return cell


def preimage_check(
    layers: Sequence[AffineLayer],
    latent: Normal | Uniform,
    log_density: Density,
    preimages: Preimages,
    drawn: Float[np.ndarray, "k 2"],
) -> Check:
    """Found preimages are real and distinct, and give the density; each drawn latent is among them.

    Near each preimage of an output the network is written out in rationals and G(z) = x is solved exactly.
    A solution that lies in the piece it was solved for is a preimage without any doubt.

    Args:
        layers: of the network.
        latent: two coordinates.
        log_density: of outputs, nats.
        preimages: the latents that were found for an output.
        drawn: latents where the generator is regular.
    """
    network = RationalNetwork(layers)
    count = real = missed = 0
    farthest = worst = 0.0
    for z, x in zip(drawn, apply_layers(layers, drawn), strict=True):
        terms = {}
        guesses = preimages(x)
        count += len(guesses)
        missed += not (np.abs(guesses - z).max(axis=1, initial=0.0) < NEAR).any()
        for guess in guesses:
            solved = network.preimage(guess, x)
            if solved is not None and solved.inside:
                exact = tuple(float(entry) for entry in solved.point.entries())
                terms[exact] = latent.log_density(np.array(exact)).sum() - log(abs(float(solved.determinant)))
                farthest = max(farthest, solved.distance(guess))
        real += len(terms)
        given = float(logsumexp(list(terms.values()))) if terms else -inf
        worst = max(worst, abs(float(log_density(x[None])[0]) - given) if terms else inf)
    return Check(
        "preimages",
        real == count and missed == 0 and worst <= RELATIVE,
        f"of {count} preimages of {len(drawn)} draws {real} are real and distinct in rational arithmetic, at "
        f"most {farthest:.2g} away; {missed} draws are not near one; the log density is the one they give "
        f"within {worst:.2g}",
    )
