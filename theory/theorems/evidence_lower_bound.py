r"""The log evidence is the evidence lower bound plus the divergence of q from the posterior.

For a model p(x, z), a fixed x and any law q of the latent z,

.. math:: \log p(x) = \int q \log\frac{p(x, z)}{q} \, dz + KL(q \,\|\, p(\cdot \mid x))
          \ge ELBO(q),

with equality only where q is the posterior. In the linear Gaussian model x = w z + noise the best Gaussian q
attains it: its mean and variance are those of the posterior.
"""

from fractions import Fraction

import sympy as sp

from theory.divergences import kullback_leibler
from theory.kernel import (
    Bounds,
    Fact,
    Functional,
    Integrated,
    Step,
    WeightedLog,
    at_most,
    calc,
    certificate,
    entropy_gap,
    equal,
    log_gap,
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

half = sp.Rational(1, 2)

joint = positive("j")  # p(x, z) at the observed x, as a density of z
q = nonnegative("q")  # the approximate posterior's density of z
evidence = positive("p_x")  # p(x), the total of the joint density
posterior = joint / evidence

# q log(q/p(x, z)) is integrable: the divergence of q from the posterior is finite.
over_latents = Functional(
    "I",
    over=(joint, q),
    facts=(Fact(joint, evidence), Fact(q, 1)),
    integrable=(WeightedLog(q, q / joint),),
)
bound = -over_latents(WeightedLog(q, q / joint))  # the ELBO, nats
divergence = over_latents(WeightedLog(q, q / posterior))

DIVERGENCE_BOUNDS = (
    Bounds(
        WeightedLog(q, q / posterior),
        lower=(q - posterior, certificate((1, entropy_gap(q, posterior)))),
        upper=(WeightedLog(q, q / joint) + q * sp.log(evidence), certificate((1, 0))),
    ),
)

# The linear Gaussian model: z ~ N(0, 1), x = w z + noise of variance s, and q = N(m, v).
x, w, m, z = real("x"), real("w"), real("m"), real("z")
s, v = positive("s"), positive("v")
under_q = Functional("E", over=(z,), facts=(Fact(1, 1), Fact(z, m), Fact(z**2, v + m**2)))


def log_normal(at: sp.Expr, mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """The log density of N(mean, variance), nats."""
    return -((at - mean) ** 2) / (2 * variance) - sp.log(2 * sp.pi * variance) / 2


log_joint = log_normal(x, w * z, s) + log_normal(z, sp.S.Zero, sp.S.One)
gaussian_bound = under_q(sp.expand(log_joint - log_normal(z, m, v)))
GAUSSIAN_BOUND = (
    -((x - w * m) ** 2 + w**2 * v) / (2 * s)
    - (m**2 + v) / 2
    + (1 + sp.log(v) - sp.log(2 * sp.pi) - sp.log(s)) / 2
)
BEST_MEAN, BEST_VARIANCE = w * x / (w**2 + s), s / (w**2 + s)
LOG_EVIDENCE = log_normal(x, sp.S.Zero, w**2 + s)


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _model(weight: Fraction, noise: Fraction) -> tuple[sp.Rational, sp.Rational]:
    if noise <= 0:
        raise ValueError(
            f"noise must be a positive variance (got {noise}): without noise the posterior has no density; "
            f"for example noise=1/2."
        )
    return _rational(weight), _rational(noise)


def log_evidence(x: Fraction, weight: Fraction, noise: Fraction) -> sp.Expr:
    """-x^2/(2(w^2 + s)) - log(2 pi (w^2 + s))/2: the best ELBO of x = w z + noise, nats."""
    slope, variance = _model(weight, noise)
    return log_normal(_rational(x), sp.S.Zero, slope**2 + variance)


def posterior_mean(x: Fraction, weight: Fraction, noise: Fraction) -> sp.Expr:
    """W x/(w^2 + s)."""
    slope, variance = _model(weight, noise)
    return slope * _rational(x) / (slope**2 + variance)


def posterior_variance(weight: Fraction, noise: Fraction) -> sp.Expr:
    """s/(w^2 + s)."""
    slope, variance = _model(weight, noise)
    return variance / (slope**2 + variance)


CHAIN = (
    calc("decomposition", sp.log(evidence))
    .equals(
        bound + divergence,
        by=Integrated({over_latents: normal_form}, {over_latents: (0, sp.log(evidence))}, DIVERGENCE_BOUNDS),
        because="log p(x) = log p(x, z) - log p(z | x) at every z, and q has mass one.",
    )
    .at_least(
        bound,
        by=Integrated(
            {over_latents: certificate((1, entropy_gap(q, posterior)), strict_unless=(q - posterior,))},
            {over_latents: (1 / evidence, -1)},
            DIVERGENCE_BOUNDS,
        ),
        because="The divergence integrates an entropy gap, which vanishes only where q is the posterior.",
    )
)

MODEL = (
    Parameter("weight", Kind.RATIONAL, "the weight w of the latent in x = w z + noise"),
    Parameter("noise", Kind.RATIONAL, "the variance s > 0 of the noise"),
)
OBSERVED = (Parameter("x", Kind.RATIONAL, "the observation"), *MODEL)

THEOREM = Theorem(
    id="evidence-lower-bound",
    title="The log evidence is the evidence lower bound plus a divergence",
    sentence=(
        r"For every law $q$ of the latent with finite divergence from the posterior, "
        r"$\log p(x) = \mathrm{ELBO}(q) + \mathrm{KL}(q \,\|\, p(\cdot \mid x)) \ge \mathrm{ELBO}(q)$, with "
        r"equality only if $q = p(\cdot \mid x)$ almost everywhere. For $z \sim N(0, 1)$ and $x = wz + N(0, s)$ the "
        r"bound is attained by $q = N\!\left(\frac{wx}{w^2 + s}, \frac{s}{w^2 + s}\right)$ and by no other Gaussian."
    ),
    hypotheses=(
        Hypothesis(
            "x is fixed; j = p(x, z) > 0 is the joint density at x, and p_x = p(x), its total over z, is finite"
        ),
        Hypothesis("q is a probability density of z and q log(q/p(x, z)) is integrable; 0 log 0 = 0"),
        Hypothesis("in the Gaussian steps: E is the expectation under q, with mean m and variance v"),
    ),
    statement=CHAIN.conclusion,
    derivation=(
        CHAIN,
        Step(
            "gaussian-bound",
            equal(gaussian_bound, GAUSSIAN_BOUND),
            Integrated(
                {under_q: normal_form},
                {
                    under_q: (
                        (x**2 / s + sp.log(2 * sp.pi) + sp.log(s) - sp.log(v) - m**2 / v) / 2,
                        m / v - w * x / s,
                        (1 + w**2 / s - 1 / v) / 2,
                    )
                },
            ),
            because="The integrand is a polynomial of degree two in z: its mean needs two moments of q.",
        ),
        Step(
            "gaussian-gap",
            at_most(GAUSSIAN_BOUND, LOG_EVIDENCE),
            certificate(
                (half, log_gap(v / BEST_VARIANCE)),
                (half / BEST_VARIANCE, square(m - BEST_MEAN)),
                strict_unless=(v - BEST_VARIANCE, m - BEST_MEAN),
            ),
            because="The gap is KL(N(m, v) || posterior), zero only at the posterior's mean and variance.",
        ),
        Step(
            "gaussian-tight",
            equal(GAUSSIAN_BOUND.xreplace({m: BEST_MEAN, v: BEST_VARIANCE}), LOG_EVIDENCE),
            normal_form,
            because="At the posterior the bound is the log evidence of x ~ N(0, w^2 + s).",
        ),
    ),
    predictions=(
        Prediction(
            "evidence_gap",
            Relation.EQUALS,
            lambda q, posterior: kullback_leibler(q, posterior),
            (
                Parameter("q", Kind.LAW, "the approximate posterior"),
                Parameter("posterior", Kind.LAW, "the posterior on the same atoms"),
            ),
            "nats",
            r"\mathrm{KL}(q \,\|\, p(\cdot \mid x))",
        ),
        Prediction(
            "best_lower_bound",
            Relation.EQUALS,
            log_evidence,
            OBSERVED,
            "nats",
            r"-\frac{x^2}{2(w^2+s)} - \tfrac12 \log(2\pi(w^2+s))",
        ),
        Prediction("posterior_mean", Relation.EQUALS, posterior_mean, OBSERVED, "1", r"\frac{wx}{w^2+s}"),
        Prediction("posterior_variance", Relation.EQUALS, posterior_variance, MODEL, "1", r"\frac{s}{w^2+s}"),
    ),
    near_misses=(
        NearMiss(
            "upper-bound",
            at_most(sp.log(evidence), bound),
            "The bound is a lower one.",
        ),
        NearMiss(
            "divergence-subtracted",
            equal(sp.log(evidence), bound - divergence),
            "The divergence has the wrong sign.",
        ),
        NearMiss(
            "prior-variance",
            equal(GAUSSIAN_BOUND.xreplace({m: BEST_MEAN, v: sp.S.One}), LOG_EVIDENCE),
            "The right mean with the prior's variance is not tight, except at w = 0.",
        ),
        NearMiss(
            "least-squares-mean",
            equal(GAUSSIAN_BOUND.xreplace({m: w * x / s, v: BEST_VARIANCE}), LOG_EVIDENCE),
            "The posterior's mean is shrunk towards the prior's: w^2 + s, not s, is in the denominator.",
        ),
        NearMiss(
            "evidence-without-noise",
            at_most(GAUSSIAN_BOUND, log_normal(x, sp.S.Zero, 1 + w**2)),
            "The evidence has the variance w^2 + s, which is w^2 + 1 only for s = 1.",
        ),
    ),
    source=Source("kingma2014vae", "Section 2.2", as_we_derive_it=True),
)
