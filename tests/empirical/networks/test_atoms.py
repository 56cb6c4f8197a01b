"""The tabular generator."""

import pytest
import torch

from empirical.networks import Atoms, atom_weights, initial, parameter_count


def test_the_table_is_a_law_from_the_start() -> None:
    """Weights are equal at first and sum to one for any logits; points are spread as asked."""
    table = Atoms(count=2000, dim=2, spread=3.0)
    parameters = initial(table, (1, 2))
    assert torch.allclose(atom_weights(parameters), torch.tensor(1 / 2000, dtype=torch.float64), rtol=1e-12)
    # 4,000 normal coordinates: their standard deviation is off by 1.1 % at one standard error; allow six.
    assert float((parameters["points"].std(dim=(1, 2)) / 3 - 1).abs().max()) < 0.067
    parameters["logits"] = 100 * torch.randn(2, 2000, generator=torch.Generator().manual_seed(2)).double()
    weights = atom_weights(parameters)
    assert bool((weights >= 0).all())
    assert torch.allclose(weights.sum(dim=1), torch.ones(2, dtype=torch.float64), rtol=1e-12)
    assert parameter_count(table) == 2000 * 3


@pytest.mark.parametrize(
    ("count", "dim", "spread", "message"),
    [(0, 2, 1.0, "at least one atom"), (2, 0, 1.0, "at least one"), (2, 2, 0.0, "must start apart")],
)
def test_a_faulty_table_is_refused(count: int, dim: int, spread: float, message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        Atoms(count, dim, spread)
