r"""What makes the Dirac-GAN converge: a gradient penalty, instance noise, or consensus, each for small steps.

The setting is that of ``dirac-gan``. The penalty :math:`\frac{\gamma}{2} \psi^2` on the discriminator's slope
(R1) turns the eigenvalues :math:`\pm i f_1` into

.. math:: -\frac{\gamma}{2} \pm \sqrt{\frac{\gamma^2}{4} - f_1^2},

so that the flow decays fastest at :math:`\gamma = 2 f_1`. Simultaneous steps of size h converge exactly where
:math:`h f_1^2 < \gamma` and :math:`2 h \gamma < 4 + h^2 f_1^2`, alternating ones exactly where
:math:`h^2 f_1^2 + 2 h \gamma < 4`. Noise of variance :math:`\sigma^2` on both laws acts like a penalty
:math:`\gamma = -2 f_2 \sigma^2`. Consensus optimisation, :math:`v - \gamma \nabla \frac12 |v|^2`, has
:math:`-\gamma f_1^2 \pm i f_1` and converges exactly where :math:`h (1 + \gamma^2 f_1^2) < 2 \gamma`.
"""

from collections.abc import Callable

import sympy as sp

from theory.kernel import (
    Differentiated,
    Fact,
    Functional,
    Integrated,
    Slope,
    SpectralAbscissa,
    SpectralRadius,
    Spectrum,
    Stable,
    Step,
    Unstable,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    characteristic_polynomial,
    equal,
    normal_form,
    positive,
    real,
)
from theory.local_convergence import (
    alternating_radius,
    consensus_radius,
    critical_gamma,
    critical_noise,
    flow_imaginary,
    flow_real,
    largest_alternating,
    largest_consensus,
    largest_simultaneous,
    simultaneous_radius,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems.dirac_gan import at, entries, f, f0, f2, flow, h, jacobian, psi, theta, x

f1 = positive("f_1")  # f'(0); where it is negative, exchange psi with -psi
gamma = positive("gamma")  # strength of the penalty, or of the consensus term
NEVER = (sp.S.One,)  # equality only where 1 = 0: the sign is strict

# --- R1: the discriminator pays gamma/2 times its squared slope ------------------------------------


def penalised(theta: sp.Expr, psi: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The flow with R1."""
    down, up = flow(theta, psi, f1)
    return down, up - gamma * psi


J = entries(jacobian(penalised))
simultaneous = sp.eye(2) + h * J
alternating = sp.Matrix([[1, 0], [h * J[1, 0], 1 + h * J[1, 1]]]) * sp.Matrix([[1, h * J[0, 1]], [0, 1]])

WEAK = at_least_zero(2 * f1 - gamma)  # up to the critical strength
SLOW_ENOUGH = above_zero(gamma - h * f1**2)
SHORT = above_zero(4 + h**2 * f1**2 - 2 * h * gamma)
SHORT_ALTERNATING = above_zero(4 - h**2 * f1**2 - 2 * h * gamma)
TOO_FAST, LONG = at_least_zero(h * f1**2 - gamma), at_least_zero(2 * h * gamma - 4 - h**2 * f1**2)
LONG_ALTERNATING = at_least_zero(h**2 * f1**2 + 2 * h * gamma - 4)

slow = positive("s")  # the slower rate beyond the critical strength, where gamma = s + f1^2/s
SLOWER = at_least_zero(f1 - slow)
overdamped = J.xreplace({gamma: slow + f1**2 / slow})

# --- Instance noise: sigma xi on data and generated point, xi of a symmetric law of variance 1 -------
sigma, xi, c = positive("sigma"), real("xi"), positive("c")
curvature = -c  # f2 = f''(0) < 0; logistic f: -1/4
E = Functional("E", over=(xi,), facts=(Fact(sp.S.One, sp.S.One), Fact(xi**2, sp.S.One)))
noisy_loss = 2 * f0 + f1 * psi * theta + curvature * psi**2 * (theta**2 + 2 * sigma**2) / 2


def with_noise(xi: sp.Expr) -> sp.Expr:
    """The loss with one draw of the noise on each law."""
    return f(psi * (theta + sigma * xi), f1, curvature) + f(-psi * sigma * xi, f1, curvature)


def noisy(theta: sp.Expr, psi: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The flow of the expected loss."""
    down, up = flow(theta, psi, f1, curvature)
    return down, up + 2 * curvature * sigma**2 * psi


J_noisy = entries(jacobian(noisy))
QUIET = at_least_zero(f1 - c * sigma**2)

# --- Consensus: minus gamma times the gradient of half of the squared flow --------------------------


def consensus(theta: sp.Expr, psi: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The flow with the consensus term."""
    down, up = flow(theta, psi, f1)
    slope = f1 + f2 * psi * theta
    bend = (theta**2 + psi**2) * slope * f2
    return down - gamma * (theta * slope**2 + psi * bend), up - gamma * (psi * slope**2 + theta * bend)


J_consensus = entries(jacobian(consensus))
consensus_step = sp.eye(2) + h * J_consensus

logistic = 1 / (1 + sp.exp(psi * theta))  # f'(u) of f(t) = -log(1 + exp(-t)), at u = psi theta
logistic_bend = -sp.exp(psi * theta) / (1 + sp.exp(psi * theta)) ** 2  # f''(u)
half_square = (theta**2 + psi**2) / 2 * logistic**2
along_theta = Slope(half_square.xreplace({theta: x}), x, theta)


STATEMENT = at_most(SpectralRadius(*simultaneous), 1, SLOW_ENOUGH, SHORT)

FLOW = (
    Parameter("f1", Kind.RATIONAL, "f'(0): 1/2 for the logistic f"),
    Parameter("gamma", Kind.RATIONAL, "the strength gamma of the regulariser"),
)
STEP = Parameter("h", Kind.RATIONAL, "the step size")
BEND = Parameter("curvature", Kind.RATIONAL, "|f''(0)|: 1/4 for the logistic f")


def _number(
    observable: str, formula: Callable[..., sp.Expr], parameters: tuple[Parameter, ...], display: str
) -> Prediction:
    return Prediction(observable, Relation.EQUALS, formula, parameters, "1", display)


THEOREM = Theorem(
    id="dirac-gan-regularized",
    title="A gradient penalty, instance noise or consensus makes small steps of the Dirac-GAN converge",
    sentence=(
        r"With the penalty $\frac\gamma2 \psi^2$ the Dirac-GAN's flow has the eigenvalues $-\frac\gamma2 \pm "
        r"\sqrt{\frac{\gamma^2}{4} - f_1^2}$, and its rate is best at $\gamma = 2 f_1$. The linearised simultaneous "
        r"step converges if and only if $h f_1^2 < \gamma$ and $2 h \gamma < 4 + h^2 f_1^2$, the alternating one if "
        r"and only if $h^2 f_1^2 + 2 h \gamma < 4$. Noise of variance $\sigma^2$ on both laws acts as $\gamma = -2 "
        r"f''(0) \sigma^2$. Consensus has the eigenvalues $-\gamma f_1^2 \pm i f_1$ and converges if and only if "
        r"$h (1 + \gamma^2 f_1^2) < 2 \gamma$."
    ),
    hypotheses=(
        Hypothesis("the Dirac-GAN: data at 0, one generated point, D(x) = psi x, L = f(psi theta) + f(0)"),
        Hypothesis("f'(0) = f_1 > 0, which exchanging psi with -psi allows; gamma > 0 and h > 0"),
        Hypothesis("the simultaneous step is shorter than gamma/f_1^2", (SLOW_ENOUGH,)),
        Hypothesis("and 2 h gamma < 4 + h^2 f_1^2", (SHORT,)),
        Hypothesis("one step of each player; steps are linearised at the equilibrium"),
        Hypothesis("instance noise is symmetric about 0 and independent of all else"),
    ),
    statement=STATEMENT,
    derivation=(
        Step(
            "penalty",
            equal(Slope(gamma * x**2 / 2, x, psi), gamma * psi),
            Differentiated(normal_form),
            because="The discriminator pays for its slope at the data, which is psi.",
        ),
        Step(
            "eigenvalues",
            equal(
                characteristic_polynomial(jacobian(penalised), at),
                (at + gamma / 2) ** 2 - (gamma**2 / 4 - f1**2),
            ),
            Differentiated(normal_form),
            because="The Jacobian is [[0, -f1], [f1, -gamma]].",
        ),
        Step(
            "rate-up-to-the-critical-strength",
            equal(SpectralAbscissa(*J), -gamma / 2, WEAK),
            Spectrum(conjugate=((-gamma / 2, f1**2 - gamma**2 / 4),)),
            because="Up to gamma = 2 f1 the eigenvalues are conjugate with real part -gamma/2.",
        ),
        Step(
            "rate-beyond-it",
            equal(SpectralAbscissa(*overdamped), -slow, SLOWER),
            Spectrum(real=(-slow, -(f1**2) / slow)),
            because="For gamma = s + f1^2/s the eigenvalues are -s and -f1^2/s; the slower, s <= f1, decides.",
        ),
        Step(
            "simultaneous-converges",
            STATEMENT,
            Stable(
                (
                    certificate((1, h**2 * f1**2), strict_unless=NEVER),
                    certificate((1, SHORT.expression), strict_unless=NEVER),
                    certificate((h, SLOW_ENOUGH.expression), strict_unless=NEVER),
                )
            ),
            because="The Jury conditions of the characteristic polynomial; all are strict, so the radius is below 1.",
        ),
        Step(
            "simultaneous-too-fast",
            at_least(SpectralRadius(*simultaneous), 1, TOO_FAST),
            Unstable(2, certificate((h, TOO_FAST.expression))),
            because="The determinant, the product of the eigenvalues, is at least one.",
        ),
        Step(
            "simultaneous-too-long",
            at_least(SpectralRadius(*simultaneous), 1, LONG),
            Unstable(1, certificate((1, LONG.expression))),
            because="The characteristic polynomial is not positive at -1.",
        ),
        Step(
            "simultaneous-rate",
            equal(SpectralRadius(*simultaneous) ** 2, 1 - h * (gamma - h * f1**2), WEAK),
            Spectrum(conjugate=((1 - h * gamma / 2, h**2 * (f1**2 - gamma**2 / 4)),)),
            because="Up to the critical strength the squared radius is the determinant.",
        ),
        Step(
            "alternating-converges",
            at_most(SpectralRadius(*alternating), 1, SHORT_ALTERNATING),
            Stable(
                (
                    certificate((1, h**2 * f1**2), strict_unless=NEVER),
                    certificate((1, SHORT_ALTERNATING.expression), strict_unless=NEVER),
                    certificate((1, h * gamma), strict_unless=NEVER),
                )
            ),
            because="Determinant 1 - h gamma: of the Jury conditions only the one at -1 restricts the step.",
        ),
        Step(
            "alternating-too-long",
            at_least(SpectralRadius(*alternating), 1, LONG_ALTERNATING),
            Unstable(1, certificate((1, LONG_ALTERNATING.expression))),
            because="The characteristic polynomial is not positive at -1.",
        ),
        Step(
            "noise-averages",
            equal(E(sp.expand(with_noise(xi) + with_noise(-xi)) / 2), noisy_loss),
            Integrated(
                {E: normal_form},
                {E: (-noisy_loss.xreplace({sigma: sp.S.Zero}), -curvature * psi**2 * sigma**2)},
            ),
            because="xi and -xi are equally likely: of the 2-jet only the variance of the noise remains.",
        ),
        Step(
            "noise-in-the-flow",
            equal(Slope(noisy_loss.xreplace({psi: x}), x, psi), noisy(theta, psi)[1]),
            Differentiated(normal_form),
            because="The noise adds 2 f''(0) sigma^2 psi to the discriminator's gradient, as R1 adds -gamma psi.",
        ),
        Step(
            "noise-is-a-penalty",
            equal(
                characteristic_polynomial(jacobian(noisy), at),
                (at + c * sigma**2) ** 2 - (c**2 * sigma**4 - f1**2),
            ),
            Differentiated(normal_form),
            because="It is the polynomial of R1 at gamma = 2 c sigma^2, c = -f''(0).",
        ),
        Step(
            "noise-rate",
            equal(SpectralAbscissa(*J_noisy), -c * sigma**2, QUIET),
            Spectrum(conjugate=((-c * sigma**2, f1**2 - c**2 * sigma**4),)),
            because="Up to the critical variance f1/c, which is 2 for the logistic f.",
        ),
        Step(
            "consensus-gradient",
            equal(along_theta, theta * logistic**2 + psi * (theta**2 + psi**2) * logistic * logistic_bend),
            Differentiated(normal_form),
            because="The gradient of half of the squared flow, f'(u)^2 (theta^2 + psi^2)/2, for the logistic f.",
        ),
        Step(
            "consensus-eigenvalues",
            equal(characteristic_polynomial(jacobian(consensus), at), (at + gamma * f1**2) ** 2 + f1**2),
            Differentiated(normal_form),
            because="At the equilibrium the term is -gamma J^T J, which is -gamma f1^2 times the identity.",
        ),
        Step(
            "consensus-radius",
            equal(
                SpectralRadius(*consensus_step) ** 2,
                1 - h * f1**2 * (2 * gamma - h * (1 + gamma**2 * f1**2)),
            ),
            Spectrum(conjugate=((1 - h * gamma * f1**2, h**2 * f1**2),)),
            because="The squared modulus of 1 - h gamma f1^2 + i h f1: below one exactly where h is small enough.",
        ),
    ),
    predictions=(
        _number("flow_eigenvalue_real", flow_real, FLOW, r"-\tfrac\gamma2 + \sqrt{(\gamma^2/4 - f_1^2)_+}"),
        _number("flow_eigenvalue_imaginary", flow_imaginary, FLOW, r"\sqrt{(f_1^2 - \gamma^2/4)_+}"),
        _number("critical_gamma", critical_gamma, FLOW[:1], r"2 f_1"),
        _number("critical_noise_variance", critical_noise, (FLOW[0], BEND), r"f_1 / |f''(0)|"),
        _number("simultaneous_radius", simultaneous_radius, (*FLOW, STEP), r"\rho(1 + h J)"),
        _number("alternating_radius", alternating_radius, (*FLOW, STEP), r"\rho(D_h G_h)"),
        _number(
            "consensus_radius",
            consensus_radius,
            (*FLOW, STEP),
            r"\sqrt{(1 - h\gamma f_1^2)^2 + h^2 f_1^2}",
        ),
        _number(
            "largest_simultaneous_step",
            largest_simultaneous,
            FLOW,
            r"(\gamma - \sqrt{(\gamma^2 - 4 f_1^2)_+}) / f_1^2",
        ),
        _number(
            "largest_alternating_step",
            largest_alternating,
            FLOW,
            r"(\sqrt{\gamma^2 + 4 f_1^2} - \gamma) / f_1^2",
        ),
        _number("largest_consensus_step", largest_consensus, FLOW, r"\frac{2\gamma}{1 + \gamma^2 f_1^2}"),
    ),
    near_misses=(
        NearMiss(
            "slope-not-squared-under-the-root",
            equal(
                characteristic_polynomial(jacobian(penalised), at),
                (at + gamma / 2) ** 2 - (gamma**2 / 4 - f1),
            ),
            "f'(0) for f'(0)^2 under the root, as remembered from a printed lemma.",
        ),
        NearMiss(
            "half-of-the-critical-strength",
            equal(SpectralAbscissa(*J), -gamma / 2, at_least_zero(4 * f1 - gamma)),
            "Beyond gamma = 2 f1 the slower of two real eigenvalues decides.",
        ),
        NearMiss(
            "one-condition-is-enough",
            at_most(SpectralRadius(*simultaneous), 1, SLOW_ENOUGH),
            "A strong penalty with a long step overshoots: the second condition is needed.",
        ),
        NearMiss(
            "alternating-under-the-simultaneous-conditions",
            at_most(SpectralRadius(*alternating), 1, SLOW_ENOUGH, SHORT),
            "Alternating steps have 4 - h^2 f1^2 where simultaneous ones have 4 + h^2 f1^2.",
        ),
        NearMiss(
            "noise-on-one-law",
            equal(
                characteristic_polynomial(jacobian(noisy), at),
                (at + c * sigma**2 / 2) ** 2 - (c**2 * sigma**4 / 4 - f1**2),
            ),
            "Both laws are noisy, and each adds f''(0) sigma^2.",
        ),
        NearMiss(
            "consensus-gradient-halved",
            equal(
                along_theta, theta * logistic**2 + psi * (theta**2 + psi**2) * logistic * logistic_bend / 2
            ),
            "The second term of the gradient with a factor 1/2, as remembered from published code.",
            at=({theta: sp.S.One, psi: sp.S.One},),
        ),
        NearMiss(
            "consensus-without-the-square",
            at_most(SpectralRadius(*consensus_step), 1, above_zero(2 * gamma - h)),
            "h < 2 gamma forgets that the term itself overshoots: 1 + gamma^2 f1^2 divides.",
        ),
    ),
    source=Source("mescheder2018convergence", "Sections 3 and 4", as_we_derive_it=True),
)
