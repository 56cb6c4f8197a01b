"""Best responses to the linear payoff: attained, bounded, and not content with a few atoms."""

import pytest
import torch

from empirical.networks import MLP, single
from empirical.targets.sphere import sphere
from empirical.training import Adam, best_response
from empirical.training.sharp_response import sharp_response

TARGET = sphere(40, 3, seed=0)
CLASS = MLP((3, 4, 1))


def drawn(runs: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    points = TARGET.sample(runs * count, torch.Generator().manual_seed(5)).view(runs, count, 3)
    return points, torch.full((runs, count), 1 / count, dtype=torch.float64)


def test_the_gap_is_attained() -> None:
    """The other road: the discriminator that is handed back, as a torch module, has that payoff."""
    points, weights = drawn(2, 6)
    found = sharp_response(CLASS, TARGET, points, weights, (0, 1), steps=(60, 30))

    for run in range(2):
        module = single(CLASS, found.discriminator, run)
        with torch.no_grad():
            real = module(TARGET.atoms)[:, 0].sigmoid() @ TARGET.probabilities
            fake = module(points[run])[:, 0].sigmoid() @ weights[run]
        # The same float64 sums in another order.
        assert float(real - fake) == pytest.approx(float(found.gaps[run]), abs=1e-12)


def test_equal_laws_cannot_be_told_apart() -> None:
    """A law equal to the target leaves a gap of zero, up to the rounding of two sums."""
    found = sharp_response(
        CLASS, TARGET, TARGET.atoms[None], TARGET.probabilities[None], (0,), steps=(60, 30)
    )

    assert 0 <= float(found.gaps) < 1e-12


def test_the_gap_is_at_most_the_total_variation() -> None:
    """On half of the target's points, total variation is one half, and D in (0, 1) can do no better."""
    half = TARGET.atoms[None, :20], torch.full((1, 20), 1 / 20, dtype=torch.float64)
    found = sharp_response(MLP((3, 32, 1)), TARGET, *half, (0,), steps=(400, 200))

    assert 0.2 < float(found.gaps) <= 0.5


def test_a_law_far_away_is_told_apart() -> None:
    """Atoms off the sphere by far leave nearly the whole gap of one."""
    far = torch.full((1, 3, 3), 5.0, dtype=torch.float64), torch.full((1, 3), 1 / 3, dtype=torch.float64)
    found = sharp_response(CLASS, TARGET, *far, (0,), steps=(200, 50))

    assert float(found.gaps) > 0.99


def test_the_log_payoff_leads_further_than_the_linear_one_alone() -> None:
    """The trap that it avoids: the same steps on the linear payoff alone separate fewer of 16 atoms."""
    target, wide, seeds = sphere(120, 4, seed=0), MLP((4, 16, 1)), tuple(range(4))
    points = target.sample(16, torch.Generator().manual_seed(5)).expand(4, -1, -1)
    weights = torch.full((4, 16), 1 / 16, dtype=torch.float64)

    sharp = sharp_response(wide, target, points, weights, seeds, steps=(400, 200))
    linear = best_response(
        wide,
        target.atoms,
        target.probabilities,
        points,
        weights,
        seeds,
        payoff="linear",
        steps=600,
        adam=Adam(3e-2),
    )

    assert sharp.gaps.mean() > linear.gaps.mean() + 0.05


def test_a_law_without_a_seed_is_refused() -> None:
    """Each law has its own discriminator."""
    with pytest.raises(ValueError, match="one seed"):
        sharp_response(CLASS, TARGET, *drawn(2, 6), (0,))
