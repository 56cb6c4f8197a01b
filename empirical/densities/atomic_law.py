"""Laws on finitely many points of space, with exact weights."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import inf, log

import numpy as np
from jaxtyping import Float

from empirical.densities.mass import Mass
from theory.laws import FiniteLaw


@dataclass(frozen=True, eq=False)
class AtomicLaw:
    r"""The law :math:`\sum_i w_i \delta_{x_i}`; equal points are one atom with the sum of their weights.

    Args:
        atoms: (k, d), the points where the mass sits; ``gather`` makes them distinct.
        weights: one exact probability per atom.
    """

    atoms: Float[np.ndarray, "k d"]
    weights: FiniteLaw

    @staticmethod
    def gather(points: Float[np.ndarray, "n d"], weights: Iterable[Fraction]) -> "AtomicLaw":
        """The law of these weighted points, each distinct point once, in lexicographic order."""
        atoms, place = np.unique(points + 0.0, axis=0, return_inverse=True)  # -0.0 and 0.0 are one point
        total = [Fraction(0)] * len(atoms)
        for index, weight in zip(place.ravel(), weights, strict=True):
            total[index] += weight
        return AtomicLaw(atoms, FiniteLaw(total))

    @property
    def dim(self) -> int:
        """Number of coordinates of an atom."""
        return self.atoms.shape[1]

    @property
    def mass(self) -> Mass:
        """All of it sits on atoms."""
        return Mass(absolutely_continuous=0.0, singular=0.0, atoms=1.0)

    @property
    def probabilities(self) -> Float[np.ndarray, " k"]:
        """The weights, each rounded once to float64."""
        return np.array([float(weight) for weight in self.weights.weights])

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log probability of each point, nats, the log density for counting measure; -inf off the atoms."""
        known = {
            tuple(atom): log(weight) if weight else -inf
            for atom, weight in zip(self.atoms.tolist(), self.weights.weights, strict=True)
        }
        return np.array([known.get(tuple(point), -inf) for point in (x + 0.0).tolist()])

    def cell_probability(self, edges: Float[np.ndarray, " edges"]) -> Float[np.ndarray, " edges-1"]:
        """Probability of each cell [e_i, e_i+1), the last one closed, of a law on the line.

        Raises:
            ValueError: the atoms have more than one coordinate.
        """
        if self.dim != 1:
            raise ValueError(
                f"cells between edges need atoms on the line (got {self.dim} coordinates): use .atoms and "
                f".weights."
            )
        counts, _ = np.histogram(self.atoms[:, 0], edges, weights=self.probabilities)
        return counts

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n d"]:
        """Draws n independent atoms."""
        chosen = np.random.default_rng(seed).choice(len(self.atoms), size=n, p=self.probabilities)
        return self.atoms[chosen]
