r"""The optimal discriminator is the data's share of the density.

At every x with :math:`p(x) + q(x) > 0`, :math:`D^*(x) = p(x) / (p(x) + q(x))` maximises
:math:`p(x) \log D + q(x) \log(1 - D)`, and no other value does.

The proof is one identity. With :math:`E(w, a) = a - w + w \log(w/a) \ge 0`, zero only where w = a,

.. math:: V(D^*) - V(D) = E(p, D(p+q)) + E(q, (1-D)(p+q)).
"""

from fractions import Fraction

import sympy as sp

from theory.kernel import (
    Step,
    WeightedLog,
    above_zero,
    at_least,
    certificate,
    entropy_gap,
    nonnegative,
    open_unit,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

p, q = nonnegative("p"), nonnegative("q")  # densities of data and generator at one point, 1/volume
D = open_unit("D")  # the discriminator's output there

SOMEWHERE = above_zero(p + q)
BEST = p / (p + q)


def payoff(output: sp.Expr) -> sp.Expr:
    """P log D + q log(1 - D), nats per unit volume, with 0 log 0 = 0."""
    return WeightedLog(p, output) + WeightedLog(q, 1 - output)


def share(p: Fraction, q: Fraction) -> sp.Expr:
    """P / (p + q) for the two weights or densities at one point."""
    if p < 0 or q < 0 or p + q == 0:
        raise ValueError(
            f"p and q must be nonnegative and not both zero (got p = {p}, q = {q}): off both supports every "
            f"output is optimal, so nothing is predicted."
        )
    return sp.Rational(p.numerator, p.denominator) / sp.Rational((p + q).numerator, (p + q).denominator)


STATEMENT = at_least(payoff(BEST), payoff(D), SOMEWHERE)

THEOREM = Theorem(
    id="optimal-discriminator",
    title="The optimal discriminator is the data's share of the density",
    sentence=(
        r"For densities $p, q \ge 0$ of one measure, not both zero at $x$, the function "
        r"$D \mapsto p \log D + q \log(1 - D)$ has its maximum over $[0, 1]$ at $D^* = p/(p+q)$ and nowhere "
        r"else; over $(0, 1)$ the maximum becomes a supremum where one density vanishes."
    ),
    hypotheses=(
        Hypothesis("p and q are densities of the data and the generator with respect to one measure"),
        Hypothesis("p + q > 0 at the point", (SOMEWHERE,)),
        Hypothesis(
            "D ranges over all values in (0, 1), independently at each point; 0 log 0 = 0; at D = 0 or 1 the function is "
            "minus infinity unless that is D*"
        ),
    ),
    statement=STATEMENT,
    derivation=(
        Step(
            "maximum",
            STATEMENT,
            certificate(
                (1, entropy_gap(p, D * (p + q))),
                (1, entropy_gap(q, (1 - D) * (p + q))),
                strict_unless=(D - BEST,),
            ),
            because="The loss of any other output is a sum of two entropy gaps, for p = 0 and q = 0 as well.",
        ),
    ),
    predictions=(
        Prediction(
            observable="discriminator_output",
            relation=Relation.EQUALS,
            formula=share,
            parameters=(
                Parameter("p", Kind.RATIONAL, "the data's weight or density at the point"),
                Parameter("q", Kind.RATIONAL, "the generator's weight or density at the point"),
            ),
            unit="1",
            display=r"\frac{p}{p+q}",
        ),
    ),
    near_misses=(
        NearMiss(
            "wrong-weight",
            at_least(payoff(p / (p + 2 * q)), payoff(D), SOMEWHERE),
            "p/(p + 2q) weighs the generator twice.",
        ),
        NearMiss(
            "exchanged",
            at_least(payoff(q / (p + q)), payoff(D), SOMEWHERE),
            "q/(p + q) is the generator's share: data and generator are exchanged.",
        ),
        NearMiss(
            "anywhere",
            at_least(payoff(BEST), payoff(D)),
            "Where neither law has density, D* is 0/0.",
            at=({p: sp.S.Zero, q: sp.S.Zero, D: sp.Rational(1, 2)},),
        ),
        NearMiss(
            "undecided-everywhere",
            at_least(payoff(sp.Rational(1, 2)), payoff(D), SOMEWHERE),
            "1/2 is optimal only where p = q.",
        ),
    ),
    source=Source("goodfellow2014gan", "Proposition 1", as_we_derive_it=True),
)
