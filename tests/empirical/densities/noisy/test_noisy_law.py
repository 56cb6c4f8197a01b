"""Decoders with Gaussian noise: the closed form against quadrature, samples and linear algebra."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import log, pi

import numpy as np
import pytest
import torch
from jaxtyping import Float

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.latents import Normal, Uniform
from empirical.densities.line.curve import Curve, affine_curve
from empirical.densities.noisy.joint_cells import IntervalCells, PolygonCells
from empirical.densities.noisy.noisy_law import NoisyLaw, noisy_law
from empirical.densities.plane.mesh import Mesh
from empirical.densities.plane.subdivision import subdivide

LATENTS = (Normal(1), Uniform(1))
PLANE_LATENTS = (Normal(2), Uniform(2))


def decoder(widths: Sequence[int], seed: int, negative_slope: float = 0.2) -> tuple[AffineLayer, ...]:
    """A random network whose outputs spread over a few units."""
    random = torch.Generator().manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.normal_(std=1.5 / inputs**0.5, generator=random)
            layer.bias.normal_(std=0.5, generator=random)
        layers += [layer, torch.nn.LeakyReLU(negative_slope)]
    return affine_layers(torch.nn.Sequential(*layers[:-1]))


def outputs(layers: Sequence[AffineLayer], z: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
    """The decoder itself, layer by layer."""
    for layer in layers:
        z = z @ layer.weight.T + layer.bias
        z = np.where(z > 0, z, layer.negative_slope * z)
    return z


def by_quadrature(law: NoisyLaw, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """The same integral over one latent by Gauss-Legendre on short steps between the breakpoints."""
    assert isinstance(law.cells, IntervalCells)
    curve = law.cells.curve
    # A point far off the data may have its likeliest latents far out: 14 would be too few for those below.
    edges = np.unique(np.clip(curve.edges, -30, 30))
    # Steps of at most a third of a standard deviation of the noise in data space, over which the exponent
    # of a point 60 of them away changes by 20.
    speed = np.linalg.norm(curve.linear, axis=(1, 2)).max() / law.noise + 1
    steps = [
        np.linspace(left, right, 2 + int(3 * (right - left) * speed))[:-1] for left, right in pairwise(edges)
    ]
    fine = np.append(np.concatenate(steps), edges[-1])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    z = (fine[:-1, None] + np.diff(fine)[:, None] * (nodes + 1) / 2).ravel()
    weight = np.log((np.diff(fine)[:, None] * weights / 2).ravel()) + law.latent.log_density(z)
    images = outputs(law.layers, z[:, None])
    logs = [weight - ((point - images) ** 2).sum(axis=1) / (2 * law.noise**2) for point in x]
    total = np.array([np.logaddexp.reduce(log_terms) for log_terms in logs])
    return total - law.dim * (log(law.noise) + log(2 * pi) / 2)


def triangles(mesh: Mesh, parts: int) -> Float[np.ndarray, "t 3 2"]:
    """The regions of a mesh as triangles, each cut in four as often as is asked."""
    fans = []
    for region in range(len(mesh)):
        corner = mesh.vertices[mesh.corners[mesh.starts[region] : mesh.starts[region + 1]]]
        fans += [(corner[0], second, third) for second, third in pairwise(corner[1:])]
    whole = np.array(fans)
    for _ in range(parts):
        a, b, c = whole[:, 0], whole[:, 1], whole[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        whole = np.concatenate(
            [np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        )
    return whole


def by_cubature(law: NoisyLaw, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """The same integral over two latents, by the product rule of Gauss-Legendre on small triangles."""
    reach = 9.0 if isinstance(law.latent, Normal) else 1.0
    corner = triangles(subdivide(law.layers, -reach, reach).mesh, parts=2 if reach == 1 else 4)
    first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 1]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    nodes, weights = np.polynomial.legendre.leggauss(10)
    u, v = np.meshgrid((nodes + 1) / 2, (nodes + 1) / 2, indexing="ij")
    weight = area[:, None] * (np.outer(weights, weights) / 4 * u).ravel()
    z = first[:, None] + v.reshape(1, -1, 1) * second[:, None]
    z = (corner[:, None, 0] + u.reshape(1, -1, 1) * z).reshape(-1, 2)
    images = outputs(law.layers, z)
    start = np.log(weight.ravel()) + law.latent.log_density(z).sum(axis=1)
    logs = [start - ((point - images) ** 2).sum(axis=1) / (2 * law.noise**2) for point in x]
    largest = [terms.max() for terms in logs]
    total = [top + np.log(np.exp(terms - top).sum()) for top, terms in zip(largest, logs, strict=True)]
    return np.array(total) - law.dim * (log(law.noise) + log(2 * pi) / 2)


def by_linear_algebra(law: NoisyLaw, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """The log density of N(b, A A' + sigma^2 I), whose eigenvectors are those of A A'."""
    (layer,) = law.layers
    values, vectors = np.linalg.eigh(layer.weight @ layer.weight.T)
    variance = np.maximum(values, 0) + law.noise**2
    along = (x - layer.bias) @ vectors
    return -(along**2 / variance + np.log(2 * pi * variance)).sum(axis=1) / 2


def points(law: NoisyLaw, count: int = 20) -> Float[np.ndarray, "n d"]:
    """Half of them samples, half of them off the data, many standard deviations of the noise away."""
    away = 3 * np.random.default_rng(1).normal(size=(count // 2, law.dim))
    return np.concatenate([law.sample(count // 2, seed=0), away])


# --- the density ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent_dim", [1, 2])
@pytest.mark.parametrize("data_dim", [1, 2, 7, 40])
@pytest.mark.parametrize("noise", [0.05, 1.0, 30.0])
def test_a_linear_decoder_has_a_gaussian_law(latent_dim: int, data_dim: int, noise: float) -> None:
    """N(b, A A' + sigma^2 I) to 1e-12 of the log density.

    The eigenvalues of the other road err by a rounding of the largest, which counts in the smallest, sigma^2.
    """
    law = noisy_law(decoder([latent_dim, data_dim], seed=data_dim), Normal(latent_dim), noise)
    x = points(law)
    condition = 1 + (law.layers[0].weight ** 2).sum() / noise**2

    tolerance = 1e-12 + 2.0**-52 * condition
    assert law.log_prob(x) == pytest.approx(by_linear_algebra(law, x), rel=tolerance, abs=1e-12)


@pytest.mark.parametrize("latent", LATENTS)
@pytest.mark.parametrize("noise", [0.05, 0.5])
@pytest.mark.parametrize("negative_slope", [0.0, 0.2])
def test_the_closed_form_is_the_integral(
    latent: Normal | Uniform, noise: float, negative_slope: float
) -> None:
    """Flat pieces of plain ReLUs too, and points whose density is e^-10000 or less.

    Both roads round exponents of size h to h 2^-52 (1 + |x| / noise), below 1e-11 of their size here.
    """
    for data_dim, seed in ((1, 0), (8, 2)):
        law = noisy_law(decoder([1, 12, 12, data_dim], seed, negative_slope), latent, noise)
        x = points(law, 10)
        assert law.log_prob(x) == pytest.approx(by_quadrature(law, x), rel=1e-11, abs=1e-10)


@pytest.mark.parametrize("latent", PLANE_LATENTS)
@pytest.mark.parametrize("negative_slope", [0.0, 0.001])
def test_the_closed_form_is_the_integral_over_the_plane(
    latent: Normal | Uniform, negative_slope: float
) -> None:
    """Regions that a plain ReLU collapses, or nearly so, too; and points of density e^-100 and less.

    1e-9 is ten times the error of the other road, whose rule of degree 19 meets a Gaussian of width 1/2; the
    uniform latent's own error is at most 5e-11.
    """
    for data_dim, seed in ((1, 0), (4, 2)):
        law = noisy_law(decoder([2, 4, 4, data_dim], seed, negative_slope), latent, 1.0)
        x = points(law, 4)
        assert law.log_prob(x) == pytest.approx(by_cubature(law, x), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("latent", PLANE_LATENTS)
def test_the_plane_needs_no_mesh_on_the_other_road(latent: Normal | Uniform) -> None:
    """A grid of latents that knows no crease: the midpoint rule errs by the square of its step, 4e-4."""
    law = noisy_law(decoder([2, 16, 16, 3], 5), latent, 0.5)
    reach = 7.0 if isinstance(latent, Normal) else 1.0
    middles = (np.arange(600) + 0.5) / 300 * reach - reach
    z = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    weight = np.exp(latent.log_density(z).sum(axis=1)) * (reach / 300) ** 2
    images = outputs(law.layers, z)
    for point, found in zip(x := law.sample(5, 0), law.log_prob(x), strict=True):
        likelihood = np.exp(-((point - images) ** 2).sum(axis=1) / (2 * 0.25)) / (2 * pi * 0.25) ** 1.5
        assert found == pytest.approx(log(weight @ likelihood), abs=4e-4)


def test_a_constant_decoder_only_adds_noise() -> None:
    """Whatever the latent, the law is N(b, sigma^2 I): to 5e-11 for a uniform one in the plane."""
    x = np.array([[1.0, -2.0], [4.0, 0.5]])
    for latent in LATENTS + PLANE_LATENTS:
        constant = (AffineLayer(np.zeros((2, latent.dim)), np.array([1.0, -2.0]), np.ones(2)),)
        expected = -((x - constant[0].bias) ** 2).sum(axis=1) / (2 * 0.3**2) - log(2 * pi * 0.3**2)
        tolerance = 5e-11 if latent == Uniform(2) else 1e-14
        assert noisy_law(constant, latent, 0.3).log_prob(x) == pytest.approx(
            expected, rel=1e-14, abs=tolerance
        )


@pytest.mark.parametrize("latent", LATENTS + PLANE_LATENTS)
def test_the_density_integrates_to_one(latent: Normal | Uniform) -> None:
    """In one and in two dimensions, by the trapezoidal rule.

    For a function as smooth as a Gaussian of width sigma a step h leaves an error of
    exp(-2 pi^2 sigma^2 / h^2) for each dimension and sign: 5e-35 for sigma/2, 3e-9 for sigma. The box of a
    normal latent ends where 1e-13 of the mass is left, or 4e-9 for two.
    """
    plane = latent.dim == 2
    noise, step, tolerance = (1.0, 1.0, 2e-8) if plane else (0.4, 0.2, 1e-12)
    width = 1.0 if isinstance(latent, Uniform) else 6.0 if plane else 7.6
    for data_dim in (1, 2):
        law = noisy_law(decoder([latent.dim, 6, data_dim], data_dim), latent, noise)
        axis = np.linspace(-width, width, 401)
        z = np.stack(np.meshgrid(*[axis] * latent.dim), axis=-1).reshape(-1, latent.dim)
        reach = np.abs(outputs(law.layers, z)).max() + 8 * noise
        axis = np.arange(-reach, reach + step, step)
        grid = np.stack(np.meshgrid(*[axis] * data_dim, indexing="ij"), axis=-1).reshape(-1, data_dim)
        assert np.exp(law.log_prob(grid)).sum() * step**data_dim == pytest.approx(1, abs=tolerance)


def test_samples_follow_the_density() -> None:
    """E[-log p(X)] over samples is the entropy, which the trapezoidal rule gives; 5 standard errors.

    The chance of a false alarm is below 6e-7; the same comparison with a sampler of 1.1 times the noise
    fails.
    """
    law = noisy_law(decoder([1, 10, 10, 1], 3), Normal(1), 0.1)
    grid = np.arange(-30, 30, 0.05)[:, None]
    logs = law.log_prob(grid)
    entropy = -(np.exp(logs) * logs).sum() * 0.05

    def surprise(sampled: NoisyLaw) -> float:
        losses = -law.log_prob(sampled.sample(20_000, seed=5))
        return abs(losses.mean() - entropy) / (losses.std() / 20_000**0.5)

    assert surprise(law) < 5
    assert surprise(replace(law, noise=0.13)) > 5


# --- what is left out, and what may not be ----------------------------------------------------------------


def test_leaving_out_small_terms_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every region summed the density is the same to rounding: those left out are below 1e-17 of it."""
    law = noisy_law(decoder([1, 20, 20, 4], 0), Normal(1), 0.05)
    x = points(law)
    quick = law.log_prob(x)
    monkeypatch.setattr("empirical.densities.noisy.noisy_law.NEGLIGIBLE", -np.inf)

    assert law.log_prob(x) == pytest.approx(quick, rel=1e-15)


def test_quick_masses_change_nothing_that_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Owen's function where an absolute error will do, against all digits everywhere: 1e-13 a region."""
    for latent in PLANE_LATENTS:
        law = noisy_law(decoder([2, 12, 12, 2], 0), latent, 0.2)
        x = points(law)
        quick = law.log_prob(x)
        monkeypatch.setattr("empirical.densities.noisy.joint_cells.LARGER", -np.inf)
        assert law.log_prob(x) == pytest.approx(quick, rel=1e-12, abs=1e-12)
        monkeypatch.undo()


def without_region(law: NoisyLaw, region: int) -> NoisyLaw:
    """The fault of a region that was missed: a hole in the mesh."""
    assert isinstance(law.cells, PolygonCells)
    mesh = law.cells.mesh
    kept = np.arange(len(mesh)) != region
    starts = np.concatenate([[0], np.cumsum(np.diff(mesh.starts)[kept])])
    corners = mesh.corners[mesh.region != region]
    faulty = Mesh(mesh.vertices, mesh.images, starts, corners, mesh.linear[kept], mesh.offset[kept])
    subdivision = replace(law.cells.subdivision, mesh=faulty, packed=law.cells.subdivision.packed[kept])
    return replace(law, cells=replace(law.cells, subdivision=subdivision))


def without_piece(law: NoisyLaw, piece: int) -> NoisyLaw:
    """The same fault on the line: its neighbour's edge reaches over nothing."""
    assert isinstance(law.cells, IntervalCells)
    curve = law.cells.curve
    edges = np.delete(curve.edges, piece)
    faulty = Curve(edges, np.delete(curve.linear, piece, axis=0), np.delete(curve.offset, piece, axis=0))
    return replace(law, cells=IntervalCells(faulty, law.latent, law.noise))


def test_planted_faults_are_seen_by_the_quadrature() -> None:
    """A wrong sigma and a dropped region move the density by far more than the two roads differ."""
    law = noisy_law(decoder([1, 12, 12, 2], 0), Normal(1), 0.3)
    x = points(law)
    true = by_quadrature(law, x)
    wrong_noise = noisy_law(law.layers, law.latent, 0.3001)
    middle = len(law.cells.log_mass) // 2

    assert np.abs(law.log_prob(x) - true).max() < 1e-10
    assert np.abs(wrong_noise.log_prob(x) - true).max() > 1e-4
    assert np.abs(without_piece(law, middle).log_prob(x) - true).max() > 1e-4


def test_planted_faults_in_the_plane_are_seen_by_the_cubature() -> None:
    """The likeliest region of a sample left out, and a sigma wrong in the fourth digit."""
    law = noisy_law(decoder([2, 4, 4, 2], 1), Normal(2), 1.0)
    x = points(law, 4)
    true = by_cubature(law, x)
    wrong_noise = noisy_law(law.layers, law.latent, 1.0003)

    assert np.abs(law.log_prob(x) - true).max() < 1e-8
    assert np.abs(wrong_noise.log_prob(x) - true).max() > 1e-5
    likeliest = int(np.argmax(law.cells.log_mass))
    assert np.abs(without_region(law, likeliest).log_prob(x) - true).max() > 1e-3


# --- the pieces -------------------------------------------------------------------------------------------


def test_the_curve_is_the_network() -> None:
    """On random networks of several shapes, at random latents, to rounding; pieces meet continuously."""
    for seed in range(20):
        layers = decoder([1, 4 + seed, 6, 3], seed, (0.0, 0.01, 0.2)[seed % 3])
        curve = affine_curve(layers, (-np.inf, np.inf))
        z = np.random.default_rng(seed).normal(size=500) * 4
        piece = np.searchsorted(curve.edges[1:-1], z)
        values = curve.linear[piece, :, 0] * z[:, None] + curve.offset[piece]
        assert np.abs(values - outputs(layers, z[:, None])).max() < 1e-12
        inner = curve.edges[1:-1, None]
        left = curve.linear[:-1, :, 0] * inner + curve.offset[:-1]
        right = curve.linear[1:, :, 0] * inner + curve.offset[1:]
        assert np.abs(left - right).max() < 1e-11


def test_what_lies_outside_the_mesh_is_refused() -> None:
    """A point that only latents beyond 10,000 could explain: its density is not claimed."""
    law = noisy_law(decoder([2, 3], 0), Normal(2), 1e-3)
    assert np.isfinite(law.log_prob(np.full((1, 3), 5.0))).all()
    with pytest.raises(ValueError, match="latents outside the mesh would matter"):
        law.log_prob(np.full((1, 3), 1e3))


# --- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.0, -1.0, float("nan"), float("inf")])
def test_the_noise_must_be_a_standard_deviation(noise: float) -> None:
    """Without noise another law is meant, and the sentence says which call."""
    with pytest.raises(ValueError, match="without noise call exact_density"):
        noisy_law(decoder([1, 2], 0), Normal(1), noise)


def test_dimensions_must_fit() -> None:
    """Of latent and decoder, of points and data."""
    with pytest.raises(ValueError, match="takes 1 latent coordinates, but the latent has 2"):
        noisy_law(decoder([1, 2], 0), Normal(2), 1.0)
    with pytest.raises(ValueError, match="needs one or two latent coordinates"):
        noisy_law(decoder([3, 2], 0), Normal(3), 1.0)
    law = noisy_law(decoder([1, 2], 0), Normal(1), 1.0)
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        law.log_prob(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="must not be NaN"):
        law.log_prob(np.full((1, 2), np.nan))


@pytest.mark.parametrize("latent", LATENTS + PLANE_LATENTS)
def test_points_beyond_float64_are_refused(latent: Normal | Uniform) -> None:
    """At any finite or infinite coordinate there is a number or a sentence: never NaN, never a crash."""
    law = noisy_law(decoder([latent.dim, 4, 2], 0), latent, 1.0)
    for size in (1e4, 1e7, 1e14):
        try:
            found = law.log_prob(np.array([[size, 0.0]]))
        except ValueError as refused:
            assert "latents outside the mesh would matter" in str(refused)
        else:
            assert np.isfinite(found).all()
    for size in (1e15, 1e100, 1e200, np.inf):
        with pytest.raises(ValueError, match="does not know whole standard deviations"):
            law.log_prob(np.array([[size, 0.0]]))


@pytest.mark.parametrize("latent", LATENTS + PLANE_LATENTS)
def test_noise_that_rounding_drowns_is_refused(latent: Normal | Uniform) -> None:
    """Below 1e-10 of the largest image: and just above it the law's own certificate holds."""
    layers = decoder([latent.dim, 4, 3], 0)
    scale = noisy_law(layers, latent, 1.0).cells.scale

    assert noisy_law(layers, latent, 1.1e-10 * scale).certificate.holds
    for noise in (0.9e-10 * scale, 1e-16):
        with pytest.raises(ValueError, match="where rounding shows"):
            noisy_law(layers, latent, noise)
    for noise in (1e-160, 1e160):
        with pytest.raises(ValueError, match="measure the data in other units"):
            noisy_law(layers, latent, noise)
