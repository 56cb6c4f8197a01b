"""Convex polyhedra that fill a box and share their vertices and faces by number: who borders on whom."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Polyhedra:
    """The faces of a tiling of a box by convex cells, without coordinates.

    The corners of face f are ``corners[starts[f]:starts[f + 1]]``, counterclockwise as seen from the side of
    the cell ``sides[f, 1]``: the face's normal points out of the cell ``sides[f, 0]``.

    Args:
        starts: (f + 1,), where each face's corners begin.
        corners: vertex numbers, face after face.
        sides: (f, 2), the two cells that a face separates; OUTSIDE for the second of a face of the box.
        surfaces: (f, 2), the layer and the unit on whose zero set the face lies; the layer is OUTSIDE on the
            box, whose six faces are then its units.
        cells: how many cells there are.
    """

    starts: Int[np.ndarray, " starts"]
    corners: Int[np.ndarray, " corners"]
    sides: Int[np.ndarray, "faces 2"]
    surfaces: Int[np.ndarray, "faces 2"]
    cells: int

    @cached_property
    def face(self) -> Int[np.ndarray, " corners"]:
        """The face to which each entry of ``corners`` belongs."""
        return np.repeat(np.arange(len(self.sides)), np.diff(self.starts))

    @cached_property
    def following(self) -> Int[np.ndarray, " corners"]:
        """For each entry of ``corners`` the next corner of the same face: together an edge."""
        place = np.arange(1, len(self.corners) + 1)
        place[self.starts[1:] - 1] = self.starts[:-1]
        return self.corners[place]

    @cached_property
    def bounds(
        self,
    ) -> tuple[Int[np.ndarray, " bounds"], Int[np.ndarray, " bounds"], Float[np.ndarray, " bounds"]]:
        """The faces of the cells, sorted by cell: cell, face, 1 where the normal points outward, else -1."""
        first, second = self.sides.T
        inner = np.flatnonzero(second != OUTSIDE)
        cell = np.concatenate([first, second[inner]])
        face = np.concatenate([np.arange(len(first)), inner])
        orientation = np.concatenate([np.ones(len(first)), -np.ones(len(inner))])
        order = np.argsort(cell, kind="stable")
        return cell[order], face[order], orientation[order]

    @cached_property
    def cell_starts(self) -> Int[np.ndarray, " starts"]:
        """Where each cell's entries in ``bounds`` begin."""
        return np.searchsorted(self.bounds[0], np.arange(self.cells + 1))

    def edges(self) -> Int[np.ndarray, "edges 2"]:
        """Each edge once, by the numbers of its ends, the smaller one first."""
        pairs = np.sort(np.column_stack([self.corners, self.following]), axis=1)
        return np.unique(pairs, axis=0)

    def of_cells(self, of_faces: Float[np.ndarray, "faces ..."]) -> Float[np.ndarray, "cells ..."]:
        """The sum over the faces of each cell, those whose normal points inward counted negative."""
        cell, face, orientation = self.bounds
        total = np.zeros((self.cells, *of_faces.shape[1:]))
        np.add.at(total, cell, of_faces[face] * orientation.reshape(-1, *[1] * (of_faces.ndim - 1)))
        return total

    def volumes(self, points: Float[np.ndarray, "v 3"]) -> Float[np.ndarray, " cells"]:
        r"""The signed volume of each cell with these points for its vertices.

        By Gauss's theorem it is a third of the sum over faces of :math:`(p - c) \cdot A`, with p on the face,
        A its vector area and c a vertex of the cell.
        """
        area, origin = self.vector_areas(points), points[self.corners[self.starts[:-1]]]
        cell, face, orientation = self.bounds
        centre = origin[face[self.cell_starts[:-1]]][cell]
        cones = ((origin[face] - centre) * area[face]).sum(axis=1) * orientation
        return np.add.reduceat(cones, self.cell_starts[:-1]) / 3

    def vector_areas(self, points: Float[np.ndarray, "v 3"]) -> Float[np.ndarray, "faces 3"]:
        """Each face's area times its unit normal."""
        origin = points[self.corners[self.starts[:-1]]][self.face]
        cross = np.cross(points[self.corners] - origin, points[self.following] - origin)
        return np.add.reduceat(cross, self.starts[:-1], axis=0) / 2


def box(low: float, high: float) -> tuple[Polyhedra, Float[np.ndarray, "8 3"]]:
    """The cube [low, high]^3 as a single cell, and its eight vertices."""
    vertices = np.array([[x, y, z] for x in (low, high) for y in (low, high) for z in (low, high)])
    # Vertex 4x + 2y + z; counterclockwise from outside; faces in the order -x, +x, -y, +y, -z, +z.
    corners = [0, 1, 3, 2, 4, 6, 7, 5, 0, 4, 5, 1, 2, 3, 7, 6, 0, 2, 6, 4, 1, 5, 7, 3]
    sides = np.column_stack([np.zeros(6, dtype=np.int64), np.full(6, OUTSIDE)])
    surfaces = np.column_stack([np.full(6, OUTSIDE), np.arange(6)])
    return Polyhedra(np.arange(0, 25, 4), np.array(corners), sides, surfaces, 1), vertices
