r"""Simultaneous gradient steps leave the equilibrium of the Dirac-GAN; alternating small steps circle it.

Data at 0, one generated point at theta, a linear discriminator psi x and the loss
:math:`L = f(\psi \theta) + f(0)`, which the generator lowers and the discriminator raises. The Jacobian at an
equilibrium sees of f its first derivatives at 0 alone, :math:`f_1 = f'(0)` and :math:`f_2 = f''(0)`. Here it
has the eigenvalues :math:`\pm i f_1`, so that a simultaneous step of size h multiplies distances by
:math:`\sqrt{1 + h^2 f_1^2} > 1`. With n_g steps of the generator and then n_d of the discriminator both
eigenvalues are on the unit circle as long as :math:`\alpha = \sqrt{n_g n_d}\, h f_1 \le 2`, and one is outside
beyond.
"""

from collections.abc import Callable
from fractions import Fraction

import sympy as sp

from theory.kernel import (
    Differentiated,
    Slope,
    SpectralRadius,
    Spectrum,
    Step,
    at_least,
    at_least_zero,
    at_most,
    characteristic_polynomial,
    equal,
    integer,
    interval,
    mean_eigenvalue,
    normal_form,
    positive,
    real,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

theta, psi, x = real("theta"), real("psi"), real("x")  # generator, discriminator, and what varies
f0, f1, f2 = real("f_0"), real("f_1"), real("f_2")  # f(0), f'(0), f''(0); logistic f: -log 2, 1/2, -1/4
h = positive("h")  # step size of both players
n_g, n_d = integer("n_g", 1), integer("n_d", 1)  # steps of each player before the other moves
at = real("lambda")


def f(t: sp.Expr, f1: sp.Expr = f1, f2: sp.Expr = f2) -> sp.Expr:
    """The 2-jet of f at 0: what is left out is o(t^2) and has no part in the Jacobian at t = 0."""
    return f0 + f1 * t + f2 * t**2 / 2


def flow(theta: sp.Expr, psi: sp.Expr, f1: sp.Expr = f1, f2: sp.Expr = f2) -> tuple[sp.Expr, sp.Expr]:
    """Where the two gradients lead: down the loss for the generator, up for the discriminator."""
    slope = f1 + f2 * psi * theta
    return -psi * slope, theta * slope


def jacobian(field: Callable[[sp.Expr, sp.Expr], tuple[sp.Expr, sp.Expr]]) -> sp.Matrix:
    """The Jacobian at (0, 0), each entry a slope along one axis."""
    along_theta, along_psi = field(x, sp.S.Zero), field(sp.S.Zero, x)
    return sp.Matrix([[Slope(a, x, 0), Slope(b, x, 0)] for a, b in zip(along_theta, along_psi, strict=True)])


def entries(matrix: sp.Matrix) -> sp.Matrix:
    """The Jacobian with its slopes worked out."""
    return matrix.applyfunc(lambda slope: slope.formula)


J = entries(jacobian(flow))
simultaneous = sp.eye(2) + h * J


def generator_moves(n: sp.Expr | int) -> sp.Matrix:
    """The linear map of n steps of the generator while psi stands still."""
    return sp.Matrix([[1, n * h * J[0, 1]], [0, 1]])


def discriminator_moves(n: sp.Expr | int) -> sp.Matrix:
    """The linear map of n steps of the discriminator while theta stands still."""
    return sp.Matrix([[1, 0], [n * h * J[1, 0], 1]])


alternating = discriminator_moves(n_d) * generator_moves(n_g)
alpha_squared = n_g * n_d * h**2 * f1**2
SMALL = at_least_zero(4 - alpha_squared)

r = interval("r", 1, sp.oo)  # alpha = r + 1/r covers every alpha of at least 2
one_each = sp.Matrix([[1, -(r + 1 / r)], [r + 1 / r, 1 - (r + 1 / r) ** 2]])


def _steps(f1: Fraction, h: Fraction) -> tuple[sp.Rational, sp.Rational]:
    if h <= 0:
        raise ValueError(f"h must be positive (got {h}): it is the size of a step, for example h=1/10.")
    return sp.Rational(f1.numerator, f1.denominator), sp.Rational(h.numerator, h.denominator)


def _counts(n_g: int, n_d: int) -> sp.Integer:
    if n_g < 1 or n_d < 1:
        raise ValueError(f"n_g and n_d must be at least 1 (got {n_g} and {n_d}): for example n_g=1, n_d=5.")
    return sp.Integer(n_g * n_d)


def growth(f1: Fraction, h: Fraction) -> sp.Expr:
    """sqrt(1 + h^2 f1^2): the factor of the distance to the equilibrium in one simultaneous step."""
    slope, step = _steps(f1, h)
    return sp.sqrt(1 + step**2 * slope**2)


def alternating_radius(f1: Fraction, h: Fraction, n_g: int, n_d: int) -> sp.Expr:
    """1 up to alpha = 2; beyond, alpha^2/2 - 1 + sqrt((alpha^2/2 - 1)^2 - 1)."""
    slope, step = _steps(f1, h)
    middle = _counts(n_g, n_d) * step**2 * slope**2 / 2 - 1
    return sp.S.One if middle <= 1 else middle + sp.sqrt(middle**2 - 1)


def largest_step(f1: Fraction, n_g: int, n_d: int) -> sp.Expr:
    """2/(|f1| sqrt(n_g n_d)): the largest step at which alternating updates do not diverge."""
    if f1 == 0:
        raise ValueError(
            "f1 must not be 0 (got 0): with f'(0) = 0 the linearised players do not move; for example f1=1/2."
        )
    return 2 / (abs(sp.Rational(f1.numerator, f1.denominator)) * sp.sqrt(_counts(n_g, n_d)))


STATEMENT = equal(SpectralRadius(*simultaneous) ** 2, 1 + h**2 * f1**2)

SLOPE = Parameter("f1", Kind.RATIONAL, "f'(0): 1/2 for the logistic f, 1 for the Wasserstein loss")
STEP = Parameter("h", Kind.RATIONAL, "the step size")
COUNTS = (
    Parameter("n_g", Kind.INTEGER, "steps of the generator in a row"),
    Parameter("n_d", Kind.INTEGER, "steps of the discriminator in a row"),
)

THEOREM = Theorem(
    id="dirac-gan",
    title="Simultaneous gradient steps leave the equilibrium of the Dirac-GAN; alternating ones circle it",
    sentence=(
        r"For $L(\theta, \psi) = f(\psi\theta) + f(0)$ with $f_1 = f'(0)$, the gradient flow has the eigenvalues "
        r"$\pm i f_1$ at the equilibrium $(0, 0)$. The linearised simultaneous step of size $h$ has spectral radius "
        r"$\sqrt{1 + h^2 f_1^2}$, above one for every $h > 0$ if $f_1 \ne 0$. Steps that alternate, $n_g$ of the "
        r"generator with $n_d$ of the discriminator, have spectral radius one if $\alpha = \sqrt{n_g n_d}\, h "
        r"|f_1| \le 2$, and at least $\alpha^2/2 - 1$ always, which is above one if $\alpha > 2$."
    ),
    hypotheses=(
        Hypothesis("the data are one point at 0, the generator one point at theta, D(x) = psi x"),
        Hypothesis("f is twice differentiable at 0; the discriminator raises L, the generator lowers it"),
        Hypothesis("steps are linearised at the equilibrium; for f(t) = t they are linear as they stand"),
    ),
    statement=STATEMENT,
    derivation=(
        Step(
            "generator-descends",
            equal(-Slope(f(psi * x) + f(sp.S.Zero), x, theta), flow(theta, psi)[0]),
            Differentiated(normal_form),
            because="The chain rule: the derivative of f(psi theta) in theta is psi f'(psi theta).",
        ),
        Step(
            "discriminator-ascends",
            equal(Slope(f(x * theta) + f(sp.S.Zero), x, psi), flow(theta, psi)[1]),
            Differentiated(normal_form),
            because="And in psi it is theta f'(psi theta).",
        ),
        Step(
            "eigenvalues",
            equal(characteristic_polynomial(jacobian(flow), at), at**2 + f1**2),
            Differentiated(normal_form),
            because="The Jacobian is the rotation [[0, -f1], [f1, 0]]: the eigenvalues are i f1 and -i f1.",
        ),
        Step(
            "logistic-slope",
            equal(Slope(-sp.log(1 + sp.exp(-x)), x, 0), sp.Rational(1, 2)),
            Differentiated(normal_form),
            because="For the logistic f(t) = -log(1 + exp(-t)), f1 is 1/2; for the Wasserstein f(t) = t it is 1.",
        ),
        Step(
            "simultaneous",
            STATEMENT,
            Spectrum(conjugate=((sp.S.One, h**2 * f1**2),)),
            because="The eigenvalues of the step are 1 + i h f1 and 1 - i h f1.",
        ),
        Step(
            "repeated-steps-add-up",
            equal((generator_moves(n_g) * generator_moves(1))[0, 1], generator_moves(n_g + 1)[0, 1]),
            normal_form,
            because="While one player stands still, the other's n steps are one step n times as long.",
        ),
        Step(
            "alternating-on-the-circle",
            equal(SpectralRadius(*alternating), 1, SMALL),
            Spectrum(conjugate=((1 - alpha_squared / 2, alpha_squared * (4 - alpha_squared) / 4),)),
            because="Determinant 1 and trace 2 - alpha^2: a conjugate pair on the unit circle up to alpha = 2.",
        ),
        Step(
            "alternating-beyond",
            at_least(SpectralRadius(*alternating), alpha_squared / 2 - 1),
            mean_eigenvalue,
            because="The radius is at least the mean of the two eigenvalues, in absolute value.",
        ),
        Step(
            "alternating-growth",
            equal(SpectralRadius(*one_each), r**2),
            Spectrum(real=(-(r**2), -1 / r**2)),
            because="One step each with h f1 = r + 1/r, r >= 1: the eigenvalues are -r^2 and -1/r^2.",
        ),
    ),
    predictions=(
        Prediction(
            "flow_eigenvalue_imaginary",
            Relation.EQUALS,
            lambda f1: abs(sp.Rational(f1.numerator, f1.denominator)),
            (SLOPE,),
            "1",
            r"|f_1|",
        ),
        Prediction(
            "simultaneous_radius", Relation.EQUALS, growth, (SLOPE, STEP), "1", r"\sqrt{1 + h^2 f_1^2}"
        ),
        Prediction(
            "alternating_radius",
            Relation.EQUALS,
            alternating_radius,
            (SLOPE, STEP, *COUNTS),
            "1",
            r"1 \text{ if } \alpha \le 2, \text{ else } \tfrac{\alpha^2}{2} - 1 "
            r"+ \sqrt{(\tfrac{\alpha^2}{2} - 1)^2 - 1}",
        ),
        Prediction(
            "largest_alternating_step",
            Relation.EQUALS,
            largest_step,
            (SLOPE, *COUNTS),
            "1",
            r"\frac{2}{|f_1| \sqrt{n_g n_d}}",
        ),
    ),
    near_misses=(
        NearMiss(
            "simultaneous-steps-circle",
            equal(SpectralRadius(*simultaneous), 1),
            "The flow circles, its simultaneous discretisation does not, however small the step.",
        ),
        NearMiss(
            "growth-of-first-order",
            equal(SpectralRadius(*simultaneous), 1 + h * f1),
            "The eigenvalue is 1 + i h f1: the growth is of second order in h.",
        ),
        NearMiss(
            "alternating-for-every-step",
            at_most(SpectralRadius(*alternating), 1),
            "Beyond alpha = 2 alternating steps diverge as well.",
        ),
        NearMiss(
            "counts-do-not-matter",
            at_most(SpectralRadius(*alternating), 1, at_least_zero(4 - h**2 * f1**2)),
            "h f1 <= 2 is the bound for one step each; more steps in a row allow only a smaller h.",
        ),
        NearMiss(
            "trace-of-the-wrong-order",
            equal(SpectralRadius(*alternating), 1, at_least_zero(4 - h * f1 * n_g * n_d)),
            "alpha^2, not h f1 n_g n_d, is compared with 4.",
        ),
    ),
    source=Source("mescheder2018convergence", "Lemmas 2.2 to 2.5", as_we_derive_it=True),
)
