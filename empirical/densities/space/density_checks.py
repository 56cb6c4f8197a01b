"""Reasons to trust the density over a subdivision, each with what it found."""

from collections.abc import Callable
from math import log

import numpy as np
from jaxtyping import Float, Int

from empirical.densities.certificate import Check
from empirical.densities.latents import Normal, Uniform
from empirical.densities.space.bins import bin_probabilities
from empirical.densities.space.preimages import Found
from empirical.densities.space.subdivision import Subdivision
from empirical.densities.space.tiling import Tiling
from empirical.densities.space.tiling_checks import TOLERANCE, patterns_at

FALSE_ALARM = 1e-6
BINS, FINE = 3, 3  # bins of an axis, and finer ones in each
FEW = 100  # draws, ten for each of the finer bins of an axis
BOUND = 4.0  # of the weights: larger ones vary more, smaller ones leave more to the points of the law itself


def density_checks(
    subdivision: Subdivision,
    latent: Normal | Uniform,
    ranks: Int[np.ndarray, " regions"],
    log_determinants: Float[np.ndarray, " regions"],
    preimages: Callable[[Float[np.ndarray, "n 3"]], Found],
    density: Callable[[Found, int], Float[np.ndarray, " n"]],
    weigh: Callable[[Tiling], Float[np.ndarray, " cells"]],
    draws: int,
    seed: int,
) -> tuple[Check, ...]:
    """Whether preimages are found, and the density they give has the mass of bins that never used it.

    Args:
        subdivision: the regions.
        latent: the law of the latents.
        ranks: of each region.
        log_determinants: of the absolute values, where the rank is 3.
        preimages: of points, in regions of rank 3.
        density: of so many points, from their preimages, 1/volume.
        weigh: the probability of the cells of a tiling.
        draws: how many points.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    latents = latent.sample(draws, random)
    determinants = _determinants(subdivision, ranks, log_determinants)
    _, region = patterns_at(subdivision, latents)
    regular = (region >= 0) & (ranks[region] == 3)
    latents, region = latents[regular], region[regular]
    if not len(latents):
        return determinants, Check(
            "preimages", True, f"none of {draws} latents lies in a region with a density."
        )
    points = subdivision(latents)
    found = preimages(points)
    return (
        determinants,
        _preimages(subdivision, latents, region, points, found),
        _masses(subdivision, ranks, points, found, preimages, density, weigh, draws, random),
    )


def _determinants(
    subdivision: Subdivision,
    ranks: Int[np.ndarray, " regions"],
    log_determinants: Float[np.ndarray, " regions"],
) -> Check:
    """The determinant times a region's volume is the volume between the images of its vertices."""
    tiling = subdivision.tiling
    polyhedra, regular = tiling.polyhedra, np.flatnonzero(ranks == 3)
    determinants = np.exp(log_determinants[regular])
    volumes, images = (polyhedra.volumes(x.value)[regular] for x in (tiling.positions, tiling.values))
    # Corners that move by delta change a volume by no more than the surface times delta; a determinant is
    # rounded in proportion to the cube of the matrix.
    cell, face, _ = polyhedra.bounds
    surfaces = []
    for x in (tiling.positions, tiling.values):
        area = np.sqrt((polyhedra.vector_areas(x.value) ** 2).sum(axis=1))
        surfaces.append(TOLERANCE * np.abs(x.value).max() * np.bincount(cell, area[face])[regular])
    cubes = (subdivision.maps.value[regular, :, :3] ** 2).sum(axis=(1, 2)) ** 1.5
    allowed = determinants * surfaces[0] + surfaces[1] + 1e-15 * cubes * volumes
    excess = float((np.abs(determinants * volumes - np.abs(images)) / allowed).max(initial=0))
    return Check(
        "determinants",
        excess <= 1,
        f"determinant times volume differs from the volume of the image by at most {excess:.2g} of the "
        f"tolerance, {TOLERANCE:g} of the size of the box times the surface, in {len(regular)} regions.",
    )


def _preimages(
    subdivision: Subdivision,
    latents: Float[np.ndarray, "n 3"],
    region: Int[np.ndarray, " n"],
    points: Float[np.ndarray, "n 3"],
    found: Found,
) -> Check:
    """Each latent is found again, exactly once, from its image, and all that is found has that image."""
    again = np.bincount(found.point[found.region == region[found.point]], minlength=len(latents))
    key = found.point * len(subdivision) + found.region
    repeated = len(key) - len(np.unique(key))
    size = (
        1
        + np.abs(subdivision.maps.value[found.region]).sum(axis=2)
        * (1 + np.abs(found.latent).max(axis=1))[:, None]
    )
    residual = float((np.abs(subdivision(found.latent) - points[found.point]) / size).max(initial=0))
    lost = int((again != 1).sum())
    return Check(
        "preimages",
        lost == 0 and repeated == 0 and residual < 1e-9,
        f"{lost} of {len(latents)} latents are not found once from their images; {repeated} preimages are "
        f"repeated; {len(found.point)} of them have the image to {residual:.2g} of its terms.",
    )


def _masses(
    subdivision: Subdivision,
    ranks: Int[np.ndarray, " regions"],
    points: Float[np.ndarray, "n 3"],
    found: Found,
    preimages: Callable[[Float[np.ndarray, "n 3"]], Found],
    density: Callable[[Found, int], Float[np.ndarray, " n"]],
    weigh: Callable[[Tiling], Float[np.ndarray, " cells"]],
    draws: int,
    random: np.random.Generator,
) -> Check:
    r"""The density integrated over bins is the probability of the latents that land there.

    With u the density of the histogram of exact masses of finer bins, and a bound K of the weights,
    :math:`\int_B p = E_u[\min(p / u, K) 1_B] + E_p[(1 - K u / p)_+ 1_B]`: both are means of bounded numbers.
    """
    edges = _edges(subdivision, ranks, points)
    if any((np.diff(axis) <= 0).any() for axis in edges):
        return Check("masses", False, "the outputs with a density coincide: no bins to compare.")
    try:
        exact = bin_probabilities(subdivision, (edges[0], edges[1], edges[2]), weigh, ranks == 3)
    except ArithmeticError as error:
        return Check("masses", False, f"the regions cannot be cut into bins: {error}")
    widths = [np.diff(axis) for axis in edges]
    histogram = exact / exact.sum() / np.einsum("i,j,k->ijk", *widths)
    chosen = np.searchsorted(np.cumsum(exact.ravel() / exact.sum())[:-1], random.random(draws), "right")
    bins = np.array(np.unravel_index(chosen, exact.shape)).T
    others = np.column_stack(
        [edges[k][bins[:, k]] + widths[k][bins[:, k]] * random.random(draws) for k in range(3)]
    )
    # Latents of flat regions give no point, points outside of the window no weight: both count as 0.
    bins = np.array([np.searchsorted(edges[k], points[:, k], "right") - 1 for k in range(3)]).T
    inside = ((bins >= 0) & (bins < FINE * BINS)).all(axis=1)
    p, u = density(found, len(points))[inside], histogram[tuple(bins[inside].T)]
    q, v = density(preimages(others), draws), histogram.ravel()[chosen]
    beyond = np.where(p > 0, np.maximum(1 - BOUND * u / np.where(p > 0, p, 1), 0), 0)
    sums = [
        _sums(bins[inside] @ np.array([len(histogram) ** 2, len(histogram), 1]), beyond),
        _sums(chosen, np.minimum(q / v, BOUND)),
    ]
    # The mean of n values in [0, r] is off to either side by more than sqrt(2 v L / n) + 7 r L / (3 (n - 1))
    # with probability 2 exp(-L) at most (maurer2009, Theorem 4); two such means for each bin and the window.
    bound = log(2 * 2 * 2 * (BINS**3 + 1) / FALSE_ALARM)
    mean, tolerance = np.zeros(BINS**3 + 1), np.zeros(BINS**3 + 1)
    for (total, squares), largest in zip(sums, (1, BOUND), strict=True):
        mean += total / draws
        # Where all weights are equal the difference may be rounded to below 0.
        variance = np.maximum(squares - total**2 / draws, 0) / (draws - 1)
        tolerance += np.sqrt(2 * variance * bound / draws) + 7 * largest * bound / (3 * (draws - 1))
    off = mean - _sums(np.arange(len(exact.ravel())), exact.ravel())[0]
    return Check(
        "masses",
        bool((np.abs(off) <= tolerance).all()),
        f"the density has {mean[-1]:.4f} in a window of exact mass {exact.sum():.4f}, and differs by at most "
        f"{np.abs(off[:-1]).max():.2g} in each of {BINS**3} bins; {tolerance[-1]:.2g} and "
        f"{tolerance[:-1].max():.2g} are allowed, with a false alarm rate of {FALSE_ALARM:g}.",
    )


def _edges(
    subdivision: Subdivision, ranks: Int[np.ndarray, " regions"], points: Float[np.ndarray, "n 3"]
) -> list[Float[np.ndarray, " e"]]:
    """Quantiles of the draws with a density, or where they are few, equal parts of what they can reach."""
    if len(points) >= FEW:
        return [np.quantile(points[:, axis], np.linspace(0.05, 0.95, FINE * BINS + 1)) for axis in range(3)]
    polyhedra = subdivision.tiling.polyhedra
    cell, face, _ = polyhedra.bounds
    reached = polyhedra.corners[np.isin(polyhedra.face, face[ranks[cell] == 3])]
    images = subdivision.tiling.values.value[reached]
    return [np.linspace(images[:, k].min(), images[:, k].max(), FINE * BINS + 1) for k in range(3)]


def _sums(
    bins: Int[np.ndarray, " n"], weights: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """The sums of weights and of their squares over each coarse bin, from fine ones, and over the window."""
    fine = np.array(np.unravel_index(bins, (FINE * BINS,) * 3)) // FINE
    coarse = np.ravel_multi_index(tuple(fine), (BINS,) * 3)
    sums = [np.bincount(coarse, weights**power, minlength=BINS**3) for power in (1, 2)]
    return np.append(sums[0], sums[0].sum()), np.append(sums[1], sums[1].sum())
