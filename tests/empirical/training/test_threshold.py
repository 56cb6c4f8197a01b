"""The best threshold of a logit: against every threshold by brute force, and where there is none."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.networks import MLP, apply, flatten, initial, parameter_count, unflatten
from empirical.training.ascent import TwoLaws, attained
from empirical.training.threshold import SLACK, at_best_threshold

LINE = MLP((1, 1))  # the logit a x + b
PLANE = MLP((2, 3, 2, 1))
LOGIT_X = torch.tensor([[1.0, 0.0]], dtype=torch.float64)


def on_the_line(real: list[float], fake: list[float], fake_weights: list[float]) -> TwoLaws:
    def law(points: list[float], weights: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor([points], dtype=torch.float64)[..., None], torch.tensor(
            [weights], dtype=torch.float64
        )

    return TwoLaws(*law(real, [1 / len(real)] * len(real)), *law(fake, fake_weights))


def laws_in_the_plane(seed: int, runs: int, n: int, m: int) -> TwoLaws:
    generator = torch.Generator().manual_seed(seed)

    def law(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        weights = torch.rand(runs, count, dtype=torch.float64, generator=generator)
        points = torch.randn(runs, count, 2, dtype=torch.float64, generator=generator)
        return points, weights / weights.sum(dim=1, keepdim=True)

    return TwoLaws(*law(n), *law(m))


@given(seed=st.integers(0, 1000), n=st.integers(1, 9), m=st.integers(1, 9))
def test_no_threshold_tells_more_apart(seed: int, n: int, m: int) -> None:
    """Brute force over all cuts between atoms, both ways: within the slack that is given up, never above.

    Rounding: sums of at most 18 weights in another order. Without the move the same laws fail: next test.
    """
    laws = laws_in_the_plane(seed, 2, n, m)
    start = flatten(PLANE, initial(PLANE, (seed, seed + 1)))
    before = attained(PLANE, laws, start, "linear", (0, 1))
    after = attained(PLANE, laws, at_best_threshold(PLANE, laws, start), "linear", (0, 1))
    for run in range(2):
        best = max(best_cut(laws, start, run), float(before[run]))
        assert best - SLACK - 1e-12 <= float(after[run]) <= best + 1e-12
    assert bool((after >= before).all())


def test_networks_as_they_are_drawn_cut_worse() -> None:
    """The planted fault, no move at all: it misses the best cut by far more than the slack."""
    laws = laws_in_the_plane(3, 2, 6, 5)
    start = flatten(PLANE, initial(PLANE, (1, 2)))
    before = attained(PLANE, laws, start, "linear", (0, 1))
    assert all(float(before[run]) < best_cut(laws, start, run) - 100 * SLACK for run in range(2))


def best_cut(laws: TwoLaws, values: torch.Tensor, run: int) -> float:
    """The largest mass of the data above a logit less that of the law, or the other way round."""
    parameters = unflatten(PLANE, values[run, None])
    real, fake = (apply(PLANE, parameters, p[run, None])[0, :, 0] for p in (laws.real, laws.fake))
    above = [
        float(laws.real_weights[run][real > level].sum() - laws.fake_weights[run][fake > level].sum())
        for level in torch.cat((real, fake)).tolist()
    ]
    return max(map(abs, above))


def test_a_law_between_the_data_is_cut_off() -> None:
    """Data at 0 and 3, a law at 1 and 2 with weights 0.9 and 0.1: cutting below 1 is worth 1/2."""
    laws = on_the_line([0.0, 3.0], [1.0, 2.0], [0.9, 0.1])
    moved = at_best_threshold(LINE, laws, LOGIT_X)
    assert float(attained(LINE, laws, moved, "linear", (0,))) == pytest.approx(0.5, abs=SLACK)
    # High below 1/2: the sign of the logit is turned, and the threshold lies half way.
    weight, bias = moved[0].tolist()
    assert weight < 0
    assert -bias / weight == pytest.approx(0.5)


def test_no_threshold_parts_atoms_at_one_place() -> None:
    """The data's own law leaves nothing to cut, in whatever order its atoms come."""
    laws = on_the_line([0.0, 1.0, 2.0, 3.0], [3.0, 1.0, 0.0, 2.0], [0.25] * 4)
    moved = at_best_threshold(LINE, laws, LOGIT_X)
    assert float(attained(LINE, laws, moved, "linear", (0,)).abs()) < 1e-15


def test_a_constant_logit_is_left_as_it_is() -> None:
    """Nothing can be cut where all atoms have one logit."""
    laws = on_the_line([0.0, 1.0], [2.0, 3.0], [0.5, 0.5])
    constant = torch.tensor([[0.0, 0.7]], dtype=torch.float64)
    assert torch.equal(at_best_threshold(LINE, laws, constant), constant)


def test_a_better_discriminator_is_left_as_it_is() -> None:
    """No single threshold beats one that is already at the best one and as steep as float64 shows."""
    laws = on_the_line([0.0, 1.0], [2.0, 3.0], [0.5, 0.5])
    steep = torch.tensor([[-1e3, 1.5e3]], dtype=torch.float64)
    assert torch.equal(at_best_threshold(LINE, laws, steep), steep)


def test_only_the_last_layer_moves_and_the_input_is_kept() -> None:
    """The other layers' numbers are the same bits, and so is the tensor that was passed."""
    laws = laws_in_the_plane(3, 2, 6, 5)
    start = flatten(PLANE, initial(PLANE, (1, 2)))
    kept = start.clone()
    moved = at_best_threshold(PLANE, laws, start)
    last = 3  # two weights and a bias
    assert torch.equal(start, kept)
    assert torch.equal(moved[:, : parameter_count(PLANE) - last], start[:, : parameter_count(PLANE) - last])
    assert not torch.equal(moved[:, -last:], start[:, -last:])
