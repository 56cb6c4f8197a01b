r"""The Dirac-GAN's flow conserves the distance to its equilibrium; what loses energy, and how slowly.

With :math:`u = \psi \theta` and the energy :math:`H = (\theta^2 + \psi^2)/2`, the flow
:math:`(\dot\theta, \dot\psi) = (-\psi f'(u), \theta f'(u))` is a rotation at each point:

.. math:: \dot H = -\theta \psi f'(u) + \psi \theta f'(u) = 0 .

A simultaneous step multiplies H by :math:`1 + h^2 f'(u)^2`. R1 loses :math:`\gamma \psi^2`. The non-saturating
loss loses :math:`u \tanh(u/2) \le u^2/2 \le H^2/2`, nothing on the axes, so that :math:`1/H` grows at most like
t/2: it converges no faster than 1/t.
"""

from fractions import Fraction

import sympy as sp

from theory.kernel import (
    ConvexMinimum,
    Differentiated,
    Fact,
    Functional,
    Integrated,
    Proved,
    Slope,
    Step,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    equal,
    exponential_gap,
    normal_form,
    positive,
    real,
    square,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

theta, psi = real("theta"), real("psi")  # generator and discriminator
slope = real("s")  # f'(u) at u = psi theta, for any differentiable f
h, gamma = positive("h"), positive("gamma")  # step size; strength of R1
x, y = real("x"), real("y")  # what varies
u = psi * theta
half = sp.Rational(1, 2)


def energy(theta: sp.Expr, psi: sp.Expr) -> sp.Expr:
    """Half of the squared distance to the equilibrium (0, 0)."""
    return (theta**2 + psi**2) / 2


def along(field: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """The energy a time x later, to first order: its slope at x = 0 is its rate along the flow."""
    return energy(theta + x * field[0], psi + x * field[1])


def rate(field: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """The time derivative of the energy along a flow."""
    return Slope(along(field), x, 0)


plain = (-psi * slope, theta * slope)
penalised = (-psi * slope, theta * slope - gamma * psi)


def logistic_slope(t: sp.Expr) -> sp.Expr:
    """f'(t) of the logistic f(t) = -log(1 + exp(-t))."""
    return 1 / (1 + sp.exp(t))


# The non-saturating generator raises f(-u), whose derivative in theta is -psi f'(-u).
non_saturating = (-psi * logistic_slope(-u), theta * logistic_slope(u))
tanh = (sp.exp(u) - 1) / (sp.exp(u) + 1)  # tanh(u/2)

# u tanh(u/2) <= u^2/2, as a polynomial in y = u and exp(y): value and slope vanish at 0.
BELOW_ITS_TANGENT = at_least(y * (y * (sp.exp(y) + 1) - 2 * (sp.exp(y) - 1)), 0)
tangent = ConvexMinimum(
    y, sp.S.Zero, certificate((2 * sp.exp(y), exponential_gap(-y)), (sp.exp(y), square(y)))
)

after = (theta - h * slope * psi, psi + h * slope * theta)  # a simultaneous step
# Steps that alternate, for the linear f(t) = s t: the discriminator answers to the new theta.
answered = (after[0], psi + h * slope * after[0])


def invariant(theta: sp.Expr, psi: sp.Expr) -> sp.Expr:
    """What alternating steps of a linear f keep: an ellipse around the equilibrium."""
    return energy(theta, psi) - h * slope * theta * psi / 2


# From the rate to the energy at time t: w is the rate of 1/H at each moment of a solution.
H, lost, w = positive("H"), real("r"), real("w")
early, late, duration = positive("H_0"), positive("H_t"), positive("t")
SLOW = at_least_zero(lost + H**2 / 2)
SUMMED = at_least_zero(duration / 2 - (1 / late - 1 / early))
time = Functional(
    "I",
    over=(w,),
    facts=(Fact(sp.S.One, duration), Fact(w, 1 / late - 1 / early)),
    given=(at_least_zero(half - w),),
)
INTEGRATED = (
    calc("integrated", 1 / late - 1 / early)
    .equals(
        time(w),
        by=Integrated({time: normal_form}, {time: (0, 1)}),
        because="The change of 1/H is the integral of its rate.",
    )
    .at_most(
        duration / 2,
        by=Integrated({time: certificate((1, half - w))}, {time: (half, 0)}),
        because="The rate is at most 1/2 throughout.",
    )
)

short = positive("a")  # h s of an alternating step
NON_SATURATING = (
    calc("non-saturating", rate(non_saturating))
    .equals(
        -u * tanh,
        by=Differentiated(normal_form),
        because="u (f'(u) - f'(-u)) = -u tanh(u/2).",
    )
    .at_most(
        0,
        by=certificate(
            (1 / (1 + sp.exp(u)), exponential_gap(u)),
            (sp.exp(u) / (1 + sp.exp(u)), exponential_gap(-u)),
            strict_unless=(u,),
        ),
        because="u (exp(u) - 1) is the sum of two gaps of the exponential, zero only where u = 0.",
    )
)


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _positive(name: str, value: Fraction) -> sp.Rational:
    if value <= 0:
        raise ValueError(f"{name} must be positive (got {value}): for example {name}=1/10.")
    return _rational(value)


def growth(slope: Fraction, h: Fraction) -> sp.Expr:
    """1 + h^2 s^2."""
    return 1 + (_positive("h", h) * _rational(slope)) ** 2


def non_saturating_rate(theta: Fraction, psi: Fraction) -> sp.Expr:
    """-u tanh(u/2) at u = psi theta."""
    product = _rational(theta) * _rational(psi)
    return -product * sp.tanh(product / 2)


def least_energy(energy: Fraction, time: Fraction) -> sp.Expr:
    """H(0)/(1 + H(0) t/2)."""
    start, duration = _positive("energy", energy), _positive("time", time)
    return start / (1 + start * duration / 2)


def penalised_rate(gamma: Fraction, psi: Fraction) -> sp.Expr:
    """-gamma psi^2."""
    return -_positive("gamma", gamma) * _rational(psi) ** 2


STATEMENT = equal(rate(plain), 0)
PLACE = (
    Parameter("theta", Kind.RATIONAL, "the generator's point"),
    Parameter("psi", Kind.RATIONAL, "the discriminator's slope"),
)

THEOREM = Theorem(
    id="conserved-energy",
    title="The flow of the Dirac-GAN conserves energy; the non-saturating loss loses it no faster than 1/t",
    sentence=(
        r"Along the gradient flow of the Dirac-GAN $\frac{d}{dt} \frac12 (\theta^2 + \psi^2) = 0$, whatever $f$ is. "
        r"A simultaneous step multiplies the energy by $1 + h^2 f'(u)^2$ with $u = \psi\theta$. For the logistic $f$ "
        r"the non-saturating flow has the rate $-u \tanh(u/2) \le 0$, zero only on the axes, and $\frac{d}{dt} "
        r"\frac1H \le \frac12$: $H(t) \ge H(0)/(1 + t H(0)/2)$. With R1 the rate is $-\gamma \psi^2$."
    ),
    hypotheses=(
        Hypothesis("the Dirac-GAN: data at 0, one generated point theta, D(x) = psi x, f differentiable"),
        Hypothesis("over the time t of a solution, w is the rate of 1/H and integrates to its change"),
        Hypothesis("s is f'(psi theta): the generator follows -psi s, the discriminator theta s"),
    ),
    statement=STATEMENT,
    derivation=(
        Step(
            "conserved",
            STATEMENT,
            Differentiated(normal_form),
            because="theta (-psi s) + psi (theta s) = 0: the flow is at right angles to the radius.",
        ),
        Step(
            "logistic-slope",
            equal(Slope(-sp.log(1 + sp.exp(-x)), x, y), logistic_slope(y)),
            Differentiated(normal_form),
            because="For the logistic f, f'(t) = 1/(1 + exp(t)).",
        ),
        NON_SATURATING,
        Step(
            "below-its-tangent",
            BELOW_ITS_TANGENT,
            tangent,
            because="Convex in t with value and slope 0 at 0.",
        ),
        Step(
            "rate-against-energy",
            at_least(-u * tanh, -(energy(theta, psi) ** 2) / 2),
            certificate(
                (1 / (2 * (1 + sp.exp(u))), Proved(BELOW_ITS_TANGENT, tangent, {y: u})),
                (sp.Rational(1, 8), square(theta**2 - psi**2)),
            ),
            because="u tanh(u/2) <= u^2/2, and |u| = |theta psi| is at most the energy.",
        ),
        Step(
            "reciprocal-energy",
            at_most(Slope(1 / (H + x * lost), x, 0), half, SLOW),
            Differentiated(certificate((1 / H**2, lost + H**2 / 2))),
            because="The rate of 1/H is -H'/H^2, at most 1/2 since H' >= -H^2/2.",
        ),
        INTEGRATED,
        Step(
            "no-faster-than-one-over-t",
            at_least(late, early / (1 + early * duration / 2), SUMMED),
            certificate((early * late / (1 + early * duration / 2), SUMMED.expression)),
            because="Solved for the energy at time t.",
        ),
        Step(
            "penalised",
            equal(rate(penalised), -gamma * psi**2),
            Differentiated(normal_form),
            because="R1 loses energy wherever the discriminator is not zero.",
        ),
        Step(
            "simultaneous-step",
            equal(energy(*after), (1 + h**2 * slope**2) * energy(theta, psi)),
            normal_form,
            because="A step along the tangent leaves the circle: Pythagoras.",
        ),
        Step(
            "alternating-step",
            equal(invariant(*answered), invariant(theta, psi)),
            normal_form,
            because="For f(t) = s t the alternating step keeps theta^2 + psi^2 - h s theta psi.",
        ),
        Step(
            "alternating-orbits-are-bounded",
            at_least(energy(theta, psi) - short * theta * psi / 2, (1 - short / 2) * energy(theta, psi)),
            certificate((short / 4, square(theta - psi))),
            because="For 0 < h s = a < 2 what is kept is at least a positive part of the energy.",
        ),
    ),
    predictions=(
        Prediction(
            "simultaneous_energy_factor",
            Relation.EQUALS,
            growth,
            (
                Parameter("slope", Kind.RATIONAL, "f'(u) where the step starts"),
                Parameter("h", Kind.RATIONAL, "the step size"),
            ),
            "1",
            r"1 + h^2 f'(u)^2",
        ),
        Prediction(
            "non_saturating_energy_rate",
            Relation.EQUALS,
            non_saturating_rate,
            PLACE,
            "1",
            r"-u \tanh(u/2),\ u = \psi\theta",
        ),
        Prediction(
            "non_saturating_energy",
            Relation.AT_LEAST,
            least_energy,
            (
                Parameter("energy", Kind.RATIONAL, "H(0), half of the squared distance at the start"),
                Parameter("time", Kind.RATIONAL, "t, the time of the flow"),
            ),
            "1",
            r"\frac{H(0)}{1 + t H(0)/2}",
        ),
        Prediction(
            "penalised_energy_rate",
            Relation.EQUALS,
            penalised_rate,
            (Parameter("gamma", Kind.RATIONAL, "the strength of R1"), PLACE[1]),
            "1",
            r"-\gamma \psi^2",
        ),
    ),
    near_misses=(
        NearMiss(
            "steps-conserve-it-too",
            equal(energy(*after), energy(theta, psi)),
            "The flow conserves the energy, its simultaneous discretisation does not.",
        ),
        NearMiss(
            "alternating-steps-keep-the-circle",
            equal(energy(*answered), energy(theta, psi)),
            "They keep an ellipse that is tilted by h s/2.",
        ),
        NearMiss(
            "the-whole-argument",
            equal(rate(non_saturating), -u * (sp.exp(2 * u) - 1) / (sp.exp(2 * u) + 1)),
            "tanh(u) for tanh(u/2).",
        ),
        NearMiss(
            "exponential-decay",
            at_most(rate(non_saturating), -energy(theta, psi) / 10),
            "On the axes nothing is lost: there is no rate of decay that holds everywhere.",
            at=({theta: sp.S.One, psi: sp.S.Zero},),
        ),
        NearMiss(
            "saturating-loss-decays",
            at_most(rate(plain), -slope * u**2),
            "The saturating flow conserves the energy: it circles for ever.",
        ),
        NearMiss(
            "penalty-on-both-players",
            equal(rate(penalised), -gamma * (theta**2 + psi**2)),
            "R1 acts on the discriminator alone.",
        ),
    ),
    source=Source("mescheder2018convergence", "Lemma 2.3", as_we_derive_it=True),
)
