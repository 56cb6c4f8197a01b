r"""Squared error is least at the conditional mean, which need not be a plausible value: why it blurs.

Let y be a target, c what is known of it, m(c) = E[y | c] and f(c) any other prediction. The error of the mean,
y - m(c), is orthogonal to every function of c, so that

.. math:: E|y - f(c)|^2 = E|y - m(c)|^2 + E|m(c) - f(c)|^2 \ge E|y - m(c)|^2,

with equality only where f = m almost everywhere. For two modes at -a and a the best prediction lies between
them, where there are no data: at 0 if they weigh the same.
"""

from fractions import Fraction

import sympy as sp

from theory.kernel import (
    Bounds,
    Fact,
    Functional,
    Integrated,
    Step,
    at_least,
    at_most,
    calc,
    certificate,
    equal,
    normal_form,
    open_unit,
    positive,
    real,
    square,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

half = sp.Rational(1, 2)

# One coordinate of the target, of its conditional mean and of a prediction; E also sums over coordinates.
y, m, f = real("y"), real("m"), real("f")
expectation = Functional(
    "E",
    over=(y, m, f),
    facts=(Fact((y - m) * (m - f), 0),),
    integrable=(y**2, m**2, f**2),
)

error = expectation((y - f) ** 2)
least_error = expectation((y - m) ** 2)
distance = expectation((m - f) ** 2)


def product_bounds(u: sp.Expr, v: sp.Expr) -> Bounds:
    """2|uv| <= u^2 + v^2: the product of two square-integrable functions is integrable."""
    mean_square = (u**2 + v**2) / 2
    return Bounds(
        u * v,
        lower=(-mean_square, certificate((half, square(u + v)))),
        upper=(mean_square, certificate((half, square(u - v)))),
    )


PRODUCTS = tuple(product_bounds(u, v) for u, v in ((y, f), (y, m), (m, f)))

# A constant prediction c of x: the mean mu, the variance.
x, c, mu = real("x"), real("c"), real("mu")
variance = positive("v")
law = Functional("E", over=(x,), facts=(Fact(1, 1), Fact(x, mu), Fact(x**2, variance + mu**2)))

# Two modes at -a and a; the one at a has the weight w.
a, w = positive("a"), open_unit("w")
two_modes = w * (a - c) ** 2 + (1 - w) * (-a - c) ** 2
blur = (2 * w - 1) * a


def _modes(mode: Fraction, weight: Fraction) -> tuple[sp.Rational, sp.Rational]:
    if mode <= 0 or not 0 < weight < 1:
        raise ValueError(
            f"two modes need mode > 0 and weight strictly between 0 and 1 (got mode = {mode}, weight = {weight}): "
            f"otherwise there is one mode, which is its own mean; for example mode=1 weight=1/2."
        )
    return sp.Rational(mode.numerator, mode.denominator), sp.Rational(weight.numerator, weight.denominator)


def best_constant(mode: Fraction, weight: Fraction) -> sp.Expr:
    """(2 w - 1) a: the prediction of least squared error for weight w at a and 1 - w at -a."""
    at, share = _modes(mode, weight)
    return (2 * share - 1) * at


def least_squared_error(mode: Fraction, weight: Fraction) -> sp.Expr:
    """4 w (1 - w) a^2: the variance, and the product of the distances from the optimum to the two modes."""
    at, share = _modes(mode, weight)
    return 4 * share * (1 - share) * at**2


CHAIN = (
    calc("decomposition", error)
    .equals(
        least_error + distance,
        by=Integrated({expectation: normal_form}, {expectation: (-2,)}, PRODUCTS),
        because="(y-f)^2 = (y-m)^2 + 2(y-m)(m-f) + (m-f)^2, and the middle term has the expectation zero.",
    )
    .at_least(
        least_error,
        by=Integrated({expectation: certificate((1, square(m - f)), strict_unless=(m - f,))}, {}, PRODUCTS),
        because="A square is at least zero, and zero only where f = m.",
    )
)

CONSTANT = (
    calc("constant", law((x - c) ** 2))
    .equals(
        variance + (mu - c) ** 2,
        by=Integrated({law: normal_form}, {law: (-(c**2), 2 * c, -1)}),
        because="Where nothing is known, m is the mean and the least error the variance.",
    )
    .at_least(
        variance,
        by=certificate((1, square(mu - c)), strict_unless=(mu - c,)),
        because="Any other constant loses the square of its distance to the mean.",
    )
)

MODES = (
    Parameter("mode", Kind.RATIONAL, "the distance a > 0 of each of the two modes from 0"),
    Parameter("weight", Kind.RATIONAL, "the probability w of the mode at a"),
)

THEOREM = Theorem(
    id="squared-error-mean",
    title="Squared error is least at the conditional mean, and so it blurs",
    sentence=(
        r"Let $y \in \mathbb R^d$ have a finite second moment, let $m(c) = E[y \mid c]$, and let $f(c)$ be square "
        r"integrable. Then $E|y - f(c)|^2 = E|y - m(c)|^2 + E|m(c) - f(c)|^2 \ge E|y - m(c)|^2$, with equality "
        r"only if $f = m$ almost everywhere. Without a condition, the best constant is the mean and the least "
        r"error the variance: for two modes at $\pm a$ of equal weight the optimum is $0$, where there are no data."
    ),
    hypotheses=(
        Hypothesis("y, m(c) and f(c) are square integrable; E also sums over the coordinates"),
        Hypothesis(
            "m(c) is the conditional mean: y - m(c) is orthogonal to every square-integrable function of c, "
            "m(c) - f(c) among them"
        ),
    ),
    statement=CHAIN.conclusion,
    derivation=(
        CHAIN,
        CONSTANT,
        Step(
            "two-modes",
            equal(two_modes, 4 * w * (1 - w) * a**2 + (c - blur) ** 2),
            normal_form,
            because="The mean of the two modes is (2w - 1) a, their variance 4 w (1 - w) a^2.",
        ),
        Step(
            "optimum-misses-both-modes",
            equal((a - blur) * (blur + a), 4 * w * (1 - w) * a**2),
            normal_form,
            because="The distances to the modes multiply to the least error, which is not zero.",
        ),
    ),
    predictions=(
        Prediction("best_constant", Relation.EQUALS, best_constant, MODES, "1", r"(2w - 1)\,a"),
        Prediction("least_squared_error", Relation.EQUALS, least_squared_error, MODES, "1", r"4w(1-w)\,a^2"),
    ),
    near_misses=(
        NearMiss(
            "half-the-variance",
            at_least(law((x - c) ** 2) / 2, variance),
            "Half of the squared error is at least half of the variance, not all of it.",
        ),
        NearMiss(
            "likelier-mode-is-optimal",
            at_least(two_modes, w * (a - a) ** 2 + (1 - w) * (-a - a) ** 2),
            "The mode at a, even where it is the likelier one, loses to the mean.",
            at=({a: sp.S.One, w: sp.Rational(3, 4), c: half},),
        ),
        NearMiss(
            "absolute-error-optimum",
            at_most(blur**2, 0),
            "The mean of two modes is 0 only where they weigh the same.",
        ),
        NearMiss(
            "no-orthogonality",
            equal(
                Functional("E", over=(y, m, f), integrable=(y**2, m**2, f**2))((y - f) ** 2),
                least_error + distance,
            ),
            "Pythagoras needs m to be the conditional mean: for another m the product does not vanish.",
        ),
        NearMiss(
            "distance-subtracted",
            equal(error, least_error - distance),
            "The distance to the mean is lost, not gained.",
        ),
    ),
    source=Source("bishop2006prml", "Section 1.5.5", as_we_derive_it=True),
)
