r"""The span of n functions: a law fools it when it matches n moments, and Caratheodory's pivoting finds one.

Discriminators of any size leave no tolerance: :math:`\sup_f |E_\mu f - E_\nu f|` is zero or infinite over a
span, so a law fools exactly when :math:`E_\nu \varphi_j = E_\mu \varphi_j` for each of the n functions.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import comb, lcm
from random import Random

import flint

from empirical.measurement import Measurement
from empirical.observables.fooling.bracket import bracket
from theory.laws import FiniteLaw

Rows = Sequence[Sequence[int]]
"""One row per data point, one integer per function."""


def random_features(functions: int, *, supports: int, most_points: int, seed: int) -> Rows:
    """Integer features drawn from [-100, 100], of as many points as a proof by enumeration can afford.

    Args:
        functions: how many columns.
        supports: the most supports of ``functions`` points that the caller wants to rule out one by one.
        most_points: the most rows, whatever the number of supports.
        seed: of the draw.
    """
    points = functions + 2
    while points < most_points and comb(points + 1, functions) <= supports:
        points += 1
    generator = Random(seed)
    return [[generator.randint(-100, 100) for _ in range(functions)] for _ in range(points)]


def matching_law(features: Rows, law: FiniteLaw) -> dict[int, Fraction]:
    r"""A law on at most n + 1 of the points with the same n moments, by Caratheodory's pivoting.

    While more points carry weight than there are independent moments, total mass among them, some signed
    combination of the points moves no moment; it is subtracted until the first weight vanishes.

    Returns:
        the weight of each atom by the index of its point: exact, positive, of sum one.

    Raises:
        ValueError: features and law differ in the number of points.
    """
    moments = _independent_moments(features, law)
    weights = {point: weight for point, weight in enumerate(law.weights) if weight}
    while len(weights) > len(moments[0]):
        moved = list(weights)[: len(moments[0]) + 1]
        unmoved = flint.fmpz_mat([list(moments[point]) for point in moved]).transpose().nullspace()[0]
        shift = {point: Fraction(int(unmoved[i, 0])) for i, point in enumerate(moved)}
        # The combination has mass zero, so some of its entries are positive.
        step = min(weights[point] / change for point, change in shift.items() if change > 0)
        moved_to = {point: weights[point] - step * change for point, change in shift.items()}
        weights = {point: weight for point, weight in (weights | moved_to).items() if weight}
    return weights


def span_support(features: Rows, law: FiniteLaw) -> Measurement:
    r"""The smallest support on which a law matches all n moments of the data law.

    A law with :math:`E_\nu \varphi_j = E_\mu \varphi_j` is found by pivoting; then every smaller support is
    examined: the mean of the features must lie in the cone of its rows, which is decided by exact ranks.

    Args:
        features: the values of the n functions at the data points.
        law: the data law on these points.

    Raises:
        ValueError: features and law differ in the number of points.
    """
    moments = _independent_moments(features, law)
    mean = _mean(moments, law)
    atoms: Sequence[int] | None = sorted(matching_law(features, law))
    size, examined = len(atoms), 0
    while atoms is not None:
        size, atoms = len(atoms), None
        for support in combinations(range(len(moments)), size - 1):
            examined += 1
            if _in_cone([moments[point] for point in support], mean):
                atoms = support
                break
    return bracket(
        size,
        size,
        {"functions": len(features[0]), "points": len(features)},
        f"exact pivoting from the data law, and {examined} supports examined by exact ranks",
    )


def _independent_moments(features: Rows, law: FiniteLaw) -> Rows:
    """Total mass and the features, less those that are combinations of earlier ones: one row per point."""
    if len(features) != len(law):
        raise ValueError(
            f"the features of {len(features)} points do not belong to a law on {len(law)} points: "
            f"pass one row of integers for each point of the law."
        )
    rows = [[1, *row] for row in features]
    echelon, _, rank = flint.fmpz_mat(rows).rref()
    kept = [next(j for j in range(len(rows[0])) if echelon[i, j] != 0) for i in range(rank)]
    return [[row[j] for j in kept] for row in rows]


def _mean(rows: Rows, law: FiniteLaw) -> Sequence[int]:
    """An integer multiple of the mean row: a multiple lies in the same cones."""
    denominator = lcm(*(weight.denominator for weight in law.weights))
    scaled = [int(weight * denominator) for weight in law.weights]
    return [
        sum(weight * row[j] for weight, row in zip(scaled, rows, strict=True)) for j in range(len(rows[0]))
    ]


def _in_cone(rows: Rows, mean: Sequence[int]) -> bool:
    """Whether the mean is a combination of the rows with nonnegative coefficients, decided exactly."""
    stacked = flint.fmpz_mat([*map(list, rows), list(mean)])
    if stacked.rank() == len(rows) + 1:
        return False  # not even a signed combination
    relations, count = stacked.transpose().nullspace()
    if count > 1:
        # Dependent rows: whatever they reach, independent ones among them reach too (Caratheodory again).
        return any(_in_cone([*rows[:i], *rows[i + 1 :]], mean) for i in range(len(rows)))
    relation = [int(relations[i, 0]) for i in range(len(rows) + 1)]
    return relation[-1] != 0 and all(entry * relation[-1] <= 0 for entry in relation[:-1])
