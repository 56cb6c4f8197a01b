"""Maximum likelihood of labels reaches the sample's law, and repeats itself."""

import pytest
import torch

from empirical.training import Adam
from empirical.training.maximum_likelihood import maximum_likelihood

LABELS = torch.tensor([0, 0, 0, 1, 2, 2])


def fitted(*checkpoints: int, seed: int = 0, rate: float = 0.02) -> torch.Tensor:
    """Models of the labels at these steps."""
    return maximum_likelihood(LABELS, 3, seed, checkpoints=checkpoints, batch=200, adam=Adam(rate))


def test_the_model_approaches_the_law_of_the_sample() -> None:
    """From equal weights to counts over size, to within the noise of batches of 200, far below 0.05."""
    start, end = fitted(0, 400).softmax(dim=1)

    assert torch.equal(start, torch.full((3,), 1 / 3, dtype=torch.float64))
    assert torch.allclose(end, torch.tensor([1 / 2, 1 / 6, 1 / 3], dtype=torch.float64), atol=0.05)


def test_checkpoints_do_not_change_the_path() -> None:
    """A model is the same whether or not others were kept on the way; another seed takes another path."""
    assert torch.equal(fitted(10, 30)[-1], fitted(30)[-1])
    assert not torch.equal(fitted(30), fitted(30, seed=1))


@pytest.mark.parametrize("checkpoints", [(), (-1, 3), (3, 3), (5, 2)])
def test_checkpoints_must_increase(checkpoints: tuple[int, ...]) -> None:
    """Nothing to keep, steps before the first, and steps out of order are refused."""
    with pytest.raises(ValueError, match="checkpoints must increase from 0 on"):
        fitted(*checkpoints)
