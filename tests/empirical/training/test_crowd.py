"""Laws trained against a crowd: they are laws, each is its own, and they fool better than their start."""

from dataclasses import replace

import pytest
import torch

from empirical.networks import MLP
from empirical.targets.sphere import sphere
from empirical.training.crowd import Crowd, fool
from empirical.training.sharp_response import sharp_response

TARGET = sphere(40, 3, seed=0)
CLASS = MLP((3, 2, 1))


def test_what_is_learned_are_laws() -> None:
    """Positive weights of sum one on finite points, one law per seed."""
    laws = fool(TARGET, 5, CLASS, (1, 2), Crowd(steps=20, renewal=5))

    assert laws.points.shape == (2, 5, 3)
    assert laws.points.isfinite().all()
    assert (laws.weights > 0).all()
    # Five rounded weights sum to one within a few roundings.
    assert torch.allclose(laws.weights.sum(dim=1), torch.ones(2, dtype=torch.float64), atol=1e-15, rtol=0)


def test_a_run_does_not_depend_on_its_company() -> None:
    """Run i of a stack is the run alone, renewals included; products are summed in another order, so 1e-9."""
    crowd = Crowd(members=3, steps=30, renewal=4)
    together = fool(TARGET, 4, CLASS, (7, 8), crowd)
    alone = fool(TARGET, 4, CLASS, (8,), crowd)

    assert torch.allclose(together.points[1], alone.points[0], atol=1e-9, rtol=0)
    assert torch.allclose(together.weights[1], alone.weights[0], atol=1e-9, rtol=0)


def test_renewal_changes_the_crowd() -> None:
    """A crowd that is never renewed trains another law: the switch is connected."""
    renewed = fool(TARGET, 4, CLASS, (7,), Crowd(members=3, steps=30, renewal=4))
    kept = fool(TARGET, 4, CLASS, (7,), Crowd(members=3, steps=30, renewal=30))

    assert not torch.allclose(renewed.points, kept.points)


def test_training_fools_better_than_drawing() -> None:
    """On average over seeds, learned atoms leave a smaller gap than the draws that they start from.

    The standard error of each average is 0.02, of gaps near 0.2 and 0.3.
    """
    target, seeds, judges = sphere(300, 3, seed=0), tuple(range(8)), range(4)
    started, learned = (
        torch.stack(
            [
                sharp_response(CLASS, target, laws.points, laws.weights, range(8 * j, 8 * j + 8)).gaps
                for j in judges
            ]
        ).amax(dim=0)
        for laws in (fool(target, 48, CLASS, seeds, Crowd(steps=steps)) for steps in (1, 600))
    )

    assert learned.mean() < 0.85 * started.mean()


@pytest.mark.parametrize("name", ["members", "renewal", "steps"])
def test_empty_crowds_are_refused(name: str) -> None:
    """Counts start at one."""
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        replace(Crowd(), **{name: 0})


def test_an_unknown_game_is_refused() -> None:
    """The sentence suggests the nearest."""
    with pytest.raises(ValueError, match="minimax"):
        Crowd(game="minmax")
