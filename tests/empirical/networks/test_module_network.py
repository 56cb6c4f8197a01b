"""Torch modules as stacked networks: each run its own module, and modules that are no functions refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from empirical.networks import (
    MLP,
    Atoms,
    ModuleNetwork,
    Network,
    apply,
    flatten,
    fully_connected,
    initial,
    single,
)
from empirical.targets import RING, TWO_POINTS
from empirical.training import Adam, Regularization, Setting, train

KINDS: dict[str, ModuleNetwork] = {
    "tanh": fully_connected((2, 6, 5, 1)),
    "batch norm": fully_connected((2, 6, 5, 1), "relu", batch_norm=True),
    "maxout": fully_connected((2, 6, 1), maxout=3),
    "a module of one's own": ModuleNetwork(
        torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.LayerNorm(4), torch.nn.Linear(4, 1)), 2, 1
    ),
}
SMALL = Setting(target=RING, generator=MLP((2, 2)), discriminator=MLP((2, 1)))
kinds = pytest.mark.parametrize("network", KINDS.values(), ids=KINDS)


@kinds
def test_run_i_is_module_i(network: ModuleNetwork) -> None:
    """Outputs and gradients of a stack are those of each run's own module on its own batch.

    Tolerance: sums of a few products in another order.
    """
    parameters = {name: value.requires_grad_() for name, value in initial(network, (3, 4, 2**63)).items()}
    x = torch.randn(3, 8, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    outputs = apply(network, parameters, x)
    gradients = torch.autograd.grad(outputs.sin().sum(), list(parameters.values()))
    for run in range(3):
        module = single(network, parameters, run)
        alone = module(x[run])
        assert torch.allclose(alone, outputs[run], rtol=1e-12, atol=1e-14)
        own = torch.autograd.grad(alone.sin().sum(), list(module.parameters()))
        for stacked, one in zip(gradients, own, strict=True):
            assert torch.allclose(stacked[run], one, rtol=1e-10, atol=1e-13)
    assert not torch.allclose(single(network, parameters, 0)(x[1]), outputs[1])  # the control: another run's


@kinds
def test_a_run_is_drawn_alike_in_every_company_and_torch_s_own_stream_is_left_alone(
    network: ModuleNetwork,
) -> None:
    """Draws depend on seed, purpose and update alone; the global generator and the module are not touched."""
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    own = [value.clone() for value in network.network.parameters()]
    alone = flatten(network, initial(network, (7,)))
    beside = flatten(network, initial(network, (6, 7)))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(own, network.network.parameters(), strict=True))
    assert torch.equal(alone[0], beside[1])
    assert not torch.equal(beside[0], beside[1])
    assert not torch.equal(alone, flatten(network, initial(network, (7,), update=1)))
    assert not torch.equal(alone, flatten(network, initial(network, (7,), purpose="discriminator's start")))


def test_draws_follow_the_layer_s_own_law() -> None:
    """Linear layers draw uniformly on +-1/sqrt(in): 4,000 weights fill that interval and do not leave it.

    The chance that none of them is in the outer hundredth at one end is 0.995^4000 = 2e-9.
    """
    drawn = initial(fully_connected((4, 10, 1)), range(100))["0.weight"]
    assert 0.99 * 0.5 < float(drawn.abs().max()) <= 0.5
    assert float(drawn.min()) < -0.99 * 0.5


def test_batch_norm_is_over_the_batch_at_hand() -> None:
    """Each hidden unit has mean 0 and variance 1 over the batch, whatever the scale of the inputs."""
    network = fully_connected((2, 6, 1), "relu", batch_norm=True)
    module = single(network, initial(network, (0,)), 0)
    x = 1e3 * torch.randn(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(6))
    hidden = module[1](module[0](x))
    assert torch.allclose(hidden.mean(dim=0), torch.zeros(6, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(hidden.var(dim=0, correction=0), torch.ones(6, dtype=torch.float64), rtol=1e-6)
    assert not torch.allclose(module(x[:7]), module(x)[:7])  # the rest of the batch matters


@kinds
def test_any_network_is_trained(network: ModuleNetwork) -> None:
    """As discriminators, with penalties that need second derivatives; a run in a stack is the run alone.

    Tolerance: see the tutorial of test_train; consensus differentiates twice.
    """
    setting = Setting(
        target=RING,
        generator=fully_connected((3, 8, 2), "relu", batch_norm=True),
        discriminator=network,
        batch=12,
        regularization=Regularization(r1=0.5, gradient_penalty=0.5, consensus=0.1),
    )
    stack, alone = train(setting, (0, 1), steps=3), train(setting, (1,), steps=3)
    for name in stack.discriminator:
        assert torch.allclose(stack.discriminator[name][1], alone.discriminator[name][0], rtol=0, atol=1e-9)
    assert stack.payoffs.isfinite().all()
    assert stack.sample(1, 5, seed=2).shape == (5, 2)


def test_a_tanh_discriminator_teaches_atoms() -> None:
    """Four atoms trained against tanh discriminators end near the two points of the data."""
    setting = Setting(
        target=TWO_POINTS,
        generator=Atoms(4, 2),
        discriminator=fully_connected((2, 16, 1), "tanh"),
        exact=True,
        regularization=Regularization(r1=0.1),
        discriminator_optimizer=Adam(1e-2, (0.5, 0.9)),
        generator_optimizer=Adam(1e-2, (0.5, 0.9)),
    )
    before, after = (train(setting, (0,), steps=steps).generator_atoms(0)[0] for steps in (0, 180))

    def distance(atoms: torch.Tensor) -> float:
        return float(torch.cdist(atoms, TWO_POINTS.atoms).min(dim=1).values.mean())

    assert distance(after) < 0.3 * distance(before)


def test_every_architecture_is_a_network_and_atoms_are_none() -> None:
    """What a setting's discriminator may be is asked of the object, not of its class."""
    assert isinstance(MLP((2, 1)), Network)
    assert all(isinstance(network, Network) for network in KINDS.values())
    assert not isinstance(Atoms(2, 2), Network)


class Undrawable(torch.nn.Module):
    """A parameter and no way to draw it."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scales."""
        return self.scale * x


def wrapped(module: torch.nn.Module) -> Callable[[], object]:
    return lambda: ModuleNetwork(module, 2, 2)


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (wrapped(torch.nn.BatchNorm1d(2)), "track_running_stats=False"),
        (wrapped(Undrawable()), "reset_parameters"),
        (wrapped(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())), "no random numbers"),
        (wrapped(torch.nn.Linear(3, 2)), "cannot be applied"),
        (wrapped(torch.nn.Linear(2, 3)), "pass out_dim=3"),
        (lambda: fully_connected((2,)), "needs an input and an output width"),
        (lambda: fully_connected((2, 0, 1)), "each at least 1"),
        (lambda: fully_connected((2, 3, 1), "tan"), "no activation is called 'tan'"),
        (lambda: replace(SMALL, discriminator=fully_connected((3, 4, 1))), "must share one space"),
        (lambda: replace(SMALL, discriminator=fully_connected((2, 4, 2))), "has one output"),
    ],
)
def test_what_is_no_network_is_refused(faulty: Callable[[], object], message: str) -> None:
    """Each fault gets one sentence that names it and what to do."""
    with pytest.raises(ValueError, match=message):
        faulty()
