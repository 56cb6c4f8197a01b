"""Stacked networks against ordinary torch modules, run by run."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.networks import (
    MLP,
    PLANE_DISCRIMINATOR,
    PLANE_GENERATOR,
    apply,
    flatten,
    initial,
    parameter_count,
    single,
    unflatten,
)

SMALL = MLP((3, 7, 5, 2), negative_slope=0.1)
some_widths = st.lists(st.integers(1, 6), min_size=2, max_size=5).map(tuple)


@given(widths=some_widths, slope=st.floats(0, 1), runs=st.integers(1, 4), batch=st.integers(1, 5))
def test_a_stack_computes_what_each_run_s_torch_module_computes(
    widths: tuple[int, ...], slope: float, runs: int, batch: int
) -> None:
    """Slice i of the stacked output is the output of run i's own nn.Sequential.

    Tolerance: sums of at most 6 terms of size below 10 in two orders, through 4 layers.
    """
    architecture = MLP(widths, slope)
    parameters = initial(architecture, range(runs))
    x = torch.randn(runs, batch, architecture.widths[0], generator=torch.Generator().manual_seed(8)).double()
    stacked = apply(architecture, parameters, x)
    for run in range(runs):
        alone = single(architecture, parameters, run)(x[run])
        assert torch.allclose(stacked[run], alone, rtol=0, atol=1e-13)


@given(widths=some_widths)
def test_rows_of_numbers_and_stacked_tensors_are_one_thing(widths: tuple[int, ...]) -> None:
    """Flattening and unflattening are inverse to the bit, and the count is the length of a row."""
    architecture = MLP(widths)
    parameters = initial(architecture, (3, 4))
    rows = flatten(architecture, parameters)
    assert rows.shape == (2, parameter_count(architecture))
    back = unflatten(architecture, rows)
    assert all(torch.equal(back[name], parameters[name]) for name in parameters)
    rows += 1  # the stacked tensors are views of the rows
    assert all(torch.equal(back[name], parameters[name] + 1) for name in parameters)


def test_a_run_starts_in_a_stack_as_it_starts_alone() -> None:
    """The bits of run i depend on seed i only; float32 runs are their float64 twins, rounded."""
    stack = initial(SMALL, (5, 6, 7))
    alone = initial(SMALL, (6,))
    rounded = initial(SMALL, (6,), torch.float32)
    for name in stack:
        assert torch.equal(stack[name][1], alone[name][0])
        assert torch.equal(rounded[name], alone[name].float())
        assert not torch.equal(stack[name][0], stack[name][1])


def test_a_run_starts_from_all_bits_of_its_seed_and_from_its_purpose() -> None:
    """Seeds that agree in 32 bits start apart, and so do two networks that one run draws."""
    starts = [
        initial(SMALL, (6,)),
        initial(SMALL, (6 + 2**32,)),
        initial(SMALL, (6,), purpose="discriminator's start"),
        initial(SMALL, (6,), update=1),
    ]
    rows = torch.cat([flatten(SMALL, start) for start in starts])
    assert float(torch.pdist(rows).min()) > 1  # of 70 independent entries of size about 0.2


def test_networks_draw_from_their_own_generator_only() -> None:
    """Neither drawing nor exporting touches torch's global random state."""
    before = torch.get_rng_state()
    single(SMALL, initial(SMALL, (1,)), 0)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_initial_law_is_the_one_of_torch_s_own_layers() -> None:
    """Uniform up to 1/sqrt(fan in): the extremes of 5,000 entries lie within 1 % of the bound of nn.Linear.

    That none of 5,000 uniform entries exceeds 99 % of the bound has probability 0.99^5000 < 1e-21.
    """
    weight = initial(MLP((50, 100)), (0,))["0.weight"]
    bound = 50**-0.5
    torch_layer = torch.nn.Linear(50, 100)
    assert float(torch_layer.weight.detach().abs().max()) <= bound * (1 + 1e-6)
    assert 0.99 * bound < float(weight.abs().max()) <= bound


def test_the_sources_sizes() -> None:
    """15 -> 4 x 50 -> 2 has 8,552 parameters and 2 -> 100 -> 50 -> 50 -> 1 has 7,951 (weights and biases)."""
    assert parameter_count(PLANE_GENERATOR) == 15 * 50 + 50 + 3 * (50 * 50 + 50) + 50 * 2 + 2
    assert parameter_count(PLANE_DISCRIMINATOR) == 7951


@pytest.mark.parametrize(
    ("widths", "slope", "message"),
    [((3,), 0.2, "input and an output"), ((3, 0, 1), 0.2, "at least 1"), ((3, 1), -0.1, r"lie in \[0, 1\]")],
)
def test_a_faulty_architecture_is_refused(widths: tuple[int, ...], slope: float, message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        MLP(widths, slope)


def test_no_run_is_refused() -> None:
    """An empty list of seeds is a mistake, not an empty result."""
    with pytest.raises(ValueError, match="at least one run"):
        initial(SMALL, ())


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_beyond_64_bits_is_refused(seed: int) -> None:
    """A key has 64 bits: another seed is a mistake, not folded onto one that is in range."""
    with pytest.raises(ValueError, match="whole number from 0"):
        initial(SMALL, (0, seed))
