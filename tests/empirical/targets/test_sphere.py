"""Points on a sphere."""

import pytest
import torch

from empirical.targets.sphere import sphere


def test_all_points_lie_on_the_sphere() -> None:
    """Norm one up to rounding, equal weights of sum one, no point twice."""
    target = sphere(50, 4, seed=1)

    assert torch.allclose(target.atoms.norm(dim=1), torch.ones(50, dtype=torch.float64), atol=1e-15, rtol=0)
    assert sum(target.weights.weights) == 1
    assert len(set(target.points)) == 50


def test_equal_arguments_give_equal_targets() -> None:
    """The draw depends on its seed alone."""
    assert sphere(5, 2, seed=3) == sphere(5, 2, seed=3)
    assert sphere(5, 2, seed=3) != sphere(5, 2, seed=4)


@pytest.mark.parametrize(("points", "dim"), [(0, 2), (3, 0)])
def test_nothing_is_no_target(points: int, dim: int) -> None:
    """At least one point in at least one dimension."""
    with pytest.raises(ValueError, match="needs a point and a dimension"):
        sphere(points, dim, seed=0)
