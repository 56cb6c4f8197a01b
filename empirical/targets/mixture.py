"""Mixtures of Gaussians of one width, with their exact density, ceiling and expected number of modes."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import ndtr
from scipy.stats import chi2, ncx2

from empirical.targets.finite import Points, check_points, quantile
from theory.laws import FiniteLaw


@dataclass(frozen=True)
class GaussianMixture:
    r"""The law :math:`\sum_i w_i N(c_i, \sigma^2 I)`, which is a benchmark's whole protocol in one object.

    A sample has high quality when it lies within ``sigmas`` standard deviations of some centre.
    The usual 3 lets only 98.89 % of the target's own samples pass in the plane, and fewer in higher
    dimension: a score is to be read against ``high_quality_ceiling``, never against 100 %.

    Args:
        name: how reports call it.
        centres: the modes, one tuple of coordinates each.
        sigma: standard deviation of each coordinate around its centre.
        weights: one exact probability per mode.

    Raises:
        ValueError: no centre, ragged or non-finite centres, two that coincide, a sigma that is not
            positive, or another number of weights than of centres.
    """

    name: str
    centres: Points
    sigma: float
    weights: FiniteLaw

    def __post_init__(self) -> None:
        check_points(self.centres, "centres")
        if not (math.isfinite(self.sigma) and self.sigma > 0):
            raise ValueError(
                f"sigma must be positive (got {self.sigma}): for atoms without width use FiniteTarget."
            )
        if len(self.weights) != len(self.centres):
            raise ValueError(
                f"every centre needs one weight (got {len(self.centres)} centres and {len(self.weights)} "
                f"weights): pass a FiniteLaw of length {len(self.centres)}."
            )
        # A widely copied ring places 8 centres at linspace(0, 2 pi, 8), whose ends are one point: 7 modes.
        # They differ by rounding only, so coincidence is judged on the scale of the modes' own width.
        for i, first in enumerate(self.centres):
            for j, second in enumerate(self.centres[:i]):
                if math.dist(first, second) < 1e-6 * self.sigma:
                    raise ValueError(
                        f"the centres must be distinct modes (numbers {j} and {i} coincide at {second}): "
                        f"list that mode once and give it both weights."
                    )

    @property
    def dim(self) -> int:
        """Number of coordinates of a centre."""
        return len(self.centres[0])

    @cached_property
    def modes(self) -> Float[torch.Tensor, "k d"]:
        """The centres as rows."""
        return torch.tensor(self.centres, dtype=torch.float64)

    @cached_property
    def probabilities(self) -> Float[torch.Tensor, " k"]:
        """The weights, each rounded once to float64."""
        return torch.tensor([float(weight) for weight in self.weights.weights], dtype=torch.float64)

    def sample(self, n: int, generator: torch.Generator) -> Float[torch.Tensor, "n d"]:
        """Draws n independent points: a mode for each, then its Gaussian."""
        mode = torch.multinomial(self.probabilities, n, replacement=True, generator=generator)
        noise = torch.randn(n, self.dim, dtype=torch.float64, generator=generator)
        return self.modes[mode] + self.sigma * noise

    def place(
        self, choice: Float[torch.Tensor, "*runs n"], noise: Float[torch.Tensor, "*runs n d"]
    ) -> Float[torch.Tensor, "*runs n d"]:
        """A mode at each quantile, and its Gaussian at these normal numbers."""
        return self.modes[quantile(self.probabilities, choice)] + self.sigma * noise

    def log_density(self, x: Float[torch.Tensor, "n d"]) -> Float[torch.Tensor, " n"]:
        r""":math:`\log \sum_i w_i (2\pi\sigma^2)^{-d/2} \exp(-|x - c_i|^2 / 2\sigma^2)`, nats."""
        squared = (x[:, None, :].double() - self.modes).square().sum(dim=-1)
        exponents = self.probabilities.log() - squared / (2 * self.sigma**2)
        return exponents.logsumexp(dim=1) - self.dim / 2 * math.log(2 * math.pi * self.sigma**2)

    def cell_probability(self, *edges: Float[np.ndarray, " _"]) -> Float[np.ndarray, "*cells"]:
        r"""Exact probability of each cell of a grid.

        A cell :math:`\prod_j (a_j, b_j]` has :math:`\sum_i w_i \prod_j P(a_j < c_{ij} + \sigma Z \le b_j)`.

        Args:
            edges: for each coordinate an increasing array, whose ends may be infinite.

        Returns:
            One axis for each coordinate; relative accuracy also far out in the tails.

        Raises:
            ValueError: not one array of edges for each coordinate, or edges that do not increase.

        >>> from empirical.targets import RING
        >>> halves = np.array([-np.inf, 0.0, np.inf])
        >>> float(RING.cell_probability(halves, halves).sum())
        1.0
        """
        if len(edges) != self.dim or not all(len(e) > 1 and (np.diff(e) > 0).all() for e in edges):
            raise ValueError(
                f"a grid in {self.dim} coordinates needs as many increasing arrays of at least two edges "
                f"(got {len(edges)} arrays): sort each and drop repetitions, as numpy.unique does."
            )
        cells = self.probabilities.numpy()
        for axis, ends in enumerate(edges):
            steps = (ends - self.modes.numpy()[:, axis, None]) / self.sigma
            left, right = steps[:, :-1], steps[:, 1:]
            # In the upper tail both distribution functions are 1: their mirror images keep the difference.
            mirrored = left > 0
            low, high = np.where(mirrored, -right, left), np.where(mirrored, -left, right)
            share = ndtr(high) - ndtr(low)
            cells = cells[..., None] * share.reshape(len(share), *[1] * axis, -1)
        return cells.sum(axis=0)

    def mode_masses(self, sigmas: float = 3.0) -> Float[torch.Tensor, " k"]:
        r"""Exact mass of the ball of ``sigmas`` standard deviations around each centre.

        Ball i holds :math:`\sum_j w_j F_{d, \lambda_{ij}}(s^2)` with F the noncentral chi-squared
        distribution function and :math:`\lambda_{ij} = |c_i - c_j|^2 / \sigma^2`.

        Raises:
            ValueError: sigmas is not positive.
        """
        if not sigmas > 0:
            raise ValueError(
                f"the radius must be positive (got {sigmas} sigmas): pass 3.0 for the usual one."
            )
        separation = torch.cdist(self.modes, self.modes, compute_mode="donot_use_mm_for_euclid_dist")
        shares = ncx2.cdf(sigmas**2, self.dim, (separation / self.sigma).square().numpy())
        return torch.from_numpy(shares) @ self.probabilities

    def high_quality_ceiling(self, sigmas: float = 3.0) -> float:
        """Exact share of the target's own samples within this many sigmas of some centre.

        Raises:
            ValueError: sigmas is not positive, or so large that two modes' balls overlap.
        """
        closest = min(
            (math.dist(a, b) for i, a in enumerate(self.centres) for b in self.centres[:i]), default=math.inf
        )
        if 2 * sigmas * self.sigma > closest:
            raise ValueError(
                f"balls of {sigmas} sigmas overlap (two centres of {self.name} are {closest:g} apart, sigma "
                f"is {self.sigma:g}): pass at most {closest / (2 * self.sigma):g} sigmas."
            )
        return float(self.mode_masses(sigmas).sum())

    def high_quality_sigmas(self, share: float) -> float:
        """The radius, in sigmas, within which this share of one mode's samples lies: a chi quantile.

        Raises:
            ValueError: the share is not strictly between 0 and 1.
        """
        if not 0 < share < 1:
            raise ValueError(f"the share must lie strictly between 0 and 1 (got {share}): pass 0.99, say.")
        return math.sqrt(chi2.ppf(share, self.dim))

    def expected_modes(self, n: int, sigmas: float = 3.0) -> float:
        r"""Exact expected number of modes that n of the target's own samples hit with high quality.

        :math:`\sum_i 1 - (1 - m_i)^n` with m the modes' masses: the ceiling of any mode count.

        Raises:
            ValueError: n is negative, or sigmas is not positive.
        """
        if n < 0:
            raise ValueError(f"the number of samples cannot be negative (got {n}): pass n >= 0.")
        return float((1 - (1 - self.mode_masses(sigmas)) ** n).sum())
