"""The regions of a network: none is missing, signs are exact, and errors stay in their bounds."""

from itertools import pairwise, product
from math import comb

import numpy as np
import pytest
import torch

from empirical.densities.affine_layers import affine_layers
from empirical.densities.latents import Normal, Uniform
from empirical.densities.rational_network import nearest, rational
from empirical.densities.space.subdivision import Subdivision, estimated_regions, subdivide
from tests.empirical.densities.space.generators import linear, random_generator, regions_of

SHAPES = ([3, 6, 3], [3, 6, 6, 3], [3, 8, 8, 3])


def euler(regions: Subdivision) -> int:
    polyhedra = regions.tiling.polyhedra
    vertices = len(regions.tiling.positions.value)
    return vertices - len(polyhedra.edges()) + len(polyhedra.sides) - polyhedra.cells


def patterns(regions: Subdivision, z: np.ndarray) -> np.ndarray:
    """The signs of all folding units at each latent."""
    signs = []
    for layer in regions.layers:
        h = z @ layer.weight.T + layer.bias
        signs.append(np.sign(h)[:, layer.negative_slope != 1])
        z = np.where(h > 0, h, layer.negative_slope * h)
    return np.concatenate(signs, axis=1).astype(np.int8)


@pytest.mark.parametrize(("widths", "slope"), list(product(SHAPES, (0.2, 0.0))))
def test_no_region_is_missing(widths: list[int], slope: float) -> None:
    """Every activation pattern of 100,000 latents is that of one region; Euler's sum is 1."""
    regions = regions_of(random_generator(widths, slope, seed=4), Normal(3))
    known = {pattern.tobytes() for pattern in regions.patterns}
    latents = np.random.default_rng(5).standard_normal((100_000, 3))
    met = {pattern.tobytes() for pattern in patterns(regions, latents)}
    assert met <= known and len(known) == len(regions)
    assert len(met) > 20  # the check has something to find
    assert euler(regions) == 1
    volumes = regions.tiling.polyhedra.volumes(regions.tiling.positions.value)
    assert volumes.min() > 0 and volumes.sum() == pytest.approx(78.0**3, rel=1e-13)


def test_planes_in_general_position() -> None:
    """Planes across the six axes of an icosahedron make 1 + 6 + 15 + 20 regions, Zaslavsky's number."""
    golden = (1 + 5**0.5) / 2
    axes = np.array(
        [[0, 1, golden], [0, -1, golden], [1, golden, 0], [-1, golden, 0], [golden, 0, 1], [golden, 0, -1]]
    )
    first = linear(axes, np.array([0.1, -0.2, 0.3, 0.5, -0.7, 1.1]))
    generator = torch.nn.Sequential(first, torch.nn.ReLU(), linear(np.ones((3, 6)), np.zeros(3)))
    assert len(regions_of(generator, Normal(3))) == sum(comb(6, i) for i in range(4))


@pytest.mark.parametrize("slope", [0.2, 0.0])
def test_maps_are_the_network(slope: float) -> None:
    """The map of the region of each latent gives what torch gives."""
    generator = random_generator([3, 8, 8, 3], slope, seed=2)
    regions = regions_of(generator, Normal(3))
    latents = np.random.default_rng(3).standard_normal((5_000, 3))
    number = {pattern.tobytes(): region for region, pattern in enumerate(regions.patterns)}
    region = [number[pattern.tobytes()] for pattern in patterns(regions, latents)]
    maps = regions.maps.value[region]
    outputs = np.einsum("kij,kj->ki", maps[:, :, :3], latents) + maps[:, :, 3]
    with torch.no_grad():
        # Some hundred roundings of numbers of size one to ten.
        assert np.abs(outputs - generator(torch.from_numpy(latents)).numpy()).max() < 1e-12
    assert np.abs(regions(latents) - outputs).max() < 1e-12


@pytest.mark.parametrize("slope", [0.2, 0.0])
def test_errors_stay_in_their_bounds(slope: float) -> None:
    """Exact positions, outputs and maps, in rationals, differ from the floats by at most the bounds."""
    regions = regions_of(random_generator([3, 8, 8, 3], slope, seed=6), Uniform(3))
    tiling, exact = regions.tiling, regions.tiling.vertices
    random = np.random.default_rng(7)
    for vertex in random.choice(len(tiling.positions.value), 40, replace=False).tolist():
        numbers = exact.position(vertex) + exact.values(vertex, len(regions.layers))
        floats = np.concatenate([tiling.positions.value[vertex], tiling.values.value[vertex]])
        bounds = np.concatenate([tiling.positions.error[vertex], tiling.values.error[vertex]])
        for number, value, bound in zip(numbers, floats, bounds, strict=True):
            assert abs(number - rational(value)) <= rational(bound)
    for region in random.choice(len(regions), 20, replace=False).tolist():
        outputs = exact.network.maps(regions.patterns[region])[-1]
        for row, column in product(range(3), range(4)):
            error = abs(outputs[row, column] - rational(regions.maps.value[region, row, column]))
            assert error <= rational(regions.maps.error[region, row, column])
    # The bounds say something: maps to ten digits, positions to six.
    assert regions.maps.error.max() < 1e-10 and tiling.positions.error.max() < 1e-6


def test_faces_lie_in_their_planes() -> None:
    """The affine function of a face vanishes at its corners, exactly at the exact corners."""
    regions = regions_of(random_generator([3, 6, 6, 3], 0.2, seed=8), Uniform(3))
    polyhedra = regions.tiling.polyhedra
    z = regions.tiling.positions.value[polyhedra.corners]
    planes = regions.planes.value[polyhedra.face]
    # Coordinates at most 1, positions and planes to about 1e-13.
    assert np.abs((planes[:, :3] * z).sum(axis=1) + planes[:, 3]).max() < 1e-11


@pytest.mark.parametrize("gap", [2.0**-53, 2.0**-49, 0.0])
def test_nearly_equal_folds_are_kept_apart(gap: float) -> None:
    """Planes at x + y + z = 1/3 and 1/3 + gap, twisted by nine digits: as many regions as the planes make.

    Floats cannot tell on which side the vertices of one plane lie of the other: rationals decide, and find a
    slab of width ``gap``, or none where the planes are one.
    """
    level = 1 / 3
    first = linear(np.ones((2, 3)), np.array([-level, -level - gap]))
    generator = torch.nn.Sequential(
        linear(np.array([[1, 1e-9, 0], [0, 1, 1e-9], [1e-9, 0, 1]]), np.zeros(3)),
        first,
        torch.nn.LeakyReLU(0.2),
        linear(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]), np.zeros(3)),
    )
    regions = regions_of(generator, Uniform(3))
    assert len(regions) == (2 if gap == 0 else 3) and euler(regions) == 1
    assert regions.tiling.undecided > 0
    assert sorted(map(tuple, regions.patterns.tolist())) == (
        [(-1, -1), (1, 1)] if gap == 0 else [(-1, -1), (1, -1), (1, 1)]
    )


@pytest.mark.parametrize("seed", range(12))
def test_degenerate_networks(seed: int) -> None:
    """Whole weights, many of them zero, no biases: planes through common lines, dead units, flat regions.

    Each pattern of exact rational signs at rational latents is that of a region.
    """
    random = np.random.default_rng(seed)
    sizes = [3, 4, 4, 3]
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        bias = random.integers(-1, 2, outputs) * (seed % 2)
        layers += [linear(random.integers(-1, 2, (outputs, inputs)).astype(float), bias.astype(float))]
        layers += [torch.nn.LeakyReLU(0.25 * (seed % 3))]
    regions = regions_of(torch.nn.Sequential(*layers[:-1]), Uniform(3))
    assert euler(regions) == 1
    volumes = regions.tiling.polyhedra.volumes(regions.tiling.positions.value)
    assert volumes.min() > 1e-6 and volumes.sum() == pytest.approx(8, abs=1e-12)
    # Dyadic latents and slopes: the signs of the floats are exact.
    latents = random.integers(-(2**20) + 1, 2**20, (20_000, 3)) / 2.0**20
    met = np.unique(patterns(regions, latents), axis=0)
    agrees = (met[:, None, :] == regions.patterns[None]) | (met[:, None, :] == 0)
    assert agrees.all(axis=2).any(axis=1).all()


def test_too_many_regions_are_refused() -> None:
    """By the estimate before anything is cut; on the way where the estimate was too low."""
    layers = affine_layers(random_generator([3, 8, 8, 3], 0.2, seed=1))
    assert estimated_regions(layers) == 1 + 16 + 120 + 560
    with pytest.raises(ValueError, match=r"about 697 regions are expected, more than max_regions=600: pass"):
        subdivide(layers, 1.0, max_regions=600)
    # The fold |z| - c in each coordinate, three times: 8 pieces a coordinate from 9 units.
    fold: list[torch.nn.Module] = []
    for shift in (0.0, -0.5, -0.25):
        fold += [linear(np.eye(3), np.full(3, shift)), torch.nn.LeakyReLU(-1.0)]
    crowded = affine_layers(torch.nn.Sequential(*fold))
    assert estimated_regions(crowded) == 130
    assert len(subdivide(crowded, 1.0, max_regions=512)) == 512
    with pytest.raises(ValueError, match=r"layer 2 of 3 brings more than max_regions=511 regions \(got"):
        subdivide(crowded, 1.0, max_regions=511)
    with pytest.raises(ValueError, match=r"three latent dimensions \(got 2\).*Linear\(3"):
        subdivide(affine_layers(torch.nn.Linear(2, 3)), 1.0, max_regions=10)


def test_rationals_are_rounded_once() -> None:
    """A rational number goes to the float nearest to it: a third and back, and a float to itself."""
    assert nearest(rational(1.0) / 3) == 1 / 3 and nearest(rational(0.1)) == 0.1
