"""Creases: each inner edge once, its image on the generator's graph, folds where the plane turns over."""

import numpy as np
import pytest
import torch

from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane.creases import creases
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.subdivision import subdivide
from empirical.networks import MLP, initial, single


def network(seed: int, widths: tuple[int, ...] = (2, 8, 8, 2), slope: float = 0.2) -> torch.nn.Sequential:
    architecture = MLP(widths, slope)
    return single(architecture, initial(architecture, (seed,)), 0)


def meshed(generator: torch.nn.Module) -> Mesh:
    return subdivide(affine_layers(generator), -3.0, 3.0).mesh


@pytest.mark.parametrize("seed", range(10))
def test_the_count_is_eulers(seed: int) -> None:
    """V - E + F = 1 for a disc: with the border's edges, as many as its vertices, E is determined."""
    mesh = meshed(network(seed))
    on_border = (np.abs(mesh.vertices) == 3.0).any(axis=1).sum()

    edges = len(creases(mesh).fold) + on_border

    assert len(mesh.vertices) - edges + len(mesh) == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_image_is_the_generators(seed: int) -> None:
    """The generator is affine along an edge: the middle goes to the middle, up to float64's rounding."""
    generator = network(seed, widths=(2, 8, 8, 3))
    found = creases(meshed(generator))

    with torch.no_grad():
        middles = generator(torch.from_numpy(found.latent.mean(axis=1))).numpy()

    assert middles == pytest.approx(found.image.mean(axis=1), abs=1e-13)
    assert not found.fold.any()  # three data coordinates: nothing is turned over


def test_folds_are_where_the_plane_turns_over() -> None:
    """(|x|, y) folds the plane along the axis x = 0, and nowhere else."""
    first, second = torch.nn.Linear(2, 3, bias=False), torch.nn.Linear(3, 2, bias=False)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]))
        second.weight.copy_(torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    absolute = torch.nn.Sequential(first, torch.nn.ReLU(), second)

    found = creases(meshed(absolute))

    along = (found.latent[:, :, 0] == 0).all(axis=1)
    upper = (found.latent[:, :, 1] >= 0).all(axis=1)
    # The ReLU of y flattens the lower half, where no determinant has a sign.
    assert np.array_equal(found.fold, along & upper)


def test_a_leaky_square_has_no_fold() -> None:
    """An invertible generator creases without folding: all determinants are positive."""
    linear = torch.nn.Linear(2, 2, bias=False)
    torch.nn.init.eye_(linear.weight)

    assert not creases(meshed(torch.nn.Sequential(linear, torch.nn.LeakyReLU(0.5)))).fold.any()
