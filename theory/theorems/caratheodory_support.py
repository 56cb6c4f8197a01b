r"""A law need not have more atoms than there are means to keep, and one.

For a law on finitely many atoms and n functions there is a law on at most n + 1 of these atoms with the same n
means; n atoms do where the constant is in the functions' span. The proof is the pivoting of linear programs:
r equations (the means, and the total mass unless a mean says it) in more than r weights leave a direction in
which no mean moves. Along it the weights move until the first of them vanishes; then again.
A generator of n + 1 atoms so fools every linear combination of n functions, whatever its size.
"""

from collections.abc import Sequence
from fractions import Fraction

import flint
import sympy as sp

from theory.kernel import (
    ExactFunction,
    Fact,
    Functional,
    Integrated,
    Step,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    enumeration,
    equal,
    integer,
    interval,
    nonnegative,
    normal_form,
    positive,
    real,
)
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

r = integer("r", 1)  # equations: n means and the mass, or n means that span the constant

# --- 1. More than r weights leave a direction -----------------------------------------------------
# r homogeneous equations in more than r unknowns have a solution that is not zero. Elimination: solve one
# equation for an unknown whose coefficient there is not zero (an equation without one is no condition); what
# is left are r - 1 equations in more than r - 1 unknowns, and with no equation any direction will do.
# pivot, other = an unknown's coefficients in the solved equation and in another one, unknown = its value.
pivot, other, unknown = real("c"), real("d"), real("a")
at_pivot, beside = positive("c_l"), real("d_l")  # those of the unknown that is solved for; -c_l is alike
rest = Functional(
    "Sum_{i!=l}",
    over=(pivot, other, unknown),
    facts=(Fact(unknown * (other - pivot * beside / at_pivot), sp.S.Zero),),
    finite=True,
)
solved = -rest(unknown * pivot) / at_pivot
elimination = Step(
    "elimination",
    equal(rest(unknown * other) + beside * solved, 0),
    Integrated({rest: normal_form}, {rest: (-1,)}),
    because="What solves the reduced equation solves the original one; the solved one holds by definition of a_l.",
)

# --- 2. One pivot ---------------------------------------------------------------------------------
# weight w, direction a and a function's value f at each of the atoms; at the atom l that leaves, a_l > 0 and
# w_l / a_l is the least ratio.
weight, direction, value = nonnegative("w"), real("a"), real("f")
leaving, falling = nonnegative("w_l"), positive("a_l")
step = leaving / falling
moved = weight - step * direction
mean, shift = real("mean"), real("shift")  # of the function: under the law, and in the direction
atoms = Functional(
    "Sum",
    over=(weight, direction, value),
    facts=(Fact(weight * value, mean), Fact(direction * value, shift)),
    finite=True,
)
LEAST = at_least_zero(weight * falling - leaving * direction)

PIVOT = Step(
    "means-are-kept",
    equal(atoms(moved * value), mean - step * shift),
    Integrated({atoms: normal_form}, {atoms: (-1, step)}),
    because="Exact for each direction; the chosen one has shift 0 for each function, and for f = 1, the mass.",
)
stays = Step(
    "no-weight-below-zero",
    at_least(moved, 0, LEAST),
    certificate((1 / falling, weight * falling - leaving * direction)),
    because="No atom passes zero before the one of the least ratio, which ends there: w_l - (w_l / a_l) a_l = 0.",
)
rising = interval("a", -sp.oo, 0)
unthreatened = Step(
    "least-ratio-where-the-weight-grows",
    at_least(weight * falling - leaving * rising, 0),
    certificate((1, weight * falling), (leaving, -rising)),
    because="Where a <= 0 the least ratio is no condition. Repeat while more than r atoms are left.",
)

# --- 3. A direction in closed form: points of the line and polynomials ------------------------------
# Divided differences vanish on polynomials of lower degree: four points, every polynomial of degree 2.
x0, g1, g2, g3 = real("x_0"), positive("g_1"), positive("g_2"), positive("g_3")
c0, c1, c2 = real("k_0"), real("k_1"), real("k_2")
points = (x0, x0 + g1, x0 + g1 + g2, x0 + g1 + g2 + g3)
gaps = (
    -g1 * (g1 + g2) * (g1 + g2 + g3),
    g1 * g2 * (g2 + g3),
    -(g1 + g2) * g2 * g3,
    (g1 + g2 + g3) * (g2 + g3) * g3,
)
divided_difference = Step(
    "divided-difference",
    equal(sp.Add(*((c0 + c1 * x + c2 * x**2) / gap for x, gap in zip(points, gaps, strict=True))), 0),
    normal_form,
    because="At four points of the line, the direction for the functions 1, x, x^2, exactly (n + 2 = 4 atoms).",
)


# --- 4. The pivots, run ----------------------------------------------------------------------------
def reduced(features: Sequence[Sequence[int | Fraction]], law: FiniteLaw) -> FiniteLaw:
    """A law on at most n + 1 of the same atoms with the same n means, by pivoting in exact rationals.

    Args:
        features: one row per function, one value per atom.
        law: the weights of the atoms.

    Raises:
        ValueError: a function has no value at some atom.
    """
    if any(len(row) != len(law) for row in features):
        raise ValueError(
            f"every function needs one value per atom (got {[len(row) for row in features]} values for "
            f"{len(law)} atoms): for example reduced([[0, 1, 2]], law) of three atoms."
        )
    weights = list(law.weights)
    equations = [[Fraction(1)] * len(law), *([Fraction(e) for e in row] for row in features)]
    while (change := _direction(equations, [i for i, w in enumerate(weights) if w])) is not None:
        _, leaving = min((weights[i] / a, i) for i, a in change.items() if a > 0)
        shift = weights[leaving] / change[leaving]
        weights = [w - shift * change.get(i, Fraction(0)) for i, w in enumerate(weights)]
    return FiniteLaw(weights)


def _direction(equations: Sequence[Sequence[Fraction]], carried: Sequence[int]) -> dict[int, Fraction] | None:
    """A solution of the homogeneous equations on these atoms that is not zero; None where there is none."""
    entries = [flint.fmpq(row[i].numerator, row[i].denominator) for row in equations for i in carried]
    echelon, rank = flint.fmpq_mat(len(equations), len(carried), entries).rref()
    pivots = [next(j for j in range(len(carried)) if echelon[i, j] != 0) for i in range(rank)]
    free = next((j for j in range(len(carried)) if j not in pivots), None)
    if free is None:
        return None
    solution = {carried[free]: Fraction(1)}
    for i, j in enumerate(pivots):
        solution[carried[j]] = -Fraction(int(echelon[i, free].p), int(echelon[i, free].q))
    return solution


GRID = ((0, 1, 2, 3), (0, 1, 4, 9))  # the functions x and x^2 at the points 0, 1, 2, 3


def _reduced(counts: Sequence[sp.Expr]) -> tuple[FiniteLaw, FiniteLaw] | None:
    if not all(isinstance(count, sp.Integer) for count in counts):
        return None
    law = FiniteLaw([Fraction(int(count), int(sum(counts))) for count in counts])
    return law, reduced(GRID, law)


class AtomsLeft(ExactFunction):
    """How many of four atoms the pivots leave, from integer weights."""

    @classmethod
    def eval(cls, *counts: sp.Expr) -> sp.Expr | None:
        """The number of positive weights after the last pivot."""
        laws = _reduced(counts)
        return None if laws is None else sp.Integer(sum(w > 0 for w in laws[1].weights))


class MeansMoved(ExactFunction):
    """By how much the pivots move the two means, in sum."""

    @classmethod
    def eval(cls, *counts: sp.Expr) -> sp.Expr | None:
        """The sum of |mean before - mean after| over the two functions."""
        laws = _reduced(counts)
        if laws is None:
            return None
        before, after = (law.weights for law in laws)
        moved = sum(abs(sum((v - w) * f for v, w, f in zip(before, after, row, strict=True))) for row in GRID)
        return sp.Rational(Fraction(moved).numerator, Fraction(moved).denominator)


COUNTS = tuple(integer(f"w_{i}", 1, most) for i, most in enumerate((2, 3, 4, 5)))

# --- 5. Fewer atoms do not do -----------------------------------------------------------------------
# The atoms are r points, each singled out by a function (the last one by the mass, if the constant is not
# among the functions), and the law is uniform on them. Then the means are the weights.
kept_weight, inside = nonnegative("w"), integer("inside", 0, 1)
HEAVY_AT_MOST = at_least_zero(1 / r - kept_weight)
kept = Functional(
    "Sum_kept", over=(kept_weight,), facts=(Fact(kept_weight, sp.S.One),), given=(HEAVY_AT_MOST,), finite=True
)
other_law = Functional(
    "E_nu", over=(inside,), facts=(Fact(sp.S.One, sp.S.One), Fact(inside, 1 - 1 / r)), finite=True
)
last_weight = Step(
    "means-are-weights",
    equal(other_law(1 - inside), 1 / r),
    Integrated({other_law: normal_form}, {other_law: (-1, 1)}),
    because="inside = 1 on the points that a function singles out, each of mean 1/r: the rest has mass 1/r.",
)
sharp = Step(
    "all-atoms-are-needed",
    at_least(kept(sp.S.One), r),
    Integrated({kept: certificate((r, 1 / r - kept_weight))}, {kept: (-r,)}),
    because="Atoms of weight at most 1/r that sum to one are at least r.",
)


def _count(functions: int, equations: int) -> sp.Expr:
    if functions < 1:
        raise ValueError(f"functions must be positive (got {functions}): pass a number above 0.")
    return sp.Integer(equations)


FUNCTIONS = Parameter("functions", Kind.INTEGER, "n, how many functions span the class, at least 1")

THEOREM = Theorem(
    id="caratheodory-support",
    title="As many atoms as means, and one, keep all the means",
    sentence=(
        r"For every law on finitely many atoms and all functions $f_1, \dots, f_n$ there is a law on at most $n + 1$ "
        r"of these atoms with the same $n$ means, and on at most $n$ of them if the constant is in the span. "
        r"In general no fewer of these atoms will do: the uniform law on $n + 1$ atoms needs all of them if the functions "
        r"are the indicators of $n$ of them, and that on $n$ atoms needs all $n$ if they are the indicators of all."
    ),
    hypotheses=(
        Hypothesis("the law has finitely many atoms; the new law is carried by some of them"),
        Hypothesis("the direction has shift = 0: it gives mass zero in total and mean zero to each function"),
        Hypothesis("the atom that leaves has the least ratio w/a among those with a > 0", (LEAST,)),
        Hypothesis(
            "elimination and pivots are repeated: the number of equations and of atoms falls each time"
        ),
    ),
    statement=PIVOT.conclusion,
    derivation=(
        elimination,
        PIVOT,
        stays,
        unthreatened,
        divided_difference,
        Step(
            "pivots-end",
            at_most(AtomsLeft(*COUNTS), 3),
            enumeration,
            because="Run on the atoms 0, 1, 2, 3 with 120 laws, for x and x^2: three atoms are left.",
        ),
        Step(
            "pivots-keep-the-means",
            equal(MeansMoved(*COUNTS), 0),
            enumeration,
            because="The same laws: the means of x and x^2 are what they were.",
        ),
        last_weight,
        sharp,
    ),
    predictions=(
        Prediction(
            "fooling_support",
            Relation.EQUALS,
            lambda functions: _count(functions, functions + 1),
            (FUNCTIONS,),
            "atoms",
            "n + 1",
        ),
        Prediction(
            "fooling_support_with_constant",
            Relation.EQUALS,
            lambda functions: _count(functions, functions),
            (FUNCTIONS,),
            "atoms",
            "n",
        ),
    ),
    near_misses=(
        NearMiss(
            "one-atom-fewer",
            at_most(kept(sp.S.One), r - 1),
            "As many atoms as functions, without the constant among them: the uniform law on the corners of a "
            "simplex needs one more.",
        ),
        NearMiss(
            "any-ratio",
            at_least(moved, 0),
            "Moving until some weight vanishes, not the first one: others are below zero by then.",
        ),
        NearMiss(
            "twice-the-step",
            at_least(weight - 2 * step * direction, 0, LEAST),
            "Beyond the least ratio the weight of the atom that leaves is negative.",
        ),
        NearMiss(
            "three-points-and-a-square",
            equal(
                (c0 + c1 * points[0] + c2 * points[0] ** 2) / (g1 * (g1 + g2))
                - (c0 + c1 * points[1] + c2 * points[1] ** 2) / (g1 * g2)
                + (c0 + c1 * points[2] + c2 * points[2] ** 2) / ((g1 + g2) * g2),
                0,
            ),
            "Three points leave a direction for 1 and x only: their divided difference of x^2 is one.",
        ),
        NearMiss(
            "two-atoms-left",
            at_most(AtomsLeft(*COUNTS), 2),
            "On these atoms two do not carry the means of x and x^2. (Atoms elsewhere may do with fewer: see Gauss.)",
        ),
    ),
    source=Source("caratheodory1911", "convex hull theorem", as_we_derive_it=True),
)
