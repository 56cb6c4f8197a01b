r"""A generator can follow the gradient of maximum likelihood by playing the game.

Against the optimal discriminator :math:`D^* = p_r/(p_r + p_\theta)`, held fixed while the generator moves, the
cost :math:`E_{p_\theta}[-D^*/(1 - D^*)]` has the gradient of :math:`KL(p_r \| p_\theta)`:

.. math:: \nabla_\theta E_{p_\theta}\Big[-\mathrm{stop}\Big(\frac{D^*}{1 - D^*}\Big)\Big]
          = -\sum_x \frac{p_r(x)}{p_\theta(x)} \nabla_\theta p_\theta(x) = \nabla_\theta KL(p_r \| p_\theta).

The stop-gradient is all of it: :math:`D^*/(1 - D^*) = p_r/p_\theta`, so that the cost itself is the constant -1
and a discriminator that follows the generator leaves no gradient.
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
    WeightedLog,
    calc,
    equal,
    nonnegative,
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
r, p, s = nonnegative("r"), positive("p"), real("s")
total = Functional("S", over=(r, p, s), facts=(Fact(r, 1), Fact(p, 1), Fact(s, 0)), finite=True)

t = real("t")  # the generator's parameter, along one direction; the present generator has t = 0
moved = p + t * s  # its weight at t, to first order: no slope at t = 0 depends on more
output = r / (r + moved)  # D*, the optimal discriminator's output
odds = output / (1 - output)  # D*/(1 - D*) = exp(logit D*)

divergence = total(WeightedLog(r, r / moved))  # KL(p_r || p_t), nats
cost = total(-moved * StopGradient(odds))
cost_of_a_follower = total(-moved * odds)

# A family that bends as well, by c t^2.
c = real("c")
bent_total = Functional("S", over=(r, p, s, c), facts=total.facts, finite=True)

GRADIENT = total(-s * r / p)
by_point = Differentiated(Integrated({total: normal_form}))

CHAIN = (
    calc("gradient", Slope(cost, t, 0))
    .equals(
        GRADIENT,
        by=by_point,
        because="With D* held fixed only the weight p + t s moves; its factor D*/(1 - D*) is r/p at t = 0.",
    )
    .equals(
        Slope(divergence, t, 0),
        by=by_point,
        because="The derivative of -r log(p + t s) at t = 0 is -s r/p as well.",
    )
)


def towards(data: FiniteLaw, generator: FiniteLaw, target: FiniteLaw) -> sp.Expr:
    """The slope of KL(data || (1 - t) generator + t target) at t = 0: 1 - sum of data x target / generator."""
    if not len(data) == len(generator) == len(target):
        raise ValueError(
            f"the three laws must have the same atoms (got {len(data)}, {len(generator)} and {len(target)} "
            f"weights): give an atom that one law lacks the weight 0."
        )
    if min(generator.weights) == 0:
        raise ValueError(
            "the generator must give every atom a positive weight (got 0): off its support its density cannot "
            "move smoothly in all directions; leave that atom out, or give it some weight."
        )
    terms = zip(data.weights, generator.weights, target.weights, strict=True)
    slope = sum(-a * (c - b) / b for a, b, c in terms)
    return sp.Rational(slope.numerator, slope.denominator)


THEOREM = Theorem(
    id="maximum-likelihood-game",
    title="With the discriminator held fixed, a game follows the gradient of maximum likelihood",
    sentence=(
        r"Let finitely many points carry the data $p_r \ge 0$ and a differentiable family $p_\theta > 0$ of "
        r"generators. With $D^* = p_r/(p_r + p_\theta)$ held fixed, $\nabla_\theta E_{p_\theta}[-D^*/(1 - D^*)] = "
        r"\nabla_\theta KL(p_r \,\|\, p_\theta)$. If $D^*$ follows $\theta$, the cost is the constant $-1$ and its "
        r"gradient is zero."
    ),
    hypotheses=(
        Hypothesis("finitely many points carry both laws, and the generator gives each a positive weight"),
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
            "constant-without-stop-gradient",
            equal(total(-p * (r / (r + p)) / (1 - r / (r + p))), -1),
            Integrated({total: normal_form}, {total: (1, 0, 0)}),
            because="-p D*/(1 - D*) = -r, and the data have mass one: a cost that is -1 for every generator, against a "
            "discriminator that follows it, has no gradient.",
        ),
        Step(
            "first-order-is-enough",
            equal(
                Slope(bent_total(WeightedLog(r, r / (moved + c * t**2))), t, 0),
                Slope(bent_total(WeightedLog(r, r / moved)), t, 0),
            ),
            Differentiated(Integrated({bent_total: normal_form})),
            because="What the weights do beyond first order in t has slope zero at t = 0.",
        ),
        CHAIN,
    ),
    predictions=(
        Prediction(
            "maximum_likelihood_gradient",
            Relation.EQUALS,
            towards,
            (
                Parameter("data", Kind.LAW, "the data's weights"),
                Parameter("generator", Kind.LAW, "the generator's weights on the same atoms, all positive"),
                Parameter("target", Kind.LAW, "the law towards which the generator's weights move"),
            ),
            "nats",
            r"-\sum_x \frac{p_r(x)}{p_\theta(x)} \, (c(x) - p_\theta(x))",
        ),
        Prediction("cost_without_stop_gradient", Relation.EQUALS, lambda: sp.Integer(-1), (), "1", r"-1"),
    ),
    near_misses=(
        NearMiss(
            "without-stop-gradient",
            equal(Slope(cost_of_a_follower, t, 0), Slope(divergence, t, 0)),
            "A discriminator that is differentiated along with the generator gives the gradient zero.",
        ),
        NearMiss(
            "reversed-divergence",
            equal(Slope(cost, t, 0), Slope(total(moved * sp.log(moved / (r + p))), t, 0)),
            "The gradient is that of a divergence from the data, not of one from the generator.",
        ),
        NearMiss(
            "output-for-odds",
            equal(Slope(total(-moved * StopGradient(output)), t, 0), Slope(divergence, t, 0)),
            "The cost is minus the odds D/(1 - D), which is exp of the logit, not minus the output D.",
        ),
        NearMiss(
            "opposite-sign",
            equal(Slope(total(moved * StopGradient(odds)), t, 0), Slope(divergence, t, 0)),
            "Without the minus sign the generator ascends the divergence.",
        ),
    ),
    source=Source("goodfellow2016tutorial", "section 8.3", as_we_derive_it=True),
)
