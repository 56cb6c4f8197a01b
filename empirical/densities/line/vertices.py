"""The points of the line where a network's pieces meet, in rational numbers."""

from dataclasses import dataclass, field
from math import isinf

from flint import fmpq

from empirical.densities.rational_network import RationalNetwork, rational

Root = tuple[int, int, int, int]  # the two older points between which it lies, the layer and the unit


@dataclass(frozen=True, eq=False)
class LineVertices:
    """Where each point came from, and so where it is.

    An infinite end is the direction that leads there: coordinate -1 or 1 with weight 0, other points z with
    weight 1. Of a network without biases, the values at the direction are those of the point 1 or -1.

    Args:
        network: the generator.
        ends: the first points.
        roots: the further ones, zeros of units.
        known: the coordinates that were computed before.
    """

    network: RationalNetwork
    ends: tuple[float, ...]
    roots: list[Root] = field(default_factory=list)
    known: dict[int, tuple[fmpq, int]] = field(default_factory=dict)

    def position(self, number: int) -> tuple[fmpq, int]:
        """The exact coordinate of a point, and its weight."""
        waiting = [number]  # a stack: recursion would be as deep as there are units
        while waiting:
            place = waiting[-1] - len(self.ends)
            older = [] if place < 0 else [end for end in self.roots[place][:2] if end not in self.known]
            if older:
                waiting += older
                continue
            current = waiting.pop()
            if current not in self.known:
                self.known[current] = self._end(current) if place < 0 else self._root(self.roots[place])
        return self.known[number]

    def values(self, number: int, layer: int) -> list[fmpq]:
        """The preactivations of a layer at a point, or their growth in a direction."""
        z, weight = self.position(number)
        return self.network.values([z], layer, weight)

    def _end(self, number: int) -> tuple[fmpq, int]:
        end = self.ends[number]
        return (fmpq(1 if end > 0 else -1), 0) if isinf(end) else (rational(end), 1)

    def _root(self, root: Root) -> tuple[fmpq, int]:
        first, second, layer, unit = root
        (x, v), (y, w) = self.position(first), self.position(second)
        a, b = (abs(self.values(end, layer)[unit]) for end in (first, second))
        return (x * b + y * a) / (v * b + w * a), 1
