"""Discriminators trained alone against finite laws, where theory says what they must reach."""

import math

import numpy as np
import pytest
import torch

from empirical.networks import MLP, apply, flatten, initial
from empirical.streams import PURPOSES
from empirical.training import Adam, best_response
from empirical.training.games import log_payoff

LINE = torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.float64)
P = torch.tensor([0.3, 0.5, 0.2], dtype=torch.float64)
Q = torch.tensor([0.2, 0.1, 0.7], dtype=torch.float64)
WIDE = MLP((1, 16, 16, 1))


def equal(*shape: int) -> torch.Tensor:
    return torch.full(shape, 1 / shape[-1], dtype=torch.float64)


def test_the_log_payoff_s_best_response_is_the_data_s_share() -> None:
    """On three shared atoms D reaches p/(p + q), and V its maximum sum p log D* + q log(1 - D*).

    Tolerance: V is flat at its maximum, so that V within 1e-12 allows D an error of its square root.
    """
    found = best_response(WIDE, LINE, P, LINE, Q, range(3), adam=Adam(0.03), steps=400)
    share = P / (P + Q)
    maximum = float((P * share.log() + Q * (1 - share).log()).sum())
    assert torch.allclose(found.values, torch.tensor(maximum, dtype=torch.float64), rtol=0, atol=1e-12)
    output = apply(WIDE, found.discriminator, LINE.expand(3, 3, 1))[..., 0].sigmoid()
    assert torch.allclose(output, share.expand(3, 3), rtol=0, atol=1e-6)
    # The value is a lower bound on the supremum: beyond rounding it cannot pass it.
    assert float(found.values.max()) <= maximum + 1e-15


def test_the_gap_is_twice_the_jensen_shannon_divergence() -> None:
    """V - (-log 4) = 2 JSD(p, q) for a class that contains the optimum."""
    found = best_response(WIDE, LINE, P, LINE, Q, (0,), adam=Adam(0.03), steps=400)
    middle = (P + Q) / 2
    divergence = ((P * (P / middle).log()).sum() + (Q * (Q / middle).log()).sum()) / 2
    assert math.isclose(float(found.gaps[0]), 2 * float(divergence), abs_tol=1e-12)


def test_the_linear_payoff_s_best_response_reaches_total_variation() -> None:
    """E_p D - E_q D comes within 1e-4 of TV = 1/2, which only saturated outputs attain, and stays below."""
    found = best_response(WIDE, LINE, P, LINE, Q, range(3), payoff="linear", adam=Adam(0.1), steps=400)
    variation = float((P - Q).abs().sum() / 2)
    assert bool((found.values <= variation + 1e-15).all())
    assert float(found.values.min()) > variation - 1e-4


@pytest.mark.parametrize("payoff", ["log", "linear"])
def test_equal_laws_leave_no_gap(payoff: str) -> None:
    """Against q = p no discriminator beats the one that answers 1/2, and the training finds none."""
    found = best_response(WIDE, LINE, P, LINE, P, range(2), payoff=payoff, steps=300, adam=Adam(0.03))
    assert torch.allclose(found.gaps, torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-12)


def test_a_class_without_the_optimum_stays_short_of_it() -> None:
    """Affine discriminators cannot tell a square's diagonals apart: their gap is 0, a network's is not."""
    diagonal = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    other = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    affine = best_response(MLP((2, 1)), diagonal, equal(2), other, equal(2), range(4), steps=300)
    wide = best_response(MLP((2, 16, 1)), diagonal, equal(2), other, equal(2), range(4), steps=300)
    # Rounding: at its best, the affine class answers 1/2 everywhere, at a gap of 0 exactly.
    assert float(affine.gaps.max()) < 1e-6
    assert float(wide.gaps.min()) > 1


def test_the_returned_discriminators_attain_the_values() -> None:
    """Evaluating the parameters again gives the values, though the last step was not the best one."""
    found = best_response(WIDE, LINE, P, LINE, Q, range(4), steps=30, adam=Adam(1.0))
    logits = apply(WIDE, found.discriminator, LINE.expand(4, 3, 1))[..., 0]
    again = log_payoff(logits, logits, P.expand(4, 3), Q.expand(4, 3))
    assert torch.allclose(again, found.values, rtol=1e-13)


def test_each_run_may_face_its_own_law_and_moves_as_it_would_alone() -> None:
    """A stack over three fakes gives each fake's own best response.

    Tolerance: rounding, amplified by 200 steps of a smooth training.
    """
    draws = torch.Generator().manual_seed(16)
    fakes = torch.randn(3, 4, 1, dtype=torch.float64, generator=draws)
    weights = torch.rand(3, 4, dtype=torch.float64, generator=draws)
    weights = weights / weights.sum(dim=1, keepdim=True)
    stack = best_response(WIDE, LINE, P, fakes, weights, (5, 6, 7), steps=200)
    for run in range(3):
        alone = best_response(WIDE, LINE, P, fakes[run], weights[run], (5 + run,), steps=200)
        assert math.isclose(float(stack.values[run]), float(alone.values[0]), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"payoff": "logarithm"}, "no payoff is called"),
        ({"real_weights": torch.tensor([0.3, 0.5, 0.3], dtype=torch.float64)}, "real weights.*sum to 1"),
        ({"fake_weights": torch.tensor([-0.1, 0.4, 0.7], dtype=torch.float64)}, "fake weights.*nonnegative"),
        ({"fake_points": LINE / 0}, "fake points must be finite"),
        ({"discriminator": MLP((2, 4, 1))}, r"widths \(1, ..., 1\)"),
        ({"steps": 0}, "at least one step"),
        ({"seeds": ()}, "at least one run"),
    ],
)
def test_faulty_input_is_refused(changed: dict, message: str) -> None:
    """Each fault gets one sentence that names it."""
    arguments = {
        "discriminator": WIDE,
        "real_points": LINE,
        "real_weights": P,
        "fake_points": LINE,
        "fake_weights": Q,
        "seeds": (0,),
    }
    with pytest.raises(ValueError, match=message):
        best_response(**{**arguments, **changed})


PLANE = torch.randn(6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("engine", ["native", "torch"])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fake_weights": equal(1)}, "fake points needs one weight"),
        ({"fake_weights": equal(3)}, "fake points needs one weight"),
        ({"fake_weights": equal(7)}, "fake points needs one weight"),
        ({"real_weights": equal(1)}, "real points needs one weight"),
        ({"fake_points": PLANE[:, :1]}, r"in one space .*\(1, 6, 2\).*\(1, 6, 1\)"),
        ({"fake_points": torch.randn(6, 3).double()}, "in one space"),
        ({"real_points": PLANE[:, :1], "fake_points": PLANE[:, :1]}, r"widths \(1, ..., 1\)"),
        ({"discriminator": MLP((2, 4, 2))}, r"widths \(2, ..., 1\)"),
        ({"real_points": PLANE.long()}, "real points must be float64 or float32 .*int64"),
        ({"fake_points": PLANE.half()}, "fake points must be float64 or float32 .*float16"),
        ({"fake_points": PLANE.expand(2, 6, 2)}, "fake law is one for each of 1 seeds"),
        ({"seeds": (0.5,)}, "whole number"),
        ({"steps": 1.5}, "at least one step, a whole number"),
    ],
)
def test_numbers_that_are_no_two_laws_are_refused(engine: str, changed: dict, message: str) -> None:
    """Two laws have one weight a point and one space: else torch would broadcast a single weight of 1.

    The payoff of such a "law" of total mass 6 is no difference of expectations, it exceeded 1, and compiled
    code read beyond the end of the weights and points.
    """
    arguments = {
        "discriminator": MLP((2, 4, 1)),
        "real_points": PLANE,
        "real_weights": equal(6),
        "fake_points": PLANE + 1,
        "fake_weights": equal(6),
        "seeds": (0,),
        "payoff": "linear",
        "steps": 5,
        "engine": engine,
    }
    assert 0 <= float(best_response(**arguments).gaps) <= 1
    with pytest.raises(ValueError, match=message):
        best_response(**{**arguments, **changed})


@pytest.mark.usefixtures("as_installed")
def test_a_law_of_weights_alone_is_shared_by_points_of_each_run() -> None:
    """Points with an axis of runs may share one row of weights: the same responses as with a row each."""
    points = torch.stack((PLANE, PLANE + 1))
    shared, each = (
        best_response(MLP((2, 4, 1)), PLANE, equal(6), points, weights, np.arange(2).tolist(), steps=5).values
        for weights in (equal(6), equal(6).expand(2, 6))
    )
    assert torch.equal(shared, each)


@pytest.mark.parametrize("seed", [0, 5])
def test_a_judge_has_never_met_the_run_that_it_judges(seed: int) -> None:
    """A judge of seed s starts from other numbers than the opponent that trained in run s.

    From the same ones, a generator that had learned to fool that very opponent would be judged by it.
    """
    discriminator = MLP((1, 4, 1))
    still = Adam(1e-300)
    judge = best_response(discriminator, LINE, P, LINE, Q, (seed,), steps=1, adam=still)
    starts = [
        flatten(discriminator, initial(discriminator, (seed,), purpose=purpose, update=update))
        for purpose in PURPOSES
        for update in range(20 if purpose == "renewal" else 1)
        if purpose != "judge's start"
    ]
    mine = flatten(discriminator, judge.discriminator)
    assert all(not torch.equal(mine, start) for start in starts)
    own = flatten(discriminator, initial(discriminator, (seed,), purpose="judge's start"))
    assert torch.equal(mine, own)  # at such a rate it is still where it started
