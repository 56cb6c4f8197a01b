r"""D_f(P || Q) >= E_P T - E_Q f*(T), for each row of the table; its steps are checked here as well."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import theory
from tests.strategies import law_pairs
from theory.divergences import F_DIVERGENCES, GAN, PEARSON, Divergence, jensen_shannon, u, v
from theory.laws import FiniteLaw
from theory.theorems.f_divergence_bound import THEOREM

rows = pytest.mark.parametrize("row", F_DIVERGENCES, ids=lambda row: row.name)
PREDICTED = {prediction.observable: prediction for prediction in THEOREM.predictions}


@lru_cache
def compiled(term: sp.Expr, variables: tuple[sp.Symbol, ...]) -> Callable[..., float]:
    """A function of floats, by SymPy's own code generator."""
    plain = {variable: sp.Symbol(variable.name) for variable in variables}
    return sp.lambdify(list(plain.values()), term.xreplace(plain), modules=[{"Absolute": abs}, "numpy"])


def number(term: sp.Expr, values: dict[sp.Symbol, float]) -> float:
    """A term in floating point."""
    return float(compiled(term, tuple(values))(*map(np.float64, values.values())))


def outputs(row: Divergence) -> np.ndarray:
    """Five outputs inside the conjugate's domain: what its activation makes of five real numbers."""
    return np.array([number(row.activation, {v: x}) for x in (-1.5, -0.4, 0.0, 0.3, 1.1)])


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)
    assert evidence.cited == ()


@rows
def test_the_conjugate_is_the_supremum(row: Divergence) -> None:
    """Another road: scipy maximises u T - f(u) over log u; a flat maximum is known to 1e-6 in value."""
    for output in outputs(row):
        found = minimize_scalar(
            lambda s, T=output: number(row.f, {u: np.exp(s)}) - np.exp(s) * T,
            bounds=(-30, 6),
            method="bounded",
        )
        assert number(row.conjugate, {row.output: output}) == pytest.approx(-found.fun, abs=1e-6)


@rows
def test_the_ends_are_limits(row: Divergence) -> None:
    """F(0) and f'(oo) by their definitions: at u = 1e-12, and f(u)/u at 1e12, to 1e-5; or beyond 20."""
    for end, value in (
        (row.at_zero, number(row.f, {u: 1e-12})),
        (row.slope, number(row.f, {u: 1e12}) / 1e12),
    ):
        if end == sp.oo:
            assert value > 20
        else:
            assert value == pytest.approx(float(end), abs=1e-5)


@rows
@settings(max_examples=20)
@given(law_pairs(), st.integers(0, 2**32 - 1))
def test_no_discriminator_sees_more(row: Divergence, pair: tuple[FiniteLaw, FiniteLaw], seed: int) -> None:
    """The bound with random outputs inside the domain is below the exact divergence, whatever the atoms.

    Rounding is worth 1e-9 of the numbers that occur.
    """
    p, q = pair
    exact = PREDICTED[row.name.replace("-", "_")].at(p=p, q=q)
    reals = np.random.default_rng(seed).normal(size=len(p))
    T = [number(row.activation, {v: x}) for x in reals]
    seen = sum(float(a) * t for a, t in zip(p.weights, T, strict=True))
    paid = sum(float(b) * number(row.conjugate, {row.output: t}) for b, t in zip(q.weights, T, strict=True))

    assert float(exact) >= seen - paid - 1e-9


@rows
@settings(max_examples=20)
@given(law_pairs(positive=True))
def test_the_optimal_output_sees_all(row: Divergence, pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """At T* = f'(p/q) bound and divergence agree; where f has a corner, any T of its domain does."""
    p, q = pair
    total = 0.0
    for a, b in zip(p.weights, q.weights, strict=True):
        ratio = float(a / b)
        corner = bool(row.smooth) and a == b
        T = 0.0 if corner else number(row.optimal, {u: ratio})
        total += float(a) * T - float(b) * number(row.conjugate, {row.output: T})

    assert total == pytest.approx(float(row.between(p, q)), abs=1e-9)


@rows
def test_disjoint_laws_are_furthest_apart(row: Divergence) -> None:
    """Where no atom is shared the divergence is f(0) + f'(oo): the only part that singular laws have."""
    p, q = FiniteLaw(["1/3", "2/3", 0]), FiniteLaw([0, 0, 1])

    furthest = row.at_zero + row.slope
    assert row.between(p, q) == furthest or sp.expand(row.between(p, q) - furthest) == 0


@rows
def test_a_law_is_at_least_distance_from_itself(row: Divergence) -> None:
    """D_f(P || P) = f(1): zero, save for the game's row, which gives -log 4."""
    p = FiniteLaw(["1/3", "2/3"])

    assert sp.expand_log(row.between(p, p) - (-sp.log(4) if row is GAN else 0), force=True) == 0


@given(law_pairs())
def test_the_jensen_shannon_row_counts_twice(pair: tuple[FiniteLaw, FiniteLaw]) -> None:
    """This f gives 2 JSD: a table that prints JSD beside it is wrong by the factor two."""
    exact = float(PREDICTED["twice_jensen_shannon"].at(p=pair[0], q=pair[1]))

    assert exact == pytest.approx(2 * float(jensen_shannon(*pair)), abs=1e-12)


def test_pearsons_conjugate_below_minus_two() -> None:
    """Over u >= 0 the supremum is -1 there; the printed T^2/4 + T is larger: the bound still holds."""
    T = -3.0
    grid = np.linspace(0, 5, 1001)

    assert max(grid * T - (grid - 1) ** 2) == pytest.approx(-1)
    assert number(PEARSON.conjugate, {PEARSON.output: T}) == pytest.approx(-0.75)


def test_exact_values() -> None:
    """Three laws by hand: P = (1/2, 1/2) and Q = (1/4, 3/4)."""
    at = {"p": FiniteLaw(["1/2", "1/2"]), "q": FiniteLaw(["1/4", "3/4"])}

    assert PREDICTED["pearson"].at(**at).exact == sp.Rational(1, 3)
    assert PREDICTED["neyman"].at(**at).exact == sp.Rational(1, 4)
    assert PREDICTED["total_variation"].at(**at).exact == sp.Rational(1, 4)
    assert not PREDICTED["kullback_leibler"].at(p="1/2,1/2", q="1,0").identified
