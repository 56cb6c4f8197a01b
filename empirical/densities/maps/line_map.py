"""What a figure of a law on the line needs: density, distribution function and atoms over a stretch of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from empirical.densities.line.line_law import LineLaw

OUTSIDE = 0.005  # probability that each side of the stretch leaves out


@dataclass(frozen=True, eq=False)
class LineMap:
    """A law on the line over a stretch.

    Args:
        x: (n,), places in increasing order.
        log_density: of the part that has one, nats; -inf where there is none.
        cumulative: P(X <= x).
        atoms: (m,), the points in the stretch that have mass.
        atom_masses: the mass of each.
    """

    x: Float[np.ndarray, " n"]
    log_density: Float[np.ndarray, " n"]
    cumulative: Float[np.ndarray, " n"]
    atoms: Float[np.ndarray, " m"]
    atom_masses: Float[np.ndarray, " m"]


def line_map(law: LineLaw, places: int = 2_000) -> LineMap:
    """The middle 99 % of a law on the line, with a margin, at evenly spaced places.

    Where the law is a single atom, the stretch reaches 1 to both sides of it.
    """
    low, high = law.quantile(np.array([OUTSIDE, 1 - OUTSIDE]))
    margin = 0.05 * (high - low) or 1.0
    low, high = low - margin, high + margin
    x = np.linspace(low, high, places)
    # At an atom the log density is infinite: the density beside it is what is drawn.
    x = np.where(np.isin(x, law.atoms[:, 0]), np.nextafter(x, np.inf), x)
    seen = (law.atoms[:, 0] >= low) & (law.atoms[:, 0] <= high)
    return LineMap(
        x,
        law.log_prob(x[:, None]),
        law.cumulative_probability(x),
        law.atoms[seen, 0],
        law.atom_probabilities[seen],
    )
