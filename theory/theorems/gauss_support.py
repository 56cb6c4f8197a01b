r"""The smallest support that fools all polynomials of a degree, and all waves up to a frequency, exactly.

Let the data have infinite support on the line and finite moments. The k nodes of Gauss, the roots of the
orthogonal polynomial of degree k, with weights :math:`w_i = E_\mu\, \ell_i`, fool every polynomial of degree at
most 2k - 1, of any coefficients; and no k - 1 atoms fool those of degree 2k - 2. So degree d needs exactly
:math:`\lfloor d/2 \rfloor + 1` atoms. On the circle with uniform data, the L + 1 equispaced points fool all
waves up to frequency L, and no L atoms do.

Idea: the square of the polynomial that vanishes at the atoms is seen by the data and not by the generator;
and a polynomial is a multiple of the orthogonal one, whose mean is zero, plus a rest that k nodes carry.
"""

from fractions import Fraction

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
    normal_form,
    positive,
    real,
    square,
    unit,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

# --- 1. No fewer ------------------------------------------------------------------------------------
# p = product of (x - x_i) over m < k atoms x_i, at a point of the data; seen = the same at an atom, so 0.
# On infinite support p^2 is at least some c > 0 with some probability theta > 0; there far = 1.
p, seen, far = real("p"), real("seen"), integer("far", 0, 1)
c, theta = positive("c"), unit("theta")
data = Functional(
    "E_mu",
    over=(p, far),
    facts=(Fact(far, theta),),
    given=(at_least_zero(p**2 - c * far),),
    integrable=(p**2,),
)
generator = Functional("E_nu", over=(seen,), given=(at_least_zero(-(seen**2)),), finite=True)
no_fewer = Step(
    "a-square-tells-them-apart",
    at_least(data(p**2) - generator(seen**2), c * theta),
    Integrated(
        {data: certificate((1, p**2 - c * far)), generator: certificate((1, -(seen**2)))}, {data: (-c,)}
    ),
    because="p^2 has degree 2m <= 2k - 2, vanishes at every atom, and has a positive mean under the data. On the "
    "circle |product of (z - z_i)|^2 over m <= L atoms is a sum of waves up to frequency m.",
)

# --- 2. The orthogonal polynomial has k real roots ---------------------------------------------------
# If P of degree k changed sign at fewer than k points, then signed, P times the polynomial that vanishes at
# these, would have one sign and, by orthogonality, mean zero.
signed = real("signed")
one_sign = Functional(
    "E_mu",
    over=(signed, far),
    facts=(Fact(far, theta),),
    given=(at_least_zero(signed - c * far),),
    integrable=(signed,),
)
roots = Step(
    "k-sign-changes",
    at_least(one_sign(signed), c * theta),
    Integrated({one_sign: certificate((1, signed - c * far))}, {one_sign: (-c,)}),
    because="A product of one sign has no mean zero: so P changes sign k times and its k roots are real and simple.",
)

# --- 3. Its roots carry every polynomial of degree 2k - 1 --------------------------------------------
# Division with remainder: f = q P + r, with q and r of degree at most k - 1. P is orthogonal to q, so f - r has
# mean zero under the data, and P = 0 at the nodes, so f - r is zero there.
f, r, R = real("f"), real("r"), real("R")
orthogonal = Functional("E_mu", over=(f, r), facts=(Fact(f - r, sp.S.Zero), Fact(r, R)), integrable=(f,))
nodes = Functional("E_nodes", over=(f, r), facts=(Fact(f - r, sp.S.Zero), Fact(r, R)), finite=True)
EXACT = Step(
    "gauss-is-exact",
    equal(orthogonal(f) - nodes(f), 0),
    Integrated({orthogonal: normal_form, nodes: normal_form}, {orthogonal: (-1, -1), nodes: (1, 1)}),
    because="The weights w_i = E_mu l_i give the mean of r, which its values at k nodes determine (Lagrange).",
)
anywhere = Functional("E_mu", over=(f, r), facts=(Fact(r, R),), integrable=(f,))
fundamental = real("l")
lagrange = Functional("E_mu", over=(fundamental,), integrable=(fundamental**2,))
POSITIVE = Step(
    "weights-at-least-zero",
    at_least(lagrange(fundamental**2), 0),
    Integrated({lagrange: certificate((1, square(fundamental)))}),
    because="The square of l_i has degree 2k - 2, is 1 at node i and 0 at the others: its mean is the weight w_i.",
)


# --- 4. Listed for uniform data ---------------------------------------------------------------------
def _legendre(k: int) -> list[Fraction]:
    """The coefficients of the orthogonal polynomial of degree k on [-1, 1], by its three-term recursion."""
    before, now = [Fraction(0)], [Fraction(1)]
    for j in range(k):
        ahead = [Fraction(2 * j + 1, j + 1) * a for a in [Fraction(0), *now]]
        for i, a in enumerate(before):
            ahead[i] -= Fraction(j, j + 1) * a
        before, now = now, ahead
    return now


class UniformMoment(ExactFunction):
    """E x^d for x uniform on [-1, 1]."""

    @classmethod
    def eval(cls, power: sp.Expr) -> sp.Expr | None:
        """1/(d + 1) at even d, 0 at odd d."""
        if power.is_Integer:
            return sp.Rational(1, power + 1) if power % 2 == 0 else sp.S.Zero
        return None


class GaussMoment(ExactFunction):
    """The d-th moment of the k nodes of Gauss for uniform data, without their irrational roots.

    At the nodes x^d equals its remainder modulo P, whose mean they carry by the choice of the weights.
    """

    @classmethod
    def eval(cls, nodes: sp.Expr, power: sp.Expr) -> sp.Expr | None:
        """The exact rational at natural numbers."""
        if not (nodes.is_Integer and power.is_Integer and nodes >= 1 and power >= 0):
            return None
        k, divisor = int(nodes), _legendre(int(nodes))
        rest = [Fraction(0)] * int(power) + [Fraction(1)]
        while len(rest) > k:
            lead = rest[-1] / divisor[-1]
            for i, a in enumerate(divisor):
                rest[len(rest) - len(divisor) + i] -= lead * a
            rest.pop()
        value = sum((a / (i + 1) for i, a in enumerate(rest) if i % 2 == 0), Fraction(0))
        return sp.Rational(value.numerator, value.denominator)


few, below = integer("k", 1, 6), integer("j", 1, 2)
listed = Step(
    "uniform-data-listed",
    equal(GaussMoment(few, 2 * few - below), UniformMoment(2 * few - below)),
    enumeration,
    because="The moments of orders 2k - 1 and 2k - 2 for up to six nodes, in exact rationals.",
)

# --- 5. Equispaced points on the circle --------------------------------------------------------------
# X + iY = the mean of a wave of frequency t over the nodes, a + ib = the wave at one step, 2 pi t/(L + 1). Turning
# the nodes by a step permutes them, so (a + ib)(X + iY) = X + iY.
X, Y, a, b = real("X"), real("Y"), real("a"), real("b")
turn = Step(
    "a-turn-permutes-the-points",
    equal(((1 - a) ** 2 + b**2) * X, (1 - a) * (X - (a * X - b * Y)) - b * (Y - (b * X + a * Y))),
    normal_form,
    because="Both brackets are 0. For 0 < t <= L a + ib is not 1, so X = 0 as for the data; Y is alike.",
)


def gauss_support(degree: int) -> sp.Expr:
    """floor(d/2) + 1 atoms."""
    if degree < 0:
        raise ValueError(f"degree must be at least 0 (got {degree}): for example degree=5.")
    return sp.Integer(degree // 2 + 1)


def wave_support(frequency: int) -> sp.Expr:
    """L + 1 atoms."""
    if frequency < 0:
        raise ValueError(f"frequency must be at least 0 (got {frequency}): for example frequency=5.")
    return sp.Integer(frequency + 1)


THEOREM = Theorem(
    id="gauss-support",
    title="The smallest supports that fool polynomials and waves are those of Gauss and of equal steps",
    sentence=(
        r"For data of infinite support with finite moments, some $k$ atoms fool every polynomial of degree at most "
        r"$2k - 1$ exactly, and no $k - 1$ atoms fool all of degree $2k - 2$: degree $d$ needs exactly "
        r"$\lfloor d/2 \rfloor + 1$ atoms. For uniform data on the circle, $L + 1$ equispaced points fool every "
        r"trigonometric polynomial of degree at most $L$, and no $L$ atoms do."
    ),
    hypotheses=(
        Hypothesis(
            "the discriminators are all polynomials of degree at most d, of any coefficients, with no error"
        ),
        Hypothesis("the data have finite moments, and no finite set of points has all their mass"),
        Hypothesis(
            "naming: a square p^2 that is not zero on the whole support is at least c with probability theta, both "
            "positive"
        ),
        Hypothesis(
            "naming: P is the orthogonal polynomial of degree k under the data (Gram and Schmidt), and the nodes are its "
            "roots; signed is P times the polynomial that vanishes where P changes sign"
        ),
        Hypothesis(
            "naming: f = q P + r with q and r of degree below k, so that f - r = q P has mean zero under the data and is "
            "zero at the nodes; node i weighs the data's mean of l_i, which is 1 there and 0 at the other nodes, so "
            "that r = sum of r(x_i) l_i has one mean R under both"
        ),
    ),
    statement=EXACT.claim,
    derivation=(no_fewer, roots, EXACT, POSITIVE, listed, turn),
    predictions=(
        Prediction(
            "gauss_support",
            Relation.EQUALS,
            gauss_support,
            (Parameter("degree", Kind.INTEGER, "d, the largest degree of a polynomial"),),
            unit="atoms",
            display=r"\lfloor d/2 \rfloor + 1",
        ),
        Prediction(
            "wave_support",
            Relation.EQUALS,
            wave_support,
            (Parameter("frequency", Kind.INTEGER, "L, the largest frequency of a wave"),),
            unit="atoms",
            display="L + 1",
        ),
    ),
    near_misses=(
        NearMiss(
            "degree-2k",
            equal(GaussMoment(few, 2 * few), UniformMoment(2 * few)),
            "The square of P vanishes at the nodes and has a positive mean: degree 2k is one too many.",
        ),
        NearMiss(
            "fooled-by-fewer",
            at_most(data(p**2) - generator(seen**2), 0),
            "The square that vanishes at the atoms has no mean zero.",
        ),
        NearMiss(
            "any-nodes",
            equal(anywhere(f) - nodes(f), 0),
            "Without orthogonality k nodes carry the rest r, of degree k - 1, and not f.",
        ),
    ),
    source=Source("gauss1814methodus", "the rule of highest degree", as_we_derive_it=True),
)
