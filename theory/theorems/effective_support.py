r"""The effective support is what collisions measure: never more than the support, and equal only if uniform.

Two draws from masses p agree with probability :math:`Q = \sum_i p_i^2 = E[p]`, where E weighs each atom by its
mass. The effective support is :math:`N_2 = 1/Q`, and the support is :math:`N = E[1/p]`, so that

.. math:: N_2 = \frac{1}{E[p]} \le E\Big[\frac{1}{p}\Big] = N

is Jensen's inequality, proved by one square. The number C of agreeing pairs among s draws has

.. math:: E\,C = \binom{s}{2} Q, \qquad
          \mathrm{Var}\,C = \binom{s}{2} (Q - Q^2) + s(s-1)(s-2)(P_3 - Q^2), \quad P_3 = \sum_i p_i^3 ,

and the probability :math:`\gamma` that C is not zero bounds :math:`N_2` from both sides.
"""

import sympy as sp

from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Step,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    earlier,
    enumeration,
    equal,
    integer,
    interval,
    normal_form,
    positive,
    square,
)
from theory.pair_counts import (
    CountedMoment,
    CountedOverlap,
    collision_variance,
    cover_at_least,
    effective_support,
    expected_collisions,
    heavy_set_mass,
    heavy_set_size,
    largest_effective_support,
    least_effective_support,
    variance,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems import birthday_collisions

p = interval("p", 0, 1, lower_open=True)  # the mass of an atom
Q = interval("Q", 0, 1, lower_open=True)  # the probability that two draws agree
E = Functional("E", (p,), (Fact(sp.S.One, sp.S.One), Fact(p, Q)), finite=True)  # each atom weighs its mass

EFFECTIVE = calc("effective-support", 1 / Q).at_most(
    E(1 / p),
    by=Integrated(
        {E: certificate((1 / (p * Q**2), square(p - Q)), strict_unless=(p - Q,))},
        {E: (-2 / Q, Q**-2)},
    ),
    because="1/p lies above its tangent at Q, and touches it only where every mass is Q: a uniform law.",
)

# --- How much the largest mass says -----------------------------------------------------------------
largest = interval("p_max", 0, 1, lower_open=True, upper_open=True)
capped = Functional("E", (p,), (Fact(sp.S.One, sp.S.One),), (at_least_zero(largest - p),), finite=True)
from_above = Step(
    "largest-mass-from-above",
    at_most(capped(p), largest),
    Integrated({capped: certificate((1, largest - p))}, {capped: (largest,)}),
    because="So N_2 >= 1/p_max, with equality for a uniform law.",
)
others = integer("n", 1)  # atoms beside the largest
rest = Functional("Sum_others", (p,), (Fact(sp.S.One, others), Fact(p, 1 - largest)), finite=True)
share = (1 - largest) / others
from_below = Step(
    "largest-mass-from-below",
    at_least(largest**2 + rest(p**2), largest**2 + (1 - largest) ** 2 / others),
    Integrated(
        {rest: certificate((1, square(p - share)), strict_unless=(p - share,))},
        {rest: (share**2, -2 * share)},
    ),
    because="The rest agrees least often if it is uniform; for ever more atoms N_2 tends to 1/p_max^2.",
)

# --- The number of agreeing pairs -------------------------------------------------------------------


s = integer("s", 2)  # draws
P3 = interval("P_3", 0, 1, lower_open=True)  # the probability that three draws agree
overlap = integer("o", 0, 2)  # draws that a second pair shares with a first
PAIRS = s * (s - 1) / 2


same = overlap * (overlap - 1) / 2  # 1 if the second pair is the first
second_pair = Functional(
    "Sum_pairs",
    (overlap,),
    (Fact(sp.S.One, PAIRS), Fact(overlap, 2 * (s - 1)), Fact(same, sp.S.One)),
    finite=True,
)
both_agree = same * Q + overlap * (2 - overlap) * P3 + (1 - overlap) * (2 - overlap) / 2 * Q**2
count_variance = Step(
    "variance-of-the-count",
    equal(PAIRS * second_pair(both_agree) - (PAIRS * Q) ** 2, variance(s, Q, P3)),
    Integrated(
        {second_pair: normal_form},
        {second_pair: (-PAIRS * Q**2, -PAIRS * (P3 - Q**2), -PAIRS * (Q - 2 * P3 + Q**2))},
    ),
    because="Two pairs agree together with probability Q, P_3 or Q^2, as they share two draws, one or none.",
)
few = integer("s", 2, 8)
overlaps = Step(
    "overlaps",
    equal(
        CountedOverlap(few, overlap),
        same
        + overlap * (2 - overlap) * 2 * (few - 2)
        + (1 - overlap) * (2 - overlap) * (few - 2) * (few - 3) / 4,
    ),
    enumeration,
    because="By listing the pairs of up to 8 draws: one is the same, 2(s - 2) share one draw.",
)
fewer, w1, w2 = integer("s", 1, 4), integer("w_1", 0, 2), integer("w_2", 0, 3)
total = 1 + w1 + w2
Q_three, P3_three = (1 + w1**2 + w2**2) / total**2, (1 + w1**3 + w2**3) / total**3
mean_listed = Step(
    "mean-by-listing",
    equal(CountedMoment(1, fewer, 1, w1, w2), fewer * (fewer - 1) / 2 * Q_three),
    enumeration,
    because="Every sample of up to 4 draws from 12 laws on 3 atoms.",
)
variance_listed = Step(
    "variance-by-listing",
    equal(
        CountedMoment(2, fewer, 1, w1, w2) - CountedMoment(1, fewer, 1, w1, w2) ** 2,
        variance(fewer, Q_three, P3_three),
    ),
    enumeration,
    because="The same samples. Both sides are polynomials in s of degree 4 at most.",
)

# --- What the probability of a collision says -------------------------------------------------------
M, gamma = birthday_collisions.M, birthday_collisions.gamma
union = Step(
    "collisions-from-above",
    birthday_collisions.effective.claim,
    earlier(birthday_collisions.THEOREM, step="effective-support"),
    because="The union bound: gamma is at most the expected number of agreeing pairs.",
)
hit, size = integer("hit", 0, 1), integer("c", 1)  # C is hit x c: 0, or some c >= 1
first, second = positive("m_1"), positive("m_2")  # E C and E C^2
batch = Functional("E", (hit, size), (Fact(hit * size, first), Fact(hit * size**2, second)), finite=True)
second_moment = Step(
    "second-moment",
    at_least(batch(hit), first**2 / second),
    Integrated(
        {batch: certificate((hit, square(1 - first / second * size)))},
        {batch: (-2 * first / second, (first / second) ** 2)},
    ),
    because="Cauchy-Schwarz: E C = E[C; C > 0], so that (E C)^2 <= gamma E C^2.",
)
root = interval("r", 0, 1, lower_open=True)  # the root of Q, which no mass exceeds: p^2 <= sum of all p^2
rooted = Functional("E", (p,), (Fact(p, root**2),), (at_least_zero(root - p),), finite=True)
triples = Step(
    "triples",
    at_most(rooted(p**2), root**3),
    Integrated({rooted: certificate((p, root - p))}, {rooted: (root,)}),
    because="P_3 = E[p^2] <= r E[p].",
)
n = positive("n_2")  # the root of N_2
CAUGHT = at_least_zero(gamma * (n**2 + 2 * (s - 2) * n + (s - 2) * (s - 3) / 2) - s * (s - 1) / 2)
from_collisions = Step(
    "collisions-from-below",
    at_least((n + s - 2) ** 2, (s - 2) ** 2 + s * (s - 1) / (2 * gamma) - (s - 2) * (s - 3) / 2, CAUGHT),
    certificate((1 / gamma, CAUGHT.expression)),
    because="gamma >= (E C)^2 / E C^2 with P_3 <= Q^(3/2), solved for the root of N_2 = 1/Q.",
)

# --- Which set the collisions certify ---------------------------------------------------------------
theta = interval("theta", 0, 1, lower_open=True)  # the threshold
beyond = interval("d", 0, 1, lower_open=True)  # p_max = theta + d
chosen = integer("chosen", 0, 1)  # 1 if the atom's mass is at least theta
HEAVY = (at_least_zero(chosen * (p - theta)), at_least_zero((1 - chosen) * (theta - p)))
every_atom = Functional("Sum_atoms", (p, chosen), (Fact(p, sp.S.One),), HEAVY, finite=True)
heavy_size = Step(
    "heavy-set-is-small",
    at_most(every_atom(chosen), 1 / theta),
    Integrated(
        {every_atom: certificate((1 / theta, chosen * (p - theta)), ((1 - chosen) / theta, p))},
        {every_atom: (1 / theta,)},
    ),
    because="Each chosen atom has mass theta or more.",
)
CAPPED = (*HEAVY, at_least_zero(theta + beyond - p))
atoms = Functional("Sum_atoms", (p, chosen), (Fact(p, sp.S.One), Fact(p**2, Q)), CAPPED, finite=True)
heavy_mass = Step(
    "heavy-set-has-mass",
    at_least(atoms(p * chosen), (Q - theta) / beyond),
    Integrated(
        {
            atoms: certificate(
                (p * chosen / beyond, theta + beyond - p), (p / beyond, (1 - chosen) * (theta - p))
            )
        },
        {atoms: (theta / beyond, -1 / beyond)},
    ),
    because="Q is at most p_max on the set and at most theta off it, each weighted by mass.",
)

# --- Near-duplicates: a relation that need not be transitive ----------------------------------------
m = interval("m", 0, 1, lower_open=True)  # the mass of a clique of a cover, each point counted in one clique
k = integer("k", 1)  # cliques in the cover
related, together = integer("related", 0, 1), integer("together", 0, 1)  # two draws: R, one clique
clique = interval("c", 0, 1, lower_open=True)
two_draws = Functional(
    "P", (related, together), (Fact(together, clique),), (at_least_zero(related - together),), finite=True
)
cliques = Functional("Sum_cliques", (m,), (Fact(sp.S.One, k), Fact(m, sp.S.One)), finite=True)
cover_related = Step(
    "related-if-in-one-clique",
    at_least(two_draws(related), clique),
    Integrated({two_draws: certificate((1, related - together))}, {two_draws: (-1,)}),
    because="Two draws in one clique are related, whatever else is.",
)
cover_size = Step(
    "cover-is-large",
    at_least(cliques(m**2), 1 / k),
    Integrated(
        {cliques: certificate((1, square(m - 1 / k)), strict_unless=(m - 1 / k,))},
        {cliques: (k**-2, -2 / k)},
    ),
    because="The support inequality for the cliques: so the number of cliques is at least 1/Pr[R].",
)


LAW = Parameter("law", Kind.LAW, "the masses")
DRAWS = Parameter("draws", Kind.INTEGER, "s, the draws in the batch")
GAMMA = Parameter("probability", Kind.RATIONAL, "gamma, the probability that a batch holds an agreeing pair")
HEAVY_SET = (
    Parameter("threshold", Kind.RATIONAL, "theta, the least mass of an atom of the set"),
    Parameter("pair_probability", Kind.RATIONAL, "Q, the probability that two draws agree"),
    Parameter("largest_mass", Kind.RATIONAL, "p_max, the largest mass of an atom"),
)

THEOREM = Theorem(
    id="effective-support",
    title="Collisions measure the effective support, which is at most the support",
    sentence=(
        r"For masses $p_i > 0$ on $N$ atoms and $Q = \sum_i p_i^2$, $N_2 = 1/Q \le N$, with equality only for the uniform "
        r"law, and $p_{\max}^2 + (1 - p_{\max})^2/(N-1) \le Q \le p_{\max}$, the former for $N \ge 2$. The number of agreeing pairs among $s$ draws has "
        r"mean $\binom s2 Q$ and variance $\binom s2 (Q - Q^2) + s(s-1)(s-2)(P_3 - Q^2)$. At a collision probability "
        r"$\gamma$, $\big(\sqrt{(s-2)^2 + \binom s2/\gamma - \binom{s-2}2} - (s-2)\big)^2 \le N_2 \le \binom s2/\gamma$, and the "
        r"set of atoms of mass at least $\theta < Q$ has at most $1/\theta$ atoms and mass at least "
        r"$(Q-\theta)/(p_{\max}-\theta)$."
    ),
    hypotheses=(
        Hypothesis("the masses are positive and sum to one, so that E[1/p] is the number of atoms"),
        Hypothesis("the s draws are independent with one law"),
        Hypothesis(
            "of the s(s-1)/2 pairs one is a given pair, and its two draws lie in s - 1 pairs each, for every s; the "
            "step overlaps lists them up to s = 8, and mean-by-listing and variance-by-listing the samples up to s = 4"
        ),
        Hypothesis("naming: step collisions-from-below is given gamma >= (E C)^2/E C^2 at P_3 <= Q^(3/2)"),
        Hypothesis("a cover by cliques: any two points of one clique are near-duplicates"),
    ),
    statement=EFFECTIVE.conclusion,
    derivation=(
        EFFECTIVE,
        from_above,
        from_below,
        overlaps,
        count_variance,
        mean_listed,
        variance_listed,
        union,
        second_moment,
        triples,
        from_collisions,
        heavy_size,
        heavy_mass,
        cover_related,
        cover_size,
    ),
    predictions=(
        Prediction(
            "effective_support", Relation.EQUALS, effective_support, (LAW,), "atoms", r"1/\sum_i p_i^2"
        ),
        Prediction(
            "expected_collisions", Relation.EQUALS, expected_collisions, (LAW, DRAWS), "1", r"\binom s2 Q"
        ),
        Prediction(
            "collision_variance",
            Relation.EQUALS,
            collision_variance,
            (LAW, DRAWS),
            "1",
            r"\binom s2 (Q - Q^2) + s(s-1)(s-2)(P_3 - Q^2)",
        ),
        Prediction(
            "largest_effective_support",
            Relation.AT_MOST,
            largest_effective_support,
            (DRAWS, GAMMA),
            "atoms",
            r"\frac{s(s-1)}{2\gamma}",
        ),
        Prediction(
            "least_effective_support",
            Relation.AT_LEAST,
            least_effective_support,
            (DRAWS, GAMMA),
            "atoms",
            r"\Big(\sqrt{(s-2)^2 + \tbinom s2/\gamma - \tbinom{s-2}2} - (s-2)\Big)^2",
        ),
        Prediction(
            "heavy_set_mass",
            Relation.AT_LEAST,
            heavy_set_mass,
            HEAVY_SET,
            "probability",
            r"\frac{Q - \theta}{p_{\max} - \theta}",
        ),
        Prediction(
            "heavy_set_size",
            Relation.AT_MOST,
            heavy_set_size,
            HEAVY_SET,
            "atoms",
            r"\lfloor 1/\theta \rfloor",
        ),
        Prediction(
            "cover_at_least",
            Relation.AT_LEAST,
            cover_at_least,
            (Parameter("near_duplicates", Kind.RATIONAL, "Pr[R], that two draws are near-duplicates"),),
            "1",
            r"\lceil 1/\Pr[R] \rceil",
        ),
    ),
    near_misses=(
        NearMiss(
            "effective-support-bounds-the-support",
            at_most(E(1 / p), 1 / Q),
            "The other way round: a support of M^2 does not follow from collisions at M, only N_2 <= M^2.",
        ),
        NearMiss(
            "largest-mass-squared",
            at_most(capped(p), largest**2),
            "Q is near p_max^2 only if one atom stands out of an atomless rest.",
        ),
        NearMiss(
            "independent-pairs",
            equal(
                CountedMoment(2, fewer, 1, w1, w2) - CountedMoment(1, fewer, 1, w1, w2) ** 2,
                fewer * (fewer - 1) / 2 * (Q_three - Q_three**2),
            ),
            "Pairs that share a draw are dependent unless the law is uniform.",
        ),
        NearMiss(
            "squared-sample",
            equal(CountedMoment(1, fewer, 1, w1, w2), fewer**2 / 2 * Q_three),
            "A draw does not pair with itself.",
        ),
        NearMiss(
            "all-of-the-mass",
            at_least(atoms(p * chosen), Q / (theta + beyond)),
            "What lies below the threshold collides too.",
        ),
        NearMiss(
            "twice-as-many-cliques",
            at_least(cliques(m**2), 2 / k),
            "k equal cliques cover with Pr[R] = 1/k.",
        ),
    ),
    source=Source("goldreich2000expansion", "the collision counter", as_we_derive_it=True),
)
