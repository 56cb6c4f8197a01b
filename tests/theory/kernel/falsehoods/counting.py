"""Falsehoods about means, counts and samples: Jensen, Bernoulli, Cauchy-Schwarz, Maclaurin, Chao."""

import sympy as sp

from tests.theory.kernel.falsehoods.pair import pair
from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Outcome,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    exponential_gap,
    integer,
    interval,
    log_gap,
    nonnegative,
    open_unit,
    positive,
    real,
    square,
)

# --- Jensen ---------------------------------------------------------------------------------------
f, mu = positive("f"), positive("mu")
v, m = real("v"), real("m")
E_f = Functional("E", (f,), (Fact(1, 1), Fact(f, mu)), finite=True)
E_v = Functional("E", (v,), (Fact(1, 1), Fact(v, m)), finite=True)
LOG = Integrated({E_f: certificate((1, log_gap(f / mu)))}, {E_f: (-1 + sp.log(mu), 1 / mu)})
EXP = Integrated(
    {E_v: certificate((sp.exp(m), exponential_gap(v - m)))}, {E_v: ((m - 1) * sp.exp(m), -sp.exp(m))}
)

# --- Bernoulli ------------------------------------------------------------------------------------
z, root, power = open_unit("z"), open_unit("r"), integer("n", 1)


def bernoulli(exponent: sp.Expr) -> tuple:
    """(1 - z)^r >= 1 - r z with the proof that needs r >= 1."""
    claim = at_least((1 - z) ** exponent, 1 - exponent * z)
    return claim, certificate(
        (1 - z, exponential_gap((exponent - 1) * sp.log(1 - z))),
        ((1 - z) * (exponent - 1), log_gap(1 / (1 - z))),
    )


# --- Sums of squares, of atoms and of the atoms that are left --------------------------------------
p, atoms, others = interval("p", 0, 1, lower_open=True), integer("N", 1), integer("N'", 1)
S = Functional("S", (p,), (Fact(1, atoms), Fact(p, 1)), finite=True)
CAUCHY = Integrated({S: certificate((1, square(p - 1 / atoms)))}, {S: (atoms**-2, -2 / atoms)})
left, same = nonnegative("left"), nonnegative("same")
k, spare = integer("k", 1), integer("d", 0)
LEFT = at_least_zero((spare + 1) * same - left**2)
aside = Functional("E", (left, same), given=(LEFT,), finite=True)
unequal = Functional("E", (left, same), finite=True)


def one_more_draw(over: Functional) -> tuple:
    """N d_{k+1} <= (N - k) d_k."""
    claim = at_most((k + spare) * over(left**2 - same), spare * over(left**2 + (k - 1) * same))
    return claim, Integrated({over: certificate((k, (spare + 1) * same - left**2))})


# --- Counts ---------------------------------------------------------------------------------------
hit, size = integer("hit", 0, 1), integer("c", 1)
first, second = positive("m_1"), positive("m_2")
count = Functional("E", (hit, size), (Fact(hit * size, first), Fact(hit * size**2, second)), finite=True)
MOMENT = Integrated(
    {count: certificate((hit, square(1 - first / second * size)))},
    {count: (-2 * first / second, (first / second) ** 2)},
)
UNION = Integrated({count: certificate((hit, size - 1))}, {count: (1, 0)})

# --- Unseen atoms ---------------------------------------------------------------------------------
q, n = open_unit("q"), integer("n", 2)
once, twice = n * q * (1 - q) ** (n - 1), n * (n - 1) / 2 * q**2 * (1 - q) ** (n - 2)
F1, F2 = positive("F_1"), positive("F_2")
seen = Functional("S", (q,), (Fact(once, F1), Fact(twice, F2)), finite=True)
odds = (n - 1) * F1 / (2 * F2)
CHAO = Integrated(
    {seen: certificate(((1 - q) ** (n - 2), square(1 - q - odds * q)))},
    {seen: (-2 * odds / n, 2 * odds**2 / (n * (n - 1)))},
)


def peak(height: sp.Expr) -> tuple:
    """Q (1 - q)^n at most some height."""
    term, a, b = q * (1 - q) ** n, (n + 1) * q, (n + 1) * (1 - q) / n
    proof = certificate(
        (term, exponential_gap(-sp.log(a) - n * sp.log(b))), (term, log_gap(a)), (n * term, log_gap(b))
    )
    return at_most(term, height), proof


COUNTING = (
    pair(
        "jensen-for-the-logarithm-reversed",
        Outcome.REFUTED,
        (at_least(E_f(sp.log(f)), sp.log(mu)), LOG),
        (at_most(E_f(sp.log(f)), sp.log(mu)), LOG),
    ),
    pair(
        "jensen-for-the-exponential-reversed",
        Outcome.REFUTED,
        (at_most(E_v(sp.exp(v)), sp.exp(m)), EXP),
        (at_least(E_v(sp.exp(v)), sp.exp(m)), EXP),
    ),
    pair("bernoulli-below-one", Outcome.REFUTED, bernoulli(root), bernoulli(power)),
    pair(
        "squares-below-the-uniform-law",
        Outcome.REFUTED,
        (at_most(S(p**2), 1 / atoms), CAUCHY),
        (at_least(S(p**2), 1 / atoms), CAUCHY),
    ),
    pair(
        "squares-of-another-number-of-atoms",
        Outcome.REFUTED,
        (
            at_least(S(p**2), 1 / others),
            Integrated({S: certificate((1, square(p - 1 / others)))}, {S: (others**-2, -2 / others)}),
        ),
        (at_least(S(p**2), 1 / atoms), CAUCHY),
    ),
    pair(
        "one-more-draw-without-cauchy-schwarz",
        Outcome.REFUTED,
        one_more_draw(unequal),
        one_more_draw(aside),
    ),
    pair(
        "second-moment-reversed",
        Outcome.REFUTED,
        (at_most(count(hit), first**2 / second), MOMENT),
        (at_least(count(hit), first**2 / second), MOMENT),
    ),
    pair(
        "union-bound-reversed",
        Outcome.REFUTED,
        (at_least(count(hit), first), UNION),
        (at_most(count(hit), first), UNION),
    ),
    pair(
        "unseen-atoms-from-above",
        Outcome.REFUTED,
        (at_most(seen((1 - q) ** n), (n - 1) / n * F1**2 / (2 * F2)), CHAO),
        (at_least(seen((1 - q) ** n), (n - 1) / n * F1**2 / (2 * F2)), CHAO),
    ),
    pair(
        "missing-mass-one-power-too-low",
        Outcome.REFUTED,
        peak((n / (n + 1)) ** (n + 1) / (n + 1)),
        peak((n / (n + 1)) ** n / (n + 1)),
    ),
)
