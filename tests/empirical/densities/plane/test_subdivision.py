"""The mesh of a network in the plane, against exact rational pieces and against samples."""

import gc
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane import crossings
from empirical.densities.plane.estimate import estimate_regions
from empirical.densities.plane.subdivision import Subdivision, subdivide
from tests.empirical.densities.plane.rational_pieces import area, rational_pieces
from tests.strategies import plane_generators


def random_network(
    widths: tuple[int, ...], slope: float, seed: int, bias: bool = True
) -> torch.nn.Sequential:
    """Drawn by torch's own initialisation, in float64."""
    layers: list[torch.nn.Module] = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for inputs, outputs in pairwise(widths):
            layers += [torch.nn.Linear(inputs, outputs, bias=bias).double(), torch.nn.LeakyReLU(slope)]
    return torch.nn.Sequential(*layers[:-1])


def euler_characteristic(found: Subdivision) -> int:
    mesh = found.mesh
    ends = np.sort(np.stack([mesh.corners, mesh.following], axis=1), axis=1)
    return len(mesh.vertices) - len(np.unique(ends, axis=0)) + len(mesh)


@given(plane_generators())
@settings(max_examples=60)
def test_the_regions_are_the_rational_ones(generator: torch.nn.Sequential) -> None:
    """Number, areas and affine maps of the regions are those of the pieces found in rational arithmetic.

    The weights are quarters, so that three creases often meet in a point and units often coincide or die.
    """
    layers = affine_layers(generator)
    pieces = rational_pieces(layers, -3, 3)
    mesh = subdivide(layers, -3.0, 3.0).mesh

    assert len(mesh) == len(pieces)
    np.testing.assert_allclose(
        np.sort(mesh.areas), np.sort([float(area(polygon)) for polygon, _ in pieces]), rtol=1e-9, atol=1e-12
    )  # coordinates below 3 are off by a few units of 2^-51, areas by that times a perimeter below 24
    # The quadratic moments of the derivative, weighted by area: equal only if each region has its own map.
    by_region = np.einsum("rij,r,rik->ijk", mesh.linear, mesh.areas, mesh.linear)
    exact = sum(
        float(area(polygon)) * np.einsum("ij,ik->ijk", rows, rows)
        for polygon, rows in (
            (polygon, np.array([[float(x) for x in row[:2]] for row in rows])) for polygon, rows in pieces
        )
    )
    np.testing.assert_allclose(by_region, exact, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("widths", "slope", "bias"),
    [
        ((2, 16, 16, 2), 0.2, True),
        ((2, 16, 16, 2), 0.0, True),
        ((2, 16, 16, 2), 0.01, False),
        ((2, 12, 12, 12, 5), -1.0, True),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_mesh_tiles_the_square(widths: tuple[int, ...], slope: float, bias: bool, seed: int) -> None:
    """Euler's V - E + F is 1, every region turns counterclockwise, and the areas sum to the square's.

    On each region the affine map gives at its corners the values that the network has there.
    """
    generator = random_network(widths, slope, seed, bias)
    found = subdivide(affine_layers(generator), -5.0, 5.0)
    mesh = found.mesh

    assert euler_characteristic(found) == 1
    assert (mesh.areas > 0).all()
    assert mesh.areas.sum() == pytest.approx(100, rel=1e-12)
    at_corners = np.einsum("cij,cj->ci", mesh.linear[mesh.region], mesh.vertices[mesh.corners])
    at_corners += mesh.offset[mesh.region]
    outputs = generator(torch.from_numpy(mesh.vertices)).detach().numpy()
    # Values below 1e2, reached by fewer than a hundred roundings each.
    np.testing.assert_allclose(at_corners, outputs[mesh.corners], atol=1e-12)
    np.testing.assert_allclose(mesh.images, outputs, atol=1e-12)


@pytest.mark.parametrize("slope", [0.2, 0.0])
def test_no_pattern_of_a_sample_is_missing(slope: float) -> None:
    """The activation pattern of each of 20,000 latents is a region's; without that region it is not."""
    generator = random_network((2, 16, 16, 2), slope, seed=5)
    latents = torch.from_numpy(np.random.default_rng(0).uniform(-3, 3, (20_000, 2)))
    signs = []
    for layer in generator:
        if isinstance(layer, torch.nn.LeakyReLU):
            signs.append(latents > 0)
        latents = layer(latents)
    sampled = {row.tobytes() for row in torch.cat(signs, dim=1).numpy()}
    patterns = subdivide(affine_layers(generator), -3.0, 3.0).patterns
    regions = [row.tobytes() for row in patterns]

    assert len(set(regions)) == len(regions)
    assert sampled <= set(regions)
    assert not sampled <= set(regions) - {next(iter(sampled))}


def test_rationals_decide_what_floats_cannot() -> None:
    """Creases through one point, and one crease moved by less than rounding shows, are told apart.

    Three lines through a point make 6 regions; a shift of the third by 2^-60 makes a seventh.
    """
    layer = torch.nn.Linear(2, 3, dtype=torch.float64)
    through = torch.nn.Sequential(layer, torch.nn.ReLU(), torch.nn.Linear(3, 2).double())
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
        layer.bias.copy_(torch.tensor([-0.1, -0.2, -0.1], dtype=torch.float64))
        layer.bias[2] -= 0.2
    # In floats 0.1 + 0.2 is rounded, so that the third line misses the point by less than 2^-53.
    missed = subdivide(affine_layers(through), -1.0, 1.0)
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([-0.25, -0.5, -0.75]))
    met = subdivide(affine_layers(through), -1.0, 1.0)
    with torch.no_grad():
        layer.weight[2, 0] += 2.0**-52
    turned = subdivide(affine_layers(through), -1.0, 1.0)

    assert (len(met.mesh), met.zeros) == (6, 1)
    assert (len(turned.mesh), turned.zeros) == (7, 0)
    assert (len(missed.mesh), missed.zeros) == (7, 0)
    assert min(met.rational, turned.rational, missed.rational) >= 1
    assert turned.mesh.areas.min() < 1e-30


def test_without_the_bound_a_sign_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With bounds of zero no rational is asked, and three creases through one point split it wrongly."""
    layer = torch.nn.Linear(2, 3, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.1, 0.7], [0.3, -0.2], [0.4, 0.5]]))
        layer.weight[2] = layer.weight[0] + layer.weight[1]
        layer.bias.copy_(torch.tensor([0.1, -0.3, 0.0]))
        layer.bias[2] = layer.bias[0] + layer.bias[1]
    generator = torch.nn.Sequential(layer, torch.nn.ReLU(), torch.nn.Linear(3, 2).double())
    right = subdivide(affine_layers(generator), -9.0, 9.0)
    monkeypatch.setattr(crossings, "ROUNDOFF", 0.0)
    guessed = subdivide(affine_layers(generator), -9.0, 9.0)

    assert right.rational > 0
    assert guessed.rational == 0
    assert right.mesh.areas.min() != guessed.mesh.areas.min() or len(right.mesh) != len(guessed.mesh)


def test_too_many_regions_are_refused() -> None:
    """The enumeration stops where the budget ends and says how to raise it."""
    layers = affine_layers(random_network((2, 16, 16, 2), 0.2, seed=0))

    with pytest.raises(ValueError, match=r"more than 50 affine regions.*--max-regions"):
        subdivide(layers, -5.0, 5.0, max_regions=50)


def test_another_latent_dimension_is_refused() -> None:
    """The plane has two coordinates."""
    layers = affine_layers(random_network((3, 4, 2), 0.2, seed=0))

    with pytest.raises(ValueError, match="two latent coordinates"):
        subdivide(layers, -1.0, 1.0)


@pytest.mark.parametrize("widths", [(2, 16, 16, 2), (2, 32, 32, 2)])
def test_the_estimate_is_near_the_count(widths: tuple[int, ...]) -> None:
    """The mean of estimates over seeds is within a factor of 2 of the number of regions."""
    layers = affine_layers(random_network(widths, 0.2, seed=1))
    regions = len(subdivide(layers, -39.0, 39.0).mesh)
    mean = np.mean([estimate_regions(layers, -39.0, 39.0, seed) for seed in range(8)])

    assert regions / 2 < mean < 2 * regions


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_equal_networks_have_equal_meshes(seed: int) -> None:
    """The mesh is a function of the network: to the bit."""
    layers = affine_layers(random_network((2, 8, 8, 2), 0.2, seed))
    first, second = subdivide(layers, -4.0, 4.0).mesh, subdivide(layers, -4.0, 4.0).mesh

    assert (first.vertices == second.vertices).all()
    assert (first.corners == second.corners).all()
    assert (first.linear == second.linear).all()


def test_a_subdivision_leaves_nothing_behind() -> None:
    """Without the garbage collector memory returns to the mesh alone: no cycle keeps the matrices alive."""
    layers = affine_layers(random_network((2, 24, 24, 2), 0.2, seed=0))
    gc.disable()
    tracemalloc.start()
    try:
        found = subdivide(layers, -5.0, 5.0)
        left, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    parts = (found.mesh.vertices, found.mesh.images, found.mesh.starts, found.mesh.corners)
    kept = sum(part.nbytes for part in (*parts, found.mesh.linear, found.mesh.offset, found.packed))

    assert left < 1.2 * kept + 50_000  # what Python itself needs
    assert most > 2 * left  # the matrices were there


def test_patterns_are_unpacked_as_they_were_packed() -> None:
    """Of some regions as of all: the signs at a point inside, also of units that fill no whole byte."""
    layers = affine_layers(random_network((2, 11, 6, 2), 0.2, seed=3))
    found = subdivide(layers, -3.0, 3.0)
    mesh = found.mesh
    inside = np.add.reduceat(mesh.vertices[mesh.corners], mesh.starts[:-1]) / np.diff(mesh.starts)[:, None]
    signs, values = [], inside
    for layer in layers[:2]:
        values = values @ layer.weight.T + layer.bias
        signs.append(values > 0)
        values = np.where(values > 0, values, layer.negative_slope * values)

    assert found.packed.shape == (len(mesh), 3)
    np.testing.assert_array_equal(found.patterns, np.concatenate(signs, axis=1))
    np.testing.assert_array_equal(found.patterns_on(slice(2, 3)), found.patterns[2:3])
    np.testing.assert_array_equal(found.patterns_on(np.array([4, 1])), found.patterns[[4, 1]])
