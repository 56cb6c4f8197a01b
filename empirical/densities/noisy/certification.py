"""Why the law of a noisy decoder is to be trusted: its pieces, their mass, and the closed form on them."""

from math import exp

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.certificate import Certificate, Check
from empirical.densities.line.pieces import line_pieces
from empirical.densities.noisy.cubature import latent_integral
from empirical.densities.noisy.joint_cells import IntervalCells, PolygonCells
from empirical.densities.noisy.noisy_law import NEGLIGIBLE, REACH, NoisyLaw
from empirical.densities.plane.affine_maps import affine_checks
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.signs import sign_checks
from empirical.densities.plane.tiling import tiling_checks

MASS = 1e-12  # each piece's probability is good to 1e-13 of it or better
MAPS = 1e-11  # of two maps multiplied in two orders, as a share of the largest absolute product
# The cubature errs by less than rounding; the closed form by 1e-13 of the density for each of few regions,
# and by 5e-11 for two uniform latents. Rounded coordinates come on top, and are added.
CLOSED_FORM = 1e-9
ROUNDING = 2.0**-48  # a few roundings
SIMPLICES = 400_000  # together, of all points that are tried


def certify_noisy(law: NoisyLaw, seed: int, *, draws: int = 4) -> Certificate:
    """Checks the pieces and their maps, the mass, the tail, and the density at samples of the law.

    The density is tried at independent draws: if it is wrong on a set of probability f, all of them miss that
    set with probability (1 - f) ** draws.

    Args:
        law: to be certified.
        seed: of the draws.
        draws: at which the integral over the latents is computed a second time; fewer for many regions.
    """
    match law.cells:
        case IntervalCells() as cells:
            pieces = _pieces_check(law, cells)
            edges = np.clip(cells.curve.edges, -REACH, REACH)
            simplices = np.stack([edges[:-1], edges[1:]], axis=1)[np.diff(edges) > 0, :, None]
        case PolygonCells() as cells:
            reach = np.full(2, REACH if law.latent.ends[1] == np.inf else 1.0)
            determinants = cells.mesh.determinants if law.dim == 2 else np.empty(0)
            pieces = (
                *tiling_checks(cells.mesh, -reach, reach),
                *sign_checks(cells.subdivision, law.layers),
                *affine_checks(cells.subdivision, law.layers, determinants),
            )
            simplices = _triangles(cells.mesh)
    draws = max(1, min(draws, SIMPLICES // len(simplices)))
    points = law.sample(draws, seed)
    return Certificate((*pieces, _mass_check(law), _tail_check(law), _density_check(law, simplices, points)))


def _triangles(mesh: Mesh) -> Float[np.ndarray, "t 3 2"]:
    """The regions, cut from their first corner."""
    first = mesh.corners[mesh.starts[:-1]][mesh.region]
    inner = (mesh.corners != first) & (mesh.following != first)
    corners = np.stack([first, mesh.corners, mesh.following], axis=1)[inner]
    return mesh.vertices[corners]


def _pieces_check(law: NoisyLaw, cells: IntervalCells) -> tuple[Check, Check]:
    """The pieces cover the latents in order, and have the maps of pieces whose every sign is certain.

    The other pieces are cut unit by unit, with bounds of errors or rationals, and their maps are multiplied
    from the last layer to the first.
    """
    curve = cells.curve
    low, high = law.latent.ends
    ordered = bool((np.diff(curve.edges) > 0).all())
    complete = curve.edges[0] == low and curve.edges[-1] == high and len(curve.edges) == len(curve) + 1
    second = line_pieces(law.layers, law.latent.ends)
    edges = second.edges()
    left, right = edges.value[:-1].copy(), edges.value[1:].copy()
    left[np.isinf(left)] = np.minimum(right[np.isinf(left)], 1.0) - 2.0
    right[np.isinf(right)] = np.maximum(left[np.isinf(right)], -1.0) + 2.0
    # Of a piece nearer than the errors of its ends no inner point is known: it is below rounding.
    clear = right - left > 8 * (edges.error[1:] + edges.error[:-1]) + 2.0**-40 * np.abs(left)
    middle = left + (right - left) / 2
    linear, offset, size = _products(law.layers, second.patterns)
    own = np.clip(np.searchsorted(curve.edges, middle, side="right") - 1, 0, len(curve) - 1)
    off = np.abs(curve.linear[own, :, 0] - linear) + np.abs(curve.offset[own] - offset)
    wrong = clear & (off > MAPS * size).any(axis=1)
    return (
        Check(
            "order",
            bool(ordered and complete),
            f"{len(curve)} pieces run from {curve.edges[0]:g} to {curve.edges[-1]:g}, where the latents do "
            f"from {low:g} to {high:g}",
        ),
        Check(
            "pieces",
            not wrong.any(),
            f"of {len(middle)} pieces that are cut with certain signs, {int(clear.sum())} are wide enough to "
            f"be compared, and {int(wrong.sum())} of them have another affine map here",
        ),
    )


def _products(
    layers: tuple[AffineLayer, ...], patterns: np.ndarray
) -> tuple[Float[np.ndarray, "p d"], Float[np.ndarray, "p d"], Float[np.ndarray, "p d"]]:
    """The affine map of each pattern of signs, and the size of the terms that are added up in it."""
    outputs = len(layers[-1].bias)
    product = np.broadcast_to(np.eye(outputs), (len(patterns), outputs, outputs))
    absolute, offset, size = product, np.zeros((len(patterns), outputs)), np.zeros((len(patterns), outputs))
    behind = patterns.shape[1]
    for layer in reversed(layers):
        creased = np.flatnonzero(layer.negative_slope != 1)
        slopes = np.ones((len(patterns), len(layer.bias)))
        signs = patterns[:, behind - len(creased) : behind]
        slopes[:, creased] = np.where(signs > 0, 1.0, layer.negative_slope[creased])
        behind -= len(creased)
        product, absolute = product * slopes[:, None], absolute * np.abs(slopes)[:, None]
        offset, size = offset + product @ layer.bias, size + absolute @ np.abs(layer.bias)
        product, absolute = product @ layer.weight, absolute @ np.abs(layer.weight)
    return product[:, :, 0], offset, size + absolute[:, :, 0]


def _mass_check(law: NoisyLaw) -> Check:
    """The latent's probabilities of all pieces sum to 1."""
    off = abs(float(np.expm1(logsumexp(law.cells.log_mass))))
    return Check("mass", off <= MASS, f"the latent probabilities of all pieces sum to 1 within {off:.2g}")


def _tail_check(law: NoisyLaw) -> Check:
    """Latents in no piece add nothing that shows: less than 1e-17 of each density that is not refused."""
    outside = law.cells.log_outside
    return Check(
        "tail",
        outside < NEGLIGIBLE,
        f"the log probability of a latent in no piece is at most {outside:.3g}; a density that this could "
        f"change by 1e-17 of it is refused",
    )


def _density_check(
    law: NoisyLaw, simplices: Float[np.ndarray, "s k1 k"], points: Float[np.ndarray, "n d"]
) -> Check:
    """At each point the closed form is the integral over latents of what the layers themselves compute."""
    try:
        logs = law.log_prob(points)
    except ValueError as refused:
        return Check("density", False, f"samples of the law itself are refused: {refused}")
    worst = most = 0.0
    wrong = 0
    for x, found in zip(points, logs, strict=True):
        second = latent_integral(law, simplices, x)
        # A residual of r noises, moved by rounding, changes the exponent by r times as much.
        shift = ROUNDING * max(law.cells.scale, float(np.abs(x).max())) / law.noise
        allowed = CLOSED_FORM + 4 * shift * (1 + law.dim**0.5) + exp(min(second.log_left_out - found, 0.0))
        error = abs(float(found) - second.log_density)
        wrong += not error <= min(allowed, 0.01)
        worst, most = max(worst, error), max(most, allowed)
    return Check(
        "density",
        wrong == 0,
        f"at {len(points)} samples the log density differs by at most {worst:.2g} nats from a cubature of "
        f"the integral over the latents, where rounding and what the cubature leaves out explain {most:.2g}; "
        f"{wrong} by more",
    )
