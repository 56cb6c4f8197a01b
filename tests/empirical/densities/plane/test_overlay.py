"""The overlay of image polygons: closed forms, brute force over preimages, and faults that must show."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import log, pi, sqrt

import numpy as np
import pytest
import torch

from empirical.densities.affine_layers import affine_layers
from empirical.densities.plane.clipping import Polygons
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.overlay import Overlay, Sheets, overlay, uniform_sheets
from empirical.densities.plane.subdivision import subdivide


def linear(weight: Sequence[Sequence[float]], bias: Sequence[float]) -> torch.nn.Linear:
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(np.array(weight)))
        layer.bias.copy_(torch.tensor(np.array(bias)))
    return layer


def mesh_of(*layers: torch.nn.Module) -> Mesh:
    return subdivide(affine_layers(torch.nn.Sequential(*layers)), -1.0, 1.0).mesh


def random_mesh(seed: int, widths: tuple[int, ...] = (2, 6, 6, 2), slope: float = 0.2) -> Mesh:
    torch.manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.LeakyReLU(slope)]
    return mesh_of(*layers[:-1])


def entropy(cells: Overlay) -> float:
    return cells.integral(lambda p: -p * np.log(p))[0]


def density_by_preimages(mesh: Mesh, x: np.ndarray) -> np.ndarray:
    """The sum of 1/(4|det|) over the regions that hold a preimage, each found by solving for it."""
    total = np.zeros(len(x))
    for region in range(len(mesh)):
        z = np.linalg.solve(mesh.linear[region], (x - mesh.offset[region]).T).T
        corners = mesh.vertices[mesh.corners[mesh.starts[region] : mesh.starts[region + 1]]]
        edges = np.roll(corners, -1, axis=0) - corners
        across = z[:, None, :] - corners
        inside = (edges[:, 0] * across[:, :, 1] - edges[:, 1] * across[:, :, 0] > 0).all(axis=1)
        total += inside / (4 * abs(mesh.determinants[region]))
    return total


# Folds of coordinates: each carries the uniform law to a uniform one, on half of the area or on all of it.
FOLD = [
    linear([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0]),
    torch.nn.ReLU(),
]  # |z1|, and z2 in two parts
TENT = [  # 1 - 2|z1|, a tent from [-1, 1] onto itself
    linear([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0]),
    torch.nn.ReLU(),
    linear([[-2, -2, 0, 0], [0, 0, 1, -1]], [1, 0]),
]
ANGLE = 0.3 * pi
ROTATION = [[np.cos(ANGLE), -np.sin(ANGLE)], [np.sin(ANGLE), np.cos(ANGLE)]]


@pytest.mark.parametrize(
    ("layers", "exact"),
    [
        ([linear([[1, 0], [0, 1]], [0, 0])], log(4)),
        ([linear(ROTATION, [3, -7])], log(4)),
        ([linear([[0, 1], [1, 0]], [0, 0])], log(4)),  # turns the square over
        ([*FOLD, linear([[1, 1, 0, 0], [0, 0, 1, -1]], [0, 0])], log(2)),
        ([*FOLD, linear([[1, 1, 0, 0], [0, 0, 1, 1]], [0, 0])], 0.0),
        (TENT, log(4)),
        ([*TENT, *TENT, *TENT], log(4)),
        ([*TENT, *TENT, linear(ROTATION, [0, 0])], log(4)),
        ([*TENT, linear([[0, 1], [1, 0]], [0, 0]), *TENT], log(4)),
    ],
    ids=["identity", "rotation", "reflection", "fold", "folds", "tent", "tents", "turned", "both"],
)
def test_uniform_images(layers: list[torch.nn.Module], exact: float) -> None:
    """Maps that carry the uniform law to a uniform one: the entropy is the log of the area."""
    cells = overlay(uniform_sheets(mesh_of(*layers)))
    assert cells.masses == pytest.approx([1.0], abs=1e-12)
    assert entropy(cells) == pytest.approx(exact, abs=1e-12)
    assert cells.areas.sum() == pytest.approx(np.exp(exact), abs=1e-12)
    # Cells without area, left by rounding on an edge, may have another density.
    real = cells.areas > 1e-12
    assert cells.densities[real, 0] == pytest.approx(1 / np.exp(exact), rel=1e-12)


def test_a_network_built_for_a_given_density() -> None:
    """z2 stretched by slopes 1/2, 2, 1/4 on parts of [-1, 1]: the density is 1/(4 slope) on each image."""
    knots, slopes = [-1.0, -0.25, 0.5, 1.0], [0.5, 2.0, 0.25]
    # z2 -> sum of changes of slope times relu(z2 - knot), from the left end on.
    hidden = linear([[1, 0], [-1, 0], *[[0, 1]] * 3], [0, 0, *[-knot for knot in knots[:3]]])
    changes = np.diff([0.0, *slopes]).tolist()
    mesh = mesh_of(hidden, torch.nn.ReLU(), linear([[1, -1, 0, 0, 0], [0, 0, *changes]], [0, 0]))
    cells = overlay(uniform_sheets(mesh))
    shares = np.diff(knots) / 2
    assert entropy(cells) == pytest.approx(float(shares @ np.log(4 * np.array(slopes))), abs=1e-12)
    for slope, share in zip(slopes, shares, strict=True):
        chosen = np.isclose(cells.densities[:, 0], 1 / (4 * slope), rtol=1e-12)
        assert cells.areas[chosen].sum() / (4 * slope) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("slope", [0.2, 0.01, -0.5])
def test_random_networks(slope: float) -> None:
    """The density integrates to 1 on disjoint cells, and is the sum over all preimages at their centres."""
    for seed in range(6):
        mesh = random_mesh(seed, slope=slope)
        cells = overlay(uniform_sheets(mesh))
        # Hundreds of cuts, each with a rounding error of 1e-16 of a length; the density is at most 1e4.
        assert cells.masses == pytest.approx([1.0], abs=1e-11)
        # The centre of a cell this large lies away from all edges by more than any rounding.
        large = cells.areas > 1e-8 * cells.areas.max()
        brute = density_by_preimages(mesh, cells.points[large])
        assert cells.densities[large, 0] == pytest.approx(brute, rel=1e-9)


def test_the_integral_is_the_mean_over_the_latents() -> None:
    """E[-log p(G(Z))] over 4,000 draws, p by brute force, agrees within five standard errors."""
    for seed in range(3):
        mesh = random_mesh(seed)
        z = np.random.default_rng(seed).uniform(-1, 1, (4000, 2))
        torch.manual_seed(seed)
        layers: list[torch.nn.Module] = []
        for inputs, outputs in ((2, 6), (6, 6), (6, 2)):
            layers += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.LeakyReLU(0.2)]
        with torch.no_grad():
            x = torch.nn.Sequential(*layers[:-1])(torch.from_numpy(z)).numpy()
        values = -np.log(density_by_preimages(mesh, x))
        assert entropy(overlay(uniform_sheets(mesh))) == pytest.approx(
            values.mean(), abs=5 * values.std() / sqrt(len(z))
        )


def square(low: float, high: float, density: float) -> Sheets:
    points = np.array([[low, low], [high, low], [high, high], [low, high]], dtype=np.float64)
    return Sheets(Polygons(np.array([0, 4]), points), np.array([density]))


def test_two_laws_at_once() -> None:
    """Squares [0, 2]^2 and [1, 3]^2 share a quarter: the integral of min(p, q) is 1/4, of |p - q| 3/2."""
    cells = overlay(square(0, 2, 0.25), square(1, 3, 0.25))
    assert cells.masses == pytest.approx([1.0, 1.0], abs=1e-14)
    assert cells.integral(np.minimum)[0] == pytest.approx(0.25, abs=1e-14)
    value, rounding = cells.integral(lambda p, q: np.abs(p - q))
    assert value == pytest.approx(1.5, abs=1e-14) and 1e-15 < rounding < 1e-11
    # The same with itself in other coordinates: all differences vanish, up to the stated rounding.
    first, second = uniform_sheets(random_mesh(1)), uniform_sheets(random_mesh(1))
    value, rounding = overlay(first, second).integral(lambda p, q: np.abs(p - q))
    assert value <= rounding < 1e-5


# --- planted faults ---------------------------------------------------------------------------------------


def test_faults_show_in_the_mass() -> None:
    """A wrong determinant, a dropped region, a polygon that was not turned: the mass is no longer 1."""
    mesh = random_mesh(0)
    sheets = uniform_sheets(mesh)
    sizes = np.diff(sheets.polygons.starts)
    largest = int(np.argmax(mesh.areas))
    doubled = sheets.densities.copy()
    doubled[largest] *= 2
    share = mesh.areas[largest] / 4
    wrong = replace(sheets, densities=doubled)
    assert overlay(wrong).masses[0] == pytest.approx(1 + share, abs=1e-11)
    kept = np.delete(np.arange(len(sizes)), largest)
    dropped = Sheets(sheets.polygons.select(kept), sheets.densities[kept])
    assert overlay(dropped).masses[0] == pytest.approx(1 - share, abs=1e-11)
    backwards = sheets.polygons.points.copy()
    part = slice(sheets.polygons.starts[largest], sheets.polygons.starts[largest + 1])
    backwards[part] = backwards[part][::-1]
    turned = replace(sheets, polygons=Polygons(sheets.polygons.starts, backwards))
    assert abs(overlay(turned).masses[0] - 1) > 1e-3


def test_too_many_cells_and_none_are_refused() -> None:
    """A budget of 10 cells, and a generator whose image is a segment."""
    with pytest.raises(ValueError, match=r"more than 10 cells.*max_cells"):
        overlay(uniform_sheets(random_mesh(0)), max_cells=10)
    flat = mesh_of(linear([[1, 1], [0, 0]], [0, 0]))
    with pytest.raises(ValueError, match="no density"):
        overlay(uniform_sheets(flat))
