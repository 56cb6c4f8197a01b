"""The checks of an invertible generator's law: inverse, determinant, and mass by a road without either."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float

from empirical.densities.certificate import Certificate, Check
from empirical.densities.flow.bijection import Bijection
from empirical.densities.flow.boundary_mass import Square, rectangle_masses
from empirical.densities.flow.cubature import integrals
from empirical.densities.latents import Normal, Uniform

POINTS = 128  # latents at which inverse and determinant are checked
SEED = 0
SAMPLES = 2048  # that place the cells
LEVELS = 6  # of halving: 64 cells
# Of the number of operations between a latent and its point and back, each of which errs by a rounding.
ROUNDINGS = 4096 * 2.0**-52
PART = 1e-10  # tolerance of each part of a cell's edge
TOLERANCE = 1e-6  # of the integrals over all cells
EVALUATIONS = 500_000  # where the integrals stop: some seconds
WIDEST = 1e-3  # an allowed error beyond which a comparison shows nothing: latents, nats or probability

Points = Float[np.ndarray, "n d"]


def certify(
    bijection: Bijection,
    latent: Normal | Uniform,
    log_prob: Callable[[Points], Float[np.ndarray, " n"]],
    square: Square,
) -> Certificate:
    """The checks of this map, its log density and its map to the unit square.

    ``inverse``: f(g(z)) = z. ``determinant``: the log density against r(f(x)) |det Df(x)| and
    r(z) / |det Dg(z)|, with both Jacobians from automatic differentiation. ``mass``, on the line and in the
    plane: integrals of the density over cells against masses from the distribution functions, into which no
    determinant enters.
    """
    z = torch.from_numpy(latent.sample(POINTS, np.random.default_rng(SEED)))
    x, forward = _jacobian(bijection.generate, z)
    back, backward = _jacobian(lambda points: bijection.invert(points)[0], x)
    if not all(torch.isfinite(tensor).all() for tensor in (x, forward, back, backward)):
        broken = "the generator, its inverse or a derivative of theirs is not a number at one latent or more"
        return Certificate((Check("inverse", False, f"{broken} of {POINTS}"),))
    # A rounding of x moves z by the norm of Df, and the other way round.
    stretch = torch.linalg.matrix_norm(backward, 2) * (1 + x.abs().amax(dim=1)) + 1 + z.abs().amax(dim=1)
    checks = [
        _inverse(z, back, stretch),
        _determinant(latent, log_prob, z, x, forward, back, backward),
    ]
    if bijection.dim <= 2:
        with torch.no_grad():
            placed = bijection.generate(torch.from_numpy(latent.sample(SAMPLES, np.random.default_rng(SEED))))
        checks.append(_mass(placed.numpy(), log_prob, square))
    return Certificate(tuple(checks))


def _jacobian(
    function: Callable[[torch.Tensor], torch.Tensor], points: Float[torch.Tensor, "n d"]
) -> tuple[Float[torch.Tensor, "n d"], Float[torch.Tensor, "n d d"]]:
    """Values and derivatives; each value depends on its own point alone, so one sum serves all."""
    points = points.detach().requires_grad_()
    values = function(points)
    rows = [
        torch.autograd.grad(values[:, i].sum(), points, retain_graph=True)[0] for i in range(values.shape[1])
    ]
    return values.detach(), torch.stack(rows, dim=1)


def _inverse(
    z: Float[torch.Tensor, "n d"], back: Float[torch.Tensor, "n d"], stretch: Float[torch.Tensor, " n"]
) -> Check:
    error = (back - z).abs().amax(dim=1)
    allowed = ROUNDINGS * stretch
    worst = int((error / allowed).nan_to_num(nan=torch.inf).argmax())
    return Check(
        "inverse",
        bool(((error <= allowed) & (allowed <= WIDEST)).all()),
        f"f(g(z)) differs from z by at most {float(error.max()):.1e} at {len(z)} latents "
        f"({float(allowed[worst]):.1e} allowed at the worst, for roundings that the map's stretch enlarges)",
    )


def _determinant(
    latent: Normal | Uniform,
    log_prob: Callable[[Points], Float[np.ndarray, " n"]],
    z: Float[torch.Tensor, "n d"],
    x: Float[torch.Tensor, "n d"],
    forward: Float[torch.Tensor, "n d d"],
    back: Float[torch.Tensor, "n d"],
    backward: Float[torch.Tensor, "n d d"],
) -> Check:
    found = log_prob(x.numpy())
    by_inverse = latent.log_density(back.numpy()).sum(axis=1) + torch.linalg.slogdet(backward)[1].numpy()
    by_generator = latent.log_density(z.numpy()).sum(axis=1) - torch.linalg.slogdet(forward)[1].numpy()
    error = np.maximum(np.abs(found - by_inverse), np.abs(found - by_generator))
    # A determinant loses as many digits as the condition of its matrix has.
    condition = torch.linalg.cond(forward).numpy()
    allowed = ROUNDINGS * condition * (1 + np.abs(z.numpy()).max(axis=1) ** 2)
    return Check(
        "determinant",
        bool(((error <= allowed) & (allowed <= WIDEST)).all()),
        f"the log density differs from two with Jacobians by automatic differentiation, of the inverse "
        f"and of the generator, by at most {error.max():.1e} nats at {len(z)} points "
        f"({allowed[error.argmax()]:.1e} allowed there)",
    )


def _mass(x: Points, log_prob: Callable[[Points], Float[np.ndarray, " n"]], square: Square) -> Check:
    spread = np.linalg.eigvalsh(np.atleast_2d(np.cov(x.T))) if np.isfinite(x).all() else np.zeros(1)
    if spread.min() <= ROUNDINGS * spread.max():
        return Check(
            "mass",
            False,
            f"{len(x)} samples are not numbers, or lie on a line within rounding: no cells to compare",
        )
    # Cells are boxes of white coordinates y with x = centre + axes y: a thin strip would leave boxes of x
    # empty but for a corner.
    centre, axes = x.mean(axis=0), np.linalg.cholesky(np.atleast_2d(np.cov(x.T)))
    low, high = _cells(np.linalg.solve(axes, (x - centre).T).T)

    def placed(y: Points) -> Points:
        return centre + y @ axes.T

    def density(y: Points) -> Float[np.ndarray, " n"]:
        return np.exp(log_prob(placed(y))) * axes.diagonal().prod()

    if x.shape[1] == 1:
        ends = (square.distribution(square.latents(placed(y)))[:, 0] for y in (low, high))
        masses, errors = np.abs(np.subtract(*ends)), np.zeros(len(low))
    else:
        white = Square(lambda y: square.latents(placed(y)), square.distribution)
        masses, errors = rectangle_masses(white, low, high, tolerance=PART)
    integral, estimated = integrals(density, low, high, tolerance=TOLERANCE, evaluations=EVALUATIONS)
    difference, allowed = np.abs(integral - masses).max(), (errors + estimated).sum() + ROUNDINGS
    return Check(
        "mass",
        bool(difference <= allowed <= WIDEST),
        f"the density integrates over {len(low)} cells to {integral.sum():.9f}, the distribution functions "
        f"give them {masses.sum():.9f}; no cell differs by more than {difference:.1e} (errors estimated at "
        f"{allowed:.1e} in all, {WIDEST:g} is too much), and {1 - masses.sum():.1e} of the mass lies outside",
    )


def _cells(x: Points) -> tuple[Float[np.ndarray, "cells d"], Float[np.ndarray, "cells d"]]:
    """Boxes that tile a box around the points, each with as many of them: small where the mass is.

    A rule of integration that sees nothing in a large box has not shown that nothing is there.
    """
    spread = (x.max(axis=0) - x.min(axis=0)) / 4
    boxes = [(x, x.min(axis=0) - spread, x.max(axis=0) + spread)]
    for level in range(LEVELS):
        halves = []
        for points, low, high in boxes:
            axis = level % x.shape[1]
            middle = np.median(points[:, axis])
            lower = points[:, axis] <= middle
            if lower.all():  # points that coincide, as of a generator that clamps its outputs
                halves.append((points, low, high))
                continue
            end, start = high.copy(), low.copy()
            end[axis] = start[axis] = middle
            halves += [(points[lower], low, end), (points[~lower], start, high)]
        boxes = halves
    return np.array([low for _, low, _ in boxes]), np.array([high for _, _, high in boxes])
