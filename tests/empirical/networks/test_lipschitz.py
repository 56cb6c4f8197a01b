"""The Lipschitz constant of a discriminator in its parameters, against autograd."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.networks import MLP, apply, flatten, initial, unflatten
from empirical.networks.lipschitz import parameter_lipschitz


def gradient_norm(width: int, radius: float, input_norm: float, seed: int) -> float:
    """Of D at random parameters on the sphere of this radius and a random input of this norm."""
    architecture = MLP((3, width, 1))
    values = flatten(architecture, initial(architecture, (seed,)))
    values = (radius * values / values.norm()).requires_grad_()
    x = torch.randn(1, 1, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    logit = apply(architecture, unflatten(architecture, values), input_norm * x / x.norm())
    (gradient,) = torch.autograd.grad(logit.sigmoid().sum(), values)
    return float(gradient.norm())


@given(st.integers(1, 6), st.floats(0.1, 20), st.floats(0.1, 3), st.integers(0, 1000))
def test_no_gradient_exceeds_the_constant(width: int, radius: float, input_norm: float, seed: int) -> None:
    """A differentiable point of the ball has a gradient of at most Lambda."""
    assert gradient_norm(width, radius, input_norm, seed) <= parameter_lipschitz(radius, input_norm)


def test_the_constant_is_not_idle() -> None:
    """Some gradient comes within a factor two, so a constant four times smaller would be caught."""
    best = max(gradient_norm(1, 1.0, 1.0, seed) for seed in range(300))

    assert best > parameter_lipschitz(1.0, 1.0) / 2
