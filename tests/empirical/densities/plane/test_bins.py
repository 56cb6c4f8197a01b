"""Exact bin masses: closed forms, half-open cells of collapsed regions, discs, and slices."""

from itertools import pairwise
from math import cos, exp, inf, pi, sin

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane import bins
from empirical.densities.plane.bins import cell_probability, convex_probability, disc_probability
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.slices import slice_layers
from empirical.densities.plane.subdivision import subdivide
from tests.strategies import plane_generators

BOX = {Normal: 39.0, Uniform: 1.0}  # beyond 39 the normal density is 0 in float64


def affine(weight: list[list[float]], bias: list[float], slope: float = 1.0) -> AffineLayer:
    return AffineLayer(np.array(weight, float), np.array(bias, float), np.full(len(bias), slope))


def mesh_of(layers: list[AffineLayer], latent: Normal | Uniform) -> Mesh:
    end = BOX[type(latent)]
    return subdivide(layers, -end, end).mesh


def interval(latent: Normal | Uniform, edges: np.ndarray) -> np.ndarray:
    """The probability of each cell for one coordinate of the latent."""
    values = ndtr(edges) if isinstance(latent, Normal) else (np.clip(edges, -1, 1) + 1) / 2
    return np.diff(values)


IDENTITY = [affine([[1, 0], [0, 1]], [0, 0])]
# |z| of each coordinate: max(z, 0) + max(-z, 0).
FOLD = [
    affine([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0], 0.0),
    affine([[1, 1, 0, 0], [0, 0, 1, 1]], [0, 0]),
]
RELU = [affine([[1, 0], [0, 1]], [0, 0], 0.0)]
EDGES = np.array([-inf, -1.3, -0.2, 0.0, 0.4, 0.5, 2.0, inf])


# --- closed forms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [Normal(2), Uniform(2)])
def test_identity_has_products_of_intervals(latent: Normal | Uniform) -> None:
    """The cells of the identity have the latent's own product probabilities."""
    expected = np.outer(interval(latent, EDGES), interval(latent, EDGES))
    np.testing.assert_allclose(
        cell_probability(mesh_of(IDENTITY, latent), latent, EDGES, EDGES), expected, atol=1e-14
    )


@given(st.floats(0, 2 * pi))
@settings(max_examples=20)
def test_a_rotated_normal_is_the_same_normal(angle: float) -> None:
    """Turning and shifting a normal latent leaves products of normal intervals around the shift."""
    turned = [affine([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]], [1.0, -2.0])]
    found = cell_probability(mesh_of(turned, Normal(2)), Normal(2), EDGES, EDGES)
    expected = np.outer(interval(Normal(2), EDGES - 1), interval(Normal(2), EDGES + 2))
    # Corners at 39 carry an error of 1e-14 into the inside, times a density below 1/2.
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("latent", [Normal(2), Uniform(2)])
def test_folds_add_their_sheets(latent: Normal | Uniform) -> None:
    """(|z1|, |z2|) has four preimages everywhere: products of twice the intervals above 0."""
    edges = np.array([0.0, 0.25, 0.5, 1.0, 3.0])
    expected = np.outer(2 * interval(latent, edges), 2 * interval(latent, edges))
    np.testing.assert_allclose(
        cell_probability(mesh_of(FOLD, latent), latent, edges, edges), expected, atol=1e-14
    )


def test_triangle_map_keeps_the_uniform_law() -> None:
    """The tent 1 - 2|z| of [-1, 1] in each coordinate keeps the uniform law, and so does its third power."""
    tent = [
        affine([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0], 0.0),
        affine([[-2, -2, 0, 0], [0, 0, -2, -2]], [1, 1]),
    ]
    mesh = mesh_of(tent * 3, Uniform(2))
    assert len(mesh) == 64
    edges = np.array([-1.0, -0.7, 0.1, 0.3, 1.0])
    expected = np.outer(interval(Uniform(2), edges), interval(Uniform(2), edges))
    np.testing.assert_allclose(cell_probability(mesh, Uniform(2), edges, edges), expected, atol=1e-14)


def test_a_piecewise_constant_density_is_recovered() -> None:
    """A monotone piecewise-linear map per coordinate gives a uniform latent the density it was built for.

    The slopes 1, 4 and 1/2 on [-1, -1/2], [-1/2, 1/4], [1/4, 1] make the density 1/2, 1/8, 1 on the images.
    """
    slopes, breaks = [1.0, 4.0, 0.5], [-1.0, -0.5, 0.25, 1.0]
    rises = np.diff(slopes, prepend=0.0)
    rows = [[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 3
    shifts = [-b for b in breaks[:3]] * 2
    stretch = [affine(rows, shifts, 0.0), affine([[*rises, 0, 0, 0], [0, 0, 0, *rises]], [0, 0])]
    images = np.cumsum([0.0, *(s * (b - a) for s, (a, b) in zip(slopes, pairwise(breaks), strict=True))])
    fine = np.unique(np.concatenate([np.linspace(a, b, 5) for a, b in pairwise(images)]))
    density = np.repeat([1 / 2, 1 / 8, 1.0], 4)
    expected = np.outer(density * np.diff(fine), density * np.diff(fine))
    found = cell_probability(mesh_of(stretch, Uniform(2)), Uniform(2), fine, fine)
    np.testing.assert_allclose(found, expected, atol=1e-14)


# --- collapsed regions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [Normal(2), Uniform(2)])
def test_atoms_and_lines_land_in_half_open_cells(latent: Normal | Uniform) -> None:
    """(max(z1, 0), max(z2, 0)): an atom of 1/4 at the origin and half of the mass on two rays.

    Edges at 0 belong to the cell above them, so the cells below are empty and those above have all.
    """
    edges = np.array([-1.0, 0.0, 0.5, 3.0])
    above = interval(latent, np.array([-inf, 0.5, 3.0]))  # of max(z, 0): the atom joins the first cell
    expected = np.zeros((3, 3))
    expected[1:, 1:] = np.outer(above, above)
    found = cell_probability(mesh_of(RELU, latent), latent, edges, edges)
    np.testing.assert_allclose(found, expected, atol=1e-14)
    assert (found[0] == 0).all() and (found[:, 0] == 0).all()


def test_the_last_cell_is_closed() -> None:
    """A constant generator is one atom; the cell that ends there has it only if it is the last one."""
    constant = mesh_of([affine([[0, 0], [0, 0]], [1.0, 2.0])], Uniform(2))
    for x_edges, y_edges, place in (
        ([0.0, 1.0], [2.0, 3.0], (0, 0)),
        ([0.0, 1.0, 2.0], [1.0, 2.0], (1, 0)),
        ([1.0, 5.0], [0.0, 2.0, 5.0], (0, 1)),
    ):
        found = cell_probability(constant, Uniform(2), np.array(x_edges), np.array(y_edges))
        assert (
            found[place] == pytest.approx(1, abs=1e-15)
            and np.delete(found.ravel(), found.argmax()).sum() == 0
        )
    assert cell_probability(constant, Uniform(2), np.array([3.0, 4.0]), np.array([0.0, 9.0])) == 0


# --- polygons and discs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [0.1, 1.0, 3.0])
def test_a_disc_of_a_normal_is_enclosed(radius: float) -> None:
    """P(|Z| <= r) = 1 - exp(-r^2 / 2) lies between bounds that differ by less than pi^2 / 64^2 of it."""
    lower, upper = disc_probability(mesh_of(IDENTITY, Normal(2)), Normal(2), np.zeros(2), radius, sides=64)
    assert lower < 1 - exp(-(radius**2) / 2) < upper
    assert upper - lower < pi**2 / 64**2 * upper


def test_a_disc_holds_the_atom_on_its_boundary() -> None:
    """A disc is closed: the atom of a rectified normal at the origin counts where the circle meets it.

    The inner polygon leaves it out, the outer one has it: the enclosure is as wide as the atom, no narrower.
    """
    lower, upper = disc_probability(mesh_of(RELU, Normal(2)), Normal(2), np.array([-1.0, 0.0]), 1.0, sides=64)
    assert lower == 0 and 0.25 < upper < 0.26
    lower, upper = disc_probability(mesh_of(RELU, Normal(2)), Normal(2), np.array([-0.5, 0.0]), 1.0, sides=64)
    assert 0.25 + (ndtr(0.5) - 0.5) / 2 < upper and upper - lower < 1e-3


@given(plane_generators(), st.sampled_from([Normal(2), Uniform(2)]))
@settings(max_examples=15)
def test_a_rectangle_is_a_polygon_and_an_open_cell_less(
    generator: torch.nn.Sequential, latent: Normal | Uniform
) -> None:
    """A closed rectangle has the mass of its half-open cell; that and the eight cells around it add up."""
    mesh = mesh_of(list(affine_layers(generator)), latent)
    edges = np.array([-inf, -0.6180339887, 1.4142135624, inf])
    cells = cell_probability(mesh, latent, edges, edges)
    assert cells.sum() == pytest.approx(1, abs=1e-12)
    low, high = edges[1:3]
    rectangle = np.array([[low, low], [high, low], [high, high], [low, high]])
    # No output in quarters' powers is at these irrational edges: open and closed are one.
    lower, upper = within(mesh, latent, rectangle)
    assert lower - 1e-15 <= cells[1, 1] <= upper + 1e-15
    assert upper - lower < 1e-9  # a density below 1e2 or a line, moved by 1e-12 of images below 1e2
    halves = [within(mesh, latent, rectangle[chosen])[1] for chosen in ([0, 1, 2], [0, 2, 3])]
    assert sum(halves) >= cells[1, 1] - 1e-12  # the diagonal is in both


def within(mesh: Mesh, latent: Normal | Uniform, corners: np.ndarray) -> tuple[float, float]:
    """The enclosed probability of a convex polygon, corners counterclockwise."""
    side = np.roll(corners, -1, axis=0) - corners
    outward = np.stack([side[:, 1], -side[:, 0]], axis=1)
    return convex_probability(mesh, latent, outward, (outward * corners).sum(axis=1))


# --- how it is computed -----------------------------------------------------------------------------------


def test_cells_do_not_depend_on_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No mass depends on how many polygons are cut at once, and finer cells add up to the coarser."""
    mesh = mesh_of(list(affine_layers(deep_network(2, 3))), Normal(2))
    edges = np.linspace(-3, 3, 33)
    whole = cell_probability(mesh, Normal(2), edges, edges)
    coarse = cell_probability(mesh, Normal(2), edges[::4], edges[::4])
    # Sums of a few thousand terms below 1.
    np.testing.assert_allclose(whole.reshape(8, 4, 8, 4).sum(axis=(1, 3)), coarse, atol=1e-13)
    monkeypatch.setattr(bins, "CHUNK", 3000)
    np.testing.assert_allclose(cell_probability(mesh, Normal(2), edges, edges), whole, rtol=1e-12, atol=0)


def deep_network(inputs: int, seed: int) -> torch.nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            torch.nn.Linear(inputs, 16),
            torch.nn.LeakyReLU(0.2),
            torch.nn.Linear(16, 16),
            torch.nn.LeakyReLU(0.2),
            torch.nn.Linear(16, 2),
        ).double()


def test_a_slice_is_the_network_on_a_plane() -> None:
    """On a plane of a latent space with five coordinates, the layers give what the network gives there."""
    generator, random = deep_network(5, 1), np.random.default_rng(2)
    frame, _ = np.linalg.qr(random.standard_normal((5, 2)))
    origin = random.standard_normal(5)
    mesh = subdivide(slice_layers(affine_layers(generator), origin, frame), -39.0, 39.0).mesh
    with torch.no_grad():
        outputs = generator(torch.from_numpy(origin + mesh.vertices @ frame.T)).numpy()
    np.testing.assert_allclose(mesh.images, outputs, atol=1e-12)  # values below 50, a hundred roundings
    edges = np.array([-inf, -0.1, 0.1, inf])
    assert cell_probability(mesh, Normal(2), edges, edges).sum() == pytest.approx(1, abs=1e-13)


# --- refusals ---------------------------------------------------------------------------------------------


def test_questions_without_answer_are_refused() -> None:
    """Unsorted edges, discs without radius, planes that are lines: one sentence."""
    mesh, latent = mesh_of(IDENTITY, Uniform(2)), Uniform(2)
    for edges in ([0.0], [1.0, 0.0], [0.0, 0.0], [0.0, np.nan]):
        with pytest.raises(ValueError, match="strictly increasing"):
            cell_probability(mesh, latent, np.array(edges), np.array([0.0, 1.0]))
    for radius in (0.0, -1.0, inf, np.nan):
        with pytest.raises(ValueError, match="positive, finite radius"):
            disc_probability(mesh, latent, np.zeros(2), radius)
    three = mesh_of([affine([[1, 0], [0, 1], [1, 1]], [0, 0, 0])], latent)
    with pytest.raises(ValueError, match=r"two outputs \(got 3\)"):
        cell_probability(three, latent, np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match=r"two outputs \(got 3\)"):
        convex_probability(three, latent, np.eye(2), np.ones(2))
    layers = affine_layers(deep_network(3, 0))
    with pytest.raises(ValueError, match="3 latent coordinates"):
        slice_layers(layers, np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match="independent"):
        slice_layers(layers, np.zeros(3), np.ones((3, 2)))
    with pytest.raises(ValueError, match="finite numbers"):
        slice_layers(layers, np.full(3, inf), np.eye(3, 2))
