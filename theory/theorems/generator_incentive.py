r"""What each cost asks of the generator: how much a fake sample counts, and where all samples should go.

A discriminator with logit a gives a fake sample the output D = 1/(1 + exp(-a)). Lowering its cost, the generator
raises the logit of each sample with a weight that depends on D alone:

.. math:: -\frac{d}{da} \log(1 - D) = D, \qquad -\frac{d}{da} (-\log D) = 1 - D, \qquad
          -\frac{d}{da} (-e^a) = \frac{D}{1 - D}.

On samples that the discriminator rejects, D near 0, the saturating cost gives no push and the non-saturating cost
the full one. Neither tells the generator to cover the data: against a fixed D each cost is an average over samples,
so that all mass at a point where D is largest is a best response, and there is no other.
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
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    equal,
    log_gap,
    normal_form,
    open_unit,
    real,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

D = open_unit("D")  # the discriminator's output at a fake sample
a = real("a")  # its logit, which the generator changes by moving the sample
logit = sp.log(D / (1 - D))
output = 1 / (1 + sp.exp(-a))


def weight(cost: sp.Expr) -> sp.Expr:
    """How much the cost falls per unit of the sample's logit, at the output D."""
    return -Slope(cost, a, logit)


saturating = weight(sp.log(1 - output))
non_saturating = weight(-sp.log(output))
maximum_likelihood = weight(-sp.exp(a))

REJECTED = at_least_zero(sp.Rational(1, 2) - D)
by_chain_rule = Differentiated(normal_form)
CHAIN = (
    calc("incentive", non_saturating)
    .equals(
        1 - D, by=by_chain_rule, because="The logistic function has the slope D (1 - D), and -log has -1/D."
    )
    .at_least(
        D,
        by=certificate((2, sp.Rational(1, 2) - D)),
        because="The difference is 1 - 2 D.",
        given=(REJECTED,),
    )
    .equals(saturating, by=by_chain_rule, because="The slope of log(1 - D) is -D (1 - D)/(1 - D).")
)

# Where the weight D/(1 - D) of maximum likelihood meets 1 - D: the smaller root of D^2 - 3 D + 1.
golden = (3 - sp.sqrt(5)) / 2
FEW = at_least_zero(golden - D)

# A law of fake samples against a fixed discriminator, whose largest output is B.
B = open_unit("B")
BELOW = at_least_zero(B - D)
cost, least = real("cost"), real("least")
expectation = Functional(
    "E", over=(cost,), facts=(Fact(1, 1),), given=(at_least_zero(cost - least),), integrable=(cost,)
)
best_response = Step(
    "point-mass",
    at_least(expectation(cost), least),
    Integrated(
        {expectation: certificate((1, cost - least), strict_unless=(cost - least,))}, {expectation: (-least,)}
    ),
    because="An average of costs is at least the least of them, with equality only where almost all have it.",
)


def _read(D: Fraction) -> sp.Rational:
    if not 0 < D < 1:
        raise ValueError(
            f"D must lie strictly between 0 and 1 (got D = {D}): a logistic output never reaches its ends; "
            f"for example D=1/100."
        )
    return sp.Rational(D.numerator, D.denominator)


OUTPUT = (Parameter("D", Kind.RATIONAL, "the discriminator's output at the fake sample, in (0, 1)"),)

THEOREM = Theorem(
    id="generator-incentive",
    title="How much each fake sample counts, and why all mass at one point is a best response",
    sentence=(
        r"Per unit of a fake sample's logit, the cost $\log(1 - D)$ falls by $D$, the cost $-\log D$ by $1 - D$ and "
        r"the cost $-D/(1 - D)$ by $D/(1 - D)$. Hence $1 - D \ge D$ wherever $D \le 1/2$, and "
        r"$D \le D/(1 - D) \le 1 - D$ wherever $D \le (3 - \sqrt 5)/2$. For each of the three costs, a law of samples "
        r"is a best response to a fixed $D$ if and only if it has all its mass where $D$ is largest: a point mass is "
        r"one, if the maximum is attained."
    ),
    hypotheses=(
        Hypothesis(
            "the discriminator is logistic: its output is D = 1/(1 + exp(-a)) with logit a, so 0 < D < 1"
        ),
        Hypothesis("in the statement, the discriminator rejects the sample: D <= 1/2", (REJECTED,)),
        Hypothesis("for the order of all three weights, D <= (3 - sqrt 5)/2", (FEW,)),
        Hypothesis(
            "for the best response, D is fixed and has a largest output B, and the cost is integrable",
            (BELOW,),
        ),
    ),
    statement=CHAIN.conclusion,
    derivation=(
        CHAIN,
        Step(
            "weight-of-maximum-likelihood",
            equal(maximum_likelihood, D / (1 - D)),
            by_chain_rule,
            because="exp of the logit is D/(1 - D), and is its own slope.",
        ),
        Step(
            "weights-add-to-one",
            equal(saturating + non_saturating, 1),
            by_chain_rule,
            because="D + (1 - D): what one cost takes from a sample's weight the other gives.",
        ),
        Step(
            "maximum-likelihood-above",
            at_least(D / (1 - D), D),
            certificate((D**2 / (1 - D), 1), strict_unless=(sp.S.One,)),
            because="The difference is D^2/(1 - D).",
        ),
        Step(
            "maximum-likelihood-below",
            at_most(D / (1 - D), 1 - D, FEW),
            certificate(((3 - golden - D) / (1 - D), golden - D)),
            because="(1 - D)^2 - D = (D1 - D)(D2 - D) with the roots D1 = (3 - sqrt 5)/2 and D2 = 3 - D1 > 1.",
        ),
        best_response,
        Step(
            "saturating-cost-falls",
            at_least(sp.log(1 - D), sp.log(1 - B), BELOW),
            certificate((1, log_gap((1 - B) / (1 - D))), (1 / (1 - D), B - D), strict_unless=(B - D,)),
            because="log t >= 1 - 1/t at t = (1 - D)/(1 - B): the cost is least, and only there, where D is largest.",
        ),
        Step(
            "non-saturating-cost-falls",
            at_least(-sp.log(D), -sp.log(B), BELOW),
            certificate((1, log_gap(D / B)), (1 / B, B - D), strict_unless=(B - D,)),
            because="log t >= 1 - 1/t at t = B/D.",
        ),
        Step(
            "maximum-likelihood-cost-falls",
            at_least(-D / (1 - D), -B / (1 - B), BELOW),
            certificate((1 / ((1 - D) * (1 - B)), B - D), strict_unless=(B - D,)),
            because="The difference is (B - D)/((1 - D)(1 - B)).",
        ),
    ),
    predictions=(
        Prediction("saturating_weight", Relation.EQUALS, _read, OUTPUT, "1", r"D"),
        Prediction("non_saturating_weight", Relation.EQUALS, lambda D: 1 - _read(D), OUTPUT, "1", r"1 - D"),
        Prediction(
            "maximum_likelihood_weight",
            Relation.EQUALS,
            lambda D: _read(D) / (1 - _read(D)),
            OUTPUT,
            "1",
            r"\frac{D}{1 - D}",
        ),
        Prediction(
            "output_of_equal_weights", Relation.EQUALS, lambda: golden, (), "1", r"\frac{3 - \sqrt{5}}{2}"
        ),
    ),
    near_misses=(
        NearMiss(
            "saturating-pushes-harder",
            at_least(saturating, non_saturating, REJECTED),
            "On rejected samples the saturating cost pushes less.",
        ),
        NearMiss(
            "slope-in-the-output",
            equal(non_saturating, 1 / D),
            "1/D is the slope of -log D in the output D; in the logit, through which the sample moves, it is 1 - D.",
        ),
        NearMiss(
            "exchanged",
            equal(saturating, 1 - D),
            "1 - D is the weight of the non-saturating cost.",
        ),
        NearMiss(
            "maximum-likelihood-below-everywhere",
            at_most(D / (1 - D), 1 - D, REJECTED),
            "At D = 1/2 the weight of maximum likelihood is 1, and 1 - D is 1/2.",
            at=({D: sp.Rational(1, 2)},),
        ),
        NearMiss(
            "spreading-pays",
            at_most(expectation(cost), least),
            "A law that has mass elsewhere costs more than a point mass at the best point.",
        ),
    ),
    source=Source("goodfellow2016tutorial", "section 3.2", as_we_derive_it=True),
)
