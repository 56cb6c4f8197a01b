"""A tiling of the latent box with coordinates, and cuts of it whose every sign is known."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from empirical.densities.enclosed import SLACK, UNIT, Enclosed, at_zero
from empirical.densities.rational_network import nearest, rational, rounding
from empirical.densities.space.polyhedra import Polyhedra
from empirical.densities.space.rational_vertices import RationalVertices
from empirical.densities.space.splitting import Split, split


@dataclass(frozen=True, eq=False)
class Tiling:
    """Polyhedra with positions and, at each vertex, the values of one layer of the network.

    Args:
        polyhedra: who borders on whom.
        vertices: their exact positions, on demand.
        positions: (v, 3), the latent points.
        values: (v, width), the preactivations of the layer, or the outputs; affine on each polyhedron.
        undecided: how many signs were decided in rational numbers so far.
    """

    polyhedra: Polyhedra
    vertices: RationalVertices
    positions: Enclosed
    values: Enclosed
    undecided: int = 0

    def cut(self, layer: int, unit: int, level: float = 0.0) -> tuple["Tiling", Split]:
        """The tiling in which this unit of this layer is nowhere on both sides of the level within a cell."""
        values, gap, signs, undecided = self._signs(layer, unit, level)
        pieces = split(self.polyhedra, signs, (layer, unit))
        new_positions, new_values = (at_zero(x, pieces.edges, gap) for x in (self.positions, values))
        new_values.value[:, unit], new_values.error[:, unit] = level, 0.0
        tiling = Tiling(
            pieces.polyhedra,
            self.vertices.extended(pieces.edges, (layer, unit), level),
            _joined(self.positions, new_positions),
            _joined(values, new_values),
            self.undecided + undecided,
        )
        return tiling, pieces

    def _signs(
        self, layer: int, unit: int, level: float
    ) -> tuple[Enclosed, Enclosed, Int[np.ndarray, " v"], int]:
        """The values, how far a unit is above the level, its exact signs, and how many needed rationals."""
        above = self.values.value[:, unit] - level
        subtraction = UNIT * np.abs(above) if level else 0.0
        gap = Enclosed(above, (self.values.error[:, unit] + subtraction) * SLACK)
        signs = np.sign(gap.value).astype(np.int64)
        undecided = np.flatnonzero((np.abs(gap.value) <= gap.error) & (gap.error > 0))
        if not len(undecided):
            return self.values, gap, signs, 0
        values = Enclosed(self.values.value.copy(), self.values.error.copy())
        exact_level = rational(level)
        for vertex in undecided:
            row = self.vertices.values(int(vertex), layer)
            values.value[vertex] = [nearest(number) for number in row]
            values.error[vertex] = [rounding(number) for number in row]
            difference = row[unit] - exact_level
            gap.value[vertex], gap.error[vertex] = nearest(difference), rounding(difference)
            signs[vertex] = int(difference > 0) - int(difference < 0)
        return values, gap, signs, len(undecided)


def _joined(first: Enclosed, second: Enclosed) -> Enclosed:
    return Enclosed(np.concatenate([first.value, second.value]), np.concatenate([first.error, second.error]))
