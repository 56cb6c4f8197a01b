r"""The smallest support that fools all thresholds on the line, exactly: one over twice the tolerance.

Let F be the distribution function of the data, whose heaviest point has mass a. If a generator with m atoms of
any weights satisfies :math:`|F(t) - G(t)| \le \varepsilon` for all t, then :math:`m (2 \varepsilon + a) \ge 1`.
Conversely the m quantiles of orders (2j - 1)/(2m), equally weighted, satisfy it with
:math:`\varepsilon = 1/(2m)`. So without heavy points exactly :math:`\lceil 1/(2 \varepsilon) \rceil` atoms are
needed: :math:`1/\varepsilon`, where the bound for general classes says :math:`1/\varepsilon^2`.

Idea: G is constant between two atoms, so F rises by at most :math:`2 \varepsilon` between them.
"""

from fractions import Fraction
from math import ceil

import sympy as sp

from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Step,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    integer,
    nonnegative,
    normal_form,
    open_unit,
    unit,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

m = integer("m", 1)  # atoms of the generator
eps = open_unit("epsilon")  # the largest |F(t) - G(t)| that counts as fooled
a = nonnegative("a")  # the largest mass of one data point

# --- 1. Between two atoms the data's distribution function rises by at most 2 epsilon ----------------
# here = F at an atom, ahead = F just before the next one, level = G between the two.
here, ahead, level = unit("here"), unit("ahead"), unit("level")
ABOVE, BELOW = at_least_zero(eps - (level - here)), at_least_zero(eps - (ahead - level))
between = Step(
    "rise-between-atoms",
    at_most(ahead - here, 2 * eps, ABOVE, BELOW),
    certificate((1, eps - (level - here)), (1, eps - (ahead - level))),
    because="G has one value there: F starts at most epsilon below it and ends at most epsilon above it.",
)

# --- 2. The rises add up to one ---------------------------------------------------------------------
# start = F at the first atom, inside = F at the last minus that; rise = F at the next atom minus F at this one,
# which adds the mass of one point to that of step rise-between-atoms.
start, inside, rise = unit("start"), unit("inside"), unit("rise")
rest = 1 - start - inside
gaps = Functional(
    "Sum_gaps",
    over=(rise,),
    facts=(Fact(sp.S.One, m - 1), Fact(rise, inside)),
    given=(at_least_zero(2 * eps + a - rise),),
    finite=True,
)
FIRST, LAST = at_least_zero(eps + a - start), at_least_zero(eps - rest)
MASS = (
    calc("rises-add-up", sp.S.One)
    .equals(
        start + gaps(rise) + rest,
        by=Integrated({gaps: normal_form}, {gaps: (0, 1)}),
        because="The m - 1 rises between the atoms, and what lies before the first and after the last.",
    )
    .at_most(
        start + (m - 1) * (2 * eps + a) + rest,
        by=Integrated({gaps: certificate((1, 2 * eps + a - rise))}, {gaps: (2 * eps + a, 0)}),
        because="Each rise is at most 2 epsilon, and the mass of the next atom's point.",
    )
    .at_most(
        m * (2 * eps + a),
        by=certificate((1, eps + a - start), (1, eps - rest)),
        given=(FIRST, LAST),
        because="Before the first atom G is 0, after the last it is 1.",
    )
)

# --- 3. Quantiles attain it -------------------------------------------------------------------------
# F = a value of the distribution function between the j-th and the next quantile, where G is j/m.
F, j = unit("F"), integer("j", 0)
UP_TO = at_least_zero((2 * j + 1) / (2 * m) - F)
FROM = at_least_zero(F - (2 * j - 1) / (2 * m))
not_above = Step(
    "quantiles-from-above",
    at_most(F - j / m, 1 / (2 * m), UP_TO),
    certificate((1, (2 * j + 1) / (2 * m) - F)),
    because="Before the next quantile F is at most its order.",
)
not_below = Step(
    "quantiles-from-below",
    at_most(j / m - F, 1 / (2 * m), FROM),
    certificate((1, F - (2 * j - 1) / (2 * m))),
    because="From a quantile on F is at least its order: for laws with heavy points as well.",
)
ENOUGH = at_least_zero(m - 1 / (2 * eps))
enough = Step(
    "quantiles-are-enough",
    at_most(1 / (2 * m), eps, ENOUGH),
    certificate((eps / m, m - 1 / (2 * eps))),
    because="So 1/(2 epsilon) atoms, rounded up, fool.",
)


def threshold_support(epsilon: Fraction, largest_atom: Fraction) -> sp.Expr:
    """1/(2 epsilon), rounded up, where 1/(2 epsilon + a) rounds up to the same."""
    if epsilon <= 0:
        raise ValueError(f"epsilon must be positive (got {epsilon}): pass a number above 0.")
    quantiles = ceil(1 / (2 * epsilon))
    if largest_atom < 0 or ceil(1 / (2 * epsilon + largest_atom)) != quantiles:
        lightest = Fraction(1, max(1, quantiles - 1)) - 2 * epsilon
        raise ValueError(
            f"the law of thresholds needs data points of mass below {lightest} each at epsilon = {epsilon} "
            f"(got a largest atom of {largest_atom}): pass 0 for a law without atoms, or a finer grid."
        )
    return sp.Integer(quantiles)


def least_support(epsilon: Fraction, largest_atom: Fraction) -> sp.Expr:
    """1/(2 epsilon + a), rounded up: what any law needs whose heaviest point has mass a."""
    if epsilon <= 0 or not 0 <= largest_atom <= 1:
        raise ValueError(
            f"epsilon must be positive and largest_atom a probability (got {epsilon} and {largest_atom}): for "
            f"example epsilon=1/10, largest_atom=0."
        )
    return sp.Integer(ceil(1 / (2 * epsilon + largest_atom)))


PARAMETERS = (
    Parameter("epsilon", Kind.RATIONAL, "the largest payoff advantage that counts as fooled, above 0"),
    Parameter("largest_atom", Kind.RATIONAL, "the largest mass of one data point, 0 for none"),
)

THEOREM = Theorem(
    id="threshold-support",
    title="The smallest support that fools all thresholds is one over twice the tolerance",
    sentence=(
        r"If $m$ atoms of any weights have a distribution function within $\varepsilon$ of that of a law whose "
        r"heaviest point has mass $a$, then $m (2\varepsilon + a) \ge 1$. Conversely the $m$ quantiles of orders "
        r"$(2j-1)/(2m)$ of any law, equally weighted, are within $1/(2m)$. So a law without points of positive mass is "
        r"fooled by $\lceil 1/(2\varepsilon) \rceil$ atoms and by no fewer."
    ),
    hypotheses=(
        Hypothesis("the discriminators are all thresholds 1[x <= t], so that the advantage is |F(t) - G(t)|"),
        Hypothesis(
            "before the first atom and after the last one the advantage is at most epsilon too", (FIRST, LAST)
        ),
        Hypothesis("no point of the data has a mass above a"),
    ),
    statement=MASS.conclusion,
    derivation=(between, MASS, not_above, not_below, enough),
    predictions=(
        Prediction(
            "threshold_support",
            Relation.EQUALS,
            threshold_support,
            PARAMETERS,
            unit="atoms",
            display=r"\left\lceil \frac{1}{2 \epsilon} \right\rceil",
        ),
        Prediction(
            "least_threshold_support",
            Relation.AT_LEAST,
            least_support,
            PARAMETERS,
            unit="atoms",
            display=r"\left\lceil \frac{1}{2 \epsilon + a} \right\rceil",
        ),
    ),
    near_misses=(
        NearMiss(
            "one-over-epsilon",
            at_least(m, 1 / eps, ENOUGH),
            "Half as many do: F may be epsilon above G and epsilon below.",
            at=({m: sp.Integer(5), eps: sp.Rational(1, 10)},),
        ),
        NearMiss(
            "one-over-epsilon-squared",
            at_least(m, 1 / (2 * eps) ** 2, ENOUGH),
            "The rate of random draws and of general classes is not that of thresholds.",
        ),
        NearMiss(
            "without-heavy-points",
            at_most(1, 2 * m * eps, at_least_zero(m * (2 * eps + a) - 1)),
            "One atom fools a law of one point, whatever epsilon.",
            at=({m: sp.S.One, a: sp.S.One, eps: sp.Rational(1, 10)},),
        ),
        NearMiss(
            "quantiles-of-orders-j-over-m",
            at_most(j / m - F, 1 / (2 * m), at_least_zero(F - (j - 1) / m)),
            "The quantiles of orders (j - 1)/m are off by 1/m: the orders are the middles (2j - 1)/(2m).",
        ),
    ),
    source=Source(
        "arora2017generalization",
        "Corollary 3.3, here for thresholds, where the least support is known",
        as_we_derive_it=True,
    ),
)
