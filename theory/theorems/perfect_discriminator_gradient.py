r"""Against a nearly perfect discriminator the generator's gradient vanishes.

Let the perfect discriminator be D* = 0 around every fake sample, so that its gradient is zero there, and let D be
close to it in value and gradient: :math:`D(x) + \|\nabla_x D(x)\| \le \varepsilon < 1` at every fake sample x. With
:math:`E_z \|J_\theta g_\theta(z)\|^2 = M^2` for the generator's Jacobian,

.. math:: \big\| \nabla_\theta E_z \log(1 - D(g_\theta(z))) \big\| \le M \varepsilon.

The chain rule makes the slope at one z at most :math:`\|\nabla D\| \|J\| / (1 - D)`. There
:math:`\|\nabla D\| \le \varepsilon - D \le \varepsilon (1 - D)`, which leaves :math:`\varepsilon \|J\|`, and
:math:`E \|J\| \le M` by Jensen. The published bound, as remembered, is :math:`M \varepsilon/(1 - \varepsilon)`: it allows D and its
gradient to reach :math:`\varepsilon` at one point, which their sum does not. No factor below 1 would do for
:math:`M \varepsilon`.
"""

from fractions import Fraction

import sympy as sp

from theory.kernel import (
    Differentiated,
    Fact,
    Functional,
    Integrated,
    Slope,
    Step,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    equal,
    interval,
    nonnegative,
    normal_form,
    open_unit,
    positive,
    real,
    square,
    unit,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

eps = open_unit("epsilon")  # how close D is to the perfect discriminator, in value plus gradient
M = positive("M")  # root of the mean squared norm of the generator's Jacobian

# At one noise value z, for one direction u of the generator's parameters, |u| = 1:
v, g = unit("v"), unit("g")  # shares of epsilon: D = epsilon v and |grad D| = epsilon g at the fake sample
j = nonnegative("j")  # the norm of the generator's Jacobian
kappa = interval("kappa", -1, 1)  # <grad D, J u>/(|grad D| |J|): in [-1, 1] by Cauchy and Schwarz

CLOSE = at_least_zero(1 - v - g)
JACOBIAN = (Fact(1, 1), Fact(j**2, M**2))
expectation = Functional("E", over=(v, g, j, kappa), facts=JACOBIAN, given=(CLOSE,), finite=True)

t = real("t")  # the generator's parameter along u; the present generator has t = 0
output = eps * v
rate = kappa * eps * g * j  # <grad D, J u>, the rate at which D changes along u
moved = output + t * rate  # D(g_{theta + t u}(z)), to first order: no slope at t = 0 depends on more

CHAIN = (
    calc("gradient", Slope(expectation(sp.log(1 - moved)), t, 0))
    .equals(
        expectation(-rate / (1 - output)),
        by=Differentiated(Integrated({expectation: normal_form})),
        because="The chain rule, for each noise value.",
    )
    .at_most(
        M * eps,
        by=Integrated(
            {
                expectation: certificate(
                    (eps * j / (1 - eps * v), 1 - v - g),
                    (eps * j / (1 - eps * v), v * (1 - eps)),
                    (eps * j / (1 - eps * v), g * (1 + kappa)),
                    (eps / (2 * M), square(j - M)),
                )
            },
            {expectation: (eps * M / 2, eps / (2 * M))},
        ),
        because="-kappa g <= g <= 1 - v <= 1 - D leaves epsilon E[j], and 2 M E[j] <= E[j^2] + M^2 = 2 M^2.",
    )
)

# One fake sample: the Jacobian's norm is M, and D = epsilon v falls along u as fast as it may, or faster.
one_sample = Slope(sp.log(1 - (output - t * eps * (1 - v) * M)), t, 0)
half = sp.Rational(1, 2)
steep = positive("w")  # a gradient of D that nothing bounds


def _read(M: Fraction, epsilon: Fraction) -> tuple[sp.Rational, sp.Rational]:
    if M < 0 or not 0 <= epsilon < 1:
        raise ValueError(
            f"the bound needs M >= 0 and 0 <= epsilon < 1 (got M = {M}, epsilon = {epsilon}): epsilon is a distance "
            f"between outputs in [0, 1]; for example M=3 epsilon=1/10."
        )
    return sp.Rational(M.numerator, M.denominator), sp.Rational(epsilon.numerator, epsilon.denominator)


def bound(M: Fraction, epsilon: Fraction) -> sp.Expr:
    """M epsilon, in the unit of the cost per unit of the parameters."""
    norm, distance = _read(M, epsilon)
    return norm * distance


def published_bound(M: Fraction, epsilon: Fraction) -> sp.Expr:
    """M epsilon/(1 - epsilon): larger by M epsilon^2/(1 - epsilon)."""
    norm, distance = _read(M, epsilon)
    return norm * distance / (1 - distance)


PARAMETERS = (
    Parameter("M", Kind.RATIONAL, "root of the mean squared norm of the generator's Jacobian"),
    Parameter(
        "epsilon", Kind.RATIONAL, "sum of the discriminator's output and gradient norm on fake samples"
    ),
)

THEOREM = Theorem(
    id="perfect-discriminator-gradient",
    title="Against a nearly perfect discriminator the generator's gradient vanishes",
    sentence=(
        r"Let a perfect discriminator be $0$ around every fake sample, and let "
        r"$D + \|\nabla D\| \le \varepsilon < 1$ there. With $E_z \|J_\theta g_\theta(z)\|^2 = M^2$, "
        r"$\|\nabla_\theta E_z \log(1 - D(g_\theta(z)))\| \le M \varepsilon$, for a law of z on finitely many "
        r"points. This is below the published $M \varepsilon/(1 - \varepsilon)$, as remembered, and no bound "
        r"$k M \varepsilon$ with $k < 1$ holds. Against the perfect discriminator itself the gradient is zero."
    ),
    hypotheses=(
        Hypothesis(
            "the noise z takes finitely many values, so that the expectation is differentiated inside"
        ),
        Hypothesis("the perfect discriminator is zero in a neighbourhood of each fake sample g(z)"),
        Hypothesis(
            "D has values in [0, 1] and D(x) + |grad D(x)| <= epsilon at each fake sample, 0 < epsilon < 1: D is "
            "close to the perfect discriminator in value and gradient"
        ),
        Hypothesis(
            "D and the generator are differentiable, and M^2 is the mean of the Jacobian's squared norm"
        ),
        Hypothesis(
            "the slope is along any direction u of the parameters with |u| = 1: the norm of the gradient is the "
            "largest of these slopes; |<grad D, J u>| <= |grad D| |J|, with the operator norm of the Jacobian J"
        ),
    ),
    statement=CHAIN.conclusion,
    derivation=(
        Step(
            "zero-against-the-perfect",
            equal(Slope(expectation(sp.log(1 - output)), t, 0), 0),
            Differentiated(normal_form),
            because="A discriminator that is constant around each fake sample does not change as the samples move.",
        ),
        CHAIN,
        Step(
            "below-the-published-bound",
            at_most(M * eps, M * eps / (1 - eps)),
            certificate((M * eps**2 / (1 - eps), 1), strict_unless=(sp.S.One,)),
            because="The difference is M eps^2/(1 - eps), which is never zero.",
        ),
        calc("sharp", one_sample)
        .equals(
            M * eps * (1 - v) / (1 - eps * v),
            by=Differentiated(normal_form),
            because="One fake sample, where all that the value leaves of epsilon is spent on the gradient.",
        )
        .at_least(
            M * eps * (1 - v),
            by=certificate((M * eps * (1 - v) * eps * v / (1 - eps * v), 1)),
            because="So the bound M epsilon is approached as v tends to zero.",
        ),
    ),
    predictions=(
        Prediction("generator_gradient_norm", Relation.AT_MOST, bound, PARAMETERS, "nats", r"M \varepsilon"),
        Prediction(
            "generator_gradient_norm_published",
            Relation.AT_MOST,
            published_bound,
            PARAMETERS,
            "nats",
            r"\frac{M \varepsilon}{1 - \varepsilon}",
        ),
    ),
    near_misses=(
        NearMiss(
            "half-the-bound",
            at_most(one_sample, M * eps / 2),
            "A single sample comes as close to M epsilon as one likes.",
        ),
        NearMiss(
            "second-order",
            at_most(one_sample, M * eps**2),
            "The gradient vanishes like epsilon, not like its square.",
            at=({M: 1, eps: half, v: sp.Rational(1, 100)},),
        ),
        NearMiss(
            "mean-square-for-its-root",
            at_most(one_sample, M**2 * eps),
            "The bound is of first order in the Jacobian: M^2 is the mean square.",
        ),
        NearMiss(
            "close-in-value-only",
            at_most(Slope(sp.log(1 - (output - t * steep * M)), t, 0), M * eps / (1 - eps)),
            "Without a bound on the gradient of D the generator's gradient is not bounded.",
        ),
        NearMiss(
            "non-saturating-cost",
            at_most(Slope(-sp.log(output - t * eps * (1 - v) * M), t, 0), M * eps / (1 - eps), above_zero(v)),
            "The cost -log D has no such bound: 1/D is large where D is small.",
        ),
        NearMiss(
            "above-the-published-bound",
            at_least(M * eps, M * eps / (1 - eps)),
            "The published bound is the weaker one.",
        ),
    ),
    source=Source("arjovsky2017principled", "Theorem 2.4", as_we_derive_it=True),
)
