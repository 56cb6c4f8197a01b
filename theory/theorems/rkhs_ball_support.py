r"""The smallest support against a ball of discriminators, exactly: Euclidean, or of functions bounded by one.

The data are uniform on n points. Against the discriminators :math:`\langle v, \varphi(x) \rangle` with
:math:`\|v\|_2 \le 1` and orthonormal features, the largest advantage over a generator of k of the points, of
any weights, is at least :math:`\sqrt{1/k - 1/n}`, and equal weights attain it. Against all functions with values
in [-1, 1] on the n points it is at least 2(1 - k/n), attained too. So the smallest supports that fool up to
:math:`\varepsilon` are

.. math:: \Big\lceil \frac{1}{\varepsilon^2 + 1/n} \Big\rceil
          \quad\text{and}\quad \Big\lceil n \Big(1 - \frac\varepsilon2\Big) \Big\rceil .

For any features in a Hilbert space some k draws of the data, equally weighted, come as near as
:math:`\sigma/\sqrt k`, where :math:`\sigma^2 = E\|\varphi\|^2 - \|E\varphi\|^2` (Maurey).
"""

from fractions import Fraction
from math import ceil

import sympy as sp

from theory.kernel import (
    Absolute,
    ExactFunction,
    Fact,
    Functional,
    Integrated,
    Step,
    absolute_gap,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    equal,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

n, k = integer("n", 1), integer("k", 1)  # points of the data, atoms of the generator
eps = positive("epsilon")  # the largest advantage that counts as fooled
FEWER = at_least_zero(n - k)  # the inequalities need it in their meaning only, the near misses to be near

# --- 1. The Euclidean ball -------------------------------------------------------------------------
# The largest advantage is the distance of the two mean features: its square is the sum of (w - 1/n)^2 over
# the k atoms, of weights w, and of 1/n^2 over the n - k other points.
w = nonnegative("w")
atoms = Functional("Sum", over=(w,), facts=(Fact(sp.S.One, k), Fact(w, sp.S.One)), finite=True)
missed = n - k
DISTANCE = (
    calc("euclidean-distance", atoms((w - 1 / n) ** 2) + missed / n**2)
    .equals(
        atoms(w**2) - 1 / n,
        by=Integrated({atoms: normal_form}, {atoms: (-1 / n**2, 2 / n)}),
        because="The weights sum to one, and there are k of them.",
    )
    .at_least(
        1 / k - 1 / n,
        by=Integrated({atoms: certificate((1, square(w - 1 / k)))}, {atoms: (1 / k**2, -2 / k)}),
        because="Equal weights are best: w^2 = 2w/k - 1/k^2 + (w - 1/k)^2.",
    )
)
attained = Step(
    "equal-weights-attain-it",
    equal(k * (1 / k - 1 / n) ** 2 + missed / n**2, 1 / k - 1 / n),
    normal_form,
    because="At w = 1/k every inequality above is an equality.",
)
CLOSE = at_least_zero(eps**2 - (1 / k - 1 / n))
necessary = Step(
    "euclidean-support-at-least",
    at_least(k, 1 / (eps**2 + 1 / n), CLOSE),
    certificate((k / (eps**2 + 1 / n), eps**2 - (1 / k - 1 / n))),
    because="That distance is at most epsilon only with so many atoms.",
)
MANY = at_least_zero(k - 1 / (eps**2 + 1 / n))
sufficient = Step(
    "euclidean-support-at-most",
    at_most(1 / k - 1 / n, eps**2, MANY),
    certificate(((eps**2 + 1 / n) / k, k - 1 / (eps**2 + 1 / n))),
    because="And with so many equal atoms it is.",
)

# --- 2. All functions bounded by one ---------------------------------------------------------------
# The best discriminator is the sign of w - 1/n at the atoms, and -1 elsewhere.
TOTAL = (
    calc("bounded-distance", atoms(Absolute(w - 1 / n)) + missed / n)
    .at_least(
        atoms(w) - k / n + missed / n,
        by=Integrated({atoms: certificate((1, absolute_gap(w - 1 / n)))}, {atoms: (1 / n, 0)}),
        because="An absolute value is at least its argument.",
    )
    .equals(
        2 * (1 - k / n),
        by=Integrated({atoms: normal_form}, {atoms: (0, -1)}),
        because="The weights sum to one.",
    )
)
bounded_attained = Step(
    "equal-weights-attain-it-too",
    equal(k * (1 / k - 1 / n) + missed / n, 2 * (1 - k / n)),
    normal_form,
    because="At w = 1/k, which is at least 1/n.",
)
CLOSE_BOUNDED = at_least_zero(eps - 2 * (1 - k / n))
bounded_necessary = Step(
    "bounded-support-at-least",
    at_least(k, n * (1 - eps / 2), CLOSE_BOUNDED),
    certificate((n / 2, eps - 2 * (1 - k / n))),
    because="That is at most epsilon only with so many atoms.",
)
MANY_BOUNDED = at_least_zero(k - n * (1 - eps / 2))
bounded_sufficient = Step(
    "bounded-support-at-most",
    at_most(2 * (1 - k / n), eps, MANY_BOUNDED),
    certificate((2 / n, k - n * (1 - eps / 2))),
    because="And with so many equal atoms it is.",
)

# --- 3. Any features: Maurey's argument ------------------------------------------------------------
# D = squared length of the sum of phi(x_j) - E phi over the draws so far, along = its product with the next
# summand, length = the squared length of that one.
D, variance = nonnegative("D"), nonnegative("variance")
along, length = real("along"), nonnegative("length")
draw = Functional(
    "E",
    over=(along, length),
    facts=(Fact(sp.S.One, sp.S.One), Fact(along, sp.S.Zero), Fact(length, variance)),
)
maurey = Step(
    "one-more-draw-adds-the-variance",
    equal(draw(D + 2 * along + length), D + variance),
    Integrated({draw: normal_form}, {draw: (-D, -2, -1)}),
    because="So some draw adds no more: k draws leave the sum within k variance, and their mean within "
    "variance/k, in squared length.",
)
before, projection, middle = nonnegative("before"), real("projection"), nonnegative("middle")
features = Functional(
    "E_mu",
    over=(before, projection),
    facts=(Fact(sp.S.One, sp.S.One), Fact(projection, middle)),
    integrable=(before,),
)
spread = Step(
    "variance-of-the-features",
    equal(features(before - 2 * projection + middle), features(before) - middle),
    Integrated({features: normal_form}, {features: (-middle, 2)}),
    because="before = |phi|^2, projection = <phi, E phi>, middle = |E phi|^2.",
)
ENOUGH = at_least_zero(k - variance / eps**2)
enough = Step(
    "maurey-support",
    at_most(variance / k, eps**2, ENOUGH),
    certificate((eps**2 / k, k - variance / eps**2)),
    because="The advantage over variance/epsilon^2 atoms is at most epsilon.",
)


# --- 4. Why the data's points must be all points ---------------------------------------------------
class ThresholdError(ExactFunction):
    """How well m atoms off the data fool all 2^d signs of the d points.

    Atom j shows the sign of (mean of the d signs) - t_j, where t_j is the middle of the j-th of m equal parts of
    [-1, 1]: so the class still shatters the d points, and its means are seen at m points outside of them.
    """

    @classmethod
    def eval(cls, points: sp.Expr, atoms: sp.Expr) -> sp.Expr | None:
        """The largest advantage, over the d + 1 values that the mean of the signs can have."""
        if not (points.is_Integer and atoms.is_Integer):
            return None
        d, m = int(points), int(atoms)
        worst = Fraction(0)
        for plus in range(d + 1):
            mean = Fraction(2 * plus - d, d)
            seen = sum(1 if mean > Fraction(2 * j + 1, m) - 1 else -1 for j in range(m))
            worst = max(worst, abs(mean - Fraction(seen, m)))
        return sp.Rational(worst.numerator, worst.denominator)


shattered, few = integer("d", 1), integer("m", 1)


def _positive(name: str, value: Fraction | int) -> None:
    if value <= 0:
        raise ValueError(f"{name} must be positive (got {value}): pass a number above 0.")


def l2_ball_support(functions: int, epsilon: Fraction) -> sp.Expr:
    """1/(epsilon^2 + 1/n), rounded up."""
    _positive("functions", functions)
    _positive("epsilon", epsilon)
    return sp.Integer(ceil(1 / (epsilon**2 + Fraction(1, functions))))


def linf_ball_support(functions: int, epsilon: Fraction) -> sp.Expr:
    """N (1 - epsilon/2), rounded up; a law has at least one atom, also where every law fools."""
    _positive("functions", functions)
    _positive("epsilon", epsilon)
    return sp.Integer(max(1, ceil(functions * (1 - epsilon / 2))))


def maurey_support(variance: Fraction, epsilon: Fraction) -> sp.Expr:
    """variance/epsilon^2, rounded up, and at least one atom."""
    _positive("epsilon", epsilon)
    if variance < 0:
        raise ValueError(f"variance must not be negative (got {variance}): it is E|phi|^2 - |E phi|^2.")
    return sp.Integer(max(1, ceil(variance / epsilon**2)))


FUNCTIONS = Parameter("functions", Kind.INTEGER, "how many functions span the class, at least 1")
EPSILON = Parameter("epsilon", Kind.RATIONAL, "the largest payoff advantage that counts as fooled, above 0")
VARIANCE = Parameter("variance", Kind.RATIONAL, "E|phi|^2 - |E phi|^2, the variance of the features")

THEOREM = Theorem(
    id="rkhs-ball-support",
    title="The smallest support that fools a ball of discriminators, exactly",
    sentence=(
        r"For data uniform on $n$ points and a generator on $k \le n$ of them, of any weights, the largest advantage "
        r"over discriminators $\langle v, \varphi \rangle$, $\|v\|_2 \le 1$, with orthonormal features is at least "
        r"$\sqrt{1/k - 1/n}$, and over all functions with values in $[-1, 1]$ at least $2(1 - k/n)$; equal weights "
        r"attain both. So $\lceil 1/(\varepsilon^2 + 1/n) \rceil$ and $\lceil n(1 - \varepsilon/2) \rceil$ atoms "
        r"fool up to $\varepsilon$, and no fewer do. For any features, $\lceil \sigma^2/\varepsilon^2 \rceil$ atoms do."
    ),
    hypotheses=(
        Hypothesis(
            "the data are uniform on n points, and the generator has k of these, with weights that sum to 1"
        ),
        Hypothesis(
            "the features of the n points are orthonormal in the Euclidean case: by Cauchy and Schwarz the largest "
            "advantage is the length of the difference of the mean features, the root of the sum of (w - 1/n)^2 over the "
            "n points; over all functions in [-1, 1] it is the sum of |w - 1/n|"
        ),
        Hypothesis(
            "for the last sentence: features in a Hilbert space, of finite variance sigma^2 > 0; atoms may be drawn twice"
        ),
    ),
    statement=DISTANCE.conclusion,
    derivation=(
        DISTANCE,
        attained,
        necessary,
        sufficient,
        TOTAL,
        bounded_attained,
        bounded_necessary,
        bounded_sufficient,
        spread,
        maurey,
        enough,
    ),
    predictions=(
        Prediction(
            "l2_ball_support",
            Relation.EQUALS,
            l2_ball_support,
            (FUNCTIONS, EPSILON),
            unit="atoms",
            display=r"\left\lceil \frac{1}{\epsilon^2 + 1/n} \right\rceil",
        ),
        Prediction(
            "linf_ball_support",
            Relation.EQUALS,
            linf_ball_support,
            (FUNCTIONS, EPSILON),
            unit="atoms",
            display=r"\left\lceil n \left(1 - \epsilon/2\right) \right\rceil",
        ),
        Prediction(
            "maurey_support",
            Relation.AT_MOST,
            maurey_support,
            (VARIANCE, EPSILON),
            unit="atoms",
            display=r"\left\lceil \sigma^2/\epsilon^2 \right\rceil",
        ),
    ),
    near_misses=(
        NearMiss(
            "atoms-off-the-data",
            at_least(few, shattered * (1 - ThresholdError(shattered, few) / 2)),
            "A class that shatters d points seems to need d(1 - epsilon/2) atoms; but three atoms elsewhere fool all "
            "signs of ten points up to 1/3. The bound holds only where the atoms are among the points.",
            at=({shattered: sp.Integer(10), few: sp.Integer(3)},),
        ),
        NearMiss(
            "without-the-data",
            at_least(k * (1 / k - 1 / n) ** 2 + missed / n**2, 1 / k, FEWER),
            "1/k is the squared length of the generator's mean feature, not its distance from the data's.",
        ),
        NearMiss(
            "variance-of-a-sample",
            equal(k * (1 / k - 1 / n) ** 2 + missed / n**2, (1 - 1 / n) / k, FEWER),
            "That is what k independent draws have on average: drawing a point twice wastes an atom.",
        ),
        NearMiss(
            "total-variation",
            at_most(atoms(Absolute(w - 1 / n)) + missed / n, 1 - k / n, FEWER),
            "1 - k/n is the total variation; functions with values in [-1, 1] see twice that.",
        ),
        NearMiss(
            "one-over-epsilon-squared",
            at_least(k, 1 / eps**2, CLOSE, FEWER),
            "For few points the bound for many is too large: n atoms always do.",
        ),
    ),
    source=Source(
        "vershynin2018hdp", "Theorem 0.0.2 (approximate Caratheodory), sharpened", as_we_derive_it=True
    ),
)
