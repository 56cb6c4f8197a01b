r"""The exact law of a piecewise-linear function of one normal or uniform latent.

On a piece with slope :math:`a \ne 0` the function is invertible and carries the latent density
:math:`\varphi` to :math:`\varphi(z)/|a|`; the density at x sums this over every preimage z of x. A flat piece
puts the probability of its latents on one point.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from jaxtyping import Bool, Float, Int

from empirical.densities.certificate import Certificate
from empirical.densities.latents import Normal, Uniform
from empirical.densities.line.piecewise_linear import PiecewiseLinear
from empirical.densities.mass import Mass
from empirical.densities.network_rounding import rounding_bound

REACH = 39.0  # beyond so many deviations the normal density is 0 in float64
CHUNK = 1 << 20  # preimages computed at once: a few arrays of 8 MiB


@dataclass(frozen=True)
class CellBounds:
    """What the absolutely continuous part of a law does on each of m cells.

    Args:
        probability: (m,), its mass on the cell.
        log_density_low: (m,), a lower bound of its log density inside the cell, nats; -inf where it is 0.
        log_density_high: (m,), an upper bound; -inf where no preimage reaches the cell.
    """

    probability: Float[np.ndarray, " m"]
    log_density_low: Float[np.ndarray, " m"]
    log_density_high: Float[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class LineLaw:
    """The law of ``function(Z)`` on the line, Z distributed as the latent.

    Args:
        function: continuous and affine between its breakpoints, on the support of the latent.
        latent: one coordinate, normal or uniform.
    """

    function: PiecewiseLinear
    latent: Normal | Uniform

    @property
    def dim(self) -> int:
        """Number of coordinates of an output."""
        return 1

    @cached_property
    def _flat(self) -> Bool[np.ndarray, " p"]:
        # A piece whose two ends have one float64 value is flat to the last digit, whatever its slope.
        values = self.function.edge_values
        return (self.function.slopes == 0) | (values[:-1] == values[1:])

    @cached_property
    def piece_probabilities(self) -> Float[np.ndarray, " p"]:
        """The probability of the latents of each piece."""
        edges = self.function.edges
        return self.latent.interval_probability(edges[:-1], edges[1:])

    @cached_property
    def atoms(self) -> Float[np.ndarray, "k 1"]:
        """The points with positive probability, in increasing order."""
        return self._atoms_and_probabilities[0][:, None]

    @cached_property
    def atom_tolerances(self) -> Float[np.ndarray, " k"]:
        """How far from each atom an output of the network may lie by rounding alone, if its latent is flat.

        Twice the bound of the rounding at the ends of the flat pieces: once for the output, once for the
        atom. Along a piece all terms are affine, so that the bound of their sizes is largest at an end. No
        latent lies beyond 39 deviations.
        """
        ends = np.clip(self.function.edges, -REACH, REACH)
        at_ends = rounding_bound(self.function.layers, ends[:, None])[:, 0]
        bounds = 2 * np.maximum(at_ends[:-1], at_ends[1:])[self._flat]
        heights = self.function.edge_values[:-1][self._flat]
        return np.array([bounds[heights == atom].max() for atom in self.atoms[:, 0]])

    @cached_property
    def atom_probabilities(self) -> Float[np.ndarray, " k"]:
        """The probability of each atom."""
        return self._atoms_and_probabilities[1]

    @cached_property
    def _atoms_and_probabilities(self) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
        heights = self.function.edge_values[:-1][self._flat] + 0.0
        points, place = np.unique(heights, return_inverse=True)
        weights = np.zeros(len(points))
        np.add.at(weights, place, self.piece_probabilities[self._flat])
        return points[weights > 0], weights[weights > 0]

    @property
    def mass(self) -> Mass:
        """Sloped pieces give a density and flat ones atoms; finitely many pieces give nothing else."""
        return Mass(
            absolutely_continuous=float(self.piece_probabilities[~self._flat].sum()),
            singular=0.0,
            atoms=float(self.piece_probabilities[self._flat].sum()),
        )

    @cached_property
    def critical_values(self) -> Float[np.ndarray, " c"]:
        """Finite values between which preimages keep their pieces and each piece's density is monotone."""
        marks = self.latent.marks
        piece = np.searchsorted(self.function.breakpoints, marks, side="right")
        sloped = ~self._flat[piece]
        values = np.concatenate([self.function.edge_values, self.function(marks[sloped])])
        return np.unique(values[np.isfinite(values)])

    @cached_property
    def _sheets(self) -> tuple[Int[np.ndarray, " s"], Float[np.ndarray, " s"], Float[np.ndarray, " s"]]:
        """The sloped pieces, with the lower and the upper end of each one's image."""
        pieces = np.flatnonzero(~self._flat)
        left, right = self.function.edge_values[pieces], self.function.edge_values[pieces + 1]
        return pieces, np.minimum(left, right), np.maximum(left, right)

    def _preimages(
        self, pieces: Int[np.ndarray, " *s"], x: Float[np.ndarray, " *x"]
    ) -> Float[np.ndarray, " *sx"]:
        """The latent that each sloped piece carries to x, or the end of the piece that is nearer to it."""
        function = self.function
        with np.errstate(over="ignore"):  # infinitely far beyond the piece is beyond the piece
            z = (x - function.intercepts[pieces]) / function.slopes[pieces]
        return np.clip(z, function.edges[pieces], function.edges[pieces + 1])

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log density at each point, nats: -inf off the support, inf at an atom, which has no density.

        A point is at an atom if the rounding of the network explains its distance (``atom_tolerances``, some
        1e-15 of the largest term in the network where the atom comes from). At a critical value, where the
        density jumps, it is the limit from the right.

        Raises:
            ValueError: a point is NaN or has more than one coordinate.
        """
        points, total = _column(x), self.continuous_log_density(x)
        for atom, tolerance in zip(self.atoms[:, 0], self.atom_tolerances, strict=True):
            total[np.abs(points - atom) <= tolerance] = inf
        return total

    def continuous_log_density(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log density of the absolutely continuous part, nats: as ``log_prob``, but finite at atoms too.

        Raises:
            ValueError: a point is NaN or has more than one coordinate.
        """
        points, (pieces, low, high) = _column(x), self._sheets
        step = max(1, CHUNK // max(1, len(pieces)))
        parts = [np.empty(0)]
        for start in range(0, len(points), step):
            part = points[start : start + step, None]
            z = self._preimages(pieces[None, :], part)
            terms = self.latent.log_density(z) - np.log(np.abs(self.function.slopes[pieces]))
            reached = np.where((low <= part) & (part < high), terms, -inf)
            parts.append(np.logaddexp.reduce(reached, axis=1, initial=-inf))
        return np.concatenate(parts)

    def cumulative_probability(self, x: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """P(X <= x) at each point."""
        pieces, _, _ = self._sheets
        edges, rising = self.function.edges, self.function.slopes[pieces] > 0
        step = max(1, CHUNK // max(1, len(pieces)))
        parts = [np.empty(0)]
        for start in range(0, len(x), step):
            z = self._preimages(pieces[None, :], x[start : start + step, None])
            below = np.where(rising, edges[pieces], z), np.where(rising, z, edges[pieces + 1])
            parts.append(self.latent.interval_probability(*below).sum(axis=1))
        atoms = np.append(0.0, np.cumsum(self.atom_probabilities))
        return np.concatenate(parts) + atoms[np.searchsorted(self.atoms[:, 0], x, side="right")]

    def cell_probability(self, edges: Float[np.ndarray, " edges"]) -> Float[np.ndarray, " edges-1"]:
        """Probability of each cell [e_i, e_i+1), the last one closed, by the latents that land in it.

        No density is used. The outermost edges may be infinite.

        Raises:
            ValueError: fewer than two edges, or edges that do not increase.
        """
        if len(edges) < 2 or not (np.diff(edges) > 0).all():
            raise ValueError(
                f"cells need at least two strictly increasing edges (got {len(edges)} edges): sort them and "
                f"drop repetitions, for example with numpy.unique."
            )
        pieces, _, _ = self._sheets
        total = np.zeros(len(edges) - 1)
        step = max(1, CHUNK // len(edges))
        for start in range(0, len(pieces), step):
            z = self._preimages(pieces[start : start + step, None], edges[None, :])
            ends = np.minimum(z[:, :-1], z[:, 1:]), np.maximum(z[:, :-1], z[:, 1:])
            total += self.latent.interval_probability(*ends).sum(axis=0)
        atoms, _ = np.histogram(self.atoms[:, 0], edges, weights=self.atom_probabilities)
        return total + atoms

    def on_cells(self, edges: Float[np.ndarray, " edges"]) -> CellBounds:
        """Mass and density bounds of the absolutely continuous part on each cell.

        The edges run from -inf to inf and contain all critical values.
        """
        pieces, low, high = self._sheets
        first, last = np.searchsorted(edges, low), np.searchsorted(edges, high)
        counts = last - first
        sheet = np.repeat(pieces, counts)  # one entry for each sheet and each cell that it covers
        cell = np.arange(counts.sum()) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        ends = self._preimages(sheet, edges[cell]), self._preimages(sheet, edges[cell + 1])
        left, right = np.minimum(*ends), np.maximum(*ends)
        scale = np.log(np.abs(self.function.slopes[sheet]))
        at_left, at_right = self.latent.log_density(left) - scale, self.latent.log_density(right) - scale
        m = len(edges) - 1
        probability = np.zeros(m)
        np.add.at(probability, cell, self.latent.interval_probability(left, right))
        return CellBounds(
            probability,
            _grouped_log_sum(np.minimum(at_left, at_right), cell, m),
            _grouped_log_sum(np.maximum(at_left, at_right), cell, m),
        )

    def quantile(self, probability: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """The smallest x with P(X <= x) >= probability, as far as float64 resolves the left side.

        Raises:
            ValueError: a probability is not strictly between 0 and 1.
        """
        if not ((probability > 0) & (probability < 1)).all():
            raise ValueError(
                f"quantiles need probabilities strictly between 0 and 1 (got {probability.min()} to "
                f"{probability.max()}): divide percentages by 100."
            )
        # All mass that float64 can represent lies between the outermost critical values. A hundred halvings
        # end at neighbouring numbers, or within 1e-28 of that range around zero.
        low = np.full(len(probability), self.critical_values[0])
        high = np.full(len(probability), self.critical_values[-1])
        high = np.where(self.cumulative_probability(low) >= probability, low, high)
        for _ in range(100):
            middle = low + (high - low) / 2
            reached = self.cumulative_probability(middle) >= probability
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return high

    @cached_property
    def certificate(self) -> Certificate:
        """Whether the pieces are in order, complete and right, and density and cells have the same mass."""
        from empirical.densities.line.certification import certify_line  # it reads this law

        return certify_line(self)

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n 1"]:
        """Draws n independent points: the function of n latents."""
        latents = self.latent.sample(n, np.random.default_rng(seed))
        return self.function(latents[:, 0])[:, None]


def _column(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    if x.shape[1] != 1 or np.isnan(x).any():
        raise ValueError(
            f"points on the line have one coordinate that is a number (got shape {x.shape}, "
            f"{int(np.isnan(x).sum())} NaN): pass an array of shape (n, 1) without NaN."
        )
    return x[:, 0]


def _grouped_log_sum(
    logs: Float[np.ndarray, " k"], group: Int[np.ndarray, " k"], groups: int
) -> Float[np.ndarray, " m"]:
    """Log of the sum of exponentials of the logs of each group; -inf for an empty group."""
    total = np.full(groups, -inf)
    np.logaddexp.at(total, group, logs)
    return total
