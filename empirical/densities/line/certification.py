"""Reasons to trust a law on the line, each with what it found."""

from math import log, sqrt

import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.affine_layers import apply_layers
from empirical.densities.certificate import Certificate, Check
from empirical.densities.enclosed import UNIT, Enclosed, activated, exact, weighted
from empirical.densities.line.line_law import REACH, LineLaw
from empirical.densities.line.piecewise_linear import PiecewiseLinear, affine_maps

ROUNDING = 1e-12  # some hundred roundings, of the size of the terms
LARGEST = 1e-6  # of a mass: what a law whose masses err by more is worth, no certificate says
NODES = 30  # of Gauss and Legendre: beyond rounding for a normal density over one standard deviation
FALSE_ALARM = 1e-6


def certify_line(law: LineLaw, draws: int = 20_000, seed: int = 0) -> Certificate:
    """Whether the pieces are in order, complete and right, and the density has the mass of the cells.

    Args:
        law: on the line.
        draws: outputs of the network that are compared with the distribution function.
        seed: of the draws.
    """
    function = law.function
    return Certificate(
        (
            _order(function),
            _signs(function),
            _maps(function),
            _continuity(function),
            _normalisation(law),
            _tail(law),
            _samples(law, draws, seed),
        )
    )


def _order(function: PiecewiseLinear) -> Check:
    """Breakpoints increase: by their floats, or where these are nearer than their errors by rationals."""
    edges, doubts = function.edges, function.doubts
    with np.errstate(invalid="ignore"):  # the difference of infinite ends of one sign, which no law has
        apart = np.diff(edges)
    near = np.flatnonzero(apart <= doubts[1:] + doubts[:-1])
    position = function.vertices.position
    numbers = function.numbers.tolist()
    same = sum(position(numbers[place])[0] >= position(numbers[place + 1])[0] for place in near)
    wrong = int((apart < 0).sum()) + int(same) + int(np.isnan(apart).sum())
    return Check(
        "order",
        wrong == 0,
        f"{wrong} of {len(edges) - 1} pieces do not run from left to right; {len(near)} were decided by "
        f"rationals, the others by bounds up to {doubts.max():.2g} of the errors of their ends.",
    )


def _unit_signs(
    function: PiecewiseLinear, points: Enclosed, weights: Float[np.ndarray, " n"]
) -> Int[np.ndarray, "n units"]:
    """The signs of the folding units at points, or of their growth in directions; 0 where in doubt."""
    signs, values = [np.empty((len(weights), 0))], points
    for layer in function.layers:
        entering = Enclosed(values.value.T, values.error.T)
        out = weighted(layer.weight, entering, exact(layer.bias[:, None] * weights))
        value, error = out.value.T, out.error.T
        certain = np.where(np.abs(value) > error, np.sign(value), 0)
        signs.append(certain[:, layer.negative_slope != 1])
        values = activated(Enclosed(value, error), layer.negative_slope)
    return np.concatenate(signs, axis=1).astype(np.int8)


def _inside(function: PiecewiseLinear) -> tuple[Float[np.ndarray, " p"], Bool[np.ndarray, " p"]]:
    """A point in each piece, and whether it is certainly inside."""
    left, right = function.edges[:-1].copy(), function.edges[1:].copy()
    left[np.isinf(left)] = np.minimum(right[np.isinf(left)], 1.0) - 2.0
    right[np.isinf(right)] = np.maximum(left[np.isinf(right)], -1.0) + 2.0
    middle = left + (right - left) / 2
    clear = (middle - left > function.doubts[:-1]) & (right - middle > function.doubts[1:])
    return middle, clear


def _signs(function: PiecewiseLinear) -> Check:
    """Inside each piece and at its ends no unit has a sign that the piece's pattern has not.

    Where the units before it keep their signs, a unit is affine on the piece: what it is at both ends, it is
    everywhere between. So no breakpoint is missing that bounds of errors can tell.
    """
    ends, patterns = function.edges, function.patterns
    infinite = np.isinf(ends)
    points = Enclosed(np.where(infinite, np.sign(ends), ends)[:, None], function.doubts[:, None])
    at_ends = _unit_signs(function, points, (~infinite).astype(np.float64))
    wrong = (at_ends[:-1] * patterns < 0) | (at_ends[1:] * patterns < 0)
    middle, clear = _inside(function)
    within = _unit_signs(function, exact(middle[:, None]), np.ones(len(middle)))
    wrong |= clear[:, None] & (within != patterns) & (within != 0)
    # Where a unit vanishes on a piece, or the piece is thinner than floats, rationals give its middle.
    open_pieces = np.flatnonzero(~clear | (within == 0).any(axis=1))
    for piece in open_pieces.tolist():
        wrong[piece] |= _rational_signs(function, piece) != patterns[piece]
    return Check(
        "signs",
        not wrong.any(),
        f"{int(wrong.any(axis=1).sum())} of {len(patterns)} pieces hold a point where a unit has another "
        f"sign; {len(open_pieces)} pieces were decided by rationals now, {function.undecided} signs when "
        f"they were cut.",
    )


def _rational_signs(function: PiecewiseLinear, piece: int) -> Int[np.ndarray, " units"]:
    """The signs of the folding units in the middle of a piece, or one beyond its only end."""
    vertices = function.vertices
    (x, v), (y, w) = (vertices.position(number) for number in function.numbers[piece : piece + 2].tolist())
    middle = (x + y) / (2 if v and w else 1)
    signs = []
    for number, layer in enumerate(function.layers):
        values = vertices.network.values([middle], number)
        folding = np.flatnonzero(layer.negative_slope != 1)
        signs += [int(values[unit] > 0) - int(values[unit] < 0) for unit in folding]
    return np.array(signs, dtype=np.int8)


def _size(function: PiecewiseLinear, z: Float[np.ndarray, " p"]) -> Float[np.ndarray, " p"]:
    return 1 + np.abs(function.slopes * z) + np.abs(function.intercepts)


def _maps(function: PiecewiseLinear) -> Check:
    """At a point inside each piece its map gives what the layers give."""
    z, _ = _inside(function)
    by_layers = apply_layers(function.layers, z[:, None])[:, 0]
    worst = float((np.abs(function.slopes * z + function.intercepts - by_layers) / _size(function, z)).max())
    return Check("maps", worst < ROUNDING, f"maps and layers differ by at most {worst:.2g} of their terms.")


def _continuity(function: PiecewiseLinear) -> Check:
    """The maps of two pieces agree where they meet."""
    z, slopes, intercepts = function.breakpoints, function.slopes, function.intercepts
    jumps = np.abs(np.diff(slopes) * z + np.diff(intercepts))
    size = 1 + np.abs(slopes[1:] * z) + np.abs(intercepts[1:]) + np.abs(slopes[:-1] * z)
    left, right = _value_doubts(function)
    explained = right[:-1] + left[1:] + np.abs(np.diff(slopes)) * function.doubts[1:-1]
    worst = float((jumps / size).max(initial=0))
    return Check(
        "continuity",
        bool((jumps <= ROUNDING * size + explained).all()),
        f"jumps at breakpoints are at most {worst:.2g} of the terms; the bounds of the rounding of the maps, "
        f"beside {ROUNDING:g} of the terms, are at most {(explained / size).max(initial=0):.2g}.",
    )


def _value_doubts(function: PiecewiseLinear) -> tuple[Float[np.ndarray, " p"], Float[np.ndarray, " p"]]:
    """Bounds of what the rounding of its slope and intercept does to a piece's values, at its two ends."""
    slope, intercept = affine_maps(function.layers, function.patterns).error[:, 0].T
    # A slope within its bound of 0 was rounded from the exact one.
    slope = np.where(np.abs(function.slopes) <= slope, UNIT * np.abs(function.slopes), slope)
    ends = np.clip(function.edges, -REACH, REACH)
    return slope * np.abs(ends[:-1]) + intercept, slope * np.abs(ends[1:]) + intercept


def _explained(law: LineLaw) -> float:
    r"""How far rounding may drive the masses of cells apart: a first-order bound.

    On a piece with slope a, an image x that is off by e moves the latent by e / abs(a), and the mass beside
    it by at most max phi of that. What is off are the map, its neighbour's, which may have given the edge
    its value, the breakpoint, and a few roundings of x, a z and b. That happens at each critical value on
    the piece. At most ``LARGEST`` is allowed: with more the check would say nothing, and floats do not
    resolve the law.
    """
    function = law.function
    pieces = np.flatnonzero((function.slopes != 0) & (law.piece_probabilities > 0))
    doubts = np.maximum(*_value_doubts(function))
    beside = np.maximum(np.append(doubts[1:], 0), np.append(0, doubts[:-1]))
    slopes = np.abs(function.slopes)
    steepest = np.maximum(slopes, np.maximum(np.append(slopes[1:], 0), np.append(0, slopes[:-1])))
    ends = np.clip(np.stack([function.edges[:-1], function.edges[1:]]), -REACH, REACH)
    moved = steepest * np.maximum(function.doubts[:-1], function.doubts[1:])
    rounded = 4 * UNIT * (slopes * np.abs(ends).max(axis=0) + np.abs(function.intercepts))
    shift = (doubts + beside + moved + rounded)[pieces] / slopes[pieces]
    density = np.exp(law.latent.log_density(np.clip(0.0, *ends)))[pieces]
    images = np.sort(function.slopes * ends + function.intercepts, axis=0)[:, pieces]
    first, last = np.searchsorted(law.critical_values, images)
    return min(float((density * shift * (last - first + 2)).sum()), LARGEST)


def _normalisation(law: LineLaw) -> Check:
    """Between neighbouring critical values the density integrates to what the distribution function says."""
    edges = law.critical_values
    if len(edges) < 2:
        return Check("normalisation", law.mass.atoms == 1, "one value has all the mass.")
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    left, width = edges[:-1, None], np.diff(edges)[:, None]
    x = left + width * (nodes + 1) / 2
    integrals = (
        (np.exp(law.continuous_log_density(x.reshape(-1, 1))).reshape(x.shape) @ weights) * width[:, 0] / 2
    )
    atoms, _ = np.histogram(law.atoms[:, 0], edges, weights=law.atom_probabilities)
    off = np.abs(integrals + atoms - law.cell_probability(edges))
    total = float(integrals.sum() + law.atom_probabilities.sum())
    allowed = ROUNDING + _explained(law)
    return Check(
        "normalisation",
        bool(off.max() < allowed and abs(total - 1) < allowed),
        f"density and atoms have mass {total:.15g}, and differ by at most {off.max():.2g} from the "
        f"distribution function in each of {len(off)} cells; rounding explains {allowed:.2g}.",
    )


def _tail(law: LineLaw) -> Check:
    """Beyond the outermost critical values there is no mass."""
    ends = law.critical_values[[0, -1]]
    before = np.nextafter(ends[:1], -np.inf)
    below, above = (
        float(law.cumulative_probability(before)[0]),
        float(law.cumulative_probability(ends[1:])[0]),
    )
    allowed = ROUNDING + _explained(law)
    return Check(
        "tail",
        below < allowed and abs(above - 1) < allowed,
        f"a mass of {below:.2g} lies below {ends[0]:.6g}, and {above:.15g} up to {ends[1]:.6g}; rounding "
        f"explains {allowed:.2g}.",
    )


def _samples(law: LineLaw, draws: int, seed: int) -> Check:
    r"""The network's outputs follow the distribution function, uniformly.

    The largest difference of the two exceeds :math:`\sqrt{\log(2 / \alpha) / (2 n)}` with probability alpha.

    Source: massart1990.
    """
    latents = law.latent.sample(draws, np.random.default_rng(seed))
    outputs = np.sort(apply_layers(law.function.layers, latents)[:, 0])
    # At an atom, outputs and law may differ in the last digits: it is compared from beyond them.
    step = ROUNDING * (1 + np.abs(outputs))
    places = np.arange(draws)
    worst = max(
        float((places / draws - law.cumulative_probability(outputs + step)).max()),
        float((law.cumulative_probability(outputs - step) - (places + 1) / draws).max()),
    )
    allowed = sqrt(log(2 / FALSE_ALARM) / (2 * draws))
    return Check(
        "samples",
        worst < allowed,
        f"the outputs of {draws} latents differ from the distribution function by at most {worst:.2g}; "
        f"{allowed:.2g} is allowed, with a false alarm rate of {FALSE_ALARM:g}.",
    )
