r"""What noise does to a saturated divergence: pytest examples/gaussian_jensen_shannon_theorem.py.

Two atoms at distance 1 are mutually singular: their Jensen-Shannon divergence is log 2 = 0.693... With unit
Gaussian noise on both it is 0.111421482184736..., certified by balls on [-9, 9] and an exact majorant beyond.

The integrals reach from -c to c for every c >= 9. The integrand is at least zero, so the integral over the
line is their limit and obeys the same bounds.
"""

import sympy as sp

from theory import Hypothesis, NearMiss, Source, Theorem
from theory.kernel import (
    Enclosed,
    Fact,
    Functional,
    Integrated,
    NamedTotals,
    Proved,
    Step,
    at_least,
    at_most,
    certificate,
    entropy_gap,
    interval,
    real,
)

half = sp.Rational(1, 2)
EDGE = sp.Integer(9)
LOWEST, HIGHEST = sp.Rational(1114214821847, 10**13), sp.Rational(1114214821848, 10**13)
MIDDLE_HIGHEST = HIGHEST - sp.Rational(1, 10**16)  # what the tails leave

c = interval("c", EDGE, sp.oo)  # where the integrals end
left, middle, right = interval("l", -sp.oo, -EDGE), interval("m", -EDGE, EDGE), interval("r", EDGE, sp.oo)


def gaussian(x: sp.Expr) -> sp.Expr:
    """The density of N(0, 1)."""
    return sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)


def densities(x: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The atoms -1/2 and 1/2 with unit noise."""
    return gaussian(x + half), gaussian(x - half)


def divergence(x: sp.Expr) -> sp.Expr:
    """The integrand of JSD, nats per unit length; q/p = e^x."""
    p, q = densities(x)
    return p * sp.log(2 / (1 + sp.exp(x))) / 2 + q * sp.log(2 / (1 + sp.exp(-x))) / 2


# Beyond the edge, (|x| - 1/2) times the nearer density has an antiderivative, and |x| - 1/2 >= 17/2.
NEAREST = EDGE - half
RATIO = sp.log(2) / NEAREST
tail = gaussian(NEAREST) - gaussian(c - half)
on_left = Functional(
    "L",
    (left,),
    (Fact((-left - half) * gaussian(left + half), tail, antiderivative=gaussian(left + half)),),
    interval=(-c, -EDGE),
)
in_middle = Functional("M", (middle,), interval=(-EDGE, EDGE))
on_right = Functional(
    "R",
    (right,),
    (Fact((right - half) * gaussian(right - half), tail, antiderivative=-gaussian(right - half)),),
    interval=(EDGE, c),
)
TOTALS = on_left(divergence(left)), in_middle(divergence(middle)), on_right(divergence(right))
LEFT, MIDDLE, RIGHT = TOTALS


def nonnegative(over: Functional) -> Integrated:
    """The integrand of JSD is the mean of two entropy gaps."""
    p, q = densities(over.over[0])
    return Integrated(
        {over: certificate((half, entropy_gap(p, (p + q) / 2)), (half, entropy_gap(q, (p + q) / 2)))}
    )


def majorised(over: Functional, distance: sp.Expr) -> Integrated:
    """It is at most log 2 (p + q)/2, so log 2 times the nearer density, so what has an antiderivative."""
    x = over.over[0]
    p, q = densities(x)
    near = q if over is on_right else p
    proof = certificate(
        (p / 2, sp.log(1 + sp.exp(x))),
        (q / 2, sp.log(1 + sp.exp(-x))),
        (sp.log(2) * near / 2, 1 - sp.exp(-distance)),
        (RATIO * near, distance - EDGE),
    )
    return Integrated({over: proof}, {over: (RATIO,)})


LEFT_TAIL = (at_most(LEFT, RATIO * tail), majorised(on_left, -left))
RIGHT_TAIL = (at_most(RIGHT, RATIO * tail), majorised(on_right, right))
FROM_BELOW = (at_least(MIDDLE, LOWEST), Enclosed())
FROM_ABOVE = (at_most(MIDDLE, MIDDLE_HIGHEST), Enclosed())
TAILS_FIT = at_most(2 * RATIO * gaussian(NEAREST), HIGHEST - MIDDLE_HIGHEST)
NAMES = {LEFT: real("A"), MIDDLE: real("B"), RIGHT: real("C")}
A, B, C = NAMES.values()

UPPER = at_most(sp.Add(*TOTALS), HIGHEST)

THEOREM = Theorem(
    id="gaussian-jensen-shannon",
    title="Noise takes a saturated Jensen-Shannon divergence from log 2 to 0.1114",
    sentence=(
        r"For every $c \ge 9$ the integral of the Jensen-Shannon integrand of $N(-\frac12, 1)$ and "
        r"$N(\frac12, 1)$ over $[-c, c]$ lies between $0.1114214821847$ and $0.1114214821848$; so does "
        r"its limit, the divergence."
    ),
    hypotheses=(
        Hypothesis("L, M and R integrate over [-c, -9], [-9, 9] and [9, c], for any c >= 9"),
        Hypothesis(
            "the two atoms are at distance 1, and the noise is N(0, 1); by a shift they lie at -1/2 and 1/2"
        ),
    ),
    statement=UPPER,
    derivation=(
        Step(
            "left-tail",
            *LEFT_TAIL,
            because="Beyond -9 the integrand is at most log 2 times the nearer density.",
        ),
        Step("right-tail", *RIGHT_TAIL, because="And beyond 9, by symmetry."),
        Step(
            "tails-fit",
            TAILS_FIT,
            Enclosed(),
            because="Both tails together are below 1e-16: a ball of a number.",
        ),
        Step("middle-from-below", *FROM_BELOW, because="A ball of an integral."),
        Step("middle-from-above", *FROM_ABOVE, because="A ball of an integral."),
        Step(
            "at-least",
            at_least(sp.Add(*TOTALS), LOWEST),
            NamedTotals(
                NAMES,
                (
                    (at_least(LEFT, 0), nonnegative(on_left)),
                    FROM_BELOW,
                    (at_least(RIGHT, 0), nonnegative(on_right)),
                ),
                certificate((1, A), (1, B - LOWEST), (1, C)),
            ),
            because="The tails are at least zero.",
        ),
        Step(
            "at-most",
            UPPER,
            NamedTotals(
                NAMES,
                (LEFT_TAIL, FROM_ABOVE, RIGHT_TAIL),
                certificate(
                    (1, RATIO * tail - A),
                    (1, MIDDLE_HIGHEST - B),
                    (1, RATIO * tail - C),
                    (1, Proved(TAILS_FIT, Enclosed())),
                    (2 * RATIO, gaussian(c - half)),
                ),
            ),
            because="Middle and tails fit under the bound.",
        ),
    ),
    predictions=(),
    near_misses=(
        NearMiss("saturated", at_least(sp.Add(*TOTALS), sp.log(2)), "That is the value without noise."),
        NearMiss(
            "thirteenth-digit",
            at_least(sp.Add(*TOTALS), HIGHEST),
            "Above the value by less than 1e-13.",
        ),
    ),
    source=Source("arjovsky2017principled", "Section 3", as_we_derive_it=True),
)
