"""The vertices of a tiling in rational numbers, computed where a float cannot decide a sign."""

from dataclasses import dataclass, field

import numpy as np
from flint import fmpq
from jaxtyping import Float, Int

from empirical.densities.rational_network import RationalNetwork, rational


@dataclass(frozen=True, eq=False)
class RationalVertices:
    """Where each vertex came from, and so where it is.

    Args:
        network: the generator.
        corners: (8, 3), the vertices of the box; all further ones lie on an edge between two earlier ones.
        ends: (k, 2), of the edge on which each further vertex lies.
        surfaces: (k, 2), the layer and the unit that vanishes at the vertex, as ``RationalNetwork.values``.
        levels: (k,), the value that counts as vanishing.
        known: the positions that were computed before.
    """

    network: RationalNetwork
    corners: Float[np.ndarray, "8 3"]
    ends: Int[np.ndarray, "k 2"]
    surfaces: Int[np.ndarray, "k 2"]
    levels: Float[np.ndarray, " k"]
    known: dict[int, list[fmpq]] = field(default_factory=dict)

    def position(self, vertex: int) -> list[fmpq]:
        """The exact coordinates of a vertex: on its edge the unit is affine, with a zero between the ends."""
        waiting = [vertex]  # a stack: recursion would be as deep as there were cuts
        while waiting:
            place = waiting[-1] - len(self.corners)
            if place < 0:
                self.known[waiting[-1]] = [rational(x) for x in self.corners[waiting[-1]]]
            older = [] if place < 0 else [end for end in self.ends[place].tolist() if end not in self.known]
            if older:
                waiting += older
                continue
            if place >= 0 and waiting[-1] not in self.known:
                self.known[waiting[-1]] = self._crossing(place)
            waiting.pop()
        return self.known[vertex]

    def _crossing(self, place: int) -> list[fmpq]:
        (layer, unit), level = self.surfaces[place].tolist(), rational(self.levels[place])
        first, second = (self.known[end] for end in self.ends[place].tolist())
        a, b = (self.network.values(z, layer)[unit] - level for z in (first, second))
        return [(x * b - y * a) / (b - a) for x, y in zip(first, second, strict=True)]

    def values(self, vertex: int, layer: int) -> list[fmpq]:
        """The preactivations of a layer at a vertex; beyond the last one, the outputs."""
        return self.network.values(self.position(vertex), layer)

    def extended(
        self, edges: Int[np.ndarray, "k 2"], surface: tuple[int, int], level: float
    ) -> "RationalVertices":
        """With a further vertex on each of these edges."""
        return RationalVertices(
            self.network,
            self.corners,
            np.concatenate([self.ends, edges]),
            np.concatenate([self.surfaces, np.broadcast_to(np.array(surface), edges.shape)]),
            np.concatenate([self.levels, np.full(len(edges), level)]),
            self.known,
        )
