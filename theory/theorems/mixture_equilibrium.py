r"""Few strategies, mixed uniformly, are almost as good as the best mixture.

In a game with payoffs in [0, 1] let a mixture guarantee v against each of the opponent's n pure strategies. Draw k
strategies from it. Each opponent is met by a mean of independent values, which falls short of v by more than
:math:`\varepsilon` with probability below :math:`e^{-2 k \varepsilon^2}` (Hoeffding), so that

.. math:: k \ge \frac{\ln n}{2 \varepsilon^2} \;\Longrightarrow\; \text{some k strategies, mixed uniformly,
          guarantee } v - \varepsilon .

Where two mixtures guarantee the same number, it is the game's value (weak duality), and k strategies of each
player are an approximate equilibrium. The count holds at equality too: only finitely many samples exist, so a
shortfall above :math:`\varepsilon` is one of at least :math:`\varepsilon + \gamma`.
For opponents with p parameters a net takes the place of the n strategies.

A finite game of generators and discriminators follows: one that cannot reach every mode loses by so much.
"""

from fractions import Fraction

import sympy as sp

from theory.accusations import concedes, fewest, payoffs
from theory.kernel import (
    ExactFunction,
    Fact,
    Functional,
    Integrated,
    Step,
    at_least,
    at_least_zero,
    at_most,
    calc,
    certificate,
    certified_ceiling,
    earlier,
    enumeration,
    equal,
    exponential_gap,
    integer,
    nonnegative,
    normal_form,
    positive,
    real,
    unit,
)
from theory.kernel.programs import Duality, game_value
from theory.kernel.simplex import solution
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems import small_support

n = integer("n", 1)  # the opponent's pure strategies
k = integer("k", 1)  # strategies that are mixed uniformly
eps, gamma = positive("epsilon"), positive("gamma")

# --- 1. Weak duality --------------------------------------------------------------------------------
# weight = the probability of a column (a row); surplus = by how much the row player's mixture exceeds its guarantee
# against that column; shortfall = by how much that row stays below what the column player's mixture concedes.
# Finite sums may be taken in either order: both mixtures see the mean payoff.
weight, surplus, shortfall = nonnegative("weight"), nonnegative("surplus"), nonnegative("shortfall")
gain, loss, mean = unit("gain"), unit("loss"), real("mean")  # mean surplus, mean shortfall, mean payoff
guaranteed, conceded = mean - gain, mean + loss
LAW = Fact(weight, sp.S.One)
columns = Functional("Sum_columns", (weight, surplus), (LAW, Fact(weight * surplus, gain)), finite=True)
rows = Functional("Sum_rows", (weight, shortfall), (LAW, Fact(weight * shortfall, loss)), finite=True)
weak_duality = (
    calc("weak-duality", guaranteed)
    .at_most(
        columns(weight * (guaranteed + surplus)),
        by=Integrated({columns: certificate((weight, surplus))}, {columns: (-guaranteed, 0)}),
        because="What is guaranteed against each column is guaranteed against a mixture of them.",
    )
    .equals(
        rows(weight * (conceded - shortfall)),
        by=Integrated(
            {columns: normal_form, rows: normal_form}, {columns: (-guaranteed, -1), rows: (conceded, -1)}
        ),
        because="The mean payoff, by columns and by rows.",
    )
    .at_most(
        conceded,
        by=Integrated({rows: certificate((weight, shortfall))}, {rows: (conceded, 0)}),
        because="What is conceded to each row is conceded to a mixture. Where the two ends meet is the value.",
    )
)

# --- 2. Draws from a mixture: the finite game -------------------------------------------------------
# A failure: the mean of the k draws falls short by epsilon + gamma or more against one of the n opponents. share =
# its probability as a share of Chernoff's bound. K and kappa are as in small-support: log moments, of that
# shortfall and of a single draw (the largest).
share = unit("share")
m, s, tau, w = small_support.m, small_support.s, small_support.tau, small_support.w
K, kappa = small_support.K, small_support.kappa
at_k = {m: k, w: sp.S.One, s: 4 * k * (eps + gamma), tau: eps + gamma}  # the best exponent
rise = K - at_k[s] * (eps + gamma)
fall = -2 * k * (eps + gamma) ** 2
opponents = Functional("Sum_opponents", (share,), (Fact(sp.S.One, n),), finite=True)
INDEPENDENT, LEMMA = small_support.INDEPENDENT.at(at_k), small_support.LEMMA.at(at_k)
ENOUGH = at_least_zero(k - sp.log(n) / (2 * eps**2))
spare = -fall - sp.log(n)  # at least 2 k gamma^2
below_one = 1 / (1 + 2 * k * gamma**2)

FAILURES = (
    calc("expected-failures", opponents(share * sp.exp(rise)))
    .at_most(
        n * sp.exp(rise),
        by=Integrated({opponents: certificate((sp.exp(rise), 1 - share))}, {opponents: (sp.exp(rise),)}),
        because="Each failure is the tail of a mean of k independent values (Chernoff); there are n opponents.",
    )
    .at_most(
        n * sp.exp(fall),
        by=certificate(
            (n * sp.exp(rise), exponential_gap(fall - rise)),
            (n * sp.exp(rise), earlier(small_support.THEOREM, at_k, step="independence").as_term()),
        ),
        given=(LEMMA, INDEPENDENT),
        because="Independence and Hoeffding's lemma, as in small-support, for values in [0, 1].",
    )
    .at_most(
        below_one,
        by=certificate(
            (sp.exp(-spare) * below_one, exponential_gap(spare)),
            (sp.exp(-spare) * below_one * 2 * eps**2, k - sp.log(n) / (2 * eps**2)),
            (sp.exp(-spare) * below_one * 4 * k * eps, gamma),
        ),
        given=(ENOUGH,),
        because="n exp(-2k(eps + gamma)^2) <= exp(-2k gamma^2) < 1: the gap of finitely many samples is enough.",
    )
)
failing = integer("failing", 0)
all_fail = Functional(
    "P_fail",
    (failing,),
    (Fact(sp.S.One, sp.S.One),),
    given=(at_least_zero(failing - 1),),
    integrable=(failing,),
)
some_sample = Step(
    "if-every-sample-failed",
    at_least(all_fail(failing), 1),
    Integrated({all_fail: certificate((1, failing - 1))}, {all_fail: (-1,)}),
    because="Then the expected number of failures would be at least 1. It is below, so some sample never fails.",
)

# --- 3. Opponents with p parameters -----------------------------------------------------------------
# The opponent's strategies fill a ball of parameters; N of them are a net, and off the net the payoffs move by
# epsilon/2 in sum (net-radius and lipschitz-extension of small-support).
p, R, Lambda, N = small_support.p, small_support.R, small_support.Lambda, small_support.N
on_net = Functional("Sum_net", (share,), (Fact(sp.S.One, N),), finite=True)
components = sp.Mul(2, w**2, eps**-2, p, sp.log(1 + 8 * R * Lambda / eps))
MORE = at_least_zero(m - components)
excess = (m - components) * eps**2 / (2 * w**2)
half = sp.Rational(1, 2)  # small-support counts shortfalls and excesses; one side is enough here

COMPONENTS = (
    calc("net-failures", on_net(share * sp.exp(small_support.rise)))
    .at_most(
        N * sp.exp(small_support.rise),
        by=Integrated(
            {on_net: certificate((sp.exp(small_support.rise), 1 - share))},
            {on_net: (sp.exp(small_support.rise),)},
        ),
        because="As before, over the net, for a shortfall of epsilon/2.",
    )
    .at_most(
        N * sp.exp(small_support.fall),
        by=certificate((half, earlier(small_support.THEOREM, step="failure-3").as_term())),
        given=(small_support.LEMMA_AT_BEST, small_support.INDEPENDENT),
        because="Independence and Hoeffding's lemma.",
    )
    .at_most(
        small_support.cover * sp.exp(small_support.fall),
        by=certificate((half, earlier(small_support.THEOREM, step="failure-4").as_term())),
        given=(small_support.PACKED_FINELY,),
        because="The size of the net.",
    )
    .at_most(
        1,
        by=certificate(
            (sp.exp(-excess), exponential_gap(excess)),
            (sp.exp(-excess) * eps**2 / (2 * w**2), m - components),
            strict_unless=(m - components,),
        ),
        given=(MORE,),
        because="Equality needs m to be the count, which is no integer: p log of a fraction above 1 is none.",
    )
)

# --- 4. A game of generators and discriminators -----------------------------------------------------
# The data is uniform on N_d modes, of which the generator reaches g: generator j emits mode j. Discriminator i
# accuses mode i; its payoff is its accuracy, (P_data[x != i] + P_generator[x = i]) / 2.
modes, reached = integer("n_d", 1), integer("g", 1)
hit = integer("hit", 0, 1)
accuracy = (1 - 1 / modes + hit) / 2
price = sp.Add(1, -1 / modes, 1 / reached) / 2
reachable = Functional("Sum_reached", (hit,), (Fact(sp.S.One, reached), Fact(hit, sp.S.One)), finite=True)
discriminators_guarantee = Step(
    "accuse-the-reached-modes-alike",
    equal(reachable(accuracy) / reached, price),
    Integrated({reachable: normal_form}, {reachable: (-(1 - 1 / modes) / (2 * reached), -1 / (2 * reached))}),
    because="Against each generator exactly one of the g discriminators hits. Read by columns, the uniform "
    "mixture of the g generators concedes the same to each of those discriminators.",
)
others_concede = Step(
    "accuse-an-unreached-mode",
    at_most((1 - 1 / modes) / 2, price),
    certificate((sp.Rational(1, 2), 1 / reached)),
    because="A mode that no generator emits is the worse to accuse: both guarantees are the price, the value.",
)
# One such game with weights; the kernel judges the two laws that the search found.
DATA = (Fraction(2, 5), Fraction(3, 10), Fraction(1, 5), Fraction(1, 10))  # the last mode is not reached
PAYOFFS = payoffs(DATA, reached=3)
SOLVED = solution(PAYOFFS)
VALUE, CLOSE = sp.Rational(31, 60), sp.Rational(1, 20)
SPARSE = fewest(PAYOFFS, VALUE + CLOSE)
MIXED = [[accuracy] for accuracy in concedes(PAYOFFS, SPARSE)]


class MostConceded(ExactFunction):
    """What the uniform mixture of two of the three generators concedes to the best discriminator."""

    @classmethod
    def eval(cls, first: sp.Expr, second: sp.Expr) -> sp.Expr | None:
        """The exact accuracy at two generators."""
        if isinstance(first, sp.Integer) and isinstance(second, sp.Integer):
            return max(concedes(PAYOFFS, (int(first), int(second))))
        return None


first, second = integer("j_1", 0, 2), integer("j_2", 0, 2)


def _rational(name: str, value: Fraction | int) -> sp.Rational:
    if value <= 0:
        raise ValueError(f"{name} must be positive (got {value}): pass a number above 0, such as 1/10.")
    return sp.Rational(Fraction(value).numerator, Fraction(value).denominator)


def mixture_size(opponent_strategies: int, epsilon: Fraction) -> sp.Expr:
    """max(1, ceil(ln n / (2 epsilon^2))), certified."""
    size, tolerance = _rational("opponent_strategies", opponent_strategies), _rational("epsilon", epsilon)
    return sp.Integer(max(1, certified_ceiling(sp.log(size) / (2 * tolerance**2))))


def mixture_components(
    opponent_parameters: int, radius: Fraction, lipschitz: Fraction, epsilon: Fraction, range_width: Fraction
) -> sp.Expr:
    """The least integer above (2 w^2 / epsilon^2) p log(1 + 8 R Lambda / epsilon), certified."""
    values = {
        p: _rational("opponent_parameters", opponent_parameters),
        R: _rational("radius", radius),
        Lambda: _rational("lipschitz", lipschitz),
        eps: _rational("epsilon", epsilon),
        w: _rational("range_width", range_width),
    }
    return sp.Integer(certified_ceiling(components.xreplace(values)))


def accusation_value(data_modes: int, reached_modes: int) -> sp.Expr:
    """(1 - 1/n + 1/g)/2, the accuracy of the best discriminator in the game of accusations."""
    if not 1 <= reached_modes <= data_modes:
        raise ValueError(
            f"reached_modes must lie between 1 and data_modes (got {reached_modes} of {data_modes}): "
            f"a generator reaches some of the data's modes."
        )
    return price.xreplace({modes: sp.Integer(data_modes), reached: sp.Integer(reached_modes)})


EPSILON = Parameter("epsilon", Kind.RATIONAL, "how far from the value a mixture may stay, in units of payoff")

THEOREM = Theorem(
    id="mixture-equilibrium",
    title="Few strategies, mixed uniformly, are an approximate equilibrium",
    sentence=(
        r"In a finite game with payoffs in $[0, 1]$ whose value two mixtures guarantee, each player has "
        r"$k = \max(1, \lceil \ln n / (2 \varepsilon^2) \rceil)$ pure strategies whose uniform mixture is within "
        r"$\varepsilon$ of the value against each of the opponent's $n$; against opponents of $p$ parameters "
        r"every $k > (2w^2/\varepsilon^2)\, p \log(1 + 8R\Lambda/\varepsilon)$ does. Where discriminator $i$ accuses "
        r"mode $i$ of uniform data on $n$ modes and the generator reaches $g$ of them, the value is "
        r"$\tfrac12 (1 - 1/n + 1/g)$."
    ),
    hypotheses=(
        Hypothesis("payoffs lie in [0, 1], or in an interval of length w for opponents with parameters"),
        Hypothesis("a mixture guarantees the value; k strategies are drawn from it independently"),
        Hypothesis(
            "a failure is a shortfall of at least epsilon + gamma; gamma > 0 is the least excess over epsilon "
            "among the finitely many samples, and each has at most the probability of Chernoff's bound",
        ),
        Hypothesis(
            "the log moment of the mean is at most k times that of a draw: independence", (INDEPENDENT,)
        ),
        Hypothesis("the log moment of a draw obeys Hoeffding's lemma, which small-support proves", (LEMMA,)),
        Hypothesis("k is at least ln n / (2 epsilon^2)", (ENOUGH,)),
        Hypothesis("an opponent's parameters fill a ball of radius R, payoffs are Lambda-Lipschitz in them"),
        Hypothesis(
            "against such opponents m strategies are drawn, more than the number; log moments and the net are those of "
            "small-support",
            (MORE, small_support.LEMMA_AT_BEST, small_support.INDEPENDENT, small_support.PACKED_FINELY),
        ),
    ),
    statement=FAILURES.conclusion,
    derivation=(
        weak_duality,
        FAILURES,
        some_sample,
        COMPONENTS,
        discriminators_guarantee,
        others_concede,
        Step(
            "a-game-of-four-modes",
            equal(game_value(PAYOFFS), VALUE),
            Duality(SOLVED.row_law, SOLVED.column_law),
            because="Data (4, 3, 2, 1)/10, the last mode out of reach: the value is 31/60, by two laws.",
        ),
        Step(
            "three-generators-are-close",
            equal(game_value(MIXED), VALUE + CLOSE),
            Duality((0, 0, 1, 0), (1,)),
            because="The uniform mixture of three generators, found by search, concedes the value and 1/20 exactly.",
        ),
        Step(
            "two-are-not",
            at_least(MostConceded(first, second), VALUE + sp.Rational(1, 12)),
            enumeration,
            because="Each uniform mixture of two generators concedes at least 1/12 more than the value.",
        ),
    ),
    predictions=(
        Prediction(
            "mixture_size",
            Relation.AT_MOST,
            mixture_size,
            (Parameter("opponent_strategies", Kind.INTEGER, "n, the opponent's pure strategies"), EPSILON),
            "1",
            r"\max\big(1, \lceil \ln n / (2 \varepsilon^2) \rceil\big)",
        ),
        Prediction(
            "mixture_components",
            Relation.AT_MOST,
            mixture_components,
            (
                Parameter("opponent_parameters", Kind.INTEGER, "p, the parameters of an opponent"),
                *small_support.PARAMETERS[1:3],
                EPSILON,
                Parameter("range_width", Kind.RATIONAL, "w, the length of the interval of payoffs"),
            ),
            "1",
            r"\Big\lceil \frac{2w^2}{\varepsilon^2}\, p \log\big(1 + \tfrac{8R\Lambda}{\varepsilon}\big) \Big\rceil",
        ),
        Prediction(
            "accusation_value",
            Relation.EQUALS,
            accusation_value,
            (
                Parameter("data_modes", Kind.INTEGER, "n, the modes of the data"),
                Parameter("reached_modes", Kind.INTEGER, "g, the modes that the generator reaches"),
            ),
            "probability",
            r"\tfrac12 \big(1 - \tfrac1n + \tfrac1g\big)",
        ),
    ),
    near_misses=(
        NearMiss(
            "half-the-draws",
            at_most(n * sp.exp(fall), 1, at_least_zero(k - sp.log(n) / (4 * eps**2))),
            "ln n / (4 epsilon^2) draws do not make this bound one.",
            at=({n: 100, k: 5, eps: sp.Rational(1, 2), gamma: sp.Rational(1, 1000)},),
        ),
        NearMiss(
            "a-count-without-the-opponents",
            at_most(n * sp.exp(fall), 1, at_least_zero(k - 1 / (2 * eps**2))),
            "The count grows with the logarithm of the number of opponents.",
            at=({n: 100, k: 2, eps: sp.Rational(1, 2), gamma: sp.Rational(1, 1000)},),
        ),
        NearMiss(
            "as-good-as-with-all-modes",
            at_most(price, sp.Rational(1, 2)),
            "A generator that misses modes is caught more often than half of the time.",
        ),
        NearMiss(
            "the-best-single-generator",
            equal(game_value(PAYOFFS), min(max(column) for column in zip(*PAYOFFS, strict=True))),
            "The value of a game is not what the best pure strategy concedes.",
        ),
    ),
    source=Source(
        "arora2017generalization", "Theorem 4.2, with the count of Althoefer", as_we_derive_it=True
    ),
)
