"""Adam on a stack against torch's own optimiser on each run."""

import pytest
import torch

from empirical.training import SGD, Adam
from empirical.training.optimizers import update, zero_moments

SETTINGS = [Adam(), Adam(1e-5), Adam(0.05, (0.5, 0.9), 1e-4), Adam(0.1, (0.0, 0.99))]


@pytest.mark.parametrize("adam", SETTINGS)
def test_each_run_moves_as_torch_s_adam_moves_it(adam: Adam) -> None:
    """After 40 updates with gradients over eight orders of magnitude, every run agrees with torch.optim.Adam.

    Tolerance: 40 updates of a few roundings each, relative to steps of size one learning rate.
    """
    draws = torch.Generator().manual_seed(13)
    values = torch.randn(3, 20, dtype=torch.float64, generator=draws)
    alone = [torch.nn.Parameter(row.clone()) for row in values]
    peers = [
        torch.optim.Adam([row], lr=adam.learning_rate, betas=adam.betas, eps=adam.epsilon) for row in alone
    ]
    moments = zero_moments(values)
    for _ in range(40):
        scale = 10 ** (8 * torch.rand(3, 20, dtype=torch.float64, generator=draws) - 6)
        gradient = scale * torch.randn(3, 20, dtype=torch.float64, generator=draws)
        update(adam, values, gradient, moments)
        for row, peer, slope in zip(alone, peers, gradient, strict=True):
            row.grad = slope.clone()
            peer.step()
    assert moments.updates == 40
    for row, peer in zip(values, alone, strict=True):
        assert torch.allclose(row, peer.detach(), rtol=1e-14, atol=1e-13 * adam.learning_rate * 40)


@pytest.mark.parametrize("sgd", [SGD(), SGD(0.3), SGD(1e-3, 0.9), SGD(0.05, 0.5)])
def test_each_run_moves_as_torch_s_descent_moves_it(sgd: SGD) -> None:
    """After 40 updates every run agrees with torch.optim.SGD; another momentum does not.

    Tolerance: 40 updates of a few roundings each.
    """
    draws = torch.Generator().manual_seed(16)
    values = torch.randn(3, 20, dtype=torch.float64, generator=draws)
    others, alone = values.clone(), [torch.nn.Parameter(row.clone()) for row in values]
    peers = [torch.optim.SGD([row], lr=sgd.learning_rate, momentum=sgd.momentum) for row in alone]
    moments, wrong = zero_moments(values), zero_moments(values)
    for _ in range(40):
        gradient = torch.randn(3, 20, dtype=torch.float64, generator=draws)
        update(sgd, values, gradient, moments)
        update(SGD(sgd.learning_rate, sgd.momentum + 0.01), others, gradient, wrong)
        for row, peer, slope in zip(alone, peers, gradient, strict=True):
            row.grad = slope.clone()
            peer.step()
    for row, other, peer in zip(values, others, alone, strict=True):
        assert torch.allclose(row, peer.detach(), rtol=1e-13, atol=1e-14)
        assert not torch.allclose(other, peer.detach(), rtol=1e-6)


def test_the_comparison_sees_a_wrong_beta() -> None:
    """The control: Adam with one beta changed by a thousandth leaves that tolerance by far."""
    draws = torch.Generator().manual_seed(14)
    start = torch.randn(1, 20, dtype=torch.float64, generator=draws)
    moved = []
    for adam in (Adam(), Adam(betas=(0.9, 0.998))):
        values, noise = start.clone(), torch.Generator().manual_seed(15)
        moments = zero_moments(values)
        for _ in range(40):
            update(adam, values, torch.randn(1, 20, dtype=torch.float64, generator=noise), moments)
        moved.append(values)
    assert float((moved[0] - moved[1]).abs().max()) > 1e-6


def test_no_run_reads_another_s_numbers() -> None:
    """A run whose gradient is NaN leaves the others where they would be without it, to the bit."""
    values = torch.ones(3, 5, dtype=torch.float64)
    gradient = torch.arange(15, dtype=torch.float64).view(3, 5)
    poisoned, clean = values.clone(), values.clone()
    wrong = gradient.clone()
    wrong[1] = torch.nan
    update(Adam(), poisoned, wrong, zero_moments(values))
    update(Adam(), clean, gradient, zero_moments(values))
    assert torch.equal(poisoned[[0, 2]], clean[[0, 2]])
    assert poisoned[1].isnan().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0,), "learning rate must be positive"),
        ((1e-3, (0.9, 1.0)), "betas"),
        ((1e-3, (0.9, 0.9), 0.0), "eps"),
    ],
)
def test_faulty_settings_are_refused(arguments: tuple, message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        Adam(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0.0,), "learning rate of SGD must be positive"), ((0.1, 1.0), "momentum of SGD must lie in")],
)
def test_faulty_descents_are_refused(arguments: tuple, message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        SGD(*arguments)
