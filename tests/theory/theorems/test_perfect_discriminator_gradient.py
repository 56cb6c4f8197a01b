"""The bound M epsilon on the generator's gradient, for networks that PyTorch differentiates."""

import pytest
import torch
from torch.func import functional_call, jacrev

import theory
from theory.theorems.perfect_discriminator_gradient import THEOREM

BOUND, PUBLISHED = THEOREM.predictions


def gradient_and_bound(seed: int, height: float) -> tuple[float, float, float]:
    """The norm of the generator's gradient, M and epsilon, for a random generator and a low discriminator."""
    torch.manual_seed(seed)
    noise = torch.randn(16, 2, dtype=torch.float64)
    generator = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3)).double()
    direction = torch.randn(3, dtype=torch.float64)

    def discriminator(x: torch.Tensor) -> torch.Tensor:
        return height * torch.sigmoid(x @ direction)

    parameters = {name: value.detach() for name, value in generator.named_parameters()}
    jacobian = jacrev(lambda p: functional_call(generator, p, (noise,)))(parameters)
    flat = torch.cat([part.reshape(16, 3, -1) for part in jacobian.values()], dim=2)
    mean_square = (torch.linalg.matrix_norm(flat, ord=2) ** 2).mean()
    fake = generator(noise).detach().requires_grad_()
    output = discriminator(fake)
    (slope,) = torch.autograd.grad(output.sum(), fake)
    epsilon = (output.detach() + slope.norm(dim=1)).max()
    cost = torch.log1p(-discriminator(generator(noise))).mean()
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(cost, list(generator.parameters()))])
    return float(gradient.norm()), float(mean_square.sqrt()), float(epsilon)


def test_nothing_is_cited() -> None:
    """The theorem holds by the kernel alone."""
    evidence = theory.prove(THEOREM)

    assert (evidence.outcome, evidence.grade) == (theory.Outcome.HOLDS, theory.Grade.EXACT)


@pytest.mark.parametrize("height", [0.3, 0.01, 1e-6])
@pytest.mark.parametrize("seed", range(5))
def test_no_network_exceeds_the_bound(seed: int, height: float) -> None:
    """Automatic differentiation of whole networks: the gradient's norm stays below M epsilon."""
    gradient, norm, epsilon = gradient_and_bound(seed, height)

    assert epsilon < 1
    assert 0 < gradient <= float(BOUND.at(M=f"{norm:.15f}", epsilon=f"{epsilon:.15f}"))


@pytest.mark.parametrize("share", [0.5, 0.1, 0.001])
def test_the_bound_is_approached(share: float) -> None:
    """One sample, D(x) = epsilon (v + (1 - v) x) at x = 0: the slope tends to M epsilon as v tends to 0."""
    epsilon, norm = 0.5, 3.0
    theta = torch.zeros((), dtype=torch.float64, requires_grad=True)
    output = epsilon * (share + (1 - share) * norm * theta)
    (slope,) = torch.autograd.grad(torch.log1p(-output), theta)
    most = float(BOUND.at(M="3", epsilon="1/2"))

    assert (1 - share) * most <= abs(float(slope)) <= most


def test_the_published_bound_is_larger() -> None:
    """M = 3 and epsilon = 1/10: 3/10 here, 1/3 as published."""
    assert str(BOUND.at(M="3", epsilon="1/10").exact) == "3/10"
    assert str(PUBLISHED.at(M="3", epsilon="1/10").exact) == "1/3"


@pytest.mark.parametrize("values", [{"M": "1", "epsilon": "2"}, {"M": "-1", "epsilon": "0.1"}])
@pytest.mark.parametrize("prediction", [BOUND, PUBLISHED], ids=lambda p: p.observable)
def test_where_nothing_is_predicted(prediction: theory.Prediction, values: dict[str, str]) -> None:
    """Two outputs in [0, 1] differ by at most one, and a norm is not negative."""
    with pytest.raises(ValueError, match="epsilon=1/10"):
        prediction.at(**values)
