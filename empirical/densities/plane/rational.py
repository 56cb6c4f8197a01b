"""The network in exact rational arithmetic: its affine map at a point, and whether a preimage is real."""

from collections.abc import Sequence
from dataclasses import dataclass

import flint
import numpy as np
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer
from empirical.densities.plane.exact_vertices import exact


@dataclass(frozen=True, eq=False)
class RationalPiece:
    """The affine piece of a network that holds a point.

    Args:
        linear: (outputs, 2), the derivative; a unit that is zero at the point counts as not positive.
        offset: (outputs, 1), so that the network is ``linear * point + offset`` there.
        pattern: for each unit with a crease whether it is positive at the point, layer after layer.
    """

    linear: flint.fmpq_mat
    offset: flint.fmpq_mat
    pattern: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class RationalPreimage:
    """A latent point that the network maps exactly to a given point of the plane.

    Args:
        point: (2, 1), the preimage.
        determinant: of the derivative there, not 0.
        inside: whether the piece that was solved for holds the solution, which is real if so. A point on a
            crease counts to the piece where the unit is not positive.
    """

    point: flint.fmpq_mat
    determinant: flint.fmpq
    inside: bool

    def distance(self, guess: Float[np.ndarray, " 2"]) -> float:
        """The largest difference of a coordinate from this guess."""
        return max(abs(float(self.point[i, 0] - exact(guess[i]))) for i in range(2))


class RationalNetwork:
    """A network whose float64 weights are taken as the rationals that they are.

    >>> identity = AffineLayer(np.eye(2), np.full(2, 0.5), np.ones(2))
    >>> RationalNetwork([identity]).piece(column(np.array([1.0, 2.0]))).offset
    [1/2]
    [1/2]
    """

    def __init__(self, layers: Sequence[AffineLayer]) -> None:
        self.layers = [
            (
                flint.fmpq_mat([[exact(w) for w in row] for row in layer.weight]),
                flint.fmpq_mat(len(layer.bias), 1, [exact(b) for b in layer.bias]),
                [exact(slope) for slope in layer.negative_slope],
            )
            for layer in layers
        ]

    def piece(self, point: flint.fmpq_mat) -> RationalPiece:
        """The affine map at a latent point, by the signs of the units there."""
        linear, offset = flint.fmpq_mat(2, 2, [1, 0, 0, 1]), flint.fmpq_mat(2, 1)
        pattern: list[bool] = []
        for weight, bias, slopes in self.layers:
            linear, offset = weight * linear, weight * offset + bias
            values = (linear * point + offset).entries()
            creased = [slope != 1 for slope in slopes]
            pattern += [value > 0 for value, has in zip(values, creased, strict=True) if has]
            factors = [
                flint.fmpq(1) if value > 0 else slope for value, slope in zip(values, slopes, strict=True)
            ]
            linear, offset = _scaled(linear, factors), _scaled(offset, factors)
        return RationalPiece(linear, offset, tuple(pattern))

    def preimage(self, guess: Float[np.ndarray, " 2"], x: Float[np.ndarray, " 2"]) -> RationalPreimage | None:
        """The solution of G(z) = x on the piece of a guess, which a float64 computation found.

        None where the derivative of that piece is singular: it has no preimage, or a segment of them.
        """
        piece = self.piece(column(guess))
        (a, b), (c, d) = piece.linear.tolist()
        determinant = a * d - b * c
        if determinant == 0:
            return None
        point = piece.linear.solve(column(x) - piece.offset)
        return RationalPreimage(point, determinant, self.piece(point).pattern == piece.pattern)


def column(point: Float[np.ndarray, " 2"]) -> flint.fmpq_mat:
    """A float64 point as a column of rationals."""
    return flint.fmpq_mat(2, 1, [exact(value) for value in point])


def _scaled(matrix: flint.fmpq_mat, factors: list[flint.fmpq]) -> flint.fmpq_mat:
    """Each row times its factor."""
    rows = zip(matrix.tolist(), factors, strict=True)
    return flint.fmpq_mat([[entry * factor for entry in row] for row, factor in rows])
