"""The generator in rational numbers, for what a float cannot decide."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import fmpq, fmpq_mat
from jaxtyping import Int

from empirical.densities.affine_layers import AffineLayer


def rational(number: float) -> fmpq:
    """The rational number that a float is."""
    return fmpq(*float(number).as_integer_ratio())


def nearest(number: fmpq) -> float:
    """The float nearest to a rational number: the division of two Python integers is rounded once."""
    return int(number.p) / int(number.q)


def rounding(number: fmpq) -> float:
    """By how much the nearest float may miss a rational number: nothing where it is 0."""
    return abs(nearest(number)) * 2.0**-53 + (2.0**-1074 if number != 0 else 0.0)


@dataclass(frozen=True, eq=False)
class RationalNetwork:
    """The layers with the rational numbers that their weights are."""

    layers: tuple[tuple[list[list[fmpq]], list[fmpq], list[fmpq]], ...]

    @staticmethod
    def of(layers: Sequence[AffineLayer]) -> "RationalNetwork":
        """The same network."""
        return RationalNetwork(
            tuple(
                (
                    [[rational(w) for w in row] for row in layer.weight.tolist()],
                    [rational(b) for b in layer.bias.tolist()],
                    [rational(a) for a in layer.negative_slope.tolist()],
                )
                for layer in layers
            )
        )

    def values(self, z: list[fmpq], layer: int, weight: int = 1) -> list[fmpq]:
        """The preactivations of a layer; beyond the last one, the outputs.

        With weight 0 the biases are left out: what the values grow by in the direction z, infinitely far out.
        """
        current = z
        for number, (weights, bias, slope) in enumerate(self.layers):
            current = [
                sum((w * x for w, x in zip(row, current, strict=True) if w != 0), b * weight)
                for row, b in zip(weights, bias, strict=True)
            ]
            if number == layer:
                return current
            current = [h if h > 0 else a * h for h, a in zip(current, slope, strict=True)]
        return current

    def maps(self, pattern: Int[np.ndarray, " units"]) -> list[fmpq_mat]:
        """The affine maps (linear, offset) of each layer's preactivations in a region, and of the outputs.

        Args:
            pattern: the signs of the folding units inside the region, layer after layer.
        """
        signs = iter(pattern.tolist())
        columns = len(self.layers[0][0][0]) + 1
        current = fmpq_mat([[fmpq(row == column) for column in range(columns)] for row in range(columns)])
        maps = []
        for weight, bias, slope in self.layers:
            rows = [[*row, b] for row, b in zip(weight, bias, strict=True)]
            last = [fmpq(0)] * len(weight[0]) + [fmpq(1)]
            here = fmpq_mat([*rows, last]) * current
            maps.append(here)
            factors = [1 if a == 1 or next(signs) > 0 else a for a in slope]
            current = fmpq_mat(
                [
                    [here[row, column] * factor for column in range(columns)]
                    for row, factor in enumerate([*factors, 1])
                ]
            )
        return [*maps, current]
