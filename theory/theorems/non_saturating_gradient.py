r"""The non-saturating cost follows KL(generator || data) minus twice the Jensen-Shannon divergence.

Against the optimal discriminator :math:`D^* = p_r/(p_r + p_\theta)`, held fixed while the generator moves,

.. math:: \nabla_\theta E_{p_\theta}[-\log \mathrm{stop}(D^*)]
          = \nabla_\theta \big[ KL(p_\theta \| p_r) - 2\,JSD(p_\theta \| p_r) \big].

The divergence to the data enters with the sign that pushes the laws apart, and the other one is the KL that
forgives missing modes. Two gradients make the proof. That of :math:`KL(p_\theta \| p_r)` is
:math:`\sum_x \log(p_\theta/p_r)\,\nabla p_\theta`. That of 2 JSD is :math:`\sum_x \log(2(1 - D^*))\,\nabla p_\theta`,
the gradient of the saturating cost: the optimal discriminator moves too, but it is optimal, so that its own
movement contributes nothing (the envelope). Their difference is :math:`-\sum_x \log(2 D^*)\,\nabla p_\theta`.
"""

import sympy as sp

from theory.kernel import (
    Differentiated,
    Fact,
    Functional,
    Integrated,
    Slope,
    Step,
    StopGradient,
    calc,
    equal,
    normal_form,
    positive,
    real,
)
from theory.laws import FiniteLaw
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

# At one of finitely many points: the data's weight, the generator's, and the rate at which the latter changes.
r, p, s = positive("r"), positive("p"), real("s")
total = Functional("S", over=(r, p, s), facts=(Fact(r, 1), Fact(p, 1), Fact(s, 0)), finite=True)

t = real("t")  # the generator's parameter, along one direction; the present generator has t = 0
moved = p + t * s  # its weight at t, to first order: no slope at t = 0 depends on more
output = r / (r + moved)  # D*, the optimal discriminator's output
middle = (r + moved) / 2

divergence = total(moved * sp.log(moved / r))  # KL(p_t || p_r), nats
reversed_divergence = total(r * sp.log(r / moved))  # KL(p_r || p_t), nats
twice_jensen_shannon = total(r * sp.log(r / middle) + moved * sp.log(moved / middle))
cost = total(-moved * sp.log(StopGradient(output)))
saturating_cost = total(moved * sp.log(1 - StopGradient(output)))


def by(multiplier: sp.Expr | int = 0) -> Differentiated:
    """Differentiate, then compare point by point; the changes s of the weights sum to zero."""
    return Differentiated(Integrated({total: normal_form}, {total: (0, 0, multiplier)}))


def towards(data: FiniteLaw, generator: FiniteLaw, target: FiniteLaw) -> sp.Expr:
    """-sum of (target - generator) log(data/(data + generator)): the slope towards a target, nats."""
    if not len(data) == len(generator) == len(target):
        raise ValueError(
            f"the three laws must have the same atoms (got {len(data)}, {len(generator)} and {len(target)} "
            f"weights): give an atom that the target lacks the weight 0."
        )
    if min(*data.weights, *generator.weights) == 0:
        raise ValueError(
            "data and generator must give every atom a positive weight (got 0): elsewhere a divergence is "
            "infinite or its slope is; leave that atom out, or give it some weight."
        )
    terms = zip(data.weights, generator.weights, target.weights, strict=True)
    return sp.Add(*(-sp.Rational(c - b) * sp.log(sp.Rational(a / (a + b))) for a, b, c in terms))


log2 = sp.log(2)
CHAIN = (
    calc("gradient", Slope(cost, t, 0))
    .equals(
        total(-s * sp.log(r / (r + p))),
        by=by(),
        because="With D* held fixed only the weight p + t s moves.",
    )
    .equals(
        total(s * sp.log(p / r)) - total(s * sp.log(2 * p / (r + p))),
        by=Integrated({total: normal_form}, {total: (0, 0, -log2)}),
        because="-log D* = log(p/r) - log(1 - D*), and the constant log 2 weighs the sum of the changes, zero.",
    )
    .equals(
        Slope(divergence - twice_jensen_shannon, t, 0),
        by=by(1),
        because="The two sums are the gradients of the two divergences.",
    )
)

THEOREM = Theorem(
    id="non-saturating-gradient",
    title="The non-saturating cost follows KL(generator || data) minus twice the Jensen-Shannon divergence",
    sentence=(
        r"Let finitely many points carry the data $p_r > 0$ and a differentiable family $p_\theta > 0$ of "
        r"generators. With $D^* = p_r/(p_r + p_\theta)$ held fixed, $\nabla_\theta E_{p_\theta}[-\log D^*] = "
        r"\nabla_\theta [\mathrm{KL}(p_\theta \,\|\, p_r) - 2\,\mathrm{JSD}(p_\theta \,\|\, p_r)]$, divergences in "
        r"nats; and $\nabla_\theta E_{p_\theta}[\log(1 - D^*)] = \nabla_\theta 2\,\mathrm{JSD}$."
    ),
    hypotheses=(
        Hypothesis("finitely many points carry both laws, and both give each of them a positive weight"),
        Hypothesis(
            "the generator's weights are differentiable in its parameters; s is the derivative of a weight along "
            "one direction, and the s sum to zero. By the chain rule a slope at t = 0 depends on the weights and "
            "on these derivatives alone, so that the family p + t s stands for every family with these"
        ),
        Hypothesis("the discriminator is optimal for the present generator and held fixed: D* = r/(r + p)"),
    ),
    statement=CHAIN.conclusion,
    derivation=(
        Step(
            "gradient-of-the-divergence",
            equal(Slope(divergence, t, 0), total(s * sp.log(p / r))),
            by(-1),
            because="The derivative is s log(p/r) + s, and the s sum to zero.",
        ),
        Step(
            "envelope",
            equal(Slope(twice_jensen_shannon, t, 0), Slope(saturating_cost, t, 0)),
            by(-log2),
            because="The middle moves as well, by s/2, which contributes -s r/(r + p) - s p/(r + p) + s = 0: the "
            "optimal discriminator may be held fixed, and log 2 weighs the sum of the changes, zero.",
        ),
        CHAIN,
    ),
    predictions=(
        Prediction(
            "non_saturating_gradient",
            Relation.EQUALS,
            towards,
            (
                Parameter("data", Kind.LAW, "the data's weights, all positive"),
                Parameter("generator", Kind.LAW, "the generator's weights on the same atoms, all positive"),
                Parameter("target", Kind.LAW, "the law towards which the generator's weights move"),
            ),
            "nats",
            r"-\sum_x (c(x) - p_\theta(x)) \log \frac{p_r(x)}{p_r(x) + p_\theta(x)}",
        ),
    ),
    near_misses=(
        NearMiss(
            "plus-twice-the-divergence",
            equal(Slope(cost, t, 0), Slope(divergence + twice_jensen_shannon, t, 0)),
            "The Jensen-Shannon divergence enters with a minus sign: it pushes the laws apart.",
        ),
        NearMiss(
            "minus-one-divergence",
            equal(Slope(cost, t, 0), Slope(divergence - twice_jensen_shannon / 2, t, 0)),
            "It enters twice.",
        ),
        NearMiss(
            "reversed-divergence",
            equal(Slope(cost, t, 0), Slope(reversed_divergence - twice_jensen_shannon, t, 0)),
            "The KL is that of the generator from the data, which costs little where a mode is missing.",
        ),
        NearMiss(
            "without-stop-gradient",
            equal(
                Slope(total(-moved * sp.log(output)), t, 0), Slope(divergence - twice_jensen_shannon, t, 0)
            ),
            "D* is optimal for the discriminator's payoff and not for this cost: here its movement counts.",
        ),
        NearMiss(
            "the-saturating-gradient",
            equal(Slope(cost, t, 0), Slope(saturating_cost, t, 0)),
            "The two costs of the generator have one fixed point, not one gradient.",
        ),
    ),
    source=Source("arjovsky2017principled", "Theorem 2.5", as_we_derive_it=True),
)
