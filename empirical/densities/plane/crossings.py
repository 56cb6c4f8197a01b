r"""What a network is at the vertices of its mesh: values with bounds on their errors, and signs.

Row v of three matrices belongs to vertex v: its coordinates and then the values of a layer's units; bounds on
the errors of these; the signs of the units. The rows of a new vertex, where a unit is zero on an edge, follow
from those of the edge's ends. On an edge where the unit goes from a > 0 to -c < 0, errors :math:`e_a, e_c`
move the zero by a share of at most :math:`(e_a c + e_c a) / ((a + c)(a + c - e_a - e_c))` of the edge.

The matrices are most of the memory that a subdivision takes. The bounds are computed in float64, but kept in
float32, rounded up; and the matrices grow where they are.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, Int8

from empirical.native import arguments, library

SOURCE = Path(__file__).with_suffix(".cpp")
ROUNDOFF = 2.0**-53
SLACK = 1 + 1e-9  # the bounds are computed in floating point too, by far fewer than 1e6 operations each
TO_FLOAT32 = 1 + 2.0**-22  # more than a factor by which rounding to a normal float32 makes a number smaller
UNDECIDED = 2  # in the place of a sign, where the error may be as large as the value


@dataclass(eq=False)
class Rows:
    """The three matrices, and how many of their rows and columns are in use.

    Args:
        carried: coordinates in two columns, then values.
        errors: bounds on the errors of ``carried``.
        signs: one column for each unit that can cut.
        columns: where ``carried`` has the units that can cut.
        count: vertices.
        used: columns of ``carried``.
    """

    carried: Float[np.ndarray, "rows width"]
    errors: Float32[np.ndarray, "rows width"]
    signs: Int8[np.ndarray, "_ units"]
    columns: Int[np.ndarray, " units"]
    count: int
    used: int

    def make_room(self, rows: int) -> None:
        """Room for this many rows, one more in 128 where the matrices must grow."""
        if rows > len(self.carried):
            for matrix in (self.carried, self.errors, self.signs):
                # The system moves pages of a large block, not numbers: no second matrix, and seldom slow.
                matrix.resize((rows + rows // 128, matrix.shape[1]), refcheck=False)


def rounded_up(bounds: Float[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """In float32 and not smaller; 0 stays 0."""
    with np.errstate(over="ignore", under="ignore"):  # infinity is a bound, and what underflows is replaced
        narrow = (bounds * TO_FLOAT32).astype(np.float32)
    return np.where(bounds == 0, np.float32(0), np.maximum(narrow, np.finfo(np.float32).tiny))


def decide(rows: Rows) -> int:
    """Reads the signs at all vertices off the floats; how many are UNDECIDED, the error being as large.

    Zero itself is decided where it is exact, as for a dead unit without bias.
    """
    compiled = library(SOURCE)
    if compiled is not None:
        matrices = arguments(
            rows.carried, rows.errors, rows.carried.shape[1], rows.signs, rows.signs.shape[1]
        )
        return compiled.decide(*matrices, *arguments(rows.columns, rows.count))
    signs = _signs(rows.carried[: rows.count], rows.errors[: rows.count], rows.columns)
    rows.signs[: rows.count] = signs
    return int((signs == UNDECIDED).sum())


def carry(rows: Rows, edges: Int[np.ndarray, "n 2"], place: int) -> int:
    """Adds the rows of new vertices, at which the unit with this place is zero on these edges.

    Units before it, by which the mesh is cut already, do not change sign inside an edge. The signs of later
    units are read off the floats; how many of them are UNDECIDED is returned.
    """
    first, last = rows.count, rows.count + len(edges)
    rows.make_room(last)
    rows.count = last
    compiled = library(SOURCE)
    if compiled is not None:
        return compiled.carry(
            *arguments(rows.carried, rows.errors, rows.carried.shape[1], rows.used),
            *arguments(rows.signs, rows.signs.shape[1], rows.columns, place),
            *arguments(edges, len(edges), first, ROUNDOFF, SLACK, TO_FLOAT32),
        )
    carried, errors = rows.carried[:, : rows.used], rows.errors[:, : rows.used]
    values, bounds = _between(carried, errors, edges, int(rows.columns[place]))
    carried[first:last], errors[first:last] = values, rounded_up(bounds)
    at_low, at_high = rows.signs[edges[:, 0], :place], rows.signs[edges[:, 1], :place]
    rows.signs[first:last, :place] = np.where(at_low != 0, at_low, at_high)
    rows.signs[first:last, place] = 0
    later = rows.columns[place + 1 :]
    signs = _signs(carried[first:last], errors[first:last], later)
    rows.signs[first:last, place + 1 :] = signs
    return int((signs == UNDECIDED).sum())


def positive(
    starts: Int[np.ndarray, " s"], corners: Int[np.ndarray, " c"], signs: Int8[np.ndarray, "v units"]
) -> Bool[np.ndarray, "r units"]:
    """For each region whether each unit is positive inside: it is so at one of its corners."""
    result = np.zeros((len(starts) - 1, signs.shape[1]), dtype=bool)
    compiled = library(SOURCE)
    if compiled is not None:
        compiled.positive(*arguments(len(result), starts, corners, signs, signs.shape[1], result))
    elif result.size:
        result[:] = np.maximum.reduceat(signs[corners], starts[:-1], axis=0) > 0
    return result


def _signs(
    carried: Float[np.ndarray, "v c"], errors: Float32[np.ndarray, "v c"], columns: Int[np.ndarray, " k"]
) -> Int8[np.ndarray, "v k"]:
    value, error = carried[:, columns], errors[:, columns]
    undecided = ~(np.abs(value) > error) & (error != 0)
    return np.where(undecided, UNDECIDED, np.sign(value)).astype(np.int8)


def _between(
    carried: Float[np.ndarray, "v c"],
    errors: Float32[np.ndarray, "v c"],
    edges: Int[np.ndarray, "n 2"],
    column: int,
) -> tuple[Float[np.ndarray, "n c"], Float64[np.ndarray, "n c"]]:
    """What a new vertex carries, where this column is zero on its edge, and a bound on its error."""
    low, high = edges[:, 0], edges[:, 1]
    a, c = np.abs(carried[low, column])[:, None], np.abs(carried[high, column])[:, None]
    of_low, of_high = errors[low].astype(np.float64), errors[high].astype(np.float64)
    of_a, of_c = of_low[:, column][:, None], of_high[:, column][:, None]
    share = a / (a + c)
    missed = (of_a * c + of_c * a) / ((a + c) * (a + c - of_a - of_c)) + 3 * ROUNDOFF * share
    start, step = carried[low], carried[high] - carried[low]
    magnitude = np.abs(carried[low]) + np.abs(carried[high])
    # With computed ends l, h and share s, exact ones l', h', s': l + s(h - l) - l' - s'(h' - l') is
    # (1 - s)(l - l') + s(h - h') + (s - s')(h' - l').
    mixed = (1 - share) * of_low + share * of_high
    moved = missed * (np.abs(step) + of_low + of_high)
    error = mixed + moved + 4 * ROUNDOFF * magnitude
    values, error = start + share * step, error * SLACK
    values[:, column], error[:, column] = 0.0, 0.0  # by construction
    return values, error
