"""The games of the catalogue's rows against the exact divergences and the catalogue's own expressions."""

import math
from fractions import Fraction

import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from empirical.training import game
from empirical.training.f_gan import activation, conjugate
from theory.divergences import F_DIVERGENCES, TOTAL_VARIATION, Divergence, u, v
from theory.laws import FiniteLaw

rows = pytest.mark.parametrize("row", F_DIVERGENCES, ids=lambda row: row.name)
counts = st.lists(st.integers(1, 20), min_size=4, max_size=4)


def finite_law(numbers: list[int]) -> FiniteLaw:
    return FiniteLaw(tuple(Fraction(number, sum(numbers)) for number in numbers))


def tensor(law: FiniteLaw) -> torch.Tensor:
    return torch.tensor([[float(weight) for weight in law.weights]], dtype=torch.float64)


def exactly(term: sp.Expr, values: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    """The catalogue's term at exact values to 400 digits: e^1000 cancels beside 1."""
    return term.xreplace(values).evalf(400)


def best_logit(row: Divergence, ratio: Fraction) -> float:
    """The logit v with g(v) = f'(u), by bisection on the catalogue's activation, which increases."""
    if row is TOTAL_VARIATION:  # f' jumps at 1: the best answers are +-1/2, the ends of the activation
        return 1000.0 * ((ratio > 1) - (ratio < 1))
    wanted = exactly(row.optimal, {u: sp.Rational(ratio.numerator, ratio.denominator)})
    return brentq(
        lambda at: float(exactly(row.activation, {v: sp.Rational(Fraction(at))}) - wanted),
        -60,
        60,
        xtol=1e-14,
    )


def payoff(row: Divergence, logits: torch.Tensor, p: FiniteLaw, q: FiniteLaw) -> float:
    return float(game(f"f-gan {row.name}").payoff(logits, logits, tensor(p), tensor(q)))


@rows
@settings(max_examples=8)
@given(real=counts, fake=counts)
def test_the_best_discriminator_s_payoff_is_the_divergence(
    row: Divergence, real: list[int], fake: list[int]
) -> None:
    """At T = f'(p/q) the payoff is D_f(p || q), summed exactly by the catalogue; all others stay below.

    Tolerance: the payoff's slope vanishes at the best logits, which are exact to 1e-14; what is left are
    roundings of terms up to 40^2.
    """
    p, q = finite_law(real), finite_law(fake)
    exact = float(row.between(p, q))
    ratios = [a / b for a, b in zip(p.weights, q.weights, strict=True)]
    best = torch.tensor([[best_logit(row, ratio) for ratio in ratios]], dtype=torch.float64)
    assert math.isclose(payoff(row, best, p, q), exact, rel_tol=1e-12, abs_tol=1e-12)
    draws = torch.Generator().manual_seed(len(set(real)))
    for _ in range(20):
        other = 3 * torch.randn(1, 4, dtype=torch.float64, generator=draws)
        assert payoff(row, other, p, q) <= exact + 1e-12


@rows
def test_the_best_discriminator_of_the_laws_exchanged_stays_below(row: Divergence) -> None:
    """The near miss: the logits for q/p in place of p/q, and those of another row, miss by more than 1e-3."""
    p, q = finite_law([6, 3, 2, 1]), finite_law([1, 2, 3, 6])
    exact = float(row.between(p, q))
    for wrong in ([a / b for a, b in zip(q.weights, p.weights, strict=True)], [Fraction(1)] * 4):
        logits = torch.tensor([[best_logit(row, ratio) for ratio in wrong]], dtype=torch.float64)
        assert payoff(row, logits, p, q) < exact - 1e-3


@rows
@pytest.mark.parametrize("at", [-1000, -700, -40, -3, 0, Fraction(1, 3), 5, 40, 700, 1000])
def test_compiled_terms_are_the_catalogue_s_and_overflow_only_where_these_do(
    row: Divergence, at: Fraction | int
) -> None:
    """Activation, conjugate and their slopes at 400 digits; beyond float64 they are infinite, never NaN.

    Tolerance: a few roundings, relative to the value or to the 1 that it was added to.
    """
    composed = row.conjugate.xreplace({row.output: row.activation})
    for term, compiled in ((row.activation, activation(row)), (composed, conjugate(row))):
        logit = torch.tensor([[float(at)]], dtype=torch.float64, requires_grad=True)
        value = compiled(logit)
        (slope,) = torch.autograd.grad(value.sum(), logit)
        place = {v: sp.Rational(Fraction(float(at)))}
        for found, wanted in (
            (value, exactly(term, place)),
            (slope, exactly(sp.diff(term.xreplace({v: sp.Symbol("v")})), {sp.Symbol("v"): place[v]})),
        ):
            assert math.isclose(float(found.detach()), float(wanted), rel_tol=1e-14, abs_tol=1e-15), (
                f"{term}: {found} at {at}, not {sp.N(wanted)}"
            )


def test_taken_as_printed_the_catalogue_s_terms_would_fail() -> None:
    """What the rewriting is for: the total-variation activation is infinity over infinity at 1,000."""
    printed = sp.lambdify(sp.Symbol("v"), TOTAL_VARIATION.activation.xreplace({v: sp.Symbol("v")}), "numpy")
    with pytest.warns(RuntimeWarning):
        assert math.isnan(printed(torch.tensor(1000.0, dtype=torch.float64).numpy()))


@given(real=st.lists(st.floats(-20, 20), min_size=5, max_size=5), fake=st.floats(-20, 20))
def test_the_gan_row_is_the_minimax_game(real: list[float], fake: float) -> None:
    """Its payoff and its generator's loss are those of minimax; Kullback-Leibler's are not."""
    data = torch.tensor([real], dtype=torch.float64)
    generated = torch.tensor([[fake, -fake]], dtype=torch.float64)
    row, minimax, other = game("f-gan gan"), game("minimax"), game("f-gan kullback-leibler")
    assert torch.allclose(
        row.payoff(data, generated), minimax.payoff(data, generated), rtol=1e-14, atol=1e-15
    )
    assert torch.allclose(
        row.generator_loss(generated), minimax.generator_loss(generated), rtol=1e-14, atol=1e-15
    )
    assert not torch.allclose(other.payoff(data, generated), minimax.payoff(data, generated), rtol=1e-3)
