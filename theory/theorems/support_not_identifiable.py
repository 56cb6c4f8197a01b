r"""No sample bounds a support from above, and no number of collisions does.

Scale a law by :math:`1 - \delta` and put the mass :math:`\delta` on as many new atoms as you like. A sample of s
draws from the new law holds none of them with probability :math:`(1-\delta)^s`, and is then one of the old law:

.. math:: TV(P^s, P_\delta^s) = 1 - (1-\delta)^s \le s \delta .

So an upper confidence bound U of level :math:`1 - \alpha`, valid for every law, has for every k

.. math:: P(U \ge k) \ge 1 - \alpha - s \delta \quad\text{for all } \delta > 0,

which makes it infinite with probability at least :math:`1 - \alpha`. A least mass :math:`\mu` of an atom is what
makes the support identifiable: then :math:`N \le 1/\mu`, and every atom is seen but with probability at most
:math:`(1-\mu)^s/\mu`.
"""

from fractions import Fraction

import flint
import sympy as sp

from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Proved,
    Step,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    enumeration,
    equal,
    exponential_gap,
    integer,
    interval,
    log_gap,
    nonnegative,
    normal_form,
    open_unit,
    unit,
)
from theory.kernel.balls import precision
from theory.powers import scaled_power
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems.birthday_collisions import NoCollision

s = integer("s", 1)  # draws in the sample
delta = open_unit("delta")  # the mass that is moved to new atoms
kept = (1 - delta) ** s  # the probability that no draw falls on them

# --- Few samples meet a small mass: Bernoulli's inequality ------------------------------------------
bernoulli = Step(
    "bernoulli",
    at_least(kept, 1 - s * delta),
    certificate(
        (1 - delta, exponential_gap((s - 1) * sp.log(1 - delta))),
        ((1 - delta) * (s - 1), log_gap(1 / (1 - delta))),
    ),
    because="Set one factor aside; exp(y) >= 1 + y and log(1 - d) >= -d/(1 - d) bound the other s - 1.",
)

# Samples without a new atom, of probability ``before`` under the old law and kept x before under the new one.
before, extra = nonnegative("before"), nonnegative("extra")
old_samples = Functional("Sum_old", (before,), (Fact(before, sp.S.One),))
attained = Step(
    "total-variation",
    equal(old_samples(before - kept * before), 1 - kept),
    Integrated({old_samples: normal_form}, {old_samples: (kept - 1,)}),
    because="Each of the s factors is scaled by 1 - delta; new samples have no probability under the old law.",
)

# --- What covers the new support is large for the old law too ---------------------------------------
# A sum over all samples; the new law gives one the probability kept x before + extra, and extra is above zero
# only where a new atom occurs. reach = 1 if the upper bound U computed from the sample is at least k.
reach = integer("reach", 0, 1)
after = kept * before + extra
covered = unit("covered")  # the probability of U >= k under the new law, whose support has at least k atoms
samples = Functional(
    "Sum",
    (before, extra, reach),
    (Fact(before, sp.S.One), Fact(extra, 1 - kept), Fact(reach * after, covered)),
    integrable=(reach * before,),
)
alpha = unit("alpha")  # one minus the level of confidence
VALID = at_least_zero(covered - (1 - alpha))

INFINITE = (
    calc("every-bound-is-infinite", samples(reach * before))
    .at_least(
        covered - (1 - kept),
        by=Integrated(
            {
                samples: certificate(
                    (1 - reach, extra),
                    (reach * before * kept, exponential_gap(-s * sp.log(1 - delta))),
                    (reach * before * kept * s, -sp.log(1 - delta)),
                )
            },
            {samples: (0, 1, -1)},
        ),
        because="The two laws differ on no event by more than the probability of a new atom.",
    )
    .at_least(
        1 - alpha - s * delta,
        by=certificate((1, covered - (1 - alpha)), (1, Proved(bernoulli.claim, bernoulli.by))),
        given=(VALID,),
        because="U covers the new support with probability 1 - alpha, and Bernoulli's inequality.",
    )
)

short = unit("short")  # P(U >= k) under the old law
no_slack = Step(
    "a-shortfall-is-a-contradiction",
    equal((1 - alpha - s * delta).xreplace({delta: (1 - alpha - short) / (2 * s)}), (1 - alpha + short) / 2),
    normal_form,
    because="If P(U >= k) < 1 - alpha, half of the shortfall over s is a delta that asks for more than P(U >= k).",
)

# --- Collisions do no better: one heavy atom explains them -----------------------------------------
heavy = sp.Rational(4193, 10**6)
millionths = integer("i", 4193, 4195)
one_heavy_atom = Step(
    "one-heavy-atom",
    at_least(1 - NoCollision(400, 1, millionths / 10**6), sp.Rational(1, 2)),
    enumeration,
    because="NoCollision(M, N, rho) is q(M, N, rho) of birthday-collisions. One atom of mass 0.004193, 0.004194 or "
    "0.004195 with an atomless rest: half of all batches of 400 collide, and no finite set has more mass than that "
    "atom.",
)

# --- With a least mass the support is seen ----------------------------------------------------------
p, least = open_unit("p"), open_unit("mu")  # the mass of an atom, and what none falls below
LEAST = at_least_zero(p - least)
atoms = Functional("Sum_atoms", (p,), (Fact(p, sp.S.One),), (LEAST,), finite=True)
ratio = (1 - p) / (1 - least)
all_seen = Step(
    "least-mass-shows-every-atom",
    at_most(atoms((1 - p) ** s), (1 - least) ** s / least),
    Integrated(
        {
            atoms: certificate(
                ((1 - least) ** s / least, p - least),
                ((1 - p) ** s, exponential_gap(-s * sp.log(ratio))),
                (s * (1 - p) ** s, log_gap(ratio)),
                (s * (1 - p) ** s / (1 - least), p - least),
            )
        },
        {atoms: ((1 - least) ** s / least,)},
    ),
    because="Each of at most 1/mu atoms is missed with probability at most (1 - mu)^s.",
)


def total_variation(draws: int, moved: Fraction) -> sp.Expr:
    """1 - (1 - delta)^s, the total variation between samples of the two laws."""
    if draws < 1 or not 0 <= moved <= 1:
        raise ValueError(
            f"draws must be at least 1 and moved lie in [0, 1] (got draws = {draws}, moved = {moved}): moved is "
            f"the mass that goes to new atoms."
        )
    return scaled_power(-1, 1 - moved, draws, plus=1)


def support_at_most(least_mass: Fraction) -> sp.Expr:
    """The largest integer up to 1/mu; infinite where no least mass is known, whatever the sample."""
    if not 0 <= least_mass <= 1:
        raise ValueError(
            f"least_mass must lie in [0, 1] (got {least_mass}): it is the mass that no atom falls below, 0 if "
            f"none is known."
        )
    return sp.Integer(1 / least_mass // 1) if least_mass else sp.oo


def _misses(draws: int, least: Fraction, failure: Fraction) -> bool:
    """Whether (1 - mu)^s > mu x failure: by balls, and in rationals where they touch."""
    for bits in (128, 512):
        with precision(bits):
            unseen = flint.arb(flint.fmpq((1 - least).numerator, least.denominator)) ** flint.fmpz(draws)
            distance = unseen - flint.arb(
                flint.fmpq((least * failure).numerator, (least * failure).denominator)
            )
            if distance > 0 or distance < 0:
                return bool(distance > 0)
    return (1 - least) ** draws > least * failure


def draws_that_show_all(least_mass: Fraction, failure_probability: Fraction) -> sp.Expr:
    """The fewest draws s with (1 - mu)^s / mu <= failure_probability, by bisection."""
    named = {"least_mass": least_mass, "failure_probability": failure_probability}
    for name, value in named.items():
        if not 0 < value < 1:
            raise ValueError(f"{name} must lie strictly between 0 and 1 (got {value}): such as {name}=1/20.")
    below, above = 0, 1
    while _misses(above, least_mass, failure_probability):
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        if _misses(middle, least_mass, failure_probability):
            below = middle
        else:
            above = middle
    return sp.Integer(above)


LEAST_MASS = Parameter(
    "least_mass", Kind.RATIONAL, "mu, what no atom's mass falls below; 0 if nothing is known"
)
small = interval("a", 0, sp.Rational(1, 100), lower_open=True)
spread = integer("K", 10**6)  # equal atoms that share the mass beside the heavy one

THEOREM = Theorem(
    id="support-not-identifiable",
    title="No sample and no number of collisions bounds the support from above",
    sentence=(
        r"If $U$, computed from $s$ independent draws, is at least the size of the support with probability at least "
        r"$1 - \alpha$ for every law of finite support, then under every such law $P(U \ge k) \ge 1 - \alpha - s\delta$ for "
        r"all $k$ and all $\delta \in (0, 1)$, so that $P(U \ge k) \ge 1 - \alpha$ for all $k$ and $P(U = \infty) \ge 1 - \alpha$. "
        r"Collisions do not even bound a set of most of the mass: one atom of mass $0.004193$ with an atomless rest makes "
        r"at least half of the batches of 400 collide. If no mass is below $\mu$, all atoms are seen but with probability at most "
        r"$(1-\mu)^s/\mu$."
    ),
    hypotheses=(
        Hypothesis("the s draws are independent with one law of finite support"),
        Hypothesis(
            "the new law is (1 - delta) times the old one plus mass delta on as many new atoms as make k in all"
        ),
        Hypothesis(
            "naming: a sample has the probability before under the old law, and (1 - delta)^s before + extra under the "
            "new one, where extra counts the ways to draw a new atom; reach = 1 where U >= k"
        ),
        Hypothesis("U covers the support of the new law with probability at least 1 - alpha", (VALID,)),
        Hypothesis("for U = oo: the events U >= k decrease to it as k grows, and probability is continuous"),
        Hypothesis("in the last step no atom has less mass than mu"),
    ),
    statement=INFINITE.conclusion,
    derivation=(bernoulli, attained, INFINITE, no_slack, one_heavy_atom, all_seen),
    predictions=(
        Prediction(
            "total_variation",
            Relation.EQUALS,
            total_variation,
            (
                Parameter("draws", Kind.INTEGER, "s, the draws in the sample"),
                Parameter("moved", Kind.RATIONAL, "delta, the mass on new atoms"),
            ),
            "probability",
            r"1 - (1 - \delta)^s",
        ),
        Prediction(
            "support_at_most",
            Relation.AT_MOST,
            support_at_most,
            (LEAST_MASS,),
            "atoms",
            r"\lfloor 1/\mu \rfloor",
        ),
        Prediction(
            "draws_that_show_all",
            Relation.AT_MOST,
            draws_that_show_all,
            (
                LEAST_MASS,
                Parameter("failure_probability", Kind.RATIONAL, "the probability that an atom stays unseen"),
            ),
            "1",
            r"\min\{s : (1-\mu)^s/\mu \le \eta\}",
        ),
    ),
    near_misses=(
        NearMiss(
            "a-small-atom-collides-less",
            at_most(1 - NoCollision(400, 1, small), sp.Rational(1, 2)),
            "That half of the batches of 400 collide would bound a set that carries nearly all mass, as remembered of "
            "the published converse: one atom of less than a hundredth collides as often.",
            at=({small: heavy},),
        ),
        NearMiss(
            "size-from-collisions",
            at_most((sp.Rational(99, 100) - heavy) * spread, 115_549),
            "The size 115,549 that the published converse gives at M = 400, gamma = 1/2 and rho = 1, as remembered: "
            "with one atom of mass a and the rest on K equal atoms, mass 0.99 takes at least (0.99 - a) K of them.",
        ),
        NearMiss(
            "lost-only-once",
            at_least(kept, 1 - delta),
            "Each of the s draws can fall on a new atom, not the first alone.",
        ),
        NearMiss(
            "nothing-lost",
            at_least(samples(reach * before), 1 - alpha, VALID),
            "At one delta the coverage may drop; only as delta goes to 0 does the loss vanish.",
        ),
        NearMiss(
            "bernoulli-reversed", at_most(kept, 1 - s * delta), "Two draws can both miss: 1 - 2d + d^2."
        ),
        NearMiss(
            "one-atom-only",
            at_most(atoms((1 - p) ** s), (1 - least) ** s),
            "There are up to 1/mu atoms to be missed, not one.",
        ),
    ),
    source=Source("donoho1988onesided", "one-sided inference, here for a support", as_we_derive_it=True),
)
