r"""A generator of small support fools every discriminator of bounded capacity.

Let the discriminators be :math:`h_v`, v in a ball of radius R in p dimensions, with values in an interval of
length w and :math:`|h_v(x) - h_{v'}(x)| \le \Lambda \|v - v'\|`. For m independent draws from the data,

.. math:: m \ge \frac{2 w^2}{\varepsilon^2} \Big( p \log\Big(1 + \frac{8 R \Lambda}{\varepsilon}\Big)
          + \log\frac{2}{\delta} \Big)
          \;\Longrightarrow\; \Pr\Big[\sup_v |E_\mu h_v - E_{\hat\mu} h_v| > \varepsilon\Big] \le \delta .

So the uniform law on m draws, a generator with m atoms, is :math:`\varepsilon`-optimal. The proof has five
parts: a net of parameters (volume), Hoeffding's lemma (second derivative), the tail of a mean (Chernoff), a
union bound over the net, and the extension from the net to all parameters (Lipschitz).
"""

from fractions import Fraction
from typing import Any

import sympy as sp

from theory.kernel import (
    Bounds,
    Citing,
    ConvexMinimum,
    Fact,
    Functional,
    Integrated,
    Literature,
    Proved,
    Step,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    certified_ceiling,
    equal,
    exponential_gap,
    integer,
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

p = positive("p")  # parameters of a discriminator
R = positive("R")  # radius of the ball of parameters
Lambda = positive("Lambda")  # Lipschitz constant of h_v(x) in v, uniform in x
w = positive("w")  # length of the interval of values
eps, delta = positive("epsilon"), open_unit("delta")
m = positive("m")  # draws, that is atoms of the generator

# --- 1. A net of parameters -----------------------------------------------------------------------
# A maximal set of points at mutual distance above r in the ball of radius R is an r-net of it. The balls of
# radius r/2 around its N points are disjoint and lie in the ball of radius R + r/2.
r, N, volume = positive("r"), positive("N"), positive("vol")
PACKED = at_least_zero(volume * (R + r / 2) ** p - N * volume * (r / 2) ** p)
LEBESGUE = Literature(
    "lebesgue-measure",
    "Lebesgue measure is additive over disjoint balls, monotone, and scales as the p-th power of the radius",
    "any text on measure theory",
)
net_size = Step(
    "net-size",
    at_most(N, (1 + 2 * R / r) ** p, PACKED),
    Citing(
        certificate((1 / (volume * (r / 2) ** p), volume * (R + r / 2) ** p - N * volume * (r / 2) ** p)),
        (LEBESGUE,),
    ),
    because="The volumes of the small balls sum to at most the volume of the large one.",
)

# --- 2. Hoeffding's lemma -------------------------------------------------------------------------
# A value in [a, a + w] is a + w position, with position in [0, 1] and mean position theta.
u = real("u")  # s w: the exponential parameter times the length
theta, position = open_unit("theta"), unit("position")
E = Functional("E", over=(position,), facts=(Fact(sp.S.One, sp.S.One), Fact(position, theta)))

tilted = theta * sp.exp(u) / (1 - theta + theta * sp.exp(u))  # t: the mean position under the tilted law
log_moment = -theta * u + sp.log(1 - theta + theta * sp.exp(u))

curvature = Step(
    "log-moment",
    at_most(log_moment, u**2 / 8),
    ConvexMinimum(u, sp.S.Zero, certificate((1, square(sp.Rational(1, 2) - tilted)))),
    because="Value and slope vanish at u = 0, and the second derivative is t(1 - t) = 1/4 - (1/2 - t)^2 <= 1/4.",
)

chord = certificate(
    ((1 - position) * sp.exp(u * (position - theta)), exponential_gap(-u * position)),
    (position * sp.exp(u * (position - theta)), exponential_gap(u * (1 - position))),
)
"""The exponential lies below its chord: e^c is bounded by (1 - x) e^A + x e^B where c = (1 - x) A + x B."""

at_start, at_end = sp.exp(-theta * u), sp.exp((1 - theta) * u)  # at position 0 and 1
two_points = (1 - theta) * at_start + theta * at_end
spread = u**2 / 8 - log_moment

hoeffding = (
    calc("hoeffding-lemma", E(sp.exp(u * (position - theta))))
    .at_most(
        two_points,
        by=Integrated(
            {E: chord},
            {E: (at_start, at_end - at_start)},
            (
                Bounds(
                    sp.exp(u * (position - theta)),
                    lower=(sp.S.Zero, certificate((1, sp.exp(u * (position - theta))))),
                    upper=(at_start - position * at_start + position * at_end, chord),
                ),
            ),
        ),
        because="Convexity, then the mean: the worst law of given mean sits at the two ends.",
    )
    .at_most(
        sp.exp(u**2 / 8),
        by=certificate(
            (two_points, exponential_gap(spread)), (two_points, Proved(curvature.claim, curvature.by))
        ),
        because="e^b - e^a = e^a (e^(b-a) - 1), and the exponents are ordered by the step before.",
    )
)

# --- 3. The tail of a mean of m independent values ------------------------------------------------
# deviation = mean over the sample minus expectation; hit = 1 if it is at least tau.
s, tau = positive("s"), positive("tau")
hit, deviation = integer("hit", 0, 1), real("deviation")
REACHED = at_least_zero(hit * (deviation - tau))
sample = Functional(
    "P",
    over=(hit, deviation),
    facts=(Fact(sp.S.One, sp.S.One),),
    given=(REACHED,),
    integrable=(hit, sp.exp(s * (deviation - tau))),
)
chernoff = Step(
    "chernoff",
    at_most(sample(hit), sample(sp.exp(s * (deviation - tau)))),
    Integrated(
        {
            sample: certificate(
                (hit, exponential_gap(s * (deviation - tau))),
                (s, hit * (deviation - tau)),
                (1 - hit, sp.exp(s * (deviation - tau))),
            )
        }
    ),
    because="The indicator of deviation >= tau lies below exp(s (deviation - tau)).",
)

# kappa = log E exp((s/m)(h(X) - E h)) of one value, K the same of the mean.
K, kappa = real("K"), real("kappa")
INDEPENDENT = at_least_zero(m * kappa - K)
LEMMA = at_least_zero((s * w / m) ** 2 / 8 - kappa)
PRODUCT = Literature(
    "independence-factorises",
    "the expectation of a product of functions of independent variables is the product of the expectations",
    "any text on probability",
)
independence = Step(
    "independence",
    at_most(K, s**2 * w**2 / (8 * m), INDEPENDENT, LEMMA),
    Citing(certificate((1, m * kappa - K), (m, (s * w / m) ** 2 / 8 - kappa)), (PRODUCT,)),
    because="The log moment of a mean of independent values is at most m times that of one at s/m.",
)
best_exponent = Step(
    "best-exponent",
    at_least(-s * tau + s**2 * w**2 / (8 * m), -2 * m * tau**2 / w**2),
    certificate((1 / (8 * m), square(s * w - 4 * m * tau / w))),
    because="The exponent is a square above its least value, which s = 4 m tau / w^2 attains.",
)
best = {s: 2 * m * eps / w**2, tau: eps / 2}  # that s, at the threshold epsilon/2

# --- 4. From the net to all parameters -----------------------------------------------------------
# here = h_v(x), near = h_v'(x) at the nearest v' of the net, under the data's law and under the sample's.
here, near = real("here"), real("near")
CLOSE = (at_least_zero(Lambda * r - (here - near)), at_least_zero(Lambda * r + (here - near)))
E_data = Functional("E_data", (here, near), (Fact(sp.S.One, sp.S.One),), CLOSE, integrable=(here, near))
E_sample = Functional("E_sample", (here, near), (Fact(sp.S.One, sp.S.One),), CLOSE, integrable=(here, near))
extension = Step(
    "lipschitz-extension",
    at_most(E_data(here) - E_sample(here), E_data(near) - E_sample(near) + 2 * Lambda * r),
    Integrated(
        {E_data: certificate((1, CLOSE[0].expression)), E_sample: certificate((1, CLOSE[1].expression))},
        {E_data: (Lambda * r,), E_sample: (Lambda * r,)},
    ),
    because="Both expectations move by at most Lambda r between neighbours.",
)
fine = {r: eps / (4 * Lambda)}  # the radius of the net
radius = Step(
    "net-radius",
    equal(2 * Lambda * fine[r], eps / 2),
    normal_form,
    because="So a deviation above epsilon anywhere is one above epsilon/2 on the net.",
)

# --- 5. The union bound, and the number of draws -------------------------------------------------
# wide = 1 if some v deviates by more than epsilon; count = how many of the 2N events "v' of the net deviates
# by epsilon/2, up or down" occur; t = their mean probability.
wide, count = integer("wide", 0, 1), integer("count", 0)
t = positive("t")
COUNTED = at_least_zero(count - wide)
net = Functional("P", (wide, count), (Fact(count, 2 * N * t),), (COUNTED,), integrable=(wide,))

CHERNOFF = at_least_zero(sp.exp((-s * tau + K).xreplace(best)) - t)
LEMMA_AT_BEST, PACKED_FINELY = LEMMA.at(best), PACKED.at(fine)
sufficient = 2 * w**2 / eps**2 * (p * sp.log(1 + 8 * R * Lambda / eps) + sp.log(2 / delta))
ENOUGH = at_least_zero(m - sufficient)

cover = (1 + 8 * R * Lambda / eps) ** p  # (1 + 2R/r)^p at r = epsilon/(4 Lambda)
rise = (-s * tau + K).xreplace(best)
fall = -m * eps**2 / (2 * w**2)
excess = (m - sufficient) * eps**2 / (2 * w**2)

FAILURE = (
    calc("failure", net(wide))
    .at_most(
        2 * N * t,
        by=Integrated({net: certificate((1, COUNTED.expression))}, {net: (1,)}),
        because="A deviation anywhere is one on the net; the expected number is the sum of the probabilities.",
    )
    .at_most(
        2 * N * sp.exp(rise),
        by=certificate((2 * N, CHERNOFF.expression)),
        given=(CHERNOFF,),
        because="Each event is the tail of a mean.",
    )
    .at_most(
        2 * N * sp.exp(fall),
        by=certificate(
            (2 * N * sp.exp(rise), exponential_gap(fall - rise)),
            (2 * N * sp.exp(rise), Proved(independence.claim, independence.by, best)),
        ),
        given=(LEMMA_AT_BEST, INDEPENDENT),
        because="Independence and Hoeffding's lemma, at the best exponent.",
    )
    .at_most(
        2 * cover * sp.exp(fall),
        by=certificate((2 * sp.exp(fall), Proved(net_size.claim, net_size.by, fine))),
        given=(PACKED_FINELY,),
        because="The size of the net.",
    )
    .at_most(
        delta,
        by=certificate(
            (delta * sp.exp(-excess), exponential_gap(excess)),
            (delta * sp.exp(-excess) * eps**2 / (2 * w**2), m - sufficient),
        ),
        given=(ENOUGH,),
        because="The sufficient number makes it delta, and every further draw only smaller.",
    )
)


def _rational(value: Fraction | int) -> sp.Rational:
    return sp.Rational(Fraction(value).numerator, Fraction(value).denominator)


def bound(
    parameters: int,
    radius: Fraction,
    lipschitz: Fraction,
    epsilon: Fraction,
    range_width: Fraction,
    failure_probability: Fraction,
) -> sp.Expr:
    """The exact real number (2 w^2 / epsilon^2) (p log(1 + 8 R Lambda / epsilon) + log(2 / delta))."""
    named = {
        "parameters": parameters,
        "radius": radius,
        "lipschitz": lipschitz,
        "epsilon": epsilon,
        "range_width": range_width,
    }
    for name, value in named.items():
        if value <= 0:
            raise ValueError(
                f"{name} must be positive (got {value}): the bound divides by it or measures with it."
            )
    if epsilon >= range_width:
        raise ValueError(
            f"epsilon must be below range_width = {range_width} (got {epsilon}): outputs in an interval of that "
            f"length never differ by more, so that one atom fools and nothing is claimed."
        )
    if not 0 < failure_probability < 1:
        raise ValueError(
            f"failure_probability must lie strictly between 0 and 1 (got {failure_probability}): "
            f"for example failure_probability=1/20."
        )
    return sufficient.xreplace(
        {
            p: sp.Integer(parameters),
            R: _rational(radius),
            Lambda: _rational(lipschitz),
            eps: _rational(epsilon),
            w: _rational(range_width),
            delta: _rational(failure_probability),
        }
    )


def atoms(**parameters: Any) -> sp.Expr:  # noqa: ANN401 - those of ``bound``, by name
    """The bound rounded up to an integer, which balls of growing precision certify."""
    return sp.Integer(certified_ceiling(bound(**parameters)))


PARAMETERS = (
    Parameter("parameters", Kind.INTEGER, "p, the number of parameters of a discriminator"),
    Parameter("radius", Kind.RATIONAL, "R, the radius of the ball that holds the parameters"),
    Parameter("lipschitz", Kind.RATIONAL, "Lambda, how much an output moves per unit of parameter"),
    Parameter("epsilon", Kind.RATIONAL, "the largest advantage that counts as fooled, below range_width"),
    Parameter("range_width", Kind.RATIONAL, "w, the length of the interval of outputs"),
    Parameter("failure_probability", Kind.RATIONAL, "delta, the probability that the draws do not fool"),
)
DISPLAY = r"\frac{2w^2}{\varepsilon^2}\Big(p \log\big(1 + \tfrac{8R\Lambda}{\varepsilon}\big) + \log\tfrac{2}{\delta}\Big)"

THEOREM = Theorem(
    id="small-support",
    title="A generator of small support fools every discriminator of bounded capacity",
    sentence=(
        rf"If $m \ge {DISPLAY}$, then with probability at least $1 - \delta$ the uniform law $\hat\mu$ on $m$ "
        r"independent draws from $\mu$ satisfies $\sup_v |E_\mu h_v - E_{\hat\mu} h_v| \le \varepsilon$."
    ),
    hypotheses=(
        Hypothesis("the parameters v lie in a Euclidean ball of radius R in p dimensions"),
        Hypothesis(
            "h_v takes values in an interval of length w, and is Lambda-Lipschitz in v at every point"
        ),
        Hypothesis(
            "the m draws are independent with law mu, and m is at least the sufficient number", (ENOUGH,)
        ),
        Hypothesis(
            "the net has N points at mutual distance above r = epsilon/(4 Lambda): N balls of radius r/2 fit into one of R + r/2",
            (PACKED_FINELY,),
        ),
        Hypothesis(
            "naming: t, the mean probability of the 2N events, and exp(K - s epsilon/2) are the two totals of step chernoff "
            "at s = 2 m epsilon/w^2; K is the largest log moment at s of a deviation, up or down, on the net",
            (CHERNOFF,),
        ),
        Hypothesis("K <= m kappa: the log moments of independent draws add up", (INDEPENDENT,)),
        Hypothesis(
            "naming: kappa, the largest log moment of one draw, is the logarithm of the total of step hoeffding-lemma at "
            "u = s w/m or -s w/m",
            (LEMMA_AT_BEST,),
        ),
    ),
    statement=FAILURE.conclusion,
    derivation=(
        net_size,
        curvature,
        hoeffding,
        chernoff,
        independence,
        best_exponent,
        extension,
        radius,
        FAILURE,
    ),
    predictions=(
        Prediction(
            "sufficient_support",
            Relation.AT_MOST,
            atoms,
            PARAMETERS,
            "atoms",
            rf"\Big\lceil {DISPLAY} \Big\rceil",
        ),
        Prediction("sufficient_support_bound", Relation.AT_MOST, bound, PARAMETERS, "atoms", DISPLAY),
    ),
    near_misses=(
        NearMiss(
            "half-the-draws",
            at_most(2 * cover * sp.exp(fall.xreplace({m: sufficient / 2})), delta),
            "Half of the sufficient number does not make this bound delta.",
        ),
        NearMiss(
            "one-sided-union",
            at_most(
                2 * cover * sp.exp(fall.xreplace({m: sufficient - 2 * w**2 / eps**2 * sp.log(2)})), delta
            ),
            "Both signs of the deviation are needed: log(2/delta), not log(1/delta).",
        ),
        NearMiss(
            "hoeffding-with-nine",
            at_most(log_moment, u**2 / 9),
            "1/8 is the best constant: at theta = 1/2 the second derivative at 0 is 1/4.",
            at=({theta: sp.Rational(1, 2), u: sp.Rational(1, 10)},),
        ),
        NearMiss(
            "one-sided-extension",
            at_most(E_data(here) - E_sample(here), E_data(near) - E_sample(near) + Lambda * r),
            "Data and sample may move in opposite directions: 2 Lambda r.",
        ),
        NearMiss(
            "net-without-margin",
            at_most(N, (2 * R / r) ** p, PACKED),
            "The small balls may stick out by r/2: without the 1 the bound is below one point for a large r.",
        ),
    ),
    source=Source("arora2017generalization", "Theorem 3.1 and Corollary 3.3", as_we_derive_it=True),
)
