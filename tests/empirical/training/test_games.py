"""The games' payoffs, losses and gradients against closed forms."""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.training import GAMES, game
from empirical.training.games import (
    critic_payoff,
    linear_payoff,
    log_payoff,
    non_saturating_loss,
    saturating_loss,
    squares_loss,
    squares_payoff,
)
from theory.divergences import wasserstein
from theory.laws import FiniteLaw

logits = st.floats(-20, 20)
shares = st.floats(0.01, 1)


def one(value: float) -> torch.Tensor:
    return torch.tensor([[value]], dtype=torch.float64, requires_grad=True)


@given(real=logits, fake=logits)
def test_the_log_payoff_is_log_d_plus_log_one_minus_d(real: float, fake: float) -> None:
    """V = log D(real) + log(1 - D(fake)) from the probabilities themselves, where these do not round.

    Tolerance: 1 - D loses up to e^20 roundings, 5e8 times 1e-16, to cancellation on the direct road.
    """
    direct = math.log(1 / (1 + math.exp(-real))) + math.log1p(-1 / (1 + math.exp(-fake)))
    assert math.isclose(float(log_payoff(one(real), one(fake)).detach()), direct, rel_tol=1e-6, abs_tol=1e-12)


@pytest.mark.parametrize("name", [name for name in GAMES if not name.startswith("f-gan")])
def test_extreme_logits_stay_finite(name: str) -> None:
    """At logits of 1,000 the sigmoid is 0 or 1, its logarithm taken directly infinite; ours is -1,000."""
    for value in (-1000.0, 1000.0):
        real, fake = one(value), one(value)
        payoff, loss = game(name).payoff(real, fake), game(name).generator_loss(fake)
        gradients = torch.autograd.grad((payoff + loss).sum(), (real, fake))
        assert all(part.isfinite().all() for part in (payoff, loss, *gradients))
    assert float(log_payoff(one(-1000.0), one(-1000.0)).detach()) == -1000
    assert not one(-1000.0).sigmoid().log().isfinite()  # the direct road, which this guards against


@given(p=shares, q=shares, value=logits)
def test_the_payoff_s_slope_in_a_shared_atom_s_logit_vanishes_at_p_over_p_plus_q(
    p: float, q: float, value: float
) -> None:
    """dV/dl = p (1 - D) - q D, which is 0 at l = log(p/q), that is at D = p/(p + q)."""

    def slope(at: float) -> float:
        logit = one(at)
        weights = torch.tensor([[p]], dtype=torch.float64), torch.tensor([[q]], dtype=torch.float64)
        return float(torch.autograd.grad(log_payoff(logit, logit, *weights).sum(), logit)[0])

    d = 1 / (1 + math.exp(-value))
    assert math.isclose(slope(value), p * (1 - d) - q * d, rel_tol=0, abs_tol=1e-14)
    assert abs(slope(math.log(p / q))) < 1e-15


@given(value=logits)
def test_the_two_generators_agree_in_direction_and_differ_by_the_odds(value: float) -> None:
    """Slopes in a fake logit: minimax -D, non-saturating -(1 - D); their ratio is the odds e^l."""

    def slope(loss: torch.Tensor, logit: torch.Tensor) -> float:
        return float(torch.autograd.grad(loss.sum(), logit)[0])

    logit = one(value)
    d = 1 / (1 + math.exp(-value))
    minimax, other = slope(saturating_loss(logit), logit), slope(non_saturating_loss(logit), logit)
    assert math.isclose(minimax, -d, rel_tol=1e-12)
    assert math.isclose(minimax / other, math.exp(value), rel_tol=1e-12)


@pytest.mark.parametrize("name", GAMES)
def test_gradients_match_finite_differences(name: str) -> None:
    """Central differences of payoff and loss, weights included, on eight atoms; the error is of order h^2."""
    draws = torch.Generator().manual_seed(11)
    values = [torch.randn(2, 8, dtype=torch.float64, generator=draws) for _ in range(4)]

    def both(real: torch.Tensor, fake: torch.Tensor, u: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        rules = game(name)
        weights = u.softmax(dim=1), w.softmax(dim=1)
        return (rules.payoff(real, fake, *weights) + rules.generator_loss(fake, weights[1])).sum()

    leaves = [value.clone().requires_grad_() for value in values]
    gradients = torch.autograd.grad(both(*leaves), leaves)
    h = 1e-5
    for part, gradient in enumerate(gradients):
        for index in range(16):
            step = torch.zeros(16, dtype=torch.float64)
            step[index] = h
            up, down = ([*values], [*values])
            up[part] = values[part] + step.view(2, 8)
            down[part] = values[part] - step.view(2, 8)
            difference = (both(*up) - both(*down)) / (2 * h)
            assert math.isclose(float(difference), float(gradient.flatten()[index]), abs_tol=1e-9)


@given(p=st.lists(shares, min_size=3, max_size=3), q=st.lists(shares, min_size=3, max_size=3))
def test_the_linear_payoff_reaches_total_variation_and_never_passes_it(
    p: list[float], q: list[float]
) -> None:
    """With D = 1 where p > q and 0 elsewhere it is TV; other discriminators stay below."""
    real = torch.tensor([p], dtype=torch.float64)
    fake = torch.tensor([q], dtype=torch.float64)
    real, fake = real / real.sum(), fake / fake.sum()
    variation = float((real - fake).abs().sum() / 2)
    best = torch.where(real > fake, 1000.0, -1000.0).double()
    assert math.isclose(float(linear_payoff(best, best, real, fake)), variation, abs_tol=1e-15)
    other = torch.randn(1, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(12))
    assert float(linear_payoff(other, other, real, fake)) <= variation


@given(p=st.lists(shares, min_size=3, max_size=3), q=st.lists(shares, min_size=3, max_size=3))
def test_the_least_squares_payoff_is_best_at_p_over_p_plus_q(p: list[float], q: list[float]) -> None:
    """There it is -1/2 sum pq/(p + q), by completing the square; other discriminators stay below.

    Tolerance: a few roundings of numbers below 1.
    """
    real, fake = (torch.tensor([law], dtype=torch.float64) for law in (p, q))
    best = real / (real + fake)
    top = -float((real * fake / (real + fake)).sum()) / 2
    assert math.isclose(float(squares_payoff(best, best, real, fake)), top, rel_tol=1e-13)
    other = best + torch.randn(1, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(12))
    assert float(squares_payoff(other, other, real, fake)) < top


@given(value=logits)
def test_the_least_squares_generator_wants_the_label_of_the_data(value: float) -> None:
    """Its loss is (l - 1)^2 / 2 with slope l - 1; it is 0 at the label 1 alone."""
    logit = one(value)
    loss = squares_loss(logit)
    assert math.isclose(float(loss.detach()), (value - 1) ** 2 / 2, rel_tol=1e-15)
    assert math.isclose(float(torch.autograd.grad(loss.sum(), logit)[0]), value - 1, rel_tol=1e-15)


@given(
    p=st.lists(st.integers(1, 20), min_size=4, max_size=4),
    q=st.lists(st.integers(1, 20), min_size=4, max_size=4),
)
def test_the_wasserstein_payoff_of_the_steepest_critic_is_the_distance(p: list[int], q: list[int]) -> None:
    """On a line of atoms the critic of slope +-1 that falls where F_p > F_q attains the exact W_1.

    The near miss, the critic of the same slopes turned round, attains its negative.
    """
    places = (0, 1, 3, 7)
    laws = [FiniteLaw(tuple(Fraction(n, sum(law)) for n in law)) for law in (p, q)]
    level, critic = Fraction(0), [Fraction(0)]
    for at in range(3):
        level += laws[0].weights[at] - laws[1].weights[at]
        critic.append(critic[-1] - (places[at + 1] - places[at]) * ((level > 0) - (level < 0)))
    logits = torch.tensor([[float(value) for value in critic]], dtype=torch.float64)
    real, fake = (
        torch.tensor([[float(weight) for weight in law.weights]], dtype=torch.float64) for law in laws
    )
    exact = float(wasserstein(laws[0], laws[1], places))
    assert math.isclose(float(critic_payoff(logits, logits, real, fake)), exact, abs_tol=1e-14)
    assert math.isclose(float(critic_payoff(-logits, -logits, real, fake)), -exact, abs_tol=1e-14)


@pytest.mark.parametrize("name", GAMES)
def test_no_constant_answer_is_worth_more_than_blind_and_one_is_worth_it(name: str) -> None:
    """The payoff over 80,001 constant logits from -20 to 20.

    Tolerance: the best of them is within 2.5e-4 of the maximiser, where the slope vanishes, so that the
    payoff is within the square of that times half of its curvature, at most 2 here.
    """
    constant = torch.linspace(-20, 20, 80_001, dtype=torch.float64)[:, None]
    payoff = game(name).payoff(constant, constant)
    assert float(payoff.max()) <= game(name).blind + 1e-13
    assert float(payoff.max()) >= game(name).blind - 2.5e-4**2


def test_an_unknown_game_gets_the_nearest_name() -> None:
    """A misspelt name is answered with the name that was meant."""
    with pytest.raises(ValueError, match="'nonsaturating': did you mean 'non-saturating'"):
        game("nonsaturating")
    with pytest.raises(ValueError, match="'kullback leibler': did you mean 'f-gan kullback-leibler'"):
        game("kullback leibler")
