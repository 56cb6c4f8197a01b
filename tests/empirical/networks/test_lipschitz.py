"""The Lipschitz constant of a discriminator in its parameters, against autograd."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.networks import MLP, apply, flatten, initial, unflatten
from empirical.networks.lipschitz import parameter_lipschitz


def gradient_norm(width: int, radius: float, input_norm: float, seed: int, hidden: int = 1) -> float:
    """Of D at random parameters on the sphere of this radius and a random input of this norm."""
    architecture = MLP((3, *hidden * (width,), 1))
    values = flatten(architecture, initial(architecture, (seed,)))
    values = (radius * values / values.norm()).requires_grad_()
    x = torch.randn(1, 1, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    logit = apply(architecture, unflatten(architecture, values), input_norm * x / x.norm())
    (gradient,) = torch.autograd.grad(logit.sigmoid().sum(), values)
    return float(gradient.norm())


@given(
    st.integers(1, 6),
    st.floats(0.1, 20),
    st.floats(0.1, 3),
    st.integers(0, 1000),
    st.sampled_from([0, 1, 2, 3]),
)
def test_no_gradient_exceeds_the_constant(
    width: int, radius: float, input_norm: float, seed: int, hidden: int
) -> None:
    """A differentiable point of the ball has a gradient of at most Lambda, for one to four affine layers."""
    constant = parameter_lipschitz(radius, input_norm, layers=hidden + 1)

    # Without a hidden layer |x, 1| is attained: the rounding of a few sums.
    assert gradient_norm(width, radius, input_norm, seed, hidden) <= constant * (1 + 1e-12)


def test_one_hidden_layer_has_its_own_formula() -> None:
    """For two layers sqrt(1 + R^2 (1 + |x|^2)) / 4; a third one counts more at the same radius above 1."""
    assert parameter_lipschitz(3.0, 2.0) == pytest.approx((1 + 9 * 5) ** 0.5 / 4)
    assert parameter_lipschitz(3.0, 2.0, layers=3) > parameter_lipschitz(3.0, 2.0)


def test_forgetting_a_layer_is_caught() -> None:
    """The planted fault: the constant of two layers does not hold for three."""
    constant = parameter_lipschitz(6.0, 3.0)

    assert max(gradient_norm(1, 6.0, 3.0, seed, hidden=2) for seed in range(600)) > constant


def test_a_network_without_layers_is_refused() -> None:
    """Nothing has no constant."""
    with pytest.raises(ValueError, match="at least one layer"):
        parameter_lipschitz(1.0, 1.0, layers=0)


def test_the_constant_is_not_idle() -> None:
    """Some gradient comes within a factor two, so a constant four times smaller would be caught."""
    best = max(gradient_norm(1, 1.0, 1.0, seed) for seed in range(300))

    assert best > parameter_lipschitz(1.0, 1.0) / 2
