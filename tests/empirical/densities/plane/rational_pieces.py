"""The affine pieces of a small network in the plane, in exact rationals, one polygon at a time."""

from collections.abc import Sequence
from fractions import Fraction

from empirical.densities.affine_layers import AffineLayer

Point = tuple[Fraction, Fraction]
Row = tuple[Fraction, Fraction, Fraction]  # the function row[0] x + row[1] y + row[2]
Piece = tuple[list[Point], list[Row]]


def at(row: Row, point: Point) -> Fraction:
    return row[0] * point[0] + row[1] * point[1] + row[2]


def half(polygon: list[Point], row: Row, side: int) -> list[Point]:
    """The part of a convex polygon on one side of a line (Sutherland and Hodgman); empty without area."""
    kept: list[Point] = []
    for here, there in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        value, following = side * at(row, here), side * at(row, there)
        if value >= 0:
            kept.append(here)
        if value * following < 0:
            share = value / (value - following)
            kept.append(
                (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])),
            )
    return kept if area(kept) > 0 else []


def area(polygon: list[Point]) -> Fraction:
    return (
        sum(
            (a[0] * b[1] - a[1] * b[0] for a, b in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True)),
            Fraction(0),
        )
        / 2
    )


def combined(weights: Sequence[float], bias: float, rows: list[Row]) -> Row:
    exact = [Fraction(w) for w in weights]
    x, y, constant = (
        sum((w * row[i] for w, row in zip(exact, rows, strict=True)), Fraction(0)) for i in range(3)
    )
    return x, y, constant + Fraction(bias)


def rational_pieces(layers: Sequence[AffineLayer], low: int, high: int) -> list[Piece]:
    """Each piece of the square [low, high]^2 with the affine outputs on it."""
    zero, one = Fraction(0), Fraction(1)
    corners = [(low, low), (high, low), (high, high), (low, high)]
    square = [(Fraction(x), Fraction(y)) for x, y in corners]
    pieces: list[Piece] = [(square, [(one, zero, zero), (zero, one, zero)])]
    for layer in layers:
        # Every unit of a layer is affine on the pieces before it: each is cut by all of them in turn.
        whole = []
        for polygon, rows in pieces:
            preactivations = [
                combined(weights, bias, rows)
                for weights, bias in zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
            ]
            parts = [(polygon, [])]
            for row, slope in zip(preactivations, layer.negative_slope.tolist(), strict=True):
                factor = Fraction(slope)
                below = (row[0] * factor, row[1] * factor, row[2] * factor)
                cut = []
                for part, done in parts:
                    sides = (half(part, row, 1), half(part, row, -1))
                    if slope == 1 or not any(at(row, point) for point in part):
                        cut.append((part, [*done, row if slope == 1 else below]))
                    else:
                        cut += [
                            (side, [*done, output])
                            for side, output in zip(sides, (row, below), strict=True)
                            if side
                        ]
                parts = cut
            whole += parts
        pieces = whole
    return pieces
