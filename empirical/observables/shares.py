"""The share of one of two laws in the density of both, at draws of each: a ratio that is bounded."""

from dataclasses import dataclass
from math import inf

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from empirical.observables.bin_bounds import RoadsDisagree
from empirical.observables.bounded_means import bounded_mean
from empirical.observables.sides import Draws, Side

Values = Float[np.ndarray, " n"]


@dataclass(frozen=True)
class Effort:
    """How much work goes into comparing two laws of the plane.

    Args:
        samples: draws of each law.
        bins: cells a side of the finest grid, a power of 2.
        seed: of the draws.
        confidence: probability with which all intervals behind a number hold together.
    """

    samples: int = 100_000
    bins: int = 64
    seed: int = 0
    confidence: float = 0.999

    @property
    def seeds(self) -> tuple[int, int]:
        """One for the draws of each law, independent of each other."""
        first, second = np.random.SeedSequence(self.seed).generate_state(2).tolist()
        return first, second


@dataclass(frozen=True, eq=False)
class Shares:
    """At draws of one law.

    Args:
        of_p: s = p/(p + q).
        of_q: 1 - s, without cancellation.
    """

    of_p: Values
    of_q: Values


def shares(p: Side, q: Side, draws: Draws, from_p: bool) -> Shares:
    """At draws of p or else of q; a draw from the part of a law without density is all that law's."""
    own = inf if from_p else -inf
    with np.errstate(invalid="ignore"):
        difference = p.log_density(draws.points) - q.log_density(draws.points)
    difference = np.where(draws.singular, own, difference)
    # Both vanish only at a draw on a boundary that rounding puts outside: the law drawn from counts.
    difference = np.where(np.isnan(difference), own, difference)
    return Shares(expit(difference), expit(-difference))


def check_balance(at_p: Shares, at_q: Shares, error: float) -> None:
    r"""Whether :math:`E_p[1 - s] = E_q[s]`, as both are :math:`\int pq/(p + q)`.

    Args:
        at_p: shares at draws of p.
        at_q: shares at draws of q.
        error: probability with which the interval of either mean may miss it.

    Raises:
        RoadsDisagree: they differ, so that one of the densities does not integrate to its mass.
    """
    balance = bounded_mean(at_p.of_q, 0.0, 1.0, error) - bounded_mean(at_q.of_p, 0.0, 1.0, error)
    if balance.lower > 0 or balance.upper < 0:
        raise RoadsDisagree(
            f"E_p[1 - s] and E_q[s] are one number, but differ by {balance.value:.3g}, at least by "
            f"{max(balance.lower, -balance.upper):.3g}: one of the densities does not integrate to its mass."
        )
